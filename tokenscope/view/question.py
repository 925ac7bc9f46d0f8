"""What a question is: how it is called, what has to be read for it, how it answers for machines and for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum, auto
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any, get_type_hints

from tokenscope.errors import UsageError
from tokenscope.machine import OtherFiles
from tokenscope.model import Facet
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.money import Plan


class Option(Value):
    """An option of one question alone: `Annotated[int, Option("…")]` on a keyword of its `analyze`."""

    help: str
    metavar: str | None = None


class Argument(Value):
    """What stands behind a question's name without dashes: `Annotated[str, Argument("…", "ID")] = "last"`.

    `is_one`: of several words whether one of them is meant; another names the file that an output goes to.
    """

    help: str
    metavar: str
    is_one: Callable[[str], bool] | None = None


class Drawing(Value):
    """How a card is to be drawn: who reads it, when, and how much of it."""

    now: int  # ms since the epoch
    zone: Any  # tzinfo, or None for the machine's own
    limit: int = 12  # rows a card
    plan: Plan = Plan.UNKNOWN  # words and order of the figures
    command: str = "tokenscope"  # how the reader has to type it
    made_up: bool = False  # it is about the demo
    color: bool | None = None  # None: as the stream and the environment say
    plain: bool = False  # a fact a line


MOST_SESSIONS = 300


class Sessions(Enum):
    """Which sessions of a history are opened."""

    NONE = auto()
    ONE = auto()  # the one that the question's argument `which` names
    NEWEST = auto()  # MOST_SESSIONS of them; all where a window is given
    ALL = auto()


class Reading(Value):
    """What has to be read. `by_option`: what an option needs beside `facets`, by its name.

    `other_files`: which of those that Claude Code keeps beside transcripts.
    """

    facets: Facet
    sessions: Sessions = Sessions.ALL
    max_bytes: int | None = None  # of the newest sessions, where only those are read and nobody says how many
    max_content: int | None = None  # bytes of the newest sessions that are looked into where only those are read
    by_option: Mapping[str, Facet] = MappingProxyType({})
    looks_back: bool = False  # where nothing is in the window, what lies before it is read as well
    other_files: OtherFiles = OtherFiles.NOTHING

    def needs(self, options: Mapping[str, Any]) -> Facet:
        """What is wanted of each row with these options."""
        return reduce(or_, (facet for name, facet in self.by_option.items() if options.get(name)), self.facets)


class Needs(Value):
    """What the options of a question need beside its reading.

    `files`: those that `export` wrote, as they were named. `transcripts`: whether the history is read as well.
    """

    facets: Facet = Facet.USAGE
    files: tuple[str, ...] = ()
    transcripts: bool = True


class Question(Value):
    """A question.

    analyze(history, **options) -> a report, a Value of plain numbers, which JSON prints as it is;
    cards(report, drawing) -> what people see. `rows` names the report's field that is a table, for CSV and
    for `--limit`; "" where there is none.
    """

    name: str
    help: str
    reading: Reading
    analyze: Callable[..., Any]
    cards: Callable[[Any, Drawing], tuple[Card, ...]]
    rows: str = ""
    is_shared: bool = False  # what surrounds its cards names nothing of the user's
    days: Callable[..., int] | None = None  # of the options: how many days it is about, where no window is given
    group: str = "Where it went"
    next: tuple[str, ...] | Callable[[Any], tuple[str, ...]] = ()  # questions to ask after it, or that of its report
    examples: tuple[str, ...] = ()  # for its help: what to type after its name
    # Of the scope and the options that `analyze` takes; raises UsageError for wrong ones, before anything is read.
    prepare: Callable[..., Needs] | None = None
    includes: tuple[str, ...] = ()  # questions whose cards belong to what it shows
    # What it and those that it includes need of responses and contexts: worked out before other processes begin with
    # these, and before what was done is merged.
    begin: Callable[..., Any] | None = None
    # What it finds, and those that it includes but for those that are alone: worked out before others begin with these.
    halfway: Callable[..., Any] | None = None
    is_alone: bool = False  # where another one includes it: nothing of what that works out spares it much

    @property
    def reads(self) -> bool:
        """Whether it needs transcripts at all."""
        return self.reading.sessions is not Sessions.NONE


def takes_argument(question: Question) -> bool:
    """Whether a question is about something that is named behind it."""
    hints = get_type_hints(question.analyze, include_extras=True).values()
    return any(isinstance(one, Argument) for hint in hints for one in getattr(hint, "__metadata__", ()))


def file_among(question: Question, options: dict[str, Any]) -> str:
    """The word that names a file and is taken out of the question's own ones; "" without. Raises UsageError for two."""
    for name, hint in get_type_hints(question.analyze, include_extras=True).items():
        is_one = next((one.is_one for one in getattr(hint, "__metadata__", ()) if isinstance(one, Argument)), None)
        if is_one is None or not options[name]:
            continue
        others = [word for word in options[name] if not is_one(word)]
        if len(others) > 1:
            raise UsageError(f"{others[0]} and {others[1]} cannot both be written", hint="name one file")
        options[name] = [word for word in options[name] if is_one(word)]
        return others[0] if others else ""
    return ""
