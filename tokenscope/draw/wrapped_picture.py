"""`wrapped` as a picture to share: 1,200 by 630 pixels, as links are previewed. SVG that needs nothing from outside.

It shows what the card shows, and no more: no path, no word of a prompt, a project's name only where it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import accumulate
from math import fsum

from tokenscope.answers.context.luggage import WrappedReport
from tokenscope.draw.harmless import cut, harmless
from tokenscope.draw.svg_page import COLOURS
from tokenscope.questions import wrapped
from tokenscope.view import figures
from tokenscope.view.card import Tone
from tokenscope.view.question import Drawing

WIDTH, HEIGHT = 1200, 630
LEFT, RIGHT = 64, 1136
ACROSS = RIGHT - LEFT
_FONTS = "Inter, 'Segoe UI', system-ui, -apple-system, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
_BACKGROUND, _INK, _DIM, _LINE, _UNLIT = "#12161c", "#eef2f6", "#8b96a5", "#2a323d", "#414c5a"
_SEAM = 3  # between two shares
_BARS = 92  # at most; each a day or more


def render_wrapped(report: WrappedReport, drawing: Drawing) -> str:
    """The text of an SVG file."""
    title = f"tokenscope: {wrapped.headline(report)}: {report.tier or 'no tier'}"
    start = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="24" fill="{_BACKGROUND}"/>',
        f'<g font-family="{_FONTS}" fill="{_INK}">',
    )
    parts = (*_head(report, drawing), *_shares(report), *_facts(report, drawing), *_days(report), *_foot(report))
    return "\n".join([*start, *parts, "</g>", "</svg>", ""])


def _text(x: float, y: float, words: str, *, size: int, colour: str = _INK, more: str = "") -> str:
    look = f'font-size="{size}" fill="{colour}"' + (f" {more}" if more else "")
    return f'<text x="{x:g}" y="{y:g}" {look}>{escape(harmless(words))}</text>'


def _head(report: WrappedReport, drawing: Drawing) -> Iterator[str]:
    made_up = " · a made-up history" if drawing.made_up else ""
    yield _text(LEFT, 70, wrapped.headline(report) + made_up, size=24, colour=_DIM)
    end = 'text-anchor="end"'
    yield _text(RIGHT, 70, wrapped.span(report, drawing), size=24, colour=_DIM, more=end)
    if report.tier is None or report.luggage_share is None:
        used = f"{figures.tokens(report.total.total_tokens)} tokens"
        why = "no tier without a known price of most of them"
        if not report.total.total_tokens:
            used, why = "A rest", "No response in this time: nothing was used."
        yield _text(LEFT, 178, used, size=80, more='font-weight="700" letter-spacing="-2"')
        yield _text(LEFT, 226, why, size=26, colour=_DIM)
        return
    yield _text(LEFT, 178, report.tier.capitalize(), size=80, more='font-weight="700" letter-spacing="-2"')
    luggage = f"{figures.share(report.luggage_share)} luggage. {wrapped.remark(report)}"
    yield _text(LEFT, 226, luggage, size=26, colour=_DIM)
    yield from icons(report.tier, right=RIGHT, foot=178, lit=COLOURS[Tone.ACTION], unlit=_UNLIT)


def _shares(report: WrappedReport) -> Iterator[str]:
    """One bar of all that was used, and what its colours mean."""
    shares = wrapped.bar_shares(report)
    whole = fsum(weight for _, weight in shares)
    if not whole:
        return
    starts = accumulate((weight / whole * ACROSS for _, weight in shares), initial=float(LEFT))
    yield f'<clipPath id="bar"><rect x="{LEFT}" y="268" width="{ACROSS}" height="36" rx="8"/></clipPath>'
    yield '<g clip-path="url(#bar)">'
    for (name, weight), x in zip(shares, starts, strict=False):
        if weight:  # each lies over the one before, from a seam to the bar's end
            yield _block(x - _SEAM, RIGHT - x + _SEAM, _BACKGROUND)
            yield _block(x, RIGHT - x, COLOURS[Tone(name)])
    yield "</g>"
    percents = figures.shares([weight for _, weight in shares])
    for place, ((name, _), percent) in enumerate(zip(shares, percents, strict=True)):
        x = LEFT + place * ACROSS / len(shares)
        yield f'<rect x="{x:g}" y="329" width="16" height="16" rx="4" fill="{COLOURS[Tone(name)]}"/>'
        yield _text(x + 26, 344, f"{percent} {wrapped.WORDS[name]}", size=20)


def _block(x: float, width: float, colour: str) -> str:
    return f'<rect x="{x:.2f}" y="268" width="{width:.2f}" height="36" fill="{colour}"/>'


def _facts(report: WrappedReport, drawing: Drawing) -> Iterator[str]:
    for place, fact in enumerate(wrapped.wrapped_facts(report, drawing)):
        x = LEFT + place * ACROSS / 3
        yield _text(x, 412, fact.label, size=18, colour=_DIM)
        yield _text(x, 454, fact.value, size=38, more='font-weight="600"')
        yield _text(x, 484, cut(harmless(fact.remark), 36), size=18, colour=_DIM)


def _days(report: WrappedReport) -> Iterator[str]:
    """A bar a day; a day without any use has a base line only."""
    _, tokens = wrapped.over_time(report, _BARS)
    largest = max(tokens, default=0) or 1
    width = min(0.7 * ACROSS / max(len(tokens), 1), 40)
    step = (ACROSS - width) / max(len(tokens) - 1, 1)
    for place, number in enumerate(tokens):
        height = max(2.0, number / largest * 48)
        look = f'rx="2" fill="{COLOURS[Tone.CARRIED] if number else _LINE}"'
        x = LEFT + place * step
        yield f'<rect x="{x:.2f}" y="{564 - height:.2f}" width="{width:.2f}" height="{height:.2f}" {look}/>'


def _foot(report: WrappedReport) -> Iterator[str]:
    title, _ = wrapped.over_time(report, _BARS)
    yield _text(LEFT, 598, f"{title} · {wrapped.basis(report)}", size=17, colour=_DIM)
    more = 'text-anchor="end" font-weight="600"'
    yield _text(RIGHT, 598, "uvx tokenscope-cli wrapped", size=17, colour=_DIM, more=more)


# Each stands on a base line at y = 0 and grows upwards; x from 0 to its width, in pixels.
_PIECES = {
    "pockets": (
        46,
        '<path d="M3-44h40v28q0 14-20 14t-20-14z"/><path d="M3-34h40"/>',
    ),
    "day pack": (
        52,
        '<path d="M6-2v-36q0-20 20-20t20 20v36z"/><path d="M18-58q0-12 8-12t8 12M14-2v-18h24v18M14-36h24"/>',
    ),
    "carry-on": (
        54,
        '<rect x="5" y="-62" width="44" height="54" rx="6"/><path d="M18-62v-26h18v26M18-52v34M36-52v34"/>'
        '<circle cx="14" cy="-4" r="3"/><circle cx="40" cy="-4" r="3"/>',
    ),
    "suitcase": (
        94,
        '<rect x="3" y="-66" width="88" height="60" rx="8"/><path d="M33-66v-12q0-6 6-6h16q6 0 6 6v12"/>'
        '<path d="M22-66v60M72-66v60"/><path d="M12-2h10M72-2h10"/>',
    ),
    "moving van": (
        148,
        '<path d="M3-14v-80h88v80"/><path d="M91-70h28l24 28v28H3"/><path d="M101-60h14l14 17h-28z"/>'
        '<circle cx="32" cy="-13" r="11"/><circle cx="114" cy="-13" r="11"/><path d="M22-54h50M22-74h50"/>',
    ),
}

_GAP = 34

_SIZE = 0.92


def icons(tier: str, *, right: float, foot: float, lit: str, unlit: str) -> Iterator[str]:
    """All pieces, right-aligned at `right`, standing on `foot`; the tier's own in the colour `lit`."""
    x = right - _SIZE * (sum(width for width, _ in _PIECES.values()) + _GAP * (len(_PIECES) - 1))
    for name, (width, shapes) in _PIECES.items():
        colour = lit if name == tier else unlit
        look = f'fill="none" stroke="{colour}" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"'
        yield f'<g transform="translate({x:g} {foot:g}) scale({_SIZE})" {look}>{shapes}</g>'
        x += _SIZE * (width + _GAP)
