"""Questions of a team's history: the figures are those of the transcripts that were handed on, added up."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.asking import ask
from tests.ingest.test_processes import build
from tests.team.people import Machine, Team
from tests.transcripts import History

OTHER = "0b0b0b0b-0000-4000-8000-000000000001"
WORDS = ("--json", "--tz", "UTC")
REFUSED = ("quickstart", "session", "subagents", "tools", "files", "hourly", "quota-audit", "doctor")


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two histories without a session in common."""
    second = History(tmp_path_factory.mktemp("second"))
    session = second.session(OTHER, cwd="/home/bob/orchard", model="claude-haiku-4-5")
    for number in range(6):
        session.prompt("Prune", at=f"2026-06-0{1 + number}T10:00:00Z")
        at, read = f"2026-06-0{1 + number}T10:00:30Z", 20_000 * number
        session.response(f"msg_of_bob_{number}", at=at, input=5, output=70 + number, cache_write=9_000, cache_read=read)
    session.response("msg_of_bob_7", model="oak-1", input=8, output=1, at="2026-06-08T10:00:00Z")  # without a price
    session.response("msg_of_bob_8", model="oak-1", input=0, output=0, at="2026-06-08T10:01:00Z")
    session.subagent("b1", agent_type="Explore").response("msg_of_bob_9", input=3, output=4)
    return build(tmp_path_factory.mktemp("first")).write(), second.write()


def signed_in(home: Path, folder: Path, person: str) -> Machine:
    machine = Machine(home / person, f"{person}s")
    folder.mkdir(exist_ok=True)
    answer = machine.run(
        "login", "-", folder.as_uri(), "--person", person, "--machine", machine.name, "--names", stdin="oak\n"
    )
    assert answer.code == 0, answer
    return machine


