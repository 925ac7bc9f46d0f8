"""The made-up history: the same every time, coherent in its figures, and written as Claude Code writes."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from tokenscope.app.open_history import open_history
from tokenscope.app.registry import find_question, question_names
from tokenscope.app.request import Request
from tokenscope.demo import NOW, demo_sidecars, demo_store, demo_transcripts
from tokenscope.demo.rows import BYTES_A_TOKEN, Row
from tokenscope.draw.glyphs import UNCOLOURED
from tokenscope.draw.layout import FRAME, body
from tokenscope.history.history import History
from tokenscope.history.rebuilds import find_rebuilds
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.files.discover import Discovery, Transcript
from tokenscope.ingest.load import load
from tokenscope.ingest.merge.merge import merge
from tokenscope.ingest.rows.read import GivenRows
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.store import Store
from tokenscope.view.card import Table
from tokenscope.view.question import Drawing

ROOT = Path(__file__).parent.parent
DAY = 86_400_000  # ms
Made = list[tuple[Transcript, list[Row]]]


@pytest.fixture(scope="module")
def made() -> Made:
    return demo_transcripts()


@pytest.fixture(scope="module")
def store() -> Store:
    return demo_store(Facet.TITLES)


@pytest.mark.parametrize("name", [name for name in question_names() if name not in ("doctor", "session", "report")])
def test_no_heading_is_cut_at_60_columns(name: str) -> None:
    """The width from which on cards are drawn: what does not fit is left out before that."""
    analyzer = find_question(name)
    history = open_history(analyzer.reading, Request(demo=True))
    for card in analyzer.cards(analyzer.analyze(history), Drawing(NOW, UTC)):
        titles = {column.title for part in card.parts if isinstance(part, Table) for column in part.columns}
        lines, _ = body(card, 60 - FRAME, UNCOLOURED)
        cut = [run.text.strip()[:-1] for line in lines for run in line if run.text.endswith("…")]
        assert not [start for start in cut if start and any(title.startswith(start) for title in titles)]


def digest() -> str:
    return hashlib.sha256(orjson.dumps([(*transcript, rows) for transcript, rows in demo_transcripts()])).hexdigest()


def blocks(rows: list[Row], kind: str) -> Iterator[Row]:
    """The content blocks of a kind."""
    for row in rows:
        content = row.get("message", {}).get("content", "")
        yield from (block for block in content if block.__class__ is dict and block["type"] == kind)


def responses(rows: list[Row]) -> dict[str, Row]:
    """The usage of each response by its id, in the order of the rows."""
    found = (row["message"] for row in rows if row["type"] == "assistant")
    return {message["id"]: message["usage"] for message in found if message["model"] != "<synthetic>"}


def prompt_size(usage: Row) -> int:
    kinds = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
    return sum(int(usage[kind]) for kind in kinds)


def epochs(rows: list[Row]) -> Iterator[list[Row]]:
    """The rows between compactions."""
    cuts = [place for place, row in enumerate(rows) if row.get("subtype") == "compact_boundary"]
    for start, end in pairwise([0, *cuts, len(rows)]):
        yield rows[start:end]


# --- the same every time ---


def test_it_is_the_same_twice() -> None:
    assert digest() == digest()
    assert demo_store(Facet.USAGE).messages == demo_store(Facet.TITLES).messages


def test_it_is_the_same_in_another_process_zone_and_home(tmp_path: Path) -> None:
    foreign = {"PYTHONHASHSEED": "7", "TZ": "Asia/Kathmandu", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    script = "from tests.test_demo import digest; print(digest())"
    run = [sys.executable, "-c", script]
    printed = subprocess.run(run, env=os.environ | foreign, capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == digest()


def test_nothing_is_read_or_written(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the demo opens no file")

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("os.open", refuse)
    demo_store(Facet.TITLES)


# --- what it is worth ---


def test_the_month_is_believable(store: Store) -> None:
    history = History(store, Scope(now=NOW), pricer.load_pricer(None))
    usage = history.total.usage()
    assert 250e6 < usage.total_tokens < 500e6
    assert 0.88 < usage.cache_read_input_tokens / usage.total_tokens < 0.935
    assert usage.list_price_usd is not None
    assert 150 < usage.list_price_usd < 500
    assert history.total.unpriced_tokens == 0
    oldest, newest = store.dates()
    assert oldest is not None
    assert newest is not None
    assert NOW - 31 * DAY < oldest < newest < NOW
    assert len({session.project for session in store.sessions.values()}) == 5
    assert 45 <= len(store.sessions) <= 50


def test_every_session_has_a_title(store: Store) -> None:
    titles = [session.title for session in store.sessions.values()]
    assert all(titles)
    assert titles.count("Run the tests and fix what fails.") == 5
    assert sum(title.startswith("tide-224: ") for title in titles) == 1


def test_nothing_is_odd_about_it(store: Store, made: Made) -> None:
    coverage = store.coverage
    assert coverage.files == len(made)
    assert coverage.bytes == sum(len(orjson.dumps(row)) + 1 for _, rows in made for row in rows)
    odd = (coverage.malformed_rows, coverage.undated_rows, coverage.anomalous_counters, coverage.unreadable_files)
    assert odd == (0, 0, 0, 0)
    floors = {store.threads[message.thread].agent_id == "" for message in store.messages if message.is_floor}
    assert floors == {False}  # in subagents only


def test_the_cache_is_lost_for_every_kind_of_reason(store: Store) -> None:
    large = [rebuild for rebuild in find_rebuilds(store).values() if rebuild.tokens > 1_000]
    causes = Counter(rebuild.cause for rebuild in large)
    assert set(causes) == {"idle", "model_switch", "tools_changed", "messages_changed", "unexplained"}
    assert causes.most_common(1)[0][0] == "idle"


# --- one context, counted ---


def test_a_prompt_never_shrinks_but_by_compaction(made: Made) -> None:
    compactions = 0
    for _, rows in made:
        for epoch in epochs(rows):
            sizes = [prompt_size(usage) for usage in responses(epoch).values()]
            assert all(before <= after for before, after in pairwise(sizes))
            compactions += 1
    assert compactions - len(made) > 12


def test_only_what_was_cached_is_read_again(made: Made) -> None:
    for _, rows in made:
        for before, after in pairwise(responses(rows).values()):
            assert after["cache_read_input_tokens"] <= prompt_size(before)
            split = after["cache_creation"]
            write = split["ephemeral_5m_input_tokens"] + split["ephemeral_1h_input_tokens"]
            assert write == after["cache_creation_input_tokens"] >= 0
            assert 1 <= after["input_tokens"] <= 4


def seen_bytes(rows: list[Row]) -> int:
    """What the model wrote or got to see in these rows, as the log holds it."""
    seen = 0
    for row in rows:
        if row["type"] == "attachment":
            seen += attached_bytes(row["attachment"])
            continue
        content = row.get("message", {}).get("content", "") if row["type"] in ("user", "assistant") else ""
        for block in [{"type": "text", "text": content}] if isinstance(content, str) else content:
            if block["type"] == "tool_use":
                seen += len(orjson.dumps(block["input"]))
            elif block["type"] == "tool_result":
                parts = block["content"]
                seen += len(parts) if isinstance(parts, str) else sum(len(part["text"]) for part in parts)
            elif row.get("isApiErrorMessage") is not True:
                seen += len(block.get("text", ""))
    return seen


def attached_bytes(attachment: Row) -> int:
    content = attachment.get("content")
    if isinstance(content, dict):
        inner = content.get("content") or content["file"]["content"]
        return int(len(inner) + 7 * inner.count("\n") * ("file" in content))  # a file's lines are numbered
    lines = content or attachment.get("prompt") or attachment.get("addedBlocks") or attachment["addedLines"]
    return len(lines) if isinstance(lines, str) else sum(len(line) + 1 for line in lines)


def test_growth_is_what_was_seen_and_a_little_that_is_not_logged(made: Made) -> None:
    for _, rows in made:
        for epoch in epochs(rows):
            found = responses(epoch)
            sizes = [prompt_size(usage) for usage in found.values()]
            if not sizes or sizes[-1] - sizes[0] < 10_000:
                continue
            ids = [row.get("message", {}).get("id") for row in epoch]
            first, last = (ids.index(message_id) for message_id in (next(iter(found)), [*found][-1]))
            explained = seen_bytes(epoch[first:last]) / BYTES_A_TOKEN / (sizes[-1] - sizes[0])
            assert 0.955 < explained < 0.985


def test_the_floor_rises_with_the_mcp_server(store: Store) -> None:
    firsts: dict[bool, list[int]] = {False: [], True: []}
    for number, thread in enumerate(store.threads):
        session = store.sessions[thread.session_id]
        if not thread.agent_id and session.project.endswith("tidepool-web"):
            first = min((m for m in store.messages if m.thread == number), key=lambda m: m.time or 0)
            firsts[(first.time or 0) > NOW - 16.5 * DAY].append(first.prompt_tokens)
    assert min(firsts[True]) - max(firsts[False]) > 2_500  # the prompt may name a file of 5K
    assert 7_500 < min(firsts[True]) - min(firsts[False]) < 9_000


# --- as Claude Code writes it ---


def test_read_from_files_it_is_the_same(made: Made, tmp_path: Path) -> None:
    part = [one for one in made if one[0].session_id < "6"]
    assert any(transcript.agent_id for transcript, _ in part)
    for transcript, rows in part:
        path = tmp_path / "projects" / Path(*Path(transcript.path).parts[5:])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
        os.utime(path, ns=(transcript.modified * 1_000_000, transcript.modified * 1_000_000))
    transcripts = [transcript for transcript, _ in part]
    extracts = [decode(transcript, Facet.TITLES, GivenRows(rows)) for transcript, rows in part]
    in_memory = merge(transcripts, list(extracts), Discovery(transcripts))
    read = load([tmp_path], Facet.TITLES)
    assert read.messages == in_memory.messages
    assert read.sessions == in_memory.sessions
    assert read.threads == in_memory.threads
    assert read.coverage.bytes == in_memory.coverage.bytes


def test_rows_of_every_kind_are_there(made: Made) -> None:
    rows = [row for _, rows in made for row in rows]
    kinds = {row["type"] for row in rows}
    assert kinds >= {"user", "assistant", "system", "attachment", "ai-title", "custom-title", "queue-operation"}
    assert kinds >= {"pr-link", "file-history-snapshot", "mode", "permission-mode", "last-prompt"}
    subtypes = {row["subtype"] for row in rows if row["type"] == "system"}
    assert subtypes == {"compact_boundary", "api_error", "turn_duration", "stop_hook_summary", "local_command"}
    attached = {row["attachment"]["type"] for row in rows if row["type"] == "attachment"}
    assert attached >= {"skill_listing", "hook_success", "hook_additional_context", "nested_memory", "file"}
    assert attached >= {"deferred_tools_delta", "mcp_instructions_delta", "agent_listing_delta", "queued_command"}
    used = Counter(block["name"] for block in blocks(rows, "tool_use"))
    assert set(used) >= {"Read", "Bash", "Edit", "Write", "Grep", "Glob", "TodoWrite", "Agent", "Skill"}
    assert sum(name.startswith("mcp__linear__") for name in used) == 3
    assert used.most_common(1)[0][0] == "Read"


def test_rows_hang_together(made: Made) -> None:
    rows = [row for _, rows in made for row in rows]
    uuids = [row["uuid"] for row in rows if "uuid" in row]
    assert len(uuids) == len(set(uuids))
    for _, own in made:
        known = {row.get("uuid") for row in own}
        assert all(row.get("parentUuid") is None or row["parentUuid"] in known for row in own)
        asked = Counter(block["id"] for block in blocks(own, "tool_use"))
        answered = Counter(block["tool_use_id"] for block in blocks(own, "tool_result"))
        assert asked == answered
        times = [row["timestamp"] for row in own if "timestamp" in row]
        assert times == sorted(times)


def test_calls_fail_and_are_tried_again(made: Made) -> None:
    retried = set()
    for _, rows in made:
        calls = {block["id"]: (block["name"], orjson.dumps(block["input"])) for block in blocks(rows, "tool_use")}
        failed: set[tuple[str, bytes]] = set()
        for block in blocks(rows, "tool_result"):
            call = calls[block["tool_use_id"]]
            if call in failed:
                retried.add(call[0])
            failed = failed | {call} if block.get("is_error") else failed - {call}
    assert retried >= {"Bash", "mcp__linear__get_issue"}


def test_the_same_is_read_printed_and_asked_again(made: Made) -> None:
    rows = [row for _, rows in made for row in rows]
    read = Counter(b["input"]["file_path"] for b in blocks(rows, "tool_use") if b["name"] == "Read")
    assert read.most_common(1)[0][1] > 40
    printed = Counter(block["content"] for block in blocks(rows, "tool_result") if isinstance(block["content"], str))
    assert sum(times > 5 and len(text) > 5_000 for text, times in printed.items()) > 10
    prompts = Counter(row["message"]["content"] for row in rows if row.get("promptSource") == "typed")
    assert prompts["Run the tests and fix what fails."] > 15


def test_subagents_have_a_sidecar_and_a_call(made: Made) -> None:
    agents = {transcript.path: transcript.agent_id for transcript, _ in made if transcript.agent_id}
    assert set(demo_sidecars()) == set(agents)
    assert {sidecar["agentType"] for sidecar in demo_sidecars().values()} == {"Explore", "general-purpose"}
    results = (row.get("toolUseResult") for _, rows in made for row in rows)
    assert {result["agentId"] for result in results if isinstance(result, dict) and "agentId" in result} == set(
        agents.values()
    )


def test_words_are_plain_and_whole(made: Made) -> None:
    for _, rows in made:
        text = orjson.dumps(rows)
        assert text.isascii()
        assert not re.search(
            rb"thing_|_thing|[Tt]hing(List|Row|Store)|\\{(noun|verb)\\}", text
        )  # every blank is filled
