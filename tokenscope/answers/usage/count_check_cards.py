"""What Claude Code counted beside what rows hold, in words: a card of models, one of reasons, and one line."""

from __future__ import annotations

from tokenscope.answers.usage.count_check import (
    LATER,
    MORE_ROWS,
    NO_MODEL,
    NO_ROW,
    RATES,
    WITHOUT_ROW,
    CheckedModel,
    CountCheck,
)
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Row, Table, Tone
from tokenscope.view.question import Drawing

TITLE = "What Claude Code counted"
WORDS = {
    NO_ROW: "a model without any row",
    WITHOUT_ROW: "requests without a row",
    LATER: "rows after its last count",
    MORE_ROWS: "rows that it did not count",
    RATES: "same tokens at other rates",
    NO_MODEL: "what it put under no model",
}
REMARKS = {NO_ROW: "titles, summaries and the like"}
CAPTION = "its own count, requests without a row included · never added to what is counted here"


def check_cards(check: CountCheck | None, drawing: Drawing, *beside: Note) -> tuple[Card, ...]:
    """Model by model, and why. `beside`: what is known to be in no row, where Claude Code counted nothing."""
    if check is None or not check.sessions:
        return (Card(TITLE, check_sentence(check), beside),)
    columns = (
        Column("model", "label"),
        Column("counted", "number"),
        Column("rows", "number"),
        Column("its price", "dollars"),
        Column("list price", "dollars"),
        Column("difference", "number", spare=True),
        Column("note", "remark"),
    )
    shown = check.models[: drawing.limit]
    table = Table(columns, tuple(map(_model_row, shown)), len(check.models) - len(shown))
    why = (
        Column("why", "label"),
        Column("sessions", "number", spare=True),
        Column("tokens", "number"),
        Column("dollars", "number"),
        Column("such as", "remark"),
    )
    reasons = tuple(
        Row(
            (
                WORDS[one.reason],
                figures.count(one.sessions),
                _signed(one.tokens),
                _signed_dollars(one.usd),
                REMARKS.get(one.reason, ""),
            )
        )
        for one in check.differences
    )
    is_left_out = "is not" if check.without == 1 else "are not"
    notes = (Note(f"{figures.plural(check.without, 'session')} without such a count {is_left_out} in it.", Tone.DIM),)
    first = Card(TITLE, check_sentence(check), (table, *(notes if check.without else ())), (), CAPTION)
    if not reasons:
        return (first,)
    usd = check.difference_usd
    size = "as large as" if not usd else f"{figures.dollars(abs(usd))} {'more' if usd > 0 else 'less'} than"
    sentence = f"Its count is {size} what its rows hold, for these reasons:"
    caption = "each model of a session has one reason"
    return first, Card("Why they differ", sentence, (Table(why, reasons),), (), caption)


def check_sentence(check: CountCheck | None) -> str:
    """Both sums, and of how many sessions."""
    if check is None:
        return "Claude Code counts whole sessions: nothing is compared of a part of them."
    if not check.sessions:
        return "Claude Code wrote no count of its own in any of these sessions."
    every = check.sessions + check.without
    of = (
        "one session"
        if every == 1
        else f"{'all' if not check.without else f'{check.sessions:,} of'} {every:,} sessions"
    )
    rows = "its rows hold" if check.sessions == 1 else "their rows hold"
    return f"Claude Code counted {figures.dollars(check.usd)} in {of}; {rows} {figures.dollars(check.row_usd)}."


def check_note(check: CountCheck | None) -> tuple[Note, ...]:
    """The sentence as a line of another card; none where nothing was counted."""
    return (Note(check_sentence(check), Tone.DIM),) if check is not None and check.sessions else ()


def _model_row(one: CheckedModel) -> Row:
    remarks = []
    if one.tokens and not one.row_tokens:
        remarks.append("no row")
    if one.web_searches:
        remarks.append(figures.plural(one.web_searches, "search", "searches"))
    cells = (
        one.model,
        figures.tokens(one.tokens),
        figures.tokens(one.row_tokens),
        figures.dollars(one.usd),
        "no price" if one.row_usd is None else figures.dollars(one.row_usd),
        _signed_dollars(one.difference_usd),
        ", ".join(remarks),
    )
    return Row(cells)


def _signed(number: int) -> str:
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{figures.tokens(abs(number))}"


def _signed_dollars(usd: float) -> str:
    return f"{'+' if usd > 0 else '−' if usd < 0 else ''}{figures.dollars(abs(usd))}"
