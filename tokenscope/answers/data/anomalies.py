"""What could not be counted as it stands: odd values, and requests of Claude Code's own that left no figures."""

from __future__ import annotations

from tokenscope.history.history import History
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What left no figures"


class UnloggedRequests(Value):
    """How many of each. `compaction_tokens`: what the compactions had to read, as their boundaries say.

    `web_searches`: of the WebSearch tool: priced by the search, the tokens of its own requests unknown.
    """

    recaps: int
    titles: int
    compactions: int
    compaction_tokens: int
    web_searches: int


def measure_unlogged(history: History) -> UnloggedRequests:
    """Of everything that was read, whatever the window. Needs Facet.TITLES or Facet.FILES."""
    own, searches = history.store.own_requests, history.total.tool_searches
    return UnloggedRequests(own.recaps, own.titles, len(own.compactions), sum(own.compactions), searches)


def unlogged_card(found: UnloggedRequests) -> Card:
    """One line."""
    sentence = unlogged_sentence(found)
    if not sentence:
        return Card(TITLE, "No request of Claude Code's own is known to have left no figures.")
    return Card(TITLE, sentence, (), (), "what is billed beside the rows; how many tokens, the log does not say")


def unlogged_note(found: UnloggedRequests) -> tuple[Note, ...]:
    """The same as a line of another card; none where nothing is known."""
    sentence = unlogged_sentence(found)
    return (Note(sentence, Tone.DIM),) if sentence else ()


def unlogged_sentence(found: UnloggedRequests) -> str:
    """How many requests left no figures, and of what kinds; "" where none is known."""
    size = f" of {figures.tokens(found.compaction_tokens)}" if found.compaction_tokens else ""
    kinds = (
        (found.recaps, figures.plural(found.recaps, "recap")),
        (found.titles, figures.plural(found.titles, "title")),
        (found.compactions, figures.plural(found.compactions, "compaction") + size),
        (found.web_searches, figures.plural(found.web_searches, "web search", "web searches")),
    )
    told = [words for number, words in kinds if number]
    if not told:
        return ""
    requests = figures.plural(sum(number for number, _ in kinds), "request")
    return f"{requests} of Claude Code's own left no figures: {', '.join(told)}."


class Problem(Value):
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
    return Table(
        (Column("what"), Column("found", "number"), Column("model", "text"), Column("what was done", "remark")),
        tuple(rows),
    )


def _places(problems: list[Problem], drawing: Drawing) -> Table | None:
    """Where each unreadable file and each malformed row is."""
    placed = [one for one in problems if one.path is not None]
    shown = placed[: drawing.limit]
    rows = tuple(
        Row((figures.home_path(one.path or ""), f"line {one.line:,}" if one.line else one.model or "cannot be read"))
        for one in shown
    )
    columns = (Column("file", "path"), Column("where", "remark"))
    return Table(columns, rows, len(placed) - len(shown)) if rows else None
