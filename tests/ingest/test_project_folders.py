"""Which project a folder is (T62): one folder however it is spelt, a worktree its repository's."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asking import ask
from tests.transcripts import History
from tokenscope.ingest.files.project_folders import known_worktrees, project_of, same_folder

NAME = st.text(st.sampled_from("abzÜéñ한 -_.0"), min_size=1, max_size=6).map(lambda name: f"n{name}n")
NAMES = st.lists(NAME, min_size=1, max_size=5)
FORMS: st.SearchStrategy[Literal["NFC", "NFD"]] = st.sampled_from(["NFC", "NFD"])


@st.composite
def spelling(draw: st.DrawFn, names: list[str]) -> str:
    """A folder on drive C as any program may write it."""
    parts = [draw(st.sampled_from(["C:", "c:"]))]
    for name in names:
        parts += [draw(st.sampled_from(["\\", "/", "\\\\", "//"])), unicodedata.normalize(draw(FORMS), name)]
    return draw(st.sampled_from(["", "\\\\?\\"])) + "".join(parts) + draw(st.sampled_from(["", "\\", "/", "\\\\"]))


@given(st.data(), NAMES)
def test_t62_any_spelling_is_one_folder(data: st.DataObject, names: list[str]) -> None:
    one, other = data.draw(spelling(names)), data.draw(spelling(names))
    assert same_folder(one) == same_folder(other)
    assert same_folder(same_folder(one)) == same_folder(one)


@given(st.data(), NAMES, NAMES)
def test_t62_different_folders_never_merge(data: st.DataObject, names: list[str], others: list[str]) -> None:
    plain = [[unicodedata.normalize("NFC", name) for name in folder] for folder in (names, others)]
    one, other = data.draw(spelling(names)), data.draw(spelling(others))
    assert (same_folder(one) == same_folder(other)) == (plain[0] == plain[1])
    assert (project_of(same_folder(one)) == project_of(same_folder(other))) == (plain[0] == plain[1])


@given(NAMES, FORMS, st.sampled_from(["", "/"]), NAME)
def test_t62_a_worktree_is_its_repositorys(
    names: list[str], form: Literal["NFC", "NFD"], end: str, worktree: str
) -> None:
    """Below /srv, where every folder may be a repository."""
    repository = "/srv/" + "/".join(names)
    found = project_of(same_folder(unicodedata.normalize(form, f"{repository}/.claude/worktrees/{worktree}") + end))
    assert found == project_of(same_folder(repository)) == unicodedata.normalize("NFC", repository)


@pytest.mark.parametrize(
    ("directory", "same"),
    [
        ("/", "/"),
        ("/home/ada/shop/", "/home/ada/shop"),
        (r"/home/ada/a\b", r"/home/ada/a\b"),  # a name that holds a backslash
        ("c:", "C:\\"),
        ("c:/", "C:\\"),
        (r"\\nas\work\shop", r"\\nas\work\shop"),
        ("//nas/work/shop/", r"\\nas\work\shop"),
        (r"\\?\UNC\nas\work\shop", r"\\nas\work\shop"),
        ("c--Users-ada-shop", "C--Users-ada-shop"),  # a folder below projects, where no row says more
        ("-home-ada-shop", "-home-ada-shop"),
        ("", ""),
    ],
)
def test_t62_spellings(directory: str, same: str) -> None:
    assert same_folder(directory) == same


@pytest.mark.parametrize(
    ("directory", "repository"),
    [
        ("/home/ada/shop", "/home/ada/shop"),
        ("/home/ada/shop/.claude/worktrees/fix-1", "/home/ada/shop"),
        ("/home/ada/shop/.claude/worktrees/fix-1/src/deep", "/home/ada/shop"),
        ("/home/ada/shop/.git/worktrees/fix", "/home/ada/shop"),
        ("/home/ada/shop/.worktrees/fix", "/home/ada/shop"),
        ("/home/ada/shop/worktrees/fix", "/home/ada/shop"),
        ("/home/ada/shop-worktrees/fix", "/home/ada/shop"),
        ("/home/ada/shop.worktrees/fix", "/home/ada/shop"),
        (r"C:\Users\ada\shop\.claude\worktrees\fix", r"C:\Users\ada\shop"),
        (r"\\nas\work\shop\.claude\worktrees\fix", r"\\nas\work\shop"),
        ("-home-ada-shop--claude-worktrees-fix-1", "-home-ada-shop"),
        # Folders that hold the worktrees of many repositories: a home is no repository.
        ("/home/ada/.claude-worktrees/shop/fix", "/home/ada/.claude-worktrees/shop"),
        ("/home/ada/worktrees/shop-fix", "/home/ada/worktrees/shop-fix"),
        ("/home/ada/.worktrees/shop-fix", "/home/ada/.worktrees/shop-fix"),
        (r"C:\Users\ada\worktrees\shop-fix", r"C:\Users\ada\worktrees\shop-fix"),
        ("/home/ada/worktrees", "/home/ada/worktrees"),
        ("/worktrees/fix", "/worktrees/fix"),
        (r"/home/ada/shop\.claude\worktrees\fix", r"/home/ada/shop\.claude\worktrees\fix"),
        ("", ""),
    ],
)
def test_t62_worktrees(directory: str, repository: str) -> None:
    assert project_of(directory) == repository


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    """One shop in five spellings, a worktree of it, and another folder; a response of 10, 20, 40 … tokens in each."""
    history = History(tmp_path)
    spelt = (r"C:\ada\shop", r"c:\ada\shop", "C:/ada/shop", "C:\\ada\\shop\\", r"C:\ada\shop\.claude\worktrees\fox")
    for number, cwd in enumerate((*spelt, r"C:\ada\shopping")):
        history.session(f"s{number}", cwd=cwd, folder=f"f{number}").response(input=0, output=10 * 2**number)
    return history.write()


def test_t62_questions_agree_on_a_project(folders: Path) -> None:
    """10 + 20 + 40 + 80 + 160 of the shop, 320 of the other."""
    expected = {r"C:\ada\shop": 310, r"C:\ada\shopping": 320}
    projects = ask("projects", "--json", root=folders).report["projects"]
    assert {row["project"]: row["usage"]["output_tokens"] for row in projects} == expected
    assert {row["project"]: (row["sessions"], row["worktrees"]) for row in projects} == {
        r"C:\ada\shop": (5, 1),
        r"C:\ada\shopping": (1, 0),
    }
    groups = ask("sessions", "--by", "project", "--json", root=folders).report["groups"]
    assert {row["group"]: row["usage"]["output_tokens"] for row in groups} == expected


def test_t62_worktrees_are_seen_apart(folders: Path) -> None:
    projects = ask("projects", "--worktrees", "--json", root=folders).report["projects"]
    assert {(row["project"], row["worktree"]): row["usage"]["output_tokens"] for row in projects} == {
        (r"C:\ada\shop", None): 150,
        (r"C:\ada\shop", r"C:\ada\shop\.claude\worktrees\fox"): 160,
        (r"C:\ada\shopping", None): 320,
    }
    assert "1 worktree counted with its repository" in ask("projects", root=folders).out


@pytest.mark.parametrize(
    ("wanted", "output"),
    [
        ("shop", 630),
        ("c:/ADA/shop/", 310),  # the end of a name, in any spelling
        ("worktrees\\fox", 160),
        ("blog", 0),
    ],
)
def test_t62_a_project_is_found_in_any_spelling(folders: Path, wanted: str, output: int) -> None:
    for question in ("daily", "projects", "sessions"):
        assert ask(question, "--project", wanted, "--json", root=folders).report["total"]["output_tokens"] == output


def test_t62_last_knows_the_same_projects(folders: Path) -> None:
    assert (
        ask("session", "last", "--project", "worktrees/fox", "--json", root=folders).report["details"]["session_id"]
        == "s4"
    )
    restore = ask("session", "s3", "--json", root=folders).report["restore"]
    assert restore["folder"] == "C:\\ada\\shop\\"  # as Claude Code knows it


def test_t62_a_worktree_anywhere_is_its_repositorys_where_the_log_says_so(tmp_path: Path) -> None:
    """Also for a session that only works there. 10 tokens in the repository, 20 and 40 in its worktree."""
    history = History(tmp_path)
    for number, cwd in enumerate(("/home/ada/shop", "/home/ada/elsewhere/fox", "/home/ada/elsewhere/fox/src")):
        session = history.session(f"s{number}", cwd=cwd)
        session.prompt("Go on", at="2026-06-01T10:00:00Z")
        session.response(input=0, output=10 * 2**number)
        if number == 1:
            state = {"originalCwd": "/home/ada/shop/", "worktreePath": cwd, "worktreeName": "fox"}
            session.append({"type": "worktree-state", "worktreeSession": state, "sessionId": session.session_id})
            session.append({"type": "worktree-state", "worktreeSession": None, "sessionId": session.session_id})
            session.append({"type": "worktree-state", "worktreeSession": {"originalCwd": 7}})
    (row,) = ask("projects", "--json", root=history.write()).report["projects"]
    assert (row["project"], row["usage"]["output_tokens"], row["worktrees"]) == ("/home/ada/shop", 70, 2)


def test_t62_worktrees_in_a_circle_are_no_trouble() -> None:
    worktrees = known_worktrees([{"/a": "/b", "/b": "/a", "/c": "/c/d"}])
    assert worktrees == {"/a": "/b", "/b": "/a"}
    assert [project_of(folder, worktrees) for folder in ("/a", "/b/x", "/c")] == ["/b", "/a", "/c"]
