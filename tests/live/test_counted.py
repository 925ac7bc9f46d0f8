"""What counts is known again as it was, and takes little room."""

from __future__ import annotations

import tracemalloc

from tokenscope.live.counted import NONE, CountedResponse, CountedResponses
from tokenscope.model import Message


def message(name: str, part: str = "") -> Message:
    return Message(name, 0, "m", None, 1, 2, 3, 4, 0, 8, 0, "", is_floor=False, miss_reason="", part=part)


def test_what_was_kept_is_known_until_its_session_is_gone() -> None:
    responses = CountedResponses()
    one, two = responses.number_of("one"), responses.number_of("two")
    mine = CountedResponse(10, 2, 1_780_308_000_000, one, 3, 10**15, 7, 0)
    beside = CountedResponse(5, NONE, NONE, two, 0, NONE, NONE, 1)
    responses.keep(message("msg_1"), mine)
    responses.keep(message("msg_1", "web_search"), beside)
    assert (responses.known(message("msg_1")), responses.known(message("msg_1", "web_search"))) == (mine, beside)
    assert responses.known(message("msg_2")) is None
    assert (responses.number_of("one"), responses.name_of(one), len(responses)) == (one, "one", 2)
    assert responses.take_out(["one", "three"]) == [mine]
    assert (responses.known(message("msg_1")), len(responses), responses.name_of(one)) == (None, 1, "")
    assert responses.number_of("one") not in (one, two)


def test_a_response_takes_little_room() -> None:
    """12 bytes of a key and 64 of fields, with what Python puts around them: a tenth of what a day's would take."""
    responses = CountedResponses()
    number = responses.number_of("one")
    tracemalloc.start()
    for place in range(20_000):
        responses.keep(
            message(f"msg_{place}"), CountedResponse(10**6, 10**3, 10**12 + place, number, 0, 10**12, place, 0)
        )
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 300 * 20_000
