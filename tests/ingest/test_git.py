"""Git operations in shell commands, and what the log itself says of them (T43)."""

from __future__ import annotations

import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscope.ingest.rows.schema import Result
from tokenscope.ingest.rows.tool_outcomes import operations, words_of_shell

COMMANDS: list[tuple[str, list[tuple[str, str]]]] = [
    ("git commit -m 'Fix it'", [("commit", "")]),
    ("git commit --amend --no-edit", [("commit", "amend")]),
    (
        "git add -A && git commit -m 'a; git push' && git push origin main",
        [("add", ""), ("commit", ""), ("push", "main")],
    ),
    ("cd /home/ada/shop && git -C ../blog -c user.name=ada push", [("push", "")]),
    ("git status; git diff | head", [("status", ""), ("diff", "")]),
    ("GIT_EDITOR=true sudo /usr/bin/git rebase main 2>&1", [("rebase", "main")]),
    ("git checkout -b feature/basket", [("branch", "feature/basket")]),
    ("git switch main", [("switch", "main")]),
    ("git --no-pager log --oneline", [("log", "")]),
    ("git commit -F - <<'EOF'\nDon't push\ngit push\nEOF\ngit push", [("commit", ""), ("push", "")]),
    ("git commit -m \"$(cat <<'EOF'\nIt's done\n\ngit tag v1\nEOF\n)\"", [("commit", "")]),
    ("if true; then git pull; fi", [("pull", "")]),
    ("gh pr create --title 'Basket' --body x", [("pr_create", "https://github.com/ada/shop/pull/7")]),
    ("gh --repo ada/shop pr merge 7", [("pr_merge", "https://github.com/ada/shop/pull/7")]),
    ("gh issue list", []),
    ("echo git push", []),
    ("grep -r 'git commit' docs", []),
    ("git", []),
    ("git --version", []),
    ("git commit -m 'never ends", [("commit", "")]),
    ("", []),
]


@pytest.mark.parametrize(("command", "expected"), COMMANDS)
def test_t43_operations_of_a_command(command: str, expected: list[tuple[str, str]]) -> None:
    said = "Created https://github.com/ada/shop/pull/7\n"
    assert operations(command, said, None) == expected


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        ({"commit": {"sha": "abc123", "kind": "committed"}}, [("commit", "abc123"), ("push", "")]),
        ({"commit": {"sha": "abc123"}, "push": {"branch": "main"}}, [("commit", "abc123"), ("push", "main")]),
        ({"pr": {"number": 7, "url": "https://x/pull/7", "action": "created"}}, [("pr_create", "https://x/pull/7"), ("commit", ""), ("push", "")]),
        ({"branch": {"ref": "main", "action": "merged"}}, [("merge", "main"), ("commit", ""), ("push", "")]),
        ({"branch": {"ref": 5, "action": None}, "commit": 7}, [("branch", ""), ("commit", ""), ("push", "")]),
        ("committed", [("commit", ""), ("push", "")]),
    ],
)  # fmt: skip
def test_t43_what_the_log_says_replaces_what_the_command_lets_guess(
    logged: Any, expected: list[tuple[str, str]]
) -> None:
    assert operations("git commit -m x && git push", "", Result(gitOperation=logged)) == expected


def test_a_long_command_takes_bounded_work() -> None:
    assert operations("git push; " + "<<x " * 500_000, "", None)[0] == ("push", "")


@settings(max_examples=300)
@given(st.text("ab-=#é \t\n'\"\\&|;()<>", max_size=14))
def test_words_are_those_of_a_shell(line: str) -> None:
    """As Python's own reader of shells has them, up to a quote that never ends."""
    reader, words = shlex.shlex(line, posix=True, punctuation_chars=True), list[str]()
    reader.commenters, reader.whitespace_split = "", True
    with suppress(ValueError):
        for word in reader:
            words.append(word)
    assert list(words_of_shell(line)) == words
