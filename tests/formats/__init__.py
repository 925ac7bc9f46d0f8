"""What the formats' tests share: a page with a card of every kind, in made-up figures."""

from __future__ import annotations

from pathlib import Path

from tokenscope.view.card import Card, Column, Note, Page, Row, Stack, Table, Tone

GOLDEN = Path(__file__).parent / "golden"

USAGE = Card(
    title="Where your usage went",
    sentence="Two thirds of what you used was context that the model had been sent before.",
    parts=(
        Stack(((Tone.CARRIED, 0.66), (Tone.NEW, 0.2), (Tone.OUTPUT, 0.1), (Tone.REBUILT, 0.04))),
        Table(
            (
                Column(),
                Column("tokens", "number"),
                Column("of tokens", "number"),
                Column("of list price", "number"),
                Column("", "number"),
                Column("", "remark"),
            ),
            (
                Row(
                    ("carried", "8.2M", "66 %", "31 %", "$93.10", "sent before, read from the cache"),
                    Tone.CARRIED,
                    marker=True,
                ),
                Row(("new", "2.49M", "20 %", "28 %", "$84.00", "sent for the first time"), Tone.NEW, marker=True),
                Row(("output", "1.24M", "10 %", "35 %", "$105", "what the model wrote"), Tone.OUTPUT, marker=True),
                Row(("rebuilt", "498K", "4 %", "6 %", "$18.07", None), Tone.REBUILT, marker=True),
            ),
        ),
    ),
    caption="tokens as logged, at API list prices · 12 % of the output figures are too low",
)
CONTEXT = Card(
    title="What you carried",
    sentence="More than a third of it was there before your first word: system prompt, tools, memory.",
    parts=(
        Table(
            (
                Column("", "path"),
                Column("tokens", "number"),
                Column("", "number"),
                Column("", "bar"),
                Column("", "remark"),
                Column("never seen", "number"),
            ),
            (
                Row(("floor", "3.03M", "37 %", 0.37, "19.8K in each of 153 responses", None)),
                Row(("Read results", "2.05M", "25 %", 0.25, None), Tone.CARRIED),
                Row(("web/src/ingest/解析/decode.py", "656K", "8 %", 0.08, "in 61 responses"), Tone.CARRIED, indent=1),
                Row(("tool inputs", "1.23M", "15 %", 0.15, "what it wrote into files"), Tone.OUTPUT),
                Row(("not logged", "16.4K", "0.2 %", 0.002, None), Tone.DIM),
            ),
            left_out=1041,
        ),
    ),
    actions=(
        "A floor smaller by 1K (CLAUDE.md, an MCP server nobody called) would have been 153K less",
        "Reading web/src/ingest/解析/decode.py in parts would have been 400K less",
    ),
    caption="estimates that add up to what each response held · 8.2M in all",
)
DAYS = Card(
    title="Days",
    sentence="Most of it fell on one evening.",
    parts=(
        Table(
            (Column("day"), Column("tokens", "number"), Column("list price", "number"), Column("by hour", "spark")),
            (
                Row(("18 Nov", "12.4M", "$300", (0.0, 0.0, 0.1, 0.5, 0.9, 1.0, 0.3)), Tone.NEW),
                Row(("19 Nov", "941", "<$0.01", (0.0, 0.01, 0.0, 0.0, 0.0, 0.0, 0.0)), Tone.NEW),
            ),
        ),
        Note("Nothing was used on 20 Nov."),
        Note("Hours are in your zone.", Tone.DIM),
    ),
)
EMPTY = Card("Rebuilt context", "Nothing had to be rebuilt: the cache lost no context in these two days.")
PAGE = Page(
    header="tokenscope   3 of 1,023 sessions · 18 to 19 Nov · 2 projects",
    cards=(USAGE, CONTEXT, DAYS, EMPTY),
    footer=(
        "28 files · 2,576 rows · 710 of them copies · 12 unreadable · since 12 Sep",
        "next: tokenscope context · tokenscope session last",
    ),
)

# Whatever of these reaches a terminal moves its cursor, writes to the clipboard, hides or turns text.
ATTACKS = (
    "\x1b[2J\x1b[1;1Hcleared",
    "\x9b31mred by C1",
    "\x1b]0;title\x07after",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;cm0gLXJmIC8=\x07clipboard",
    "\x1b]52;c;never closed",
    "\x9d0;title by C1\x9cafter",
    "\x1bP+q544e\x1b\\DCS",
    "\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    "\x1bcreset \x1b(0lqqk",
    "\x1b\x1b[0m[31mnested",
    "back\x08\x08\x08\x7fspace",
    "line\nfeed\r\nand\x85next\u2028line\u2029paragraph\tTab\x0b\x0c",
    "\u202egnp.exe\u202c \u2066isolate\u2069 \u200fmark\u061c",
    "zero\u200bwidth\u200cnon\u200djoiner\ufeff\u2060 soft\u00adhyphen",
    "tags\U000e0041\U000e0042 fillers\u3164\uffa0\u115f variation\ufe0f\U000e0100",
    "lone\ud800surrogate private\ue000 unassigned\U000e0fff noncharacter\uffff",
    "[red]markup[/red] [link=https://evil.example]x[/link] :boom:",
    "</text><script>alert(1)</script>&amp;\"'<![CDATA[",
    "a" + "\u0301" * 200,
)
