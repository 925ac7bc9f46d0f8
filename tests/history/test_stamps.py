"""What the log says beside a response's figures (T55): kept once a response, and a partition whatever the field."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.history import NOW, pricer
from tests.ingest import FIRST, SECOND, store_of
from tests.transcripts import ABSENT, History
from tokenscope.answers.usage.usage_charts import By
from tokenscope.history.history import History as Seen
from tokenscope.history.stamp_groups import StampField, by_stamp, split, sum_by_name
from tokenscope.model import Facet, Stamps
from tokenscope.scope import Scope

WORDS = ("", "oak", "elm")


def test_every_field_can_be_named() -> None:
    assert tuple(StampField) == Stamps._fields
    assert tuple(By) == ("model", "counter", *Stamps._fields)


def test_each_field_is_read(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, version="2.1.250")
    session.prompt("Prune")
    told = {
        "attributionSkill": "pruning",
        "attributionPlugin": "garden",
        "attributionMcpServer": "shed",
        "attributionMcpTool": "ladder",
        "attributionAgent": "Explore",
        "effort": "high",
        "gitBranch": "spring",
        "entrypoint": "sdk-ts",
    }
    session.response("msg_0000000000000001", row=told, usage={"service_tier": "priority"})
    store = store_of(history.write(), facets=Facet.STAMPS)
    expected = ("pruning", "garden", "shed", "ladder", "Explore", "high", "spring", "sdk-ts", "2.1.250", "priority")
    assert store.stamps == {"msg_0000000000000001": Stamps(*expected)}
    assert store_of(history.root, facets=Facet.USAGE).stamps == {}  # not paid for where nobody asks


def test_the_first_row_that_tells_counts(tmp_path: Path) -> None:
    """Of several rows of a response one may be stamped, another not, and copies need not be."""
    history = History(tmp_path)
    first = history.session(FIRST)
    first.response("msg_0000000000000001", partial_outputs=[1, 2, 9], blocks=[{"type": "text", "text": "x"}] * 3)
    first.rows[1]["attributionSkill"] = "pruning"
    first.rows[2]["attributionSkill"] = "grafting"
    second = history.session(SECOND)
    copy = {"sessionId": FIRST, "attributionSkill": "mowing", "attributionPlugin": "garden"}
    second.response("msg_0000000000000001", output=9, row=copy)
    (stamp,) = store_of(history.write(), facets=Facet.STAMPS).stamps.values()
    assert (stamp.skill, stamp.plugin) == ("pruning", "garden")


@pytest.mark.parametrize("value", [None, 7, [], {}, True, ABSENT, {"level": 3}])
def test_what_is_no_word_says_nothing(tmp_path: Path, value: object) -> None:
    history = History(tmp_path)
    history.session(FIRST).response(row={"effort": value, "attributionSkill": value})
    (stamp,) = store_of(history.write(), facets=Facet.STAMPS).stamps.values()
    assert (stamp.skill, stamp.effort) == ("", "")


def test_efforts_alone_are_those_of_whole_stamps(tmp_path: Path) -> None:
    """The first row that tells one, of copies the one that is credited, of a progress row either row's."""
    history = History(tmp_path)
    first = history.session(FIRST)
    first.response("msg_0000000000000001", partial_outputs=[1, 2, 9], blocks=[{"type": "text", "text": "x"}] * 3)
    first.rows[1]["effort"] = {"level": "low"}
    first.rows[2]["effort"] = "high"
    first.response("msg_0000000000000002")
    first.subagent("a1", layout="progress").response("msg_0000000000000003", row={"effort": "max"})
    copy = {"sessionId": FIRST, "effort": "medium"}
    second = history.session(SECOND)
    second.response("msg_0000000000000001", output=9, row=copy)
    second.response("msg_0000000000000002", row=copy)
    history.write()
    whole, alone = (store_of(history.root, facets=facet).stamps for facet in (Facet.STAMPS, Facet.EFFORTS))
    efforts = {key: stamp.effort for key, stamp in whole.items()}
    assert sorted(efforts.values()) == ["low", "max", "medium"]
    assert {key: stamp.effort for key, stamp in alone.items()} == efforts
    assert {stamp.skill + stamp.version for stamp in alone.values()} == {""}


def test_a_progress_row_tells_what_both_rows_share(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    agent = session.subagent("a1", layout="progress")
    agent.response("msg_0000000000000001", row={"attributionAgent": "Explore"})
    (stamp,) = store_of(history.write(), facets=Facet.STAMPS).stamps.values()
    assert (stamp.branch, stamp.entrypoint) == ("main", "cli")


Response = tuple[str, str, str, int]


@given(st.lists(st.tuples(*[st.sampled_from(WORDS)] * 3, st.integers(0, 9_000)), max_size=12))
def test_parts_by_any_field_add_up_and_planted_shares_are_found(responses: list[Response]) -> None:
    with TemporaryDirectory() as folder:
        check_parts(Path(folder), responses)


def check_parts(root: Path, responses: list[Response]) -> None:
    history = History(root)
    session = history.session(FIRST)
    for number, (skill, branch, agent, output) in enumerate(responses):
        told = {"attributionSkill": skill or ABSENT, "gitBranch": branch, "attributionAgent": agent}
        session.response(f"msg_{number:016}", output=output, row=told)
    found = Seen(store_of(history.write(), facets=Facet.STAMPS), Scope(now=NOW), pricer(root))
    planted = {"skill": 0, "branch": 1, "agent": 2}
    for field in StampField:
        parts = split(found, by_stamp(found, field))
        assert sorted(index for part in parts.values() for index in part.indices) == list(range(len(responses)))
        groups = sum_by_name(found, by_stamp(found, field))
        assert sum(group.usage.total_tokens for group in groups) == found.total.total_tokens
        if field in planted:
            outputs = dict.fromkeys(WORDS, 0)
            for response in responses:
                outputs[str(response[planted[field]])] += response[3]
            named = {group.name or "": group.usage.output_tokens for group in groups}
            assert named == {word: output for word, output in outputs.items() if word in named}
            assert sum(named.values()) == sum(outputs.values())
