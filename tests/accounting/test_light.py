"""How much a response said, where the log has less than all of it (T27)."""

from __future__ import annotations

from tests.pricing.build import response
from tokenscope.accounting.light import output_of
from tokenscope.store import Deed


def test_t27_a_floor_is_at_least_what_can_be_seen_of_it() -> None:
    """2,900 bytes of text and 5,800 of thinking are 3,000 tokens, at 2.9 bytes each."""
    deed = Deed(visible_bytes=2_900, thinking_bytes=5_800)
    floor = response("claude-opus-4-8", output=10)._replace(is_floor=True)
    assert round(output_of(floor, deed), 6) == 3_000
    assert output_of(floor._replace(output_tokens=4_000), deed) == 4_000
    assert output_of(floor._replace(is_floor=False), deed) == 10
