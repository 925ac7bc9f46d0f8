"""The whole screen as lines: the board, or one session's timeline or asks. Pure: nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import NamedTuple

from tokenscope.draw.glyphs import Glyphs, Line, Run, width_of
from tokenscope.draw.harmless import cells, cut, pad
from tokenscope.draw.layout import facts_in_lines
from tokenscope.draw.table_layout import table_lines
from tokenscope.history.usage import dollars_of
from tokenscope.live.board import BoardView
from tokenscope.live.board_table import (
    NAMES,
    STATE,
    board_table,
    counts,
    details,
    in_order_of,
    totals_facts,
)
from tokenscope.live.controls import BOARD, KEYS, TIMELINE, Controls
from tokenscope.live.session_line import SessionLine
from tokenscope.live.session_state import AskState, Moment
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import Column, Row, Table, Tone

# What the kinds of moments are called, and their colours.
KINDS = {
    "asked": ("you", Tone.NEW),
    "used": ("tool", Tone.PLAIN),
    "error": ("error", Tone.REBUILT),
    "loop": ("loop", Tone.REBUILT),
    "limit": ("limit", Tone.REBUILT),
    "api_error": ("API error", Tone.REBUILT),
    "compacted": ("compacted", Tone.ACTION),
    "interrupted": ("stopped", Tone.ACTION),
    "turn_ended": ("turn ends", Tone.DIM),
    "closed": ("closed", Tone.DIM),
}
NARROWEST = 20  # cells
CAPTION = "context of an est. 200K, or 1M where the log shows it · cold turn: writing the context again at list price"


class Paper(NamedTuple):
    """What is drawn on, in the reader's zone. `width` in cells, `height` in lines."""

    width: int
    height: int
    zone: tzinfo | None
    glyphs: Glyphs


def frame(
    view: BoardView, controls: Controls, inside: Sequence[Moment] | Sequence[AskState], paper: Paper
) -> tuple[Line, ...]:
    """`inside`: of the session whose timeline or asks are shown, the oldest first."""
    paper = paper._replace(width=max(paper.width, NARROWEST))
    one = next((one for one in view.sessions if one.session_id == controls.chosen), None)
    if controls.view == BOARD or one is None:
        lines = _board(view, controls, one, paper)
    else:
        lines = _session(view, controls, one, inside, paper)
    return tuple(_cut(line, paper) for line in lines)


def printed(view: BoardView, paper: Paper) -> list[Line]:
    """The board for a stream that nobody looks at as it changes: every session, without keys."""
    return [
        *_head(view, "", paper),
        (),
        *_table(view, Controls(), len(view.sessions), paper),
        (),
        *facts_in_lines(CAPTION, paper.width, paper.glyphs, Tone.DIM),
    ]


def _head(view: BoardView, rest: str, paper: Paper) -> list[Line]:
    zone, glyphs = paper.zone, paper.glyphs
    start = f"{figures.clock(view.now, zone, view.now)} · {counts(view)}{rest}"
    facts = " · ".join(totals_facts(view.totals, zone, view.now))
    return [
        (Run("tokenscope live", bold=True), Run("   " + glyphs.text(start))),
        *facts_in_lines(facts, paper.width, glyphs),
    ]


