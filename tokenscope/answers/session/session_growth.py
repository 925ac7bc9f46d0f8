"""How the context of each session grew: the sizes of its main thread's prompts, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokenscope.answers.session.newest_sessions import SessionRow, session_rows
from tokenscope.history.history import History

STRETCHES = 40  # that a session is drawn in


@dataclass(frozen=True, slots=True)
class SessionGrowth:
    """`growth`: the largest prompt of each stretch of the main thread; `largest_prompt_tokens`: of all of it."""

    session: SessionRow
    compactions: int
    largest_prompt_tokens: int
    growth: list[int]


def measure_growth(history: History) -> list[SessionGrowth]:
    """Every session in scope, the newest first; responses outside the window are not drawn."""
    in_scope = bytearray(len(history.store.messages))
    for index in history.indices:
        in_scope[index] = 1
    main = {thread.session_id: thread for thread in history.store.threads if not thread.agent_id}
    grown = []
    for row in session_rows(history):
        thread = main.get(row.session_id)
        order = [index for index in history.store.in_order(thread) if in_scope[index]] if thread else []
        sizes = [history.store.messages[index].context_tokens for index in order]
        compactions = len(thread.compactions) if thread else 0
        grown.append(SessionGrowth(row, compactions, max(sizes, default=0), stretches(sizes, STRETCHES)))
    return grown


def stretches(sizes: Sequence[int], count: int) -> list[int]:
    """The largest size in each of at most `count` stretches of equal length."""
    bounds = [len(sizes) * place // count for place in range(count + 1)]
    return [max(sizes[start:end]) for start, end in pairwise(bounds) if end > start]
