"""The dashboards of docs/team/grafana: each panel's SQL, and the JSON that Grafana reads.

`python -m tests.team.dashboards` writes the files; a test runs every panel's SQL on real servers.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from tests.asking import REPOSITORY

FOLDER = REPOSITORY / "docs" / "team" / "grafana"
TEAM, PEOPLE = "tokenscope-team", "tokenscope-people"  # uids of data sources: of a reader, and of who may see people
SCHEMA_VERSION = 39  # of Grafana 11
WIDTH, HEIGHT = 24, 9  # cells of Grafana's grid
TOKENS = "input_tokens + output_tokens + cache_read_input_tokens + cache_creation_input_tokens"
HIDDEN = "What is about fewer people than the server's smallest cell (five) is not there."


class Panel(NamedTuple):
    """`kind`: timeseries, barchart or table. `unit`: Grafana's name of it. Days and weeks are in UTC."""

    title: str
    kind: str
    unit: str
    sql: str
    told: str = ""


class Dashboard(NamedTuple):
    """`source`: the uid of the data source that its panels ask."""

    name: str
    title: str
    source: str
    panels: tuple[Panel, ...]


def over_time(day: str, metric: str, value: str, view: str, where: str = "true") -> str:
    """A line a metric: the ten with the most, in all of the window."""
    return (
        f"with cells as materialized (\n"
        f"  select {day}::timestamp as time, {metric} as metric, sum({value})::float8 as value\n"
        f"  from tokenscope.{view} where $__timeFilter({day}) and {where} group by 1, 2\n"
        f")\n"
        f"select time, metric, value from cells join (\n"
        f"  select metric from cells group by 1 order by sum(value) desc limit 10\n"
        f") largest using (metric) order by 1, 2"
    )


def sums(day: str, name: str, columns: str, view: str, where: str = "true", order: int = 2) -> str:
    """A row a name."""
    return (
        f"select {name}, {columns}\nfrom tokenscope.{view}\n"
        f"where $__timeFilter({day}) and {where} group by 1 order by {order} desc"
    )


USD = 'round(sum(list_price_usd), 2) as "list price"'
DASHBOARDS = (
    Dashboard(
        "people",
        "People",
        PEOPLE,
        (
            Panel("List price by person", "timeseries", "currencyUSD", over_time("day", "person", "list_price_usd", "person_totals")),
            Panel("Tokens by person", "timeseries", "short", over_time("day", "person", f"({TOKENS})", "person_totals")),
            Panel(
                "People",
                "table",
                "short",
                sums("day", "person", f'sum({TOKENS}) as tokens, sum(responses) as responses, {USD}, sum(rebuilt_tokens) as rebuilt, count(distinct machine) as machines', "person_days"),
            ),
        ),
    ),
    Dashboard(
        "repositories",
        "Repositories",
        TEAM,
        (
            Panel("List price by repository", "timeseries", "currencyUSD", over_time("week", "project", "list_price_usd", "team_projects"), HIDDEN),
            Panel(
                "Repositories",
                "table",
                "short",
                sums("week", "project", f'sum({TOKENS}) as tokens, sum(responses) as responses, {USD}, sum(rebuilt_tokens) as rebuilt, max(people) as "people in a week"', "team_projects"),
                HIDDEN,
            ),
            Panel("List price by model", "timeseries", "currencyUSD", over_time("day", "model", "list_price_usd", "team_models"), HIDDEN),
            Panel(
                "All together",
                "timeseries",
                "short",
                f"select day::timestamp as time, 'tokens' as metric, sum({TOKENS})::float8 as value\nfrom tokenscope.team_days where $__timeFilter(day) group by 1 order by 1",
                HIDDEN,
            ),
        ),
    ),
    Dashboard(
        "floor",
        "The floor over time",
        TEAM,
        (
            Panel(
                "Median floor of a session (est.)",
                "timeseries",
                "short",
                "select week::timestamp as time, 'median floor' as metric, median_floor_tokens::float8 as value\nfrom tokenscope.team_floors where $__timeFilter(week) order by 1",
                f"What a session held before a word was typed: system prompt, tools, memory. {HIDDEN}",
            ),
            Panel(
                "Sessions and people",
                "table",
                "short",
                "select week, sessions, people, median_floor_tokens\nfrom tokenscope.team_floors where $__timeFilter(week) order by 1 desc",
                HIDDEN,
            ),
        ),
    ),
    Dashboard(
        "servers",
        "The dearest servers and sources",
        TEAM,
        (
            Panel("List price by MCP server (est.)", "timeseries", "currencyUSD", over_time("week", "source", "list_price_usd", "team_sources", "source like 'MCP %'"), f"What their results cost while they were carried. {HIDDEN}"),
            Panel("MCP servers (est.)", "table", "short", sums("week", "source", f'sum(tokens) as tokens, {USD}, sum(occurrences) as results', "team_sources", "source like 'MCP %'"), HIDDEN),
            Panel("Every source (est.)", "table", "short", sums("week", "source", f'sum(tokens) as tokens, {USD}, sum(occurrences) as occurrences', "team_sources"), HIDDEN),
        ),
    ),
    Dashboard(
        "causes",
        "Causes of rebuilds",
        TEAM,
        (
            Panel("Rebuilt tokens by cause", "timeseries", "short", over_time("week", "cause", "tokens", "team_causes"), f"Context that the cache had lost and that was written again. {HIDDEN}"),
            Panel("Causes", "table", "short", sums("week", "cause", "sum(tokens) as tokens, sum(count) as times", "team_causes"), HIDDEN),
        ),
    ),
)  # fmt: skip


