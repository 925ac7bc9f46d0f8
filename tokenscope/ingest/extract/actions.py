"""What was done in one file: tool uses with their outcome, prompts, git operations, and what went wrong.

Texts are let go at once but for their first words. What comes out is made of plain tuples, see decode.Extract;
`attribute.py` brings the files together.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from zlib import adler32, crc32

from msgspec import UNSET

from tokenscope.credentials import start_of
from tokenscope.ingest.extract.tool_ids import ToolIds
from tokenscope.ingest.files.sidecar import Sidecar
from tokenscope.ingest.rows import changed_lines, shell_git
from tokenscope.ingest.rows.counters import whole
from tokenscope.ingest.rows.labels import IMAGE, LONGEST_LABEL, compact, short, size_of
from tokenscope.ingest.rows.lenient import value_of
from tokenscope.ingest.rows.partial import Input, content_of, input_of, texts_of
from tokenscope.ingest.rows.prompt_words import INTERRUPTED, PERSON, prompt_of
from tokenscope.ingest.rows.schema import AnyRow, Block, ContentPart, Result, ToolsRow
from tokenscope.ingest.rows.times import milliseconds

LONGEST_PATH = 1_000  # characters
_FILE_TOOLS = {"Read": "file_path", "Edit": "file_path", "MultiEdit": "file_path", "Write": "file_path"} | {
    "NotebookEdit": "notebook_path",
    "NotebookRead": "notebook_path",
}
_USED_ON = ("command", "file_path", "notebook_path", "pattern", "query", "url", "description", "skill", "path")
_SHELLS = ("Bash", "PowerShell")
_SPAWNS = ("Task", "Agent")
_DENIED = (
    "The user doesn't want to proceed with this tool use",
    "The user doesn't want to take this action right now",
    "User rejected tool use",
    "Permission to use ",
    "Claude requested permissions to ",
    "This command requires approval",
)
_AGENT_ID = re.compile(r"\bagentId: ?([0-9A-Za-z_-]{6,64})")
_ERROR_TAG = re.compile(r"</?tool_use_error>")
_CREDITS = re.compile(r"\bnow using (?:usage credits|extra usage)\b", re.IGNORECASE)  # on beyond a limit
_LIMIT = re.compile(r"\blimit\b", re.IGNORECASE)
LEAVING = frozenset({"/exit", "/quit"})
_COMMAND = re.compile(r"<command-name>\s*(/[a-z]+)\s*</command-name>")
NOT_SAID = "No response requested."


class Spawned(NamedTuple):
    """What a spawn says of its subagent. `reported`: tokens, tool uses, ms; None where it does not say."""

    agent_id: str
    agent_type: str
    description: str
    prompt: str
    prompt_key: str
    background: bool
    reported: tuple[int | None, int | None, int | None]


class Deeds(NamedTuple):
    """One file's activity. `agent`: the subagent that did it, "" for the main thread (see responses.agent_of)."""

    uses: list[tuple[Any, ...]]  # agent, response key, then ToolUse from `id` without thread and message
    spawned: dict[str, tuple[Any, ...]]  # the fields of Spawned, by tool use id
    prompts: list[tuple[bool, str, int | None, str, int, bool]]  # copied?, then Prompt without its session
    operations: list[tuple[str, str, int | None, str, bool, str]]  # agent, tool use id, then Operation from `time`
    notices: list[tuple[bool, str, str, int | None, str, str, int | None]]  # copied?, uuid, agent, Notice from `time`
    told: dict[str, tuple[str, str]]  # by agent: first words of what it was told, and its key
    sidecar: tuple[str, ...]  # the fields of Sidecar


class _Use:
    """A tool use whose result may still come."""

    __slots__ = ("agent", "command", "created", "ended", "error", "facts", "key", "lines", "outcome", "size", "written")

    def __init__(self, agent: str, key: str, facts: tuple[Any, ...], command: str, written: bytes) -> None:
        self.agent, self.key, self.facts, self.command = agent, key, facts, command
        self.written = written  # the input of an edit, until its result is there
        self.ended: int | None = None
        self.outcome = self.error = ""
        self.size = 0
        self.lines = changed_lines.NONE
        self.created = False


