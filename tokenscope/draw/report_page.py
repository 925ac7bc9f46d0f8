"""The report: a whole history as one web page that loads nothing, works without its script, and prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from tokenscope import __version__
from tokenscope.answers.session.newest_sessions import SessionGrowth
from tokenscope.draw import html_page, marks
from tokenscope.draw.context_icicle import context_icicle
from tokenscope.draw.harmless import cut, harmless
from tokenscope.draw.markup import Markup, document, element, joined
from tokenscope.draw.page_pictures import calendar
from tokenscope.draw.time_charts import composition_over_time, floors_over_time
from tokenscope.questions.report import SECTIONS, PageReport
from tokenscope.value import replace
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Tone
from tokenscope.view.envelope import Envelope
from tokenscope.view.money import arranged, column_order, named
from tokenscope.view.page import coverage_lines, scope_words
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
    rows = [(one.session.session_id, _cells(one, drawing)) for one in shown]
    body = [_row([cells[place] for place in order], columns, session_id) for session_id, cells in rows]
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


Picture = Callable[[PageReport, Drawing], Markup]
# What stands in a section between the sentence and the figures of its first card.
PICTURES: dict[str, Picture] = {
    "days": lambda report, drawing: joined(
        [composition_over_time(report.days, drawing), calendar(report.days, drawing)]
    ),
    "context": lambda report, drawing: context_icicle(report.ledger, "context", drawing),
    "floor": lambda report, drawing: floors_over_time(report.floor, report.floors, drawing),
    "sessions": lambda report, drawing: sessions_table(report.sessions, drawing),
}
WHOLE = {"sessions"}  # whose picture holds every figure of the card


def render_report(
    report: PageReport, envelope: Envelope, drawing: Drawing, included: Callable[[], Mapping[str, tuple[Card, ...]]]
) -> str:
    """The text of the page. included: the cards of the questions that belong to it, by name."""
    titles = {one.name: one.title for one in SECTIONS}
    sections = [_section(one.name, one.cards(report, drawing), report, drawing) for one in SECTIONS]
    for name, cards in included().items():  # other processes may be at them: so they come last
        titles[name] = name.capitalize().replace("-", " ")
        sections.append(_section(name, cards, report, drawing))
    links = [element("li", element("a", title, href=f"#{name}")) for name, title in titles.items()]
    first, last = envelope.coverage.oldest, envelope.coverage.newest
    when = ""
    if first is not None and last is not None:
        when = f", {figures.day_span(first, last, drawing.zone, drawing.now)}"
    top = element(
        "header",
        element("a", "Skip to the figures", href="#main", class_="skip"),
        element("p", "tokenscope", class_="name"),
        element("h1", "Claude Code usage"),
        element("p", scope_words(envelope, drawing)),
        _headline(report),
        element("nav", element("ul", *links), aria_label="Sections"),
    )
    made = f"made on {figures.clock(drawing.now, drawing.zone, drawing.now)} by tokenscope {__version__}"
    coverage = [element("p", line) for line in (*coverage_lines(envelope, drawing), made)]
    foot = element("footer", element("h2", "What was read"), *coverage)
    body = element("body", top, element("main", *sections, id="main", tabindex=-1), foot)
    return document(body, title=f"tokenscope report{when}", styles=("style.css", "report.css"), script="report.js")


def _section(name: str, cards: tuple[Card, ...], report: PageReport, drawing: Drawing) -> Markup:
    """A section's cards; its picture belongs to the first."""
    picture = PICTURES[name](report, drawing) if name in PICTURES else Markup("")
    first, *others = arranged(cards, drawing.plan)
    if name in WHOLE:
        first = replace(first, parts=(), actions=())
    drawn = [html_page.card(first, identity=name, picture=picture)]
    drawn += [html_page.card(card, identity=f"{name}-more-{number}") for number, card in enumerate(others, 1)]
    return joined(drawn)


def _headline(report: PageReport) -> Markup:
    """The figures that everything else explains."""
    projects = {one.session.project for one in report.sessions}
    facts = (
        (figures.tokens(report.total.total_tokens), "tokens"),
        (figures.dollars(report.total.list_price_usd) or "unknown", "at API list price"),
        (figures.count(report.total.messages), "responses"),
        (figures.count(len(report.sessions)), "sessions"),
        (figures.count(len(projects)), "projects"),
        (figures.count(len(report.days)), "days with usage"),
    )
    drawn = [element("div", element("dt", name), element("dd", value)) for value, name in facts]
    return element("dl", *drawn, class_="headline")
