"""What each row adds to a context: labels, and sizes in bytes counted by hand (T34, T35)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from tests.ingest import FIRST, store_of
from tests.transcripts import ABSENT, History, Layout, Row, Session, image, text, thinking, tool_use
from tokenscope.context_steps import Steps
from tokenscope.history.history import History as Seen
from tokenscope.ingest.extract.content import Content
from tokenscope.ingest.rows.labels import IMAGE, describe, family
from tokenscope.ingest.rows.lenient import PresentRow, input_of
from tokenscope.ingest.rows.read import row_of
from tokenscope.ingest.rows.schema import decoder_of
from tokenscope.ingest.rows.tool_outcomes import fingerprint
from tokenscope.ledger.ledger import build_ledger
from tokenscope.model import Facet
from tokenscope.names import source_name
from tokenscope.pricing.pricer import Pricer, load_pricer
from tokenscope.scope import Scope
from tokenscope.store import COMPACTION, MICROCOMPACTION, Context, Label

LINE = "0123456789" * 250  # 2,500 bytes: long enough to be compared


class Item(NamedTuple):
    source: str
    item: str
    size: int


@pytest.fixture
def session(history: History) -> Session:
    return history.session(FIRST)


def contexts(history: History) -> list[Context]:
    return store_of(history, facets=Facet.CONTENT).contexts


def arrived(history: History) -> list[tuple[Label, int]]:
    """Labels and sizes of everything, thread by thread."""
    found = []
    for context in contexts(history):
        for place, flat in context.steps:
            if place != MICROCOMPACTION:
                labels = (context.labels[number] for number in flat[::2])
                found += list(zip(labels, flat[1::2], strict=True))
    return found


def items(history: History) -> list[Item]:
    """Source, item and size of everything. What follows the last response is in no prompt: so one ends the thread."""
    return [Item(label[1], label[2], size) for label, size in arrived(history)]


def end(session: Session, **fields: Any) -> None:
    """A response without words, so that everything before it is in a prompt."""
    session.response(blocks=[text("")], **fields)


def recurrences(history: History) -> list[tuple[str, str]]:
    """What makes each item the same as another: a kind and a label, where there is one."""
    return [pair for label, _ in arrived(history) for pair in (label[3:5], label[5:7]) if pair[0]]


# --- people's words ---


def test_a_prompt_of_one_text(history: History, session: Session) -> None:
    session.prompt("Fix the basket")
    end(session)
    ((label, size),) = arrived(history)
    assert label == ("prompt", "prompts", "", "prompt", "Fix the basket", "", "")
    assert size == 14


def test_bytes_are_those_of_utf_8(history: History, session: Session) -> None:
    session.prompt("Füge Käse hinzu 🧀")  # 17 characters, of which two take 2 bytes and one takes 4
    end(session)
    assert items(history) == [Item("prompts", "", 17 + 1 + 1 + 3)]


def test_a_prompt_of_blocks_has_the_size_of_its_texts_and_images(history: History, session: Session) -> None:
    session.prompt([text("Look at this:"), image("A" * 100_000), image()])
    end(session)
    assert items(history) == [Item("prompts", "", 13), Item("images", "", IMAGE), Item("images", "", IMAGE)]


def test_an_image_counts_as_1500_tokens() -> None:
    assert round(IMAGE / 2.9) == 1_500


def test_a_prompt_in_three_blocks_is_one_prompt(history: History, session: Session) -> None:
    """As editors send it: what is open, what is selected, and the words."""
    session.prompt([text("<ide_opened_file>a.py</ide_opened_file>"), text("Fix it"), text("now")])
    end(session)
    assert len(recurrences(history)) == 1


def test_a_long_prompt_is_known_by_its_beginning(history: History, session: Session) -> None:
    session.prompt("a" * 5_000)
    end(session)
    assert recurrences(history) == [("prompt", "a" * 160)]
    assert items(history) == [Item("prompts", "", 5_000)]


def test_reminders_inside_a_prompt_are_attachments(history: History, session: Session) -> None:
    """<system-reminder> has 17 characters, its end 18."""
    session.prompt("<system-reminder>one</system-reminder>Go on<system-reminder>\ntwo\n</system-reminder>")
    end(session)
    assert items(history) == [
        Item("attachments", "system-reminder", (17 + 3 + 18) + (17 + 5 + 18)),
        Item("prompts", "", 5),
    ]


def test_a_reminder_alone_is_no_prompt(history: History, session: Session) -> None:
    session.prompt("<system-reminder>one</system-reminder>")
    end(session)
    assert items(history) == [Item("attachments", "system-reminder", 38)]


def test_a_reminder_that_never_ends_is_words(history: History, session: Session) -> None:
    session.prompt("<system-reminder>one")
    end(session)
    assert items(history) == [Item("prompts", "", 20)]


@pytest.mark.parametrize(
    "words",
    [
        "[Request interrupted by user for tool use]",
        "<local-command-stdout>3 files</local-command-stdout>",
        "<task-notification>done</task-notification>",
        "   ",
    ],
)
def test_t40_what_a_program_put_there_is_a_notice(history: History, session: Session, words: str) -> None:
    session.prompt(words)
    end(session)
    assert items(history) == [Item("commands and notices", "", len(words))]
    assert recurrences(history) == []


def test_t40_a_command_is_a_prompt_under_its_name(history: History, session: Session) -> None:
    words = "<command-message>review</command-message><command-name>review</command-name><command-args>7</command-args>"
    session.prompt(words)
    end(session)
    assert items(history) == [Item("prompts", "", len(words))]
    assert recurrences(history) == [("prompt", "/review 7")]


def test_t40_a_meta_row_is_a_notice(history: History, session: Session) -> None:
    session.prompt("Caveat: …", row={"isMeta": True})
    end(session)
    assert items(history) == [Item("commands and notices", "", 11)]


@pytest.mark.parametrize("layout", ["nested", "sibling", "workflow", "inline", "progress"])
def test_what_a_subagent_was_told_is_a_spawn_prompt(history: History, session: Session, layout: Layout) -> None:
    agent = session.subagent("a1", layout=layout)
    agent.prompt("Look around")
    agent.response(blocks=[text("")])
    assert items(history) == [Item("spawn prompts", "", 11)]
    assert recurrences(history) == []


def test_t33_a_summary(history: History, session: Session) -> None:
    session.compaction(summary="s" * 400)
    end(session)
    assert items(history) == [Item("summaries", "", 400)]
    ((mark, before), (place, after)) = contexts(history)[0].steps
    assert (mark, before, place, after) == (COMPACTION, [], 0, [0, 400])


def test_t33_a_summary_in_blocks(history: History, session: Session) -> None:
    """[{"type":"text","text":"ssss"}]: 26 characters around the words."""
    session.user([text("s" * 4)], {"isCompactSummary": True})
    end(session)
    assert items(history) == [Item("summaries", "", len('[{"type":"text","text":"ssss"}]'))]


def test_other_blocks_count_as_json(history: History, session: Session) -> None:
    block = {"type": "document", "source": {"data": "abc"}}
    session.prompt([block, text("Read it")])
    end(session)
    assert items(history) == [
        Item("other blocks", "", len('{"type":"document","source":{"data":"abc"}}')),
        Item("prompts", "", 7),
    ]


# --- tools ---


def used(session: Session, name: str, given: dict[str, Any], result: str | list[Row] = "r" * 100, **row: Any) -> str:
    """A tool use and its result; returns its id."""
    reference = f"toolu_{session.history.count()}"
    session.response(blocks=[tool_use(reference, name, given)])
    session.tool_result(reference, result, **row)
    return reference


def test_t34_a_result_is_what_the_model_saw(history: History, session: Session) -> None:
    used(session, "Read", {"file_path": "/a"}, "é" * 50, tool_use_result={"file": {"content": "x" * 9_000}})
    end(session)
    assert items(history) == [
        Item("tool inputs", "Read", len('{"file_path":"/a"}') + 20),
        Item("Read results", "/a", 100),
    ]


def test_t34_a_result_in_parts(history: History, session: Session) -> None:
    """Two texts and the line feed between them; images apart, under the tool's name."""
    used(session, "mcp__browser__shot", {}, [text("one"), image(), text("three"), image()])
    end(session)
    assert items(history)[1:] == [
        Item("images", "mcp__browser__shot", 2 * IMAGE),
        Item("MCP browser results", "shot", 9),
    ]


