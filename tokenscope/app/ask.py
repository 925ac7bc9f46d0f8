"""One request, answered: with the user's own settings, in the wanted format."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import reduce
from inspect import signature
from operator import or_
from pathlib import Path
from typing import Any, TextIO

from tokenscope.app.included import Included
from tokenscope.app.open_history import home, open_history
from tokenscope.app.registry import answer_formats, find_question, usual_format
from tokenscope.app.request import Request, scope_of, typed_command, with_window
from tokenscope.credentials import masked
from tokenscope.errors import OutOfMemoryError, UsageError
from tokenscope.machine import Machine
from tokenscope.model import Facet
from tokenscope.pricing.section import exists, read_toml
from tokenscope.value import Value, replace
from tokenscope.view.envelope import envelop
from tokenscope.view.format import Answer, Format
from tokenscope.view.money import Plan
from tokenscope.view.question import Drawing, Needs, Question, Reading

VARIABLE = "TOKENSCOPE_PLAN"
_PLANS = ", ".join(Plan)


def find_plan(given: Plan | None, environ: Mapping[str, str], file: Path | None = None) -> Plan:
    """The plan of the command line, else of the variable, else of the file; UNKNOWN where none of them says.

    `file`: None for the user's own. Raises UsageError for a value that is no plan and for a file that is broken,
    whoever has the last word: a mistake that is passed over would be found out later.
    """
    named = _of_variable(environ.get(VARIABLE, ""))
    kept = _of_file(file or user_settings_path())
    return given or named or kept or Plan.UNKNOWN


def user_settings_path() -> Path:
    """Where the user's settings are looked for on this machine."""
    import platformdirs  # noqa: PLC0415  16 ms alone; by now the price table has paid for it

    return platformdirs.user_config_path("tokenscope") / "config.toml"


def _of_variable(value: str) -> Plan | None:
    name = value.strip().lower()
    if not name:
        return None
    if name not in list(Plan):
        raise UsageError(f"{VARIABLE}: {value!r} is no plan", hint=f"one of {_PLANS}, or unset it")
    return Plan(name)


def _of_file(path: Path) -> Plan | None:
    if not exists(path):
        return None
    top = read_toml(path, hint=f'the file may hold one line: plan = "max20"; plans are {_PLANS}')
    for field in top.values:
        if field != "plan":
            raise top.wrong(field, "is not a setting; the only one is `plan`")
    if "plan" not in top.values:
        return None
    name = top.text("plan")
    if name not in list(Plan):
        raise top.wrong("plan", f"must be one of {_PLANS}, not {name!r}")
    return Plan(name)


ROWS_A_CARD = 12
EVERY_ROW = 1_000_000


class Output(Value):
    """The format that was asked for, and where it goes; None: to the stream."""

    format: Format
    file: Path | None


def answer(question: Question, request: Request, stream: TextIO) -> None:
    """Write the answer to `stream`. Raises TokenscopeError."""
    try:
        _answer(question, request, stream)
    except MemoryError:
        hint = "ask about less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _answer(question: Question, request: Request, stream: TextIO) -> None:
    output = _find_output(question, request)
    _check_secrets(request, stream)
    drawing = _drawing(request, find_plan(request.plan, os.environ))
    others = [find_question(name) for name in question.includes]
    request = with_window(question, request)
    reading = _reading(question, others, request)
    reading = replace(reading, sessions=output.format.sessions or reading.sessions)
    needs = question.prepare(scope_of(request), **_taken_by(question, request)) if question.prepare else Needs()
    if request.team:
        from tokenscope.app.ask_team import open_team_history  # noqa: PLC0415 - with what knows the network

        history, question = open_team_history(question, request, needs)
    else:
        history = open_history(reading, request, needs, question.begin)
    if Facet.FILES in question.reading.facets:
        history.store.machine = replace(_machine(request, stream), prompted=history.store.machine.prompted)
    drawing = replace(drawing, now=history.scope.now, zone=history.scope.zone)
    included = Included(others if output.format is usual_format(question) else [], history, drawing)
    if question.begin is not None:
        history.once(question.begin)
    included.start()
    if question.halfway is not None:
        history.once(question.halfway)
    included.go_on()
    report = question.analyze(history, **_taken_by(question, request))
    if output.format.keeps_limit and request.limit is not None and question.rows:
        report = replace(report, **{question.rows: getattr(report, question.rows)[: request.limit]})
    report = report if request.options.get("show_secrets") else masked(report)
    envelope = envelop(question.name, history, report)
    write = output.format.write
    assert write is not None, "formats with an option write answers"
    write(Answer(question, envelope, drawing, included.cards, request.options, output.file), stream)


