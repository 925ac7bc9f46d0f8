"""The status line: what it says, that it never fails, and that it takes the short way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.asking import PATIENCE, REPOSITORY
from tests.ingest import FIRST, SECOND
from tests.questions import shop
from tests.transcripts import History

LATER = 3_786_912_000  # 1 January 2090, in seconds: no run of this test is after it
RUN = [sys.executable, "-m", "tokenscope", "--statusline"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY), "TZ": "UTC"}


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


def test_nothing_slow_is_imported(root: Path) -> None:
    """What takes long to import has no place in a tenth of a second."""
    code = (
        "import os, sys\n"
        "os._exit = lambda code: (print(*sys.modules), sys.exit(code))\n"
        "sys.argv[1:] = ['--statusline']\n"
        "from tokenscope.__main__ import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps({"transcript_path": transcript(root, FIRST)}).encode(),
        env=ENVIRONMENT,
        capture_output=True,
        check=True,
    )
    said, modules = done.stdout.decode().splitlines()
    assert said.startswith("context 26K")
    loaded = set(modules.split())
    assert "tokenscope.ingest.status_session" in loaded
    slow = {"typer", "rich", "multiprocessing", "pathlib", "platformdirs", "tomllib", "sqlite3"}
    own = {
        f"tokenscope.{name}"
        for name in ("cli.command_line", "app", "pricing", "ingest.extract.content", "ingest.extract.actions")
    }
    assert loaded & (slow | own) == set()
