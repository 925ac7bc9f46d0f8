"""What the server offers: a tool a question, what each of them takes, and the command line that a call comes to.

Names, descriptions and schemas are made of the program's own words alone: nothing here has seen a transcript.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

from tokenscope.app.registry import find_question, question_names
from tokenscope.errors import UsageError
from tokenscope.value import Value, is_value
from tokenscope.view.question import Argument, Option, Question, Sessions

ROWS = 20  # of a list, unless more are asked for
MOST_ROWS = 500
LONGEST_INPUT = 4_000  # characters: a command line has an end
# Options that say how a session is drawn, or show what an answer for a program never has.
DRAWING = frozenset({"timeline", "map", "depth", "steps", "newest_first", "full_text", "show_secrets"})
_KINDS: dict[Any, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_PYTHON: dict[str, tuple[type, ...]] = {name: (kind,) for kind, name in _KINDS.items()}
_PYTHON |= {"number": (int, float), "array": (list,)}


class ToolInput(NamedTuple):
    """Something that a tool takes. `kind`: as JSON calls its type; a list is one of texts."""

    name: str
    kind: str
    help: str
    choices: tuple[str, ...] = ()
    is_word: bool = False  # on the command line it stands without its name
    least: int | None = None  # of a whole number, the smallest that will do
    most: int | None = None  # and the largest


# A client may keep all of these in every context, a tool at a time: they are as short as they can be.
FILTERS = (
    ToolInput("since", "string", "From then on: 7d, 12h, 2026-11-03"),
    ToolInput("until", "string", "Until then, that day included"),
    ToolInput("project", "array", "Parts of paths"),
    ToolInput("model", "array", "Parts of names"),
    ToolInput("session", "array", "Beginnings of ids"),
    ToolInput("only", "array", "Stamps: skill=review, branch=main"),
)
WHOLE = ToolInput("full", "boolean", "Every session, not the newest alone")
PAGING = (
    ToolInput("limit", "integer", f"Rows a list; {ROWS} unless given", least=1, most=MOST_ROWS),
    ToolInput("list", "string", "One list alone: /sessions"),
    ToolInput("offset", "integer", "Its first row", least=0),
)


class Offer(Value):
    """A tool: what it is called, says of itself and takes, and the question that it asks."""

    name: str
    help: str
    question: str
    takes: tuple[ToolInput, ...]
    is_about_this_session: bool = False


@cache
def find_offers() -> dict[str, Offer]:
    """Every tool by its name: three for the questions that people ask, then one for each question of the program."""
    found = [
        Offer(
            "where_did_it_go",
            "Where this machine's Claude Code usage went: carried, new, rebuilt, output, and what sat in the context.",
            "quickstart",
            (*FILTERS, WHOLE),
        ),
        Offer("what_should_i_change", "What other settings and habits would have saved.", "advice", FILTERS),
        Offer(
            "this_session",
            "The newest session of the folder that this server was started in: context, cost, steps, asks.",
            "session",
            (),
            is_about_this_session=True,
        ),
    ]
    found += [_offer(find_question(name)) for name in question_names()]
    return {one.name: one for one in found}


def _offer(question: Question) -> Offer:
    filters = FILTERS if question.reads else ()
    whole = (WHOLE,) if question.reading.sessions is Sessions.NEWEST else ()
    return Offer(
        question.name.replace("-", "_"), question.help, question.name, (*_own(question.analyze), *filters, *whole)
    )


def _own(analyze: Callable[..., Any]) -> list[ToolInput]:
    """What a question takes beside filters."""
    hints = get_type_hints(analyze, include_extras=True)
    found = []
    for name in inspect.signature(analyze).parameters:
        if get_origin(hints[name]) is not Annotated or name in DRAWING:
            continue
        kind, given = get_args(hints[name])[:2]
        if isinstance(given, Option | Argument):
            found.append(_input(name, _some(kind), given))
    return found


def _input(name: str, kind: Any, given: Option | Argument) -> ToolInput:
    is_word = isinstance(given, Argument)
    if get_origin(kind) is list:
        return ToolInput(name, "array", given.help, is_word=is_word)
    if issubclass(kind, Enum):
        return ToolInput(name, "string", given.help, tuple(str(one.value) for one in kind), is_word)
    return ToolInput(name, _KINDS[kind], given.help, is_word=is_word)


def _some(kind: Any) -> Any:
    """A type without its None."""
    return (
        next(one for one in get_args(kind) if one is not NoneType) if get_origin(kind) in (UnionType, Union) else kind
    )


def input_schema(offer: Offer) -> dict[str, Any]:
    """What a tool takes, as a JSON schema."""
    properties = {one.name: _property(one) for one in (*offer.takes, *PAGING)}
    return {"type": "object", "properties": properties}


def _property(one: ToolInput) -> dict[str, Any]:
    made: dict[str, Any] = {"type": one.kind, "description": one.help}
    if one.kind == "array":
        made["items"] = {"type": "string"}
    if one.choices:
        made["enum"] = list(one.choices)
    return made


def check_given(offer: Offer, given: Mapping[str, Any]) -> None:
    """Raises UsageError where a tool is given something that it does not take, or of another type."""
    known = {one.name: one for one in (*offer.takes, *PAGING)}
    for name, value in given.items():
        if name not in known:
            raise UsageError(f"{offer.name} takes no argument {name!r}", hint=f"it takes {', '.join(known)}")
        one = known[name]
        if not isinstance(value, _PYTHON[one.kind]) or (one.kind != "boolean" and isinstance(value, bool)):
            raise UsageError(f"{name} is of the type {one.kind}", hint=one.help)
        texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
        if not all(isinstance(text, str) and "\0" not in text and _is_unicode(text) for text in texts):
            raise UsageError(f"{name} holds something that is no text", hint=one.help)
        if sum(map(len, texts)) > LONGEST_INPUT:
            raise UsageError(f"{name} is longer than {LONGEST_INPUT:,} characters", hint=one.help)
        if one.choices and value not in one.choices:
            raise UsageError(f"{name} is one of {', '.join(one.choices)}", hint=one.help)
        if isinstance(value, int) and not (one.least or 0) <= value <= (one.most or value):
            between = f"from {one.least or 0} on" if one.most is None else f"from {one.least} to {one.most}"
            raise UsageError(f"{name} is {between}", hint=one.help)
    words = [one.name for one in offer.takes if one.is_word]
    for before, after in pairwise(words):
        if after in given and before not in given:
            raise UsageError(f"{after} comes after {before}", hint=f"give {before} too")


def _is_unicode(text: str) -> bool:
    """Whether it can be written at all: half a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def typed_words(offer: Offer, given: Mapping[str, Any]) -> list[str]:
    """The command line of a call that was checked: the question, its options and, behind `--`, its words.

    Nothing that is given can be taken for another option: each stands behind its name and a sign, or behind `--`.
    """
    options, words = [], []
    for one in offer.takes:
        value = given.get(one.name)
        texts = [str(text) for text in value] if isinstance(value, list) else [] if value is None else [str(value)]
        if one.is_word:
            words += texts
        elif one.kind == "boolean":
            options += [f"--{_dashed(one.name)}"] if value else []
        else:
            options += [f"--{_dashed(one.name)}={text}" for text in texts]
    return [offer.question, "--json", *options, *(["--", *words] if words else [])]


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def output_schema(offer: Offer) -> dict[str, Any]:
    """What a tool answers, as a JSON schema: the fields of its report with their types, no deeper than that."""
    hints = get_type_hints(find_question(offer.question).analyze)
    report = {"type": ["object", "null"], "properties": _fields_of(hints["return"])}
    gap = {"list": {"type": "string"}, "rows": {"type": "integer"}, "shown": {"type": "integer"}}
    page = {
        "list": {"type": "string"},
        "offset": {"type": "integer"},
        "rows": {"type": "array"},
        "of": {"type": "integer"},
        "next_offset": {"type": ["integer", "null"]},
    }
    properties: dict[str, Any] = {
        "question": {"const": offer.question},
        "scope": {"type": "object"},
        "coverage": {"type": "object"},
        "report": report,
        "page": {"type": ["object", "null"], "properties": page},
        "left_out": {"type": "array", "items": {"type": "object", "properties": gap}},
        "lists_left_out": {"type": "integer"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}


def _fields_of(report: Any) -> dict[str, Any]:
    if not is_value(report):
        return {}
    hints = get_type_hints(report)
    return {name: _json_type(hints[name]) for name in report.__struct_fields__}


def _json_type(kind: Any) -> dict[str, Any]:
    """How JSON calls a type; of what is not plain, nothing is said."""
    if get_origin(kind) in (UnionType, Union):
        some = [_json_type(one).get("type") for one in get_args(kind) if one is not NoneType]
        return {"type": [some[0], "null"]} if len(some) == 1 and some[0] else {}
    whole = get_origin(kind) or kind
    if is_value(whole) or whole is dict:
        return {"type": "object"}
    if whole in (list, tuple):
        return {"type": "array"}
    if isinstance(whole, type) and issubclass(whole, date | datetime | Path):
        return {"type": "string"}
    return {"type": _KINDS[whole]} if whole in _KINDS else {}
