"""What came into a context while the same was still in it: files read whole and unchanged, long outputs.

A file that was edited since, or is of another size, is another one, and after a compaction nothing is in the context
any more. What a fork copied counts in its original alone.
"""

from __future__ import annotations

from collections import defaultdict

from tokenscope.history.history import History
from tokenscope.ledger.densities import Densities
from tokenscope.ledger.replay_results import Cut
from tokenscope.ledger.thread_facts import densities_of
from tokenscope.store import COMPACTION, MICROCOMPACTION, Context, Label
from tokenscope.value import Record, field

FILE, OUTPUT = "file", "output"
LEFT_OF_OUTPUT = 2_000  # bytes of a repeated output that stay: enough to see that it is the same

_Key = tuple[str, str]  # FILE or OUTPUT, and the path or the output's fingerprint


class Repeats(Record):
    """One file, or one command's outputs. `cuts`: what came again with each response, by its index."""

    kind: str
    name: str
    times: int = 0
    tokens: int = 0  # that came again, each counted once (est.)
    sessions: set[str] = field(default_factory=set)
    cuts: dict[int, Cut] = field(default_factory=dict)


def find_repeats(history: History) -> list[Repeats]:
    """Those in scope, the most tokens first. Needs Facet.CONTENT."""
    found: dict[_Key, Repeats] = {}
    densities, seen = history.once(densities_of), set[int]()
    for context in sorted(history.store.contexts, key=lambda one: -len(one.steps)):
        _add(history, context, densities, seen, found)
    return sorted(found.values(), key=lambda one: (-one.tokens, one.kind, one.name))


def _add(history: History, context: Context, densities: Densities, seen: set[int], found: dict[_Key, Repeats]) -> None:
    keys = {number: key for number, label in enumerate(context.labels) if (key := _key(label)) is not None}
    if not keys:
        return
    session_id = history.store.threads[context.thread].session_id
    held: dict[_Key, int] = {}  # bytes of what is in the context
    for place, arrived in context.steps:
        if place < 0:
            if place in (COMPACTION, MICROCOMPACTION):
                held.clear()
            continue
        index = context.messages[place]
        is_met = index in seen
        seen.add(index)
        labels = arrived[::2]
        if keys.keys().isdisjoint(labels):
            continue
        is_first = not is_met and history.store.messages[index].thread == context.thread
        for label, size in zip(labels, arrived[1::2], strict=True):
            key = keys.get(label)
            if key is None:
                continue
            if is_first and held.get(key) == size and history.includes(index):
                one = context.labels[label]
                _enter(found, key, one, index, session_id, _repeated(key, size, densities.of(one)))
            held[key] = size


def _key(label: Label) -> _Key | None:
    """What makes an item the same as another; None for what is not compared."""
    kind, _, _, same, path, output, printed = label
    if kind != "tool_result":
        return None
    if same == FILE:
        return FILE, path
    return (OUTPUT, printed) if output == OUTPUT and printed else None


def _repeated(key: _Key, size: int, density: float) -> int:
    """Tokens of an item that need not have come again."""
    return round((size if key[0] == FILE else max(0, size - LEFT_OF_OUTPUT)) * density)


def _enter(found: dict[_Key, Repeats], key: _Key, label: Label, index: int, session_id: str, tokens: int) -> None:
    tool = label[1].removesuffix(" results")
    name = key[1] if key[0] == FILE else f"{tool} {label[2]}".strip()
    group = (key[0], name)
    one = found.setdefault(group, Repeats(key[0], name))
    one.times += 1
    one.tokens += tokens
    one.sessions.add(session_id)
    before = one.cuts.get(index, Cut(0, 0))
    one.cuts[index] = Cut(before.tokens + tokens, before.results + 1)


def cuts_of(every: list[Repeats]) -> dict[int, Cut]:
    """All of them together, by response."""
    together: dict[int, Cut] = defaultdict(lambda: Cut(0, 0))
    for one in every:
        for index, cut in one.cuts.items():
            together[index] = Cut(together[index].tokens + cut.tokens, together[index].results + cut.results)
    return dict(together)
