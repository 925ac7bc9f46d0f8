"""Tools: one a question and three more, of the program's own words alone, and command lines that nobody can bend."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.asking import ask
from tokenscope.app.registry import find_question, question_names
from tokenscope.errors import UsageError
from tokenscope.mcp_server.offers import (
    DRAWING,
    FILTERS,
    Offer,
    check_given,
    find_offers,
    input_schema,
    output_schema,
    typed_words,
)

OFFERS = find_offers()


def words(name: str, **given: Any) -> list[str]:
    check_given(OFFERS[name], given)
    return typed_words(OFFERS[name], given)


def test_a_tool_a_question_and_three_more() -> None:
    first = ["where_did_it_go", "what_should_i_change", "this_session"]
    assert list(OFFERS) == first + [name.replace("-", "_") for name in question_names()]
    assert all(OFFERS[name.replace("-", "_")].help == find_question(name).help for name in question_names())


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
def test_names_and_schemas_are_such_as_clients_take(offer: Offer) -> None:
    assert re.fullmatch(r"[a-z][a-z_]{0,40}", offer.name)
    assert len(offer.help) <= 110
    assert offer.question in question_names()
    schema = input_schema(offer)
    assert schema["type"] == "object"
    names = [one.name for one in offer.takes]
    assert len(set(names)) == len(names)
    assert not set(names) & {*DRAWING, "root", "prices", "json", "no_text", "with_text"}
    assert list(schema["properties"]) == [*names, "limit", "list", "offset"]


def test_all_that_clients_may_keep_in_a_context_is_short() -> None:
    """Tools are luggage of every response: a client may carry all of them. 30,000 characters are some 7,500 tokens."""
    kept = [{"name": one.name, "description": one.help, "input_schema": input_schema(one)} for one in OFFERS.values()]
    assert len(json.dumps(kept, separators=(",", ":"))) <= 30_000


def test_options_become_typed_input() -> None:
    properties = input_schema(OFFERS["files"])["properties"]
    assert properties["by"] == {
        "type": "string",
        "description": "What a row is.",
        "enum": ["file", "folder", "extension"],
    }
    assert properties["project"] == {"type": "array", "description": "Parts of paths", "items": {"type": "string"}}
    assert input_schema(OFFERS["context"])["properties"]["min_sessions"]["type"] == "integer"
    assert input_schema(OFFERS["sessions"])["properties"]["idle_hours"]["type"] == "number"
    assert input_schema(OFFERS["daily"])["properties"]["activity"]["type"] == "boolean"
    assert input_schema(OFFERS["quickstart"])["properties"]["full"]["type"] == "boolean"
    assert "since" not in input_schema(OFFERS["prices"])["properties"]


def test_the_output_has_the_fields_of_the_report() -> None:
    report = output_schema(OFFERS["daily"])["properties"]["report"]["properties"]
    assert report["days"] == {"type": "array"}
    assert report["total"] == {"type": "object"}


def test_a_call_is_a_command_line() -> None:
    assert words("daily") == ["daily", "--json"]
    assert words("daily", since="7d", project=["shop", "site"], activity=True, chart=False) == [
        *("daily", "--json", "--activity", "--since=7d", "--project=shop", "--project=site")
    ]
    assert words("quota_audit") == ["quota-audit", "--json"]
    assert words("sessions", idle_hours=2, limit=5) == ["sessions", "--json", "--idle-hours=2"]
    assert words("compare", first="7d", second="30d") == ["compare", "--json", "--", "7d", "30d"]
    assert words("whatif", levers=["window=100K", "cache=5m"]) == ["whatif", "--json", "--", "window=100K", "cache=5m"]


@pytest.mark.parametrize(
    "hostile", ["--root=/", "--show-secrets", "-h", "--", "; touch x", "$(touch x)", "--with-text"]
)
def test_nothing_that_is_given_becomes_an_option(hostile: str) -> None:
    assert words("daily", since=hostile, project=[hostile]) == [
        *("daily", "--json", f"--since={hostile}", f"--project={hostile}")
    ]
    assert words("session", which=[hostile]) == ["session", "--json", "--", hostile]
    answer = ask("demo", *words("session", which=[hostile]))
    assert answer.code == 2
    assert "no session begins with" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("daily", {"sinse": "7d"}, "daily takes no argument 'sinse'"),
        ("daily", {"show_secrets": True}, "daily takes no argument 'show_secrets'"),
        ("session", {"show_secrets": True}, "session takes no argument 'show_secrets'"),
        ("session", {"full_text": True}, "session takes no argument 'full_text'"),
        ("daily", {"root": ["/"]}, "daily takes no argument 'root'"),
        ("daily", {"since": 7}, "since is of the type string"),
        ("daily", {"since": None}, "since is of the type string"),
        ("daily", {"project": "shop"}, "project is of the type array"),
        ("daily", {"project": [1]}, "project holds something that is no text"),
        ("daily", {"project": ["a\0b"]}, "project holds something that is no text"),
        ("daily", {"since": "\ud800"}, "since holds something that is no text"),
        ("daily", {"project": ["x" * 3_000, "y" * 3_000]}, "project is longer than 4,000 characters"),
        ("daily", {"activity": "yes"}, "activity is of the type boolean"),
        ("context", {"min_times": True}, "min_times is of the type integer"),
        ("context", {"min_times": 2.5}, "min_times is of the type integer"),
        ("files", {"by": "colour"}, "by is one of file, folder, extension"),
        ("daily", {"limit": 0}, "limit is from 1 to 500"),
        ("daily", {"limit": 501}, "limit is from 1 to 500"),
        ("daily", {"offset": -1}, "offset is from 0 on"),
        ("compare", {"second": "7d"}, "second comes after first"),
    ],
)
def test_what_a_tool_does_not_take_is_told(name: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as told:
        words(name, **given)
    assert told.value.message == message
    assert told.value.hint


def test_filters_are_options_of_every_question() -> None:
    found = ask("daily", "--help").out
    assert all(f"--{one.name}" in found for one in FILTERS)
