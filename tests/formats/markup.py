"""Reads pages as a browser would: elements, what they say, and what they would load or run."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

_VOID = {"meta", "input"}
_ALLOWED = {
    "html",
    "head",
    "title",
    "meta",
    "style",
    "script",
    "body",
    "header",
    "main",
    "footer",
    "section",
    "nav",
    "h1",
    "h2",
    "h3",
    "p",
    "a",
    "ul",
    "li",
    "dl",
    "dt",
    "dd",
    "div",
    "figure",
    "figcaption",
    "details",
    "summary",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "th",
    "td",
    "label",
    "input",
    "output",
    "b",
    "svg",
    "g",
    "rect",
    "line",
    "circle",
    "path",
    "text",
}


class Page(HTMLParser):
    """Fails where elements are not closed in order. `texts`: every text with the elements it stands in."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((tuple(self.open), data))

    def said(self, *inside: str) -> list[str]:
        """What stands in elements of these kinds; in any where none is named."""
        return [text for path, text in self.texts if not inside or set(inside) & set(path)]

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def nothing_is_loaded(page: Page) -> None:
    """No address but places on the page itself, no code but its own script, and a policy that says so."""
    assert {tag for tag, _ in page.elements} <= _ALLOWED
    for _, attributes in page.elements:
        assert not any(name.startswith("on") or name in ("style", "src", "srcset", "action") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    style, script = page.said("style")[0], "".join(page.said("script"))
    assert re.findall(r"url\(|@import|image-set|https?:", style) == []
    assert re.findall(r"fetch|XMLHttp|import\(|WebSocket|sendBeacon|innerHTML|eval|https?:", script) == []
    policy = [one["content"] for one in page.attributes("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    code = f"; script-src {_hash(script)}" if script else ""
    assert policy == [f"default-src 'none'; style-src {_hash(style)}{code}; base-uri 'none'; form-action 'none'"]


def _hash(source: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
