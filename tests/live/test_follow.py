"""Files that are written while they are read: every row once, whatever becomes of the file."""

from __future__ import annotations

import json
import os
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.transcripts import History
from tokenscope.ingest.files.discover import Transcript
from tokenscope.live import followed_file
from tokenscope.live.follow import Follower, SessionNews
from tokenscope.live.followed_file import FollowedFile

SESSION = "11111111-2222-4333-8444-555555555555"
SINCE = 1_780_000_000_000  # ms: before all that is written here


@pytest.fixture(autouse=True)
def _at_every_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here waits: sessions that are not read are looked at with every poll."""
    monkeypatch.setattr("tokenscope.live.follow.AFAR", 0.0)


def row(number: int, session_id: str = SESSION) -> bytes:
    """A prompt's row, whose words are its number."""
    fields = {"type": "user", "sessionId": session_id, "uuid": f"u{number}", "cwd": "/home/ada/shop"}
    message = {"role": "user", "content": f"prompt {number} ✓"}
    return json.dumps({**fields, "timestamp": "2026-06-01T10:00:00Z", "message": message}).encode() + b"\n"


def asked(changes: Sequence[SessionNews]) -> list[str]:
    return [one.text for change in changes for one in change.happenings or () if one.kind == "asked"]


def begun_anew(changes: Sequence[SessionNews]) -> list[str]:
    return [change.session_id for change in changes if change.happenings is None]


def settled(follower: Follower, since: int = SINCE) -> list[SessionNews]:
    """All changes until nothing is left to read."""
    changes = follower.poll(since)
    while follower.is_behind:
        changes += follower.poll(since)
    return changes


def path_in(root: Path, name: str = f"{SESSION}.jsonl") -> Path:
    path = root / "projects" / "-home-ada-shop" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@given(st.lists(st.integers(1, 400), max_size=60), st.integers(0, 30), st.sampled_from([7, 64, 301, 1 << 20]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_row_once_wherever_the_writing_stops(tmp_path: Path, cuts: list[int], count: int, chunk: int) -> None:
    data, path = b"".join(map(row, range(count))), tmp_path / "one.jsonl"
    path.write_bytes(b"")
    before, followed_file.CHUNK = followed_file.CHUNK, chunk
    try:
        one, met, written = FollowedFile(Transcript(str(path), 0, 0, "shop", SESSION, "")), list[str](), 0
        for cut in [*cuts, len(data)]:
            with path.open("ab") as stream:
                stream.write(data[written : written + cut])
            written = min(len(data), written + cut)
            while (taken := one.read(path.stat().st_size)) is not None and taken.size:
                met += [happening.text for happening in taken.happenings if happening.kind == "asked"]
    finally:
        followed_file.CHUNK = before
    assert met == [f"prompt {number} ✓" for number in range(count)]


def test_ten_thousand_rows_none_missed_none_twice(tmp_path: Path) -> None:
    chance = random.Random(7)
    paths = [path_in(tmp_path, f"{number:08x}{SESSION[8:]}.jsonl") for number in range(5)]
    for path in paths:
        path.write_bytes(b"")
    follower, met, waiting = Follower([tmp_path], SINCE), Counter[str](), dict.fromkeys(paths, b"")
    settled(follower)
    for number in range(10_000):
        path = chance.choice(paths)
        waiting[path] += row(number, path.stem)
        if chance.random() < 0.1:
            path = chance.choice(paths)
            cut = chance.randrange(len(waiting[path]) + 1)
            with path.open("ab") as stream:
                stream.write(waiting[path][:cut])
            waiting[path] = waiting[path][cut:]
            met.update(asked(follower.poll(SINCE)))
    for path in paths:
        with path.open("ab") as stream:
            stream.write(waiting[path])
    met.update(asked(settled(follower)))
    assert met == Counter({f"prompt {number} ✓": 1 for number in range(10_000)})


def test_a_last_row_without_a_line_feed_counts_once(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1) + row(2).rstrip(b"\n"))
    follower = Follower([tmp_path], SINCE)
    assert asked(settled(follower)) == ["prompt 1 ✓", "prompt 2 ✓"]
    with path.open("ab") as stream:
        stream.write(b"\n" + row(3))
    assert asked(settled(follower)) == ["prompt 3 ✓"]


def test_what_is_no_row_costs_no_other(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1) + b"{torn\n\n\xff\xfe\n[]\n" + row(2))
    assert asked(settled(Follower([tmp_path], SINCE))) == ["prompt 1 ✓", "prompt 2 ✓"]


def test_a_row_that_is_too_large_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_file, "LARGEST_ROW", 4_000)
    monkeypatch.setattr(followed_file, "CHUNK", 1_000)
    path = path_in(tmp_path)
    path.write_bytes(row(1) + b'{"a":"' + b"x" * 20_000 + b'"}\n' + row(2))
    assert asked(settled(Follower([tmp_path], SINCE))) == ["prompt 1 ✓", "prompt 2 ✓"]


def test_of_a_very_large_file_only_the_end_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_file, "LARGEST_FILE", 10_000)
    monkeypatch.setattr(followed_file, "TAIL", 2 * len(row(100)) + 10)
    path = path_in(tmp_path)
    path.write_bytes(b"".join(map(row, range(100, 200))))
    changes = settled(Follower([tmp_path], SINCE))
    assert asked(changes) == ["prompt 198 ✓", "prompt 199 ✓"]
    assert [change.is_whole for change in changes] == [False]


