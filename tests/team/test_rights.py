"""What a key is good for: adding and taking back one's own. Everything else is refused."""

from __future__ import annotations

import pytest

from tests.team.people import Team, row, sums_of

pg8000 = pytest.importorskip("pg8000")
TABLES = ("about", "responses", "copies", "rollup", "cells", "sessions", "ledger", "causes", "machines")
VIEWS_OF_PEOPLE = (
    "person_days",
    "person_totals",
    "person_responses",
    "person_sessions",
    "person_ledger",
    "person_causes",
)
VIEWS_OF_TEAMS = ("team_days", "team_models", "team_projects", "team_sources", "team_causes", "team_floors")
REFUSED = "42501"
OF_ADA = "00000000-0000-0000-0000-000000000001"


def refused(team: Team, person: str, sql: str) -> None:
    with pytest.raises(pg8000.exceptions.DatabaseError) as error:
        team.call(person, sql)
    assert error.value.args[0]["C"] == REFUSED, error.value


@pytest.fixture
def two(team: Team) -> Team:
    """Ada has two responses there, and Bob one."""
    team.put("ada", "laptop", [row(1), row(2)])
    team.put("bob", "desk", [row(3)])
    return team


def test_a_writer_reads_no_table(two: Team) -> None:
    for table in (*TABLES, *VIEWS_OF_PEOPLE, *VIEWS_OF_TEAMS, "counted"):
        refused(two, "bob", f"select * from tokenscope.{table}")
        refused(two, "bob", f"select count(*) from tokenscope.{table}")


FORBIDDEN = (
    "update tokenscope.responses set output_tokens = 0",
    "delete from tokenscope.responses",
    "insert into tokenscope.machines (person, machine, version) values ('ada', 'm', '1')",
    "update tokenscope.about set smallest_cell = 1",
    "truncate tokenscope.rollup",
    "drop table tokenscope.rollup",
    "alter table tokenscope.rollup owner to bob",
    "create table tokenscope.mine (x integer)",
    "create function tokenscope.put(x text) returns text language sql as 'select 1'",
    "do $$ begin lock table tokenscope.rollup in access exclusive mode; end $$",
    "select tokenscope.prune('2099-01-01')",
    "select tokenscope.move_sums('{}', '{}')",
    "select tokenscope.sums_of('{}')",
    "select tokenscope.move_cells('{}', '{}')",
    "select tokenscope.cells_of_sessions('{}')",
    "select tokenscope.put_sessions('ada', 'laptop', '[]')",
    "set role tokenscope_owner",
    "set role tokenscope_people",
    "set role ada",
    "set session authorization ada",
    "grant tokenscope_people to bob",
    "alter role ada password 'x'",
    "copy tokenscope.responses to program 'cat'",
    "select pg_read_file('/etc/passwd')",
)


def test_a_writer_does_nothing_else(two: Team) -> None:
    before = two.rows("select * from tokenscope.responses order by id"), two.totals()
    for sql in FORBIDDEN:
        refused(two, "bob", sql)
    assert (two.rows("select * from tokenscope.responses order by id"), two.totals()) == before


def test_the_person_is_the_role_and_not_what_a_row_says(two: Team) -> None:
    two.put("bob", "desk", [row(4, person="ada", machine="laptop")], **{"owner": "ada", "role": "ada"})
    assert two.rows("select person, machine from tokenscope.responses where id::text like '%4'") == [["bob", "desk"]]


@pytest.mark.parametrize("more", [{"output_tokens": 10**9}, {"revision": 999_999_999}, {"output_tokens": 41, "time": None}], ids=str)  # fmt: skip
def test_the_id_of_another_persons_response_raises_nothing_of_hers(two: Team, more: dict[str, int]) -> None:
    """Who knows an id, from a transcript that was handed round, can claim more for themselves, as always, and no more."""
    hers = two.totals(where="person = 'ada'")
    stored = two.rows("select * from tokenscope.responses where person = 'ada' order by id")
    two.put("bob", "desk", [row(1, **more)])
    assert two.totals(where="person = 'ada'") == hers
    assert two.rows("select * from tokenscope.responses where person = 'ada' order by id") == stored
    two.check_rollup()