def _find_output(question: Question, request: Request) -> Output:
    """One output at most, and one that the question has. Raises UsageError."""
    asked = request.outputs
    if len(asked) > 1:
        first, second, *_ = asked
        raise UsageError(f"--{first} and --{second} exclude each other", hint="use one of them")
    named = [one for one in answer_formats(question) if one.metavar == "NAME"]
    if request.file is not None:
        _check_file(request.file, named, asked)
    for option, value in asked.items():
        chosen = _chosen(question, option, value)
        if _writes_in_its_own_way(question, request):
            hint = f"without --{option}, {question.name} writes in its own way"
            raise UsageError(f"--{option} takes no other output", hint=hint)
        return Output(chosen, {"FILE": value, "NAME": request.file}.get(chosen.metavar))
    return Output(usual_format(question), None)


def _chosen(question: Question, option: str, value: Any) -> Format:
    alike = [one for one in answer_formats(question) if one.option == option]
    chosen = next((one for one in alike if one.metavar != "NAME" or one.name == value), None)
    if chosen is None:
        raise UsageError(f"nothing is exported for {value!r}", hint=f"write --{option} {_names(alike)}")
    if not chosen.can_write(question):
        raise UsageError(f"{question.name} is not a table", hint="use --json")
    return chosen


def _writes_in_its_own_way(question: Question, request: Request) -> bool:
    """Whether it is asked for what only its usual output has."""
    takes = usual_format(question).takes
    return takes is not None and any(request.options[name] for name in signature(takes).parameters)


def _check_file(file: Path, named: list[Format], asked: dict[str, Any]) -> None:
    """A file behind the question is new, and for an output that is asked for by its name."""
    option = str(named[0].option)
    if option not in asked:
        raise UsageError(f"{file}: nothing is written to it", hint=f"write --{option} {_names(named)} FILE")
    if file.exists():
        raise UsageError(f"{file} exists and is never overwritten", hint="name a file that does not exist")


def _names(formats: list[Format]) -> str:
    return ", ".join(one.name for one in formats)


def _drawing(request: Request, plan: Plan) -> Drawing:
    """All but the moment and the zone, which the history knows."""
    limit = EVERY_ROW if request.all else request.limit or ROWS_A_CARD
    command = typed_command(os.environ, Path(sys.prefix)) + (" demo" if request.demo else "")
    return Drawing(0, None, limit, plan, command, request.demo, request.color, request.plain)


def _reading(question: Question, others: list[Question], request: Request) -> Reading:
    """What has to be read for a question, asked with these options, and for those that it includes."""
    reading = question.reading
    return replace(reading, facets=reduce(or_, (one.reading.facets for one in others), reading.needs(request.options)))


def _taken_by(question: Question, request: Request) -> dict[str, Any]:
    """Those of the request's own options that `analyze` takes."""
    names = signature(question.analyze).parameters
    return {name: value for name, value in request.options.items() if name in names}


def _check_secrets(request: Request, stream: TextIO) -> None:
    """Credentials are shown to eyes only: what is written or handed on has none."""
    is_for_eyes = stream.isatty() and not request.outputs and not request.plain
    if request.options.get("show_secrets") and not is_for_eyes:
        raise UsageError("--show-secrets shows credentials in a terminal only", hint="elsewhere they stay masked")


def _machine(request: Request, stream: TextIO) -> Machine:
    from tokenscope.app.examine import examine  # noqa: PLC0415 - only the doctor needs it

    machine = examine(request.root or (), os.environ, home(), stream, color=request.color)
    return replace(machine, roots=()) if request.demo else machine
