"""Stretches of premium responses that were shaped like a smaller model's work: little new, little written.

A response is light when its new content (T31), its output and its tool uses are small, when it spawns nothing,
fails at nothing, repeats nothing that failed (T41), does not think long and is not its thread's first. A stretch is
of one model: a switch is somebody's decision. It is a shape, never proof that a smaller
model would have done it. Uncached input says nothing here: it is 1 to 3 tokens nearly always.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from tokenscope.history.history import History
from tokenscope.ledger.densities import BYTES_A_TOKEN
from tokenscope.model import Message, fields_of_message
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.store import ResponseWork

NOTHING_DONE = tuple(ResponseWork())
_FIELDS = fields_of_message("thread", "model", "part", "input_tokens", "cache_creation_input_tokens")
FEWEST = 3  # light responses in a row
LONG_THINKING = 1_500  # bytes, about 500 tokens: more than that is not light even where the log lost the output
PREMIUM = (*FAMILIES[0], *FAMILIES[1])


class Rule(NamedTuple):
    """The most that a light response adds, writes and does: tokens, tokens, tool uses."""

    name: str
    new: int  # tokens
    output: int  # tokens
    tool_uses: int


STRICT, MIDDLE, LOOSE = Rule("strict", 1_000, 150, 1), Rule("middle", 2_000, 300, 2), Rule("loose", 5_000, 600, 3)
RULES = (STRICT, MIDDLE, LOOSE)


def is_premium(message: Message) -> bool:
    return _is_premium_model(message.model)


@lru_cache(1_000)
def _is_premium_model(model: str) -> bool:
    return any(family in model for family in PREMIUM)


def output_of(message: Message, said: int) -> float:
    """Output tokens; where the log has only a floor (T27), at least what its content is estimated at: `said` bytes."""
    return max(message.output_tokens, said / BYTES_A_TOKEN) if message.is_floor else message.output_tokens


def find_stretches(history: History, rule: Rule) -> list[list[int]]:
    """Runs of light premium responses in scope, as indices of messages; no message is in two of them."""
    known = history.once(_by_rule)
    if rule not in known:
        known[rule] = _find(history, rule)
    return known[rule]


def _by_rule(_: History) -> dict[Rule, list[list[int]]]:
    """Those that have been found: several parts of an answer ask for the same."""
    return {}


def _find(history: History, rule: Rule) -> list[list[int]]:
    stretches = []
    for own in history.once(_threads):
        run: list[int] = []
        before = ""  # the model of the run's last
        for index, model, new, output, tool_uses in own:
            is_light = bool(model) and new <= rule.new and output <= rule.output and tool_uses <= rule.tool_uses
            if is_light and (not run or model == before):
                run.append(index)
                before = model
                continue
            if len(run) >= FEWEST:
                stretches.append(run)
            run, before = ([index], model) if is_light else ([], "")
        is_short = 1 < len(own) <= FEWEST and len(run) == len(own) - 1
        if len(run) >= FEWEST or is_short:
            stretches.append(run)
    return stretches


_Shape = tuple[int, str, int, float, int]  # a response's index and model, new and output tokens, tool uses
_NEVER: _Shape = (-1, "", 0, 0, 0)  # of one that no rule takes for light


def _threads(history: History) -> list[list[_Shape]]:
    """Each thread's own responses in the order of time: what all rules look at, once."""
    in_scope, messages = bytearray(len(history.store.messages)), history.store.messages
    for index in history.content_indices:
        in_scope[index] = 1
    work, rebuilds = history.response_work, history.rebuilds
    threads = []
    for number, thread in enumerate(history.store.threads):
        own: list[_Shape] = []
        for index in history.store.in_order(thread):
            message = messages[index]
            whose, model, part, given, written = _FIELDS(message)
            if whose != number:
                continue
            uses, spawns, errors, retries, visible, thinking = work.get(index, NOTHING_DONE)
            if (
                not own  # a thread's first
                or not in_scope[index]
                or not _is_premium_model(model)
                or part
                or spawns
                or errors
                or retries
                or thinking > LONG_THINKING
            ):
                own.append(_NEVER)
                continue
            rebuild = rebuilds.get(index)
            new = given + written - (0 if rebuild is None else rebuild.tokens)
            own.append((index, model, new, output_of(message, visible + thinking), uses))
        threads.append(own)
    return threads
