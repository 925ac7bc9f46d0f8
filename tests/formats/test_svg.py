"""The picture: well-formed whatever a transcript says, whole, and in need of nothing from outside."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats import ATTACKS, PAGE
from tests.formats.test_harmless import ANY_TEXT, forbidden
from tokenscope.draw import svg_page as svg
from tokenscope.draw.harmless import harmless
from tokenscope.view.card import Card, Column, Page, Row, Stack, Table, Tone

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(picture).iter(f"{SVG}text")]


def one_card(text: str) -> Page:
    table = Table((Column(text), Column(text, "number")), (Row((text, text), marker=True),))
    return Page(text, (Card(text, text, (table,), (text,), text),), (text,))


def test_the_picture_says_what_the_page_says() -> None:
    words = texts(svg.render_svg(PAGE, title="Usage"))
    for expected in ("tokenscope", "Where your usage went", "carried", "8.2M", "and 1,041 more · --all", "→"):
        assert expected in words
    assert "tokens as logged, at API list prices · 12 % of the output figures are too low" in words


def test_only_shapes_and_text_and_nothing_from_outside() -> None:
    picture = svg.render_svg(PAGE, title="Usage")
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(picture).iter()}
    assert tags == {"svg", "title", "g", "rect", "text"}
    assert re.findall(r"href|url\(|@|script|style", picture) == []
    assert re.findall(r"https?://[^\"]*", picture) == ["http://www.w3.org/2000/svg"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_text(attack: str) -> None:
    picture = svg.render_svg(one_card(attack), title=attack)
    root = ElementTree.fromstring(picture)
    assert {element.tag for element in root.iter()} <= {f"{SVG}{tag}" for tag in ("svg", "title", "g", "rect", "text")}
    assert root.findtext(f"{SVG}title") == harmless(attack)
    assert forbidden("".join(root.itertext()).replace("\n", "")) == []


@given(ANY_TEXT, st.integers(40, 120))
def test_any_text_gives_a_well_formed_picture(text: str, width: int) -> None:
    root = ElementTree.fromstring(svg.render_svg(one_card(text), width=width, title=text))
    assert root.tag == f"{SVG}svg"


@given(st.lists(st.tuples(st.sampled_from(Tone), st.floats(0, 1)), max_size=6), st.integers(40, 120))
def test_everything_lies_inside_the_picture(shares: list[tuple[Tone, float]], width: int) -> None:
    page = Page("tokenscope", (Card("Title", "Sentence.", (Stack(tuple(shares)),)), *PAGE.cards))
    root = ElementTree.fromstring(svg.render_svg(page, width=width, title="x"))
    across, down = float(root.get("width", "")), float(root.get("height", ""))
    for element in root.iter():
        length = element.get("width") or element.get("textLength")
        if element.tag != f"{SVG}svg" and length:
            assert 0 <= float(element.get("x", "")) <= across - float(length) + 0.02
            assert 0 <= float(element.get("y", "")) <= down - float(element.get("height", "0")) + 0.02


def test_bars_are_as_long_as_their_values() -> None:
    rows = tuple(Row((name, value), tone) for name, value, tone in (("a", 0.8, Tone.NEW), ("b", 0.4, Tone.OUTPUT)))
    table = Table((Column(), Column("", "bar")), rows)
    picture = svg.render_svg(Page("", (Card("T", "S.", (table,)),)), title="x")
    lengths = [float(width) for width in re.findall(r'<rect[^>]*? width="([\d.]+)" height="11.2"', picture)]
    assert lengths == [pytest.approx(32 * 8.43), pytest.approx(16 * 8.43)]