class Actions:
    """Collects the deeds of one file. `session_id`: whose file it is, to tell copied prompts from its own."""

    def __init__(self, session_id: str) -> None:
        self.session_id = session_id
        self._met: set[str] = set()
        self._ids = ToolIds()
        self._uses: dict[str, _Use] = {}
        self._early: dict[str, tuple[Block, Any, int | None]] = {}  # results that stand before their use
        self._spawned: dict[str, Spawned] = {}
        self._prompts: list[tuple[bool, str, int | None, str, int, bool]] = []
        self._operations: list[tuple[str, str, int | None, str, bool, str]] = []
        self._notices: list[tuple[bool, str, str, int | None, str, str, int | None]] = []
        self._told: dict[str, tuple[str, str]] = {}

    def add(self, row: AnyRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        kind = row.type
        if row.attachment is not UNSET:
            return
        if kind in ("assistant", "user"):
            uuid = row.uuid
            uuid = uuid if uuid.__class__ is str else ""
            if uuid and uuid in self._met:
                return
            self._met.add(uuid)
            if kind == "assistant":
                self._assistant(row, agent, key, uuid)
            else:
                self._user(row, agent, uuid)
        elif kind == "system":
            self._system(row, agent)
        elif kind == "pr-link":
            link = row.prUrl
            if link.__class__ is str and link:
                time = milliseconds(row.timestamp)
                self._operations.append((agent, "", time, "pr_link", False, start_of(link, LONGEST_LABEL)))

    def _assistant(self, row: AnyRow, agent: str, key: str, uuid: str) -> None:
        message: Any = row.message
        content: Any = content_of(message)
        if content.__class__ is not list:
            return
        time = milliseconds(row.timestamp)
        if message.model == "<synthetic>" or row.isApiErrorMessage is True:
            kind, said = said_instead(row, texts_of(content).strip())
            if kind:
                self._notice(row, agent, time, kind, said)
            return
        for number, block in enumerate(content):
            if block.__class__ is Block and block.type == "tool_use":
                self._tool_use(block, agent, key, time, uuid, number)

    def _tool_use(self, block: Block, agent: str, key: str, time: int | None, uuid: str, number: int) -> None:
        name, reference = block.name, block.id
        logged = reference if reference.__class__ is str and reference else f"{uuid}:{number}"
        reference = self._ids.of_use(logged, agent, key, uuid) if logged is reference else logged
        if reference in self._uses:
            return  # the same block again
        name = name[:LONGEST_LABEL] if name.__class__ is str and name else "unknown"
        given, written = input_of(block.input) or Input(), compact(block.input)
        written = written if written.startswith(b"{") else b"{}"
        path = getattr(given, _FILE_TOOLS[name]) if name in _FILE_TOOLS else ""
        path = start_of(path, LONGEST_PATH) if path.__class__ is str else ""
        facts = (
            reference,
            name,
            start_of(path, LONGEST_LABEL) or used_on(given, written),
            path,
            same_call(name, written),
            time,
        )
        command = given.command if name in _SHELLS else ""
        command = command if command.__class__ is str else ""
        self._uses[reference] = _Use(agent, key, facts, command, written if name in changed_lines.EDITS else b"")
        if name in _SPAWNS:
            told = given.prompt
            told = told if told.__class__ is str else ""
            self._spawned[reference] = Spawned(
                "",
                short(given.subagent_type),
                short(given.description),
                first_words(told),
                key_of(told),
                given.run_in_background is True,
                (None, None, None),
            )
        if logged in self._early:
            self._result(*self._early.pop(logged), agent)

    def _user(self, row: AnyRow, agent: str, uuid: str) -> None:
        message: Any = row.message
        content: Any = content_of(message)
        time = milliseconds(row.timestamp)
        blocks = content if content.__class__ is list else ()
        results = [one for one in blocks if one.__class__ is Block and one.type == "tool_result"]
        if results:
            told = row.toolUseResult if len(results) == 1 else None
            for block in results:
                self._result(block, told, time, agent)
            return
        text = content if content.__class__ is str else texts_of(blocks)
        if text.lstrip().startswith(INTERRUPTED):
            self._notice(row, agent, time, "interrupted", text.strip())
        elif agent:
            if text and agent not in self._told and row.isMeta is not True:
                self._told[agent] = (first_words(text), key_of(text))
        else:
            asked_by, words = prompt_of(row, of_programs=True)
            if words.partition(" ")[0] in LEAVING:
                self._notice(row, agent, time, "left", "")
            if words:
                is_persons = asked_by == PERSON
                self._prompts.append((self._is_copy(row), uuid, time, first_words(words), len(words), is_persons))

    def _result(self, block: Block, told: Any, time: int | None, agent: str) -> None:
        reference, content = block.tool_use_id, block.content
        if reference.__class__ is not str:
            return
        use = self._uses.get(self._ids.of_result(reference, agent))
        if use is None:
            self._early.setdefault(reference, (block, told, time))
            return
        if use.outcome:
            return
        text, images = content if content.__class__ is str else "", 0
        if content.__class__ is list:
            text, images = (
                texts_of(content),
                sum(one.__class__ is ContentPart and one.type == "image" for one in content),
            )
        use.ended, use.size = time, size_of(text) + images * IMAGE
        use.outcome = outcome_of(text, told, failed=block.is_error is True)
        if use.outcome == "ok":
            use.lines = changed_lines.changed(told, use.facts[1], use.written)
            use.created = told.__class__ is Result and told.type == "create"
        else:
            use.error = first_words(_ERROR_TAG.sub("", text))
        use.written = b""
        if use.command:
            failed = use.outcome != "ok"
            for name, detail in shell_git.operations(use.command, text, told):
                self._operations.append((use.agent, use.facts[0], time, name, failed, detail))
        if use.facts[0] in self._spawned:
            self._spawn_result(use.facts[0], text, told)

    def _spawn_result(self, reference: str, text: str, told: Any) -> None:
        spawned, named = self._spawned[reference], _AGENT_ID.search(text)
        if told.__class__ is not Result:
            self._spawned[reference] = spawned._replace(agent_id=named[1] if named else "")
            return
        agent, agent_type = told.agentId, told.agentType
        figures = (told.totalTokens, told.totalToolUseCount, told.totalDurationMs)
        tokens, uses, ms = (None if figure is None else whole(figure)[0] for figure in figures)
        self._spawned[reference] = spawned._replace(
            agent_id=agent if agent.__class__ is str and agent else named[1] if named else "",
            agent_type=spawned.agent_type or short(agent_type),
            background=spawned.background or told.isAsync is True,
            reported=(tokens, uses, ms),
        )

    def _system(self, row: AnyRow, agent: str) -> None:
        kind, time = row.subtype, milliseconds(row.timestamp)
        if kind == "api_error":
            attempt, odd = whole(row.retryAttempt)
            self._notice(row, agent, time, "api_error", error_words(row.error), None if odd else attempt)
        elif kind == "turn_duration":
            took, odd = whole(row.durationMs)
            self._notice(row, agent, time, "turn_duration", "", None if odd else took)
        elif kind == "local_command" and leaves(row.content if isinstance(row, ToolsRow) else None):
            self._notice(row, agent, time, "left", "")

    def _notice(
        self, row: AnyRow, agent: str, time: int | None, kind: str, text: str, value: int | None = None
    ) -> None:
        uuid = row.uuid
        uuid = uuid if uuid.__class__ is str else ""
        self._notices.append((self._is_copy(row), uuid, agent, time, kind, first_words(text), value))

    def _is_copy(self, row: AnyRow) -> bool:
        """Whether a row was another session's before (T21)."""
        return bool(row.sessionId != self.session_id)

    def deeds(self, sidecar: Sidecar) -> Deeds:
        """All of it, as plain tuples."""
        uses = [
            (use.agent, use.key, *use.facts, use.ended, use.outcome, use.size, *use.lines, use.created, use.error)
            for use in self._uses.values()
        ]
        spawned = {reference: tuple(one) for reference, one in self._spawned.items()}
        notices, told = self._notices, self._told
        return Deeds(uses, spawned, self._prompts, self._operations, notices, told, tuple(sidecar))


def first_words(text: str) -> str:
    """The beginning of a text on one line."""
    return start_of(" ".join(start_of(text, 4 * LONGEST_LABEL).split()), LONGEST_LABEL)


def said_instead(row: AnyRow, said: str) -> tuple[str, str]:
    """What the program said in a response's stead, and its kind of store.Notice; "" where that is nothing."""
    if not said or said == NOT_SAID:
        return "", ""
    is_limit = row.error == "rate_limit" or _LIMIT.search(said)
    return "credits" if _CREDITS.search(said) else "limit" if is_limit else "api_message", said


def leaves(content: Any) -> bool:
    """Whether what a system row says is the command by which a session is left."""
    found = _COMMAND.match(content) if content.__class__ is str else None
    return found is not None and found[1] in LEAVING


def same_call(name: str, written: bytes) -> str:
    """Equal for calls of the same tool with the same input (T41). `written`: see labels.compact."""
    return f"{name} {_digest(written)}"


def key_of(text: str) -> str:
    """Equal for equal texts but for white space around them; "" for an empty one."""
    data = text.strip().encode("utf-8", "replace")
    return _digest(data) if data else ""


def _digest(data: bytes) -> str:
    """Equal for equal bytes, in every process."""
    return f"{len(data):x}-{crc32(data):08x}{adler32(data):08x}"


def used_on(given: Input, written: bytes) -> str:
    """The most telling text of a tool's input. `written`: see labels.compact."""
    for name in _USED_ON:
        value = getattr(given, name)
        if value.__class__ is str and value:
            return first_words(value)
    everything = value_of(written)
    values = everything.values() if everything.__class__ is dict else ()
    return first_words(next((value for value in values if value.__class__ is str and value), ""))


def outcome_of(text: str, told: Any, *, failed: bool) -> str:
    """How a tool use went, see store.ToolUse. `told`: what its result tells the screen."""
    said = told if told.__class__ is str else ""
    if not failed:
        return "interrupted" if told.__class__ is Result and told.interrupted is True else "ok"
    if text.startswith(_DENIED) or said.removeprefix("Error: ").startswith(_DENIED):
        return "denied"
    return "interrupted" if INTERRUPTED in text[:LONGEST_LABEL] else "error"


def error_words(error: Any) -> str:
    """What an API error says of itself, however deep it says it."""
    for _ in range(4):
        if error.__class__ is str:
            return str(error)
        if error.__class__ is not dict:
            return ""
        if error.get("message").__class__ is str and error["message"]:
            return str(error["message"])
        error = error.get("error") or error.get("cause")
    return ""
