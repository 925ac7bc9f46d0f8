"""What was handed on is exact: pushed twice, copied, grown, interrupted, refused, whatever happens on the way."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.asking import PATIENCE, REPOSITORY
from tests.questions import shop
from tests.team.people import KEYS, Machine, Team, row, sums_of
from tests.transcripts import History
from tokenscope.app import sync


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path / "shop").write()


def would_go(machine: Machine, root: Path) -> list[dict[str, Any]]:
    """The rows of responses that a dry run prints."""
    answer = machine.run("sync", "--dry-run", "--all", root=root)
    assert answer.code == 0, answer.err
    lines = [json.loads(line) for line in answer.out.splitlines()]
    return [line["response"] for line in lines if "response" in line]


def many(folder: Path, responses: int, prefix: str = "m") -> History:
    """A session of so many responses, a minute apart."""
    history = History(folder)
    session = history.session(cwd="/home/ada/shop", model="claude-opus-4-8")
    for number in range(responses):
        session.history.wait(minutes=1)
        session.response(f"{prefix}_{number}", input=number % 7, cache_read=1_000 + number, output=10 + number % 13)
    return history


# --- the same figures as here ---


def test_what_is_there_is_what_is_here(team: Team, root: Path) -> None:
    """Nine responses of 116,490 tokens, worked out by hand in tests/questions."""
    ada = team.machine("ada", "laptop")
    answer = ada.run("sync", root=root)
    assert (answer.code, answer.err) == (0, "")
    assert "9 responses handed on" in answer.out
    assert "9 new, 0 changed" in answer.out
    numbers, usd = team.totals()
    assert numbers["responses"] == 9
    assert numbers["input_tokens"] == 7
    assert numbers["cache_read_input_tokens"] == 44_000
    assert numbers["cache_creation_input_tokens"] == 69_800
    assert numbers["ephemeral_1h_input_tokens"] == 10_000
    assert numbers["output_tokens"] == 2_683
    assert numbers["rebuilt_tokens"] == 27_000
    assert numbers["web_search_requests"] == 2
    assert (numbers, usd) == sums_of(would_go(ada, root))
    team.check_rollup()


def test_the_ledger_adds_up_to_all_prompts(team: Team, root: Path) -> None:
    team.machine("ada", "laptop").run("sync", root=root)
    ((tokens, sessions),) = team.rows("select sum(tokens), count(distinct session) from tokenscope.person_ledger")
    assert (tokens, sessions) == (116_490 - 2_683, 3)
    ((lost, times),) = team.rows("select sum(tokens), sum(count) from tokenscope.person_causes")
    assert (lost, times) == (27_000, 2)


def test_handed_on_twice_changes_nothing(team: Team, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    ada.run("sync", root=root)
    before = team.rows("select * from tokenscope.responses order by id"), team.totals()
    answer = ada.run("sync", "--all", root=root)
    assert "0 new, 0 changed" in answer.out
    assert (team.rows("select * from tokenscope.responses order by id"), team.totals()) == before


def test_a_copy_on_another_machine_counts_once(team: Team, root: Path) -> None:
    ada, tower = team.machine("ada", "laptop"), team.machine("ada", "tower")
    ada.run("sync", root=root)
    before = team.totals()
    assert "0 new, 0 changed" in tower.run("sync", root=root).out
    assert team.totals() == before
    told = tower.run("status", "--plain", root=root).out
    assert "All 9 responses of this machine have been handed on." in told
    assert team.rows("select distinct machine from tokenscope.rollup") == [["laptop"]]


def test_a_copy_at_another_person_counts_once(team: Team, root: Path) -> None:
    ada, bob = team.machine("ada", "laptop"), team.machine("bob", "desk")
    ada.run("sync", root=root)
    before = team.totals()
    answer = bob.run("sync", root=root)
    assert (answer.code, answer.err) == (0, "")
    assert team.totals() == before
    assert team.totals(where="person = 'ada'") == before
    assert team.totals(where="person = 'bob'")[0]["responses"] == 0
    ((tokens,),) = team.rows("select sum(tokens) from tokenscope.person_ledger")
    assert tokens == 116_490 - 2_683
    team.check_rollup()


def test_what_grows_later_replaces_and_an_older_row_does_not(team: Team, tmp_path: Path) -> None:
    young, old = tmp_path / "young", tmp_path / "old"
    for folder, output in ((young, 5), (old, 900)):
        history = History(folder)
        session = history.session("11111111-1111-4111-8111-111111111111", model="claude-opus-4-8")
        session.prompt("Fix it", at="2026-06-01T10:00:00Z")
        session.response("msg_1", input=3, cache_write=1_000, output=output)
        history.write()
    ada = team.machine("ada", "laptop")
    ada.run("sync", root=young)
    assert team.totals()[0]["output_tokens"] == 5
    assert "0 new, 1 changed" in ada.run("sync", root=old).out
    assert team.totals()[0]["output_tokens"] == 900
    assert "0 new, 0 changed" in ada.run("sync", "--all", root=young).out
    assert team.totals()[0]["output_tokens"] == 900
    team.check_rollup()


# --- only what is new ---


def test_only_what_is_new_goes(team: Team, tmp_path: Path) -> None:
    """From two days before the newest of the last time."""
    history = History(tmp_path / "root")
    session = history.session(model="claude-opus-4-8")
    for day in (1, 10, 11, 12):
        session.response(f"msg_{day}", at=f"2026-06-{day:02d}T10:00:00Z", input=1, output=1)
    root = history.write()
    ada = team.machine("ada", "laptop")
    assert "4 responses handed on" in ada.run("sync", root=root).out
    session.response("msg_13", at="2026-06-13T10:00:00Z", input=1, output=1)
    history.write()
    answer = ada.run("sync", root=root)
    assert "4 responses handed on" in answer.out  # of 10, 11, 12 and 13 June
    assert "1 new" in answer.out


def test_a_part_of_it_is_not_taken_for_all(team: Team, tmp_path: Path) -> None:
    root = many(tmp_path / "root", 5).write()
    ada = team.machine("ada", "laptop")
    assert "2 responses handed on" in ada.run("sync", "--since", "2026-06-01T10:03:30Z", root=root).out
    assert "3 of 5 responses of this machine have not been handed on." in ada.run("status", "--plain", root=root).out
    assert "3 new" in ada.run("sync", root=root).out


def test_newer_rules_send_all_again(team: Team, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = team.machine("ada", "laptop")
    ada.run("sync", root=root)
    before = team.totals()
    monkeypatch.setattr("tokenscope.team.shared_rows.COUNTING_RULES", 2)
    assert "0 new, 9 changed" in ada.run("sync", root=root).out
    assert team.totals() == before
    monkeypatch.undo()
    assert "0 new, 0 changed" in ada.run("sync", "--all", root=root).out  # an older program changes nothing back
    team.check_rollup()


# --- interrupted ---


def test_killed_half_way(team: Team, tmp_path: Path) -> None:
    """Whole batches are there, and run again all of it is."""
    root = many(tmp_path / "root", 60).write()
    ada = team.machine("ada", "laptop")
    code = (
        "import os, signal, sys\n"
        "from tokenscope.app import sync\n"
        "from tokenscope.team import postgres\n"
        "sync.BATCH = 10\n"
        "put, calls = postgres.PostgresTarget.put, []\n"
        "def dying(self, batch):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 4:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return put(self, batch)\n"
        "postgres.PostgresTarget.put = dying\n"
        "from tokenscope.cli.command_line import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    environ = {"HOME": str(ada.home), "XDG_CONFIG_HOME": str(ada.home / "config"), "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(
        [sys.executable, "-c", code, "sync", "--root", str(root)],
        env=environ, capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    assert team.totals()[0]["responses"] == 30
    assert "30 new" in ada.run("sync", root=root).out
    assert team.totals() == sums_of(would_go(ada, root))
    team.check_rollup()


def test_the_server_is_killed_half_way(team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = many(tmp_path / "root", 60).write()
    ada = team.machine("ada", "laptop")
    monkeypatch.setattr(sync, "BATCH", 10)
    calls = []
    from tokenscope.team import postgres  # noqa: PLC0415 - pg8000 may not be there

    put = postgres.PostgresTarget.put

    def crashing(self: postgres.PostgresTarget, batch: dict[str, Any]) -> dict[str, int]:
        calls.append(batch)
        if len(calls) == 3:
            team.server.stop(signal.SIGQUIT)
        return put(self, batch)

    monkeypatch.setattr(postgres.PostgresTarget, "put", crashing)
    try:
        answer = ada.run("sync", root=root)
    finally:
        team.server.close_all()
        team.server.start()
    assert answer.code == 1
    assert "20 of 61 rows had been taken" in answer.err
    assert "run it again; nothing is counted twice" in answer.err
    monkeypatch.undo()
    assert team.totals()[0]["responses"] == 20
    assert ada.run("sync", root=root).code == 0
    assert team.totals() == sums_of(would_go(ada, root))
    team.check_rollup()


# --- refused ---


@pytest.mark.parametrize(
    "wrong",
    [
        {"output_tokens": -1},
        {"output_tokens": 10**12},
        {"output_tokens": "many"},
        {"output_tokens": None},
        {"id": "no uuid"},
        {"id": None},
        {"time": "yesterday, at noon"},
        {"time": "0001-01-01T00:00:00Z"},
        {"project": "a\nb"},
        {"project": None},
        {"project": "x" * 200},
        {"cause": "DROP TABLE"},
        {"list_price_usd": "-1"},
        {"list_price_usd": "NaN"},
        {"is_part": None},
    ],
    ids=str,
)
def test_a_malformed_row_is_refused_with_its_batch(team: Team, wrong: dict[str, Any]) -> None:
    from pg8000.exceptions import DatabaseError  # noqa: PLC0415

    with pytest.raises(DatabaseError):
        team.put("ada", "laptop", [row(1), row(2, **wrong), row(3)])
    assert team.totals()[0]["responses"] == 0
    assert team.put("ada", "laptop", [row(1), row(3)])["new"] == 2


@pytest.mark.parametrize("machine", ["", "a b", "x" * 50, "a/b", None])
def test_a_machine_is_a_label(team: Team, machine: str) -> None:
    from pg8000.exceptions import DatabaseError  # noqa: PLC0415

    with pytest.raises(DatabaseError):
        team.put("ada", machine, [row(1)])


def test_figures_that_no_response_has_stay_here(team: Team, tmp_path: Path) -> None:
    history = History(tmp_path / "root")
    session = history.session(model="claude-opus-4-8")
    session.response("msg_1", input=1, output=1)
    session.response("msg_2", input=10**10, output=1)
    answer = team.machine("ada", "laptop").run("sync", root=history.write())
    assert answer.code == 0
    assert "1 response left out: more tokens than any response has." in answer.out
    assert team.totals()[0]["responses"] == 1


# --- all at once ---


def sessions(number: int) -> list[dict[str, Any]]:
    """Three that everybody has, each with a ledger of its own."""
    tokens = 100 + number
    ledger = [{"source": "floor", "tokens": tokens, "list_price_usd": "0.1", "occurrences": 1}]
    same = {"project": "p", "started": "2026-06-01T10:00:00Z", "floor_tokens": 5, "revision": 1}
    ids = (f"00000000-0000-0000-0003-{one:012d}" for one in range(3))
    return [{**same, "session": one, "prompt_tokens": tokens, "ledger": ledger} for one in ids]


def test_ten_machines_at_once(team: Team) -> None:
    """Each sends a part that others send too, and they grow on the way."""
    people = [name for name in KEYS if name not in ("reader", "boss")]
    failures: list[BaseException] = []

    def push(number: int) -> None:
        try:
            person = people[number % 3]
            with team.server.connection(person, KEYS[person], team.database) as connection:
                for start in (0, 40, 20, 0):
                    rows = [row(one, output_tokens=40 + number * one) for one in range(start, start + 60)]
                    batch = {"machine": f"m{number}", "version": "1", "responses": rows, "sessions": sessions(number)}
                    connection.run("select tokenscope.put(cast(:given as jsonb))", given=json.dumps(batch))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=push, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    largest = [row(one, output_tokens=40 + 9 * one) for one in range(100)]
    assert team.totals() == sums_of(largest)
    team.check_rollup()
