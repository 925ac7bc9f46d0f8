"""What was used over time, as counters that only grow: the metrics that Claude Code itself exports, from its log.

Names and labels are those under which Claude Code's OpenTelemetry metrics arrive in Prometheus; `project` is added.
A counter has a sample at the end of every minute in which it grew, as a program that reports once a minute would
have sent, and one at that minute's beginning, so that it is seen to grow in this minute and not since the last one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tokenscope.history.activity import Activity
from tokenscope.history.history import History
from tokenscope.history.session_usage import session_sums
from tokenscope.model import PICODOLLARS, Message

STEP = 60_000  # ms
Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Metric:
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
