"""Rows of which only the content is decoded: responses, and results of tools without the screen's copy (T12, T34).

`shapes.py` recognises them by what stands around the content. The content itself is decoded, so it is one whole
value of JSON's, and what follows it is what follows the content: no text in it can have been taken for its end.
A row that is not what it seems is left to a full decode, and so is one that says more than its blocks.
"""

from __future__ import annotations

import re

import orjson

from tokenscope.ingest.extract.content import Content
from tokenscope.ingest.extract.responses import Responses
from tokenscope.ingest.rows.outlines import Outlines


class Blocks:
    """Takes the rows of one file that a shape has recognised, all of them the file's own agent's."""

    __slots__ = ("_agent", "_content", "_outlines")

    def __init__(self, responses: Responses, content: Content, agent: str) -> None:
        self._outlines = Outlines(responses)
        self._content = content
        self._agent = agent

    def take(self, _: bytearray, found: re.Match[bytes]) -> bool:
        """Take a row in; False where it is not what it seems, or where more of it is needed."""
        try:
            return self._result(found) if found.start(10) >= 0 else self._response(found)
        except orjson.JSONDecodeError:
            return False

    def _result(self, found: re.Match[bytes]) -> bool:
        content, uuid, time = found.group(10, 11, 12)
        blocks = orjson.loads(content)
        return len(blocks) == 1 and self._content.add_result(self._agent, uuid.decode(), time.decode(), blocks[0])

    def _response(self, found: re.Match[bytes]) -> bool:
        session, any_session, next_session, last_session = found.group(1, 2, 8, 9)
        before, content, behind, uuid, time = found.group(3, 4, 5, 6, 7)
        blocks, uuid, time = orjson.loads(content), uuid.decode(), time.decode()
        if not self._outlines.count(session or next_session or any_session or last_session, before, behind, uuid, time):
            return False
        self._content.add_response(self._agent, uuid, time, self._outlines.key, blocks)
        return True
