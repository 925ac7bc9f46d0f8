"""Where transcripts are looked for, and whose they are by their path (T01, T02)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ingest import FIRST, SECOND, only, owner, store_of, totals
from tests.transcripts import ABSENT, History
from tokenscope.errors import NoTranscriptsError
from tokenscope.ingest.files.discover import candidate_roots
from tokenscope.ingest.load import load
from tokenscope.model import Facet

HOME = Path("/home/ada")
DEFAULTS = [HOME / ".config" / "claude", HOME / ".claude"]


def history_with(root: Path, message_id: str, output: int) -> History:
    history = History(root)
    history.session().response(message_id, output=output)
    history.write()
    return history


# --- which folders are looked in ---


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, DEFAULTS),
        ({"CLAUDE_CONFIG_DIR": ""}, DEFAULTS),
        ({"CLAUDE_CONFIG_DIR": " , "}, DEFAULTS),
        ({"XDG_CONFIG_HOME": "/etc/ada"}, [Path("/etc/ada/claude"), HOME / ".claude"]),
        ({"XDG_CONFIG_HOME": ""}, DEFAULTS),
        ({"CLAUDE_CONFIG_DIR": "/work/claude"}, [Path("/work/claude")]),
        ({"CLAUDE_CONFIG_DIR": "/one, /two ,,"}, [Path("/one"), Path("/two")]),
        ({"CLAUDE_CONFIG_DIR": "/one", "XDG_CONFIG_HOME": "/etc/ada"}, [Path("/one")]),
    ],
)
def test_t01_the_environment_names_the_roots(environ: dict[str, str], expected: list[Path]) -> None:
    assert candidate_roots((), environ, HOME) == expected


@pytest.mark.parametrize(
    ("platform", "folder"),
    [
        ("linux", ".config/Claude"),
        ("darwin", "Library/Application Support/Claude"),
        ("win32", "AppData/Roaming/Claude"),
    ],
)
def test_t01_the_desktop_app_where_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, folder: str
) -> None:
    """Its agents' transcripts lie in a configuration folder each, some folders down."""
    monkeypatch.setattr("sys.platform", platform)
    defaults = [tmp_path / ".config" / "claude", tmp_path / ".claude"]
    assert candidate_roots((), {}, tmp_path) == defaults
    agents = tmp_path / folder / "local-agent-mode-sessions"
    history_with(agents / "an-org" / "an-account" / "local_1" / ".claude", "msg_0000000000000001", 7)
    assert candidate_roots((), {}, tmp_path) == [*defaults, agents]
    assert candidate_roots([tmp_path], {}, tmp_path) == [tmp_path]
    monkeypatch.undo()
    assert only(store_of(agents)).output_tokens == 7


def test_t01_a_tilde_in_the_environment_is_the_home() -> None:
    assert candidate_roots((), {"CLAUDE_CONFIG_DIR": "~/claude"}, HOME) == [Path.home() / "claude"]


def test_t01_given_roots_are_used_alone() -> None:
    given = [Path("/given"), Path("/too")]
    assert candidate_roots(given, {"CLAUDE_CONFIG_DIR": "/named", "XDG_CONFIG_HOME": "/x"}, HOME) == given


def test_t01_a_root_may_be_the_config_folder_or_its_projects(tmp_path: Path) -> None:
    root = history_with(tmp_path / "claude", "msg_1", 7).root
    above, inside = store_of(root), store_of(root / "projects")
    assert totals(above.messages) == totals(inside.messages)
    assert above.coverage.roots == inside.coverage.roots == (str(root / "projects"),)


def test_t01_a_folder_called_projects_is_no_config_folder(tmp_path: Path) -> None:
    """A project at ~/projects/projects gives such folders one inside the other."""
    history = History(tmp_path)
    history.session(FIRST, folder="projects").response("msg_1")
    assert owner(store_of(history.write() / "projects"), "msg_1") == (FIRST, "")


def test_t01_several_roots_are_read_together(tmp_path: Path) -> None:
    roots = [history_with(tmp_path / name, f"msg_{name}", 5).root for name in ("one", "two")]
    store = store_of(*roots)
    assert sorted(message.id for message in store.messages) == ["msg_one", "msg_two"]
    assert store.coverage.files == 2


def test_t01_a_root_named_twice_or_inside_another_is_read_once(tmp_path: Path) -> None:
    root = history_with(tmp_path, "msg_1", 5).root
    project = next((root / "projects").iterdir())
    for roots in ([root, root], [root, root / "projects"], [project, root], [root, project]):
        assert (store_of(*roots).coverage.files, store_of(*roots).coverage.duplicate_rows) == (1, 0)


