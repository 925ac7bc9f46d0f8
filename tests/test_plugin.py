"""The plugin for Claude Code: its files have what Claude Code asks for, and name only what is there."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import tokenscope
from tests.asking import REPOSITORY
from tokenscope.cli.mcp_command import MCP
from tokenscope.mcp_server.offers import find_offers

MARKETPLACE = REPOSITORY / ".claude-plugin" / "marketplace.json"
PLUGIN = REPOSITORY / "docs" / "plugin"
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
RUNS = ["uvx", "--from", "tokenscope-cli[mcp]", "tokenscope", MCP.name]

if not MARKETPLACE.is_file():
    pytest.skip("the marketplace file is not part of the source distribution", allow_module_level=True)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def front_matter(path: Path) -> dict[str, str]:
    """What a skill says of itself: lines of `key: value` between two of dashes."""
    text = path.read_text(encoding="utf-8")
    assert text.startswith("---\n")
    lines = [line.partition(": ") for line in text.split("---\n")[1].splitlines()]
    return {key: value for key, _, value in lines}


def test_the_marketplace_has_the_plugin() -> None:
    marketplace = read(MARKETPLACE)
    assert {"name", "owner", "plugins"} <= set(marketplace)
    assert marketplace["owner"]["name"]
    (entry,) = marketplace["plugins"]
    assert re.fullmatch(r"[a-z][a-z0-9-]*", entry["name"])
    assert entry["source"].startswith("./")
    assert (REPOSITORY / entry["source"]).resolve() == PLUGIN
    manifest = read(PLUGIN / ".claude-plugin" / "plugin.json")
    assert (manifest["name"], manifest["description"]) == (entry["name"], entry["description"])
    assert f"/plugin install {entry['name']}@{marketplace['name']}" in README


def test_it_has_the_version_of_the_program() -> None:
    manifest = read(PLUGIN / ".claude-plugin" / "plugin.json")
    assert manifest["version"] == tokenscope.__version__
    assert set(manifest) <= {"name", "version", "description", "author", "license", "keywords"}
    assert manifest["author"]["name"]


def test_it_starts_the_server_and_nothing_else() -> None:
    assert read(PLUGIN / ".mcp.json") == {"mcpServers": {"tokenscope": {"command": RUNS[0], "args": RUNS[1:]}}}
    files = {path.relative_to(PLUGIN).as_posix() for path in PLUGIN.rglob("*") if path.is_file()}
    assert files == {
        ".claude-plugin/plugin.json",
        ".mcp.json",
        "skills/usage/SKILL.md",
        "skills/statusline/SKILL.md",
    }  # no hooks, commands, agents or settings


def test_what_the_readme_says_to_type_is_what_the_plugin_runs() -> None:
    typed = " ".join(f"'{word}'" if "[" in word else word for word in RUNS)
    assert f"claude mcp add tokenscope -- {typed}" in README


@pytest.mark.parametrize("name", ["usage", "statusline"])
def test_a_skill_says_what_it_is_for(name: str) -> None:
    about = front_matter(PLUGIN / "skills" / name / "SKILL.md")
    assert about["name"] == name
    assert 20 < len(about["description"]) <= 1_024
    assert ("disable-model-invocation" in about) == (name == "statusline")


def test_a_skill_names_tools_that_are_there() -> None:
    text = (PLUGIN / "skills" / "usage" / "SKILL.md").read_text(encoding="utf-8")
    table = [line for line in text.splitlines() if line.startswith("| ")][2:]
    named = {name for line in table for cell in line.split("|")[2:4] for name in re.findall(r"`([a-z_]+)`", cell)}
    assert named <= set(find_offers()) | {"by"}
    assert len(named) > 20


def test_the_words_are_those_of_the_readme() -> None:
    """A word that the skill explains is one of the README's, said with the same first words."""
    text = (PLUGIN / "skills" / "usage" / "SKILL.md").read_text(encoding="utf-8").split("## How to tell it")[0]
    for word in ("carried", "new", "rebuilt", "output", "floor", "ledger", "ask"):
        (said,) = re.findall(rf"- \*\*{word}\*\*: (\w+ \w+)", text)
        assert f"**{word}**: {said}" in README


def test_the_status_line_is_that_of_the_readme() -> None:
    text = (PLUGIN / "skills" / "statusline" / "SKILL.md").read_text(encoding="utf-8")
    (line,) = re.findall(r'\{"statusLine".*\}', text)
    assert line in README