def test_a_result_without_words_is_nothing(history: History, session: Session) -> None:
    used(session, "Bash", {"command": "true"}, "")
    used(session, "Bash", {"command": "true"}, [])
    end(session)
    assert [item.source for item in items(history)] == ["tool inputs", "tool inputs"]


def test_a_result_of_an_unknown_tool(history: History, session: Session) -> None:
    session.tool_result("toolu_9", "r" * 100)
    end(session)
    assert items(history) == [Item("unknown results", "", 100)]


def test_an_error_is_a_result(history: History, session: Session) -> None:
    used(session, "Bash", {"command": "npm test"}, "r" * 100, is_error=True)
    end(session)
    assert items(history)[1:] == [Item("Bash results", "npm test", 100)]


def test_an_input_is_json_and_a_frame_of_20_bytes(history: History, session: Session) -> None:
    given = {"file_path": "/a", "old_string": "é", "new_string": "\n"}
    session.response(blocks=[tool_use("toolu_1", "Edit", given), tool_use("toolu_2", "Exit", {})])
    end(session)
    size = len('{"file_path":"/a","old_string":"é","new_string":"\\n"}'.encode())
    assert items(history) == [Item("tool inputs", "Edit", size + 20), Item("tool inputs", "Exit", 20)]


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("Read", "Read"),
        ("Task", "subagent"),
        ("Agent", "subagent"),
        ("mcp__github__get_issue", "MCP github"),
        ("mcp__claude_ai_Gmail__send__now", "MCP claude_ai_Gmail"),
        ("mcp__", "MCP "),
    ],
)
def test_a_tools_name_in_the_ledger(tool: str, name: str) -> None:
    assert source_name(tool) == name


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("Read", {"file_path": "/a/b.py"}, ("/a/b.py", "file", "/a/b.py")),
        ("Bash", {"command": "npm  test\n -w a"}, ("npm test", "command", "npm test -w a")),
        ("Grep", {"pattern": "basket", "path": "/a"}, ("basket", "search", "Grep basket /a")),
        ("Grep", {"pattern": "basket", "glob": "*.py"}, ("basket", "search", "Grep basket *.py")),
        ("Glob", {"pattern": "**/*.py"}, ("**/*.py", "search", "Glob **/*.py")),
        ("WebSearch", {"query": "baskets"}, ("baskets", "search", "WebSearch baskets")),
        ("Task", {"subagent_type": "Explore"}, ("Explore", "", "")),
        ("Agent", {}, ("general-purpose", "", "")),
        ("mcp__github__get_issue", {"number": 7}, ("get_issue", "", "")),
        ("mcp__github__get__deep", {}, ("get__deep", "", "")),
        ("TodoWrite", {"todos": []}, ("", "", "")),
        ("Read", {}, ("", "", "")),
        ("Read", {"file_path": 7}, ("", "", "")),
        ("Read", None, ("", "", "")),
        ("Bash", "ls", ("", "", "")),
        ("Grep", {"pattern": None, "query": ["x"]}, ("", "", "")),
    ],
)
def test_what_a_tool_was_used_on(name: str, given: Any, expected: tuple[str, str, str]) -> None:
    assert describe(name, input_of(Raw(json.dumps(given)))) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("git status", "git status"),
        ("git -C /a status", "git"),  # what is done stands further on
        ("npm test -- --watch", "npm test"),
        ("/usr/bin/git log", "git log"),
        ("./run.sh --fast", "run.sh"),
        ("FOO=1 BAR=2 make all", "make all"),
        ("sudo apt install jq", "apt install"),
        ("time ls", "ls"),
        ("python -m pytest", "python"),
        ("grep -rn x .", "grep"),
        ("cat a_file_of_mine.txt", "cat"),
        ("echo " + "a" * 16, "echo"),
        ("", "shell"),
        ("   \n", "shell"),
        ("A=1", "shell"),
    ],
)
def test_the_family_of_a_command(command: str, expected: str) -> None:
    assert family(command) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [("cd /home/ada/shop && npm test", "npm test"), ("cd a; ls", "ls"), ("cd / && ls", "ls")],
)
def test_the_family_of_a_command_after_cd(command: str, expected: str) -> None:
    assert family(command) == expected


