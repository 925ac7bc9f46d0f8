"""Which responses count, and where: packed, since a board that is open all day has tens of thousands of them."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import blake2b
from itertools import count
from struct import Struct
from typing import NamedTuple

from tokenscope.model import Message

NONE = -1
_KEY_BYTES = 12  # of what tells a response from others: among a million of them two are alike once in 10^17 times
_PACKED = Struct("<8q")  # a tenth of what its values take as such


class CountedResponse(NamedTuple):
    """A response as it counts: where, and at what price (picodollars). NONE: not known, or not there."""

    tokens: int  # of its prompt and its output
    output: int  # tokens
    time: int  # ms since the epoch
    session: int  # its number
    rank: int  # how its file came by it, compared alone
    price: int  # picodollars
    ask: int  # its number
    is_part: int  # a request beside the response's counters


class CountedResponses:
    """Each response once, as long as its session is followed."""

    def __init__(self) -> None:
        self._packed: dict[bytes, bytes] = {}
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._next = count()

    def __len__(self) -> int:
        return len(self._packed)

    def number_of(self, session_id: str) -> int:
        """What stands for a session."""
        number = self._numbers.get(session_id)
        if number is None:
            number = self._numbers[session_id] = next(self._next)
            self._names[number] = session_id
        return number

    def name_of(self, session: int) -> str:
        """The session that a number stands for; "" where it is no longer known."""
        return self._names.get(session, "")

    def known(self, message: Message) -> CountedResponse | None:
        """The response that a row is of, as it counts by now."""
        packed = self._packed.get(_key(message))
        return None if packed is None else CountedResponse._make(_PACKED.unpack(packed))

    def keep(self, message: Message, counted: CountedResponse) -> None:
        """This is how it counts from now on."""
        self._packed[_key(message)] = _PACKED.pack(*counted)

    def take_out(self, session_ids: Collection[str]) -> list[CountedResponse]:
        """Those that count for these sessions, which are no longer known."""
        numbers = {self._numbers.pop(one) for one in session_ids if one in self._numbers}
        for number in numbers:
            del self._names[number]
        if not numbers:
            return []
        every = ((key, CountedResponse._make(_PACKED.unpack(packed))) for key, packed in self._packed.items())
        gone = [(key, one) for key, one in every if one.session in numbers]
        for key, _ in gone:
            del self._packed[key]
        return [one for _, one in gone]


def _key(message: Message) -> bytes:
    said = f"{message.part}\0{message.id}".encode("utf-8", "replace")
    return blake2b(said, digest_size=_KEY_BYTES).digest()
