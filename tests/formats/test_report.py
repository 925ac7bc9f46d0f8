"""The report page: every section, the figures of the JSON report, and how it is written."""

from __future__ import annotations

import itertools
import os
import re
import webbrowser
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask, ask_outside
from tests.formats.markup import Page, nothing_is_loaded
from tests.formats.test_harmless import forbidden
from tests.ingest import FIRST
from tests.questions import NOW, shop
from tests.questions.test_any_history import hostile, malformed
from tests.transcripts import History, text, tool_use
from tokenscope import process_pool
from tokenscope.answers.context.composition import Composition, DayComposition, Part
from tokenscope.app import included
from tokenscope.app.registry import find_question
from tokenscope.draw import context_icicle, report_page, time_charts
from tokenscope.draw.page_pictures import calendar
from tokenscope.draw.report_page import PICTURES, WHOLE
from tokenscope.questions.report import SECTIONS
from tokenscope.view import figures
from tokenscope.view.question import Drawing

DRAWING = Drawing(NOW, None)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


@pytest.fixture(scope="module")
def source(root: Path) -> str:
    answer = ask("report", "-", "--tz", "UTC", root=root)
    assert (answer.code, answer.err) == (0, "")
    return answer.out


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


# --- what is on it ---


def test_every_section_is_there_and_linked_to(page: Page) -> None:
    places = [one["id"] for one in page.attributes("section")]
    names = [*(section.name for section in SECTIONS), *find_question("report").includes]
    assert [place for place in places if place in names] == names
    links = {one["href"] for one in page.attributes("a")}
    assert {f"#{name}" for name in names} <= links
    assert {one["id"] for _, one in page.elements if one.get("id")} >= {(link or "").lstrip("#") for link in links}
    assert set(PICTURES) <= set(names) and set(PICTURES) >= WHOLE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="other processes are copies of this one")
def test_the_page_is_the_same_whichever_process_worked_it_out(
    source: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Callable[[], Any]] = []
    begin = process_pool.start

    def start(work: Callable[[], Any], first: Callable[[], Any] | None = None) -> process_pool.Child:
        started.append(work)
        return begin(work, first)

    monkeypatch.setattr(process_pool, "start", start)
    monkeypatch.setattr(included, "WORTHWHILE", 1)
    monkeypatch.setattr(included, "processors", lambda: 2)
    assert ask("report", "-", "--tz", "UTC", root=root).out == source
    assert len(started) == 2  # one for what stands alone, one for the others


def test_no_place_is_there_twice(page: Page) -> None:
    places = [one["id"] for _, one in page.elements if "id" in one]
    assert len(places) == len(set(places))


def test_it_loads_nothing(page: Page) -> None:
    nothing_is_loaded(page)


def test_the_headline_is_the_total(page: Page, root: Path) -> None:
    """116,490 tokens, nine responses in three sessions of two projects, on three days."""
    usd = ask("models", "--json", root=root).report["total"]["list_price_usd"]
    assert page.said("dd") == ["116K", figures.dollars(usd), "9", "3", "2", "3"]


def test_headings_come_in_their_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_picture_says_what_it_shows_or_is_hidden_from_who_cannot_see_it(page: Page) -> None:
    for one in page.attributes("svg"):
        assert one.get("aria-hidden") == "true" or one.get("aria-label")


def test_sessions_are_rows_with_their_values(page: Page, root: Path) -> None:
    report = ask("report", "--json", "--tz", "UTC", root=root).report
    ids = [one["title"] for one in page.attributes("th") if one.get("class") == "text" and one.get("scope") == "row"]
    assert ids == [one["session"]["session_id"] for one in report["sessions"]]
    values = [one.get("data-value") for one in page.attributes("td") if one.get("data-title") == "tokens"]
    assert {"80730", "12350"} <= set(values)


@pytest.mark.parametrize(
    ("plan", "first", "second"), [("api", "list price", "tokens"), ("max5", "tokens", "at API list price")]
)
def test_dollars_stand_where_the_plan_wants_them(root: Path, plan: str, first: str, second: str) -> None:
    page = Page(ask("report", "-", "--plan", plan, root=root).out)
    for place in ("sessions", "context", "days"):
        heads = re.findall(r"<th[^>]*>([^<]+)</th>", page.source.split(f'<section id="{place}"', 1)[1])
        assert heads.index(first) < heads.index(second), place
    panels = [
        page.source.index(f">{words} by day")
        for words in ("Tokens", "List price" if plan == "api" else "At API list price")
    ]
    assert (panels[0] > panels[1]) == (plan == "api")


def test_the_sessions_card_is_not_drawn_twice(source: str) -> None:
    section = source.split('<section id="sessions"', 1)[1].split("</section>", 1)[0]
    assert section.count("<table") == 1


# --- how it is written ---


