"""Who may read sums over people alone is told those, by the same questions: never a person, never a cell of a few."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.asking import Answer
from tests.questions import shop
from tests.team.people import Machine, Team, row

NAMES = [f"of_crowd_{number}" for number in range(5)]
WEDNESDAY = "2026-06-03T10:00:00.000Z"
NOTE = (
    "Sums over people; what is about fewer than 5 of them in one {} is not there: a lower bound. Days are those of UTC."
)
# Five times what people.row has: 3 + 40 + 5,000 + 600 tokens, 70 of them written for an hour, at a cent.
FIVE = {
    "messages": 5,
    "input_tokens": 15,
    "output_tokens": 200,
    "cache_read_input_tokens": 25_000,
    "cache_creation_input_tokens": 3_000,
    "ephemeral_5m_input_tokens": 2_650,
    "ephemeral_1h_input_tokens": 350,
    "total_tokens": 28_215,
    "list_price_usd": 0.05,
}
NOTHING = {**dict.fromkeys(FIVE, 0), "list_price_usd": 0.0}


@contextmanager
def signed_in_as(team: Team, name: str) -> Iterator[Any]:
    team.server.add_person(name, "crowd")
    with team.server.admin(team.database) as admin:
        admin.run(f"set session authorization {name}")
        yield admin


def put(connection: Any, rows: list[dict[str, Any]], **more: Any) -> None:
    batch = json.dumps({"machine": "m", "version": "1", "responses": rows, **more})
    connection.run("select tokenscope.put(cast(:given as jsonb))", given=batch)


@pytest.fixture
def five(team: Team) -> Team:
    """A response and a session of each of five on a Wednesday; one of them alone did something else as well."""
    for number, name in enumerate(NAMES):
        session = {"session": f"00000000-0000-0000-0002-{number:012d}", "project": "project-1", "started": WEDNESDAY}
        lines = [
            {"source": "floor", "tokens": 100, "list_price_usd": "0.1", "occurrences": 1},
            {"source": "MCP shed results", "tokens": 300, "list_price_usd": "0.2", "occurrences": 2},
            *(
                [{"source": "MCP own results", "tokens": 9, "list_price_usd": "9", "occurrences": 9}]
                if not number
                else []
            ),
        ]
        causes = [{"cause": "idle", "count": 1, "tokens": 50}, *([{"cause": "copy", "count": 1, "tokens": 7}] if not number else [])]  # fmt: skip
        with signed_in_as(team, name) as connection:
            rows = [row(number, time=WEDNESDAY)]
            rows += [row(99, time="2026-06-10T10:00:00.000Z", project="own", model="oak-1")] if not number else []
            sums = {"prompt_tokens": 409, "floor_tokens": 5, "revision": 1}
            put(connection, rows, sessions=[{**session, **sums, "ledger": lines, "causes": causes}])
    return team


@pytest.fixture
def reader(five: Team) -> Machine:
    return signed_in(five, "reader")


def signed_in(team: Team, person: str) -> Machine:
    one = Machine(team.folder / person, "board")
    answer = one.login(team.server, person, team.database)
    assert (answer.code, answer.err) == (0, "")
    return one


def asked(machine: Machine, *words: str) -> Answer:
    answer = machine.run(*words, "--team", "--tz", "UTC")
    assert (answer.code, answer.err) == (0, ""), answer
    return answer


@pytest.mark.parametrize(
    ("question", "by", "name"),
    [
        ("daily", "day", "2026-06-03"),
        ("weekly", "week", "2026-06-01"),
        ("monthly", "month", "2026-06-01"),
        ("models", "model", "claude-opus-5"),
        ("projects", "project", "project-1"),
    ],
)
def test_usage(reader: Machine, question: str, by: str, name: str) -> None:
    """Of what one did alone there is nothing, in no sum."""
    report = asked(reader, question, "--json").report
    assert report["by"] == by
    assert report["smallest_cell"] == 5
    assert report["rows"] == [{"name": name, "people": 5, "usage": FIVE, "rebuilt_tokens": 0, "unpriced_tokens": 0}]
    assert report["total"] == FIVE


def test_contexts(reader: Machine) -> None:
    report = asked(reader, "context", "--json").report
    assert report["sources"] == [
        {"name": "MCP shed results", "people": 5, "tokens": 1_500, "share": 0.75, "list_price_usd": 1.0, "count": 10},
        {"name": "floor", "people": 5, "tokens": 500, "share": 0.25, "list_price_usd": 0.5, "count": 5},
    ]
    assert report["causes"] == [
        {"name": "idle", "people": 5, "tokens": 250, "share": 1.0, "list_price_usd": None, "count": 5}
    ]


@pytest.mark.parametrize(
    ("words", "by_day", "by_week"),
    [
        (("--since", "2026-06-03"), True, True),
        (("--since", "2026-06-04"), False, True),  # the week that it touches is shown whole
        (("--since", "2026-06-08"), False, False),
        (("--until", "2026-06-03"), True, True),
        (("--until", "2026-06-02"), False, True),
        (("--until", "2026-05-31"), False, False),
    ],
)
def test_windows(reader: Machine, words: tuple[str, ...], *, by_day: bool, by_week: bool) -> None:
    for question, is_there in (("daily", by_day), ("models", by_day), ("projects", by_week)):
        assert asked(reader, question, "--json", *words).report["total"] == (FIVE if is_there else NOTHING), question
    assert bool(asked(reader, "context", "--json", *words).report["sources"]) == by_week


def test_it_is_said_in_words(reader: Machine, five: Team) -> None:
    cells = {
        "daily": "day",
        "weekly": "day",
        "models": "day and model (subagents apart)",
        "projects": "week and project",
        "context": "week and source or cause",
    }
    for question, cell in cells.items():
        told = asked(reader, question, "--plain").out
        assert NOTE.format(cell) in " ".join(told.split()), question
    assert "28.2K tokens, all 3 Jun" in asked(reader, "daily").out
    assert "Three quarters of it was MCP shed results." in asked(reader, "context").out
    five.rows("update tokenscope.about set smallest_cell = 6")
    assert "Nothing here is about 6 people or more." in asked(reader, "daily").out


def test_as_a_table(reader: Machine) -> None:
    (line,) = asked(reader, "daily", "--csv").table
    assert (line["name"], line["people"], line["total_tokens"]) == ("2026-06-03", "5", "28215")


@pytest.mark.parametrize(
    "words",
    [
        ("sessions",),
        ("compare", "model:opus", "model:haiku"),
        ("daily", "--chart"),
        ("models", "--by", "person"),
        ("daily", "--project", "project-1"),
        ("daily", "--only", "person=of_crowd_0"),
    ],
)
def test_what_takes_rows_of_single_people_is_refused(reader: Machine, words: tuple[str, ...]) -> None:
    answer = reader.run(*words, "--team")
    assert (answer.code, answer.out) == (2, "")
    assert "you may read sums over people only" in answer.err


def test_who_may_do_more_is_told_more(five: Team) -> None:
    """A writer who may read sums reads them; who may see people sees them, without a right to hand on."""
    assert asked(signed_in(five, "mate"), "daily", "--json").report["total"] == FIVE
    groups = asked(signed_in(five, "boss"), "models", "--by", "person", "--json").report["groups"]
    assert {one["name"]: one["usage"]["messages"] for one in groups} == {NAMES[0]: 2, **dict.fromkeys(NAMES[1:], 1)}


def test_a_reader_signs_in_and_hands_nothing_on(reader: Machine, five: Team) -> None:
    told = reader.login(five.server, "reader", five.database).out
    assert f"Signed in to localhost/{five.database} as reader, to read alone: `tokenscope daily --team`." in told
    assert "tokenscope_writer" in told
    root = shop(five.folder / "shop").write()
    for answer in (reader.run("sync", root=root), reader.run("status", root=root), reader.run("logout", "--forget")):
        assert (answer.code, answer.out) == (1, "")
        assert "this person has no rights to hand on figures" in answer.err
    assert reader.stored.exists()


def test_who_may_nothing_is_not_signed_in(team: Team) -> None:
    team.server.add_person("guest", "crowd", "pg_monitor")
    one = Machine(team.folder / "guest", "m")
    tls = ("--ca", team.server.ca)
    answer = one.run("login", "-", team.server.url("guest", team.database), *tls, stdin="crowd\n")
    assert (answer.code, answer.out) == (1, "")
    assert "this person has no rights to hand on figures" in answer.err
    assert not one.stored.exists()
