"""The arrows of the architecture: imports point down, and what is in one place only is in that place."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.asking import REPOSITORY
from tokenscope.app.registry import find_formats, find_question, question_names
from tokenscope.ingest.extract.extract import Columns, Extract

PROGRAM = REPOSITORY / "tokenscope"
FILES = sorted(path.relative_to(PROGRAM).as_posix() for path in PROGRAM.rglob("*.py"))

# From the top down: a module imports only what stands below it, or its own package.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("live", "mcp_server"),
    ("app",),
    ("team",),
    ("formats",),
    ("draw",),
    ("questions",),
    ("answers",),
    ("behaviour",),
    ("ledger",),
    ("view", "demo"),
    ("history",),
    ("ingest", "pricing"),
    ("store",),
    ("model", "scope", "machine", "process_pool", "whole_file", "context_steps", "credentials", "names"),
    ("credential_rules",),
    ("credential_values",),
    ("value",),
    ("errors", "light_import", "__init__"),
)
LEVELS = {unit: -level for level, units in enumerate(LAYERS) for unit in units}


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What only a raw row of a transcript is called, and what a row and our own fields are both called.
RAW = words(
    "parentUuid isSidechain sessionId agentId toolUseResult toolUseID requestId isMeta isCompactSummary gitBranch "
    "isApiErrorMessage compactMetadata preTokens postTokens leafUuid customTitle aiTitle agentName server_tool_use "
    "service_tier inference_geo cache_miss_reason cache_creation stop_reason tool_use_id totalTokens structuredPatch "
    "attributionSkill attributionAgent teamName totalCostUSD modelUsage promptSource worktreeSession worktreePath originalCwd"
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


@cache
def imports(file: str) -> tuple[str, ...]:
    """Every module that a file imports anywhere, by its full name; `from a import b` gives a.b."""
    found: list[str] = []
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return tuple(found)


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
    assert {"history", "ingest", "view"} <= own_units("app/open_history.py")
    assert own_units("store.py") == {"context_steps", "machine", "model", "value"}
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
        "credentials",
        "process_pool",
        "context_steps",
        "names",
        "value",
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
    seeded = {"random.Random"}  # drawn from a seed of its own, so that a history has one answer
    assert {name.split(".")[0] for name in {*imports(file)} - seeded} & forbidden == set()
    assert own_units(file) & {"ingest", "formats", "draw"} == set()
    called = {node.func for node in ast.walk(tree(file)) if isinstance(node, ast.Call)}
    names = {node.id for node in called if isinstance(node, ast.Name)}
    methods = {node.attr for node in called if isinstance(node, ast.Attribute)}
    assert names & {"print", "open", "input", "exec", "eval"} == set()
    assert methods & {"now", "today", "utcnow"} == set()


def test_values_take_no_time_at_the_start() -> None:
    """A dataclass is written and compiled anew at every start."""
    assert importers("dataclasses") == set()
    assert sum("tokenscope.value.Value" in imports(file) for file in FILES) > 50


def test_only_the_drawing_formats_import_rich() -> None:
    assert importers("rich") == {"draw/terminal_page.py", "draw/full_screen.py"}
    assert importers("rich")


def test_only_who_reads_and_writes_json_imports_orjson() -> None:
    assert importers("orjson") == {
        "ingest/rows/lenient.py",  # what the types refuse
        "ingest/rows/read.py",
        "ingest/rows/labels.py",  # the size of a tool's input is that of its JSON, which also tells two of them apart
        "ingest/files/sidecar.py",
        "ingest/extract/texts.py",  # a tool's input as a person reads it
        "draw/json_text.py",
        "demo/__init__.py",
        "demo/rows.py",
        "demo/tool_rows.py",
    }


def test_only_the_command_line_imports_typer() -> None:
    own = {file for file in FILES if file.startswith("cli/") and file.endswith("_command.py")} - {"cli/own_command.py"}
    assert importers("typer") == own | {
        f"cli/{name}.py" for name in ("command_line", "commands", "help", "options", "team_commands")
    }


def test_nothing_imports_the_network() -> None:
    """But for one module, which the commands of a team alone import."""
    for library in ("socket", "http", "urllib", "ftplib", "smtplib", "asyncio", "requests", "httpx"):
        assert importers(library) == set()
    assert importers("ssl") == importers("pg8000") == {"team/postgres.py"}
    knowing = {file for file in FILES if "team.postgres" in own_modules(file)}
    assert knowing == {"app/sync.py"}
    asking = {"app/team_status.py", "app/ask_team.py", "cli/team_commands.py"}
    assert {file for file in FILES if "app.sync" in own_modules(file)} == asking
    assert {file for file in FILES if "app.ask_team" in own_modules(file)} == {"app/ask.py"}  # where --team is given
    assert "tokenscope.app.ask_team" not in {
        node.module for node in tree("app/ask.py").body if isinstance(node, ast.ImportFrom)
    }
    for file in (*knowing, *asking):  # inside functions, when they are called
        at_once = {node.module for node in tree(file).body if isinstance(node, ast.ImportFrom)}
        assert "tokenscope.team.postgres" not in at_once
        assert file != "cli/team_commands.py" or not any("sync" in str(name) for name in at_once)


def test_nothing_is_imported_that_is_not_declared() -> None:
    standard = set(__import__("sys").stdlib_module_names)
    found = {name.split(".")[0] for file in FILES for name in imports(file)}
    assert found - standard <= {
        "tokenscope",
        "typer",
        "rich",
        "orjson",
        "msgspec",
        "platformdirs",
        "pyarrow",
        "pg8000",
        "mcp",
        "mcp_types",
        "anyio",
        "__future__",
    }
    # Who imports pyarrow asks first whether it is there.
    assert importers("pyarrow") == {"formats/parquet.py", "ingest/exported_rows.py"}
    # Of the extra: the SDK, which takes longer to import than most answers take, and what it brings with it.
    assert importers("mcp") == importers("mcp_types") == {"mcp_server/server.py"}
    assert importers("anyio") == {"mcp_server/asker.py", "mcp_server/server.py"}
    modules = {"mcp_server.asker", "mcp_server.server"}
    assert {file for file in FILES if own_modules(file) & modules} == {"cli/mcp_command.py", "mcp_server/server.py"}


def raw_names(file: str) -> Iterator[str]:
    """Names of a raw row in quotes, and names of counters as the key of a dictionary."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in RAW:
            yield node.value
        if isinstance(node, ast.Attribute) and node.attr in RAW:
            yield node.attr
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id in RAW:
            yield node.target.id
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
    assert {"sessionId", "isSidechain", "cache_creation", "stop_reason"} <= found


