"""Copies of this process at work: the same is found whoever does it, and nobody is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import PATIENCE, REPOSITORY
from tokenscope import process_pool
from tokenscope.process_pool import WORTHWHILE, Queue, Team, meanwhile

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no other process is a copy of this one")


def squared(task: int) -> list[Any]:
    return [task, task * task, "x" * task]


@pytest.mark.parametrize("processes", [1, 2, 5])
@pytest.mark.parametrize("tasks", [0, 1, 2, 300])
def test_what_is_found_stands_in_the_order_of_the_tasks(tasks: int, processes: int) -> None:
    assert Team(squared, tasks, processes).start().finish() == [squared(task) for task in range(tasks)]


@pytest.fixture(autouse=True)
def _nobody_is_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every process that was started has ended soon after a test has, and is let go of."""
    started: list[process_pool.Child] = []

    def watched(*given: Any) -> process_pool.Child:
        started.append(real(*given))
        return started[-1]

    real = process_pool.start
    monkeypatch.setattr(process_pool, "start", watched)
    yield
    patience = time.monotonic() + 10  # seconds
    while process_pool._ending and time.monotonic() < patience:
        process_pool._reap()
    for child in started:
        with pytest.raises(ChildProcessError):
            os.waitpid(child.process, os.WNOHANG)


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def test_others_begin_before_anybody_asks(tmp_path: Path) -> None:
    met = tmp_path / "met"
    os.mkfifo(met)

    def work(task: int) -> int:
        if os.getpid() != parent:
            met.write_bytes(b"here")  # waits until somebody reads
        return task

    parent = os.getpid()
    team = Team(work, 1, 2).start()
    assert met.read_bytes() == b"here"
    assert team.finish() == [0]


@pytest.mark.parametrize("processes", [1, 2, 5])
def test_one_of_the_others_tells_what_it_worked_out_before_its_tasks(processes: int) -> None:
    team = Team(squared, 20, processes, lambda: [os.getpid(), "x" * 200_000]).start()
    told = team.begun()
    if processes == 1:
        assert told is None
    else:
        assert told is not None
        assert told[0] != os.getpid()
        assert told[1] == "x" * 200_000
    assert team.finish() == [squared(task) for task in range(20)]


def test_who_dies_before_it_has_told_that_tells_nothing() -> None:
    team = Team(squared, 20, 2, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    assert team.begun() is None
    assert team.finish() == [squared(task) for task in range(20)]


def test_every_number_is_taken_once_however_many_there_are() -> None:
    """More than a pipe holds are counted in groups."""
    assert list(Queue(40_001)) == list(range(40_001))


@pytest.mark.parametrize("after", [0, 3])
def test_a_killed_process_takes_nothing_with_it(after: int, tmp_path: Path) -> None:
    parent, died, done = os.getpid(), tmp_path / "died", list[int]()

    def work(task: int) -> list[Any]:
        while os.getpid() == parent and not died.exists():
            pass  # the other one gets its part first
        if os.getpid() != parent and len(done) == after:
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        done.append(task)
        return squared(task)

    assert Team(work, 20, 2).start().finish() == [squared(task) for task in range(20)]
    assert died.exists()
    assert sorted(done) == list(range(20))


def test_what_goes_wrong_elsewhere_goes_wrong_here() -> None:
    """A mistake is told by the process that answers, once."""

    def work(task: int) -> int:
        raise ZeroDivisionError(task)

    with pytest.raises(ZeroDivisionError):
        Team(work, 5, 3).start().finish()


@pytest.mark.parametrize("lacking", ["pipe", "fork"])
def test_without_another_process_everything_is_done_here(monkeypatch: pytest.MonkeyPatch, lacking: str) -> None:
    before = open_files()

    def refused() -> None:
        raise OSError(24, "too many")

    monkeypatch.setattr(os, lacking, refused)
    assert Team(squared, 7, 4).start().finish() == [squared(task) for task in range(7)]
    assert open_files() == before


def test_no_pipe_stays_open() -> None:
    before = open_files()
    Team(squared, 7, 4).start().finish()
    assert open_files() == before


def test_one_piece_of_work_is_done_elsewhere_where_it_is_worth_it_and_here_where_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A copy takes nothing over to another one: those beside it are at work too."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(2), raising=False)
    before = open_files()
    assert meanwhile(os.getpid, WORTHWHILE - 1)() == os.getpid()
    one, same = meanwhile(lambda: [os.getpid(), meanwhile(os.getpid, WORTHWHILE)()], WORTHWHILE)()
    assert one == same != os.getpid()
    assert open_files() == before


def test_work_of_a_process_that_dies_or_cannot_be_started_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def work() -> int:
        if os.getpid() != parent:
            os._exit(1)
        return parent

    def refused() -> None:
        raise OSError(24, "too many")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: range(2), raising=False)
    parent = os.getpid()
    assert meanwhile(work, WORTHWHILE)() == parent
    monkeypatch.setattr(os, "fork", refused)
    assert meanwhile(work, WORTHWHILE)() == parent