@pytest.fixture(scope="module")
def ada(roots: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """Ada and Bob have handed on a history each to a shared folder, and Bob a copy of Ada's."""
    home = tmp_path_factory.mktemp("homes")
    ada, bob = (signed_in(home, home / "shared", person) for person in ("ada", "bob"))
    for machine, root in ((ada, roots[0]), (bob, roots[1]), (bob, roots[0])):
        assert machine.run("sync", "--all", root=root).code == 0
    return ada


def own(question: str, roots: tuple[Path, Path], *words: str) -> dict[str, Any]:
    """What both folders say together."""
    return ask(question, *WORDS, *words, "--root", roots[1], root=roots[0]).report


def told(machine: Machine, question: str, *words: str) -> dict[str, Any]:
    answer = machine.run(question, *WORDS, "--team", *words)
    assert (answer.code, answer.err) == (0, ""), answer
    return answer.report


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize("question", ["daily", "weekly", "monthly"])
def test_periods(ada: Machine, roots: tuple[Path, Path], question: str) -> None:
    report, expected = told(ada, question), own(question, roots)
    assert report["total"] == expected["total"]
    rows = next(name for name in ("days", "weeks", "months") if name in report)
    assert [without(one, "sessions_gone") for one in report[rows]] == [
        without(one, "sessions_gone") for one in expected[rows]
    ]


def test_models(ada: Machine, roots: tuple[Path, Path]) -> None:
    """Others' names of models are Claude's or as they are: --names was given."""
    usage = {one["model"]: one["usage"] for one in told(ada, "models")["models"]}
    assert usage == {one["model"]: one["usage"] for one in own("models", roots)["models"]}


def test_projects(ada: Machine, roots: tuple[Path, Path]) -> None:
    """By their folders' names."""
    usage = {one["project"]: one["usage"]["total_tokens"] for one in told(ada, "projects")["projects"]}
    expected: dict[str, int] = {}
    for one in own("projects", roots)["projects"]:
        name = one["project"].rstrip("/").rpartition("/")[2] or "?"
        expected[name] = expected.get(name, 0) + one["usage"]["total_tokens"]
    assert usage == expected


def test_sessions_by_hashed_id(ada: Machine, roots: tuple[Path, Path]) -> None:
    rows = {one["session_id"]: one for one in told(ada, "sessions")["sessions"]}
    expected = {hashed(one["session_id"]): one for one in own("sessions", roots)["sessions"]}
    assert {name: one["usage"] for name, one in rows.items()} == {name: one["usage"] for name, one in expected.items()}
    unknown = {"title", "branch", "subagents", "errors", "compactions", "commits"}
    assert all(row[name] is None for row in rows.values() for name in unknown)


def hashed(session_id: str) -> str:
    return str(UUID(bytes=blake2b(session_id.encode(), digest_size=16).digest()))


def test_context_by_source(ada: Machine, roots: tuple[Path, Path]) -> None:
    """Sources are estimated on each machine by itself, so they are compared with what each says by itself; a session's
    were rounded together: less than a token an item and session."""
    report, expected = told(ada, "context"), own("context", roots)
    assert report["prompt_tokens"] == expected["prompt_tokens"]
    assert report["composition"] == expected["composition"]
    assert sum(one["tokens"] for one in report["ledger"]["sources"]) == report["prompt_tokens"]
    tokens = {one["source"]: one["tokens"] for one in report["ledger"]["sources"]}
    sums: Counter[str] = Counter()
    for root in roots:
        for source in ask("context", *WORDS, root=root).report["ledger"]["sources"]:
            sums[source["source"]] += source["tokens"]
    assert set(tokens) == set(sums)
    assert all(abs(tokens[name] - sums[name]) < 20 for name in sums)
    causes = {one["cause"]: (one["count"], one["tokens"]) for one in report["causes"]}
    assert causes == {one["cause"]: (one["count"], one["tokens"]) for one in expected["rebuilds"]["causes"]}
    assert set(report) == {
        *("composition", "prompt_tokens", "ledger", "causes", "list_price_usd_as_reads", "sessions_with_half", "total")
    }


def test_by_person_and_only_one_of_them(ada: Machine, roots: tuple[Path, Path]) -> None:
    """What both have counts for who handed it on first."""
    parts = {one["name"]: one["usage"]["total_tokens"] for one in told(ada, "models", "--by", "person")["groups"]}
    expected = [ask("models", *WORDS, root=root).report["total"]["total_tokens"] for root in roots]
    assert parts == dict(zip(("ada", "bob"), expected, strict=True))
    alone = told(ada, "models", "--only", "person=bob")
    assert alone["total"]["total_tokens"] == expected[1]
    machines = {one["name"] for one in told(ada, "models", "--by", "machine")["groups"]}
    assert machines == {"adas", "bobs"}


def test_windows_and_projects_are_chosen_as_ever(ada: Machine, roots: tuple[Path, Path]) -> None:
    day = own("daily", roots)["days"][0]["date"]
    words = ("--since", day, "--until", day)
    assert told(ada, "models", *words)["total"] == own("models", roots, *words)["total"]


def test_compare(ada: Machine, roots: tuple[Path, Path]) -> None:
    """The totals of both sides; asks are not handed on, and null."""
    first, second = "model:opus", "model:haiku"
    report, expected = told(ada, "compare", first, second), own("compare", roots, first, second)
    for side in ("before", "after"):
        assert report[side]["responses"] == expected[side]["responses"]
        assert report[side]["asks"] is report[side]["failures"] is None


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_not_handed_on_is_not_asked(ada: Machine, question: str) -> None:
    answer = ada.run(question, "--team")
    assert (answer.code, answer.out) == (2, "")
    assert f"what {question} tells is not handed on to a team" in answer.err
    assert "daily, weekly, monthly, models, projects, sessions, context, compare" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("daily", "--activity"),
        ("projects", "--worktrees"),
        ("sessions", "--sort", "errors"),
        ("sessions", "--where", "errors>3"),
        ("daily", "--prices", "x.toml"),
        ("daily", "--root", "somewhere"),
    ],
)
def test_nor_is_what_an_option_needs(ada: Machine, words: tuple[str, ...]) -> None:
    answer = ada.run(*words, "--team")
    assert (answer.code, answer.out) == (2, "")


