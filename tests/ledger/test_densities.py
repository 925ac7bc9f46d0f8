"""Bytes a token, from histories whose densities are known exactly."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

import pytest

from tests.ingest import FIRST, SECOND, store_of
from tests.ledger.plain_densities import UNSEEN as UNSEEN_THINKING
from tests.ledger.plain_densities import plain_densities
from tests.transcripts import History, Session, text, thinking, tool_use
from tokenscope.ledger import densities
from tokenscope.ledger.densities import (
    BYTES_A_TOKEN,
    LARGEST_SCALE,
    Densities,
    Measurement,
    measure_densities,
    said_by,
)
from tokenscope.model import Facet
from tokenscope.store import Label, Store

PROMPTS: Label = ("prompt", "prompts", "", "", "", "", "")
READ: Label = ("tool_result", "Read results", "/a", "", "", "", "")
TEXT: Label = ("model_text", "model text", "", "", "", "", "")
SUMMARIES: Label = ("summary", "summaries", "", "", "", "", "")
SEEN: Label = ("thinking", "thinking", "", "", "", "", "")
UNSEEN: Label = ("thinking", "thinking", "without its text", "", "", "", "")


def measured(history: History) -> Densities:
    return measure_densities(store_of(history.write(), facets=Facet.CONTENT))


def told(session: Session, steps: int, *, prompt: int = 4, read: int = 2, unlogged: int = 0) -> None:
    """Prompts of 4 bytes a token and files of 2, in turns, and answers of 5; outputs are final."""
    size = 20_000
    for place in range(steps):
        length = 400 + 40 * (place % 7)
        if place % 2:
            session.prompt("p" * length)
            size += length // prompt
        else:
            session.tool_result("toolu_1", "r" * length * 3)
            size += length * 3 // read
        said = 100 + 10 * (place % 5)
        session.response(input=size, output=said, blocks=[text("w" * said * 5)])
        size += said + (unlogged if place % 10 == 0 else 0)


def test_t35_each_source_has_a_density_of_its_own(history: History) -> None:
    session = history.session(FIRST)
    session.response(input=20_000, output=9, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a"})])
    told(session, 120)
    found = measured(history)
    assert 1 / found.of(PROMPTS) == pytest.approx(4, rel=0.02)
    assert 1 / found.of(READ) == pytest.approx(2, rel=0.02)
    assert 1 / found.of(TEXT) == pytest.approx(5, rel=0.06)
    assert found.of(SUMMARIES) == found.of(TEXT)
    assert found.largest_scale == 1.1  # no step is larger than expected, and a little must be allowed


def test_t35_what_the_log_does_not_show_does_not_change_them(history: History) -> None:
    """9,000 tokens more in every tenth step."""
    session = history.session(FIRST)
    session.response(input=20_000, output=9, blocks=[tool_use("toolu_1", "Read", {"file_path": "/a"})])
    told(session, 120, unlogged=9_000)
    found = measured(history)
    assert 1 / found.of(PROMPTS) == pytest.approx(4, rel=0.03)
    assert 1 / found.of(READ) == pytest.approx(2, rel=0.03)


def test_t35_a_small_history_goes_by_what_is_usual(history: History) -> None:
    told(history.session(FIRST), 40)
    found = measured(history)
    assert (found.equations, found.largest_scale) == (0, LARGEST_SCALE)
    assert found.of(PROMPTS) == found.of(SUMMARIES) == 1 / BYTES_A_TOKEN
    assert measure_densities(Store()) == found


def test_t35_a_source_that_is_seen_once_stays_near_what_is_usual(history: History) -> None:
    session = history.session(FIRST)
    told(session, 119)
    session.attachment("file", content="a" * 290)  # arrives with 2,000 tokens of nobody knows what
    session.response(input=90_000, output=100, blocks=[text("w" * 500)])
    attachments: Label = ("attachment", "attachments", "file", "", "", "", "")
    assert 1 / measured(history).of(attachments) == pytest.approx(BYTES_A_TOKEN, rel=0.01)


def test_t35_thinking_without_its_text_is_as_large_as_the_output_says(history: History) -> None:
    """Each answer has 5 bytes a token and 250 tokens of thinking."""
    session, size = history.session(FIRST), 20_000
    for place in range(120):
        said = 50 + 30 * (place % 5)
        session.prompt("p" * 800)
        session.response(input=size, output=said + 250, blocks=[thinking(), text("w" * said * 5)])
        size += 200 + said + 250
    found = measured(history)
    assert found.of(UNSEEN) == pytest.approx(250, rel=0.05)
    assert 1 / found.of(TEXT) == pytest.approx(5, rel=0.06)


def test_t21_copies_are_no_steps_of_their_own(history: History) -> None:
    session = history.session(FIRST)
    told(session, 90)
    once = measured(history)
    session.fork(SECOND)
    assert measured(history) == once


def test_t27_only_a_final_and_possible_output_says_how_much_was_said(history: History) -> None:
    session = history.session(FIRST)
    for output, stop_reason in ((100, "end_turn"), (100, None), (8, "end_turn"), (9, "end_turn")):
        session.response(output=output, stop_reason=stop_reason)
    messages = store_of(history.write()).messages
    assert [said_by(message, 54) for message in messages] == [100, None, None, 9]
    assert said_by(messages[0], 600) == 100  # 6 bytes a token
    assert said_by(messages[0], 601) is None


# --- the fit, against a plain one ---


OWN = ("model text", "tool inputs")
SIZES = {"prompts": 4.0, "Read results": 2.0, "Bash results": 2.5, "model text": 5.0, "tool inputs": 3.5}


class Plan(NamedTuple):
    """A made-up history: how many steps it has, what kind, and how far off each is (`noise`: a share)."""

    steps: int
    unseen: bool = False
    others: int = 0
    noise: float = 0.25
    frame: float = 12.0
    extremes: bool = False  # sources with more and fewer bytes a token than is believed


def planted(seed: int, plan: Plan) -> list[Measurement]:
    """Steps that grew by what arrived, give or take; every ninth by something else. Half tell what was said."""
    random = Random(seed)
    sources = {**SIZES, **{f"source {number}": 2.0 + number % 4 for number in range(plan.others)}}
    if plan.extremes:
        sources |= {"source 0": 1.05, "source 1": 8.4, "source 2": 14.0}
    least, most = 1 - plan.noise, 1 + plan.noise
    made = []
    for number in range(plan.steps):
        own = {name: random.randint(20, 900) for name in OWN if random.random() < 0.6}
        names = [name for name in sources if name not in OWN and random.random() < 2.2 / (len(sources) - 2)]
        rest = {name: random.randint(50, 9_000) for name in names}
        said = sum(size / sources[name] for name, size in own.items()) * random.uniform(least, most)
        said += plan.frame * bool(own)
        if plan.unseen and own and number % 3:
            own[UNSEEN_THINKING] = 1
            said += random.uniform(150, 250)
        grown = said + sum(size / sources[name] for name, size in rest.items()) * random.uniform(least, most)
        grown += 2 * plan.frame
        if number % 9 == 0:
            grown *= random.choice((0.2, 1.9, 6.0))
        is_told = bool(own) and random.random() < 0.5
        if own or rest:
            made.append(Measurement(max(1, round(grown)), round(said) if is_told else None, own, rest))
    return made


def fitted(monkeypatch: pytest.MonkeyPatch, steps: list[Measurement]) -> Densities:
    monkeypatch.setattr(densities, "_steps", lambda _: iter(steps))
    return measure_densities(Store())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "plan",
    [
        Plan(60, unseen=True, others=3),
        Plan(220),
        Plan(220, unseen=True, others=6),
        Plan(300, unseen=True, others=40),
        Plan(250, others=4, noise=0.95),
        Plan(250, others=3, noise=0.02, frame=0.0, extremes=True),
        Plan(250, unseen=True, others=3, extremes=True),
    ],
)
def test_t35_the_fit_is_that_of_a_plain_one(monkeypatch: pytest.MonkeyPatch, seed: int, plan: Plan) -> None:
    made = planted(seed, plan)
    found = fitted(monkeypatch, made)
    by_source, largest, equations = plain_densities(made)
    assert found.equations == equations
    assert found.largest_scale == pytest.approx(largest, rel=1e-9)
    assert found.by_source == pytest.approx(by_source, rel=1e-7, abs=1e-9)
    assert (len(by_source) == 30) is (plan.others == 40)
    labels = [PROMPTS, READ, TEXT, SUMMARIES, UNSEEN, SEEN]
    assert found.each(labels) == [found.of(label) for label in labels]


def test_t35_a_hundred_equations_are_enough_for_densities_and_a_hundred_steps_for_their_scale(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A step whose answer tells what was said is two equations. All but a few grew by a third more than expected."""
    one = Measurement(400, None, {}, {"prompts": 800})
    assert fitted(monkeypatch, [one] * 99).equations == 0
    assert fitted(monkeypatch, [one] * 100).equations == 100
    assert fitted(monkeypatch, [one] * 100).of_source("prompts") > 1 / BYTES_A_TOKEN
    two = Measurement(400, 100, {"model text": 290}, {"prompts": 580})
    found = fitted(monkeypatch, [two] * 60)
    assert (found.equations, found.largest_scale) == (120, LARGEST_SCALE)
    odd = Measurement(840, None, {}, {"prompts": 812})  # three times what is usual, and so believed
    assert fitted(monkeypatch, [one] * 94 + [odd] * 6).largest_scale == LARGEST_SCALE
    assert fitted(monkeypatch, [one] * 96 + [odd] * 4).largest_scale == 1.1
    assert fitted(monkeypatch, [two] * 50 + [odd] * 49).largest_scale == LARGEST_SCALE


