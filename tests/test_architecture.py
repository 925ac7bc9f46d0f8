"""The arrows of the architecture: imports point down, and what is in one place only is in that place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.asking import REPOSITORY

PROGRAM = REPOSITORY / "tokenscope"
FILES = sorted(path.relative_to(PROGRAM).as_posix() for path in PROGRAM.rglob("*.py"))

# From the top down: a module imports only what stands below it, or its own package.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("app",),
    ("formats",),
    ("questions",),
    ("draw",),
    ("answers",),
    ("behaviour",),
    ("ledger",),
    ("view", "demo"),
    ("history",),
    ("ingest", "pricing"),
    ("store",),
    ("model", "scope", "machine", "process_pool", "context_steps"),
    ("credentials",),
    ("credential_rules",),
    ("errors", "__init__"),
)
LEVELS = {unit: -level for level, units in enumerate(LAYERS) for unit in units}


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What only a raw row of a transcript is called, and what a row and our own fields are both called.
RAW = words(
    "parentUuid isSidechain sessionId agentId toolUseResult toolUseID requestId isMeta isCompactSummary gitBranch "
    "isApiErrorMessage compactMetadata preTokens postTokens leafUuid customTitle aiTitle agentName server_tool_use "
    "service_tier inference_geo cache_miss_reason cache_creation stop_reason tool_use_id totalTokens structuredPatch"
)
COUNTERS = words(
    "input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens ephemeral_1h_input_tokens "
    "ephemeral_5m_input_tokens web_search_requests"
)


@cache
def tree(file: str) -> ast.Module:
    return ast.parse((PROGRAM / file).read_text(encoding="utf-8"))


def unit(file: str) -> str:
    """The package or the module right below tokenscope that a file belongs to."""
    return Path(file).parts[0].removesuffix(".py")


def imports(file: str) -> Iterator[str]:
    """Every module that a file imports anywhere, by its full name; `from a import b` gives a.b."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_units(file: str) -> set[str]:
    """The units of the program that a file imports."""
    names = [name.split(".") for name in imports(file)]
    return {
        parts[1] if parts[1] in LEVELS else "__init__" for parts in names if parts[0] == "tokenscope" and len(parts) > 1
    }


def importers(library: str) -> set[str]:
    return {file for file in FILES if any(name.split(".")[0] == library for name in imports(file))}


def test_every_module_has_its_layer() -> None:
    assert len(FILES) > 30
    assert {unit(file) for file in FILES} <= set(LEVELS), "say in LAYERS where a new module stands"


@pytest.mark.parametrize("file", FILES)
def test_imports_point_down(file: str) -> None:
    own = unit(file)
    assert {other for other in own_units(file) if other != own and LEVELS[other] >= LEVELS[own]} == set()


def test_the_arrows_are_seen() -> None:
    """Otherwise the test above would prove nothing."""
    assert "cli" in own_units("__main__.py")
    assert {"formats", "history", "view"} <= own_units("app/ask.py")
    assert own_units("store.py") == {"context_steps", "machine", "model"}
    assert LEVELS["cli"] > LEVELS["app"] > LEVELS["formats"] > LEVELS["questions"] > LEVELS["ledger"] > LEVELS["model"]


@pytest.mark.parametrize("file", [file for file in FILES if unit(file) == "questions"])
def test_no_analyzer_imports_another(file: str) -> None:
    assert [name for name in imports(file) if name.startswith("tokenscope.questions")] == []


@pytest.mark.parametrize("file", [file for file in FILES if unit(file) == "ingest"])
def test_reading_knows_nothing_of_prices_and_questions(file: str) -> None:
    assert own_units(file) <= {
        "ingest",
        "store",
        "model",
        "machine",
        "errors",
        "scope",
        "process_pool",
        "context_steps",
        "credentials",
    }


@pytest.mark.parametrize(
    "file", [file for file in FILES if unit(file) in ("history", "ledger", "behaviour", "answers", "questions")]
)
def test_questions_are_pure(file: str) -> None:
    """No clock, environment, file, network or print; and nothing of how transcripts are read or answers drawn."""
    forbidden = {
        "os",
        "sys",
        "time",
        "io",
        "pathlib",
        "subprocess",
        "random",
        "locale",
        "orjson",
        "json",
        "rich",
        "typer",
    }
    assert {name.split(".")[0] for name in imports(file)} & forbidden == set()
    assert own_units(file) & {"ingest", "formats"} == set()
    called = {node.func for node in ast.walk(tree(file)) if isinstance(node, ast.Call)}
    names = {node.id for node in called if isinstance(node, ast.Name)}
    methods = {node.attr for node in called if isinstance(node, ast.Attribute)}
    assert names & {"print", "open", "input", "exec", "eval"} == set()
    assert methods & {"now", "today", "utcnow"} == set()


def test_only_the_drawing_formats_import_rich() -> None:
    assert importers("rich") <= {"formats/terminal.py", "formats/svg.py"}
    assert importers("rich")


def test_only_who_reads_and_writes_json_imports_orjson() -> None:
    assert importers("orjson") == {
        "ingest/rows/read.py",
        "ingest/rows/outlines.py",  # a row without its content
        "ingest/rows/blocks.py",  # a row's content alone
        "ingest/rows/labels.py",  # the size of a tool's input is that of its JSON, which also tells two of them apart
        "ingest/files/sidecar.py",
        "ingest/extract/texts.py",  # a tool's input as a person reads it
        "formats/json.py",
        "demo/__init__.py",
        "demo/rows.py",
        "demo/tools.py",
    }


def test_only_the_command_line_imports_typer() -> None:
    assert importers("typer") == {f"cli/{name}.py" for name in ("command_line", "commands", "help", "options")}


def test_nothing_imports_the_network() -> None:
    for library in ("socket", "ssl", "http", "urllib", "ftplib", "smtplib", "asyncio", "requests", "httpx"):
        assert importers(library) == set()


def test_nothing_is_imported_that_is_not_declared() -> None:
    standard = set(__import__("sys").stdlib_module_names)
    found = {name.split(".")[0] for file in FILES for name in imports(file)}
    assert found - standard <= {"tokenscope", "typer", "rich", "orjson", "platformdirs", "pyarrow", "__future__"}
    assert importers("pyarrow") == {"formats/parquet.py"}  # which asks first whether it is there


def raw_names(file: str) -> Iterator[str]:
    """Names of a raw row in quotes, and names of counters as the key of a dictionary."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in RAW:
            yield node.value
        keys: list[ast.expr | None] = []
        if isinstance(node, ast.Subscript):
            keys = [node.slice]
        elif isinstance(node, ast.Dict):
            keys = node.keys
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop"):
            keys = list(node.args[:1])
        yield from (str(key.value) for key in keys if isinstance(key, ast.Constant) and key.value in COUNTERS)


@pytest.mark.parametrize("file", [file for file in FILES if unit(file) not in ("ingest", "demo")])
def test_only_reading_knows_what_a_row_calls_things(file: str) -> None:
    assert list(raw_names(file)) == []


def test_names_of_raw_rows_are_seen() -> None:
    """Otherwise the test above would prove nothing."""
    found = {name for file in FILES if unit(file) == "ingest" for name in raw_names(file)}
    assert {"sessionId", "isSidechain", "cache_read_input_tokens", "cache_creation", "stop_reason"} <= found


@pytest.mark.parametrize("file", FILES)
def test_every_module_says_what_it_is_for(file: str) -> None:
    assert ast.get_docstring(tree(file)), file
    assert Path(file).stem not in ("utils", "helpers", "manager", "common", "misc")
