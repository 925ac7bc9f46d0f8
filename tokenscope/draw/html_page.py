"""Cards as a web page: one file that needs nothing from outside, its text selectable, for light and dark screens."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import fsum, isfinite

from tokenscope.draw import marks
from tokenscope.draw.harmless import cells, cut, cut_path, harmless
from tokenscope.draw.markup import Markup, document, element, joined, verbatim
from tokenscope.draw.page_pictures import page_bars, page_chart, page_grid
from tokenscope.draw.plain_page import caption_of, filled_titles
from tokenscope.view import figures
from tokenscope.view.card import Bars, Card, Cell, Chart, Column, Grid, Note, Page, Part, Row, Stack, Table, Tone

LONGEST = {"path": 48, "text": 100}  # letters; all of it is there for a pointer
_BLANK = Markup("")


def render_html(page: Page, *, title: str) -> str:
    """The text of an HTML file. title: what its window is called."""
    name, _, scope = page.header.partition("   ")
    top = element("header", element("h1", name), element("p", scope) if scope else _BLANK)
    cards = [card(one, identity=f"card-{number}") for number, one in enumerate(page.cards, 1)]
    foot = element("footer", *(element("p", line) for line in page.footer))
    return document(element("body", top, element("main", *cards), foot), title=title, styles=("style.css",))


def card(one: Card, *, identity: str, picture: Markup = _BLANK) -> Markup:
    """A card as a section of a page. picture: stands between its sentence and its figures."""
    actions = [element("li", action) for action in one.actions if action]
    caption = caption_of(one, filled_titles)
    return element(
        "section",
        element("h2", one.title, id=f"{identity}-title"),
        element("p", one.sentence, class_="sentence"),
        picture,
        *parts(one.parts, one.title),
        element("ul", *actions, class_="actions") if actions else _BLANK,
        element("p", caption, class_="caption") if caption else _BLANK,
        id=identity,
        class_="card",
        aria_labelledby=f"{identity}-title",
    )


def parts(given: Sequence[Part], title: str) -> list[Markup]:
    """What a card holds. Notes that follow each other are one paragraph."""
    drawn: list[Markup] = []
    for _, group in groupby(given, key=type):
        alike = list(group)
        notes = [_note(part) for part in alike if isinstance(part, Note)]
        if notes:
            drawn.append(element("div", *notes, class_="notes"))
        drawn += [_stack(part) for part in alike if isinstance(part, Stack)]
        drawn += [page_bars(part) for part in alike if isinstance(part, Bars)]
        drawn += [page_grid(part) for part in alike if isinstance(part, Grid)]
        drawn += [page_chart(part) for part in alike if isinstance(part, Chart)]
        drawn += [table(part, title) for part in alike if isinstance(part, Table)]
    return drawn


def _note(note: Note) -> Markup:
    if note.verbatim:
        return element("p", verbatim(note.text), class_=f"{note.tone} verbatim")
    return element("p", note.text, class_=note.tone)


def _stack(stack: Stack) -> Markup:
    shares = [(tone, share) for tone, share in stack.shares if isfinite(share) and share > 0]
    whole = fsum(share for _, share in shares)
    label = ", ".join(f"{tone} {share / whole:.0%}" for tone, share in shares)
    return marks.stacked_bar(shares, label) if shares else _BLANK


def table(given: Table, title: str) -> Markup:
    """A table that scrolls by itself where it is too wide. title: what a screen reader calls it."""
    every = given.rows if given.total is None else (*given.rows, given.total)
    shown = [
        index
        for index in range(len(given.columns))
        if any(_has_something(row, index) for row in every)
    ]  # fmt: skip
    columns = [given.columns[index] for index in shown]
    largest = {index: max((_size(row, index) for row in given.rows), default=0.0) for index in shown}
    head = [_heading(column) for column in columns]
    body = [
        element(
            "tr",
            *(_cell(given.columns[index], row, index, largest[index], is_first=index == shown[0]) for index in shown),
            class_=_row_class(row),
        )
        for row in every
    ]
    foot = element("tfoot", body.pop()) if given.total is not None else _BLANK
    has_titles = any(column.title for column in columns)
    more = f"and {figures.count(given.left_out)} more" if given.left_out else ""
    if more and given.total is not None:  # the sum comes last
        body.append(element("tr", element("td", more, colspan=len(shown)), class_="dim"))
        more = ""
    top = element("thead", element("tr", *head)) if has_titles else _BLANK
    drawn = element("table", top, element("tbody", *body), foot, aria_label=title)
    return joined([element("div", drawn, class_="scroll"), element("p", more, class_="dim") if more else _BLANK])


def _heading(column: Column) -> Markup:
    if not column.title:
        return element("td", class_=column.kind)
    return element("th", column.title, scope="col", class_=column.kind)


def _row_class(row: Row) -> str | None:
    names = (["dim"] if row.tone is Tone.DIM else []) + ([f"indent-{min(row.indent, 3)}"] if row.indent > 0 else [])
    return " ".join(names) or None


def _value(row: Row, index: int) -> Cell:
    return row.cells[index] if index < len(row.cells) else None


def _has_something(row: Row, index: int) -> bool:
    return _value(row, index) not in (None, "", ())


def _size(row: Row, index: int) -> float:
    value = _value(row, index)
    return float(value) if isinstance(value, int | float) and isfinite(value) else 0.0


def _cell(column: Column, row: Row, index: int, largest: float, *, is_first: bool) -> Markup:
    tag, scope = ("th", "row") if is_first else ("td", None)
    content: list[str] = [marker(row.tone)] if is_first and row.marker else []
    value, title = _value(row, index), None
    if column.kind == "bar":
        content.append(marks.bar(_size(row, index) / largest, row.tone) if largest else _BLANK)
    elif isinstance(value, tuple):
        content.append(marks.spark(value, row.tone))
    elif value is not None:
        whole, most = harmless(str(value)), LONGEST.get(column.kind, 200)
        content.append((cut_path if column.kind == "path" else cut)(whole, most))
        title = cut(whole, 400) if cells(whole) > (24 if column.kind == "text" else most) else None
    spoken = column.title if column.kind == "number" and value and not is_first else ""
    return element(tag, *content, class_=column.kind, scope=scope, title=title, data_title=spoken or None)


def marker(tone: str) -> Markup:
    """The square that says which colour is which."""
    square = element("rect", width=10, height=10, rx=2, class_=tone)
    return element("svg", square, class_="marker", width=10, height=10, aria_hidden="true")
