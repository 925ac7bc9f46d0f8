"""How lean was my context lately? A card to share: it names nobody, no project, no path and no word of a prompt."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Annotated, NamedTuple

from tokenscope.answers.context.luggage import TIERS, WrappedReport, measure_luggage
from tokenscope.errors import UsageError
from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Stack, Table, Tone
from tokenscope.view.money import amount
from tokenscope.view.question import Drawing, Option, Question, Reading

WEEK, MONTH = 7, 30  # days
SPARK = 60  # characters


def window(*, weekly: bool, monthly: bool, names: bool) -> int:
    """How many days it is about, today included, where no window is given."""
    del monthly, names
    return WEEK if weekly else MONTH


def analyze(
    history: History,
    *,
    weekly: Annotated[bool, Option("The last 7 days.")] = False,
    monthly: Annotated[bool, Option("The last 30 days, as without it.")] = False,
    names: Annotated[bool, Option("Name the leanest project.")] = False,
) -> WrappedReport:
    """The tier of the dated responses in scope, and three facts about them."""
    if weekly and monthly:
        raise UsageError("--weekly and --monthly exclude each other", hint="use one of them")
    return measure_luggage(history, names=names)


def cards(report: WrappedReport, drawing: Drawing) -> tuple[Card, ...]:
    title = headline(report)
    if not report.total.total_tokens:
        return (Card(title, "No responses in this time: nothing was used.", (), _last_month(report, drawing)),)
    stack = Stack(tuple((Tone(name), weight) for name, weight in bar_shares(report)))
    days = len(report.days)
    when = f"{span(report, drawing)}: {figures.plural(days, 'day')}, {figures.plural(report.sessions, 'session')}"
    return (
        Card(
            title,
            sentence(report),
            (
                *_notes(remark(report)),
                stack,
                _legend(report),
                _facts(report, drawing),
                _spark(report),
                *_notes(_scale(report)),
            ),
            (f"{drawing.command} context says what was in the luggage",),
            f"{when} · {basis(report)}",
        ),
    )


def _last_month(report: WrappedReport, drawing: Drawing) -> tuple[str, ...]:
    """How to see the last month that had use, whole."""
    if report.last_use is None:
        return ()
    first = report.last_use.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    month = figures.month(first, drawing.zone, drawing.now)
    window = f"--since {first.isoformat()} --until {last.isoformat()}"
    beside = " beside the same filters" if report.is_filtered else ""
    return (f"{month} was the last month with use: {drawing.command} wrapped {window}{beside}",)


def headline(report: WrappedReport) -> str:
    """How long it was: 30 days with Claude Code."""
    if report.first_day is None or report.last_day is None:
        return "Some time with Claude Code"
    return figures.plural((report.last_day - report.first_day).days + 1, "day") + " with Claude Code"


def span(report: WrappedReport, drawing: Drawing) -> str:
    """From when to when, in days: 27 Oct to 25 Nov."""
    if report.first_day is None or report.last_day is None:
        return ""
    first, last = (datetime.combine(day, time(12), drawing.zone) for day in (report.first_day, report.last_day))
    return figures.day_span(first, last, drawing.zone, drawing.now)


def sentence(report: WrappedReport) -> str:
    """The tier and what it rests on."""
    if report.tier is None or report.luggage_share is None:
        used = figures.tokens(report.total.total_tokens)
        return f"{used} tokens were used; without a known price of most of them there is no tier."
    return (
        f"{report.tier.capitalize()}: {figures.share(report.luggage_share)} of what you used, by list price, "
        "was luggage: context carried along or packed again."
    )


def remark(report: WrappedReport) -> str:
    """What is said of the tier."""
    return next((tier.words for tier in TIERS if tier.name == report.tier), "")


def _notes(text: str) -> tuple[Note, ...]:
    return (Note(text, Tone.DIM),) if text else ()


def _scale(report: WrappedReport) -> str:
    """All tiers with their limits."""
    if report.tier is None:
        return ""
    limits = [f"{tier.name} below {figures.share(tier.below)}" for tier in TIERS[:-1]]
    return ", ".join((*limits, TIERS[-1].name))


def basis(report: WrappedReport) -> str:
    return "shares of API list price" if by_price(report) else "shares of tokens"


def by_price(report: WrappedReport) -> bool:
    return report.tier is not None


def bar_shares(report: WrappedReport) -> list[tuple[str, float]]:
    """Luggage first, then what was new: each part's name and its share of what `basis` says."""
    found = []
    for name in ("carried", "rebuilt", "new", "output"):
        part = getattr(report.composition, name)
        found.append((name, (part.price_share if by_price(report) else part.share) or 0.0))
    return found


