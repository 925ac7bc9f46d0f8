"""The columns of what an export hands on, and what each of them means."""

from __future__ import annotations

from typing import NamedTuple


class Field(NamedTuple):
    """A column. kind: "text", "whole" (a whole number), "dollars", "yes" (true or false), "time"; "…?": may be null."""

    name: str
    kind: str
    meaning: str
    is_text: bool = False  # words of a transcript


_WHOSE = (
    Field("session_id", "text", "the session"),
    Field("agent_id", "text?", "the subagent; null: the main thread"),
)

_COUNTERS = (
    Field("input_tokens", "whole", "sent past the cache"),
    Field("output_tokens", "whole", "written by the model, its thinking included"),
    Field("cache_read_input_tokens", "whole", "carried: context read again from the cache"),
    Field("cache_creation_input_tokens", "whole", "written to the cache: 5m and 1h together"),
    Field("ephemeral_5m_input_tokens", "whole", "of it, for five minutes"),
    Field("ephemeral_1h_input_tokens", "whole", "of it, for an hour"),
    Field("total_tokens", "whole", "input, output, cache read and cache creation"),
)

_PRICE = Field("list_price_usd", "dollars?", "at API list price of its day; null: no price is known")

_TITLE = Field("title", "text?", "the session's: as Claude Code or you named it, else its first words", is_text=True)

MESSAGES = (
    Field("time", "time?", "its first row; null: the log has no readable time"),
    *_WHOSE,
    Field("project", "text", "the folder that the session worked in; of a worktree its repository"),
    Field("model", "text", "as the log names it"),
    Field("message_id", "text", "message.id; of a gateway's untrusted ids, what tells them apart"),
    Field("part", "text?", "null: a response; else a request inside it, which counts as tokens, not as a response"),
    *_COUNTERS,
    Field("context_tokens", "whole", "size of the prompt of its largest request"),
    Field("rebuilt_tokens", "whole", "of its cache creation, context that the cache had lost"),
    Field("web_search_requests", "whole", "web searches that the server made"),
    Field(
        "tariff",
        "text?",
        "how it was served: batch, fast, priority, refused, us; what is not known as tier=flex",
    ),
    Field("output_is_floor", "yes", "the log never got the final output figure"),
    _PRICE,
    _TITLE,
)

ATTRIBUTION = (
    Field("agent_type", "text?", "of a subagent, where the log names it"),
    Field("cause", "text?", "why `rebuilt_tokens` were rebuilt, as `context` names it; null: nothing was"),
)

SESSIONS = (
    Field("session_id", "text", "the session"),
    Field("project", "text", "the folder that it worked in; of a worktree its repository"),
    Field("branch", "text?", "the git branch that it started on"),
    Field("version", "text?", "the Claude Code that it started with"),
    Field("started_at", "time?", "its first response"),
    Field("ended_at", "time?", "its last response"),
    Field("subagents", "whole", "those with a response"),
    Field("messages", "whole", "responses"),
    *_COUNTERS,
    _PRICE,
    _TITLE,
    Field("floor_tokens", "whole?", "of its main thread (est.): held before anything that the log shows"),
)

LEDGER = (
    Field("session_id", "text", "the session"),
    Field("source", "text", "who put it into the context, as `context` names it"),
    Field("tokens", "whole", "of all its prompts (est. inside each, scaled to its exact size)"),
    Field("list_price_usd", "dollars?", "of them, at API list price; null: no price is known"),
    Field("occurrences", "whole", "how often something came from there"),
)

CAUSES = (
    Field("session_id", "text", "the session"),
    Field("cause", "text", "why the cache had lost context, as `context` names it"),
    Field("count", "whole", "rebuilds"),
    Field("tokens", "whole", "that they wrote again"),
)

TOOL_USES = (
    Field("time", "time?", "when it was asked for"),
    *_WHOSE,
    Field("message_id", "text?", "the response that made it"),
    Field("id", "text", "the tool use"),
    Field("tool", "text", "its name"),
    Field("path", "text?", "of the file that it read or wrote"),
    Field("outcome", "text?", "ok, error, denied, interrupted; null: no result in the log"),
    Field("ended_at", "time?", "when its result arrived"),
    Field("result_bytes", "whole", "size of the result that the model saw"),
    Field("lines_added", "whole", "by an edit or a write that succeeded"),
    Field("lines_removed", "whole", "likewise"),
    Field("created", "yes", "it made a new file"),
    Field("what", "text?", "what it was used on: a command, a pattern, a description", is_text=True),
    Field("error", "text?", "what a failed one said", is_text=True),
)

FILES = (
    Field("session_id", "text", "the session"),
    Field("path", "text", "the file"),
    Field("reads", "whole", "successful uses of Read"),
    Field("edits", "whole", "of Edit, MultiEdit, NotebookEdit"),
    Field("writes", "whole", "of Write"),
    Field("lines_added", "whole", "by them; what Bash changed is not seen"),
    Field("lines_removed", "whole", "likewise"),
    Field("created", "yes", "the session made it"),
)

GIT = (
    Field("time", "time?", "when it was done: its result arrived"),
    *_WHOSE,
    Field("project", "text", "the folder that the session worked in; of a worktree its repository"),
    Field("operation", "text", "commit, push, pull, branch, pr_create …; pr_link: the session was tied to one"),
    Field("failed", "yes", "the command ended in an error"),
    Field("detail", "text?", "a branch, a commit, a link"),
)

PROMPTS = (
    Field("time", "time?", "when it was sent"),
    Field("session_id", "text", "the session"),
    Field("characters", "whole", "its length"),
    Field("words", "text", "its first 160 characters", is_text=True),
)
