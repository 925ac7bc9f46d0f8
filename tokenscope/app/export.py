"""A way out: the history as a file that other programs read. Nothing is asked here, so nothing is answered."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, NamedTuple

from tokenscope.app.open_history import open_history
from tokenscope.app.registry import find_question, history_formats, question_names, usual_format
from tokenscope.app.request import Request
from tokenscope.credentials import masked
from tokenscope.errors import OutOfMemoryError, OutputError, UsageError
from tokenscope.ingest.files.discover import candidate_roots, projects_folder
from tokenscope.model import Facet
from tokenscope.value import replace
from tokenscope.view.envelope import envelop
from tokenscope.view.figures import plural
from tokenscope.view.format import HistoryFile, WholeHistory
from tokenscope.view.question import Question, Reading, takes_argument
from tokenscope.whole_file import check, whole_file

STDOUT = "-"
ON_STDOUT = "ndjson"  # unless another format is asked for


class Order(NamedTuple):
    """What was ordered: where to, as what, and whether it may replace a file and hold words of transcripts."""

    out: str
    format: HistoryFile
    force: bool
    with_text: bool


def export(request: Request, order: Order) -> None:
    """Write the history to a file or to stdout. Raises TokenscopeError."""
    try:
        _export(request, order)
    except MemoryError:
        hint = "export less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _export(request: Request, order: Order) -> None:
    path = None if order.out == STDOUT else Path(order.out)
    _check(request, order, path)
    questions = [find_question(name) for name in question_names()]
    questions = [one for one in questions if is_about_all(one)]
    facets = order.format.facets(order.with_text, reduce(or_, (one.reading.facets for one in questions)))
    # The tables have columns for words, which are left out; a report has words in many places.
    hides = order.format.hides and not order.with_text
    history = open_history(Reading(facets), replace(request, no_text=hides))

    def reports() -> Iterator[tuple[str, Any]]:
        for question in questions:
            yield question.name, masked(question.analyze(history))

    _write(WholeHistory(history, envelop("export", history, None), reports, order.with_text), order, path)
    if path is not None and sys.stderr is not None:
        print(f"tokenscope: {plural(len(history.indices), 'response')} in {path}", file=sys.stderr)


def _write(whole: WholeHistory, order: Order, path: Path | None) -> None:
    if path is None:
        sys.stdout.flush()
        order.format.write(whole, sys.stdout.buffer)
        sys.stdout.flush()
    elif _is_device(path):
        with path.open("wb") as stream:
            order.format.write(whole, stream)
    else:
        with whole_file(path, force=order.force) as part:
            _fill(whole, order, part)


def _fill(whole: WholeHistory, order: Order, part: Path) -> None:
    if order.format.fill is not None:
        order.format.fill(whole, part)
        return
    with part.open("wb") as stream:
        order.format.write(whole, stream)


def format_of(out: str, given: str | None) -> HistoryFile:
    """The format that was asked for, else that of the file's ending; lines of JSON on stdout. Raises UsageError."""
    formats = history_formats()
    if given is not None or out == STDOUT:
        return formats[given or ON_STDOUT]
    ending = Path(out).suffix.lower()
    for one in formats.values():
        if ending in one.endings:
            return one
    names = ", ".join(one.endings[0] for one in formats.values())
    raise UsageError(f"no format has the ending of {out!r}", hint=f"use one of {names}, or --format")


def _check(request: Request, order: Order, path: Path | None) -> None:
    """What can be known before a long history is read."""
    if order.format.fill is not None and (path is None or _is_device(path)):
        raise UsageError("a database is no stream", hint="name a file")
    problem = order.format.problem()
    if problem:
        raise UsageError(problem, hint=order.format.hint)
    if path is None or _is_device(path):
        return
    check(path, force=order.force)
    for root in candidate_roots(request.root or (), os.environ, Path("~").expanduser()):
        if path.resolve().is_relative_to(projects_folder(root).resolve()):
            raise OutputError(f"{path} is where transcripts are read from", hint="name a file somewhere else")


def _is_device(path: Path) -> bool:
    """A pipe or a device takes what it gets: there is nothing to replace."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def is_about_all(question: Question) -> bool:
    """Whether its answer is about the history as a whole, and nothing but it."""
    is_of_history = question.reads and question.days is None and Facet.FILES not in question.reading.facets
    return is_of_history and not usual_format(question).only and not takes_argument(question)
