"""What a file calls its session and where that went on: titles, summaries, worktrees, the first prompt (T42)."""

from __future__ import annotations

from typing import Any

from tokenscope.ingest.rows.schema import AnyRow

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


def string_of(value: Any) -> str:
    """A text of a row, or "" where it is none."""
    return value if value.__class__ is str else ""
