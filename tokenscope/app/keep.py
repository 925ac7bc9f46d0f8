"""`check`: whether a history keeps to budgets and floors. For a hook, a pipeline or cron: an exit code, a line each.

What is unknown is not kept. Where there is no response in scope at all, nothing was used, and an upper limit is kept.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from functools import reduce
from operator import or_
from typing import Any, TextIO

from tokenscope.app.conditions import SIGNS, Condition, FoundFigure, figures_at, parse_condition
from tokenscope.app.export import is_about_all
from tokenscope.app.open_history import open_history
from tokenscope.app.registry import find_question, question_names
from tokenscope.app.request import Request
from tokenscope.credentials import masked
from tokenscope.errors import OutOfMemoryError, UsageError
from tokenscope.history.usage import Tally
from tokenscope.value import Value, replace
from tokenscope.view import figures
from tokenscope.view.envelope import envelop
from tokenscope.view.question import Reading

KEPT, BROKEN = 0, 4  # exit codes
SHORT = {  # options that are conditions themselves: the figure that each is about
    "max-usd": "models:total.list_price_usd",
    "max-tokens": "models:total.total_tokens",
    "max-floor": "context:floor.size",
    "max-rebuilt": "context:composition.rebuilt.share",
}


class HeldCondition(Value):
    """`value` and `limit`: in the unit of the figure, dollars, tokens or a share; `value` null: there is none, and what
    is unknown is not kept. Of several rows the worst. `unpriced_tokens`: what a sum of dollars leaves out.
    """

    condition: str
    place: str
    value: float | None
    limit: float
    kept: bool
    unpriced_tokens: int


class CheckReport(Value):
    conditions: list[HeldCondition]
    kept: bool


def check_conditions(
    request: Request, conditions: list[Condition], where: list[str], *, as_json: bool, stream: TextIO
) -> int:
    """Write a line for each condition, or one JSON object; returns the exit code 0 or 4. Raises TokenscopeError."""
    try:
        return _check(request, conditions, where, as_json=as_json, stream=stream)
    except MemoryError:
        hint = "check less of it: --since 7d, or one --project"
        raise OutOfMemoryError("there is not enough memory for this history", hint=hint) from None


def _check(request: Request, conditions: list[Condition], where: list[str], *, as_json: bool, stream: TextIO) -> int:
    if not conditions:
        raise UsageError("there is no condition to check", hint="`tokenscope check --max-usd 20 --since 1d`")
    able = {name for name in question_names() if is_able(name)}
    for one in conditions:
        if one.question not in able:
            near = get_close_matches(one.question, able, n=3) or sorted(able)
            raise UsageError(f"no question {one.question!r} to check", hint=f"near it: {', '.join(near)}")
    rows = [_where(word) for word in where]
    questions = {name: find_question(name) for name in dict.fromkeys(one.question for one in conditions)}
    facets = reduce(or_, (one.reading.facets for one in questions.values()))
    others = reduce(or_, (one.reading.other_files for one in questions.values()))
    history = open_history(Reading(facets, other_files=others), replace(request, no_text=False))
    reports = {name: _plain(masked(one.analyze(history))) for name, one in questions.items()}
    held = [_held(one, figures_at(reports[one.question], one, rows), history.total) for one in conditions]
    report = CheckReport(held, all(one.kept for one in held))
    if as_json:
        from tokenscope.draw.json_text import encoded  # noqa: PLC0415 - with orjson, that lines do without

        stream.flush()
        stream.buffer.write(encoded(envelop("check", history, masked(report))))
    else:
        stream.write("".join(f"{_line(one)}\n" for one in held))
    return KEPT if report.kept else BROKEN


def is_able(name: str) -> bool:
    """Whether a question is about a whole history, so that its figures can be checked."""
    question = find_question(name)
    return is_about_all(question) and question.days is None


def _where(word: str) -> tuple[str, str]:
    name, sign, text = word.partition("=")
    if not sign or not name.strip():
        raise UsageError(f"cannot choose rows by {word!r}", hint="write FIELD=TEXT, for example project=shop")
    return name.strip(), text.strip()


def _plain(report: Any) -> Any:
    """The report as JSON has it."""
    from tokenscope.draw.json_text import encoded  # noqa: PLC0415 - as above

    return json.loads(encoded(report))


def _held(condition: Condition, found: list[FoundFigure], total: Tally) -> HeldCondition:
    keeps, is_empty = SIGNS[condition.sign], not total.messages and condition.sign.startswith("<")
    broken = [one for one in found if not (is_empty if one.value is None else keeps(one.value, condition.limit))]
    told = _worst(broken or found, condition.sign)
    return HeldCondition(
        condition=condition.text,
        place=f"{condition.question}:{told.place or condition.path}",
        value=told.value,
        limit=condition.limit,
        kept=is_empty if not found else not broken,
        unpriced_tokens=total.unpriced_tokens if condition.path.endswith("_usd") else 0,
    )


def _worst(found: list[FoundFigure], sign: str) -> FoundFigure:
    """The one to tell: what is unknown, else the largest, or the smallest where a figure is to be large."""
    if not found:
        return FoundFigure("", None)
    unknown = [one for one in found if one.value is None]
    if unknown:
        return unknown[0]
    return (min if sign.startswith(">") else max)(found, key=lambda one: one.value or 0.0)


def _line(one: HeldCondition) -> str:
    from tokenscope.draw.harmless import harmless  # noqa: PLC0415 - only where lines are written

    verdict = "kept" if one.kept else "broken"
    nothing = "nothing, since no response is in scope" if one.kept else "unknown"
    value = nothing if one.value is None else _told(one.value, one.place)
    unpriced = f" · {figures.tokens(one.unpriced_tokens)} tokens have no known price" if one.unpriced_tokens else ""
    row = f" · {one.place}" if "[" in one.place else ""
    return harmless(f"{verdict:6}  {one.condition}: {value}{row}{unpriced}", keeps_spaces=True)


def _told(value: float, place: str) -> str:
    name = place.rpartition(".")[2]
    if name.endswith("_usd"):
        return figures.dollars(value)
    if "share" in name:
        return figures.share(value) if 0 <= value <= 1 else str(value)
    return figures.tokens(value) if float(value).is_integer() else str(value)


def short_condition(option: str, limit: str) -> Condition:
    """The condition that an option stands for: --max-usd 20. Raises UsageError."""
    return parse_condition(f"{SHORT[option]}<={limit}")._replace(text=f"--{option} {limit}")