WORDS = {"carried": "carried along", "rebuilt": "packed again", "new": "new material", "output": "its own words"}


def _legend(report: WrappedReport) -> Table:
    parts = bar_shares(report)
    percents = figures.shares([weight for _, weight in parts])
    rows = tuple(
        Row((name, percent, WORDS[name]), tone=Tone(name), marker=True)
        for (name, _), percent in zip(parts, percents, strict=True)
    )
    return Table((Column(), Column("", "number"), Column("", "remark")), rows)


class Fact(NamedTuple):
    label: str
    value: str
    remark: str


def wrapped_facts(report: WrappedReport, drawing: Drawing) -> list[Fact]:
    """Busiest day, longest session and leanest project, as far as they are known."""
    found = []
    if report.busiest_day is not None:
        day = figures.calendar_day(report.busiest_day.date, drawing.zone, drawing.now)
        usage = report.busiest_day.usage
        responses = figures.plural(usage.messages, "response")
        found.append(Fact("busiest day", day, f"{amount(usage, drawing.plan)} in {responses}"))
    if report.longest_session is not None:
        responses = figures.plural(report.longest_session.usage.messages, "response")
        length = figures.duration(report.longest_session.active_ms)
        found.append(Fact("longest session", length, f"{responses}, long breaks left out"))
    if report.leanest_project is not None:
        of = f"the least of {report.projects} projects" if report.projects > 1 else "the only project"
        name = f"{report.leanest_project.project}: " if report.leanest_project.project else ""
        least = f"{figures.share(report.leanest_project.luggage_share)} luggage"
        found.append(Fact("leanest project", least, f"{name}{of}"))
    return found


def _facts(report: WrappedReport, drawing: Drawing) -> Table:
    columns = (Column(), Column("", "number"), Column("", "remark"))
    return Table(columns, tuple(Row(fact) for fact in wrapped_facts(report, drawing)))


def over_time(report: WrappedReport, most: int) -> tuple[str, list[float]]:
    """Tokens of each day from the first to the last, or of as many days together as give at most `most` figures, and
    what they are called.
    """
    if report.first_day is None or report.last_day is None:
        return "", []
    count = (report.last_day - report.first_day).days + 1
    together = -(-count // most)
    found = [0.0] * -(-count // together)
    for day in report.days:
        found[(day.date - report.first_day).days // together] += day.usage.total_tokens
    return "tokens by day" if together == 1 else f"tokens by {together} days", found


def _spark(report: WrappedReport) -> Table:
    title, tokens = over_time(report, SPARK)
    largest = max(tokens, default=0)
    fractions = tuple(number / largest for number in tokens) if largest else ()
    return Table((Column(), Column("", "spark")), (Row((title, fractions), tone=Tone.CARRIED),))


QUESTION = Question(
    name="wrapped",
    help="A card to share: how lean your context was lately.",
    reading=Reading(Facet.USAGE, looks_back=True),
    analyze=analyze,
    cards=cards,
    days=window,
    is_shared=True,
    group="Share",
    next=("context", "daily"),
    examples=("", "--weekly", "--names --plan api"),
)
