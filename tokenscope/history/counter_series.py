"""What an export hands on: the meaning of its columns, and counters that only grow, as Claude Code has them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.session_usage import session_sums
from tokenscope.model import PICODOLLARS, Message
from tokenscope.value import Value, field


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


STEP = 60_000  # ms
Labels = tuple[tuple[str, str], ...]


class Metric(Value):
    """A family of counters. Growth is by labels and minute, in whole units of which `scale` make one."""

    name: str
    help: str
    scale: int = 1
    growth: dict[Labels, dict[int, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))

    def add(self, time: int | None, amount: int, **labels: str) -> None:
        """Count something that has a time."""
        if time is not None and amount:
            self.growth[tuple(labels.items())][time // STEP] += amount


def samples(growth: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Seconds since the epoch and the counter then, in the order of time. `growth`: by minute."""
    value, last = 0, None
    for minute in sorted(growth):
        if minute != last:
            yield minute * STEP // 1000, value
        value += growth[minute]
        last = minute + 1
        yield last * STEP // 1000, value


def metrics(history: History) -> list[Metric]:
    """All that has a time (T51). Needs Facet.TOOLS."""
    return [*_usage(history), _sessions(history), *_activity(history)]


def _usage(history: History) -> tuple[Metric, Metric]:
    tokens = Metric("claude_code_token_usage_tokens_total", "Tokens used.")
    cost = Metric("claude_code_cost_usage_USD_total", "API list price in US dollars, where one is known.", PICODOLLARS)
    for message in history.messages:
        whose = _whose(history, message)
        for kind, amount in (
            ("input", message.input_tokens),
            ("output", message.output_tokens),
            ("cacheRead", message.cache_read_input_tokens),
            ("cacheCreation", message.cache_creation_input_tokens),
        ):
            tokens.add(message.time, amount, type=kind, **whose)
        price = history.pricer.price(message)
        if price is not None:
            cost.add(message.time, price.total, **whose)
    return tokens, cost


def _whose(history: History, message: Message) -> dict[str, str]:
    thread = history.thread_of(message)
    source = "subagent" if thread.agent_id else "main"
    return {"model": message.model, "query_source": source, "project": history.session_of(message).project}


def _sessions(history: History) -> Metric:
    sessions = Metric("claude_code_session_count_total", "Sessions, at their first response.")
    for one in session_sums(history):
        sessions.add(one.started, 1, project=one.session.project)
    return sessions


def _activity(history: History) -> tuple[Metric, Metric, Metric]:
    activity = history.once(Activity)
    commits = Metric("claude_code_commit_count_total", "Git commits.")
    requests = Metric("claude_code_pull_request_count_total", "Pull requests that were opened.")
    lines = Metric("claude_code_lines_of_code_count_total", "Lines of code changed by edits and writes.")
    for one in activity.operations:
        metric = {"commit": commits, "pr_create": requests}.get(one.name)
        if metric is not None and not one.failed:
            metric.add(one.time, 1, project=activity.project(one.thread))
    for use in activity.tool_uses:
        project = activity.project(use.thread)
        lines.add(use.time, use.lines_added, type="added", project=project)
        lines.add(use.time, use.lines_removed, type="removed", project=project)
    return commits, requests, lines