@pytest.mark.parametrize("file", FILES)
def test_every_module_says_what_it_is_for(file: str) -> None:
    assert ast.get_docstring(tree(file)), file
    assert Path(file).stem not in ("utils", "helpers", "manager", "common", "misc")


# --- one word, one thing ---

MODULES = {file.removesuffix(".py").removesuffix("/__init__").replace("/", "."): file for file in FILES}
# What questions, outputs and their parts are called by a rule; and what stands twice until its room is redrawn.
BY_RULE = words("analyze cards prepare")
CLASSES_TWICE: frozenset[str] = frozenset()
FUNCTIONS_TWICE: frozenset[str] = frozenset()
MODULES_TWICE: frozenset[str] = frozenset()
LONGEST = 250  # lines


def defined(kind: type[ast.ClassDef] | type[ast.FunctionDef]) -> dict[str, list[str]]:
    """Where each public name of a kind is defined at the top of a module."""
    places: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        for node in tree(file).body:
            if isinstance(node, kind) and not node.name.startswith("_"):
                places[node.name].append(file)
    return places


def twice(places: dict[str, list[str]]) -> set[str]:
    return {name for name, files in places.items() if len(files) > 1}


def test_no_class_is_there_twice() -> None:
    assert twice(defined(ast.ClassDef)) <= CLASSES_TWICE


def test_no_public_function_is_there_twice() -> None:
    assert twice(defined(ast.FunctionDef)) - BY_RULE <= FUNCTIONS_TWICE


def test_no_module_is_there_twice() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for file in FILES:
        if not file.endswith("__init__.py"):
            places[Path(file).stem].append(file)
    assert twice(places) <= MODULES_TWICE


@pytest.mark.parametrize("file", FILES)
def test_no_module_is_long(file: str) -> None:
    lines = (PROGRAM / file).read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST


def own_modules(file: str) -> set[str]:
    """The modules of the program that a file imports, for types too."""
    found = set()
    for name in imports(file):
        parts = name.split(".")[1:] if name.split(".")[0] == "tokenscope" else []
        for length in (len(parts), len(parts) - 1):
            if length > 0 and ".".join(parts[:length]) in MODULES:
                found.add(".".join(parts[:length]))
                break
    return found - {module for module, path in MODULES.items() if path == file}


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """What is left when modules that import nothing that is left, or that nothing left imports, are taken away."""
    left = dict(graph)
    while True:
        wanted = set[str]().union(*left.values())
        free = [module for module, others in left.items() if not others & set(left) or module not in wanted]
        if not free:
            return sorted(left)
        for module in free:
            del left[module]


def test_no_module_imports_itself_round_about() -> None:
    assert cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["b", "c"]
    assert cycle({module: own_modules(file) for module, file in MODULES.items()}) == []


def test_outputs_and_questions_are_called_what_they_say() -> None:
    for output in find_formats():
        assert (output.write is None) == (output.option is None), output.name
        assert output.write is not None or output.history_file is not None, "an output writes something"
        assert set(output.only) <= set(question_names()), output.name
        assert output.metavar in ("", "FILE", "NAME"), output.name
    assert len({output.name for output in find_formats()}) == len(find_formats())
    for name in question_names():
        assert find_question(name).name == name


