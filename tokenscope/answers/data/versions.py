"""Which versions of Claude Code wrote the transcripts, and how many output figures each left unfinished (T27)."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime

from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing


class Version(Value):
    """`version` "" where the log does not say. `first` and `last`: of its responses; None: all are undated."""

    version: str
    messages: int
    output_floor_messages: int
    output_floor_share: float | None
    first: datetime | None
    last: datetime | None


def find_versions(history: History) -> list[Version]:
    """Every version that wrote a response in scope, the newest version first."""
    written: dict[str, list[int]] = defaultdict(list)
    messages, versions = history.store.messages, history.store.survey.versions
    for index in history.indices:
        if not messages[index].part:
            written[versions.get(index, "")].append(index)
    found = []
    for version in sorted(written, key=_order, reverse=True):
        indices = written[version]
        floors = sum(messages[index].is_floor for index in indices)
        times = [time for index in indices if (time := messages[index].time) is not None]
        first, last = (history.scope.local(end(times)) if times else None for end in (min, max))
        found.append(Version(version, len(indices), floors, share_of(floors, len(indices)), first, last))
    return found


def _order(version: str) -> tuple[tuple[int, ...], str]:
    """2.1.9 stands before 2.1.10; what is no version stands before all."""
    parts = version.split(".")
    is_plain = version.isascii() and all(part.isdigit() and len(part) < 10 for part in parts)
    return (tuple(map(int, parts)) if is_plain else (), version)


def versions_card(versions: list[Version], drawing: Drawing) -> Card:
    """How much of the output is not known, and whose doing that is."""
    title = "Versions of Claude Code"
    if not versions:
        return Card(title, "No responses here, so no version of Claude Code to tell.")
    messages, floors = (sum(getattr(one, name) for one in versions) for name in ("messages", "output_floor_messages"))
    named = [one.version for one in versions if one.version]
    if len(named) > 1:
        who = f"Claude Code {named[-1]} to {named[0]}, {len(named)} versions"
    else:
        who = f"Claude Code {named[0]}" if named else "A Claude Code that does not say its version"
    known = "every response has its final output figure"
    if floors:
        known = f"{figures.share(floors / messages)} of the responses never got their final output figure"
    columns = (
        Column("version"),
        *(Column(title, "number") for title in ("responses", "unfinished", "of them")),
        *(Column("from"), Column("to"), Column("", "bar")),
    )
    shown = versions[: drawing.limit]
    shares = figures.shares([one.output_floor_share for one in shown])
    rows = tuple(_row(one, part, drawing) for one, part in zip(shown, shares, strict=True))
    table = Table(columns, rows, len(versions) - len(shown))
    caption = "unfinished: the log has less than the model wrote" if floors else ""
    return Card(title, f"{who}; {known}.", (table,), (), caption)


def _row(one: Version, part: str, drawing: Drawing) -> Row:
    floors = one.output_floor_messages
    first, last = (figures.day(moment, drawing.zone, drawing.now) for moment in (one.first, one.last))
    return Row(
        (
            one.version or "not said",
            figures.count(one.messages),
            figures.count(floors),
            part,
            first,
            last,
            float(floors),
        ),
        tone=Tone.OUTPUT,
    )
