"""Cards in frames, in the colours of the terminal. The only importer of rich, which costs 40 ms: the
command line imports this module when it draws, not before.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TextIO

from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style

from tokenscope.draw import layout
from tokenscope.draw.glyphs import ASCII, COLOURED, UNCOLOURED, Glyphs, Line, Run, width_of
from tokenscope.draw.harmless import cut, speaks_unicode
from tokenscope.draw.plain_page import write_plainly
from tokenscope.machine import Terminal
from tokenscope.view.card import Card, Page, Place, Tone

WIDEST = 110  # cells; longer lines are hard to follow
NARROWEST = 60  # below it a page is written plainly
_UNKNOWN_WIDTH = 100  # of a stream that is no terminal

# Variables of the environment that decide about width, colours and characters.
DECIDING = (
    "TERM",
    "COLORTERM",
    "NO_COLOR",
    "FORCE_COLOR",
    "COLUMNS",
    "LANG",
    "LC_ALL",
    "PYTHONIOENCODING",
    "WT_SESSION",
)

# Only the terminal's sixteen colours: the user's theme makes them fit its background.
_STYLES = {
    Tone.CARRIED: Style(color="blue"),
    Tone.NEW: Style(color="green"),
    Tone.OUTPUT: Style(color="magenta"),
    Tone.REBUILT: Style(color="red"),
    Tone.DIM: Style(dim=True),
    Tone.ACTION: Style(color="yellow"),
    Tone.FIRST: Style(color="cyan"),
    Tone.SECOND: Style(color="bright_magenta"),
    Tone.THIRD: Style(color="bright_green"),
    Tone.FOURTH: Style(color="bright_blue"),
}
_BOLD = Style(bold=True)


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Let BrokenPipeError through to main(), where rich would end the program with exit code 1."""
        raise  # noqa: PLE0704 - rich calls this while it handles the error


def write_page(
    page: Page,
    stream: TextIO,
    *,
    width: int | None = None,
    height: int | None = None,
    color: bool | None = None,
    plain: bool = False,
    ascii_only: bool | None = None,
) -> None:
    """Draw a page on a stream.

    width: in cells; None: COLUMNS, the terminal's, or 100. height: lines of the screen; None: the terminal's, and as
    many as it takes where there is none. color: None leaves it to NO_COLOR, FORCE_COLOR
    and whether the stream is a terminal. ascii_only: None asks what the stream's encoding can take.
    """
    columns = width or columns_of(stream)
    height = height or _rows(stream)
    if plain or columns < NARROWEST:
        write_plainly(page, stream)
        return
    console = console_for(stream, columns, color=color)
    if ascii_only is None:
        ascii_only = not takes_unicode(console, stream)
    glyphs = ASCII if ascii_only else COLOURED if is_coloured(console) else UNCOLOURED
    segments = [segment for line in _page(page, columns, glyphs, height) for segment in segments_of(line)]
    console.print(Segments(segments), end="", soft_wrap=True)


def capabilities(stream: TextIO, environ: Mapping[str, str], *, color: bool | None = None) -> Terminal:
    """What `write` finds out about a stream before it draws on it."""
    columns = columns_of(stream)
    console = console_for(stream, columns, color=color)
    return Terminal(
        is_terminal=stream.isatty(),
        columns=columns,
        encoding=getattr(stream, "encoding", None) or "",
        unicode=takes_unicode(console, stream),
        colors=(console.color_system or "none") if is_coloured(console) else "none",
        variables={name: environ[name] for name in DECIDING if name in environ},
    )


def glyphs_for(console: Console, stream: TextIO) -> Glyphs:
    """What pictures are drawn with on a stream."""
    if not takes_unicode(console, stream):
        return ASCII
    return COLOURED if is_coloured(console) else UNCOLOURED


def takes_unicode(console: Console, stream: TextIO) -> bool:
    """Whether any text can be written to a stream."""
    return not console.legacy_windows and speaks_unicode(getattr(stream, "encoding", None))


def is_coloured(console: Console) -> bool:
    """Whether colours are wanted and there."""
    return console.color_system is not None and not console.no_color


def columns_of(stream: TextIO) -> int:
    """How many cells a line of the stream has."""
    named = os.environ.get("COLUMNS", "")
    if named.isdecimal() and int(named):
        return int(named)
    try:
        # Behind a pipe there is often a pager, on the terminal that errors go to.
        is_pipe = stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)
        # A terminal that does not know its width says 0.
        return os.get_terminal_size(sys.stderr.fileno() if is_pipe else stream.fileno()).columns or _UNKNOWN_WIDTH
    except (AttributeError, ValueError, OSError):
        return _UNKNOWN_WIDTH


