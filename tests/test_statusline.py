"""The status line: what it says, that it never fails, and that it takes the short way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.asking import PATIENCE, REPOSITORY
from tests.ingest import FIRST, SECOND
from tests.questions import shop
from tests.transcripts import History
from tokenscope.cli.status_line import PARTS, USUAL, _parted, _separated
from tokenscope.cli.status_parts import StatusParts

LATER = 3_786_912_000  # 1 January 2090, in seconds: no run of this test is after it
RUN = [sys.executable, "-m", "tokenscope", "--statusline"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TZ": "UTC"}


def shown(wanted: str, given: dict[str, Any]) -> str:
    """The line of a format."""
    return line(given, *RUN, wanted)


def line(given: bytes | dict[str, Any], *command: str) -> str:
    """What is printed, without its line feed. Anything but one line, silence and exit code 0 is a failure."""
    data = given if isinstance(given, bytes) else json.dumps(given).encode()
    done = subprocess.run(
        [*(command or RUN)], input=data, env=ENVIRONMENT, capture_output=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"\n")
    assert done.stdout.count(b"\n") == 1
    return done.stdout.decode()[:-1]


def limits(five_hours: Any = None, seven_days: Any = None) -> dict[str, Any]:
    return {"rate_limits": {"five_hour": five_hours, "seven_day": seven_days}}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


def transcript(root: Path, session_id: str) -> str:
    return str(next(root.glob(f"projects/*/{session_id}.jsonl")))


def test_all_of_it(root: Path) -> None:
    """Worked out in tests/analyzers/__init__.py: 32,000 carried, 17,000 rebuilt, 30,500 new and 1,230 output of
    80,730, the subagent's among them; the last prompt was 8,000 + 18,000."""
    given = {
        "transcript_path": transcript(root, FIRST),
        "context_window": {"context_window_size": 200_000},
        **limits({"used_percentage": 42.4, "resets_at": LATER}, {"used_percentage": 18, "resets_at": LATER}),
    }
    assert line(given) == (
        "context 26K of 200K · session 80.7K: 40 % carried, 38 % new, 21 % rebuilt, 2 % output"
        " · 5 h 42 % until 1 Jan 2090 00:00 · 7 d 18 % until 1 Jan 2090 00:00"
    )


def test_the_newest_response_has_the_context(root: Path) -> None:
    """The blog's last dated response wrote 12,000 tokens; an undated one of 7 is in the session: 23,410."""
    found = line({"transcript_path": transcript(root, SECOND)})
    assert found == "context 12K · session 23.4K: 0 % carried, 51 % new, 43 % rebuilt, 6 % output"


def test_another_way_to_ask(root: Path) -> None:
    given = {"transcript_path": transcript(root, SECOND)}
    assert line(given, sys.executable, "-m", "tokenscope", "windows", "--statusline") == line(given)


@pytest.mark.parametrize(
    "resets_at", [LATER, float(LATER), str(LATER), "2090-01-01T00:00:00Z", "2090-01-01T01:00+01:00"]
)
def test_a_reset_in_every_form(resets_at: Any) -> None:
    given = limits({"used_percentage": 7.5, "resets_at": resets_at})
    assert line(given) == "5 h 8 % until 1 Jan 2090 00:00"


def test_a_reset_within_a_day_is_a_time_of_day() -> None:
    soon = int(time.time()) + 7_200
    clock = datetime.fromtimestamp(soon, UTC).strftime("%H:%M")
    assert line(limits(None, {"used_percentage": 100, "resets_at": soon})) == f"7 d 100 % until {clock}"


def test_a_limit_that_has_been_reset_since_says_nothing() -> None:
    assert line(limits({"used_percentage": 97, "resets_at": time.time() - 60}, {"used_percentage": 1})) == "7 d 1 %"


@pytest.mark.parametrize("percent", [None, "42", True, -1, 1e9, [], {}])
def test_what_is_no_percentage(percent: Any) -> None:
    assert line(limits({"used_percentage": percent, "resets_at": LATER})) == ""


