"""What in the transcripts could not be taken as it stands, how often, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table
from tokenscope.view.question import Drawing


@dataclass(frozen=True, slots=True)
class Problem:
    """`count`: of rows, files, counters, ids, or tokens of a model without a price. `line` from 1."""

    kind: str
    count: int
    path: str | None = None
    line: int | None = None
    model: str | None = None


# What each kind is called, and what became of it. The first two lose something; the others are counted.
LOST = {
    "unreadable": ("cannot be read", "not counted"),
    "malformed": ("malformed rows", "no JSON object: not counted"),
    "oversized": ("rows too large to read", "over 32 MB: not counted"),
}
KEPT = {
    "odd_counter": ("odd counters", "read as 0, or as the whole number in them"),
    "undated": ("rows without a time", "in no window and no day, but in every total"),
    "untrusted_id": ("ids shared by responses", "told apart by their figures"),
    "contract_rate": ("contract rates that are none", "passed over: list prices stand in their place"),
    "unknown_model": ("tokens without a price", "counted; give prices with --prices FILE"),
}


def find_problems(history: History) -> list[Problem]:
    """The files that cannot be read, the rows that are none, then what is only counted."""
    survey, coverage = history.store.survey, history.store.coverage
    problems = [Problem("unreadable", 1, path) for path in survey.unreadable]
    problems += [Problem("malformed", 1, path, line) for path, line in survey.malformed]
    for kind, count in (
        ("oversized", coverage.oversized_rows),
        ("odd_counter", coverage.anomalous_counters),
        ("undated", coverage.undated_rows),
        ("untrusted_id", coverage.untrusted_ids),
    ):
        if count:
            problems.append(Problem(kind, count))
    unpriced = sorted(history.total.unpriced.items(), key=lambda one: (-one[1], one[0]))
    table = history.pricer.table
    problems += [Problem("contract_rate", 1, table.contract, model=name) for name in table.contract_problems]
    return problems + [Problem("unknown_model", tokens, model=model) for model, tokens in unpriced]


def problems_card(problems: list[Problem], rows: int, drawing: Drawing) -> Card:
    """`rows`: how many were read, the bad ones among them."""
    title = "What was odd"
    if not problems:
        return Card(title, "Nothing was odd: every row of every file could be read and counted.")
    lost = {kind: sum(one.count for one in problems if one.kind == kind) for kind in LOST}
    parts = [
        f"{figures.plural(lost['unreadable'], 'file')} could not be read" if lost["unreadable"] else "",
        f"{figures.count(lost['malformed'] + lost['oversized'])} of {figures.plural(rows, 'row')} could not be read"
        if lost["malformed"] + lost["oversized"]
        else "",
    ]
    said = " and ".join(filter(None, parts))
    sentence = f"{said}; all else was counted." if said else "Every row could be read; some figures needed a decision."
    return Card(title, sentence, tuple(filter(None, (_kinds(problems), _places(problems, drawing)))))


def _kinds(problems: list[Problem]) -> Table:
    """One row a kind."""
    rows = []
    for kind, (name, remark) in (LOST | KEPT).items():
        alike = [one for one in problems if one.kind == kind]
        if alike:
            count = sum(one.count for one in alike)
            shown = figures.tokens(count) if kind == "unknown_model" else figures.count(count)
            rows.append(Row((name, shown, ", ".join(one.model for one in alike if one.model) or None, remark)))
    return Table((Column(""), Column("", "number"), Column("", "text"), Column("", "remark")), tuple(rows))


def _places(problems: list[Problem], drawing: Drawing) -> Table | None:
    """Where each unreadable file and each malformed row is."""
    placed = [one for one in problems if one.path is not None]
    shown = placed[: drawing.limit]
    rows = tuple(
        Row((figures.home_path(one.path or ""), f"line {one.line:,}" if one.line else one.model or "cannot be read"))
        for one in shown
    )
    columns = (Column("", "path"), Column("", "label"))
    return Table(columns, rows, len(placed) - len(shown)) if rows else None
