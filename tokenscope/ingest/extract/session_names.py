"""What a file says of its session beside the conversation: what it is called and where it went on (T42), and when its
context was compacted (T33) or somebody came to it from elsewhere."""

from __future__ import annotations

from typing import Any

from tokenscope.ingest.extract.ids import agent_of
from tokenscope.ingest.rows.counters import whole
from tokenscope.ingest.rows.schema import AnyRow
from tokenscope.ingest.times import milliseconds

TITLE_FIELDS = {"custom-title": "customTitle", "ai-title": "aiTitle", "agent-name": "agentName"}
NAMING = frozenset({"summary", "continued-in", "worktree-state", *TITLE_FIELDS})  # types of rows


class SessionNames:
    """Collects them. `agent_id`: of the subagent whose file it is."""

    def __init__(self, agent_id: str) -> None:
        self._agent_id = agent_id
        self._looked_at = 0  # rows
        self.first_prompt = (0, "")
        self.titles: dict[str, str] = {}
        self.summaries: dict[str, str] = {}
        self.worktrees: dict[str, str] = {}
        self.continued_in = ""

    def wants_prompt(self, row: AnyRow) -> bool:
        """Take a row as what its session may be called; False once nothing better is to come."""
        from tokenscope.ingest.rows import prompt_words  # noqa: PLC0415 - half a ms

        self._looked_at += 1
        if row.type == "user":
            read = prompt_words.subagent_candidate if self._agent_id else prompt_words.title_candidate
            self.first_prompt = prompt_words.better(self.first_prompt, read(row))
        return self.first_prompt[0] < prompt_words.WORDS and self._looked_at < prompt_words.LAST_ROW

    def add(self, row: AnyRow, kind: str) -> str:
        """Take in a row whose type is in NAMING; returns the title that the model gave, or ""."""
        if kind == "summary":
            leaf, text = string_of(row.leafUuid), string_of(row.summary)
            if leaf and text:
                self.summaries[leaf] = text
        elif kind == "continued-in":
            self.continued_in = string_of(row.continuedInSessionId)
        elif kind == "worktree-state":
            state: Any = row.worktreeSession
            state = state if state.__class__ is dict else {}
            if (path := string_of(state.get("worktreePath"))) and (origin := string_of(state.get("originalCwd"))):
                self.worktrees[path] = origin
        elif title := string_of(getattr(row, TITLE_FIELDS[kind])):
            self.titles[kind] = title
            return title if kind == "ai-title" else ""
        return ""


class SystemRows:
    """Collects what rows of the type system say. `agent_id`: of the subagent whose file it is."""

    def __init__(self, path: str, agent_id: str) -> None:
        self._path, self._agent_id = path, agent_id
        self.compactions: list[tuple[str, int, str, int, int]] = []  # as in extract.Extract, like the two below
        self.bridges: list[tuple[str, int]] = []
        self.recaps: list[tuple[str, str]] = []

    def add(self, row: AnyRow) -> None:
        """Take in a row of that type."""
        time, subtype = milliseconds(row.timestamp), row.subtype
        if subtype == "away_summary":
            self.recaps.append(("recap", string_of(row.uuid) or f"{self._path}:{len(self.recaps)}"))
        elif subtype == "bridge_status" and time is not None:
            self.bridges.append((agent_of(row, self._agent_id), time))
        elif subtype == "compact_boundary" and time is not None:
            about: Any = row.compactMetadata
            about = about if about.__class__ is dict else {}
            before, _ = whole(about.get("preTokens", 0))
            after, _ = whole(about.get("postTokens", 0))
            trigger = string_of(about.get("trigger"))
            self.compactions.append((agent_of(row, self._agent_id), time, trigger, before, after))


def string_of(value: Any) -> str:
    """A text of a row, or "" where it is none."""
    return value if value.__class__ is str else ""
