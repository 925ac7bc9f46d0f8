"""How much a response said, where the log has less than all of it (T27)."""

from __future__ import annotations

import pytest

from tests.accounting import seen
from tests.pricing.build import response
from tests.transcripts import History
from tokenscope.accounting.light import STRICT, find_stretches, output_of
from tokenscope.store import Deed


def test_t27_a_floor_is_at_least_what_can_be_seen_of_it() -> None:
    """2,900 bytes of text and 5,800 of thinking are 3,000 tokens, at 2.9 bytes each."""
    deed = Deed(visible_bytes=2_900, thinking_bytes=5_800)
    floor = response("claude-opus-4-8", output=10)._replace(is_floor=True)
    assert round(output_of(floor, deed), 6) == 3_000
    assert output_of(floor._replace(output_tokens=4_000), deed) == 4_000
    assert output_of(floor._replace(is_floor=False), deed) == 10


@pytest.mark.parametrize(
    ("responses", "stretches"), [(0, []), (1, []), (2, [[1]]), (3, [[1, 2]]), (4, [[1, 2, 3]]), (5, [[1, 2, 3, 4]])]
)
def test_the_first_response_of_a_thread_is_never_light(
    history: History, responses: int, stretches: list[list[int]]
) -> None:
    """However little it says; all others of a short thread are a stretch, even if they are fewer than three."""
    session = history.session()
    for _ in range(responses):
        session.response(input=1, output=1)
    assert find_stretches(seen(history), STRICT) == stretches


def test_three_light_responses_of_a_longer_thread_are_a_stretch_and_two_are_not(history: History) -> None:
    """Outputs of 1 and 1,000 tokens: of the second group there are three."""
    session = history.session()
    for output in (1_000, 1, 1, 1_000, 1, 1, 1, 1_000, 1, 1):
        session.response(input=1, output=output)
    assert find_stretches(seen(history), STRICT) == [[4, 5, 6]]
