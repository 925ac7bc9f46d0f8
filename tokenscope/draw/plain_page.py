"""`--plain`: cards for screen readers, narrow terminals and grep. No boxes, bars, colours; a fact a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TextIO

from tokenscope.draw.harmless import harmless, in_ascii, speaks_unicode
from tokenscope.draw.table_facts import facts, left_out
from tokenscope.view.card import Bars, Card, Chart, Grid, Note, Page, Table


def write_plainly(page: Page, stream: TextIO) -> None:
    """Write a page to a stream. A line is as long as its facts: the terminal wraps it."""
    encoding = getattr(stream, "encoding", None)
    text = partial(_spoken, ascii_only=not speaks_unicode(encoding))
    stream.writelines(f"{line}\n" for line in _lines(page, text))


def _spoken(untrusted: str, *, keeps_spaces: bool = False, ascii_only: bool = False) -> str:
    """A screen reader says "middle dot" for the sign that separates facts; a comma is a pause."""
    text = harmless(untrusted, keeps_spaces=keeps_spaces).replace(" · ", ", ")
    return in_ascii(text) if ascii_only else text


def _lines(page: Page, text: Callable[..., str]) -> Iterator[str]:
    name, _, scope = page.header.partition("   ")
    yield from filter(None, [text(f"{name}: {scope}" if scope else name)])
    for card in page.cards:
        yield ""
        yield from filter(None, _card(card, text))
    if page.footer:
        yield ""
        yield from filter(None, map(text, page.footer))


def _card(card: Card, text: Callable[..., str]) -> Iterator[str]:
    yield text(card.title)
    yield text(card.sentence)
    for part in card.parts:
        if isinstance(part, Note):
            yield text(part.text, keeps_spaces=part.verbatim)
        elif isinstance(part, Bars | Grid):
            yield from map(text, part.words)
        elif isinstance(part, Chart):
            yield text(part.words)
        elif isinstance(part, Table):
            yield from facts(part, text)
            if part.left_out:
                yield text(left_out(part))
    for action in filter(None, map(text, card.actions)):
        yield f"To do: {action}"
    for caption in filter(None, [text(card.caption)]):
        yield f"Basis: {caption}"
