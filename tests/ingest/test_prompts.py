"""What a person said, told from what a program put there (T40), and the first sentence of it (T42)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transcripts import Row, image, text
from tokenscope.ingest.rows.prompt_words import first_sentence, prompt_of
from tokenscope.ingest.rows.schema import ToolsRow


def prompt_text(row: ToolsRow) -> str:
    """The words of a person's prompt; "" where the row is none."""
    return prompt_of(row)[1]


WRAPPERS = (
    *("system-reminder", "task-notification", "local-command-stdout", "local-command-stderr", "local-command-caveat"),
    *("bash-input", "bash-stdout", "bash-stderr", "command-message", "command-contents"),
    *("ide_opened_file", "ide_selection", "ide_diagnostics", "user-prompt-submit-hook"),
)


def row(content: object, **more: object) -> ToolsRow:
    return decoded({"type": "user", "message": {"role": "user", "content": content}, **more})


def decoded(fields: Row) -> ToolsRow:
    return msgspec.json.decode(json.dumps(fields), type=ToolsRow)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("Fix the basket", "Fix the basket"),
        ("  Fix\n the basket \n", "Fix\n the basket"),
        ("", ""),
        (" \n\t", ""),
        ("a < b > c", "a < b > c"),
        ("<b>bold</b>", "<b>bold</b>"),
        ("Explain <system-reminder> to me", "Explain <system-reminder> to me"),  # it never ends
        ("[Request interrupted by user]", ""),
        ("[Request interrupted by user for tool use]", ""),
        (" [Request interrupted by user] and then", ""),
        ("Why [Request interrupted by user]?", "Why [Request interrupted by user]?"),
    ],
)
def test_t40_a_prompt_of_one_text(content: str, words: str) -> None:
    assert prompt_text(row(content)) == words


@pytest.mark.parametrize("name", WRAPPERS)
def test_t40_wrappers_are_taken_out(name: str) -> None:
    wrapped = f'<{name} from="x">Not\n<mine>.</{name}>'
    assert prompt_text(row(wrapped)) == ""
    assert prompt_text(row(f"{wrapped}Go on{wrapped}\n{wrapped}")) == "Go on"
    assert prompt_text(row([text(wrapped), text("Go on")])) == "Go on"


def test_t40_another_name_that_begins_so_is_words() -> None:
    assert prompt_text(row("<bash-inputs>ls</bash-inputs>")) == "<bash-inputs>ls</bash-inputs>"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<command-name>/clear</command-name><command-args></command-args>", "/clear"),
        ("<command-name>clear</command-name>", "/clear"),
        ("<command-message>r</command-message>\n<command-name> /r </command-name><command-args> 7 b </command-args>", "/r 7 b"),
        ("<command-args>7</command-args><command-name>/r</command-name>", "/r 7"),
        ("<command-name></command-name>", ""),
        ("<command-args>7</command-args>", ""),
        ("<command-name>/r</command-name>Go on", "Go on"),
        ("<command-name>/r</command-name><local-command-stdout>x</local-command-stdout>", "/r"),
    ],
)  # fmt: skip
def test_t40_a_command_alone_is_its_name_and_arguments(content: str, words: str) -> None:
    assert prompt_text(row(content)) == words


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([text("Look:"), image(), text("Fix it.")], "Look:\nFix it."),
        ([image()], ""),
        ([], ""),
        ([text("Go"), {"type": "tool_result", "tool_use_id": "t", "content": "r"}], ""),
        ([{"type": "text"}, {"type": "text", "text": 7}, "x", None, text("Go")], "Go"),
        ([{"type": "tool_reference", "text": "x"}], ""),
        (None, ""),
        (7, ""),
        ({"type": "text", "text": "Go"}, ""),
    ],
)
def test_t40_a_prompt_of_blocks(content: object, words: str) -> None:
    assert prompt_text(row(content)) == words


@pytest.mark.parametrize(
    "more",
    [
        {"isMeta": True},
        {"isCompactSummary": True},
        {"isSidechain": True},
        {"toolUseResult": "x"},
        {"type": "assistant"},
    ],
)
def test_t40_rows_that_are_no_prompts(more: dict[str, Any]) -> None:
    assert prompt_text(row("Go on", **more)) == ""


@pytest.mark.parametrize(
    "more", [{"isMeta": False}, {"isMeta": None}, {"isSidechain": False}, {"isCompactSummary": "x"}]
)
def test_t40_rows_that_are_prompts(more: dict[str, Any]) -> None:
    assert prompt_text(row("Go on", **more)) == "Go on"


@pytest.mark.parametrize("message", [None, 7, "Go on", [], ["x"]])
def test_t40_a_row_without_a_message(message: object) -> None:
    assert prompt_text(decoded({"type": "user", "message": message})) == ""
    assert prompt_text(decoded({"type": "user"})) == ""


@given(st.text(st.sampled_from("<>/ab \n")), st.sampled_from(WRAPPERS))
def test_t40_what_stands_around_wrappers_stays(words: str, name: str) -> None:
    expected = prompt_text(row(words))
    assert prompt_text(row(f"{words}<{name}>x</{name}>")) == expected


def test_t40_many_wrappers_that_never_end() -> None:
    """1 MB. In time that grows with the square of the length it would take minutes."""
    text = "<system-reminder>" * 60_000
    assert prompt_text(row(text)) == text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("Fix it. Then test.", "Fix it."),
        ("Fix v1.2 now! Please.", "Fix v1.2 now!"),
        ("Why?\nTell me", "Why?"),
        ("No end", "No end"),
        ("Fix it.", "Fix it."),
        ("  a\n\tb  c ", "a b c"),
        ("", ""),
        ("a" * 120, "a" * 120),
        ("a" * 121, "a" * 119 + "…"),
        ("a" * 118 + " " + "b" * 9, "a" * 118 + "…"),
        ("e.g. this", "e.g."),
    ],
)
def test_t42_the_first_sentence_is_on_one_line(words: str, sentence: str) -> None:
    assert first_sentence(words) == sentence


@given(st.text(), st.integers(2, 40))
def test_t42_a_first_sentence_is_never_longer_than_asked(words: str, limit: int) -> None:
    found = first_sentence(words, limit=limit)
    assert len(found) <= limit
    assert "\n" not in found
