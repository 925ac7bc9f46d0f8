"""What tools put into the context, by tool: images among it; and what is nobody's in a scope of one model."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC

import pytest

from tests.history import NOW, pricer
from tests.ingest import FIRST, store_of
from tests.transcripts import History, image, iteration, tool_use
from tokenscope.behaviour.subagent_work import find_candidates, lives
from tokenscope.history.activity import Activity
from tokenscope.history.history import History as Seen
from tokenscope.ledger.ledger import Entry, build_ledger
from tokenscope.ledger.ledger_rows import Leaf, _Owners, carried_by_paths, carried_by_tools
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import ToolUse


def seen(history: History, *models: str) -> Seen:
    store = store_of(history, facets=Facet.CONTENT | Facet.TOOLS | Facet.TITLES)
    return Seen(store, Scope(NOW, models=models, zone=UTC), pricer(history.root))


def test_an_image_that_a_tool_returned_is_the_tools(history: History) -> None:
    """A prompt of 2,000 tokens, then one of 5,000 with an image of 1,500 in it; the other 1,500 are what was written."""
    session = history.session(FIRST)
    session.response(input=2_000, blocks=[tool_use("toolu_1", "Read", {"file_path": "/x.png"})], output=1_500)
    session.tool_result("toolu_1", [image()])
    session.response(input=5_000, output=1)
    found = carried_by_tools(seen(history))
    assert found.prompt_tokens == 7_000
    assert found.by_tool["Read"].results == 1_500


def test_a_prompt_without_a_time_belongs_to_no_model(history: History) -> None:
    session = history.session(FIRST, model="claude-opus-4-8")
    session.prompt("When?", row={"timestamp": None})
    session.prompt("Now", at="2026-06-01T10:00:00Z")
    session.response(at="2026-06-01T10:00:01Z")
    assert [one.words for one in Activity(seen(history)).prompts] == ["Now", "When?"]
    assert [one.words for one in Activity(seen(history, "opus")).prompts] == ["Now"]


def test_a_subagent_of_which_only_advice_is_in_scope_is_no_candidate(history: History) -> None:
    """Its response is Opus', handed 60,000 tokens for one of output; the request inside it another model's (T28)."""
    agent = history.session(FIRST).subagent("a1")
    agent.prompt("Look")
    advice = iteration("advisor_message", model="claude-sonnet-4-5", input=7, output=3)
    agent.response(model="claude-opus-4-8", input=60_000, output=1, iterations=[advice])
    for models, kinds in (((), {"over-provisioned"}), (("sonnet",), set())):
        history_seen = seen(history, *models)
        found = lives(history_seen)
        assert len(found) == 1
        assert {one.kind for one in find_candidates(history_seen, found)} == kinds


def use(name: str, result_bytes: int) -> ToolUse:
    return ToolUse(name, 0, None, name, "", "", "", None, None, "ok", result_bytes, 0, 0, created=False, error="")


def divided(kind: str, source: str, item: str, *uses: ToolUse) -> dict[str, int]:
    by_name: dict[str, list[ToolUse]] = defaultdict(list)
    for one in uses:
        by_name[one.name].append(one)
    return _Owners(by_name).divide(Leaf(kind, source, item, 400, 0, Entry()))


def test_what_two_tools_share_is_divided_by_the_size_of_their_results() -> None:
    """400 tokens of subagents' results: 100 bytes of them by Task, 300 by Agent."""
    tools = use("Task", 40), use("Task", 60), use("Agent", 100), use("Agent", 200)
    assert divided("tool_result", "subagent results", "explore", *tools) == {"Task": 100, "Agent": 300}
    assert divided("tool_result", "subagent results", "explore", use("Task", 0), use("Agent", 0)) == {"Agent": 400}
    assert divided("tool_result", "subagent results", "explore", use("Read", 9)) == {}


def test_what_a_servers_tool_returned_is_that_tools() -> None:
    """Whatever its name has of what stands between a server and its tool."""
    tools = use("mcp__shop__get__price", 100), use("mcp__shop__price", 100), use("mcp__till__price", 100)
    assert divided("tool_result", "MCP shop", "get__price", *tools) == {"mcp__shop__get__price": 400}
    assert divided("tool_result", "MCP shop", "price", *tools) == {"mcp__shop__price": 400}
    assert divided("tool_result", "MCP till", "price", *tools) == {"mcp__till__price": 400}
    assert divided("tool_result", "MCP till", "buy", *tools) == {}


def test_an_image_that_no_tool_returned_is_nobodys() -> None:
    assert divided("image", "images", "prompts", use("Read", 9)) == {}
    assert divided("image", "images", "Read", use("Read", 9)) == {"Read": 400}
    assert divided("prompt", "prompts", "", use("Read", 9)) == {}


def test_what_a_tool_returned_is_what_it_returned_of_each_file(history: History) -> None:
    """A path of 159 characters is whole; of 160 the ledger may have cut it."""
    session = history.session(FIRST)
    paths = ["/" + "a" * 158, "/" + "b" * 159]
    for number, path in enumerate(paths):
        session.response(input=1_000 + 1_000 * number, blocks=[tool_use(f"t{number}", "Read", {"file_path": path})])
        session.tool_result(f"t{number}", f"{number} is a line of this file\n" * 100)
    session.response(input=4_000)
    found = carried_by_tools(seen(history))
    ledger = build_ledger(seen(history))
    of_files = {
        item: entry.tokens for (_, source, item, *_), entry in ledger.entries.items() if source == "Read results"
    }
    assert set(of_files) == set(paths)
    by_path = carried_by_paths(seen(history))
    assert set(by_path) == {paths[0]}
    assert by_path[paths[0]] == pytest.approx(of_files[paths[0]], abs=1)
    assert found.by_tool["Read"].results == pytest.approx(sum(of_files.values()), abs=2)
    assert found.by_tool["Read"].results > by_path[paths[0]] > 0


def test_what_two_tools_were_given_is_divided_by_their_calls() -> None:
    tools = use("Task", 0), use("Agent", 5), use("Agent", 5), use("Agent", 5)
    assert divided("tool_input", "tool inputs", "subagent", *tools) == {"Task": 100, "Agent": 300}
