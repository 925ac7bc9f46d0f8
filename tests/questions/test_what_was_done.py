"""Tools, files, git and prompts on one small history whose every count is worked out by hand.

session  project  tool uses
first    shop     Read a.py twice (ok, 1 s and 3 s), Edit a.py (ok: +2 -1), Edit a.py (error), Bash (denied),
                  a skill, and in a subagent an MCP call and a Grep without a result
second   blog     Write post.md (new, three lines), Read a.py of shop; git in the shell; a pull request
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.ingest import FIRST, SECOND
from tests.transcripts import History, Session, bash_result, create_result, edit_result, tool_use

SHOP, BLOG = "/home/ada/shop", "/home/ada/blog"
LINK = "https://git.example/ada/blog/pull/7"
REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected."


def _shop(session: Session) -> None:
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    path = f"{SHOP}/a.py"
    edit = {"file_path": path, "old_string": "x", "new_string": "x\ny"}
    for number, seconds in ((1, 1), (2, 3)):
        session.response(
            f"msg_a{number}", input=1_000 * number, blocks=[tool_use(f"t{number}", "Read", {"file_path": path})]
        )
        session.history.wait(seconds=seconds - 1)
        session.tool_result(f"t{number}", "x" * 2_900)
    session.response(
        "msg_a3", input=3_000, blocks=[tool_use("t3", "Edit", edit), tool_use("t4", "Edit", edit)], output=2
    )
    session.tool_result("t3", "done", tool_use_result=edit_result(path, "x", "x\ny"))
    session.tool_result("t4", "String to replace not found", is_error=True)
    session.response("msg_a4", input=4_000, blocks=[tool_use("t5", "Bash", {"command": "rm -rf build"})])
    session.tool_result("t5", REFUSED, is_error=True)
    session.response("msg_a5", input=4_500, blocks=[tool_use("t6", "Skill", {"skill": "plain-words"})])
    session.tool_result("t6", "Write plainly.")
    agent = session.subagent("a1", agent_type="Explore", tool_use_id="t9")
    agent.prompt("Look around")
    agent.response(
        "msg_b1", input=500, model="claude-haiku-4-5", blocks=[tool_use("t7", "mcp__tracker__find", {"q": "1"})]
    )
    agent.tool_result("t7", "nothing")
    agent.response("msg_b2", input=600, model="claude-haiku-4-5", blocks=[tool_use("t8", "Grep", {"pattern": "x"})])
    session.response("msg_a6", input=5_000)


def _blog(session: Session) -> None:
    session.prompt(
        "<command-name>/review</command-name><command-args>the post</command-args>", at="2026-06-02T23:00:00Z"
    )
    path = f"{BLOG}/post.md"
    session.response("msg_c1", input=100, blocks=[tool_use("u1", "Write", {"file_path": path, "content": "1\n2\n3"})])
    session.tool_result("u1", "done", tool_use_result=create_result(path, "1\n2\n3"))
    session.response("msg_c2", input=200, blocks=[tool_use("u2", "Read", {"file_path": f"{SHOP}/a.py"})])
    session.tool_result("u2", "x" * 290)
    commands = {
        "u3": ("git add . && git commit -m 'The post'", "[main 1] The post", False),
        "u4": ("git push", "rejected", True),
        "u5": ("git push", "done", False),
        "u6": ("gh pr create --fill", LINK, False),
        "u7": ("git commit -m 'More'", "[main 2] More", False),
    }
    for number, (use, (command, said, failed)) in enumerate(commands.items(), 3):
        model = "claude-haiku-4-5" if use == "u7" else "claude-opus-4-8"
        session.response(
            f"msg_c{number}", model=model, input=100 * number, blocks=[tool_use(use, "Bash", {"command": command})]
        )
        session.tool_result(use, said, is_error=failed, tool_use_result=None if failed else bash_result(said))
    session.append({"type": "pr-link", "prUrl": LINK, "timestamp": "2026-06-02T23:30:00Z", "sessionId": SECOND})
    session.append(
        {
            "type": "pr-link",
            "prUrl": "https://git.example/ada/blog/pull/5",
            "timestamp": "2026-06-02T23:31:00Z",
            "sessionId": SECOND,
        }
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    history = History(tmp_path_factory.mktemp("done"))
    _shop(history.session(FIRST, cwd=SHOP))
    _blog(history.session(SECOND, cwd=BLOG))
    return history.write()


def report(root: Path, question: str, *words: str) -> dict[str, Any]:
    return ask(question, "--json", "--tz", "UTC", *words, root=root).report


def cards(root: Path, question: str, *words: str) -> str:
    return ask(question, "--no-color", "--tz", "UTC", *words, root=root).out


# Tools.


def test_how_tool_uses_ended(done: Path) -> None:
    found = report(done, "tools")
    names = ("calls", "errors", "denied", "unanswered", "sessions", "subagent_calls")
    assert {row["tool"]: tuple(row[name] for name in names) for row in found["tools"]} == {
        "Read": (3, 0, 0, 0, 2, 0),
        "Edit": (2, 1, 0, 0, 1, 0),
        "Write": (1, 0, 0, 0, 1, 0),
        "Bash": (6, 1, 1, 0, 2, 0),
        "Skill": (1, 0, 0, 0, 1, 0),
        "mcp__tracker__find": (1, 0, 0, 0, 1, 1),
        "Grep": (1, 0, 0, 1, 1, 1),
    }
    assert (found["calls"], found["errors"], found["denied"], found["subagent_calls"]) == (15, 2, 1, 2)
    assert found["subagent_share"] == 0.133333


def test_results_and_durations_of_a_tool(done: Path) -> None:
    """(2,900 + 2,900 + 290) bytes of 2.9 are 2,100 tokens; 1, 3 and 1 seconds."""
    read = next(row for row in report(done, "tools")["tools"] if row["tool"] == "Read")
    assert read["result_tokens_est"] == 2_100
    assert read["median_duration_ms"] == 1_000
    edit = next(row for row in report(done, "tools")["tools"] if row["tool"] == "Edit")
    assert edit["most_frequent_error"] == "String to replace not found"


def test_servers_skills_and_commands(done: Path) -> None:
    found = report(done, "tools")
    assert [
        (row["server"], row["tools"], row["calls"], row["errors"], row["sessions"]) for row in found["servers"]
    ] == [("tracker", 1, 1, 0, 1)]
    assert [(row["name"], row["kind"], row["calls"], row["sessions"]) for row in found["skills"]] == [
        ("plain-words", "skill", 1, 1),
        ("/review", "command", 1, 1),
    ]


def test_tools_of_one_model_and_of_one_project(done: Path) -> None:
    """It also carried what the other model had read."""
    haiku = {row["tool"]: row["calls"] for row in report(done, "tools", "--model", "haiku")["tools"] if row["calls"]}
    assert haiku == {"mcp__tracker__find": 1, "Grep": 1, "Bash": 1}
    assert report(done, "tools", "--project", "blog")["calls"] == 7


def test_an_old_result_that_is_still_carried_has_no_calls(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST, cwd=SHOP)
    session.response(
        "msg_1", input=100, blocks=[tool_use("t1", "Read", {"file_path": f"{SHOP}/a.py"})], at="2026-06-01T10:00:00Z"
    )
    session.tool_result("t1", "x" * 2_900)
    session.response("msg_2", input=1_100, at="2026-06-03T10:00:00Z")
    root = history.write()
    (tool,) = report(root, "tools", "--since", "2026-06-03")["tools"]
    assert (tool["tool"], tool["calls"], tool["sessions"]) == ("Read", 0, 0)
    # What msg_2 carried of msg_1's read: at most all that it grew by.
    assert 0 < tool["tokens_carried"] <= 1_000
    (file,) = report(root, "files", "--since", "2026-06-03")["files"]
    assert (file["path"], file["project"], file["reads"]) == (f"{SHOP}/a.py", SHOP, 0)
    assert file["tokens_carried"] == tool["result_tokens_carried"]


def test_the_tools_card_says_what_failed_often(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    for number in range(20):
        session.response(input=100, blocks=[tool_use(f"t{number}", "Edit", {"file_path": "/a"})])
        session.tool_result(f"t{number}", "not found" if number < 5 else "done", is_error=number < 5)
    out = cards(history.write(), "tools")
    assert "→ look at why Edit failed in 25 % of its 20 calls; most often: not found" in out


# Files.


def test_files(done: Path) -> None:
    names = ("path", "project", "reads", "edits", "writes", "created", "lines_added", "lines_removed", "sessions")
    assert [tuple(row[name] for name in names) for row in report(done, "files")["files"]] == [
        (f"{SHOP}/a.py", SHOP, 3, 1, 0, 0, 2, 1, 2),
        (f"{BLOG}/post.md", BLOG, 0, 0, 1, 1, 3, 0, 1),
    ]
    assert report(done, "files")["files_changed"] == 2
    assert report(done, "files")["files_read"] == 1


def test_files_by_extension_and_by_folder(done: Path) -> None:
    found = report(done, "files", "--by", "extension")
    assert [(row["path"], row["files"], row["lines_added"]) for row in found["files"]] == [(".py", 1, 2), (".md", 1, 3)]
    found = report(done, "files", "--by", "folder")
    assert [(row["path"], row["reads"]) for row in found["files"]] == [(SHOP, 3), (BLOG, 0)]


def test_paths_are_seen_from_their_project(done: Path) -> None:
    assert "5 lines were added and 1 removed in 2 files; most in shop/a.py." in cards(done, "files")
    assert "in 1 file; most in post.md." in cards(done, "files", "--project", "blog")
    assert "  shop  " in cards(done, "files", "--by", "folder")
    assert "what Bash changed cannot be seen" in cards(done, "files")


def test_a_way_to_group_files_that_is_none(done: Path) -> None:
    answer = ask("files", "--by", "size", root=done)
    assert answer.code == 2
    assert "'file', 'folder', 'extension'" in answer.err


# Git.


def test_git(done: Path) -> None:
    found = report(done, "git")
    assert [(row["operation"], row["count"], row["failed"]) for row in found["operations"]] == [
        ("commit", 2, 0),
        ("push", 1, 1),
        ("pr_create", 1, 0),
        ("add", 1, 0),
    ]
    assert [(row["project"], row["git"]["commits"], row["git"]["pushes"]) for row in found["projects"]] == [
        (BLOG, 2, 1)
    ]
    assert [(row["date"], row["git"]["commits"], row["git"]["failed"]) for row in found["days"]] == [
        ("2026-06-02", 2, 1)
    ]
    links = [(row["link"], row["opened"], row["session_id"]) for row in found["pull_requests"]]
    assert links == [(LINK, True, SECOND), ("https://git.example/ada/blog/pull/5", False, SECOND)]


def test_tokens_for_each_commit_are_a_plain_ratio(done: Path) -> None:
    """Inputs of 100, 200 … 700 and outputs of 1 in the blog; two commits."""
    found = report(done, "git")
    assert found["projects"][0]["git"]["tokens_per_commit"] == round((2_800 + 7) / 2)
    tokens = report(done, "daily")["total"]["total_tokens"]
    assert found["all"]["tokens_per_commit"] == round(tokens / 2)


def test_git_of_one_model_is_what_its_responses_did(done: Path) -> None:
    found = report(done, "git", "--model", "haiku")
    assert [(row["operation"], row["count"]) for row in found["operations"]] == [("commit", 1)]
    assert report(done, "git", "--until", "2026-06-01")["operations"] == []


def test_the_git_card_without_a_commit(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(blocks=[tool_use("t1", "Bash", {"command": "git push"})])
    session.tool_result("t1", "rejected", is_error=True)
    assert "Nothing was committed; 1 command failed." in cards(history.write(), "git")


# Prompts.


def test_prompts(done: Path) -> None:
    found = report(done, "prompts")
    assert (found["prompts"], found["commands"], found["sessions"]) == (2, 1, 2)
    # "Fix the basket" and "/review the post".
    assert (found["median_characters"], found["longest_characters"]) == (15, 16)
    assert [(row["project"], row["prompts"], row["by_hour"].index(1)) for row in found["projects"]] == [
        (BLOG, 1, 23),
        (SHOP, 1, 10),
    ]
    assert (found["by_weekday"][0][10], found["by_weekday"][1][23]) == (1, 1)  # a Monday, a Tuesday


def test_prompts_of_one_model_are_those_it_answered(done: Path) -> None:
    assert report(done, "prompts", "--model", "opus")["prompts"] == 2
    assert report(done, "prompts", "--model", "haiku")["prompts"] == 0


def test_prompts_that_came_again(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(3):
        session = history.session(cwd=SHOP)
        session.prompt("Run the tests and fix what fails")
        session.response(input=1_000 + number)
    root = history.write()
    found = report(root, "prompts")["repeated"]
    assert [(one["label"], one["occurrences"], one["sessions"]) for one in found] == [
        ("Run the tests and fix what fails", 3, 3)
    ]
    assert report(root, "prompts", "--min-times", "4")["repeated"] == []
    assert "“Run the tests and fix what fails” came 3 times: make it a command in .claude/commands" in cards(
        root, "prompts"
    )


@pytest.mark.parametrize(
    ("words", "row", "times", "is_advised"),
    [
        ("Go on", {}, 3, False),  # as short as a command would be
        ("/review the last commit of mine", {}, 0, False),  # it is one
        ("/compact and keep the open questions", {}, 0, False),  # built in
        ("Paint the gate in the colour of the day", {"entrypoint": "sdk-cli"}, 0, False),  # a program asked
        ("Paint the gate in the colour of the day", {"isMeta": True}, 0, False),
        ("Paint the gate in the colour of the day", {}, 3, True),
    ],
)
def test_only_a_person_s_own_long_prompts_are_worth_a_command(
    tmp_path: Path,
    words: str,
    row: dict[str, object],
    times: int,
    is_advised: bool,  # noqa: FBT001
) -> None:
    history = History(tmp_path)
    for number in range(3):
        session = history.session(cwd=SHOP)
        session.prompt("Look at the fence first")
        session.prompt(words, row=row)
        session.response(input=1_000 + number)
    root = history.write()
    found = report(root, "prompts")["repeated"]
    assert [one["occurrences"] for one in found if one["label"] == words] == ([times] if times else [])
    advised = [line for line in cards(root, "prompts").splitlines() if "→" in line and words[:20] in line]
    assert bool(advised) == is_advised


# Periods with what was done.


def test_days_with_what_was_done(done: Path) -> None:
    days = report(done, "daily", "--activity")["days"]
    assert [(day["date"], day["sessions"], tuple(day["activity"].values())) for day in days] == [
        ("2026-06-01", 1, (1, 8, 2, 1, 0)),
        ("2026-06-02", 1, (1, 7, 3, 0, 2)),
    ]
    assert report(done, "daily")["days"][0]["activity"] is None
    assert "+lines" in cards(done, "hourly", "--activity")


def test_a_commit_is_of_the_day_of_its_response(tmp_path: Path) -> None:
    history = History(tmp_path)
    session = history.session(FIRST)
    session.response(
        input=5, output=1, blocks=[tool_use("t1", "Bash", {"command": "git commit -m x"})], at="2026-06-01T23:59:59Z"
    )
    session.tool_result("t1", "done", at="2026-06-02T00:00:01Z")
    days = report(history.write(), "daily", "--activity")["days"]
    assert [(day["date"], day["usage"]["total_tokens"], day["activity"]["commits"]) for day in days] == [
        ("2026-06-01", 6, 1),
    ]