def test_nor_does_it_lower_anything(two: Team) -> None:
    before = two.totals(), two.totals(where="person = 'ada'")
    nothing = {name: 0 for name in row(1) if name.endswith("_tokens")}
    two.put("bob", "desk", [row(1, **nothing, revision=999_999_999, list_price_usd=None)])
    assert (two.totals(), two.totals(where="person = 'ada'")) == before
    two.put("ada", "laptop", [row(1, output_tokens=50)])  # hers grows as if he were not there
    assert two.totals(where="person = 'ada'") == sums_of([row(1, output_tokens=50), row(2)])
    two.check_rollup()


def test_a_session_of_another_person_stays_hers(team: Team) -> None:
    session = {"session": OF_ADA, "project": "p", "started": "2026-06-01T10:00:00Z", "floor_tokens": 5, "revision": 1}
    lines = [{"source": "floor", "tokens": 100, "list_price_usd": "0.1", "occurrences": 1}]
    team.put("ada", "laptop", [], sessions=[{**session, "prompt_tokens": 100, "ledger": lines}])
    lines = [{"source": "floor", "tokens": 9_000, "list_price_usd": "9", "occurrences": 1}]
    team.put("bob", "desk", [], sessions=[{**session, "prompt_tokens": 9_000, "ledger": lines}])
    assert team.rows("select person, tokens from tokenscope.person_ledger") == [["ada", 100]]
    team.check_rollup()
    team.call("ada", "select tokenscope.forget()")  # then the next who has it stands for it
    assert team.rows("select person, tokens from tokenscope.person_ledger") == [["bob", 9_000]]
    team.check_rollup()
    earlier = {**session, "started": "2026-05-20T10:00:00Z", "prompt_tokens": 9_500, "ledger": lines}
    team.put("bob", "desk", [], sessions=[earlier])  # it moves to another week
    team.check_rollup()


def test_one_takes_back_ones_own(two: Team) -> None:
    two.put("bob", "desk", [row(1, output_tokens=60)])  # a copy of Ada's that has more
    two.put("bob", "desk", [], sessions=[])
    assert two.call("bob", "select tokenscope.forget()") == {"forgotten": 1}
    assert two.totals() == sums_of([row(1), row(2)])
    assert two.rows("select person from tokenscope.machines") == [["ada"]]
    two.check_rollup()


def test_what_others_have_a_copy_of_stays_theirs(two: Team) -> None:
    two.put("bob", "desk", [row(1), row(2)])
    two.put("cy", "mac", [row(2)])
    assert two.call("ada", "select tokenscope.forget()") == {"forgotten": 2}
    assert two.totals() == two.totals(where="person = 'bob'") == sums_of([row(1), row(2), row(3)])
    two.check_rollup()


def test_ones_own_days_and_nobody_elses(two: Team) -> None:
    told = two.call("bob", """select tokenscope.days('{"machine": "desk"}')""")
    assert told["person"] == "bob"
    assert [(day["machine"], day["responses"], day["tokens"]) for day in told["days"]] == [("desk", 1, 5_643)]


def test_what_is_asked_by_id_says_only_whether_it_is_there(two: Team) -> None:
    ids = [row(number)["id"] for number in (1, 3, 9)]
    given = str(ids).replace("'", '"')
    told = two.call(
        "bob", "select tokenscope.days(cast(:given as jsonb))", given=f'{{"machine": "desk", "ids": {given}}}'
    )
    assert told["known"] == "ch-"
    assert told["days"] is None


# --- who reads ---


def crowd(team: Team, people: int) -> None:
    """So many people, each with one response on the same day in the same project."""
    with team.server.admin(team.database) as admin:
        for number in range(people):
            name = f"of_crowd_{number}"
            team.server.add_person(name, "crowd")
            admin.run(f"set session authorization {name}")  # as if they had signed in
            given = f'{{"machine": "m", "version": "1", "responses": [{_json(number)}]}}'
            admin.run("select tokenscope.put(cast(:given as jsonb))", given=given)
            admin.run("reset session authorization")


