"""MCP servers, skills and hooks: what was loaded, what was used, and what of it was carried."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from math import fsum
from typing import NamedTuple

from tokenscope.answers.context.floor import FloorReport
from tokenscope.history.history import History
from tokenscope.ledger.ledger import Ledger
from tokenscope.names import OF_SERVERS, server_of_entry
from tokenscope.value import Record, Value, field
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing


class Server(Value):
    """`tools_offered`: different ones that were announced; `result_tokens`: carried (est.)."""

    server: str
    tools_offered: int
    sessions_loaded: int
    sessions_used: int
    calls: int
    result_tokens: int
    floor_steps: list[date]  # days on which a project's floor grew by a step and the server was announced anew


class ExtensionsReport(Value):
    """Of the sessions in scope. What a single server's tool definitions weigh is not in the log, so not here.

    `skill_listing_tokens`, `skill_body_tokens`, `announcement_tokens`, `hook_tokens`: carried (est.).
    `skills_never_used`: by name, those in the most sessions first, 20 at most.
    """

    servers: list[Server]
    skills_offered: int
    skills_used: int
    skills_never_used: list[str]
    skill_listing_tokens: int
    skill_body_tokens: int
    announcement_tokens: int
    hook_tokens: int


class _Sessions(Record):
    tools: set[str] = field(default_factory=set)
    loaded: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    calls: int = 0


def measure_extensions(history: History, ledger: Ledger, floor: FloorReport | None = None) -> ExtensionsReport:
    """What the sessions in scope were offered and what they used. `floor`: with the steps that servers came with."""
    threads = history.store.threads
    in_scope = {threads[message.thread].session_id for message in history.messages}
    servers: dict[str, _Sessions] = defaultdict(_Sessions)
    offered: Counter[str] = Counter()
    used = set()
    for one in history.store.inventory:
        if one.session_id not in in_scope:
            continue
        if one.kind == "skill_offered":
            offered[one.name] += 1
        elif one.kind == "skill_used":
            used.add(one.name)
        elif one.kind in OF_SERVERS:
            _enter(servers, one.session_id, one.kind, one.name, one.times)
    results, attachments, bodies = carried_by_extensions(ledger)
    steps: dict[str, list[date]] = defaultdict(list)
    for step in (
        step for project in (floor.projects if floor else ()) for step in project.steps if step.after > step.before
    ):
        for name in step.announced:
            steps[name].append(step.date)
    rows = [
        Server(
            name,
            len(one.tools),
            len(one.loaded),
            len(one.used),
            one.calls,
            round(results.get(name, 0)),
            sorted(steps[name]),
        )
        for name, one in servers.items()
    ]
    rows.sort(key=lambda row: (-row.sessions_loaded, row.server))
    return ExtensionsReport(
        servers=rows,
        skills_offered=len(offered),
        skills_used=len(used),
        skills_never_used=[name for name, _ in offered.most_common() if name not in used][:20],
        skill_listing_tokens=round(attachments["skill_listing"]),
        skill_body_tokens=round(fsum(bodies.values())),
        announcement_tokens=round(attachments["deferred_tools_delta"] + attachments["mcp_instructions_delta"]),
        hook_tokens=round(fsum(tokens for kind, tokens in attachments.items() if kind.startswith("hook_"))),
    )


def _enter(servers: dict[str, _Sessions], session_id: str, kind: str, name: str, times: int) -> None:
    """A session that calls a server has it loaded, whether that was announced or not."""
    one = servers[server_of_entry(kind, name)]
    one.loaded.add(session_id)
    if kind == "tool_offered":
        one.tools.add(name)
    elif kind == "tool_used":
        one.used.add(session_id)
        one.calls += times


class CarriedExtensions(NamedTuple):
    """Tokens carried (est.) of results by server, of attachments by type, of skills' bodies by skill."""

    results: dict[str, float]
    attachments: dict[str, float]
    bodies: dict[str, float]


