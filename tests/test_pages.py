"""The pages in a real browser: nothing is loaded, nothing complains, nothing is wider than the window, and it works."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asking import ask
from tests.browser import CHROMIUM, DESKTOP, PHONE, Browser, Tab, browser

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt install chromium)")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pages of the made-up history."""
    folder = tmp_path_factory.mktemp("pages")
    assert ask("demo", "report", folder / "report.html").code == 0
    for question in ("quickstart", "context", "sessions"):
        assert ask("demo", question, "--html", folder / f"{question}.html").code == 0
    return folder


@pytest.fixture
def tab(chromium: Browser) -> Tab:
    return chromium.tab()


@pytest.fixture
def report(tab: Tab, pages: Path) -> Tab:
    tab.show(DESKTOP)
    tab.open(pages / "report.html")
    return tab


def is_fine(tab: Tab, path: Path, width: int) -> None:
    assert tab.complaints == []
    assert {address.partition("#")[0] for address in tab.requests} == {path.as_uri()}
    assert tab.value("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, 820, DESKTOP])
@pytest.mark.parametrize("name", ["report", "quickstart", "context", "sessions"])
def test_every_page_at_every_width(tab: Tab, pages: Path, name: str, width: int, dark: bool, script: bool) -> None:  # noqa: FBT001
    path = pages / f"{name}.html"
    tab.show(width, dark=dark, script=script)
    tab.open(path)
    is_fine(tab, path, width)
    background = tab.value("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(18, 21, 26)" if dark else "rgb(246, 247, 249)")


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_going_into_a_source_and_out_needs_no_script(tab: Tab, pages: Path, width: int) -> None:
    shown = "[...document.querySelectorAll('.whole, .zoom')].filter(one => one.offsetHeight).map(one => one.id || 'whole').join()"
    tab.show(width, script=False)
    for place, expected in (("", "whole"), ("#context-1", "context-1"), ("#context", "whole")):
        tab.open(pages / "report.html", place)
        assert tab.value(shown) == expected
        is_fine(tab, pages / "report.html", width)


def test_a_click_on_a_source_goes_into_it(report: Tab) -> None:
    report.value("document.querySelector('.icicle a').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    assert report.value("location.hash") == "#context-1"
    assert report.value("document.querySelector(':target h3').textContent") == "Read results"


TOKENS = (
    "[...document.querySelectorAll('#sessions-table tbody tr')].filter(row => !row.hidden)"
    ".map(row => Number(row.cells[3].dataset.value))"
)


def test_sessions_are_sorted_by_a_click_on_a_heading(report: Tab) -> None:
    written = report.value(TOKENS)
    click = "[...document.querySelectorAll('#sessions-table th button')].find(one => one.textContent === '{}').click()"
    told = "document.querySelector('#sessions-table th[aria-sort]').ariaSort"
    report.value(click.format("tokens"))
    assert (report.value(TOKENS), report.value(told)) == (sorted(written, reverse=True), "descending")
    report.value(click.format("tokens"))
    assert (report.value(TOKENS), report.value(told)) == (sorted(written), "ascending")
    report.value(click.format("project"))
    names = report.value("[...document.querySelectorAll('#sessions-table tbody td.path')].map(one => one.textContent)")
    assert (names, report.value(told)) == (sorted(names), "ascending")
    assert sorted(report.value(TOKENS)) == sorted(written)
    assert report.value("document.querySelectorAll('#sessions-table th[aria-sort]').length") == 1


def test_sessions_are_filtered_by_words(report: Tab) -> None:
    enter = "(words => {{ const box = document.querySelector('input'); box.value = words; box.dispatchEvent(new Event('input')); }})('{}')"
    projects = (
        "[...new Set([...document.querySelectorAll('#sessions-table tbody tr')].filter(row => row.offsetHeight)"
        ".map(row => row.cells[1].textContent))].join()"
    )
    every = len(report.value(TOKENS))
    report.value(enter.format("KITE"))
    shown = len(report.value(TOKENS))
    assert report.value(projects) == "kite-cli"
    assert 0 < shown < every
    assert report.value("document.querySelector('output').textContent") == f"{shown} of {every}"
    report.value(enter.format("kite no-such-word"))
    assert report.value(TOKENS) == []
    report.value(enter.format(""))
    assert len(report.value(TOKENS)) == every
    assert report.value("document.querySelector('output').textContent") == ""


def test_without_script_every_session_is_there_and_no_dead_control(tab: Tab, pages: Path) -> None:
    tab.show(DESKTOP, script=False)
    tab.open(pages / "report.html")
    assert tab.value("document.querySelectorAll('#sessions-table tbody tr').length") > 40
    assert tab.value("document.querySelector('.filter').offsetHeight") == 0
    assert tab.value("document.querySelectorAll('button').length") == 0


def test_the_keyboard_reaches_what_can_be_done(report: Tab) -> None:
    report.press("Tab")
    assert report.value("document.activeElement.textContent") == "Skip to the figures"
    met = set()
    for _ in range(80):
        report.press("Tab")
        met.add(report.value("document.activeElement.tagName + ' ' + (document.activeElement.ariaLabel ?? '')").strip())
    assert {"A", "SUMMARY", "INPUT", "BUTTON", "DIV Sessions"} <= met
    report.value("[...document.querySelectorAll('th button')][3].focus()")
    report.press("Enter")
    assert report.value("document.querySelector('th[aria-sort]').textContent") == "tokens"


def test_the_policy_holds_back_whatever_would_be_loaded(report: Tab) -> None:
    """A listener of our own hears nothing, whatever a script in the page tries."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
        report.value(
            f"""new Promise(done => {{
              const image = new Image();
              image.onerror = image.onload = done;
              image.src = '{address}';
            }})"""
        )
        assert report.value(f"fetch('{address}').then(() => 'loaded', () => 'held back')") == "held back"
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert any("Content Security Policy" in complaint for complaint in report.complaints)


def test_on_paper_it_is_black_on_white_and_without_controls(tab: Tab, pages: Path) -> None:
    tab.show(DESKTOP, dark=True)
    tab.send("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    tab.open(pages / "report.html")
    assert tab.value("getComputedStyle(document.body).color") == "rgb(31, 39, 50)"
    for hidden in ("nav", ".filter", ".places"):
        assert tab.value(f"document.querySelector('{hidden}').offsetHeight") == 0
    rows = "[...document.querySelectorAll('#sessions-table tbody tr')].filter(row => row.offsetHeight).length"
    assert tab.value(rows) == 40