def _json(number: int) -> str:
    import json  # noqa: PLC0415

    return json.dumps(row(100 + number, time="2026-06-03T10:00:00.000Z"))


@pytest.mark.parametrize(("people", "shown"), [(4, []), (5, [[5, 200]])])
def test_what_is_about_fewer_than_five_is_hidden(team: Team, people: int, shown: list[list[int]]) -> None:
    crowd(team, people)
    for view in ("team_days", "team_models", "team_projects"):
        found = team.connection("reader").run(f"select people, output_tokens::integer from tokenscope.{view}")
        assert found == shown, view


def test_a_reader_sees_no_person(team: Team) -> None:
    team.put("ada", "laptop", [row(1)])
    for table in (*TABLES, *VIEWS_OF_PEOPLE, "counted"):
        refused(team, "reader", f"select * from tokenscope.{table}")
    for sql in ("select tokenscope.put('{}')", "select tokenscope.days('{}')", "select tokenscope.forget()"):
        refused(team, "reader", sql)
    for view in VIEWS_OF_TEAMS:
        connection = team.connection("reader")
        connection.run(f"select * from tokenscope.{view} limit 0")
        assert not {"person", "machine", "session"} & {one["name"] for one in connection.columns or ()}


def test_a_condition_of_the_readers_sees_no_hidden_cell(team: Team) -> None:
    """A function that tells what it is given would see it, were it not a barrier."""
    team.put("ada", "laptop", [row(1, project="hidden")])
    with team.server.connection("reader", "key of reader", team.database) as connection:
        connection.run(
            "create function pg_temp.leak(x text) returns boolean language plpgsql cost 0.0000001 as"
            " $$ begin raise notice 'seen %', x; return true; end $$"
        )
        assert connection.run("select * from tokenscope.team_projects where pg_temp.leak(project)") == []
        assert "hidden" not in str(list(connection.notices))


def test_who_may_see_people_sees_each(team: Team) -> None:
    team.put("ada", "laptop", [row(1)])
    assert team.connection("boss").run("select person, output_tokens from tokenscope.person_days") == [["ada", 40]]
    for table in TABLES:
        refused(team, "boss", f"select * from tokenscope.{table}")


# --- the admin ---


def test_pruned_rows_stay_in_the_rollup_and_are_taken_no_more(team: Team) -> None:
    rows = [row(1, time="2026-01-05T00:00:00.000Z"), row(2, time="2026-06-05T00:00:00.000Z"), row(3, time=None)]
    team.put("ada", "laptop", rows)
    before = team.totals()
    assert team.rows("select tokenscope.prune('2026-03-01')") == [[1]]
    assert team.put("ada", "laptop", rows) == {"new": 0, "changed": 0, "given": 2}
    assert team.totals() == before
    assert team.rows("select count(*) from tokenscope.responses") == [[2]]


def test_pruned_sessions_stay_in_the_sums_over_people(team: Team) -> None:
    lines = [{"source": "floor", "tokens": 100, "list_price_usd": "0.1", "occurrences": 1}]
    session = {"session": OF_ADA, "project": "p", "started": "2026-01-05T10:00:00Z", "floor_tokens": 5, "revision": 1}
    given = [{**session, "prompt_tokens": 100, "ledger": lines}]
    team.put("ada", "laptop", [], sessions=given)
    kept = team.rows("select * from tokenscope.cells")
    team.rows("select tokenscope.prune('2026-03-01')")
    team.put("ada", "laptop", [], sessions=given)
    assert team.rows("select count(*) from tokenscope.sessions") == [[0]]
    assert team.rows("select * from tokenscope.cells") == kept
    assert len(kept) == 1


def test_the_schema_is_run_again_without_harm(two: Team) -> None:
    from tests.team.servers import SCHEMA  # noqa: PLC0415

    before = two.totals(), two.rows("select * from tokenscope.about")
    with two.server.admin(two.database) as admin:
        admin.run(SCHEMA.read_text(encoding="utf-8"))
    assert (two.totals(), two.rows("select * from tokenscope.about")) == before
    two.put("bob", "desk", [row(5)])