@pytest.mark.parametrize("reference", [None, 7, ["toolu_1"]])
def test_a_result_without_a_reference(history: History, session: Session, reference: object) -> None:
    block = {"type": "tool_result", "tool_use_id": reference, "content": "r" * 100}
    session.user([block], {})
    end(session)
    assert items(history) == [Item("unknown results", "", 100)]


def test_a_tool_use_that_is_repeated_is_one_input(history: History, session: Session) -> None:
    """A response's rows may repeat a block under another uuid."""
    block = tool_use("toolu_1", "Bash", {"command": "ls"})
    session.response("msg_1", blocks=[block], output=1)
    session.response("msg_1", blocks=[block], output=9)
    session.tool_result("toolu_1", "r" * 100)
    end(session)
    assert [item.source for item in items(history)] == ["tool inputs", "Bash results"]


# --- recurrences ---


def reads(history: History) -> list[str]:
    return [what for kind, what in recurrences(history) if kind == "file"]


def test_a_file_that_is_read_again_recurs(history: History, session: Session) -> None:
    used(session, "Read", {"file_path": "/a"})
    used(session, "Read", {"file_path": "/a"})
    end(session)
    assert reads(history) == ["/a", "/a"]


@pytest.mark.parametrize("part", [{"offset": 5}, {"limit": 9}, {"offset": 5, "limit": 9}])
def test_a_part_of_a_file_is_no_recurrence(history: History, session: Session, part: dict[str, int]) -> None:
    used(session, "Read", {"file_path": "/a", **part})
    end(session)
    assert reads(history) == []
    assert items(history)[1] == Item("Read results", "/a", 100)