def test_t01_a_root_may_be_one_project_or_one_file(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response("msg_main", output=10)
    session.subagent("a1").response("msg_agent", output=5)
    history.session(SECOND, cwd="/elsewhere").response("msg_other", output=100)
    history.write()
    assert totals(store_of(session.project).messages).output == 15
    assert owner(store_of(session.project), "msg_agent") == (FIRST, "a1")
    assert totals(store_of(session.project / f"{FIRST}.jsonl").messages).output == 10


def test_t01_what_was_tried_is_told_where_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "one" / "projects").mkdir(parents=True)
    with pytest.raises(NoTranscriptsError) as error:
        load([tmp_path / "one", tmp_path / "missing"], Facet.USAGE)
    assert error.value.paths_tried == (str(tmp_path / "one" / "projects"), str(tmp_path / "missing"))
    assert all(path in error.value.message for path in error.value.paths_tried)
    assert "--root" in error.value.hint


def test_t01_one_root_with_transcripts_is_enough(tmp_path: Path) -> None:
    root = history_with(tmp_path / "one", "msg_1", 5).root
    assert len(store_of(tmp_path / "missing", root).messages) == 1


def test_t01_a_config_folder_without_projects_holds_no_transcripts(tmp_path: Path) -> None:
    """Claude Code keeps its prompt history beside the projects folder."""
    (tmp_path / "history.jsonl").write_text('{"display":"fix it","timestamp":1780308000000}\n')
    (tmp_path / "file-history").mkdir()
    with pytest.raises(NoTranscriptsError):
        load([tmp_path], Facet.USAGE)


# --- the project ---


def test_t02_the_project_is_the_first_directory_of_the_session(history: History) -> None:
    session = history.session(FIRST, folder="-home-ada-my-shop")
    session.append({"type": "mode", "mode": "normal", "sessionId": FIRST})
    session.cwd = "/home/ada/my_shop"
    session.prompt("Go")
    session.cwd = "/home/ada/my_shop/till"
    session.response()
    assert store_of(history).sessions[FIRST].project == "/home/ada/my_shop"


def test_t02_the_main_file_says_the_project_before_its_subagents(history: History) -> None:
    session = history.session("b0000000-2222-4333-8444-555555555555")
    agent = session.subagent("a1", layout="sibling")  # agent-… comes before b… in path order
    session.cwd, agent.cwd = "/main", "/agent"
    for thread in (agent, session):
        thread.response()
    assert [one.project for one in store_of(history).sessions.values()] == ["/main"]


def test_t02_a_session_without_a_main_file_has_its_subagents_directory(history: History) -> None:
    session = history.session(FIRST)
    session.subagent("a1").response()
    history.files = {path: lines for path, lines in history.files.items() if lines}
    assert store_of(history).sessions[FIRST].project == session.cwd


def test_t02_without_a_directory_the_project_is_the_folder(history: History) -> None:
    history.session(FIRST, folder="-home-ada-shop").response(row={"cwd": ABSENT})
    assert store_of(history).sessions[FIRST].project == "-home-ada-shop"


def test_t02_the_folder_names_the_project_also_where_it_is_the_root(history: History) -> None:
    session = history.session(FIRST, folder="-home-ada-shop")
    session.response(row={"cwd": ABSENT})
    history.write()
    assert store_of(session.project).sessions[FIRST].project == "-home-ada-shop"


def test_t02_a_session_is_named_by_its_file(history: History) -> None:
    history.session(FIRST).response("msg_1", row={"sessionId": SECOND})
    store = store_of(history)
    assert owner(store, "msg_1") == (FIRST, "")
    assert list(store.sessions) == [FIRST]


def test_t02_a_session_may_have_a_file_in_two_projects(history: History) -> None:
    """A session that was moved to a worktree goes on in another folder under the same id."""
    history.session(FIRST, cwd="/home/ada/a").response("msg_1", output=1)
    history.session(FIRST, cwd="/home/ada/b").response("msg_2", output=2)
    store = store_of(history)
    assert [one.project for one in store.sessions.values()] == ["/home/ada/a"]
    assert {owner(store, "msg_1"), owner(store, "msg_2")} == {(FIRST, "")}


def test_t02_what_no_row_says_is_not_made_up(history: History) -> None:
    history.file("projects/-x/aaaa.jsonl", [{"type": "assistant", "message": {"id": "msg_1", "usage": {}}}])
    store = store_of(history)
    assert only(store).model == "unknown"
    session = store.sessions["aaaa"]
    assert (session.project, session.branch, session.version, session.title) == ("-x", "", "", "")
