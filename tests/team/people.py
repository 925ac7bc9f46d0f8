"""People with machines, and what a server has of them."""

from __future__ import annotations

import io
import json
import os
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from tests.asking import Answer, ask
from tests.team.servers import ADMIN, ADMIN_KEY, DATABASE, Server

COUNTERS = (
    *("responses", "input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"),
    *("ephemeral_1h_input_tokens", "rebuilt_tokens", "web_search_requests", "unpriced_tokens"),
)
CELL_COUNTERS = (*COUNTERS[:7], COUNTERS[8])  # all but searches
KEYS = {name: f"key of {name}" for name in ("ada", "bob", "cy", "reader", "boss", "lead", "mate")}
GROUPS = {
    "reader": "tokenscope_reader",
    "boss": "tokenscope_people",
    "lead": "tokenscope_writer, tokenscope_people",
    "mate": "tokenscope_writer, tokenscope_reader",
}


def add_people(server: Server) -> None:
    """All of KEYS, once a server."""
    for name, key in KEYS.items():
        server.add_person(name, key, GROUPS.get(name, "tokenscope_writer"))


class Machine:
    """A home folder of its own, with a login in it and transcripts elsewhere."""

    def __init__(self, home: Path, name: str) -> None:
        self.home, self.name = home, name
        home.mkdir(parents=True, exist_ok=True)

    def run(self, *words: object, root: Path | None = None, stdin: str = "", **environ: str) -> Answer:
        """One command line, typed at this machine."""
        changed = {"HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home / "config"), **environ}
        with mock.patch.dict(os.environ, changed), mock.patch("sys.stdin", io.StringIO(stdin)):
            return ask(*words, root=root)

    def login(self, server: Server, person: str, database: str, *words: object) -> Answer:
        given = [*words, *(("--ca", server.ca) if server.has_tls else ())]
        url = server.url(person, database)
        return self.run("login", "-", url, "--machine", self.name, *given, stdin=KEYS[person] + "\n")

    @property
    def stored(self) -> Path:
        return self.home / "config" / "tokenscope" / "team.toml"


class Team:
    """A database on a server, with people who may write to it."""

    def __init__(self, server: Server, folder: Path, database: str = DATABASE) -> None:
        self.server, self.folder, self.database = server, folder, database

    def machine(self, person: str, name: str, *words: object) -> Machine:
        """A machine that is signed in."""
        one = Machine(self.folder / f"{person}-{name}", name)
        answer = one.login(self.server, person, self.database, *words)
        assert (answer.code, answer.err) == (0, ""), answer
        return one

    def put(self, person: str, machine: str, rows: list[dict[str, Any]], **batch: Any) -> dict[str, int]:
        """Call the server's own function, as any program could."""
        given = json.dumps({"machine": machine, "version": "1", "responses": rows, **batch})
        found: dict[str, int] = self.call(person, "select tokenscope.put(cast(:given as jsonb))", given=given)
        return found

    def call(self, person: str, sql: str, **given: Any) -> Any:
        rows = self.connection(person).run(sql, **given)
        return rows[0][0] if rows else None

    def rows(self, sql: str, **given: Any) -> list[list[Any]]:
        """What the admin sees."""
        found: list[list[Any]] = self.server.kept(ADMIN, ADMIN_KEY, self.database).run(sql, **given)
        return found

    def connection(self, person: str) -> Any:
        """A person's, kept for the tests to come."""
        return self.server.kept(person, KEYS[person], self.database)

    def totals(self, table: str = "rollup", where: str = "true") -> tuple[dict[str, int], Decimal]:
        """Every counter's sum, and dollars."""
        sums = ", ".join(f"coalesce(sum({name}), 0)" for name in COUNTERS)
        ((*numbers, usd),) = self.rows(
            f"select {sums}, coalesce(sum(list_price_usd), 0) from tokenscope.{table} where {where}"
        )
        return dict(zip(COUNTERS, map(int, numbers), strict=True)), Decimal(usd)

    def check_rollup(self) -> None:
        """The rollup is what the rows come to, cell by cell."""
        cells = "day, person, machine, project, model, is_subagent, " + ", ".join(
            f"sum({name})::bigint" for name in COUNTERS
        )
        day = "coalesce((time at time zone 'UTC')::date, '-infinity') as day"
        fresh = self.rows(
            f"select {cells}, sum(list_price_usd)::numeric(20, 12) from (select *, {day} from tokenscope.counted) c group by 1, 2, 3, 4, 5, 6"
            f" having sum({' + '.join(COUNTERS)}) > 0 or sum(list_price_usd) > 0"
        )
        kept = self.rows(
            f"select {cells}, sum(list_price_usd)::numeric(20, 12) from tokenscope.rollup group by 1, 2, 3, 4, 5, 6"
        )
        assert sorted(map(str, fresh)) == sorted(map(str, kept))
        self._check_cells()

    def _check_cells(self) -> None:
        """What sums over people are made of is what rows and sessions come to, cell by cell and person by person."""
        summed = ", ".join(f"sum({name})::bigint" for name in CELL_COUNTERS) + ", sum(list_price_usd)::numeric(20, 12)"
        monday = "case when isfinite(day) then date_trunc('week', day::timestamp)::date else day end"
        week = "coalesce(date_trunc('week', started at time zone 'UTC')::date, '-infinity')"
        fresh = self.rows(
            f"select 'day', day, '', false, person, {summed} from tokenscope.rollup group by 1, 2, 3, 4, 5"
            f" union all select 'model', day, model, is_subagent, person, {summed} from tokenscope.rollup group by 1, 2, 3, 4, 5"
            f" union all select 'project', {monday}, project, false, person, {summed} from tokenscope.rollup group by 1, 2, 3, 4, 5"
            f" union all select 'source', {week}, source, false, person, sum(occurrences)::bigint, 0, 0, sum(tokens)::bigint,"
            " 0, 0, 0, 0, sum(list_price_usd)::numeric(20, 12) from tokenscope.person_ledger group by 1, 2, 3, 4, 5"
            f" union all select 'cause', {week}, cause, false, person, sum(count)::bigint, 0, 0, sum(tokens)::bigint,"
            " 0, 0, 0, 0, 0::numeric(20, 12) from tokenscope.person_causes group by 1, 2, 3, 4, 5"
        )
        kept = self.rows(
            f"select kind, period, name, is_subagent, person, {', '.join(CELL_COUNTERS)}, list_price_usd::numeric(20, 12)"
            " from tokenscope.cells"
        )
        expected = sorted(str(one) for one in fresh if any(one[5:]))
        found = sorted(map(str, kept))
        assert expected == found, sorted({*expected} ^ {*found})


def sums_of(rows: list[dict[str, Any]]) -> tuple[dict[str, int], Decimal]:
    """What rows of different responses come to, added up here."""
    sums: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))
    usd = Decimal(0)
    for row in rows:
        for name in COUNTERS[1:-1]:
            sums[name] += row[name]
        sums["responses"] += not row["is_part"]
        if row["list_price_usd"] is None:
            sums["unpriced_tokens"] += sum(row[name] for name in COUNTERS[1:5])
        else:
            usd += Decimal(row["list_price_usd"])
    return dict(sums), usd


def row(number: int, **other: Any) -> dict[str, Any]:
    """A row of a response, made up. Its counters are told apart by their size."""
    return {
        "id": f"00000000-0000-0000-0000-{number:012d}",
        "session": f"00000000-0000-0000-0001-{number % 3:012d}",
        "time": f"2026-06-{1 + number % 28:02d}T10:00:00.000Z",
        "input_tokens": 3,
        "output_tokens": 40,
        "cache_read_input_tokens": 5_000,
        "cache_creation_input_tokens": 600,
        "ephemeral_1h_input_tokens": 70,
        "context_tokens": 5_603,
        "rebuilt_tokens": 0,
        "web_search_requests": 0,
        "revision": 202606011,
        "is_part": False,
        "is_subagent": False,
        "output_is_floor": False,
        "project": "project-1",
        "model": "claude-opus-5",
        "agent_type": "",
        "cause": "",
        "list_price_usd": "0.010000000001",
        **other,
    }
