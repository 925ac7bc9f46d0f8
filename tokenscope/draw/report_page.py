"""The report: a whole history as one web page that loads nothing, works without its script, and prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tokenscope import __version__
from tokenscope.draw import html_page
from tokenscope.draw.composition_chart import composition_over_time
from tokenscope.draw.context_icicle import context_icicle
from tokenscope.draw.floor_chart import floors_over_time
from tokenscope.draw.markup import Markup, document, element, joined
from tokenscope.draw.sessions_table import sessions_table
from tokenscope.draw.year_calendar import calendar
from tokenscope.questions.report import SECTIONS, PageReport
from tokenscope.view import figures
from tokenscope.view.card import Card
from tokenscope.view.envelope import Envelope
from tokenscope.view.money import arranged
from tokenscope.view.page import coverage_lines, scope_words
from tokenscope.view.question import Drawing

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
    report: PageReport, envelope: Envelope, drawing: Drawing, included: Mapping[str, tuple[Card, ...]]
) -> str:
    """The text of the page. included: the cards of the questions that belong to it, by name."""
    found = [(one.name, one.title, one.cards(report, drawing)) for one in SECTIONS]
    found += [(name, name.capitalize().replace("-", " "), cards) for name, cards in included.items()]
    sections = [_section(name, arranged(cards, drawing.plan), report, drawing) for name, _, cards in found]
    links = [element("li", element("a", title, href=f"#{name}")) for name, title, _ in found]
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
    first, *others = cards
    if name in WHOLE:
        first = first._replace(parts=(), actions=())
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