def test_t35_of_a_long_history_every_so_many_steps_are_looked_at(history: History) -> None:
    """3,050 pairs of responses in three threads: every third of them, whatever thread it is in.

    Every pair's growth is its own. In the fourth pair nothing arrived: it is passed over, and hides none behind it.
    """
    growths = list[int]()
    for session_id, responses in (("a", 1_000), ("b", 1_052), ("c", 1_001)):
        session, size = history.session(session_id), 1_000
        session.response(input=size, message={"content": []})
        for _ in range(1, responses):
            growths.append(10 + len(growths))
            size += growths[-1]
            if len(growths) != 4:
                session.prompt("p")
            session.response(input=size, message={"content": []})
    looked_at = [step.growth for step in densities._steps(store_of(history.write(), facets=Facet.CONTENT))]
    assert len(growths) == 3_050
    assert looked_at == [growth for number, growth in enumerate(growths) if number % 3 == 0 and number != 3]


def test_t35_a_step_is_what_arrived_between_two_responses(history: History) -> None:
    """Two files and a prompt beside what was said; the second answer thinks unseen, the third step has no answer's."""
    session = history.session(FIRST)
    session.response(input=1_000, output=100, blocks=[thinking("hm" * 20), text("w" * 60), text("v" * 40)])
    session.prompt("p" * 300)
    session.response(input=2_000, output=200, blocks=[thinking(), tool_use("t1", "Read", {"file_path": "/a"})])
    session.tool_result("t1", [{"type": "text", "text": "r" * 500}])
    session.tool_result("t2", "r" * 70)
    session.response(input=5_000, output=8, blocks=[text("done")])
    session.prompt("q" * 30)
    session.response(input=5_600, output=50, message={"content": []})
    session.prompt("r" * 50)
    session.response(input=5_900)
    first, second, third, fourth = densities._steps(store_of(history.write(), facets=Facet.CONTENT))
    assert first == Measurement(1_000, 100, {"thinking": 40, "model text": 100}, {"prompts": 300})
    assert (second.growth, second.said) == (3_000, 200)
    assert (second.own[UNSEEN_THINKING], set(second.own)) == (1, {UNSEEN_THINKING, "tool inputs"})
    assert sum(second.others.values()) == 570
    assert third == Measurement(600, None, {"model text": 4}, {"prompts": 30})
    assert fourth == Measurement(300, None, {}, {"prompts": 50})  # nothing is known of what was said
