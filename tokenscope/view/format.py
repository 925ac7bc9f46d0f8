"""What an output is: how it is asked for, what it can write, and how it does so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from tokenscope.history.history import History
from tokenscope.model import Facet
from tokenscope.value import Value
from tokenscope.view.card import Card
from tokenscope.view.envelope import Envelope
from tokenscope.view.question import Drawing, Question, Sessions


class Answer(Value):
    """All that an output may say of one question. `file`: where it goes; None for the stream."""

    question: Question
    envelope: Envelope  # with the report
    drawing: Drawing
    included: Callable[[], Mapping[str, tuple[Card, ...]]]  # the cards of the questions that belong to it, by name
    options: Mapping[str, Any]  # the question's own, and the output's
    file: Path | None = None

    @property
    def report(self) -> Any:
        return self.envelope.report

    def cards(self) -> tuple[Card, ...]:
        """Its own, and those of the questions that it includes."""
        more = (card for cards in self.included().values() for card in cards)
        return (*self.question.cards(self.report, self.drawing), *more)


class WholeHistory(Value):
    """All that a file of a history may hold. `reports`: every question's name and answer, one at a time."""

    history: History
    about: Envelope  # without a report
    reports: Callable[[], Iterable[tuple[str, Any]]]
    with_text: bool


def every_question(question: Question) -> bool:
    """What an output can write, unless it says otherwise."""
    return True


class HistoryFile(Value):
    """How an output writes a whole history. `hides`: what holds words in many places is read without them."""

    endings: tuple[str, ...]  # of the files that are written so
    facets: Callable[[bool, Facet], Facet]  # with words or without, and what all questions need: what has to be read
    write: Callable[[WholeHistory, BinaryIO], None]
    problem: Callable[[], str] = str  # why it cannot be written here; "" where it can
    hint: str = ""
    hides: bool = False
    fill: Callable[[WholeHistory, Path], None] | None = None  # where only a file will do


class Format(Value):
    """An output: of one answer (`write`), of a whole history (`history_file`), or of both.

    `option` is what a command line says: "svg" for --svg; "" for what is written unasked. `metavar`: "FILE" where the
    option names the file, "NAME" where it names the output. Of two with one option, that of the fewer questions counts.
    """

    name: str
    option: str | None = None  # None: no answer is written so
    help: str = ""
    metavar: str = ""
    write: Callable[[Answer, TextIO], None] | None = None
    can_write: Callable[[Question], bool] = every_question
    only: tuple[str, ...] = ()  # the questions that it is for, where not for all
    takes: Callable[..., None] | None = None  # whose keywords are options that it adds to its question
    sessions: Sessions | None = None  # which have to be opened for it, where its question opens others
    keeps_limit: bool = False  # --limit shortens the report itself
    history_file: HistoryFile | None = None