@pytest.mark.parametrize("none", [{}, {"offset": 0}, {"limit": None}])
def test_a_part_that_is_all_of_it_recurs(history: History, session: Session, none: dict[str, Any]) -> None:
    used(session, "Read", {"file_path": "/a", **none})
    end(session)
    assert reads(history) == ["/a"]


@pytest.mark.parametrize("tool", ["Edit", "Write", "MultiEdit", "NotebookEdit"])
def test_a_file_that_is_read_after_an_edit_is_no_recurrence(history: History, session: Session, tool: str) -> None:
    """Only the first reading after it: the next one had no new reason."""
    key = "notebook_path" if tool == "NotebookEdit" else "file_path"
    used(session, tool, {key: "/a"})
    for path in ("/a", "/b", "/a"):
        used(session, "Read", {"file_path": path})
    end(session)
    assert reads(history) == ["/b", "/a"]


def test_an_edit_in_another_session_is_no_reason(history: History, session: Session) -> None:
    used(session, "Edit", {"file_path": "/a"})
    other = history.session()
    used(other, "Read", {"file_path": "/a"})
    end(other)
    assert reads(history) == ["/a"]


def test_a_long_output_is_known_by_its_fingerprint(history: History, session: Session) -> None:
    used(session, "Bash", {"command": "npm test"}, LINE)
    end(session)
    label, size = arrived(history)[1]
    assert label == (
        "tool_result",
        "Bash results",
        "npm test",
        "command",
        "npm test",
        "output",
        fingerprint(LINE.encode()),
    )
    assert size == 2_500


@pytest.mark.parametrize(("size", "count"), [(1_999, 0), (2_000, 1)])
def test_a_short_output_is_not_compared(history: History, session: Session, size: int, count: int) -> None:
    used(session, "Task", {"prompt": "Look"}, "r" * size)
    end(session)
    assert len(recurrences(history)) == count


