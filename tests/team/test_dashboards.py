"""The dashboards: every panel's SQL on real servers, beside what the program says; and the files around them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median_low
from typing import Any

import pytest

from tests.asking import REPOSITORY, ask
from tests.team import dashboards
from tests.team.dashboards import DASHBOARDS, FOLDER, PEOPLE, TEAM, Dashboard, Panel
from tests.team.people import Team
from tests.team.servers import KINDS, Server
from tests.transcripts import History, text, tool_use

COMPOSE = FOLDER.parent / "compose.yaml"
READS = {TEAM: "reader", PEOPLE: "boss"}
EVERY_DAY = "between '2000-01-01' and '2100-01-01'"
NEVER = "between '1990-01-01' and '1990-02-01'"
PANELS = [(one, panel) for one in DASHBOARDS for panel in one.panels]
IDS = [f"{one.name}: {panel.title}" for one, panel in PANELS]


def history(folder: Path, person: str, session_id: str) -> Path:
    """Three weeks of one project, with an MCP server, a break that loses the cache, and what Read gave."""
    made = History(folder)
    for week in range(3):
        name = f"{session_id[:-1]}{week}"
        session = made.session(name, cwd=f"/home/{person}/garden{week % 2}", model="claude-opus-4-8")
        day = f"2026-06-{1 + 7 * week:02d}"
        session.prompt("Prune", at=f"{day}T10:00:00Z")
        use = tool_use(f"toolu_{person}{week}a", "mcp__shed__ladder", {"rung": week})
        first = 20_000 + 3_000 * week
        session.response(f"msg_{person}{week}a", cache_write=first, output=200, blocks=[use], at=f"{day}T10:00:10Z")
        session.tool_result(f"toolu_{person}{week}a", "one rung " * 800, at=f"{day}T10:00:20Z")
        read = tool_use(f"toolu_{person}{week}b", "Read", {"file_path": "/x"})
        session.response(f"msg_{person}{week}b", cache_read=first, cache_write=3_000, output=90, blocks=[read], at=f"{day}T10:00:30Z")  # fmt: skip
        session.tool_result(f"toolu_{person}{week}b", "a leaf " * 500, at=f"{day}T10:00:40Z")
        session.response(f"msg_{person}{week}c", cache_write=first + 4_000, output=70, blocks=[text("Done.")], at=f"{day}T13:00:00Z")  # fmt: skip
    return made.write()


class Filled:
    """A server with the histories of two people, and what the program says of both together."""

    def __init__(self, team: Team, folder: Path) -> None:
        self.team, self.folder = team, folder
        self.roots = []
        for number, person in enumerate(("ada", "bob")):
            root = history(folder / f"root-{person}", person, f"{number}0000000-0000-4000-8000-000000000000")
            self.roots.append(root)
            assert team.machine(person, f"{person}s", "--names").run("sync", root=root).code == 0

    def run(self, board: Dashboard, panel: Panel, window: str = EVERY_DAY) -> list[dict[str, Any]]:
        """As Grafana would: with its macro put in, and as the role of the data source."""
        sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 {window}", panel.sql)
        assert "$" not in sql
        connection = self.team.connection(READS[board.source])
        rows = connection.run(sql)
        names = [column["name"] for column in connection.columns]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def shown(self, name: str, title: str) -> list[dict[str, Any]]:
        board, panel = next((one, panel) for one, panel in PANELS if (one.name, panel.title) == (name, title))
        return self.run(board, panel)

    def asked(self, question: str, *words: str) -> dict[str, Any]:
        return ask(question, "--json", "--tz", "UTC", *words, "--root", self.roots[1], root=self.roots[0]).report

    def told(self, root: Path, question: str) -> dict[str, Any]:
        return ask(question, "--json", "--tz", "UTC", root=root).report


@pytest.fixture(scope="module", params=KINDS)
def filled(
    request: pytest.FixtureRequest, start: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory
) -> Filled:
    """A database that is filled once, for all that only look at it. Cells of two people are shown here."""
    server, folder = start(request.param), tmp_path_factory.mktemp("dashboards")
    team = Team(server, folder, server.new_database("dashboards"))
    team.rows("update tokenscope.about set smallest_cell = 2")
    return Filled(team, folder)


def test_every_panel_runs_and_shows_something(filled: Filled) -> None:
    """Twice: in a window with everything, and in one with nothing."""
    for board, panel in PANELS:
        rows = filled.run(board, panel)
        assert rows, panel.title
        if panel.kind == "timeseries":
            assert set(rows[0]) == {"time", "metric", "value"}
            assert all(isinstance(row["value"], float) for row in rows)
        assert filled.run(board, panel, NEVER) == []


def test_nothing_of_a_few_is_shown_to_a_reader(filled: Filled) -> None:
    """Two people, where a cell takes five."""
    filled.team.rows("update tokenscope.about set smallest_cell = 5")
    try:
        assert {tuple(filled.run(board, panel)) for board, panel in PANELS if board.source == TEAM} == {()}
    finally:
        filled.team.rows("update tokenscope.about set smallest_cell = 2")


def test_people(filled: Filled) -> None:
    rows = {row["person"]: row for row in filled.shown("people", "People")}
    for person, root in zip(("ada", "bob"), filled.roots, strict=True):
        total = filled.told(root, "daily")["total"]
        assert rows[person]["tokens"] == total["total_tokens"]
        assert rows[person]["responses"] == total["messages"]
        assert float(rows[person]["list price"]) == pytest.approx(total["list_price_usd"], abs=0.005)
    by_day: Counter[date] = Counter()
    for row in filled.shown("people", "Tokens by person"):
        by_day[row["time"].date()] += round(row["value"])
    expected = {date.fromisoformat(one["date"]): one["usage"]["total_tokens"] for one in filled.asked("daily")["days"]}
    assert by_day == expected


def test_repositories(filled: Filled) -> None:
    expected: dict[str, Counter[str]] = defaultdict(Counter)
    for one in filled.asked("projects")["projects"]:
        usage = one["usage"]
        sums = expected[one["project"].rpartition("/")[2]]
        sums.update(tokens=usage["total_tokens"], responses=usage["messages"])
    rows = filled.shown("repositories", "Repositories")
    assert {row["project"]: (row["tokens"], row["responses"]) for row in rows} == {
        name: (sums["tokens"], sums["responses"]) for name, sums in expected.items()
    }
    price = sum(row["value"] for row in filled.shown("repositories", "List price by model"))
    assert price == pytest.approx(filled.asked("models")["total"]["list_price_usd"], abs=1e-6)
    assert sum(row["value"] for row in filled.shown("repositories", "List price by repository")) == pytest.approx(price)
    tokens = sum(row["value"] for row in filled.shown("repositories", "All together"))
    assert tokens == filled.asked("daily")["total"]["total_tokens"]


def test_the_floor(filled: Filled) -> None:
    """Of both people's sessions of a week the lower of the two in the middle, as PostgreSQL's percentile_disc has it."""
    floors: dict[date, list[int]] = defaultdict(list)
    for number, root in enumerate(filled.roots):
        file = filled.folder / f"{number}.sqlite"
        assert ask("export", file, "--tz", "UTC", root=root).code == 0
        for started, floor in _rows(file, "select started_at, floor_tokens from sessions"):
            day = date.fromisoformat(started[:10])
            floors[day - timedelta(days=day.weekday())].append(floor)
    rows = filled.shown("floor", "Median floor of a session (est.)")
    assert {row["time"].date(): row["value"] for row in rows} == {
        week: median_low(found) for week, found in floors.items()
    }
    assert {
        row["week"]: (row["sessions"], row["people"]) for row in filled.shown("floor", "Sessions and people")
    } == dict.fromkeys(floors, (2, 2))


def _rows(file: Path, sql: str) -> list[Any]:
    import sqlite3  # noqa: PLC0415

    connection = sqlite3.connect(file)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_servers_and_sources(filled: Filled) -> None:
    """Each session's sources were rounded by themselves."""
    expected: Counter[str] = Counter()
    for root in filled.roots:
        for one in filled.told(root, "context")["ledger"]["sources"]:
            expected[one["source"].removesuffix(" results")] += one["tokens"]
    found = {
        row["source"].removesuffix(" results"): row["tokens"] for row in filled.shown("servers", "Every source (est.)")
    }
    assert set(found) == set(expected)
    assert all(abs(found[name] - expected[name]) <= 12 for name in expected)
    (server,) = filled.shown("servers", "MCP servers (est.)")
    assert server["source"] == "MCP shed"
    assert server["tokens"] == found["MCP shed"] > 1_000


