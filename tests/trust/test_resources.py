"""Little memory, few open files, no home, no terminal, an interruption at any moment."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.asking import PATIENCE, REPOSITORY, ask, ask_outside
from tests.ingest import FIRST
from tests.questions import shop
from tests.transcripts import History

LIMITED = """
import resource, sys
resource.setrlimit(resource.{limit}, ({value}, {value}))
from tokenscope.cli.command_line import run
sys.exit(run(sys.argv[1:]))
"""
SHORT_OF_MEMORY = """
import faulthandler, resource, sys
faulthandler.enable()
from pathlib import Path
from tests.asking import ask
from tokenscope.cli.command_line import run
assert ask("demo", "context", "--json").code == 0
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + {more}, used + {more}))
sys.exit(run(sys.argv[1:]))
"""
PROGRAM = [sys.executable, "-m", "tokenscope"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits and signals are those of Unix")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop(tmp_path_factory.mktemp("shop")).write()


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), **more}


def test_few_open_files(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(100):
        history.session(f"s{number}").response(f"msg_{number:020}", output=1)
    limited = LIMITED.format(limit="RLIMIT_NOFILE", value=12)
    answer = ask_outside("daily", "--json", root=history.write(), code=limited)
    assert (answer.code, answer.err) == (0, "")
    assert answer.report["total"]["messages"] == 100


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells how much memory is in use")
@pytest.mark.parametrize("megabytes", [4, 12, 24, 48, 64, 96])
def test_too_little_memory_is_told(tmp_path: Path, megabytes: int) -> None:
    """The limit is set once all is imported: what libraries do without memory for themselves is not the program's."""
    history = History(tmp_path)
    session = history.session(FIRST)
    session.prompt("x" * 20_000_000)
    session.response(output=1)
    code = SHORT_OF_MEMORY.format(more=megabytes << 20)
    answer = ask_outside("context", "--json", root=history.write(), code=code)
    assert "Traceback" not in answer.err
    if answer.code == -signal.SIGSEGV:  # orjson 3.13 does not look whether it got the memory for a text
        innermost = next(line for line in answer.err.splitlines() if line.startswith("  File"))
        assert innermost.split('"')[1].endswith("tokenscope/ingest/rows/read.py")  # where it is called
        return
    assert (answer.code, answer.json.get("error", {}).get("kind")) in ((0, None), (2, "no_memory"))


def test_memory_that_runs_out_is_no_traceback(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("tokenscope.app.open_history.load", exhausted)
    answer = ask("daily", root=root)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("tokenscope: there is not enough memory")
    assert "hint: " in answer.err
    assert ask("daily", "--json", root=root).json["error"]["kind"] == "no_memory"


def test_no_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where nobody tells a home folder, the default folders are not there; given ones still are."""

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("pathlib.Path.home", homeless)
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    assert ask("daily").code == 3
    assert ask("daily", root=shop(tmp_path).write()).code == 0
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    assert ask("daily").code == 0


def test_a_home_that_nobody_can_write_to(root: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    answer = ask_outside(root=root, env={"HOME": str(home)})
    assert (answer.code, answer.err) == (0, "")
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("redirection", ["</dev/null", "<&-", "2>&-", "2>/dev/full", "<&- 2>&-"])
def test_streams_that_are_closed(root: Path, redirection: str) -> None:
    command = f'"$@" daily --json --root "{root}" {redirection}'
    done = subprocess.run(
        ["sh", "-c", command, "sh", *PROGRAM], env=environment(), stdout=subprocess.PIPE, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["report"]["total"]["messages"] == 8  # one of the nine has no day


def test_no_terminal_at_all(root: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "--root", str(root)],
        env=environment(TERM=""),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        start_new_session=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\x1b" not in done.stdout


def all_gone(group: int) -> bool:
    """Whether no process of a group is left; a killed one may take a moment."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_an_interruption_while_the_interpreter_tidies_up_is_not_lost() -> None:
    """Where it cannot raise anything, as in what importing leaves to be called behind it."""
    code = """
import signal, sys, time, weakref
from tokenscope import __main__
from tokenscope.cli import command_line

class Thing:
    pass

def run(words):
    thing = Thing()
    called = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
    del thing
    while True:
        time.sleep(0.01)
    return 0

command_line.run = run
__main__.main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, timeout=PATIENCE, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_an_interruption_at_any_moment_leaves_nothing_behind(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(30):
        session = history.session(f"s{number}")
        for _ in range(20):
            session.prompt("x" * 40_000)
            session.response(output=1)
    root = history.write()
    picture = tmp_path / "cards.svg"
    chance, codes = random.Random(1), set()
    for _ in range(25):
        command = [*PROGRAM, "context", "--root", str(root), "--svg", str(picture)]
        with subprocess.Popen(
            command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            time.sleep(0.03 + chance.random() * 0.5)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=PATIENCE)
            codes.add(process.returncode)
            # The interpreter itself was still starting: it dies of the signal, or of what it was importing before
            # the program's own first line.
            is_starting = process.returncode == 1 and b"in main" not in err
            if process.returncode != -signal.SIGINT and not is_starting:
                assert process.returncode in (0, 130)
                assert b"Traceback" not in err
            assert out == b""
            assert not picture.exists() or picture.read_text(encoding="utf-8").rstrip().endswith("</svg>")
            assert [path for path in tmp_path.iterdir() if path not in (picture, root / "projects")] == []
            assert all_gone(process.pid)
        picture.unlink(missing_ok=True)
    assert codes & {0, 130}
