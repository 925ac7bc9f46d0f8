"""What is handed on, field by field, and under which names.

A name that is Anthropic's or Claude Code's own (a model, a tool, a cause) goes as it is. Every other one (a project,
an MCP server, a model of somebody else's, a type of subagent) goes as a keyed hash, which is the same for all of a
team and says nothing to others; as it is only where that was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from tokenscope.answers.context.ledger_sources import WORDS as OWN_SOURCES
from tokenscope.credentials import masked
from tokenscope.history.counter_series import Field
from tokenscope.pricing.model_id import normalise
from tokenscope.team.stored_login import StoredLogin

OWN_MODELS = ("<synthetic>", "")  # rows of Claude Code's own, without a request
_CLAUDE = re.compile(r"claude-(?:[0-9]{1,2}-){0,2}(?:fable|mythos|opus|sonnet|haiku)(?:-[0-9]{1,2}){0,2}", re.ASCII)
LONGEST_NAME = 60  # characters
OWN_TOOLS = frozenset(
    (
        *("AskUserQuestion", "Bash", "BashOutput", "Edit", "EnterPlanMode", "ExitPlanMode", "Glob", "Grep"),
        *("KillShell", "LS", "MultiEdit", "NotebookEdit", "NotebookRead", "Read", "Skill", "SlashCommand", "subagent"),
        *("TaskOutput", "TaskStop", "TodoWrite", "ToolSearch", "WebFetch", "WebSearch", "Write"),
    )
)
NAMELESS_SOURCES = ("inherited", "unknown results")
OWN_AGENTS = frozenset(
    ("general-purpose", "Explore", "Plan", "statusline-setup", "output-style-setup", "claude-code-guide", "")
)

RESPONSE = (
    Field("id", "text", "a hash of the response's id"),
    Field("session", "text", "a hash of the session's id"),
    Field("time", "time?", "when it was made"),
    Field("input_tokens", "whole", "sent past the cache"),
    Field("output_tokens", "whole", "written by the model"),
    Field("cache_read_input_tokens", "whole", "carried"),
    Field("cache_creation_input_tokens", "whole", "written to the cache"),
    Field("ephemeral_1h_input_tokens", "whole", "of it, for an hour"),
    Field("context_tokens", "whole", "size of its prompt"),
    Field("rebuilt_tokens", "whole", "that the cache had lost"),
    Field("web_search_requests", "whole", "searches that the server made"),
    Field("revision", "whole", "date of the prices and version of the rules of counting"),
    Field("is_part", "yes", "a request inside a response"),
    Field("is_subagent", "yes", "made by a subagent"),
    Field("output_is_floor", "yes", "the log has no final output figure"),
    Field("project", "text", "a keyed hash of its git remote, or of its folder; with --names the folder's name"),
    Field("model", "text", "Claude's name; of others a keyed hash, with --names as it is"),
    Field("agent_type", "text", "of a subagent: Claude Code's own; of others a keyed hash, with --names as it is"),
    Field("cause", "text", "why context was rebuilt"),
    Field("list_price_usd", "dollars?", "at API list price"),
)
SESSION = (
    Field("session", "text", "a hash of the session's id"),
    Field("project", "text", "as above"),
    Field("started", "time?", "its first response"),
    Field("prompt_tokens", "whole", "of all its responses"),
    Field("floor_tokens", "whole?", "what it held before anything that the log shows (est.)"),
    Field("revision", "whole", "as above"),
    Field("ledger", "rows", "by source: tokens, list_price_usd, occurrences; a server's name as a keyed hash"),
    Field("causes", "rows", "by cause of rebuilds: count, tokens"),
)


class Naming(NamedTuple):
    """How names are handed on. `identity`: what a project is known by: its git remote, else its folder."""

    salt: str
    identity: Callable[[str], str]
    is_plain: bool = False

    def project(self, folder: str) -> str:
        name = folder.replace("\\", "/").rstrip("/").rpartition("/")[2]
        return self._named("project", name, self.identity(folder))

    def model(self, model: str) -> str:
        name = normalise(model)
        return name if name in OWN_MODELS or _CLAUDE.fullmatch(name) else self._named("model", model, model)

    def agent_type(self, agent_type: str) -> str:
        return agent_type if agent_type in OWN_AGENTS else self._named("agent", agent_type, agent_type)

    def source(self, source: str) -> str:
        tool = source.removesuffix(" results")
        if (
            source in OWN_SOURCES
            or (tool in OWN_TOOLS and tool != source)
            or source in ("inherited", "unknown results")
        ):
            return source
        kind = "MCP" if tool.startswith("MCP ") else "tool"
        return self._named(kind, tool.removeprefix("MCP "), tool, " ")

    def _named(self, kind: str, name: str, known_by: str, space: str = "-") -> str:
        if self.is_plain:
            told = "".join(one for one in masked(name) if one.isprintable())[:LONGEST_NAME].strip() or "?"
            return f"MCP {told}" if kind == "MCP" else told
        digest = blake2b(f"{kind}\0{known_by}".encode("utf-8", "replace"), key=self.salt.encode()[:64], digest_size=6)
        return f"{kind}{space}{digest.hexdigest()}"


def agreed_words(login: StoredLogin) -> Iterator[str]:
    """Exactly which fields go, line by line."""
    yield "What `tokenscope sync` hands on, and nothing else:"
    for title, fields in (("of a response", RESPONSE), ("of a session", SESSION)):
        yield f"\n{title}"
        width = max(len(field.name) for field in fields)
        yield from (f"  {field.name.ljust(width)}  {field.meaning}" for field in fields)
    yield f"\nwith each batch\n  machine {login.machine}, and the version of tokenscope"
    names = (
        "Names of projects, servers, models and subagents go as they are (--names)."
        if login.names
        else (
            "Names of projects, servers and others' models and subagents go as hashes; --names has them go as they are."
        )
    )
    yield f"\n{names}\nNo path, prompt, title, command, error, host or user name goes."
    yield "`tokenscope sync --dry-run` prints every row that would go, and sends none."