def test_causes(filled: Filled) -> None:
    expected = {one["cause"]: (one["tokens"], one["count"]) for one in filled.asked("context")["rebuilds"]["causes"]}
    assert expected
    assert {row["cause"]: (row["tokens"], row["times"]) for row in filled.shown("causes", "Causes")} == expected
    lines = filled.shown("causes", "Rebuilt tokens by cause")
    assert sum(row["value"] for row in lines) == sum(tokens for tokens, _ in expected.values())


# --- the files ---


def test_the_files_are_what_the_script_writes() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{one.name}.json" for one in DASHBOARDS}
    for one in DASHBOARDS:
        assert (FOLDER / f"{one.name}.json").read_text(encoding="utf-8") == dashboards.text_of(one)


@pytest.mark.parametrize("board", DASHBOARDS, ids=lambda one: one.name)
def test_no_field_is_unknown_to_grafana(board: Dashboard) -> None:
    """Read and written by the types that Grafana publishes, nothing is lost and nothing is of another kind."""
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder")
    given = json.loads(dashboards.text_of(board))
    read = json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(given)))
    assert list(lost(given, read, board.name)) == []


def lost(given: Any, read: Any, place: str) -> list[str]:
    if isinstance(given, dict) and isinstance(read, dict):
        inside = [lost(value, read[name], f"{place}.{name}") for name, value in given.items() if name in read]
        return [f"{place}.{name}" for name in given if name not in read] + [one for found in inside for one in found]
    if isinstance(given, list) and isinstance(read, list) and len(given) == len(read):
        return [
            one for number, pair in enumerate(zip(given, read, strict=True)) for one in lost(*pair, f"{place}.{number}")
        ]
    return [] if given == read else [place]


