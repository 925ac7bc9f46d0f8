"""HTML and SVG, written so that text cannot become markup: what is not `Markup` is made harmless and escaped."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape
from pathlib import Path

from tokenscope import __version__
from tokenscope.draw.harmless import harmless

Value = str | float | bool | None
_VOID = {"meta", "input"}


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


def element(tag: str, *content: str, **attributes: Value) -> Markup:
    """One element. Attributes: `class_` is class, `aria_label` is aria-label; None and False are left out."""
    told = [(name, value) for name, value in attributes.items() if value is not None and value is not False]
    written = "".join([_attribute(_attribute_name(name), value) for name, value in told])
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(content)}</{tag}>")


def joined(content: Iterable[str]) -> Markup:
    """Pieces of text and markup, one after the other."""
    return Markup("".join([piece if piece.__class__ is Markup else _safe(piece) for piece in content]))


@lru_cache(4_096)  # classes, titles of columns and names of projects stand in many rows
def _safe(text: str) -> str:
    return escape(harmless(text))


def verbatim(text: str) -> Markup:
    """A text whose runs of spaces are kept, where its element keeps them too."""
    return Markup(escape(harmless(text, keeps_spaces=True)))


@cache
def _attribute_name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _attribute(name: str, value: Value) -> str:
    if value is True:
        return f" {name}"
    text = _safe(value) if isinstance(value, str) else number(value or 0)
    return f' {name}="{text}"'


def number(value: float) -> str:
    """A length in as few characters as show it: 12.5, 3, 0.33."""
    return str(value) if value.__class__ is int else f"{value:.2f}".rstrip("0").rstrip(".")


def document(body: Markup, *, title: str, styles: tuple[str, ...], script: str = "") -> str:
    """A whole HTML page that loads nothing: its policy allows this very style and script, and no other source.

    styles, script: names of files beside this one.
    """
    folder = Path(__file__).parent
    style = "".join((folder / name).read_text(encoding="utf-8") for name in styles)
    code = (folder / script).read_text(encoding="utf-8") if script else ""
    head = (
        element("meta", charset="utf-8"),
        element("title", title),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, code)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="generator", content=f"tokenscope {__version__}"),
        element("style", Markup(style)),
    )
    lines = ["<!doctype html>", '<html lang="en">', *head, body]
    if code:
        lines.append(element("script", Markup(code)))
    return "\n".join([*lines, "</html>", ""])


def _policy(style: str, script: str) -> str:
    allowed = f"style-src {_hash(style)}" + (f"; script-src {_hash(script)}" if script else "")
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _hash(source: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
