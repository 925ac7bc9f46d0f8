"""Untrusted text is harmless once printed, and measured as terminals measure it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.formats import ATTACKS
from tokenscope.draw.harmless import cells, cut, cut_path, harmless, in_ascii, pad, speaks_unicode, wrap

# What a terminal or a reader may be misled by: controls, format characters, surrogates, private use, line ends.
FORBIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
ANY_TEXT = st.text(st.characters()) | st.text(st.sampled_from("ab \x1b[]0;m\x07\\\x9b\x9d\u202e\u0301\ud800日"))


def forbidden(text: str) -> list[str]:
    return [character for character in text if unicodedata.category(character) in FORBIDDEN]


@given(ANY_TEXT)
def test_any_text_becomes_one_harmless_line(text: str) -> None:
    safe = harmless(text)
    assert forbidden(safe) == []
    assert safe == " ".join(safe.split(" ")).strip()
    assert not any(character.isspace() and character != " " for character in safe)


@given(ANY_TEXT)
def test_a_line_of_code_is_as_harmless_with_its_spaces(text: str) -> None:
    safe = harmless(text, keeps_spaces=True)
    assert forbidden(safe) == []
    assert safe.split() == harmless(text).split()
    assert not any(character.isspace() and character != " " for character in safe)
    assert harmless(safe, keeps_spaces=True) == safe


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("    return  x  ", "    return  x"),
        ("\tif\tx:", "    if    x:"),
        ("  \x1b[2K\x1b[1Aabove", "  above"),
        ("one\r\n  two\u2028three", "one    two three"),
        (" " * 100_000 + "far", " " * 60 + "far"),
        ("\t" * 100_000 + "far", " " * 60 + "far"),
        (" \u00a0\u3000wide", "   wide"),
        (" " * 9, ""),
    ],
)
def test_spaces_are_kept_where_they_are_wanted(text: str, expected: str) -> None:
    assert harmless(text, keeps_spaces=True) == expected


@given(ANY_TEXT)
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_survives(attack: str) -> None:
    assert forbidden(harmless(attack)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b1;31mred", "red"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;cm0gLXJmIC8=\x07clipboard", "clipboard"),
        ("\x9d0;title\x9cafter", "after"),
        ("\x1bP+q544e\x1b\\DCS", "DCS"),
        ("\x1b]0;never closed", "0;never closed"),
        ("\x1b\x1b[0m[31mnested", "[31mnested"),
        ("one\r\n\ttwo\u2028three\u00a0four", "one two three four"),
        ("a\x00b\x08c\x7fd", "abcd"),
        ("\u202egnp.exe", "gnp.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("👩\u200d💻", "👩💻"),
        ("👍🏽 ☺\ufe0f", "👍 ☺"),
        ("\u3164filler\u115f", "filler"),
        ("lone\ud800 private\ue000", "lone\ufffd private\ufffd"),
        ("[red]markup[/red]", "[red]markup[/red]"),
        ("cafe\u0301", "café"),
        ("x" + "\u0301" * 200, "x" + "\u0301" * 3),
        ("  much   space  ", "much space"),
    ],
)
def test_what_is_left_of_a_text(text: str, expected: str) -> None:
    assert harmless(text) == expected


def test_long_broken_sequences_take_no_quadratic_time() -> None:
    assert harmless("\x1b]" * 100_000 + "end") == "end"
    assert harmless("\x9d" * 100_000 + "end") == "end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("abc", 3), ("日本", 4), ("e\u0301", 1), ("🚀", 2), ("한", 2), ("\u1112\u1161", 2), ("नमस्ते", 4), ("", 0)],
)
def test_cells_are_what_a_terminal_takes(text: str, expected: int) -> None:
    assert cells(text) == expected


@given(ANY_TEXT.map(harmless), st.integers(0, 20), st.sampled_from(["…", "..."]))
def test_a_cut_text_fits(text: str, width: int, ellipsis: str) -> None:
    assert cells(cut(text, width, ellipsis)) <= width
    assert cells(cut_path(text.replace("a", "/"), width, ellipsis)) <= width


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("in 812 responses", 16, "in 812 responses"),
        ("in 812 responses", 15, "in 812 respons…"),
        ("what it wrote into files", 20, "what it wrote into…"),
        ("of 66,607", 8, "of…"),
        ("with each of 66,607", 18, "with each of…"),  # never "66,6…": that would be another number
        ("unbreakable", 6, "unbre…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
    ],
)
def test_a_text_is_cut_between_words_where_that_keeps_half(text: str, width: int, expected: str) -> None:
    assert cut(text, width) == expected


@pytest.mark.parametrize(
    ("path", "width", "expected"),
    [
        ("src/tokenscope/ingest/store.py", 30, "src/tokenscope/ingest/store.py"),
        ("src/tokenscope/ingest/store.py", 29, "src/…/ingest/store.py"),
        ("src/tokenscope/ingest/store.py", 20, "src/…/store.py"),
        ("src/tokenscope/ingest/store.py", 13, "…/store.py"),
        ("src/tokenscope/ingest/store.py", 8, "sto…e.py"),
        ("/home/you/project/store.py", 16, "/…/store.py"),
        ("C:\\Users\\you\\store.py", 16, "C:\\…\\store.py"),
        ("store_of_everything.py", 10, "store_of_…"),
        ("fix the login/logout flow", 15, "fix the login/…"),
        ("src/日本語/語.py", 12, "src/…/語.py"),
    ],
)
def test_a_path_is_cut_in_its_middle(path: str, width: int, expected: str) -> None:
    assert cut_path(path, width) == expected
    assert cells(expected) <= width


@given(ANY_TEXT.map(harmless), st.integers(2, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_number_stays_with_its_percent_sign() -> None:
    assert wrap("it was 37 % of all", 10) == ["it was", "37 % of", "all"]


def test_padding_counts_cells() -> None:
    assert pad("日", 4) == "日  "
    assert pad("日", 4, right=True) == "  日"


@given(ANY_TEXT.map(harmless))
def test_ascii_text_is_ascii_and_one_line(text: str) -> None:
    plain = in_ascii(text)
    assert plain.isascii()
    assert plain.isprintable()


def test_ascii_text_keeps_what_signs_mean() -> None:
    assert in_ascii("2 files · café → “x…” ≥ 3 — 日") == '2 files, cafe -> "x..." >= 3 - ?'


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", True),
        ("utf-16", True),
        (None, True),
        ("ascii", False),
        ("cp1252", False),
        ("cp437", False),
        ("?", False),
    ],
)
def test_only_unicode_encodings_take_any_text(*, encoding: str | None, expected: bool) -> None:
    assert speaks_unicode(encoding) is expected
