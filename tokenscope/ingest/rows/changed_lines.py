"""How many lines a tool use changed (T44): by its patch, else by the strings that it replaced."""

from __future__ import annotations

from typing import Any

from tokenscope.ingest.rows.lenient import value_of
from tokenscope.ingest.rows.partial import value_in
from tokenscope.ingest.rows.schema import Hunk, Result

Lines = tuple[int, int]  # added, removed
NONE: Lines = (0, 0)
EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit"})  # tools whose input says what they change


def asked_for(name: str, given: Any) -> Lines:
    """What an edit would change by its input alone: for a result that comes without a patch."""
    if given.__class__ is not dict:
        return NONE
    if name == "Edit":
        return _replaced(given)
    edits = given.get("edits")
    if name == "MultiEdit" and edits.__class__ is list:
        pairs = [_replaced(edit) for edit in edits if edit.__class__ is dict]
        return sum(added for added, _ in pairs), sum(removed for _, removed in pairs)
    if name == "NotebookEdit":
        return _lines(given.get("new_source")), 0
    return NONE  # how many lines a Write replaced cannot be known


def changed(told: Any, name: str, written: bytes) -> Lines:
    """Lines added and removed by what a result tells; without a patch by the tool's input, as it was written."""
    patch = told.structuredPatch if told.__class__ is Result else None
    if patch.__class__ is not list:
        return asked_for(name, value_of(written)) if written else NONE
    if told.type == "create":
        return _lines(value_in(told.content)), 0
    added = removed = 0
    for hunk in patch:
        lines: Any = hunk.lines if hunk.__class__ is Hunk else None
        for line in lines if lines.__class__ is list else ():
            if line.__class__ is str:
                added += line.startswith("+")
                removed += line.startswith("-")
    return added, removed


def _replaced(edit: dict[str, Any]) -> Lines:
    return _lines(edit.get("new_string")), _lines(edit.get("old_string"))


def _lines(text: Any) -> int:
    """An unfinished last line counts."""
    if text.__class__ is not str or not text:
        return 0
    return int(text.count("\n")) + (not text.endswith("\n"))
