"""The web page of cards: it says what the cards say, holds no other code, and loads nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given

from tests.formats import ATTACKS, PAGE
from tests.formats.markup import Page, nothing_is_loaded
from tests.formats.test_harmless import ANY_TEXT, forbidden
from tests.formats.test_svg import one_card
from tokenscope.draw import html_page as html
from tokenscope.draw import markup
from tokenscope.draw.harmless import harmless
from tokenscope.view.card import Card, Column, Row, Stack, Table, Tone
from tokenscope.view.card import Page as Cards


def test_the_page_says_what_the_cards_say() -> None:
    page = Page(html.render_html(PAGE, title="tokenscope daily"))
    assert page.said("h2") == [card.title for card in PAGE.cards]
    words = page.said()
    for card in PAGE.cards:
        assert card.sentence in words
        assert not card.caption or card.caption in words
        assert set(card.actions) <= set(page.said("li"))
    for expected in ("tokenscope", "carried", "8.2M", "and 1,041 more", "Nothing was used on 20 Nov.", *PAGE.footer):
        assert expected in words
    assert page.said("title") == ["tokenscope daily"]


def test_it_loads_nothing_and_runs_nothing() -> None:
    page = Page(html.render_html(PAGE, title="x"))
    nothing_is_loaded(page)
    assert page.attributes("script") == []


def test_a_table_has_its_headings_where_a_screen_reader_looks() -> None:
    page = Page(html.render_html(PAGE, title="x"))
    assert page.said("thead")[:3] == ["tokens", "of tokens", "of list price"]
    scopes = {one.get("scope") for one in page.attributes("th")}
    assert scopes == {"col", "row"}
    named = [card.title for card in PAGE.cards if any(isinstance(part, Table) for part in card.parts)]
    assert [one.get("aria-label") for one in page.attributes("table")] == named


def test_a_column_without_anything_is_left_out() -> None:
    assert "never seen" not in html.render_html(PAGE, title="x")


def test_bars_and_shares_are_as_long_as_their_values() -> None:
    rows = (Row(("a", 0.8), Tone.NEW), Row(("b", 0.2), Tone.OUTPUT), Row(("c", None)))
    parts = (
        Stack(((Tone.CARRIED, 0.5), (Tone.NEW, 0.25), (Tone.REBUILT, 0.0))),
        Table((Column(), Column("", "bar")), rows),
    )
    page = Page(html.render_html(Cards("", (Card("T", "S.", parts),)), title="x"))
    found = [(one["class"], one["x"], one["width"]) for one in page.attributes("rect")]
    assert found == [
        ("carried", "0%", "66.67%"),
        ("new", "66.67%", "33.33%"),
        ("new", "0%", "100%"),
        ("output", "0%", "25%"),
        ("plain", "0%", "0%"),
    ]
    assert "carried 67%, new 33%" in {one.get("aria-label") for one in page.attributes("svg")}


@pytest.mark.parametrize(
    "attack", [*ATTACKS, '"><img src=x onerror=alert(1)>', "'; alert(1)//", "--><!--", "&lt;b&gt;"]
)
def test_hostile_text_stays_text(attack: str) -> None:
    page = Page(html.render_html(one_card(attack), title=attack))
    nothing_is_loaded(page)
    assert page.said("h1") == [text for text in [harmless(attack)] if text]
    assert forbidden("".join(page.said()).replace("\n", "")) == []


@given(ANY_TEXT)
def test_any_text_gives_a_whole_page(text: str) -> None:
    nothing_is_loaded(Page(html.render_html(one_card(text), title=text)))


def test_what_is_cut_is_whole_for_a_pointer() -> None:
    path = "/home/ada/" + "deep/" * 20 + "end.py"
    table = Table((Column("", "path"),), (Row((path,)),))
    page = Page(html.render_html(Cards("", (Card("T", "S.", (table,)),)), title="x"))
    (cell,) = page.said("th")
    assert re.fullmatch(r"/.*…/(deep/)*end\.py", cell)
    assert [one["title"] for one in page.attributes("th")] == [path]


STYLE = (Path(markup.__file__).parent / "style.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--(\w+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.S)[:2]
)


def luminance(colour: str) -> float:
    """As WCAG 2.2 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_shapes_are_seen_on_their_ground(colours: dict[str, str]) -> None:
    """WCAG AA: 4.5 for text, 3 for graphics. Links are in the colour of what is carried."""
    for ground in ("card", "page"):
        for name in ("text", "dim", "carried", "action"):
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
    for name in ("plain", "carried", "new", "output", "rebuilt", "first", "second", "third", "fourth"):
        assert contrast(colours[name], colours["card"]) >= 3, name


def test_black_and_white_are_as_far_apart_as_can_be() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