def test_no_process_outlives_an_interruption() -> None:
    def work(task: int) -> int:
        if os.getpid() == parent:
            raise KeyboardInterrupt
        return task

    parent = os.getpid()
    team = Team(work, 1_000_000, 3).start()
    with pytest.raises(KeyboardInterrupt):
        team.finish()


DIES = """
import os
from tokenscope.process_pool import Team

parent = os.getpid()
Team(lambda task: os._exit(0) if os.getpid() == parent else "x" * 1_000_000, 20, 3).start().finish()
"""


def test_nobody_waits_for_a_process_that_is_gone() -> None:
    """What the others found is more than a pipe takes at once. They hold on to stdout: it ends when they do."""
    done = subprocess.run(
        [sys.executable, "-c", DIES], cwd=REPOSITORY, capture_output=True, timeout=PATIENCE, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


LEAVES = """
import os, sys, time
from tokenscope.process_pool import Team

def work(task):
    if os.getpid() == parent:
        os._exit(0)
    time.sleep(0.02)
    os.write(1, b".")

parent = os.getpid()
Team(work, 2_000, 3).start().finish()
"""


def test_others_stop_when_nobody_waits_for_them() -> None:
    """All of it would take 20 s."""
    done = subprocess.run(
        [sys.executable, "-c", LEAVES], cwd=REPOSITORY, capture_output=True, timeout=PATIENCE, check=True
    )
    assert len(done.stdout) < 1_000


def test_what_another_process_does_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child's own code, where coverage and debuggers can see it."""
    reader, writer = os.pipe()
    childs_copy = os.dup(reader)
    found: list[Any] = []

    class Ended(BaseException):
        pass

    def ends(_: int) -> None:
        raise Ended

    replaced: dict[str, Callable[..., Any]] = {"pipe": lambda: (childs_copy, writer), "fork": lambda: 0, "_exit": ends}
    for name, value in replaced.items():
        monkeypatch.setattr(os, name, value)
    monkeypatch.setattr(os, "waitpid", lambda *_: None)
    child = process_pool.Child(0, os.fdopen(reader, "rb"))
    thread = threading.Thread(target=lambda: found.append(process_pool.received(child)))
    thread.start()
    with pytest.raises(Ended):
        process_pool.start(lambda: squared(9))
    thread.join(10)
    assert found == [squared(9)]


def test_where_nothing_can_be_forked_everything_is_done_here_all_the_same() -> None:
    """As on Windows, where the system's calls and signals for it do not even have names."""
    code = (
        "import os, signal, sys\n"
        "for module, names in ((os, ('fork', 'sched_getaffinity', 'waitpid')), (signal, ('SIGKILL',))):\n"
        "    for name in names: delattr(module, name)\n"
        "sys.platform = 'win32'\n"
        "from tokenscope.process_pool import Team, processors\n"
        "print(processors(), Team(str, 3, processors()).start().finish())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1 ['0', '1', '2']"


def test_how_many_may_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert process_pool.processors() >= 1
    monkeypatch.setattr(sys, "platform", "darwin")
    assert process_pool.processors() == 1
