"""The sessions of the report page: a table that a small script sorts and filters, each with its context's growth."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.session.newest_sessions import SessionGrowth
from tokenscope.draw import marks
from tokenscope.draw.harmless import cut, harmless
from tokenscope.draw.markup import Markup, element, joined
from tokenscope.view import figures
from tokenscope.view.card import Column, Tone
from tokenscope.view.money import column_order, named
from tokenscope.view.question import Drawing

MOST = 1_000  # rows: with more a page is slow to open


COLUMNS = (
    Column("started", "number"),
    Column("project", "path"),
    Column("what", "text"),
    Column("tokens", "number"),
    Column("list price", "dollars"),
    Column("responses", "number"),
    Column("agents", "number"),
    Column("largest context", "number"),
    Column("its growth", "growth"),
)


def sessions_table(sessions: Sequence[SessionGrowth], drawing: Drawing) -> Markup:
    """Every session, the newest first; of very many those that used the most tokens, and how many that are."""
    if not sessions:
        return Markup("")
    shown = _largest(sessions)
    order = column_order(COLUMNS, drawing.plan)
    columns = [named(COLUMNS[place], drawing.plan) for place in order]
    head = [element("th", column.title, scope="col", class_=column.kind) for column in columns]
    body = [_row([_cells(one, drawing)[place] for place in order], columns, one.session.session_id) for one in shown]
    drawn = element(
        "table",
        element("thead", element("tr", *head)),
        element("tbody", *body),
        class_="sortable",
        id="sessions-table",
    )
    search = element("input", type="search", aria_controls="sessions-table", placeholder="project, words or id")
    tools = element(
        "p", element("label", "Filter", Markup(" "), search), element("output", ""), class_="filter", hidden=True
    )
    scroll = element("div", drawn, class_="scroll tall", role="region", aria_label="Sessions", tabindex=0)
    return joined([tools, scroll, *_left_out(sessions, shown)])


def _largest(sessions: Sequence[SessionGrowth]) -> list[SessionGrowth]:
    by_size = sorted(sessions, key=lambda one: (-one.session.usage.total_tokens, one.session.session_id))
    kept = {one.session.session_id for one in by_size[:MOST]}
    return [one for one in sessions if one.session.session_id in kept]


def _left_out(sessions: Sequence[SessionGrowth], shown: Sequence[SessionGrowth]) -> list[Markup]:
    notes = []
    if len(shown) < len(sessions):
        tokens = sum(one.session.usage.total_tokens for one in sessions)
        part = sum(one.session.usage.total_tokens for one in shown) / tokens if tokens else 0
        words = (
            f"the {len(shown):,} largest of {len(sessions):,} sessions, with {figures.share(part)} of the tokens; "
            "tokenscope sessions --csv has them all"
        )
        notes.append(element("p", words, class_="dim"))
    if len(shown) > 40:
        notes.append(element("p", "On paper: the first 40 rows.", class_="dim printed"))
    return notes


def _cells(one: SessionGrowth, drawing: Drawing) -> tuple[tuple[str, float | None], ...]:
    """What stands in each column, and what it is sorted by where that is a number."""
    session, usage = one.session, one.session.usage
    started = session.started_at
    what = session.title or session.session_id[:8]
    return (
        (figures.clock(started, drawing.zone, drawing.now), started.timestamp() if started else 0.0),
        (figures.project_name(session.project), None),
        (cut(harmless(what), 100), None),
        (figures.tokens(usage.total_tokens), usage.total_tokens),
        (figures.dollars(usage.list_price_usd), usage.list_price_usd or 0.0),
        (figures.count(usage.messages), usage.messages),
        (figures.count(session.subagents) if session.subagents else "", session.subagents),
        (figures.tokens(one.largest_prompt_tokens), one.largest_prompt_tokens),
        (marks.area(one.growth, Tone.CARRIED), None),
    )


def _row(cells: Sequence[tuple[str, float | None]], columns: Sequence[Column], session_id: str) -> Markup:
    drawn = [
        element(
            "th" if column.kind == "text" else "td",
            words,
            class_=column.kind,
            scope="row" if column.kind == "text" else None,
            title=session_id if column.kind == "text" else None,
            data_value=value,
            data_title=column.title if column.kind == "number" and place and words else None,
        )
        for place, (column, (words, value)) in enumerate(zip(columns, cells, strict=True))
    ]
    return element("tr", *drawn)
