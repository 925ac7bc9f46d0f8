"""Which tools were called, how it went, and what their results cost to carry?"""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.answers.activity.skills import SkillRow, command_rows, skill_rows, skills_card
from tokenscope.behaviour.tool_sums import ToolSums, sum_tool_uses
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import uses_by_tool
from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.densities import BYTES_A_TOKEN
from tokenscope.ledger.ledger_rows import Carried, CarriedByTools, carried_by_tools
from tokenscope.model import Facet
from tokenscope.names import server_of, tool_label
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing, Question, Reading

OFTEN = 20  # calls from which a share of failures says something
MANY_FAIL = 0.1
CAPTION = "results, carried: est. tokens · time: median until the result, your consent included"


class ToolRow(Value):
    """One tool's uses in scope. `denied`: by the person or their rules; `unanswered`: without a result in the log.

    Tokens are estimates: of the results as they came, and as they were carried by every later response in scope,
    with what was written into the tool. A tool of which only old results were carried has no calls.
    """

    tool: str
    server: str | None
    calls: int
    errors: int
    denied: int
    interrupted: int  # calls
    unanswered: int
    sessions: int
    subagent_calls: int
    result_tokens_est: int
    tokens_carried: int
    result_tokens_carried: int
    input_tokens_carried: int
    median_duration_ms: int | None
    most_frequent_error: str | None


class ServerRow(Value):
    """One MCP server's tools together; `tools`: how many of them were called."""

    server: str
    tools: int
    calls: int
    errors: int
    sessions: int
    tokens_carried: int


class ToolsReport(Value):
    """Of all tools together: `calls` and how they went; `tokens_carried` (est.) of all `context_tokens` in scope."""

    tools: list[ToolRow]
    servers: list[ServerRow]
    skills: list[SkillRow]
    calls: int
    errors: int
    denied: int  # calls
    subagent_calls: int
    subagent_share: float | None
    tokens_carried: int
    context_tokens: int


def analyze(history: History) -> ToolsReport:
    """Tool uses in scope, those that were carried most first."""
    history.once(start_walks)  # other processes begin with the ledger while this one adds up
    uses = history.once(Activity).tool_uses
    sums, skills = sum_tool_uses(history, uses_by_tool(uses)), [*skill_rows(history), *command_rows(history)]
    tools = _tool_rows(sums, history.once(carried_by_tools))
    errors, denied, subagent_calls, carried = _added_up(tools, "errors", "denied", "subagent_calls", "tokens_carried")
    return ToolsReport(
        tools=tools,
        servers=_server_rows(tools, sums),
        skills=skills,
        calls=len(uses),
        errors=errors,
        denied=denied,
        subagent_calls=subagent_calls,
        subagent_share=share_of(subagent_calls, len(uses)),
        tokens_carried=carried,
        context_tokens=history.once(carried_by_tools).prompt_tokens,
    )


def _tool_rows(sums: dict[str, ToolSums], carried: CarriedByTools) -> list[ToolRow]:
    names = {*sums, *(tool for tool, one in carried.by_tool.items() if one.tokens)}
    rows = [_tool_row(name, sums.get(name, ToolSums()), carried.by_tool.get(name, Carried())) for name in names]
    return sorted(rows, key=lambda row: (-row.tokens_carried, -row.calls, row.tool))


def _tool_row(name: str, one: ToolSums, carried: Carried) -> ToolRow:
    return ToolRow(
        tool=name,
        server=server_of(name) or None,
        calls=one.calls,
        errors=one.outcomes["error"],
        denied=one.outcomes["denied"],
        interrupted=one.outcomes["interrupted"],
        unanswered=one.outcomes[""],
        sessions=len(one.sessions),
        subagent_calls=one.subagent_calls,
        result_tokens_est=round(one.result_bytes / BYTES_A_TOKEN),
        tokens_carried=carried.tokens,
        result_tokens_carried=carried.results,
        input_tokens_carried=carried.inputs,
        median_duration_ms=one.median_duration_ms,
        most_frequent_error=min(one.errors, key=lambda said: (-one.errors[said], said), default=None),
    )


def _server_rows(tools: Sequence[ToolRow], sums: dict[str, ToolSums]) -> list[ServerRow]:
    rows = []
    for server in {row.server for row in tools if row.server}:
        own = [row for row in tools if row.server == server]
        calls, errors, carried = _added_up(own, "calls", "errors", "tokens_carried")
        sessions = [sums[row.tool].sessions for row in own if row.calls]
        rows.append(ServerRow(server, len(sessions), calls, errors, len(set().union(*sessions)), carried))
    return sorted(rows, key=lambda row: (-row.tokens_carried, -row.calls, row.server))


