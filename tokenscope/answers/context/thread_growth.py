"""How the context of a thread grew from response to response, and where it was compacted; beside a table's rows."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Protocol

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Column, Row, Table, Tone
from tokenscope.view.question import Drawing

STRETCHES = 20  # that a thread is drawn in
SHOWN = 6  # rows
MARK = -1.0  # in a growth_spark: the context was compacted here


def growth_in_thread(history: History, thread: int) -> tuple[list[int], list[int]]:
    """Prompt sizes through a whole thread, the largest of each of 20 stretches; and before which of these stretches,
    counted from 0, its context was compacted. A compaction inside of a stretch stands behind it.
    """
    store = history.store
    order = store.in_order(store.threads[thread])
    sizes = [store.messages[index].context_tokens for index in order]
    times = [store.messages[index].time or 0 for index in order]
    bounds = [len(sizes) * place // STRETCHES for place in range(STRETCHES + 1)]
    stretches = [(start, end) for start, end in pairwise(bounds) if end > start]
    starts = [start for start, _ in stretches]
    after = {bisect_left(times, compaction.time) for compaction in store.threads[thread].compactions}
    compacted = {bisect_left(starts, place) for place in after if 0 < place < len(sizes)}
    return [max(sizes[start:end]) for start, end in stretches], sorted(compacted)


def growth_spark(growth: Sequence[int], compacted: Sequence[int]) -> tuple[float, ...]:
    """Fractions of the largest prompt, and a mark before each stretch in which a compaction lies."""
    largest = max(growth, default=0)
    if not largest:
        return ()
    drawn: list[float] = []
    for number, size in enumerate(growth):
        drawn += [MARK] if number in compacted else []
        drawn.append(size / largest)
    return tuple(drawn + [MARK] * (len(growth) in compacted))


class Grown(Protocol):
    """What has a place in such a table: something of a session, and how its main thread grew."""

    @property
    def project(self) -> str: ...
    @property
    def title(self) -> str | None: ...
    @property
    def growth(self) -> Sequence[int]: ...
    @property
    def compacted(self) -> Sequence[int]: ...


Told = tuple[Grown, datetime | None, int, str]  # with its moment, its tokens, and one more figure


def growth_table(rows: Sequence[Told], drawing: Drawing, *, at: str, other: Column) -> Table:
    """The first six rows at most. `at`: what their moments are called; `other`: their further figures."""
    columns = (
        Column(at, "number"),
        Column("project", "path"),
        Column("what", "text"),
        Column("tokens", "number"),
        other,
        Column("its context", "spark"),
    )
    shown = rows[: min(SHOWN, drawing.limit)]
    return Table(columns, tuple(_row(*told, drawing) for told in shown), len(rows) - len(shown))


def _row(one: Grown, at: datetime | None, tokens: int, other: str, drawing: Drawing) -> Row:
    cells = (
        figures.clock(at, drawing.zone, drawing.now),
        figures.project_name(one.project),
        one.title or "",
        figures.tokens(tokens),
        other,
        growth_spark(one.growth, one.compacted),
    )
    return Row(cells, tone=Tone.CARRIED)