def json_of(dashboard: Dashboard) -> dict[str, Any]:
    """As Grafana imports it, or reads it from a folder."""
    return {
        "title": f"Claude Code: {dashboard.title}",
        "uid": f"tokenscope-{dashboard.name}",
        "description": "Over the views that `tokenscope server-sql` makes. See docs/team/README.md.",
        "tags": ["claude-code", "tokenscope"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "time": {"from": "now-90d", "to": "now"},
        "refresh": "",
        "templating": {"list": []},
        "annotations": {"list": []},
        "links": [],
        "panels": [_panel(number, one, dashboard.source) for number, one in enumerate(dashboard.panels)],
    }


def _panel(number: int, panel: Panel, source: str) -> dict[str, Any]:
    datasource = {"type": "grafana-postgresql-datasource", "uid": source}
    is_line = panel.kind == "timeseries"
    drawn = {"drawStyle": "bars", "fillOpacity": 80, "lineWidth": 0, "stacking": {"mode": "normal", "group": "A"}}
    if panel.title.startswith("Median"):
        drawn = {"drawStyle": "line", "fillOpacity": 0, "lineWidth": 2, "stacking": {"mode": "none", "group": "A"}}
    dollars = {
        "matcher": {"id": "byName", "options": "list price"},
        "properties": [{"id": "unit", "value": "currencyUSD"}],
    }
    return {
        "id": number + 1,
        "title": panel.title,
        "description": panel.told,
        "type": panel.kind,
        "datasource": datasource,
        "gridPos": {"x": 0, "y": number * HEIGHT, "w": WIDTH, "h": HEIGHT},
        "targets": [
            {
                "refId": "A",
                "datasource": datasource,
                "rawQuery": True,
                "editorMode": "code",
                "format": "time_series" if is_line else "table",
                "rawSql": panel.sql,
            }
        ],
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "custom": drawn if is_line else {}},
            "overrides": [] if is_line else [dollars],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}} if is_line else {},
    }


def text_of(dashboard: Dashboard) -> str:
    """The file's content."""
    return json.dumps(json_of(dashboard), indent=2) + "\n"


def write(folder: Path = FOLDER) -> None:
    """Every file anew."""
    for one in DASHBOARDS:
        (folder / f"{one.name}.json").write_text(text_of(one), encoding="utf-8")


if __name__ == "__main__":
    write()