def _added_up(rows: Sequence[ToolRow] | Sequence[ServerRow], *names: str) -> list[int]:
    return [sum(getattr(row, name) for row in rows) for name in names]


def cards(report: ToolsReport, drawing: Drawing) -> tuple[Card, ...]:
    if not report.tools:
        return (Card("Tools", "No tool was called here."),)
    others = [_servers_card(report, drawing)] if report.servers else []
    return (_tools_card(report, drawing), *others, *([skills_card(report.skills, drawing)] if report.skills else []))


def _tools_card(report: ToolsReport, drawing: Drawing) -> Card:
    shown = report.tools[: drawing.limit]
    columns = (
        Column("tool", "path"),
        Column("calls", "number"),
        Column("errors", "number"),
        Column("denied", "number", spare=True),
        Column("results", "number"),
        Column("carried", "number"),
        Column("time", "number", spare=True),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (
                tool_label(row.tool),
                figures.count(row.calls or None),
                figures.count(row.errors or None),
                figures.count(row.denied or None),
                figures.tokens(row.result_tokens_est),
                figures.tokens(row.tokens_carried),
                figures.duration(row.median_duration_ms),
                float(row.tokens_carried),
            ),
            tone=Tone.CARRIED,
        )
        for row in shown
    )
    counts = [figures.count(number or None) for number in (report.calls, report.errors, report.denied)]
    (results,) = _added_up(report.tools, "result_tokens_est")
    whole = Row((IN_ALL, *counts, figures.tokens(results), figures.tokens(report.tokens_carried)))
    table = Table(columns, rows, len(report.tools) - len(shown), whole if len(report.tools) > 1 else None)
    return Card("Tools", _sentence(report), (table,), _actions(report.tools), CAPTION)


def _sentence(report: ToolsReport) -> str:
    calls = figures.plural(report.calls, "tool call")
    by_subagents = f", {figures.share(report.subagent_share)} of them by subagents" if report.subagent_calls else ""
    if not report.tokens_carried:
        return f"{calls}{by_subagents}; nothing of them was carried."
    first = report.tools[0]
    part = share_of(first.tokens_carried, report.context_tokens)
    most = f"What {tool_label(first.tool)} put there was carried most: {figures.share(part)} of all context."
    return f"{calls}{by_subagents}. {most}"


def _actions(tools: Sequence[ToolRow]) -> tuple[str, ...]:
    """The tool that fails most of those that fail often, and what it says then."""
    often = [row for row in tools if row.calls >= OFTEN and row.errors / row.calls >= MANY_FAIL]
    if not often:
        return ()
    worst = max(often, key=lambda row: (row.errors / row.calls, row.tool))
    words = f"; most often: {figures.shortened(worst.most_frequent_error)}" if worst.most_frequent_error else ""
    part = figures.share(worst.errors / worst.calls)
    return (f"look at why {tool_label(worst.tool)} failed in {part} of its {worst.calls:,} calls{words}",)


def _servers_card(report: ToolsReport, drawing: Drawing) -> Card:
    shown = report.servers[: drawing.limit]
    columns = (
        Column("server", "path"),
        Column("tools", "number"),
        Column("calls", "number"),
        Column("errors", "number"),
        Column("sessions", "number"),
        Column("carried", "number"),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (
                row.server,
                figures.count(row.tools),
                figures.count(row.calls),
                figures.count(row.errors or None),
                figures.count(row.sessions),
                figures.tokens(row.tokens_carried),
                float(row.tokens_carried),
            ),
            tone=Tone.CARRIED,
        )
        for row in shown
    )
    calls, tokens, errors, tools = _added_up(report.servers, "calls", "tokens_carried", "errors", "tools")
    sentence = (
        f"{figures.plural(calls, 'call')} to {figures.plural(len(report.servers), 'MCP server')}; carrying what they "
        f"were given and gave back took {figures.tokens(tokens)} tokens."
    )
    counts = (figures.count(tools), figures.count(calls), figures.count(errors or None), "", figures.tokens(tokens))
    table = Table(columns, rows, len(report.servers) - len(shown), Row((IN_ALL, *counts)) if len(shown) > 1 else None)
    return Card("MCP servers", sentence, (table,), (), f"est. · loaded for nothing: {drawing.command} context")


QUESTION = Question(
    name="tools",
    help="Tool calls, how they went, and what their results cost to carry.",
    reading=Reading(Facet.ITEMS | Facet.CALLS | Facet.PROMPTS),
    analyze=analyze,
    cards=cards,
    begin=start_walks,
    rows="tools",
    group="What was done",
    next=("files", "git", "context"),
    examples=("", "--project shop", "--csv"),
)