def test_the_demo_has_no_team(ada: Machine) -> None:
    answer = ada.run("demo", "daily", "--team")
    assert (answer.code, answer.out) == (2, "")


def test_without_a_login(tmp_path: Path) -> None:
    answer = Machine(tmp_path / "home", "x").run("daily", "--team")
    assert answer.code == 1
    assert "not signed in" in answer.err


def test_an_empty_team(tmp_path: Path) -> None:
    answer = signed_in(tmp_path, tmp_path / "shared", "cy").run("daily", "--team")
    assert answer.code == 3
    assert "nothing has been handed on" in answer.err


# --- of a server ---


@pytest.fixture
def lead(team: Team, roots: tuple[Path, Path]) -> Machine:
    """Who may read each person's figures, on a server that has what the folder has."""
    for person, root in (("ada", roots[0]), ("bob", roots[1])):
        assert team.machine(person, f"{person}s", "--names").run("sync", root=root).code == 0
    assert team.machine("bob", "bobs").run("sync", "--all", root=roots[0]).code == 0
    return team.machine("lead", "leads")


def test_a_server_says_what_a_folder_says(lead: Machine, ada: Machine) -> None:
    for question in ("daily", "models", "sessions", "context", "projects"):
        assert told(lead, question) == told(ada, question), question
    assert told(lead, "daily", "--by", "person") == told(ada, "daily", "--by", "person")


def test_without_the_right_nobodys_figures_are_read(lead: Machine, team: Team) -> None:
    answer = team.machine("bob", "m").run("daily", "--team")
    assert (answer.code, answer.out) == (1, "")
    assert "you may read nobody's figures" in answer.err


# --- several exports and folders, without a server ---


@pytest.mark.parametrize("ending", ["ndjson", "sqlite", "csv"])
def test_roots_may_be_exported_files(roots: tuple[Path, Path], tmp_path: Path, ending: str) -> None:
    """Beside folders, or alone; what stands in several places counts once."""
    file = tmp_path / f"x.{ending}"
    assert ask("export", file, root=roots[0]).code == 0
    for question, rows in (("daily", "days"), ("models", "models"), ("projects", "projects")):
        whole = own(question, roots)
        for words in (("--root", roots[1]), ("--root", roots[1], "--root", roots[0])):
            report = ask(question, *WORDS, *words, root=file).report
            assert report["total"] == whole["total"]
            assert [one["usage"] for one in report[rows]] == [one["usage"] for one in whole[rows]]
        assert ask(question, *WORDS, root=file).report["total"] == ask(question, *WORDS, root=roots[0]).report["total"]


def test_a_side_and_a_root_may_both_be_files(tmp_path: Path) -> None:
    files = []
    for name, output in (("old", 10), ("new", 30)):
        history = History(tmp_path / name)
        history.session().response(f"msg_{name}", input=5, output=output, at="2026-06-01T10:00:00Z")
        files.append(tmp_path / f"{name}.ndjson")
        assert ask("export", files[-1], root=history.write()).code == 0
    report = ask("compare", files[0], "project:", "--json", root=files[1])
    assert report.code in (0, 2)
    report = ask("compare", files[0], "2026-06-01..2026-06-02", "--json", root=files[1])
    assert report.code == 0, report
    assert (report.report["before"]["responses"], report.report["after"]["responses"]) == (1, 1)


def test_a_file_that_is_no_export_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text('{"a": 1}\n', encoding="utf-8")
    answer = ask("daily", root=file)
    assert (answer.code, answer.out) == (2, "")
    assert "is no export with a row a response" in answer.err


def test_one_session_is_told_by_its_transcript(roots: tuple[Path, Path], tmp_path: Path) -> None:
    file = tmp_path / "x.ndjson"
    assert ask("export", file, root=roots[0]).code == 0
    answer = ask("session", root=file)
    assert (answer.code, answer.out) == (2, "")
