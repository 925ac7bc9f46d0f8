"""What is handed over of an answer: as much as a context can bear, with what was left out and how to get it.

An answer about a long history has megabytes. Each of its lists is cut to some rows, lists inside rows to a quarter of
that, and all of it to fewer until it fits. Every list has an address (a JSON pointer into the report), by which it can
be asked for, page by page.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tokenscope.draw.harmless import harmless
from tokenscope.errors import UsageError
from tokenscope.mcp_server.offers import ROWS

LARGEST = (
    25_000  # characters: about 10,000 tokens, from which on Claude Code warns; beyond 50,000 it keeps a file instead
)
LONGEST_TEXT = 1_000  # characters
SERIES = 31  # numbers: one an hour or a day is told whole
GAPS = 12  # lists that are named as cut


class Portion(NamedTuple):
    """What is wanted of an answer. `limit`: rows a list; `list`: the address of one list; `offset`: its first row."""

    limit: int = ROWS
    list: str = ""
    offset: int = 0


class _Gap(NamedTuple):
    """A list that was cut: its address, how many rows it has, and how many are shown."""

    list: str
    rows: int
    shown: int


def reply(envelope: Mapping[str, Any], page: Portion) -> dict[str, Any]:
    """The answer, cut. `envelope`: what --json prints. Raises UsageError where there is no such list or row."""
    about = {name: _cut(value, ROWS, "", []) for name, value in envelope.items() if name != "report"}
    rows = _rows(envelope["report"], page) if page.list or page.offset else None
    for limit in _fewer(page.limit):
        gaps: list[_Gap] = []
        if rows is None:
            made = {"report": _cut(envelope["report"], limit, "", gaps), "page": None}
        else:
            made = {"report": None, "page": _page(rows, page, limit, gaps)}
        whole = {**about, **made, **_told(gaps)}
        if len(as_text(whole)) <= LARGEST:
            return whole
    raise UsageError("the answer is too long, however much is left out", hint="ask for one list of it")


def as_text(value: Any) -> str:
    """A value as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _fewer(limit: int) -> Iterator[int]:
    while limit:
        yield limit
        limit //= 2
    yield 0


def _page(rows: list[Any], page: Portion, limit: int, gaps: list[_Gap]) -> dict[str, Any]:
    """Some rows of one list; one at least, so that every page leads on."""
    end = min(page.offset + max(limit, 1), len(rows))
    shown = [_cut(rows[place], limit // 4, f"{page.list}/{place}", gaps) for place in range(page.offset, end)]
    return {
        "list": page.list,
        "offset": page.offset,
        "rows": shown,
        "of": len(rows),
        "next_offset": end if end < len(rows) else None,
    }


def _cut(value: Any, limit: int, address: str, gaps: list[_Gap]) -> Any:
    """A value with at most `limit` rows of each list, and its texts made harmless."""
    if isinstance(value, str):
        text = harmless(value)
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
    if isinstance(value, dict):
        return {harmless(name): _cut(one, limit, f"{address}/{_escaped(name)}", gaps) for name, one in value.items()}
    if isinstance(value, list):
        if len(value) <= SERIES and all(one is None or isinstance(one, int | float) for one in value):
            return value
        if len(value) > limit:
            gaps.append(_Gap(address, len(value), limit))
        return [_cut(one, limit // 4, f"{address}/{place}", gaps) for place, one in enumerate(value[:limit])]
    return value


def _told(gaps: list[_Gap]) -> dict[str, Any]:
    """Which lists were cut: those of the report itself first, and of them the longest."""
    first = sorted(gaps, key=lambda gap: (gap.list.count("/"), gap.shown - gap.rows, gap.list))[:GAPS]
    left_out = [
        {"list": harmless(gap.list), "rows": gap.rows, "shown": gap.shown, "next_offset": gap.shown} for gap in first
    ]
    return {"left_out": left_out, "lists_left_out": len(gaps)}


def _rows(report: Any, page: Portion) -> list[Any]:
    """The rows of the list at an address. Raises UsageError."""
    if not page.list:
        raise UsageError("offset counts the rows of a list", hint="name one by list: /sessions")
    found = report
    for part in page.list.split("/")[1:]:
        found = _inside(found, part.replace("~1", "/").replace("~0", "~"))
    if not page.list.startswith("/") or not isinstance(found, list):
        lists = [f"/{name}" for name, value in report.items() if isinstance(value, list)]
        hint = f"left_out names lists; the report itself has {', '.join(lists) or 'none'}"
        raise UsageError(f"{page.list!r} is no list of this report", hint=hint)
    if page.offset > len(found):
        raise UsageError(
            f"{page.list} has {len(found)} rows, so none from {page.offset} on", hint="use a smaller offset"
        )
    return found


def _inside(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
        return value[int(part)]
    return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
