"""A response's row without its content: its figures go straight to the file's responses (T12).

`shapes.py` proves where the content stands; what is left of the row must still decode, or it is not what it seems.
"""

from __future__ import annotations

import re

import orjson

from tokenscope.ingest.extract.responses import Responses


class Outlines:
    """Takes the rows of one file's responses that a shape has recognised."""

    __slots__ = ("_figures", "_responses", "_session", "key")

    def __init__(self, responses: Responses) -> None:
        self._responses = responses
        self._figures: tuple[bytes, bytes] | None = None  # of the row before, before and behind its content
        self._session: bytes | None = None
        self.key = ""  # of the response that was counted last; "" where it says nothing of its usage

    def take(self, buffer: bytearray, found: re.Match[bytes]) -> bool:
        """Count a row in; False where it is not what it seems."""
        session, any_session, before, behind, uuid, timestamp, next_session, last_session = found.groups()
        if (before, behind) != self._figures and buffer.find(b'"parentUuid":', found.start() + 2, found.start(4)) >= 0:
            return False  # a row that was torn off, and another one behind it
        session = session or next_session or any_session or last_session
        return self.count(session, before, behind, uuid.decode(), timestamp.decode())

    def count(self, session: bytes | None, before: bytes, behind: bytes, uuid: str, timestamp: str) -> bool:
        """The same for a row that was torn from nothing.

        A response is mostly several rows with the same figures, which are decoded once.
        """
        if (before, behind) == self._figures and session == self._session:
            self._responses.add_again(uuid, timestamp)
            return True
        try:
            message = orjson.loads(b"{%b,%b}" % (behind, before))  # of a key that stands twice the first counts
        except orjson.JSONDecodeError:
            return False
        if message.get("stop_reason") == "refusal":
            return False  # its content decides what it cost (T58)
        self._figures, self._session = (before, behind), session
        self.key = message["id"] if message.get("usage").__class__ is dict else ""
        self._responses.add_outline(message, session, uuid, timestamp)
        return True
