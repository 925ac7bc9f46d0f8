"""Conditions over figures of answers: `daily:total.list_price_usd<20`, as they are typed and as they are held."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from typing import Any, NamedTuple

from tokenscope.errors import UsageError

SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION = re.compile(r"\s*([a-z-]+)\s*:\s*([^<>=!]*?(?:\[[^\]]*\][^<>=!]*?)*)\s*(<=|>=|!=|<|>|=)\s*(\S+)\s*")
_STEP = re.compile(r"([A-Za-z0-9_]+)((?:\[[^\]]*\])*)")
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "%": 0.01}
NEAR = 3  # names that a hint offers


class Condition(NamedTuple):
    """`text`: as it was typed; `path`: names and [places] of a report; `limit`: in the unit of the figure."""

    text: str
    question: str
    path: str
    sign: str
    limit: float  # tokens, dollars, a share, whatever stands at the path


class FoundFigure(NamedTuple):
    """A figure of a report. `value` None: the report leaves it open; `place`: where, with what told rows apart."""

    place: str
    value: float | None  # tokens, dollars, a share: as the report has it


def parse_condition(text: str) -> Condition:
    """A condition as it is typed: QUESTION:PATH, a sign, and a limit. Raises UsageError."""
    found = _CONDITION.fullmatch(text)
    if found is None:
        hint = "write QUESTION:PATH<LIMIT, for example 'daily:total.list_price_usd<20'"
        raise UsageError(f"{text!r} is no condition", hint=hint)
    return Condition(text.strip(), found[1], found[2], found[3], limit_of(found[4]))


def limit_of(text: str) -> float:
    """A limit in dollars, tokens or as a share: 20, $20, 5M, 25K, 10%. Raises UsageError."""
    found = re.fullmatch(r"\$?(-?\d+(?:\.\d+)?)\s*([kKmMbB%]?)", text.strip())
    if found is None:
        raise UsageError(f"{text!r} is no limit", hint="write 20, 5M, 25K or 10%")
    return float(found[1]) * _UNITS[found[2].lower()]


def figures_at(report: Any, condition: Condition, where: list[tuple[str, str]]) -> list[FoundFigure]:
    """The figures at a path: one, or one of each row where it says [*]. `where`: what a row's field has to hold.

    Raises UsageError for a path that is none, naming near ones.
    """
    found = list(_follow(report, _steps(condition), "", where, condition))
    for one in found:
        if isinstance(one.value, bool) or not isinstance(one.value, int | float | None):
            raise UsageError(f"{condition.question}:{one.place} is no figure", hint=_inside(one.value))
    return found


def _steps(condition: Condition) -> list[str]:
    steps: list[str] = []
    for part in condition.path.split("."):
        found = _STEP.fullmatch(part)
        if found is None:
            raise UsageError(f"{condition.path!r} is no path", hint="names with dots between them: total.total_tokens")
        steps += [found[1], *re.findall(r"\[[^\]]*\]", found[2])]
    return steps


def _follow(
    value: Any, steps: list[str], place: str, where: list[tuple[str, str]], condition: Condition
) -> Iterator[FoundFigure]:
    if not steps or value is None:
        yield FoundFigure(place, value)
        return
    step, rest = steps[0], steps[1:]
    if not step.startswith("["):
        if not isinstance(value, dict) or step not in value:
            raise _unknown(value, step, place, condition)
        yield from _follow(value[step], rest, f"{place}.{step}".lstrip("."), where, condition)
        return
    if not isinstance(value, list):
        raise UsageError(f"{condition.question}:{place} is no list of rows", hint=_inside(value))
    for number, row in _chosen(value, step[1:-1], place, condition):
        if all(text.casefold() in str(_field(row, name, place, condition)).casefold() for name, text in where):
            yield from _follow(row, rest, f"{place}[{_name_of(row, number)}]", where, condition)


def _chosen(rows: list[Any], choice: str, place: str, condition: Condition) -> Iterator[tuple[int, Any]]:
    """The rows that [*], [0], [-1] or [field=text] mean, with their numbers."""
    name, sign, text = choice.partition("=")
    if choice == "*":
        yield from enumerate(rows)
    elif re.fullmatch(r"-?\d+", choice):
        if -len(rows) <= int(choice) < len(rows):
            yield int(choice), rows[int(choice)]
    elif sign:
        for number, row in enumerate(rows):
            if str(_field(row, name.strip(), place, condition)) == text.strip():
                yield number, row
    else:
        raise UsageError(f"[{choice}] chooses no row", hint="write [*], [0], [-1] or [field=text]")


def _field(row: Any, name: str, place: str, condition: Condition) -> Any:
    if not isinstance(row, dict) or name not in row:
        raise _unknown(row, name, place, condition)
    return row[name]


def _name_of(row: Any, number: int) -> str:
    """What tells a row from the others: its first text, else its number."""
    texts = [inner for inner in row.values() if isinstance(inner, str) and inner] if isinstance(row, dict) else []
    return texts[0] if texts else str(number)


def _unknown(value: Any, step: str, place: str, condition: Condition) -> UsageError:
    whole = f"{place}.{step}".lstrip(".")
    if isinstance(value, list):
        return UsageError(f"{condition.question}:{place} is a list of rows", hint=f"write {place}[*].{step}, or [0]")
    names = list(value) if isinstance(value, dict) else []
    near = get_close_matches(step, names, n=NEAR, cutoff=0.5) or names
    hint = f"near it: {', '.join(near)}" if near else f"{place} is a figure of its own"
    return UsageError(f"{condition.question} has no {whole}", hint=hint)


def _inside(value: Any) -> str:
    if isinstance(value, dict):
        return f"in it: {', '.join(value)}"
    return "write [*] or [0] behind it" if isinstance(value, list) else "a figure is a number"
