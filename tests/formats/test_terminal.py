"""Cards in a terminal: the look, in every width, whatever the text."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.formats import ATTACKS, EMPTY, GOLDEN, PAGE
from tests.formats.test_harmless import ANY_TEXT, forbidden
from tokenscope.draw import plain_page as plain
from tokenscope.draw import terminal_page as terminal
from tokenscope.draw.harmless import cells
from tokenscope.value import replace
from tokenscope.view.card import Card, Cell, Column, Note, Page, Part, Place, Row, Stack, Table, Tone


def drawn(page: Page, width: int | None = None, *, color: bool | None = False, ascii_only: bool | None = None) -> str:
    stream = io.StringIO()
    terminal.write_page(page, stream, width=width, color=color, ascii_only=ascii_only)
    return stream.getvalue()


def inside(*parts: Part, width: int = 100, ascii_only: bool = False) -> list[str]:
    """The lines of some parts in a card, without the card."""
    lines = drawn(Page("", (Card("T", "S.", parts),)), width, ascii_only=ascii_only).splitlines()
    return [line[3:-3].rstrip() for line in lines[3:-1]]


def column(kind: str, *cells: Cell, title: str = "") -> tuple[Column, tuple[Cell, ...]]:
    return Column(title, kind), cells


def table(*columns: tuple[Column, tuple[Cell, ...]], tone: Tone = Tone.PLAIN) -> Table:
    rows = zip(*(cells for _, cells in columns), strict=True)
    return Table(tuple(head for head, _ in columns), tuple(Row(cells, tone) for cells in rows))


@pytest.mark.parametrize("width", [60, 100, 160, 200])
def test_the_look(width: int, request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / f"page_{width}.txt"
    if request.config.getoption("--update-golden", default=False):
        golden.write_text(drawn(PAGE, width), encoding="utf-8")
    assert drawn(PAGE, width) == golden.read_text(encoding="utf-8")


def test_the_look_in_ascii(request: pytest.FixtureRequest) -> None:
    golden = GOLDEN / "page_ascii.txt"
    if request.config.getoption("--update-golden", default=False):
        golden.write_text(drawn(PAGE, 100, ascii_only=True), encoding="utf-8")
    assert drawn(PAGE, 100, ascii_only=True) == golden.read_text(encoding="ascii")


# Widths.

LETTERS = st.sampled_from(
    [
        "a",
        "Wort",
        "b c",
        "/",
        "src/store.py",
        " ",
        "é",
        "e\u0301",
        "日本語",
        "한글",
        "🚀",
        "👩\u200d💻",
        "\x1b[31m",
        "\u202e",
        "\n",
        "[red]",
    ]
)
HOSTILE = st.lists(LETTERS, max_size=12).map("".join)
NUMBERS = st.integers(1, 10**7).map(lambda number: f"{number:,}") | st.sampled_from(["<$0.01", "99.6 %", "3.91B"])
CELLS: dict[str, st.SearchStrategy[Cell]] = {
    "label": HOSTILE,
    "path": HOSTILE,
    "remark": HOSTILE | st.none(),
    "number": NUMBERS,
    "bar": st.floats(0, 1) | st.none() | st.sampled_from([float("nan"), float("inf"), -1.0]),
    "spark": st.lists(st.floats(0, 1), max_size=30).map(tuple),
}


@st.composite
def tables(draw: st.DrawFn) -> Table:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=9))
    rows = st.builds(
        Row,
        st.tuples(*(CELLS[kind] for kind in kinds)),
        st.sampled_from(Tone),
        st.booleans(),
        st.integers(0, 3),
    )
    heads = tuple(Column(draw(HOSTILE), kind) for kind in kinds)
    return Table(heads, tuple(draw(st.lists(rows, max_size=4))), draw(st.integers(0, 2000)))


CARDS = st.builds(
    Card,
    HOSTILE,
    HOSTILE,
    st.lists(
        tables()
        | st.builds(Note, HOSTILE)
        | st.builds(Stack, st.tuples(st.tuples(st.just(Tone.NEW), st.floats(0, 1)))),
        max_size=3,
    ).map(tuple),
    st.lists(HOSTILE, max_size=2).map(tuple),
    HOSTILE,
    st.just(Place.CARD),
)


@settings(max_examples=150)
@given(card=CARDS, width=st.integers(60, 250), ascii_only=st.booleans())
def test_every_line_of_a_card_is_as_wide_as_the_terminal_up_to_110_and_from_160_on_160(
    *, card: Card, width: int, ascii_only: bool
) -> None:
    lines = drawn(Page("", (card,)), width, ascii_only=ascii_only).splitlines()
    assert {cell_len(line) for line in lines} == {min(width, 110) if width < 160 else 160}


@settings(max_examples=50)
@given(st.lists(CARDS, min_size=2, max_size=4), st.integers(160, 250))
def test_cards_side_by_side_fill_the_width_and_a_last_one_the_left_half(cards: list[Card], width: int) -> None:
    lines = drawn(Page("", tuple(cards)), width).splitlines()
    whole = min(width, 222)
    pairs = {cell_len(line) for line in lines}
    assert pairs == ({whole} if len(cards) % 2 == 0 else {whole, (whole - 2) // 2})


@settings(max_examples=50)
@given(ANY_TEXT, st.integers(60, 250))
def test_no_line_of_a_page_is_wider_than_the_terminal(text: str, width: int) -> None:
    lines = drawn(Page(f"tokenscope   {text}", (EMPTY,), (text, "word " * 60)), width).splitlines()
    assert all(cells(line) <= width for line in lines)
    assert forbidden("".join(lines)) == []


@settings(max_examples=150)
@given(table=tables(), width=st.integers(60, 250), ascii_only=st.booleans())
def test_numbers_are_never_cut(*, table: Table, width: int, ascii_only: bool) -> None:
    text = "\n".join(inside(table, width=width, ascii_only=ascii_only))
    for row in table.rows:
        for head, cell in zip(table.columns, row.cells, strict=True):
            if head.kind == "number":
                assert re.search(rf"(?<![\d.,$]){re.escape(str(cell))}(?![\d.KMBT])", text)


def test_a_stream_that_is_no_terminal_is_100_cells_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert drawn(PAGE) == drawn(PAGE, 100)


@pytest.mark.parametrize(("columns", "width"), [("72", 72), ("0", 100), ("wide", 100), ("", 100)])
def test_columns_says_how_wide(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert drawn(PAGE) == drawn(PAGE, width)


def test_plain_is_written_on_request_and_where_cards_do_not_fit() -> None:
    expected, asked = io.StringIO(), io.StringIO()
    plain.write_plainly(PAGE, expected)
    terminal.write_page(PAGE, asked, width=100, plain=True)
    assert asked.getvalue() == drawn(PAGE, 59) == expected.getvalue() != drawn(PAGE, 60)


# Colours and encodings.


def codes(text: str) -> set[str]:
    return set(re.findall(r"\x1b\[([\d;]*)m", text))


def test_colours_are_the_terminals_own() -> None:
    page = Page("tokenscope", (Card("T", "S.", (Stack(tuple((tone, 1.0) for tone in Tone)),), ("Do.",)),))
    assert codes(drawn(page, 100, color=True)) == {"0", "1", "2", "31", "32", "33", "34", "35", "36", "92", "94", "95"}


def test_what_is_drawn_is_coloured_and_what_is_read_is_not() -> None:
    rows = (Row(("read", 1.0, "why"), Tone.NEW, marker=True), Row(("gone", 0.5, None), Tone.DIM))
    page = Page("", (Card("T", "S.", (Table((Column(), Column("", "bar"), Column("", "remark")), rows),)),))
    first, second = drawn(page, 60, color=True).splitlines()[3:5]
    assert "  \x1b[32m■ \x1b[0mread" in first
    assert "\x1b[32m" + "▇" * 32 + "\x1b[0m" in first
    assert "\x1b[2mwhy" in first
    assert "\x1b[2mgone" in second


def test_without_colours_a_legend_shows_the_shades_of_its_stack() -> None:
    rows = (Row(("carried",), Tone.CARRIED, marker=True), Row(("new",), Tone.NEW, marker=True))
    lines = inside(Stack(((Tone.CARRIED, 0.5), (Tone.NEW, 0.5))), Table((Column(),), rows))
    assert lines == ["▇" * 47 + "▓" * 47, "", "▇ carried", "▓ new"]


def test_colours_follow_the_environment_unless_the_caller_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    assert codes(drawn(PAGE, 100, color=None)) == set()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "34" in codes(drawn(PAGE, 100, color=None))
    assert codes(drawn(PAGE, 100, color=False)) == set()
    monkeypatch.setenv("NO_COLOR", "1")
    assert codes(drawn(PAGE, 100, color=None)) == {"0", "1", "2"}
    assert "34" in codes(drawn(PAGE, 100, color=True))


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_never_steers_the_terminal(attack: str) -> None:
    rows = (Row((attack, attack, attack, attack)),)
    heads = tuple(Column(attack, kind) for kind in ("path", "label", "number", "remark"))
    card = Card(attack, attack, (Table(heads, rows), Note(attack), Note(attack, verbatim=True)), (attack,), attack)
    page = Page(f"{attack}   {attack}", (card,), (attack,))
    assert forbidden(drawn(page, 100).replace("\n", "")) == []
    assert codes(drawn(page, 100, color=True)) <= {"0", "1", "2", "33"}


def test_markup_is_text() -> None:
    assert inside(Note("[red]not red[/red] :rocket: [/]")) == ["[red]not red[/red] :rocket: [/]"]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
def test_a_stream_that_speaks_no_unicode_gets_ascii(encoding: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="\n")
    terminal.write_page(PAGE, stream, width=100, color=False)
    stream.flush()
    assert raw.getvalue().decode("ascii") == drawn(PAGE, 100, ascii_only=True)


def test_a_reader_that_went_away_is_told_to_the_caller() -> None:
    class Closed(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        terminal.write_page(PAGE, Closed(), width=100)


# Pictures.


def test_a_stack_fills_the_card_and_shows_every_share() -> None:
    shares = ((Tone.CARRIED, 93.98), (Tone.NEW, 0.01), (Tone.OUTPUT, 0.01), (Tone.REBUILT, 0.0))
    assert inside(Stack(shares)) == ["▇" * 92 + "▓" + "▒"]


def test_largest_remainders_get_the_cells_that_rounding_left() -> None:
    # 94 cells in shares of 1/8, 3/8, 4/8: 11.75, 35.25 and 47 of them.
    shares = ((Tone.CARRIED, 1.0), (Tone.NEW, 3.0), (Tone.OUTPUT, 4.0))
    assert inside(Stack(shares)) == ["▇" * 12 + "▓" * 35 + "▒" * 47]


def test_a_stack_of_nothing_is_not_drawn() -> None:
    assert inside(Stack(()), Stack(((Tone.NEW, 0.0), (Tone.OUTPUT, float("nan"))))) == []


def test_bars_are_scaled_to_the_largest_and_end_in_eighths() -> None:
    # Of 32 cells: all, a half, 32 * 0.15 / 0.4 = 12, 32 * 0.13 / 0.4 = 10.4 (three eighths), hardly any, none.
    bars = table(column("label", *"abcdef"), column("bar", 0.4, 0.2, 0.15, 0.13, 0.00001, 0.0))
    assert inside(bars) == [f"a  {'▇' * 32}", f"b  {'▇' * 16}", f"c  {'▇' * 12}", f"d  {'▇' * 10}▍", "e  ▏", "f"]
    assert inside(bars, ascii_only=True)[3:5] == [f"d  {'#' * 10}-", "e  -"]


def test_a_mark_in_a_spark_is_no_height() -> None:
    sparks = table(column("label", "a"), column("spark", (0.5, -1.0, 1.0)))
    assert inside(sparks) == ["a  ▅╎█"]


def test_a_spark_rises_above_its_base_line_for_all_above_nothing() -> None:
    sparks = table(column("label", "a"), column("spark", (0.0, 0.001, 0.5, 1.0, 7.0, float("nan"))))
    assert inside(sparks) == ["a  ▁▂▅██▁"]


# Tables.


def test_blank_columns_vanish_with_their_titles() -> None:
    blank = table(
        column("label", "a", title="name"),
        column("number", None, title="gone"),
        column("label", "", title="gone"),
        column("bar", 0.0, title="gone"),
        column("remark", " \x1b[0m", title="gone"),
        column("number", "1", title="n"),
    )
    assert inside(blank) == ["name  n", "a     1"]


def test_a_table_without_rows_is_not_drawn() -> None:
    assert inside(Table((Column("tokens", "number"),), ())) == []


def test_rows_that_were_left_out_are_told() -> None:
    rows = Table((Column(),), (Row(("a",)),), left_out=1041)
    assert inside(rows) == ["a", "and 1,041 more · --all"]


def test_indents_and_markers_stand_before_the_first_cell() -> None:
    rows = (Row(("a", "1")), Row(("b", "2"), indent=1), Row(("c", "3"), Tone.NEW, marker=True, indent=2))
    lines = inside(Table((Column("", "path"), Column("", "number")), rows))
    assert lines == ["a        1", "  b      2", "    ▓ c  3"]


def test_text_gives_way_before_bars_and_bars_before_remarks() -> None:
    path = "src/tokenscope/ingest/decoding/store.py"  # 39 cells
    remark = "in 812 responses of 14 sessions"  # 31 cells
    row = table(column("path", path), column("number", "3.91B"), column("bar", 1.0), column("remark", remark))
    assert inside(row, width=110) == [f"{path}  3.91B  {'▇' * 23}  {remark}"]
    # The bar gives down to 16 cells, the path gives, the bar again, then it goes, and the remark is cut last.
    assert inside(row, width=102) == [f"src/…/ingest/decoding/store.py  3.91B  {'▇' * 24}  {remark}"]
    assert inside(row, width=85) == [f"src/…/decoding/store.py  3.91B  {'▇' * 14}  {remark}"]
    assert inside(row, width=72) == [f"src/…/store.py  3.91B  {'▇' * 10}  {remark}"]
    assert inside(row, width=66) == [f"src/…/store.py  3.91B  {remark}"]
    longer = table(column("path", path), column("number", "3.91B"), column("remark", f"{remark} and more"))
    assert inside(longer, width=60) == ["src/…/store.py  3.91B  in 812 responses of 14…"]


def test_labels_give_way_last() -> None:
    label = "a label of some length that tells what it is"  # 44 cells
    row = table(column("label", label), column("number", "3.91B", title="tokens"), column("remark", "a remark"))
    assert inside(row, width=75) == [f"{'':44}  tokens", f"{label}   3.91B  a remark"]
    assert inside(row, width=60)[1:] == [f"{label}   3.91B"]


def test_titles_of_numbers_are_cut_before_labels_are() -> None:
    numbers = [column("number", "1,234", title="a title of eighteen") for _ in range(3)]
    assert inside(table(column("label", "x" * 20), *numbers), width=60) == [
        f"{'':20}    a title…   a title…   a title…",
        f"{'x' * 20}       1,234      1,234      1,234",
    ]


def test_what_a_table_can_do_without_goes_before_a_title_is_cut_the_last_first() -> None:
    titles = ("first of eighteen.", "spare but it stays", "spare and it goes.")
    numbers = [column("number", "1,234", title=title) for title in titles]
    given = table(column("path", "x" * 12), *numbers)
    columns = (*given.columns[:2], *(replace(one, spare=True) for one in given.columns[2:]))
    assert inside(replace(given, columns=columns), width=60) == [
        f"{'':12}  first of eighteen.  spare but it stays",
        f"{'x' * 12}               1,234               1,234",
    ]
    assert inside(replace(given, columns=columns))[0].endswith("spare and it goes.")


def test_a_table_that_cannot_fit_is_told_in_sentences() -> None:
    numbers = [column("number", "1,234,567", title="tokens") for _ in range(8)]
    lines = inside(table(column("label", "much"), *numbers), width=60)
    assert " ".join(lines) == "much: " + ", ".join(["1,234,567 tokens"] * 8)


# Words.


def test_notes_that_follow_each_other_are_one_paragraph() -> None:
    assert inside(Note("One."), Note("Two."), Stack(()), Note("Three.")) == ["One.", "Two.", "", "Three."]


def test_actions_are_wrapped_beside_their_arrow() -> None:
    page = Page("", (Card("T", "S.", actions=("word " * 12, "Next.")),))
    lines = [line[3:-3].rstrip() for line in drawn(page, 60).splitlines()[2:-1]]
    assert lines == ["", "→ " + " ".join(["word"] * 10), "  word word", "→ Next."]


def test_a_caption_too_long_for_the_border_stands_inside() -> None:
    fits = drawn(Page("", (Card("T", "S.", caption="x" * 54),)), 60).splitlines()
    assert fits[-1] == f"╰─ {'x' * 54} ─╯"
    longer = drawn(Page("", (Card("T", "S.", caption=f"and {'x' * 51}"),)), 60).splitlines()
    assert longer[-4:] == [
        f"│{'':58}│",
        f"│  {'and':54}  │",
        f"│  {'x' * 51:54}  │",
        f"╰{'─' * 58}╯",
    ]


def test_a_title_too_long_for_the_border_is_cut() -> None:
    assert drawn(Page("", (Card("x" * 60, "S."),)), 60).splitlines()[0] == f"╭─ {'x' * 53}… ─╮"


def test_a_card_without_data_is_one_sentence() -> None:
    assert drawn(Page("", (Card("T", "Nothing happened."),)), 60).splitlines() == [
        f"╭─ T {'─' * 54}╮",
        f"│  {'Nothing happened.':54}  │",
        f"╰{'─' * 58}╯",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made up as Unix does it")
def test_behind_a_pipe_it_is_as_wide_as_the_terminal_of_the_pager(tmp_path: Path) -> None:
    """Errors still go to the terminal, so it tells its width; a file is no pager."""
    import fcntl  # noqa: PLC0415
    import pty  # noqa: PLC0415
    import struct  # noqa: PLC0415
    import termios  # noqa: PLC0415

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 72, 0, 0))
    command = [sys.executable, "-m", "tokenscope", "prices", "--no-color"]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    piped = subprocess.run(command, stdout=subprocess.PIPE, stderr=follower, env=environment, check=True).stdout
    with (tmp_path / "out.txt").open("wb") as file:
        subprocess.run(command, stdout=file, stderr=follower, env=environment, check=True)
    os.close(leader)
    os.close(follower)
    assert max(map(len, piped.decode().splitlines())) == 72
    assert max(map(len, (tmp_path / "out.txt").read_text(encoding="utf-8").splitlines())) == 100
