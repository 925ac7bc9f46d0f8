"""What a card looks like in cells: lines of coloured runs, for the formats that draw (terminal, SVG).

No line is wider than asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, pairwise, repeat

from tokenscope.draw import pictures
from tokenscope.draw.glyphs import Glyphs, Line, Run
from tokenscope.draw.harmless import cells, wrap
from tokenscope.draw.pictures import growth_chart
from tokenscope.draw.plain_page import caption_of
from tokenscope.draw.table_layout import drawn_titles, table_lines, wrapped
from tokenscope.value import Value
from tokenscope.view.card import Bars, Card, Chart, Grid, Note, Part, Place, Stack, Tone

FRAME = 6  # cells of a card's width that its frame and margins take
BETWEEN = 2  # cells between two cards
PAIRED_FROM = 160  # cells: from here on two cards stand side by side
HALF = 48  # cells that a small card takes at least where it stands beside others


class Drawn(Value):
    """A card's lines without its frame, and the caption for the frame."""

    card: Card
    lines: list[Line]
    caption: str


class Pile(Value):
    """Cards below each other, all of one width, so many cells from the left."""

    left: int
    width: int
    cards: list[Drawn]

    @property
    def height(self) -> int:
        return sum(len(one.lines) + 2 for one in self.cards)


def piled(cards: Sequence[Card], width: int, glyphs: Glyphs) -> list[list[Pile]]:
    """The rows of a page, each of one pile or of several side by side."""
    rows: list[list[Pile]] = []
    is_page = len(cards) > 1  # one card alone may be as wide as the page
    waiting = list(cards)
    while waiting:
        is_small = waiting[0].place is Place.HALF
        count = next((n for n, card in enumerate(waiting) if (card.place is Place.HALF) is not is_small), len(waiting))
        most = max(1, (width + BETWEEN) // (HALF + BETWEEN)) if is_small else 1 + (width >= PAIRED_FROM and is_page)
        taken = count if is_small else min(count, most)
        rows.append(_side_by_side(waiting[:taken], min(most, taken) if is_small else most, width, glyphs))
        del waiting[:taken]
    return rows


def _side_by_side(cards: Sequence[Card], count: int, width: int, glyphs: Glyphs) -> list[Pile]:
    """So many piles, each card on the one that is lowest by then."""
    room = width - BETWEEN * (count - 1)
    lefts = [room * place // count + BETWEEN * place for place in range(count + 1)]
    piles = [Pile(left, after - left - BETWEEN, []) for left, after in pairwise(lefts)]
    for card in cards:
        pile = min(piles, key=lambda one: one.height)
        pile.cards.append(Drawn(card, *body(card, pile.width - FRAME, glyphs)))
    return [pile for pile in piles if pile.cards]


def facts_in_lines(text: str, width: int, glyphs: Glyphs, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Facts with a sign between them, in lines that break between two facts rather than inside one."""
    pause = ", " if glyphs.ascii_only else " · "
    lines: list[str] = []
    for fact in glyphs.text(text).split(pause):
        if lines and cells(lines[-1] + pause + fact) <= width:
            lines[-1] += pause + fact
        else:
            lines.extend(wrap(fact, width))
    return [(Run(line, tone),) for line in lines]


def header(text: str, width: int, glyphs: Glyphs) -> list[Line]:
    """The line above the cards: the name in bold, and what it is about after it or, if need be, below."""
    name, _, scope = (glyphs.text(part) for part in text.partition("   "))
    start = Run(name, bold=True)
    if cells(f"{name}   {scope}") <= width:
        return [(start, Run(f"   {scope}"))] if scope else [(start,)] if name else []
    below = facts_in_lines(scope, width, glyphs)
    return [*((Run(line, bold=True),) for line in wrap(name, width)), *below]


def body(card: Card, width: int, glyphs: Glyphs) -> tuple[list[Line], str]:
    """The lines inside a card's frame, and the caption for the frame ("" when it became one of the lines)."""
    blocks = [wrapped(glyphs.text(card.sentence), width)]
    before: Part | None = None
    for part in card.parts:
        lines = _part(part, width, glyphs)
        if isinstance(part, Note) and isinstance(before, Note):
            blocks[-1].extend(lines)  # notes that follow each other are one paragraph
        else:
            blocks.append(lines)
        before = part
    blocks.append([line for action in card.actions for line in _action(glyphs.text(action), width, glyphs)])
    told = caption_of(card, lambda table: drawn_titles(table, width, glyphs))
    caption = glyphs.text(told)
    if cells(caption) > width:
        blocks.append(facts_in_lines(told, width, glyphs, Tone.DIM))
        caption = ""
    return (blocks_apart(blocks) if card.place is Place.CARD else list(chain.from_iterable(blocks))), caption


def blocks_apart(blocks: Iterable[list[Line]]) -> list[Line]:
    """Blocks of lines with one blank line between two."""
    lines: list[Line] = []
    for block in filter(None, blocks):
        lines.extend([(), *block] if lines else block)
    return lines


def _action(text: str, width: int, glyphs: Glyphs) -> list[Line]:
    starts = chain([Run(glyphs.arrow, Tone.ACTION)], repeat(Run(" " * len(glyphs.arrow))))
    return list(zip(starts, map(Run, wrap(text, width - len(glyphs.arrow))), strict=False))


def _part(part: Part, width: int, glyphs: Glyphs) -> list[Line]:
    if isinstance(part, Note):
        return wrapped(glyphs.text(part.text, keeps_spaces=part.verbatim), width, part.tone)
    if isinstance(part, Stack):
        return pictures.stack(part, width, glyphs)
    if isinstance(part, Bars):
        return pictures.bars(part, width, glyphs)
    if isinstance(part, Grid):
        return pictures.grid(part, width, glyphs)
    if isinstance(part, Chart):
        return growth_chart(part, width, glyphs)
    return table_lines(part, width, glyphs)