@pytest.mark.parametrize("resets_at", [None, "soon", True, -5, 1e300, [], {}, "9" * 400, "٣"])
def test_what_is_no_reset(resets_at: Any) -> None:
    assert line(limits({"used_percentage": 5, "resets_at": resets_at})) == "5 h 5 %"


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b"\n",
        b"null",
        b"[]",
        b"7",
        b"{",
        b'{"a":',
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"rate_limits":' * 50_000,
        b'{"transcript_path":"' + b"x" * 5_000_000 + b'"}',
        b'{"rate_limits":{"five_hour":{"used_percentage":NaN}}}',
        b'{"transcript_path":"\\ud800"}',
    ],
    ids=range(14),
)
def test_bad_input_is_an_empty_line(given: bytes) -> None:
    assert line(given) == ""


@pytest.mark.parametrize("path", [None, 5, [], {}, "", "/", "/nowhere/x.jsonl", "a\0b", "x" * 10_000, "/dev/null", "."])
def test_a_transcript_that_is_none(path: Any) -> None:
    assert line({"transcript_path": path, **limits({"used_percentage": 5})}) == "5 h 5 %"


def test_a_pipe_is_no_transcript(tmp_path: Path) -> None:
    """It would be waited for."""
    os.mkfifo(tmp_path / "x.jsonl")
    assert line({"transcript_path": str(tmp_path / "x.jsonl")}) == ""


def test_a_transcript_without_a_response(history: History) -> None:
    session = history.session(FIRST)
    session.prompt("Go")
    session.raw(b'{"type":"assistant","mess')
    assert line({"transcript_path": transcript(history.write(), FIRST)}) == ""


