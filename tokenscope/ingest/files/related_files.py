"""Which files hold what others hold too: copies of a session begin with its first rows.

Forks, resumed and side conversations repeat history under another name. To credit one of them alone, its kin have
to be known (T21): what was written at another time is not looked into, and only those that are kin are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from mmap import ACCESS_READ, mmap
from typing import Any, NamedTuple

from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.newest import DAY, NEVER, hint, last_row
from tokenscope.ingest.rows.read import RowReader
from tokenscope.ingest.rows.schema import MESSAGES, AnyRow, Progress, decoder_of
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet

HEAD = 1 << 17  # bytes
BEGINNING = 1 << 14  # bytes that tell a file's time, and what it sums up
TELLING = 32  # responses that tell a file from others
_ID = re.compile(rb'"(?:uu)?id":\s?"([^"\\]+)"')
_LEAF = re.compile(rb'"leafUuid":\s?"([^"\\]+)"')
_TIME = re.compile(rb'"timestamp":\s?"([^"\\]+)"')


class Head(NamedTuple):
    """What the first rows of a file say."""

    cwd: str
    responses: tuple[str, ...]  # message.id of the first ones
    sessions: frozenset[str]  # that rows name


def head_of(transcript: Transcript) -> Head:
    """What the first rows of a file say; nothing where it cannot be read."""
    cwd, responses, sessions = "", dict[str, None](), set[str]()
    for row in _first_rows(transcript):
        cwd = cwd or _string(row.cwd)
        sessions.add(_string(row.sessionId))
        if response := _response_of(row):
            responses[response] = None
            if len(responses) == TELLING:
                break
    return Head(cwd, tuple(responses), frozenset(sessions))


def kin_of(own: list[Transcript], transcripts: list[Transcript]) -> list[Transcript]:
    """The files of other sessions that rows of `own` name, that hold a row or a response of `own`, or sum one up.

    A copy has the times of its original, so only files of the same days are looked through.
    """
    heads = [head_of(one) for one in own]
    named = {session_id for head in heads for session_id in head.sessions}
    ids = frozenset(found for one in own for found in _found(_ID, one))
    paths = {one.path for one in own}
    told = (milliseconds(found.decode("utf-8", "replace")) for one in own for found in _found(_TIME, one))
    times = [time for time in told if time is not None]
    began, ended = min(times, default=0) - DAY, max(times, default=NEVER) + DAY
    return [
        one
        for one in transcripts
        if one.path not in paths
        and (
            (one.session_id and one.session_id in named)
            or (_is_of_time(one, began, ended) and any(found in ids for found in _found(_ID, one)))
            or (not one.agent_id and not ids.isdisjoint(_LEAF.findall(_first_bytes(one))))
        )
    ]


def _is_of_time(one: Transcript, began: int, ended: int) -> bool:
    """Whether a file may hold rows from between these times (ms)."""
    if hint(one) < began:
        return False
    first = _TIME.search(_first_bytes(one))
    time = milliseconds(first[1].decode("utf-8", "replace")) if first else None
    if time is not None and time > ended:
        return False
    last = last_row(one)
    return last is None or last >= began


def _found(pattern: re.Pattern[bytes], one: Transcript) -> Iterator[bytes]:
    """What a pattern finds in a file."""
    try:
        with open(one.path, "rb") as file, mmap(file.fileno(), one.size, access=ACCESS_READ) as content:  # noqa: PTH123
            yield from (found[1] for found in pattern.finditer(content))
    except (OSError, ValueError):
        return


def _response_of(row: AnyRow) -> str:
    """What names the response that a row is of, also inside a progress row (T22, T24); "" where it is of none."""
    data: Any = row.data
    inner: Any = data.message if row.type == "progress" and isinstance(data, Progress) else row
    message = inner.message if isinstance(inner, AnyRow) and inner.type == "assistant" else None
    if message.__class__ not in MESSAGES or message.model == "<synthetic>":
        return ""
    return _string(message.id) or _string(inner.uuid)


def _first_rows(transcript: Transcript) -> Iterator[AnyRow]:
    try:
        yield from RowReader(transcript.path, min(transcript.size, HEAD), chunk=HEAD).rows(decoder_of(Facet.USAGE))
    except OSError:
        return


def _first_bytes(transcript: Transcript) -> bytes:
    try:
        with open(transcript.path, "rb", buffering=0) as file:  # noqa: PTH123 - a Path is slower, and they are many
            return file.read(BEGINNING)
    except OSError:
        return b""


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
