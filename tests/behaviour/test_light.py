"""How much a response said, where the log has less than all of it (T27)."""

from __future__ import annotations

import pytest

from tests.answers import read
from tests.history import seen
from tests.pricing.build import response
from tests.transcripts import History, Row, text, thinking, tool_use
from tokenscope.behaviour.light_stretches import LOOSE, MIDDLE, STRICT, Rule, find_stretches, output_of


def test_t27_a_floor_is_at_least_what_can_be_seen_of_it() -> None:
    """2,900 bytes of text and 5,800 of thinking are 3,000 tokens, at 2.9 bytes each."""
    said = 2_900 + 5_800
    floor = response("claude-opus-4-8", output=10)._replace(is_floor=True)
    assert round(output_of(floor, said), 6) == 3_000
    assert output_of(floor._replace(output_tokens=4_000), said) == 4_000
    assert output_of(floor._replace(is_floor=False), said) == 10


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


def is_light(
    history: History, rule: Rule, *, model: str = "claude-opus-4-8", blocks: list[Row] | None = None, **fields: int
) -> bool:
    """Whether a thread's second and last response is light, and so a stretch of its own."""
    session = history.session(model=model)
    session.response(input=1, output=1)
    session.response(blocks=blocks or [text("")], **{"input": 1, "output": 1, **fields})  # type: ignore[arg-type]
    stretches = find_stretches(read(history), rule)
    assert stretches in ([], [[1]])
    return bool(stretches)


@pytest.mark.parametrize("over", [0, 1])
@pytest.mark.parametrize(
    ("rule", "new", "output", "tool_uses"), [(STRICT, 1_000, 150, 1), (MIDDLE, 2_000, 300, 2), (LOOSE, 5_000, 600, 3)]
)
@pytest.mark.parametrize("what", ["new", "output", "tool_uses"])
def test_a_response_is_light_up_to_its_rules_limits(
    history: History, rule: Rule, new: int, output: int, tool_uses: int, what: str, over: int
) -> None:
    """At all three limits it is; with one token or tool use more in one of them it is not."""
    most = {"new": new, "output": output, "tool_uses": tool_uses}
    most[what] += over
    blocks = [tool_use(f"t{number}", "Read", {"file_path": f"/{number}"}) for number in range(most["tool_uses"])]
    assert is_light(history, rule, blocks=blocks, input=most["new"], output=most["output"]) is (not over)


@pytest.mark.parametrize(("thought", "light"), [(1_500, True), (1_501, False)])
def test_a_response_that_thought_long_is_not_light(history: History, thought: int, light: bool) -> None:  # noqa: FBT001 - drawn
    assert is_light(history, LOOSE, blocks=[thinking("x" * thought)]) is light


@pytest.mark.parametrize(
    ("model", "light"),
    [
        ("claude-opus-4-8", True),
        ("claude-fable-5", True),
        ("claude-mythos-5", True),
        ("claude-sonnet-5", False),
        ("claude-haiku-4-5", False),
    ],
)
def test_only_premium_responses_are_light(history: History, model: str, light: bool) -> None:  # noqa: FBT001 - drawn
    assert is_light(history, LOOSE, model=model) is light