def test_a_lost_field_is_seen() -> None:
    """Otherwise the test above would prove nothing."""
    assert lost({"a": 1, "b": [{"c": 1}]}, {"b": [{"c": 2}]}, "x") == ["x.a", "x.b.0.c"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    yaml = pytest.importorskip("yaml")
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


def content(compose: dict[str, Any], name: str) -> Any:
    """A configuration inside it, read as YAML, with every variable put in."""
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load(re.sub(r"\$\{\w+(:\?[^}]*)?\}", "oak", compose["configs"][name]["content"]))


def test_compose_opens_no_port_to_others(compose: dict[str, Any]) -> None:
    ports = [port for one in compose["services"].values() for port in one.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert {name for name, one in compose["services"].items() if one.get("profiles") == ["live"]} == {
        *("collector", "prometheus")
    }


def test_compose_names_what_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert re.fullmatch(r"[\w./-]+:v?[0-9][\w.]*", service["image"])
        assert {one["source"] for one in service.get("configs", ())} <= set(compose["configs"])
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            is_there = (COMPOSE.parent / source).exists() or source == "./schema.sql"  # which the admin makes
            assert is_there if source.startswith(".") else source in compose["volumes"]
    used = {one["source"] for service in compose["services"].values() for one in service.get("configs", ())}
    assert used == set(compose["configs"])


def test_the_data_sources_are_those_of_the_dashboards(compose: dict[str, Any]) -> None:
    sources = {one["uid"]: one for one in content(compose, "datasources")["datasources"]}
    assert {TEAM, PEOPLE} < set(sources)
    for board in DASHBOARDS:
        for panel in dashboards.json_of(board)["panels"]:
            assert panel["datasource"]["type"] == sources[panel["datasource"]["uid"]]["type"]
    assert content(compose, "dashboards")["providers"][0]["options"]["path"] == "/etc/dashboards"


def test_telemetry_arrives_where_prometheus_asks(compose: dict[str, Any]) -> None:
    collector = content(compose, "collector")
    pipeline = collector["service"]["pipelines"]["metrics"]
    for kind in ("receivers", "processors", "exporters"):
        assert set(pipeline[kind]) == set(collector[kind])
    port = collector["exporters"]["prometheus"]["endpoint"].rpartition(":")[2]
    assert collector["exporters"]["prometheus"]["add_metric_suffixes"]  # …_tokens_total, as docs/prometheus.md says
    (job,) = content(compose, "prometheus")["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"collector:{port}"]}]
    usage = (REPOSITORY / "docs" / "grafana-dashboard.json").read_text(encoding="utf-8")
    names = re.findall(
        r"`(claude_code_\w+_total)`", (REPOSITORY / "docs" / "prometheus.md").read_text(encoding="utf-8")
    )
    assert set(re.findall(r"claude_code_\w+_total", usage)) <= set(names)


def test_the_roles_of_grafana(compose: dict[str, Any], team: Team) -> None:
    """Made as the file says, one reads sums over people, and neither anything of a person."""
    sql = re.sub(r"\$\{\w+(:\?[^}]*)?\}", "oak", compose["configs"]["roles"]["content"])
    try:
        team.rows(sql)
        for person, view, may in (
            ("grafana_team", "team_days", True),
            ("grafana_team", "person_days", False),
            ("grafana_people", "person_days", False),
        ):
            found = team.rows(f"select has_table_privilege('{person}', 'tokenscope.{view}', 'select')")
            assert found == [[may]], (person, view)
    finally:
        team.rows("drop role if exists grafana_team")
        team.rows("drop role if exists grafana_people")