# --- a file that becomes another one ---


def test_a_file_that_is_replaced_is_read_again(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1) + row(2))
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    aside = path.with_suffix(".new")
    aside.write_bytes(row(1) + row(3) + row(4))
    aside.replace(path)
    changes = settled(follower)
    assert begun_anew(changes) == [SESSION]
    assert asked(changes) == ["prompt 1 ✓", "prompt 3 ✓", "prompt 4 ✓"]


def test_a_file_that_is_cut_short_is_read_again(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1) + row(2))
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    path.write_bytes(row(5))
    changes = settled(follower)
    assert (begun_anew(changes), asked(changes)) == ([SESSION], ["prompt 5 ✓"])


def test_a_file_that_is_written_anew_and_larger_is_noticed(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1))
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    path.write_bytes(row(6) + row(7) + row(8))
    changes = settled(follower)
    assert begun_anew(changes) == [SESSION]
    assert asked(changes) == ["prompt 6 ✓", "prompt 7 ✓", "prompt 8 ✓"]


def test_of_a_session_that_loses_a_file_the_rest_is_read_again(tmp_path: Path) -> None:
    path, other = path_in(tmp_path), "22222222-2222-4333-8444-555555555555"
    path.write_bytes(row(1))
    path_in(tmp_path, f"{other}.jsonl").write_bytes(row(9, other))
    agent = path.parent / SESSION / "subagents" / "agent-a1.jsonl"
    agent.parent.mkdir(parents=True)
    agent.write_bytes(b'{"type":"user","isSidechain":true,"agentId":"a1","timestamp":"2026-06-01T10:00:00Z"}\n')
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    agent.unlink()
    changes = settled(follower)
    assert (begun_anew(changes), asked(changes)) == ([SESSION], ["prompt 1 ✓"])
    path.unlink()
    assert begun_anew(settled(follower)) == [SESSION]


# --- which files ---


def test_new_files_and_folders_are_noticed_at_once(tmp_path: Path) -> None:
    path_in(tmp_path).write_bytes(row(1))
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    beside, elsewhere = "33333333-2222-4333-8444-555555555555", "44444444-2222-4333-8444-555555555555"
    path_in(tmp_path, f"{beside}.jsonl").write_bytes(row(2, beside))
    folder = tmp_path / "projects" / "-home-ada-new"
    folder.mkdir()
    (folder / f"{elsewhere}.jsonl").write_bytes(row(3, elsewhere))
    assert sorted(asked(settled(follower))) == ["prompt 2 ✓", "prompt 3 ✓"]


def test_new_subagents_are_noticed_in_every_layout(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session()
    session.prompt("Look")
    history.write()
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    for layout in ("nested", "workflow", "sibling"):
        agent = session.subagent(layout=layout)
        agent.prompt("Find callers")
        agent.response(output=50)
        history.write()
        found = {one.agent_id for change in settled(follower) for one in change.happenings or ()}
        assert found == {agent.agent_id}, layout


def test_a_copied_folder_makes_no_old_session_active(tmp_path: Path) -> None:
    """T61: the file's time is that of the copy, its newest row is old."""
    path = path_in(tmp_path)
    path.write_bytes(row(1))  # of June, written now
    july = 1_782_864_000_000
    follower = Follower([tmp_path], july)
    assert settled(follower, july) == []
    with path.open("ab") as stream:
        stream.write(row(2))
    assert settled(follower, july) == []
    with path.open("ab") as stream:
        stream.write(row(3).replace(b"2026-06-01", b"2026-07-02"))
    assert asked(settled(follower, july)) == ["prompt 1 ✓", "prompt 2 ✓", "prompt 3 ✓"]


def test_a_clock_that_is_put_back_makes_sessions_new_again(tmp_path: Path) -> None:
    path_in(tmp_path).write_bytes(row(1))
    july = 1_782_864_000_000
    follower = Follower([tmp_path], july)
    assert settled(follower, july) == []
    assert asked(settled(follower)) == ["prompt 1 ✓"]


def test_released_sessions_are_read_from_their_beginning_when_they_go_on(tmp_path: Path) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1))
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    follower.release([SESSION])
    assert settled(follower) == []
    with path.open("ab") as stream:
        stream.write(row(2))
    assert asked(settled(follower)) == ["prompt 1 ✓", "prompt 2 ✓"]


def test_what_did_not_change_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = path_in(tmp_path)
    path.write_bytes(row(1) + b'{"unfinished": ')
    follower = Follower([tmp_path], SINCE)
    settled(follower)
    opened = list[str]()
    monkeypatch.setattr(FollowedFile, "read", lambda one, _: opened.append(one.transcript.path))
    assert follower.poll(SINCE) == []
    assert opened == []
    os.utime(path)
    follower.poll(SINCE)
    assert opened == [str(path)]


def test_a_root_that_comes_later_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscope.live.follow.AGAIN", 0.0)
    monkeypatch.setattr("tokenscope.live.follow.SHARE", 0)
    root = tmp_path / "later"
    follower = Follower([root], SINCE)
    assert settled(follower) == []
    path_in(root).write_bytes(row(1))
    assert asked(settled(follower)) == ["prompt 1 ✓"]