@pytest.mark.parametrize("redirections", ["<&-", "</dev/null", ">&-", "<&- >&- 2>&-", ">/dev/full", "2>&-"])
def test_closed_and_full_streams(root: Path, redirections: str) -> None:
    given = json.dumps({"transcript_path": transcript(root, FIRST)})
    command = f"printf '%s' '{given}' | {{ '{sys.executable}' -m tokenscope --statusline {redirections}; }}"
    done = subprocess.run(["sh", "-c", command], env=ENVIRONMENT, capture_output=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout in (b"", b"\n") if redirections != "2>&-" else done.stdout.startswith(b"context 26K")


def test_a_person_is_told_what_it_is_for() -> None:
    """On a terminal nobody would know that it waits for input."""
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    with subprocess.Popen(RUN, env=ENVIRONMENT, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as done:
        out, err = done.communicate(timeout=PATIENCE)
    os.close(leader)
    os.close(follower)
    assert (done.returncode, out) == (0, b"\n")
    settings = json.loads(err.decode().partition("say ")[2])
    assert settings["statusLine"]["command"] == "tokenscope --statusline"


# --- what is handed over ---

HANDED = {
    "transcript_path": "/nowhere/x.jsonl",
    "session_name": "Mend the gate",
    "model": {"display_name": "Opus 5.5"},
    "effort": {"level": "high"},
    "workspace": {"project_dir": "/home/ada/shop/", "repo": {"owner": "ada", "name": "shop"}, "git_worktree": "hinge"},
    "pr": {"number": 12, "review_state": "changes_requested"},
    "context_window": {
        "context_window_size": 200_000,
        "current_usage": {"input_tokens": 4, "cache_read_input_tokens": 83_996},
    },
    "prompt_cache": {"warm": True, "hit_ratio": 0.96, "recache_tokens_if_cold": 84_000},
}


def cached(**prompt_cache: Any) -> dict[str, Any]:
    return {"prompt_cache": {"recache_tokens_if_cold": 84_000, **prompt_cache}}


def test_what_is_handed_over_needs_no_transcript() -> None:
    assert line({**HANDED, **limits({"used_percentage": 5})}) == "context 84K of 200K · cache warm · 5 h 5 %"


def test_what_is_handed_over_goes_before_the_transcript(root: Path) -> None:
    """The transcript's last prompt was 12,000."""
    window = {"current_usage": {"input_tokens": 7_000}}
    given = {"transcript_path": transcript(root, SECOND), "context_window": window}
    assert line(given).startswith("context 7K · session 23.4K: ")


def test_a_share_of_the_context_where_nothing_else_is_said() -> None:
    window = {"context_window_size": 1_000_000, "used_percentage": 12.4, "current_usage": None}
    assert line({"context_window": window}) == "context 12 % of 1M"


def test_a_cache_that_is_about_to_go_cold() -> None:
    """In 205 s, of which the start of the program takes up to 55: three minutes, rounded."""
    found = line(cached(warm=True, expires_at=time.time() + 205))
    assert found == "cache cold in 3 min: 84K to write again"


@pytest.mark.parametrize("cache", [{"warm": False}, {"warm": True, "expires_at": 1_780_000_000}])
def test_a_cold_cache(cache: dict[str, Any]) -> None:
    assert line(cached(**cache)) == "cache cold: 84K to write again"
    assert line({"prompt_cache": cache}) == "cache cold"


def test_the_limit_that_is_used_up_most_comes_first() -> None:
    given = {
        "rate_limits": {
            "five_hour": {"used_percentage": 42},
            "seven_day": {"used_percentage": 61},
            "seven_day_opus": {"used_percentage": 88},
            "seven_day_scoped": [{"model": "Fable", "used_percentage": 58}],
            "spend_limit": {"used_percentage": 12},
            "over_\u202eage": {"used_percentage": 99},  # no name that a line could have
        }
    }
    assert line(given) == "7 d opus 88 % · 7 d 61 % · 7 d Fable 58 % · 5 h 42 %"
    assert shown("{limit}", given) == "7 d opus 88 %"
    given["rate_limits"]["seven_day_opus"] = {"used_percentage": 88, "resets_at": 1_780_000_000}  # that has passed
    assert line(given) == "7 d 61 % · 7 d Fable 58 % · 5 h 42 % · spend 12 %"


# --- formats of one's own ---


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("{context} · {cache} · {limits}", "context 84K of 200K · cache warm"),
        ("{limits} | {limit} | {context}", "context 84K of 200K"),
        ("{limits} · {context} · {miss}", "context 84K of 200K"),
        ("[{model} {effort}] {name} // {folder}", "[Opus 5.5 high] Mend the gate // shop"),
        ("{repo} {worktree} · {pr}", "ada/shop hinge · PR 12, changes requested"),
        ("{hits}", "96 % from the cache"),
        ("so far: {limits} · always · {model}", "always · Opus 5.5"),
        ("{{{model}}}", "{Opus 5.5}"),
        ("a{model}b{limits}c", "aOpus 5.5bc"),
        ("{limits}", ""),
    ],
)
def test_a_format(wanted: str, expected: str) -> None:
    assert shown(wanted, HANDED) == expected
    assert line(HANDED, *RUN[:-1], f"--statusline={wanted}") == expected


def test_a_miss_and_its_cause() -> None:
    moment = int(time.time()) - 60
    clock = datetime.fromtimestamp(moment, UTC).strftime("%H:%M")
    given = cached(warm=True, last_miss_at=moment, last_miss_cause={"causes": ["tools_changed", "model_switch"]})
    assert shown("{miss}", given) == f"last cache miss {clock}: tools changed, model switch"
    assert shown("{miss}", cached(warm=True, last_miss_at=moment)) == f"last cache miss {clock}"


