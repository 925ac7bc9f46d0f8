"""What a question is: how it is called, what it needs of a transcript, how it answers for machines and for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, get_type_hints

from tokenscope.model import Facet
from tokenscope.view.card import Card
from tokenscope.view.plan import Plan


class Option(NamedTuple):
    """An option of one question alone: `Annotated[int, Option("…")]` on a keyword of its `analyze`."""

    help: str
    metavar: str | None = None


class Argument(NamedTuple):
    """What stands behind a question's name without dashes: `Annotated[str, Argument("…", "ID")] = "last"`."""

    help: str
    metavar: str


class Drawing(NamedTuple):
    """How a card is to be drawn: who reads it, when, and how much of it."""

    now: int  # ms since the epoch
    zone: Any  # tzinfo, or None for the machine's own
    limit: int = 12  # rows a card
    plan: Plan = Plan.UNKNOWN  # words and order of the figures
    command: str = "tokenscope"  # how the reader has to type it
    made_up: bool = False  # it is about the demo


@dataclass(frozen=True, slots=True)
class Analyzer:
    """A question.

    analyze(history, **options) -> a report dataclass of plain numbers, which JSON prints as it is;
    cards(report, drawing) -> what people see. `rows` names the report's field that is a table, for CSV and
    for `--limit`; "" where there is none. `option_facets`: what an option needs beside `facets`, by its name.
    """

    name: str
    help: str
    facets: Facet
    analyze: Callable[..., Any]
    cards: Callable[[Any, Drawing], tuple[Card, ...]]
    rows: str = ""
    output: str = ""
    picture: str = ""  # the formats module that draws its picture from the report; "": the cards are drawn
    exports: Mapping[str, str] = field(default_factory=dict)  # by a program's name: the formats module for it
    is_shared: bool = False  # what surrounds its cards names nothing of the user's
    days: Callable[..., int] | None = None  # of the options: how many days it is about, where no window is given
    group: str = "Where it went"
    reads: bool = True  # whether it needs transcripts at all
    one_session: bool = False  # opens only the files of the session that its argument `which` names
    capped: bool = False  # reads only the newest sessions while no window is given
    max_content: int | None = None  # bytes of the newest sessions that a capped answer looks into
    next: tuple[str, ...] = ()  # questions to ask after it
    choose_next: Callable[[Any], tuple[str, ...]] | None = None  # the same, chosen from the report
    examples: tuple[str, ...] = ()  # for its help: what to type after its name
    includes: tuple[str, ...] = ()  # questions whose cards belong to what it shows
    option_facets: Mapping[str, Facet] = field(default_factory=dict)
    option_outputs: Mapping[str, str] = field(default_factory=dict)  # by an option: the formats module that writes it

    def wants_transcripts(self, options: Mapping[str, Any]) -> bool:
        """Whether it reads transcripts, asked with these options: one with an output of its own is about them."""
        return self.reads or any(options.get(name) for name in self.option_outputs)

    def needs(self, options: Mapping[str, Any]) -> Facet:
        """What has to be read for it, asked with these options."""
        return reduce(or_, (facet for name, facet in self.option_facets.items() if options.get(name)), self.facets)


def takes_argument(analyzer: Analyzer) -> bool:
    """Whether a question is about something that is named behind it."""
    hints = get_type_hints(analyzer.analyze, include_extras=True).values()
    return any(isinstance(one, Argument) for hint in hints for one in getattr(hint, "__metadata__", ()))
