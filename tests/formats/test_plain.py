"""The plain output: every fact of a page in words, nothing to look at."""

from __future__ import annotations

import io

import pytest

from tests.formats import ATTACKS, PAGE
from tests.formats.test_harmless import forbidden
from tokenscope.draw import plain_page as plain
from tokenscope.draw.plain_page import facts
from tokenscope.view.card import Card, Column, Page, Row, Table, Tone

EXPECTED = """\
tokenscope: 3 of 1,023 sessions, 18 to 19 Nov, 2 projects

Where your usage went
Two thirds of what you used was context that the model had been sent before.
carried: 8.2M tokens, 66 % of tokens, 31 % of list price, $93.10, sent before, read from the cache
new: 2.49M tokens, 20 % of tokens, 28 % of list price, $84.00, sent for the first time
output: 1.24M tokens, 10 % of tokens, 35 % of list price, $105, what the model wrote
rebuilt: 498K tokens, 4 % of tokens, 6 % of list price, $18.07
Basis: tokens as logged, at API list prices, 12 % of the output figures are too low

What you carried
More than a third of it was there before your first word: system prompt, tools, memory.
floor: 3.03M tokens, 37 %, 19.8K in each of 153 responses
Read results: 2.05M tokens, 25 %
Read results, web/src/ingest/解析/decode.py: 656K tokens, 8 %, in 61 responses
tool inputs: 1.23M tokens, 15 %, what it wrote into files
not logged: 16.4K tokens, 0.2 %
and 1,041 more, --all
To do: A floor smaller by 1K (CLAUDE.md, an MCP server nobody called) would have been 153K less
To do: Reading web/src/ingest/解析/decode.py in parts would have been 400K less
Basis: estimates that add up to what each response held, 8.2M in all

Days
Most of it fell on one evening.
18 Nov: 12.4M tokens, $300 list price
19 Nov: 941 tokens, <$0.01 list price
Nothing was used on 20 Nov.
Hours are in your zone.

Rebuilt context
Nothing had to be rebuilt: the cache lost no context in these two days.

28 files, 2,576 rows, 710 of them copies, 12 unreadable, since 12 Sep
next: tokenscope context, tokenscope session last
"""


def written(page: Page) -> str:
    stream = io.StringIO()
    plain.write_plainly(page, stream)
    return stream.getvalue()


def test_a_heading_is_said_with_its_rows_and_not_alone() -> None:
    rows = (Row(("by type",), Tone.DIM), Row(("a", "3"), indent=1), Row(("alone",), Tone.DIM))
    table = Table((Column(), Column("calls", "number")), rows)
    assert facts(table, str) == ["by type, a: 3 calls", "alone"]


def test_one_of_something_is_no_plural() -> None:
    columns = (Column(), Column("calls", "number"), Column("pushes", "number"), Column("of tokens", "number"))
    cards = (Card("Some", "Some.", (Table(columns, (Row(("a", "1", "1", "1 %")), Row(("b", "2", "0", "")))),)),)
    assert written(Page("", cards)).splitlines()[-2:] == ["a: 1 call, 1 push, 1 % of tokens", "b: 2 calls, 0 pushes"]


def test_when_something_was_is_said_as_people_say_it() -> None:
    columns = (Column(), Column("tokens", "number"), Column("at", "number"), Column("after", "number"))
    assert facts(Table(columns, (Row(("a", "9K", "23:08", "4 min")),)), str) == ["a: 9K tokens, at 23:08, after 4 min"]


def test_a_page_in_words() -> None:
    assert written(PAGE) == EXPECTED


def test_a_page_without_anything_is_its_header() -> None:
    assert written(Page("tokenscope", ())) == "tokenscope\n"


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_stays_on_its_line(attack: str) -> None:
    table = Table((Column(attack), Column(attack, "number")), (Row((attack, attack)),))
    hostile = f"x{attack}"
    lines = written(Page(attack, (Card(hostile, hostile, (table,), (hostile,), hostile),), (hostile,))).split("\n")
    assert forbidden("".join(lines)) == []
    assert all(line == " ".join(line.split()) for line in lines)
    assert sum(line.startswith("x") for line in lines) == 3  # title, sentence, footer
    assert sum(line.startswith(("To do: x", "Basis: x")) for line in lines) == 2


def test_rows_without_a_name_and_tables_without_columns() -> None:
    columns = (Column("", "label"), Column("model", "label"), Column("tokens", "number"))
    unnamed = Table(columns, (Row((None, "opus", "12")), Row(("short",)), Row(())))
    assert facts(unnamed, str) == ["model opus, 12 tokens", "short"]
    assert facts(Table((), (Row(("lost",)),)), str) == []


def test_a_row_is_named_after_the_rows_above_it() -> None:
    rows = (Row(("a",)), Row(("b",), indent=1), Row(("c",), indent=2), Row(("d",), indent=1), Row(("e",)))
    assert facts(Table((Column(),), rows), str) == ["a", "a, b", "a, b, c", "a, d", "e"]


def test_a_stream_that_speaks_no_unicode_gets_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="cp1252", newline="\n")
    plain.write_plainly(PAGE, stream)
    stream.flush()
    text = raw.getvalue().decode("ascii")
    assert "Read results, web/src/ingest/??/decode.py: 656K tokens" in text
