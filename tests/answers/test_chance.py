"""Whether a difference could be chance: with nothing planted hardly anything is claimed, what is planted is found."""

from __future__ import annotations

from random import Random

from tokenscope.answers.comparison.chance import Column, Ratio, SessionCounts, judge

COLUMNS = ("floor", "Read results", "Bash results", "model text", "output", "rebuilt: idle")
RATIOS = [Ratio(name, ((("opus", name), ("opus", "responses"), 1.0),)) for name in COLUMNS]


def sessions(seed: int, *, each: int = 8, output: float = 1.0) -> list[SessionCounts]:
    """As uneven as real ones: some are ten times as long as others, some read a lot. `output`: times more, after."""
    random = Random(seed)
    found = []
    for side in (0, 1):
        for _ in range(each):
            responses = max(1, round(20 * random.lognormvariate(0, 1)))
            counts: dict[Column, float] = {("opus", "responses"): float(responses)}
            for name in COLUMNS:
                counts["opus", name] = responses * 1_000 * random.lognormvariate(0, 0.7)
            counts["opus", "output"] *= output if side else 1.0
            found.append(SessionCounts(side, "opus", counts))
    return found


def test_nothing_planted_nothing_claimed_in_95_of_100_histories() -> None:
    claimed = [any(not one.could_be_chance for one in judge(sessions(seed), RATIOS).values()) for seed in range(100)]
    assert sum(claimed) <= 5


def test_what_is_planted_is_found_and_nothing_else() -> None:
    verdicts = judge(sessions(1, each=12, output=5.0), RATIOS)
    assert [name for name, one in verdicts.items() if not one.could_be_chance] == ["output"]
    assert 0 < verdicts["output"].low <= verdicts["output"].difference <= verdicts["output"].high


def test_fewer_than_five_sessions_a_side_have_no_verdict() -> None:
    assert judge(sessions(1, each=4, output=100.0), RATIOS) == {}
    assert judge(sessions(1, each=5), RATIOS).keys() == set(COLUMNS)


def test_the_difference_is_that_of_the_sums() -> None:
    # 300 tokens in 10 responses, then 900 in 15: 30 and 60 a response.
    before = [SessionCounts(0, "opus", {("opus", "floor"): 60.0, ("opus", "responses"): 2.0}) for _ in range(5)]
    after = [SessionCounts(1, "opus", {("opus", "floor"): 180.0, ("opus", "responses"): 3.0}) for _ in range(5)]
    verdict = judge([*before, *after], RATIOS[:1])["floor"]
    assert (verdict.difference, verdict.low, verdict.high, verdict.could_be_chance) == (30.0, 30.0, 30.0, False)


def test_sessions_of_other_models_are_dealt_out_among_themselves() -> None:
    """Opus carries 100, haiku 10 and neither changed: however many of each a side has, there is nothing to claim."""
    found = []
    for side, opus in ((0, 8), (1, 2)):
        for place in range(10):
            model, size = ("opus", 100.0) if place < opus else ("haiku", 10.0)
            found.append(SessionCounts(side, model, {(model, "floor"): size + place % 2, (model, "responses"): 1.0}))
    terms = tuple(((model, "floor"), (model, "responses"), 0.5) for model in ("opus", "haiku"))
    assert judge(found, [Ratio("floor", terms)])["floor"].could_be_chance


def test_many_sessions_are_judged_in_blocks_and_the_same_way_each_time() -> None:
    many = sessions(3, each=200, output=2.0)
    verdicts = judge(many, RATIOS)
    assert not verdicts["output"].could_be_chance
    assert judge(many, RATIOS) == verdicts