def test_what_was_read_is_no_output(history: History, session: Session) -> None:
    used(session, "Read", {"file_path": "/a"}, LINE)
    end(session)
    assert recurrences(history) == [("file", "/a")]


# --- the same output ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a b\nc", "a  b\r\n\tc\n"),
        ("ok", "\x1b[32mok\x1b[0m"),
        ("ok 1", "\x1b[1;32mok\x1b[m\n1"),
        ("", " \n"),
        ("é", " é"),
    ],
)
def test_white_space_and_colours_make_no_difference(one: str, other: str) -> None:
    assert fingerprint(one.encode()) == fingerprint(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [("ok", "OK"), ("ab", "ba"), ("a", "aa"), ("1 passed", "2 passed"), ("é", "e"), ("ok", "[32mok")],
)
def test_anything_else_makes_a_difference(one: str, other: str) -> None:
    assert fingerprint(one.encode()) != fingerprint(other.encode())


@given(st.text(max_size=60), st.text(max_size=60))
def test_fingerprints_are_equal_only_for_equal_words(one: str, other: str) -> None:
    def bare(words: str) -> str:
        return "".join(letter for letter in words if letter not in " \t\r\n\x1b")

    if bare(one) != bare(other) and "\x1b" not in one + other:
        assert fingerprint(one.encode()) != fingerprint(other.encode())


@given(st.lists(st.text("ab\x1b[;1m", max_size=9), max_size=8), st.lists(st.sampled_from(" \t\r\n"), max_size=8))
def test_white_space_anywhere_makes_no_difference(words: list[str], spaces: list[str]) -> None:
    """Between whole words: white space inside of a colour code ends it."""
    words = [word.replace("\x1b", "") for word in words]
    together = "".join(word + space for word, space in zip(words, [*spaces, *[""] * len(words)], strict=False))
    assert fingerprint(together.encode()) == fingerprint("".join(words).encode())


# --- the model's own words ---


def test_what_the_model_said_thought_and_wrote(history: History, session: Session) -> None:
    session.response(blocks=[thinking("é" * 10), text("Let me look."), tool_use("toolu_1", "Bash", {"command": "ls"})])
    end(session)
    assert items(history) == [
        Item("thinking", "", 20),
        Item("model text", "", 12),
        Item("tool inputs", "Bash", len('{"command":"ls"}') + 20),
    ]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("/home/ada/.claude/skills/pdf", "pdf"), ("C:\\Users\\ada\\skills\\pdf\\", "pdf"), ("pdf", "pdf"), ("", "")],
)
def test_the_body_of_a_skill(history: History, session: Session, folder: str, name: str) -> None:
    words = f"Base directory for this skill: {folder}\n\n# PDF"
    session.prompt(words, row={"isMeta": True})
    end(session)
    assert items(history) == [Item("skill bodies", name, len(words))]


def test_a_prompt_that_reads_like_the_body_of_a_skill(history: History, session: Session) -> None:
    words = "Base directory for this skill: x"
    session.prompt(words)
    end(session)
    assert items(history) == [Item("prompts", "", len(words))]


def test_thinking_that_is_not_logged_leaves_its_mark(history: History, session: Session) -> None:
    """A byte, since what has none does not arrive."""
    session.response(blocks=[thinking(), {"type": "redacted_thinking", "data": "x" * 90}, text("Done.")])
    end(session)
    mark = Item("thinking", "without its text", 1)
    assert items(history) == [mark, mark, Item("model text", "", 5)]


def test_a_response_of_one_text(history: History, session: Session) -> None:
    session.response(message={"content": "Done."})
    end(session)
    assert items(history) == [Item("model text", "", 5)]


def test_what_a_response_says_arrives_with_the_next_one(history: History, session: Session) -> None:
    """All of its rows, although the first one stands for when it was sent."""
    session.prompt("Go")
    session.response("msg_1", blocks=[text("One."), text("Two and.")])
    session.response("msg_2", blocks=[text("Three.")])
    (context,) = contexts(history)
    assert list(context.steps) == [(0, [0, 2]), (1, [1, 4, 1, 8])]
    assert [context.labels[number][1] for number in (0, 1)] == ["prompts", "model text"]


