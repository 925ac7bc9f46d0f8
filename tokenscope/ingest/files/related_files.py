"""Which files hold what others hold too: copies of a session begin with its first rows.

Forks, resumed and side conversations repeat history under another name. To credit one of them alone, its kin have
to be known (T21): only their first bytes are looked at, and those that are kin are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.read import RowReader
from tokenscope.ingest.rows.schema import MESSAGES, PROGRESS, ROWS, AnyRow, decoder_of
from tokenscope.model import Facet

HEAD = 1 << 17  # bytes
TELLING = 32  # responses that tell a file from others
_ID = re.compile(rb'"(?:uu)?id":\s?"([^"\\]+)"')


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
    """The files of other sessions that rows name, and those that begin with a response of `own` too.

    Files of subagents only in the same folder: a copy in another one is a session's main file.
    """
    heads = [head_of(one) for one in own]
    named = {session_id for head in heads for session_id in head.sessions}
    ids = {response.encode("utf-8", "replace") for head in heads for response in head.responses}
    paths, folders = {one.path for one in own}, {one.folder for one in own}
    others = (one for one in transcripts if one.path not in paths)
    return [
        one
        for one in others
        if (one.session_id and one.session_id in named)
        or ((one.folder in folders or not one.agent_id) and not ids.isdisjoint(_ID.findall(_first_bytes(one))))
    ]


def _response_of(row: AnyRow) -> str:
    """What names the response that a row is of, also inside a progress row (T22, T24); "" where it is of none."""
    data: Any = row.data
    inner: Any = data.message if row.type == "progress" and data.__class__ in PROGRESS else row
    message = inner.message if inner.__class__ in ROWS and inner.type == "assistant" else None
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
            return file.read(HEAD)
    except OSError:
        return b""


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
