"""The five tiers of `wrapped` as pieces of luggage in a row, each drawn with a few strokes."""

from __future__ import annotations

from collections.abc import Iterator

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