def test_the_default_name_has_the_date(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(2):  # the page of today may be made again
        answer = ask("report", root=root)
        assert (answer.code, answer.err) == (0, "")
        (made,) = tmp_path.iterdir()
        assert answer.out == f"wrote {made.name}\n"
        assert re.fullmatch(r"tokenscope-\d{4}-\d\d-\d\d\.html", made.name)


def test_a_file_of_somebody_else_is_not_written_over(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.html"
    path.write_text("<p>mine</p>", encoding="utf-8")
    for words in (("report", path), ("daily", "--html", path), ("daily", "--svg", path)):
        answer = ask(*words, root=root)
        assert (answer.code, answer.out) == (2, "")
        assert "tokenscope did not write it" in answer.err and "hint: " in answer.err
        assert path.read_text(encoding="utf-8") == "<p>mine</p>"


def test_the_page_is_utf_8_whatever_the_terminal_speaks(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST, cwd="/home/ada/лавка").response()
    env = {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    answer = ask_outside("report", "-", root=history.write(), env=env)
    assert (answer.code, answer.err) == (0, "")
    assert "лавка" in answer.out
    answer = ask_outside("report", tmp_path / "é.html", root=tmp_path, env=env)
    assert (answer.code, answer.err, answer.out) == (0, "", f"wrote {tmp_path}/e.html\n")
    assert (tmp_path / "é.html").exists()


def test_open_opens_it(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def open_in_vain(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", open_in_vain)
    path = tmp_path / "a page.html"
    assert ask("report", path, "--open", root=root).err == ""
    assert opened == [f"{tmp_path.resolve().as_uri()}/a%20page.html"]


def test_where_there_is_no_browser_that_is_said(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    answer = ask("report", tmp_path / "page.html", "--open", root=root)
    assert (answer.code, answer.err) == (0, "hint: no browser could be opened here\n")
    assert (tmp_path / "page.html").exists()


@pytest.mark.parametrize("other", [("--json",), ("--svg", "x.svg"), ("--html", "x.html")])
@pytest.mark.parametrize("own", ["page.html", "--open"])
def test_another_output_leaves_no_place_for_the_page(root: Path, other: tuple[str, ...], own: str) -> None:
    answer = ask("report", own, *other, root=root)
    assert answer.code == 2
    assert other[0] in answer.err + answer.out


def test_html_and_svg_of_it_are_its_cards(root: Path, tmp_path: Path) -> None:
    assert ask("report", "--html", tmp_path / "cards.html", root=root).code == 0
    cards = Page((tmp_path / "cards.html").read_text(encoding="utf-8"))
    assert "Session by session" in cards.said("h2")
    assert cards.attributes("script") == []


def test_the_same_history_gives_the_same_page(root: Path) -> None:
    pages = {re.sub(r"made on [^<]*", "", ask("report", "-", "--tz", "UTC", root=root).out) for _ in range(2)}
    assert len(pages) == 1


# --- whatever a transcript says ---


@pytest.mark.parametrize("make", [hostile, malformed])
def test_a_history_of_attacks_and_one_of_damage(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    answer = ask("report", "-", root=make(tmp_path))
    assert (answer.code, answer.err) == (0, "")
    found = Page(answer.out)
    nothing_is_loaded(found)
    assert forbidden("".join(found.said()).replace("\n", "")) == []
    assert next(section.name for section in SECTIONS) in [one["id"] for one in found.attributes("section")]


def test_a_page_about_nothing(root: Path) -> None:
    found = Page(ask("report", "-", "--project", "nothing", root=root).out)
    nothing_is_loaded(found)
    assert found.said("dd") == ["0", "$0", "0", "0", "0", "0"]


# --- many ---


def test_of_very_many_sessions_the_largest_are_listed_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions of 100, 200, … 500 tokens: the largest three hold 1,200 of 1,500, 80 %."""
    monkeypatch.setattr(report_page, "MOST", 3)
    history = History(tmp_path)
    for number in (3, 1, 5, 2, 4):
        history.session(f"{number}").response(input=100 * number, output=0)
    page = Page(ask("report", "-", root=history.write()).out)
    rows = [one["title"] for one in page.attributes("th") if one.get("scope") == "row" and one.get("class") == "text"]
    assert sorted(filter(None, rows)) == ["3", "4", "5"]
    told = "the 3 largest of 5 sessions, with 80 % of the tokens; tokenscope sessions --csv has them all"
    assert told in page.said("p")


def test_five_thousand_sessions_are_a_page_below_five_megabytes(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(5_000):
        session = history.session(f"{number:08x}", cwd=f"/home/ada/project-{number % 50}")
        session.prompt(f"Look into what number {number} is about, and why it is so much slower than it was")
        for step in range(2):
            session.response(input=10_000 + step * 1_000 + number, output=50)
    page = Page(ask("report", "-", root=history.write()).out)
    assert len(page.source.encode()) < 5_000_000
    rows = [one for one in page.attributes("th") if one.get("scope") == "row" and one.get("class") == "text"]
    rows = [one for one in rows if not str(one.get("title")).startswith("1 ")]  # what would have saved most
    assert len(rows) == report_page.MOST
    assert any("of 5,000 sessions" in text for text in page.said("p"))


# --- charts ---


def day(on: date, tokens: int, usd: float | None = 1.0) -> DayComposition:
    nothing = Part(0, 0.0, 0.0, 0.0)
    made = Composition(Part(tokens, 1.0, usd, 1.0), nothing, nothing, nothing, 0.0, 0, 0.0)
    return DayComposition(on, 1, tokens, usd, made)


@pytest.mark.parametrize(
    ("span", "unit", "count"),
    [(0, "day", 1), (91, "day", 92), (92, "week", 14), (730, "week", 105), (731, "month", 25)],
)
def test_periods_have_no_gap_and_lose_nothing(span: int, unit: str, count: int) -> None:
    """From Thursday, 1 January 2026: 92 days on lie in 14 weeks, 730 days in 105, 731 in the months up to 2 Jan 2028."""
    first = date(2026, 1, 1)
    days = [day(first, 100), *([day(first + timedelta(days=span), 20, None)] if span else [])]
    found = time_charts.periods(days, DRAWING)
    assert (found[0], len(found[1])) == (unit, count)
    assert sum(sum(period.tokens) for period in found[1]) == (120 if span else 100)
    assert sum(sum(period.usd) for period in found[1]) == 1.0


def test_a_date_of_another_age_does_not_make_the_page_endless() -> None:
    days = [day(date(2000, 1, 1), 5), day(date(2026, 6, 1), 400), day(date(2099, 12, 31), 100)]
    unit, found = time_charts.periods(days, DRAWING)
    assert (unit, len(found), sum(found[-1].tokens)) == ("month", time_charts.MOST, 100)
    assert "the newest 120 months" in time_charts.composition_over_time(days, DRAWING)
    strips = calendar(days, DRAWING)
    assert strips.count("<svg") == 3 + 6  # and the scale's squares
    assert "the newest 3 years" in strips


def labels(picture: str) -> Iterator[str]:
    yield from re.findall(r'<text[^>]*text-anchor="end"[^>]*>([^<]+)</text>', picture)


def test_columns_are_as_high_as_their_tokens() -> None:
    picture = time_charts.composition_over_time([day(date(2026, 6, 1), 400), day(date(2026, 6, 2), 100)], DRAWING)
    heights = [
        float(one) for one in re.findall(r'class="carried" x="[^"]+" y="[^"]+" width="[^"]+" height="([^"]+)"', picture)
    ]
    assert heights[:2] == [150, 37.5]  # of tokens
    assert {"100", "200", "300", "400"} & set(labels(picture)) == {"200", "400"}


def test_without_a_price_there_is_one_panel() -> None:
    picture = time_charts.composition_over_time([day(date(2026, 6, 1), 400, None)], DRAWING)
    assert "Tokens by day" in picture
    assert "List price by day" not in picture


def ledger_of(tmp_path: Path) -> Page:
    history = History(tmp_path)
    session = history.session(FIRST, cwd="/home/ada/shop")
    session.prompt("Look", at="2026-06-01T10:00:00Z")
    size = 10_000
    for number, length in enumerate((29_000, 14_500, 8_700, 5_800, 290)):
        read = tool_use(f"toolu_{number}", "Read", {"file_path": f"/home/ada/shop/src/part_{number}.py"})
        session.response(input=size, blocks=[text(""), read])
        session.tool_result(f"toolu_{number}", "x" * length)
        size += length * 10 // 29
    for _ in range(10):
        session.response(input=size)
    return Page(ask("report", "-", root=history.write()).out)


def test_a_source_can_be_gone_into_and_out_of(tmp_path: Path) -> None:
    page = ledger_of(tmp_path)
    report = ask("context", "--json", root=tmp_path).report["ledger"]
    places = {f"context-{number}": row for number, row in enumerate(report["sources"], 1) if row["items"]}
    zooms = {one["id"] for one in page.attributes("div") if one.get("class") == "zoom"}
    assert zooms == set(places) and zooms
    hrefs = [one["href"] for one in page.attributes("a")]
    assert {f"#{place}" for place in zooms} <= set(hrefs)
    assert hrefs.count("#context") == len(zooms) + 1
    words = page.said()
    for row in places.values():
        for item in row["items"]:
            assert figures.home_path(item["item"]) in words


def test_the_icicle_is_as_high_as_all_context(tmp_path: Path) -> None:
    """The left column, one cell below the other, is the whole; every one but the last ends a pixel early."""
    source = ledger_of(tmp_path).source
    whole = source.split('class="whole"', 1)[1].split('class="dim hint"', 1)[0]
    cells = re.findall(r'class="\w+ cell" x="0%" y="([\d.]+)" width="34%" height="([\d.]+)"', whole)
    found = sorted((float(y), float(height)) for y, height in cells)
    assert found[0][0] == 0
    for (y, height), (below, _) in itertools.pairwise(found):
        assert y + height + 1 == pytest.approx(below, abs=0.02)
    assert found[-1][0] + found[-1][1] + 1 == pytest.approx(context_icicle.HEIGHT, abs=0.02)