# --- attachments ---


@pytest.mark.parametrize(
    ("kind", "fields", "size"),
    [
        ("hook_success", {"hookName": "PreToolUse:Bash", "hookEvent": "PreToolUse", "toolUseID": "t", "content": "ok then",
                          "stdout": "x" * 900, "stderr": "x" * 900, "command": "echo ok", "exitCode": 0}, 7),
        ("file", {"filename": "/a.py", "displayPath": "a.py", "content": {"type": "text"}}, len('{"type":"text"}')),
        ("task_reminder", {"content": [], "itemCount": 0}, 0),
        ("queued_command", {"prompt": "go on", "commandMode": "prompt"}, 5 + 6),
        ("skill_listing", {"content": "- review: …", "skillCount": 3, "isInitial": True}, 13 + 1 + 4),
        ("total_tokens_reminder", {"used": 12_345, "total": 200_000}, 5 + 6),
    ],
)  # fmt: skip
def test_an_attachment_is_what_the_model_saw_of_it(
    history: History, session: Session, kind: str, fields: Row, size: int
) -> None:
    session.attachment(kind, **fields)
    end(session)
    assert items(history) == ([Item("attachments", kind, size)] if size else [])


@pytest.mark.parametrize(
    ("attachment", "expected"),
    [
        ({"type": 7, "content": "abc"}, [Item("attachments", "unknown", 3)]),
        ({"content": "abc"}, [Item("attachments", "unknown", 3)]),
        ({"type": "k" * 500, "content": "abc"}, [Item("attachments", "k" * 160, 3)]),
        ({"type": "file"}, []),
        ({}, []),
        (None, []),
        ("abc", []),
        ([{"type": "file"}], []),
    ],
)
def test_an_odd_attachment(history: History, session: Session, attachment: object, expected: list[Item]) -> None:
    session.add({"attachment": attachment, "type": "attachment"})
    end(session)
    assert items(history) == expected


# --- places ---


def test_a_repeated_row_counts_once(history: History, session: Session) -> None:
    session.prompt("Go on")
    session.lines.append(session.rows[-1])
    end(session)
    assert items(history) == [Item("prompts", "", 5)]


@pytest.mark.parametrize("uuid", [ABSENT, None, 7])
def test_rows_without_a_uuid_are_not_told_apart(history: History, session: Session, uuid: object) -> None:
    session.prompt("Go on", row={"uuid": uuid})
    session.prompt("Go on", row={"uuid": uuid})
    end(session)
    assert items(history) == [Item("prompts", "", 5), Item("prompts", "", 5)]


def test_items_of_two_files_keep_their_own_uuids(history: History, session: Session) -> None:
    """A copy of a row is context in its own file too (T21)."""
    session.prompt("Go on")
    fork = session.fork()
    end(session)
    end(fork)
    assert items(history) == [Item("prompts", "", 5), Item("prompts", "", 5)]


def test_rows_are_put_in_the_order_of_time(history: History, session: Session) -> None:
    session.response("msg_1", at="2026-06-01T10:05:00Z", blocks=[text("")])
    session.prompt("late", at="2026-06-01T10:04:00Z")
    session.response("msg_2", at="2026-06-01T10:02:00Z", blocks=[text("")])
    session.prompt("of all", at="2026-06-01T10:01:00Z")
    (context,) = contexts(history)
    assert list(context.steps) == [(1, [1, 6]), (0, [0, 4])]


def test_rows_without_a_time_stay_behind_the_row_before_them(history: History, session: Session) -> None:
    session.prompt("one", at="2026-06-01T10:01:00Z")
    session.prompt("four", row={"timestamp": ABSENT})
    session.response("msg_1", at="2026-06-01T10:02:00Z", blocks=[text("")])
    session.prompt("three", row={"timestamp": None})
    session.response("msg_2", at="2026-06-01T10:03:00Z", blocks=[text("")])
    (context,) = contexts(history)
    assert list(context.steps) == [(0, [0, 3, 1, 4]), (1, [2, 5])]


