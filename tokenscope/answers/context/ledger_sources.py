"""What sat in the context, who put it there, and what carrying it cost."""

from __future__ import annotations

from collections import defaultdict
from math import fsum

from tokenscope.history.history import History
from tokenscope.history.usage import dollars_of, share_of
from tokenscope.ledger.ledger import Entry, Ledger
from tokenscope.ledger.ledger_rows import leaves_of
from tokenscope.value import Value, replace
from tokenscope.view import figures
from tokenscope.view.card import IN_ALL, Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

ITEMS_A_SOURCE = 20
WORDS = {
    "floor": "system, tools, memory",
    "inherited": "what forks began with",
    "kept by compaction": "beside the summary",
    "prompts": "what you wrote",
    "tool inputs": "edits and commands",
    "model text": "what it said",
    "attachments": "reminders, hooks, files",
    "summaries": "written by compactions",
    "thinking": "beside its words",
    "skill bodies": "what skills told it",
    "spawn prompts": "told to subagents",
    "commands and notices": "",
    "not logged": "without a trace",
}
# What has no item of its own, in a source of which something has one.
NAMELESS = {"image": "in prompts", "thinking": "with its text"}
SENTENCES = {
    "floor": "of all context was the floor: system prompt, tools and memory, before you typed a word.",
    "tool_result": "of all context was {source}: put there once, carried by every later response.",
    "tool_input": "of all context was what it had written itself into tools: edits and commands.",
}


class ItemRow(Value):
    """`responses`: how many carried it, on average over its occurrences."""

    item: str
    tokens: int
    share: float | None  # of all prompt tokens
    list_price_usd: float | None
    occurrences: int
    responses: float


class SourceRow(Value):
    """`items`: the largest ones; `items_left_out` of the others are counted in the source alone."""

    source: str
    kind: str
    tokens: int
    share: float | None
    list_price_usd: float | None
    occurrences: int
    responses: float
    items: list[ItemRow]
    items_left_out: int


class LedgerReport(Value):
    """The sources sum to `prompt_tokens`, exactly. `sessions`: how many, where only the newest were looked into."""

    prompt_tokens: int
    sources: list[SourceRow]
    sessions: int | None = None


def measure_ledger(history: History, ledger: Ledger) -> LedgerReport:
    """Every prompt token in scope by source, and inside it by item."""
    by_source: dict[tuple[str, str], list[tuple[str, int, int, Entry]]] = defaultdict(list)
    for leaf in leaves_of(ledger):
        by_source[leaf.kind, leaf.source].append((leaf.item, leaf.tokens, leaf.price, leaf.entry))
    rows = [_source(kind, source, found, ledger.prompt_tokens) for (kind, source), found in by_source.items()]
    rows.sort(key=lambda row: (-row.tokens, row.source))
    known = history.store.sessions_with_content
    return LedgerReport(
        ledger.prompt_tokens, [row for row in rows if row.tokens], None if known is None else len(known)
    )


def with_items(report: LedgerReport, most: int) -> LedgerReport:
    """The same with at most so many items a source."""
    return replace(report, sources=[_shortened(row, most) for row in report.sources])


def _shortened(row: SourceRow, most: int) -> SourceRow:
    left_out = row.items_left_out + max(0, len(row.items) - most)
    return replace(row, items=row.items[:most], items_left_out=left_out)


def _source(kind: str, source: str, found: list[tuple[str, int, int, Entry]], whole: int) -> SourceRow:
    if any(item for item, *_ in found):
        nameless = NAMELESS.get(kind, "no name")
        found = [(item or nameless, size, price, entry) for item, size, price, entry in found]
    found.sort(key=lambda item: (-item[1], item[0]))
    tokens, cost = sum(item[1] for item in found), sum(item[2] for item in found)
    occurrences = sum(entry.occurrences for *_, entry in found)
    items = [
        ItemRow(item, size, share_of(size, whole), _usd(price, size), entry.occurrences, _average(entry))
        for item, size, price, entry in found[:ITEMS_A_SOURCE]
        if item
    ]
    carried_with = sum(entry.carried_with for *_, entry in found)
    average = round(carried_with / occurrences, 1) if occurrences else 0.0
    left_out = sum(bool(item[0]) for item in found) - len(items)
    return SourceRow(
        source, kind, tokens, share_of(tokens, whole), _usd(cost, tokens), occurrences, average, items, left_out
    )


def _usd(price: int, tokens: int) -> float | None:
    """None where tokens cost nothing: no price is known then."""
    return dollars_of(price) if price or not tokens else None


def _average(entry: Entry) -> float:
    return round(entry.carried_with / entry.occurrences, 1) if entry.occurrences else 0.0


def ledger_card(report: LedgerReport, drawing: Drawing, *, items: int = 2, floor: float | None = None) -> Card:
    """Sources from the largest down, and under the largest ones what was in them. `floor`: its usual tokens."""
    title = "What was in the context"
    if not report.sources:
        return Card(title, "Nothing: no response in scope had a prompt.")
    columns = (
        Column("what", "path"),
        Column("tokens", "number"),
        Column("of context", "number"),
        Column("list price", "dollars"),
        Column("", "bar"),
        Column("how often", "remark"),
    )
    shown = report.sources[: max(4, drawing.limit - 2 * items)]
    shares = figures.shares([row.share for row in shown])
    rows = []
    detailed = 0
    for row, part in zip(shown, shares, strict=True):
        rows.append(_row(row, part, floor))
        if row.kind == "tool_result" and row.items and detailed < 2 and items:
            detailed += 1
            rows += [_item_row(item) for item in row.items[:items]]
    left_out = len(report.sources) - len(shown)
    caption = "estimated inside each response, scaled to its exact size"
    if report.sessions is not None:
        caption = f"the newest {figures.plural(report.sessions, 'session')} · est., scaled to exact sizes"
    prices = [row.list_price_usd for row in report.sources if row.list_price_usd is not None]
    price = figures.dollars(fsum(prices) if prices else None)
    sums = (IN_ALL, figures.tokens(report.prompt_tokens), figures.share(1), price)
    whole = Row(sums) if len(report.sources) > 1 else None
    return Card(title, _sentence(report), (Table(columns, tuple(rows), left_out, whole),), (), caption)


def _sentence(report: LedgerReport) -> str:
    first = report.sources[0]
    words = SENTENCES.get(first.kind, "of all context was {source}.")
    said = f"{figures.portion(first.share or 0)} " + words.format(source=first.source)
    return said.replace("All of all context", "All context", 1)


def _row(row: SourceRow, part: str, floor: float | None) -> Row:
    remark = WORDS.get(row.source, "")
    if row.kind == "floor" and floor is not None:
        remark = f"about {figures.tokens(floor)} with each"
    elif not remark and row.responses >= 2:
        remark = f"each in {row.responses:.0f} responses"
    tone = Tone.PLAIN if row.kind == "floor" else Tone.CARRIED
    cells = (
        row.source,
        figures.tokens(row.tokens),
        part,
        figures.dollars(row.list_price_usd),
        float(row.tokens),
        remark,
    )
    return Row(cells, tone=tone)


def _item_row(item: ItemRow) -> Row:
    times = figures.plural(item.occurrences, "time")
    remark = f"{times}, in {item.responses:.0f} each"
    cells = (figures.home_path(item.item), figures.tokens(item.tokens), "", figures.dollars(item.list_price_usd),
             float(item.tokens), remark)  # fmt: skip
    return Row(cells, tone=Tone.DIM, indent=1)