def test_two_lines_are_two_lines() -> None:
    done = subprocess.run(
        [*RUN, "{model}\n{limits}\n{name}"],
        input=json.dumps(HANDED).encode(),
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"Opus 5.5\nMend the gate\n"


@pytest.mark.parametrize(
    ("wanted", "problem"),
    [
        ("{context} · {contxt}", "no part of the status line is called 'contxt'"),
        ("{}", "no part of the status line is called ''"),
        ("{context.real}", "no part of the status line is called 'context.real'"),
        ("{context", "a brace of '{context' has no other"),
        ("context}", "a brace of 'context}' has no other"),
        ("daily", "'daily' names no part of the status line"),
        ("{{context}}", "'{{context}}' names no part of the status line"),
        ("", "'' names no part of the status line"),
    ],
)
def test_a_format_that_is_none_is_refused_with_the_names_of_all_parts(wanted: str, problem: str) -> None:
    done = subprocess.run([*RUN, wanted], input=b"{}", env=ENVIRONMENT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    said = done.stderr.decode().splitlines()
    assert said[0].startswith(f"tokenscope: {problem}")
    assert said[1].startswith("hint: there are {context}, {cache}, ")
    assert said[1].endswith("{pr}")
    assert len(said) == 2


def test_every_part_is_one(root: Path) -> None:
    """What the names promise, something says; and what can be said has a name."""
    said = {name for name in vars(StatusParts) if not name.startswith("_")}
    assert said == set(PARTS)
    everything = " · ".join(f"{{{name}}}" for name in PARTS)
    assert shown(everything, {"transcript_path": transcript(root, FIRST)}).startswith("context 26K · session 80.7K: ")


@pytest.mark.parametrize("part", ["model", "effort", "name", "folder", "repo", "worktree", "pr", "miss"])
def test_names_are_made_harmless_and_masked(part: str) -> None:
    secret = "sk-ant-api03-" + "Ab1" * 30
    text = f"gate\x1b]0;x\x07\u202e\n{secret}"
    given = {
        "model": {"display_name": text},
        "effort": {"level": text},
        "session_name": text,
        "workspace": {"project_dir": "/home/" + text, "repo": text, "git_worktree": text},
        "pr": {"number": 1, "review_state": text},
        "prompt_cache": {"warm": True, "last_miss_at": time.time(), "last_miss_cause": text},
    }
    found = shown(f"{{{part}}}", given)
    assert "gate" in found
    assert found.isprintable()
    assert secret not in found


def test_no_transcript_is_read_for_what_is_handed_over(root: Path) -> None:
    """Nothing that decodes rows is even imported."""
    given = {**HANDED, "transcript_path": transcript(root, FIRST), **limits({"used_percentage": 5, "resets_at": LATER})}
    said, loaded = imported_for("{context} · {cache} · {limits} · {hits} · {miss}", given)
    assert said.startswith("context 84K of 200K · cache warm · 5 h 5 % until")
    assert loaded & {"msgspec", "re", "json", "typing", "enum", "typer", "rich", "tokenscope.ingest.rows"} == set()


def imported_for(wanted: str, given: dict[str, Any]) -> tuple[str, set[str]]:
    """The line of a format, and the modules that it took."""
    code = (
        "import os, sys\n"
        "before = {*sys.modules}\n"
        "os._exit = lambda code: (print(*{*sys.modules} - before), sys.exit(code))\n"
        f"sys.argv[1:] = ['--statusline', {wanted!r}]\n"
        "from tokenscope.__main__ import main\n"
        "main()\n"
    )
    data = json.dumps(given).encode()
    done = subprocess.run(
        [sys.executable, "-c", code], input=data, env=ENVIRONMENT, capture_output=True, check=True, timeout=PATIENCE
    )
    said, modules = done.stdout.decode().splitlines()
    return said, set(modules.split())


def test_nothing_slow_is_imported(root: Path) -> None:
    """What takes long to import has no place in a tenth of a second."""
    said, loaded = imported_for(USUAL, {"transcript_path": transcript(root, FIRST)})
    assert said.startswith("context 26K")
    assert "tokenscope.ingest.status_figures" in loaded
    slow = {"typer", "rich", "multiprocessing", "pathlib", "platformdirs", "tomllib", "sqlite3", "typing_extensions"}
    slow |= {"dataclasses", "inspect", "orjson"}
    own = {
        f"tokenscope.{name}"
        for name in ("cli.command_line", "app", "pricing", "store", "model", "ingest.extract.decode")
    }
    assert loaded & (slow | own) == set()


SEPARATORS = re.compile(r"(\s*\n\s*|\s+[^\w\s{}()\[\]]{1,2}\s+)")  # " · ", " | ", " // ", a new line
NAMES = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|[{}])")


@given(st.text("ab_ ·|/(]{}\n\t", max_size=12))
def test_a_format_is_taken_apart_as_these_patterns_say(text: str) -> None:
    assert _separated(text) == SEPARATORS.split(text)
    found = [f"{{{one}}}" if is_name else one for one, is_name in _parted(text)]
    assert found == [one for one in NAMES.split(text) if one]