def test_a_microcompaction_names_what_it_took_out(history: History, session: Session) -> None:
    """By the order in which the items came: the second and third are of one result."""
    session.prompt("Go")
    session.tool_result("toolu_1", [text("one"), image()])
    session.tool_result("toolu_2", "two")
    end(session)
    session.system(
        "microcompact_boundary", microcompactMetadata={"compactedToolIds": ["toolu_2", "toolu_1", "toolu_9"]}
    )
    end(session)
    (context,) = contexts(history)
    removed = [arrived for place, arrived in context.steps if place == MICROCOMPACTION]
    assert removed == [[3], [1, 2], []]


def test_system_rows_and_progress_add_nothing(history: History, session: Session) -> None:
    session.system("turn_duration", durationMs=5, content="x" * 99)
    session.system("local_command", content="x" * 99)
    session.append({"type": "progress", "data": {"type": "hook_progress", "content": "x" * 99}})
    session.append({"type": "file-history-snapshot", "snapshot": {"content": "x" * 99}})
    session.title("Basket")
    end(session)
    assert items(history) == []


def test_t26_a_synthetic_row_is_no_response(history: History, session: Session) -> None:
    session.prompt("Go")
    session.api_error("API Error")
    end(session)
    (context,) = contexts(history)
    assert [place for place, _ in context.steps] == [0]


def test_t26_a_synthetic_row_is_not_what_the_model_said(history: History, session: Session) -> None:
    session.prompt("Go")
    session.api_error("API Error")
    end(session)
    assert items(history) == [Item("prompts", "", 2)]


# --- hostile shapes ---

ODD: tuple[Any, ...] = (None, True, 7, -1.5, "", "x", [], [[]], [None], {}, {"type": None}, {"type": []}, {"text": {}})


@pytest.mark.parametrize("odd", ODD)
def test_wrong_types_anywhere_in_a_row(history: History, session: Session, odd: object) -> None:
    """None of them raises, none takes away what is right beside it."""
    for content in (odd, [odd], [{"type": odd}], [{"type": "text", "text": odd}], [{"type": "image", "source": odd}]):
        session.user(content, {})
        session.response(blocks=[text("")], message={"content": content})
    session.user(odd, {}, row={"message": odd})
    session.user([{"type": "tool_result", "tool_use_id": odd, "content": odd}], {})
    session.user([{"type": "tool_result", "tool_use_id": "t", "content": [odd, {"type": "text", "text": odd}]}], {})
    for block in ({"name": odd}, {"input": odd}, {"id": odd}, {"name": "Read", "input": {"file_path": odd}}):
        session.response(blocks=[text("")], message={"content": [{"type": "tool_use", **block}]})
    for name in ("Edit", "Bash", "Grep", "Task", "mcp__", "mcp", "Skill"):
        given = {"file_path": odd, "command": odd, "pattern": odd, "subagent_type": odd, "skill": odd}
        session.response(blocks=[text("")], message={"content": [{"type": "tool_use", "name": name, "input": given}]})
    session.add({"type": "user", "attachment": odd})
    session.add({"type": "attachment", "attachment": {"type": odd, "content": odd, "names": odd, "addedNames": [odd]}})
    session.add({"type": "system", "subtype": "microcompact_boundary", "microcompactMetadata": odd})
    session.add({"type": "system", "subtype": odd})
    session.append({"type": "progress", "data": {"type": "agent_progress", "agentId": odd, "message": odd}})
    session.append(
        {"type": "progress", "data": {"type": "agent_progress", "message": {"type": "user", "message": odd}}}
    )
    session.prompt("Go on")
    end(session)
    assert Item("prompts", "", 5) in items(history)
    assert all(size > 0 for _, size in arrived(history))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("type", "text", "content", "message", "id", "name", "input", "uuid", "timestamp", "attachment")
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(st.fixed_dictionaries({"type": st.sampled_from(("user", "assistant", "system"))}, optional={
    "message": JSON, "uuid": JSON, "timestamp": JSON, "attachment": JSON, "isCompactSummary": JSON, "isSidechain": JSON,
}), max_size=4))  # fmt: skip
def test_no_row_raises(rows: list[Row]) -> None:
    lines = [json.dumps(row).encode("utf-8", "replace") for row in rows]
    present = PresentRow(lines.__getitem__)
    content = Content(present)
    for present.place, row in enumerate(rows):
        decoded = row_of(lines[present.place], decoder_of(Facet.CONTENT))
        content.add(decoded, "a" if present.place % 2 else "", "key" if row["type"] == "assistant" else "")
    for _, packed in content.threads({"key": 0}, {}):
        steps = Steps(packed)
        assert all(size > 0 for _, flat in steps for size in flat[1::2])
        assert all(0 <= number < len(content.labels) for _, flat in steps for number in flat[::2])