def _rows(stream: TextIO) -> int | None:
    """How many lines the screen has; None for what is no terminal."""
    try:
        return os.get_terminal_size(stream.fileno()).lines or None if stream.isatty() else None
    except (AttributeError, ValueError, OSError):
        return None


def console_for(stream: TextIO, columns: int | None, *, color: bool | None) -> Console:
    """rich's console for a stream, so many cells wide; None: as wide as its terminal is by then.

    `color` None leaves it to the environment and to whether the stream is a terminal.
    """
    if color is None:
        return _Console(file=stream, width=columns)
    # FORCE_COLOR and NO_COLOR do not count where the caller has decided.
    return _Console(
        file=stream,
        width=columns,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
    )


def segments_of(line: Line) -> list[Segment]:
    """A line as rich writes it: text with a style, never markup."""
    runs = [Segment(run.text, _BOLD if run.bold else _STYLES.get(run.tone)) for run in line]
    return [*runs, Segment.line()]


def _page(page: Page, columns: int, glyphs: Glyphs, rows: int | None) -> list[Line]:
    """The lines of a page. Where they are more than the screen has, the headline comes last, and stays on it."""
    width = _width(page, columns)
    footer = [line for text in page.footer for line in layout.facts_in_lines(text, width, glyphs, Tone.DIM)]
    top = layout.header(page.header, width, glyphs)
    is_short = sum(card.place is not Place.CARD for card in page.cards) > 1
    joined = _joined if is_short else layout.blocks_apart
    lines = joined([top, _cards(page.cards, width, glyphs), footer])
    headline = [card for card in page.cards if card.place is Place.HEADLINE]
    if rows is None or len(lines) < rows or not headline:
        return lines
    others = [card for card in page.cards if card.place is not Place.HEADLINE]
    return joined([top, _cards(others, width, glyphs), footer, _cards(headline, min(width, WIDEST), glyphs)])


def _width(page: Page, columns: int) -> int:
    """Up to WIDEST; where two such cards would fit, room for two, and for one card alone what makes its table whole."""
    if columns < layout.PAIRED_FROM:
        return min(columns, WIDEST)
    return min(columns, 2 * WIDEST + layout.BETWEEN) if len(page.cards) > 1 else layout.PAIRED_FROM


def _joined(blocks: Iterable[list[Line]]) -> list[Line]:
    return list(chain.from_iterable(blocks))


def _cards(cards: Sequence[Card], width: int, glyphs: Glyphs) -> list[Line]:
    return [line for piles in layout.piled(cards, width, glyphs) for line in _beside(piles, glyphs)]


def _beside(piles: Sequence[layout.Pile], glyphs: Glyphs) -> list[Line]:
    """Piles side by side, the last card of each as high as the row."""
    height = max(pile.height for pile in piles)
    columns = [_pile(pile, height, glyphs) for pile in piles]
    return [sum(_with_gaps(parts), ()) for parts in zip(*columns, strict=True)]


def _with_gaps(parts: Iterable[Line]) -> Iterator[Line]:
    for place, part in enumerate(parts):
        yield (Run(" " * layout.BETWEEN), *part) if place else part


def _pile(pile: layout.Pile, height: int, glyphs: Glyphs) -> list[Line]:
    lines: list[Line] = []
    for place, one in enumerate(pile.cards, 1):
        missing = height - pile.height if place == len(pile.cards) else 0
        lines += _framed(one.card, [*one.lines, *[()] * missing], one.caption, pile.width, glyphs)
    return lines


def _framed(card: Card, lines: Sequence[Line], caption: str, width: int, glyphs: Glyphs) -> list[Line]:
    """A card in its frame: the title in the upper border, the caption in the lower one."""
    side = Run(glyphs.vertical, Tone.DIM)
    title = cut(glyphs.text(card.title), width - layout.FRAME, glyphs.ellipsis)
    framed = [_border(glyphs.corners[:2], Run(title, bold=True), width, glyphs)]
    for line in lines:
        rest = Run(" " * (width - layout.FRAME - width_of(line)))
        framed.append((side, Run("  "), *line, rest, Run("  "), side))
    framed.append(_border(glyphs.corners[2:], Run(caption, Tone.DIM), width, glyphs))
    return framed


def _border(corners: str, label: Run, width: int, glyphs: Glyphs) -> Line:
    start = Run(corners[0] + glyphs.horizontal, Tone.DIM)
    words = (Run(" "), label, Run(" ")) if label.text else ()
    rest = width - 1 - width_of((start, *words))
    return (start, *words, Run(glyphs.horizontal * rest + corners[1], Tone.DIM))