def carried_by_extensions(ledger: Ledger) -> CarriedExtensions:
    """What servers, hooks and skills put into contexts."""
    bodies: dict[str, float] = defaultdict(float)
    results: dict[str, float] = defaultdict(float)
    attachments: dict[str, float] = defaultdict(float)
    for label, entry in ledger.entries.items():
        kind, source = label[0], label[1]
        if kind == "tool_result":
            if source.startswith("MCP "):
                results[source.removeprefix("MCP ").removesuffix(" results")] += entry.tokens
        elif kind == "attachment":
            attachments[label[2]] += entry.tokens
        elif source == "skill bodies":
            bodies[label[2]] += entry.tokens
    return CarriedExtensions(results, attachments, bodies)


def extensions_card(report: ExtensionsReport, drawing: Drawing) -> Card:
    """Which servers were loaded for nothing."""
    title = "MCP servers, skills and hooks"
    notes = _notes(report)
    if not report.servers:
        return Card(title, "No MCP server was announced or called.", notes)
    idle = [server for server in report.servers if not server.calls]
    count = figures.plural(len(report.servers), "MCP server")
    sentence = f"Of {count}, {len(idle)} {'was' if len(idle) == 1 else 'were'} loaded and never called."
    if not idle:
        sentence = f"All of {count} were called." if len(report.servers) > 1 else "The one MCP server was called."
    columns = (
        Column("server", "text"),
        Column("tools", "number", spare=True),
        Column("loaded in", "number"),
        Column("called in", "number", spare=True),
        Column("calls", "number"),
        Column("results", "number"),
        Column("note", "remark"),
    )
    shown = report.servers[: min(8, drawing.limit)]
    rows = tuple(
        Row(
            (
                server.server,
                figures.count(server.tools_offered) if server.tools_offered else "",
                figures.count(server.sessions_loaded),
                figures.count(server.sessions_used),
                figures.count(server.calls),
                figures.tokens(server.result_tokens),
                _step_remark(server, drawing),
            )
        )
        for server in shown
    )
    unused = [server for server in idle if server.sessions_loaded > 1]
    caption = "loaded in, called in: sessions · results: tokens carried, est."
    table = Table(columns, rows, len(report.servers) - len(shown))
    return Card(title, sentence, (table, *notes), (_advice(unused),) if unused else (), caption)


def _advice(unused: list[Server]) -> str:
    """What to do about servers that several sessions loaded and none called."""
    first, *others = unused
    whose = f"{first.server} was loaded in {figures.plural(first.sessions_loaded, 'session')} and never called"
    if others:
        whose = f"{whose}, nor {'was' if len(others) == 1 else 'were'} {figures.plural(len(others), 'other')}"
    return f"{whose}: turn off in /mcp, or take out of .mcp.json, what you do not need"


def _step_remark(server: Server, drawing: Drawing) -> str:
    if not server.floor_steps:
        return ""
    return f"with a step of the floor on {figures.calendar_day(server.floor_steps[-1], drawing.zone, drawing.now)}"


def _notes(report: ExtensionsReport) -> tuple[Note, ...]:
    parts = []
    if report.skills_offered:
        parts.append(
            f"{report.skills_used} of {figures.plural(report.skills_offered, 'skill')} used; their listing was "
            f"carried for {figures.tokens(report.skill_listing_tokens)} tokens"
        )
    if report.skill_body_tokens:
        parts.append(f"bodies of used skills: {figures.tokens(report.skill_body_tokens)} tokens")
    if report.announcement_tokens:
        parts.append(f"announcements of tools: {figures.tokens(report.announcement_tokens)} tokens")
    if report.hook_tokens:
        parts.append(f"hooks' output: {figures.tokens(report.hook_tokens)} tokens")
    return tuple(Note(part, Tone.DIM) for part in ("; ".join(parts),) if part)
