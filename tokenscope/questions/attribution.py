"""What did skills, plugins, MCP servers and subagents use, and what did carrying their material cost?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from tokenscope.answers.context.extensions import carried_by_extensions
from tokenscope.answers.usage.usage_table import CAPTION, CAVEATS, group_name, nouns
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import GroupSum, StampField, by_stamp, sum_by_name
from tokenscope.ledger.ledger import build_ledger
from tokenscope.model import Facet, Usage
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing, Question, Reading

CARRYING = ("skill", "server")  # of which the ledger knows what they put into contexts
_APART = re.compile(r"\W+")  # a tool's name writes these characters of its server's as _


class Attributed(Value):
    """What was used under one name; `name` null: the log names none.

    `carried_tokens` (est.): of what it put into contexts, a skill's words or a server's results, whoever's responses
    carried them, so that they are no part of `usage`; null where the log does not tell them apart.
    """

    name: str | None
    usage: Usage
    share: float | None  # of all tokens
    sessions: int
    carried_tokens: int | None


class AttributionReport(Value):
    """Each list adds up to `total`. `skill_listing_tokens`, `announcement_tokens`: carried (est.), of all together."""

    skills: list[Attributed]
    plugins: list[Attributed]
    servers: list[Attributed]
    agents: list[Attributed]
    total: Usage
    skill_listing_tokens: int
    announcement_tokens: int


def analyze(history: History) -> AttributionReport:
    """Usage by what the log says that each response was made for."""
    carried = carried_by_extensions(history.once(build_ledger))
    skills, plugins, servers, agents = (
        sum_by_name(history, by_stamp(history, field))
        for field in (StampField.SKILL, StampField.PLUGIN, StampField.SERVER, StampField.AGENT)
    )
    attachments = carried.attachments
    return AttributionReport(
        _with_carried(skills, carried.bodies),
        [_attributed(one, None) for one in plugins],
        _with_carried(servers, carried.results),
        [_attributed(one, None) for one in agents],
        history.total.usage(),
        round(attachments.get("skill_listing", 0)),
        round(attachments.get("deferred_tools_delta", 0) + attachments.get("mcp_instructions_delta", 0)),
    )


def _with_carried(groups: Sequence[GroupSum], carried: Mapping[str, float]) -> list[Attributed]:
    """Also what no response is stamped with, but was carried: older logs have no stamps."""
    left = {_plain(name): (name, tokens) for name, tokens in carried.items()}
    rows = []
    for group in groups:
        _, tokens = left.pop(_plain(group.name), ("", 0.0)) if group.name else ("", 0.0)
        rows.append(_attributed(group, round(tokens) if group.name else None))
    unstamped = [Attributed(name, Usage(), 0.0, 0, round(tokens)) for name, tokens in left.values() if round(tokens)]
    unstamped.sort(key=lambda one: (-(one.carried_tokens or 0), one.name or ""))
    nameless = rows[-1:] if rows and rows[-1].name is None else []
    return [*rows[: len(rows) - len(nameless)], *unstamped, *nameless]


def _plain(name: str) -> str:
    """A skill without its plugin, a server as the names of its tools write it."""
    return _APART.sub("_", name.rpartition(":")[2] if name.count(":") == 1 else name)


def _attributed(group: GroupSum, carried: int | None) -> Attributed:
    return Attributed(group.name, group.usage, group.share, group.sessions, carried)


def cards(report: AttributionReport, drawing: Drawing) -> tuple[Card, ...]:
    parts = (
        ("Skills", "skill", report.skills),
        ("Plugins", "plugin", report.plugins),
        ("MCP servers", "server", report.servers),
        ("Subagents", "agent", report.agents),
    )
    return tuple(_card(title, by, rows, report, drawing) for title, by, rows in parts)


def _card(title: str, by: str, rows: Sequence[Attributed], report: AttributionReport, drawing: Drawing) -> Card:
    one, many = nouns(by)
    notes = _notes(by, report)
    named = [row for row in rows if row.name]
    if not named:
        return Card(title, f"The log names no {one} with any response here.", notes)
    columns = (
        Column(one, "label"),
        Column("tokens", "number"),
        Column("of tokens", "number"),
        Column("responses", "number", spare=True),
        Column("sessions", "number", spare=True),
        Column("list price", "dollars"),
        *((Column("carried", "number"),) if by in CARRYING else ()),
        Column("", "bar"),
    )
    shown = rows[: drawing.limit]
    shares = figures.shares([row.share for row in shown])
    table = Table(columns, tuple(_row(row, by, part) for row, part in zip(shown, shares, strict=True)),
                  len(rows) - len(shown), _total(report.total) if len(rows) > 1 else None)  # fmt: skip
    caption = f"{CAPTION} · {CAVEATS[by]}" if by in CAVEATS else CAPTION
    if by in CARRYING:
        caption += " · carried: est."
    return Card(title, _sentence(named, rows, one, many), (table, *notes), (), caption)


def _sentence(named: Sequence[Attributed], rows: Sequence[Attributed], one: str, many: str) -> str:
    first = named[0]
    if not first.usage.messages:
        return f"The log names no {one} with any response here; what they put there was carried."
    rest = f"; {figures.share(rows[-1].share)} bear no {one}'s name" if rows[-1].name is None else ""
    among = f", the most of {len(named)} {many}" if len(named) > 1 else ""
    return f"{first.name} took {figures.share(first.share)} of your tokens{among}{rest}."


def _row(row: Attributed, by: str, part: str) -> Row:
    carried = figures.tokens(row.carried_tokens) if row.carried_tokens else ""
    cells = (
        group_name(row.name, by),
        figures.tokens(row.usage.total_tokens),
        part,
        figures.count(row.usage.messages),
        figures.count(row.sessions),
        figures.dollars(row.usage.list_price_usd),
        *((carried,) if by in CARRYING else ()),
        float(row.usage.total_tokens),
    )
    return Row(cells, tone=Tone.CARRIED)


def _total(total: Usage) -> Row:
    """What a list adds up to; a session may be in several rows."""
    tokens, price = figures.tokens(total.total_tokens), figures.dollars(total.list_price_usd)
    return Row((IN_ALL, tokens, figures.share(1), figures.count(total.messages), "", price))


def _notes(by: str, report: AttributionReport) -> tuple[Note, ...]:
    said = {
        "skill": (report.skill_listing_tokens, "the listing of all skills was"),
        "server": (report.announcement_tokens, "announcements of tools were"),
    }
    tokens, what = said.get(by, (0, ""))
    return (Note(f"{what} carried for {figures.tokens(tokens)} tokens", Tone.DIM),) if tokens else ()


QUESTION = Question(
    name="attribution",
    help="What skills, plugins, MCP servers and subagents used.",
    reading=Reading(Facet.ITEMS | Facet.STAMPS),
    analyze=analyze,
    cards=cards,
    next=("context", "subagents", "daily"),
    examples=("", "--since 7d", "--only branch=main"),
)
