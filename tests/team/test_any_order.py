"""Whatever order rows arrive in, cut into whatever batches, however often: the totals are the same.

Worked out here from all rows at once, by the rule in words: of one person's rows of a response the one with more output
under newer rules; over people, the most that anybody has of each figure.
"""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.team.people import COUNTERS, Team, row
from tokenscope.team.shared_folder import FolderTarget, counted_once, read_claims
from tokenscope.team.stored_login import StoredLogin

PEOPLE = ("ada", "bob", "cy")
MACHINES = ("m1", "m2")
EXAMPLES = int(os.environ.get("TOKENSCOPE_EXAMPLES", "8"))  # by hand: 300, and a quarter of an hour
Pushed = tuple[str, str, list[dict[str, Any]]]  # person, machine, rows of one batch


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """One of four responses, as some copy of it may have it."""
    number = draw(st.integers(1, 4))
    return row(
        number,
        output_tokens=draw(st.sampled_from((1, 40, 900))),
        revision=draw(st.sampled_from((1, 2))),
        time=draw(st.sampled_from((None, "2026-06-01T10:00:00.000Z", "2026-06-02T10:00:00.000Z"))),
        rebuilt_tokens=draw(st.sampled_from((0, 500))),
        is_part=number == 4,
        list_price_usd=draw(st.sampled_from((None, "0.010000000001", "0.02"))),
        project=draw(st.sampled_from(("p1", "p2"))),
    )


def batch() -> st.SearchStrategy[Pushed]:
    one = st.lists(rows(), max_size=4, unique_by=lambda row: row["id"])
    return st.tuples(st.sampled_from(PEOPLE), st.sampled_from(MACHINES), one)


def expected(batches: list[Pushed]) -> tuple[dict[str, int], Decimal]:
    best: dict[tuple[str, str], dict[str, Any]] = {}
    for person, _, pushed in batches:
        for one in pushed:
            key = one["id"], person
            if key not in best or larger(one, best[key]):
                best[key] = one
    sums, usd = dict.fromkeys(COUNTERS, 0), Decimal(0)
    for number in {key for key, _ in best}:
        ones = [one for (key, _), one in best.items() if key == number]
        sums["responses"] += not ones[0]["is_part"]
        for name in COUNTERS[1:-1]:
            sums[name] += max(one[name] for one in ones)
        tokens = [sum(one[name] for name in COUNTERS[1:5]) for one in ones if one["list_price_usd"] is None]
        sums["unpriced_tokens"] += max(tokens, default=0)
        usd += max(Decimal(one["list_price_usd"] or 0) for one in ones)
    return sums, usd


def larger(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """More output, or newer rules; else the earlier time, then more of what was rebuilt, then the dearer."""
    first, second = (
        (
            one["output_tokens"],
            one["revision"],
            inverted(one["time"]),
            one["rebuilt_tokens"],
            Decimal(one["list_price_usd"] or -1),
            one["project"],
        )
        for one in (new, old)
    )
    return first > second


def inverted(time: str | None) -> str:
    """Greater for an earlier time; undated is the least."""
    return "" if time is None else "".join(str(9 - int(digit)) for digit in time if digit.isdigit())


def mixed(draw_from: st.DataObject, batches: list[Pushed]) -> list[Pushed]:
    """The same rows of each person in another order, cut anew, some of it twice."""
    single = [(person, machine, [one]) for person, machine, ones in batches for one in ones]
    again = draw_from.draw(st.lists(st.sampled_from(single), max_size=3)) if single else []
    return draw_from.draw(st.permutations([*single, *again]))


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(batches=st.lists(batch(), max_size=6), data=st.data())
def test_totals_do_not_depend_on_order_on_a_server(team: Team, batches: list[Pushed], data: st.DataObject) -> None:
    wanted = expected(batches)
    for pushed in (batches, mixed(data, batches)):
        for person in PEOPLE:
            team.call(person, "select tokenscope.forget()")
        for person, machine, ones in pushed:
            team.put(person, machine, ones)
        assert team.totals() == wanted
        team.check_rollup()


@settings(
    max_examples=3 * EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(batches=st.lists(batch(), max_size=6), data=st.data())
def test_totals_do_not_depend_on_order_in_a_folder(tmp_path: Path, batches: list[Pushed], data: st.DataObject) -> None:
    wanted = expected(batches)
    for pushed in (batches, mixed(data, batches)):
        for path in tmp_path.iterdir():
            path.unlink()
        for person, machine, ones in pushed:
            login = StoredLogin(tmp_path.as_uri(), machine, person)
            FolderTarget(tmp_path, login, "key").put({"responses": ones})
        found = [row for _, _, row in counted_once(read_claims(tmp_path))]
        sums = {name: sum(row[name] for row in found) for name in COUNTERS}
        assert (sums, sum((row["list_price_usd"] for row in found), Decimal(0))) == wanted
