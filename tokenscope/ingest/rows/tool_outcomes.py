"""What a tool use did: lines it changed (T44), git operations of its commands (T43), whether outputs are alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from zlib import adler32, crc32

from msgspec import Raw

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.lenient import value_in, value_of
from tokenscope.ingest.rows.mend import ESCAPED
from tokenscope.ingest.rows.schema import Hunk, Result

_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_SPACE = b" \t\r\n"


def fingerprint(text: bytes) -> str:
    """Length and two checksums, equal for outputs equal but for white space and colour codes.

    Outputs are compared, not trusted: nothing is gained by forging one. A cryptographic hash of every long
    output took a seventh of the time of reading.
    """
    if b"\x1b" in text:
        text = _COLOUR.sub(b"", text)
    bare = text.translate(None, _SPACE)
    return f"{len(bare):x}-{crc32(bare):08x}{adler32(bare):08x}"


Lines = tuple[int, int]  # added, removed
NONE: Lines = (0, 0)
EDITS = frozenset({"Edit", "MultiEdit", "NotebookEdit"})  # tools whose input says what they change


def asked_for(name: str, given: Any) -> Lines:
    """What an edit would change by its input alone: for a result that comes without a patch."""
    if given.__class__ is not dict:
        return NONE
    if name == "Edit":
        return _replaced(given)
    edits = given.get("edits")
    if name == "MultiEdit" and edits.__class__ is list:
        pairs = [_replaced(edit) for edit in edits if edit.__class__ is dict]
        return sum(added for added, _ in pairs), sum(removed for _, removed in pairs)
    if name == "NotebookEdit":
        return _lines(given.get("new_source")), 0
    return NONE  # how many lines a Write replaced cannot be known


def changed(told: Any, name: str, written: bytes) -> Lines:
    """Lines added and removed by what a result tells; without a patch by the tool's input, as it was written."""
    patch = told.structuredPatch if told.__class__ is Result else None
    if patch.__class__ is not list:
        return asked_for(name, value_of(written)) if written else NONE
    if told.type == "create":
        return _lines(value_in(told.content)), 0
    added = removed = 0
    for hunk in patch:
        lines: Any = hunk.lines if hunk.__class__ is Hunk else None
        marks = [line[:1] for line in lines if line.__class__ is str] if lines.__class__ is list else []
        added += marks.count("+")
        removed += marks.count("-")
    return added, removed


def _replaced(edit: dict[str, Any]) -> Lines:
    return _lines(edit.get("new_string")), _lines(edit.get("old_string"))


def _lines(text: Any) -> int:
    """An unfinished last line counts."""
    if text.__class__ is not str or not text:
        return 0
    return int(text.count("\n")) + (not text.endswith("\n"))


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


_GIT = re.compile(rb"g(?:it|h )")


def may_be_git(written: Raw) -> bool:
    """Whether a shell's input, as it was written, may hold a command of git or gh."""
    return _GIT.search(written) is not None or ESCAPED.search(written) is not None


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
