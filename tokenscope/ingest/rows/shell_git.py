"""Git operations inside shell commands (T43): chains, `git -C`, `gh pr create`; and what the log itself says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.schema import Result

Operation = tuple[str, str]  # name, detail: a branch, a commit, a link, or ""

_LINK = re.compile(r"https?://[^\s\"'<>()]+/(?:pull|merge_requests|pull-requests)/\d+")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")
# Chain signs, or a word of plain characters, or a word with quotes or escapes in it: up to where one may end.
_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:([&|;()<>]+|[^ \t\r\n&|;()<>'"\\]+(?=[ \t\r\n&|;()<>]|\Z))"""
    r"""|((?:[^ \t\r\n&|;()<>'"\\]|\\.|'[^']*'|"(?:[^"\\]|\\.)*")+)(?=[ \t\r\n&|;()<>]|\Z))""",
    re.DOTALL,
)
_PART = re.compile(r"""\\(.)|'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_ESCAPED = re.compile(r"""\\(["\\])""")
_CHAIN = frozenset("&|;()<>")  # what stands between simple commands is made of these
_BEFORE = frozenset({"sudo", "command", "time", "env", "nohup", "exec", "then", "do", "else", "if", "!", "{"})
_WITH_VALUE = frozenset({"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--exec-path", "-R", "--repo"})
_NAME = re.compile(r"[a-z][a-z-]*")
_LONGEST = 200  # characters of a detail
_LONGEST_COMMAND = 8_000  # characters without documents; the rest is not looked at


def operations(command: str, said: str, told: Any) -> list[Operation]:
    """What a command did with git. `said`: its output, for the link of a pull request; `told`: its logged outcome.

    What the log says outright replaces what the command lets guess.
    """
    if "git" not in command and "gh " not in command:
        return []
    logged = _logged(told.gitOperation) if told.__class__ is Result else []
    names = {name for name, _ in logged}
    parsed = [one for words in _commands(command) if (one := _operation(words, said)) is not None]
    return logged + [one for one in parsed if one[0] not in names]


def _logged(said: Any) -> list[Operation]:
    if said.__class__ is not dict:
        return []
    found = []
    for kind, field in (("commit", "sha"), ("push", "branch"), ("branch", "ref"), ("pr", "url")):
        about = said.get(kind)
        if about.__class__ is not dict:
            continue
        detail, action = about.get(field), about.get("action")
        name = kind
        if kind == "branch":
            name = {"merged": "merge", "rebased": "rebase"}.get(action, "branch") if isinstance(action, str) else kind
        elif kind == "pr":
            name = f"pr_{_VERBS.get(action, action)}" if isinstance(action, str) else "pr_create"
        found.append((name, start_of(detail, _LONGEST) if isinstance(detail, str) else ""))
    return found


_VERBS = {"created": "create", "edited": "edit", "merged": "merge", "commented": "comment", "closed": "close"}


def _commands(command: str) -> Iterator[list[str]]:
    """The simple commands of a chain, each as its words."""
    lines = " ; ".join(_without_documents(command.replace("\\\n", " ")))
    words: list[str] = []
    for word in words_of_shell(lines[:_LONGEST_COMMAND]):
        if word and _CHAIN.issuperset(word):
            yield words
            words = []
        else:
            words.append(word)
    yield words


def words_of_shell(line: str) -> Iterator[str]:
    """What a shell makes of a line: words without their quotes, and what stands between commands.

    Up to a quote or an escape that never ends: what stands before it is still known. As Python's shlex has it, which
    takes twenty times as long.
    """
    place = 0
    while (found := _TOKEN.match(line, place)) is not None:
        plain, quoted = found.groups()
        yield plain if quoted is None else _PART.sub(_unquoted, quoted)
        place = found.end()


def _unquoted(part: re.Match[str]) -> str:
    escaped, single, double = part.groups()
    if escaped is not None:
        return str(escaped)
    return single if single is not None else _ESCAPED.sub(r"\1", double)


def _without_documents(command: str) -> Iterator[str]:
    """The lines of a command without those of its here-documents: a commit's message is no command."""
    end = ""
    for line in command.split("\n"):
        if end:
            end = "" if line.strip() == end else end
            continue
        yield line
        if "<<" in line and (found := _HEREDOC.search(line)) is not None:
            end = found[2]


def _operation(words: list[str], said: str) -> Operation | None:
    while words and (words[0] in _BEFORE or ("=" in words[0] and not words[0].startswith("-"))):
        words = words[1:]
    program = words[0].rsplit("/", 1)[-1] if words else ""
    if program not in ("git", "gh"):
        return None
    arguments = _after_options(words[1:])
    if not arguments or not _NAME.fullmatch(arguments[0]):
        return None
    return _git(arguments) if program == "git" else _pull_request(arguments, said)


def _after_options(words: list[str]) -> list[str]:
    """The words from the subcommand on."""
    place = 0
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in _WITH_VALUE else 1
    return words[place:]


def _git(arguments: list[str]) -> Operation:
    name, rest = arguments[0], arguments[1:]
    plain = [word for word in rest if not word.startswith("-")]
    detail = ""
    if name == "commit" and "--amend" in rest:
        detail = "amend"
    elif name == "push" and len(plain) > 1:
        detail = plain[1]
    elif name in ("checkout", "switch", "merge", "rebase", "branch", "worktree") and plain:
        detail = plain[0]
        if {"-b", "-B", "-c", "-C", "--create"} & set(rest) and name in ("checkout", "switch"):
            name = "branch"
    return name, start_of(detail, _LONGEST)


def _pull_request(arguments: list[str], said: str) -> Operation | None:
    if arguments[0] != "pr" or len(arguments) < 2 or not _NAME.fullmatch(arguments[1]):
        return None
    link = _LINK.search(said)
    return f"pr_{arguments[1]}", start_of(link[0], _LONGEST) if link else ""