@pytest.mark.parametrize("where", ["input", "attachment", "block"])
def test_a_row_of_many_levels(history: History, session: Session, where: str) -> None:
    deep: Row = {}
    for _ in range(300):
        deep = {"a": deep}
    session.prompt("Go on")
    if where == "input":
        session.response(blocks=[tool_use("toolu_1", "Write", deep)])
    elif where == "attachment":
        session.attachment("file", content=deep)
    else:
        session.user([{"type": "document", "source": deep}], {})
    end(session)
    assert Item("prompts", "", 5) in items(history)


@pytest.mark.parametrize("depth", [300, 1_000])
def test_a_call_of_many_levels_that_failed(history: History, session: Session, depth: int) -> None:
    """1,000 levels are read, but are more than Python itself prints. The builder cannot write so many either."""
    session.prompt("Go on")
    session.response(blocks=[tool_use("toolu_1", "Write", {"a": "deep"})])
    session.tool_result("toolu_1", "no", is_error=True)
    end(session)
    root = history.write()
    (path,) = root.rglob("*.jsonl")
    row = path.read_bytes()
    deep = b'{"a":' * depth + b"1" + b"}" * depth
    path.write_bytes(row.replace(b'"deep"', deep))
    assert path.read_bytes().count(deep) == 1
    (context,) = store_of(root, facets=Facet.CONTENT).contexts
    assert "Write results" in {label[1] for label in context.labels}


def test_lone_surrogates_and_control_characters_have_a_size(history: History, session: Session) -> None:
    session.prompt("a\ud800b\x00\x1b[31m")
    end(session)
    ((_, size),) = arrived(history)
    assert size == 9  # the lone half is a question mark


def test_every_item_is_carried(history: History, session: Session) -> None:
    """Whatever the label, the ledger knows what to do with it."""
    used(session, "Read", {"file_path": "/a"}, LINE)
    session.attachment("file", content="x" * 290)
    session.prompt([text("Go on"), image(), {"type": "document"}])
    session.response(input=90_000, blocks=[thinking("hm"), text("Done.")])
    end(session, input=90_001)
    store = store_of(history, facets=Facet.CONTENT)
    pricer: Pricer = load_pricer(user_file=None)
    ledger = build_ledger(Seen(store, Scope(0), pricer))
    assert {label[1] for label, entry in ledger.entries.items() if entry.tokens} == {
        "tool inputs", "Read results", "attachments", "prompts", "images", "other blocks", "thinking", "model text",
        "not logged",
    }  # fmt: skip


def test_what_attachments_offer(history: History, session: Session) -> None:
    """MCP tools by their name, other tools not; servers and skills; a name that is no text is left out."""
    session.attachment("deferred_tools_delta", addedNames=["mcp__db__query", "WebSearch", 5])
    session.attachment("mcp_instructions_delta", addedNames=["db", None])
    session.attachment("skill_listing", names=["review", "review", {}])
    session.attachment("skill_listing", names="review")
    session.attachment("file", names=["nothing"])
    offered = {(one.kind, one.name): one.times for one in store_of(history, facets=Facet.CONTENT).inventory}
    assert offered == {
        ("tool_offered", "mcp__db__query"): 1,
        ("server_offered", "db"): 1,
        ("skill_offered", "review"): 2,
    }