def _board(view: BoardView, controls: Controls, one: SessionLine | None, paper: Paper) -> list[Line]:
    height = paper.height
    rest = f", by {controls.order}" if controls.order != STATE else ""
    rest += ", paused" if controls.is_paused else ""
    rest += f", with {controls.wanted!r}" if controls.wanted and not controls.is_typing else ""
    head = _head(view, rest, paper)
    below = list(details(one, paper.zone, view.now)) if one else []
    room = height - len(head) - 3  # a blank line, the titles, the keys
    told = _told(below, paper)[: max(0, room // 2 - 1)]
    table = _table(view, controls, max(1, room - len(told) - bool(told)), paper)
    lines = [*head, (), *table]
    lines += [()] * (height - len(lines) - len(told) - 1)
    return [*lines[: height - len(told) - 1], *told, _foot(controls, paper.glyphs)]


def _table(view: BoardView, controls: Controls, room: int, paper: Paper) -> list[Line]:
    """As many sessions as there is room for, the chosen one among them."""
    lines = in_order_of(view, controls.order, controls.wanted)
    if not lines:
        return [(Run("No session has all of these words." if controls.wanted else "No session of the last day."),)]
    place = next((place for place, one in enumerate(lines) if one.session_id == controls.chosen), 0)
    start = max(0, min(place - room // 2, len(lines) - room))
    shown = lines[start : start + room]
    titles, *rows = table_lines(board_table(shown, view.now, controls.chosen), paper.width, paper.glyphs)
    if len(rows) != len(shown):  # too narrow for a table: sentences
        return [titles, *rows]
    return [titles, *(_coloured(row, one, controls.chosen) for row, one in zip(rows, shown, strict=True))]


def _coloured(row: Line, one: SessionLine, chosen: str) -> Line:
    """A row whose state has its colour, and which is bold where it is chosen."""
    name, tone = NAMES[one.state]
    place = next((place for place, run in enumerate(row) if run.text.strip() == name), None)
    if place is not None:
        row = (*row[:place], replace(row[place], tone=tone), *row[place + 1 :])
    return row if one.session_id != chosen else tuple(replace(run, bold=True) for run in row)


def _told(facts: Sequence[tuple[str, str]], paper: Paper) -> list[Line]:
    width, glyphs = paper.width, paper.glyphs
    side = max((len(name) for name, _ in facts), default=0) + 2
    return [
        (Run(pad(name, side), Tone.DIM), Run(cut(glyphs.text(said), max(1, width - side), glyphs.ellipsis)))
        for name, said in facts
    ]


def _session(
    view: BoardView,
    controls: Controls,
    one: SessionLine,
    inside: Sequence[Moment] | Sequence[AskState],
    paper: Paper,
) -> list[Line]:
    width, height, zone, glyphs = paper
    name, tone = NAMES[one.state]
    title = glyphs.text(f"{figures.project_name(one.project)}   {one.title or one.session_id[:8]}")
    paused = "   paused" if controls.is_paused else ""
    head: list[Line] = [(Run(name, tone), Run("   "), Run(title, bold=True), Run(paused, Tone.DIM))]
    head += _told([fact for fact in details(one, zone, view.now) if fact[0] != "in"], paper)[: height // 3]
    room = max(1, height - len(head) - 3)
    back = min(controls.back, max(0, len(inside) - room))
    part = inside[max(0, len(inside) - room - back) : len(inside) - back]
    if controls.view == TIMELINE:
        body = [_moment(moment, paper) for moment in part if isinstance(moment, Moment)]
    else:
        body = table_lines(_asks([ask for ask in part if isinstance(ask, AskState)], zone), width, glyphs)
    body = body or [(Run("Nothing yet.", Tone.DIM),)]
    lines = [*head, (), *body][: height - 1]
    return [*lines, *[()] * (height - 1 - len(lines)), _foot(controls, glyphs)]


def _moment(moment: Moment, paper: Paper) -> Line:
    width, _, zone, glyphs = paper
    name, tone = KINDS.get(moment.kind, (moment.kind, Tone.PLAIN))
    text = f"{figures.tokens(int(moment.text))} before" if moment.kind == "compacted" and moment.text else moment.text
    start = (Run(pad(figures.time_of_day(moment.time, zone), 7), Tone.DIM), Run(pad(name, 11), tone))
    agent = f"subagent {moment.agent_id[:8]}   " if moment.agent_id else ""
    said = cut(glyphs.text(agent + text), max(1, width - width_of(start)), glyphs.ellipsis)
    return (*start, Run(said, Tone.DIM if moment.agent_id else Tone.PLAIN))


def _asks(asks: Sequence[AskState], zone: tzinfo | None) -> Table:
    columns = (
        Column("ask", "number"),
        Column("at", "number"),
        Column("tokens", "number"),
        Column("list price", "number"),
        Column("calls", "number", spare=True),
        Column("what you asked", "text"),
    )
    rows = tuple(
        Row(
            (
                str(ask.number),
                figures.time_of_day(ask.time, zone),
                figures.tokens(ask.tokens),
                figures.dollars(dollars_of(ask.price)) if ask.price else "",
                figures.count(ask.calls),
                ask.words,
            )
        )
        for ask in asks
    )
    return Table(columns, rows) if rows else Table((Column(""),), (Row(("Nothing was asked yet.",)),))


def _foot(controls: Controls, glyphs: Glyphs) -> Line:
    if controls.is_typing:
        return (Run("/ ", Tone.ACTION), Run(glyphs.text(controls.wanted) + "_"))
    keys = KEYS[controls.view].replace("↑↓", "up/down") if glyphs.ascii_only else KEYS[controls.view]
    return (Run(glyphs.text(keys), Tone.DIM),)


def _cut(line: Line, paper: Paper) -> Line:
    """A line as far as it has room."""
    width = paper.width
    if width_of(line) <= width:
        return line
    kept: list[Run] = []
    for run in line:
        left = width - sum(cells(one.text) for one in kept)
        kept.append(replace(run, text=cut(run.text, left, paper.glyphs.ellipsis)))
        if cells(run.text) > left:
            break
    return tuple(kept)