def test_the_fields_of_an_extract_stand_in_their_order() -> None:
    """They are given by position: where one is an attribute of the same name, or of columns, it is in its place."""
    start = Extract._fields.index("keys")
    assert Extract._fields[start : start + len(Columns._fields)] == Columns._fields
    (made,) = [
        node
        for node in ast.walk(tree("ingest/extract/decode.py"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Extract"
    ]
    given: list[str] = []
    for argument in made.args:
        if isinstance(argument, ast.Starred):
            given += Columns._fields
        else:
            given.append(argument.attr if isinstance(argument, ast.Attribute) else "")
    assert len(given) == len(Extract._fields)
    told = {name: field for name, field in zip(given, Extract._fields, strict=True) if name}
    other_words = {"rows", "undated"}  # of counts and of responses
    assert {name: field for name, field in told.items() if name != field and name not in other_words} == {}
    assert len(told) > 15  # else this would prove nothing


def test_what_tools_leave_behind_is_not_tracked() -> None:
    """Data of coverage and caches are of one machine."""
    left = [".coverage", ".coverage.x.1", "a/__pycache__/b.pyc", ".pytest_cache/x", ".hypothesis/x"]
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("not a checkout")
    tracked = subprocess.run([git, "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    names = {Path(line).name for line in tracked.splitlines()}
    assert not {name for name in names if name.startswith(".coverage") or name.endswith((".pyc", ".part"))}
    ignored = subprocess.run([git, "check-ignore", *left], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert ignored.stdout.split() == left


# --- one selection ---

DONE = words("tool_uses prompts operations notices subagents response_work")


def reads_what_was_done(file: str) -> set[str]:
    """What a file takes from a store: `store.prompts`, `history.store.prompts`."""
    found = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Attribute) and node.attr in DONE:
            owner = node.value
            name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            found |= {node.attr} if name in ("store", "_store") else set()
    return found


@pytest.mark.parametrize("file", [file for file in FILES if unit(file) not in ("history", "ingest")])
def test_only_the_selection_looks_for_what_was_done(file: str) -> None:
    """Else what is in scope is decided twice."""
    assert reads_what_was_done(file) == set()


def test_who_looks_for_what_was_done_is_seen() -> None:
    """Otherwise the test above would prove nothing."""
    assert reads_what_was_done("history/activity.py") == DONE - {"response_work"}
    assert reads_what_was_done("history/rebuilds.py") == {"response_work"}


# --- units ---

# What a docstring says that a figure is; in a field's name the unit may stand too, or the plural of what is counted.
UNITS = re.compile(
    r"\b(tokens?|dollars?|picodollars|ms|milliseconds|seconds|minutes|days|bytes|cells|characters|pixels|lines|shares?"
    r"|fraction|factor|index|level|how (many|much|large)|numbers?|counts?|size|epoch|exit code)\b",
    re.IGNORECASE,
)
UNITS_IN_NAMES = words("tokens usd ms bytes share rate factor lines characters index count number est version")
# A docstring may give one unit for all of a class.
UNIT_OF_ALL = re.compile(r"\b(in|and) (whole )?(tokens|dollars|picodollars|milliseconds)\b")
FIGURES = words("int float int|None float|None")
TOLD_ELSEWHERE = ("ingest", "demo", "credential_values")  # the units of the log; no figures


def figure(annotation: ast.expr | None) -> bool:
    return annotation is not None and ast.unparse(annotation).replace(" ", "") in FIGURES


def fields_without_a_unit(file: str) -> list[str]:
    """Numbers of public classes whose name, comment and docstring leave open what they count or measure."""
    lines, found = (PROGRAM / file).read_text(encoding="utf-8").splitlines(), []
    for node in tree(file).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        docstring = ast.get_docstring(node) or ""
        if UNIT_OF_ALL.search(docstring):
            continue
        told = re.findall(r"\w+", docstring)
        for field in node.body:
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and figure(field.annotation):
                name = field.target.id
                is_named = any(part in UNITS_IN_NAMES or part.endswith("s") for part in name.split("_"))
                if not is_named and name not in told and "#" not in lines[(field.end_lineno or 0) - 1]:
                    found.append(f"{node.name}.{name}")
    return found


def functions_without_a_unit(file: str) -> list[str]:
    """Public functions that return one number and do not say of what."""
    return [
        node.name
        for node in tree(file).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and figure(node.returns)
        if not UNITS.search(ast.get_docstring(node) or "")
    ]


@pytest.mark.parametrize("file", [file for file in FILES if unit(file) not in TOLD_ELSEWHERE])
def test_every_figure_has_a_unit(file: str) -> None:
    assert fields_without_a_unit(file) == []
    assert functions_without_a_unit(file) == []


def test_figures_are_seen() -> None:
    """Otherwise the test above would prove nothing."""
    assert figure(ast.parse("x: int | None").body[0].annotation)  # type: ignore[attr-defined]
    assert not figure(ast.parse("x: str").body[0].annotation)  # type: ignore[attr-defined]
    assert UNITS.search("How large it was.") is not None
    assert UNITS.search("What it was.") is None
