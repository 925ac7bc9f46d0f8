"""Work that copies of this process do beside it. They see all that it holds, and hand over plain values."""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import IO, Any, Generic, TypeVar

from tokenscope.value import Value

Found = TypeVar("Found")

_ORIGINAL = os.getpid()
PIPE = 1 << 20  # bytes: what is handed over at once is not waited for
_ending: list[int] = []  # processes that have handed over all they found
WORTHWHILE = 10_000  # responses: what is asked of fewer takes less than another process would


class Child(Value):
    """A process, and what it writes to."""

    process: int
    stream: IO[bytes]


def processors() -> int:
    """How many processes may work at once; one where a process cannot be copied safely, and in a copy, which others
    work beside.
    """
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" and os.getpid() == _ORIGINAL else 1


def widen(pipe: int) -> None:
    """Have a pipe hold what a process hands over while the other one is busy; only Linux can."""
    if sys.platform == "linux":
        import fcntl  # noqa: PLC0415 - only there

        with suppress(OSError):  # more than this user may have
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def start(work: Callable[[], Any], begin: Callable[[], Any] | None = None) -> Child:
    """Have a copy of this process do some work, whose result marshal can write. Raises OSError where it cannot.

    `begin`: what it works out before that, and hands over at once: see `begun`.
    """
    reader, writer = os.pipe()
    widen(writer)
    try:
        process = os.fork()
    except OSError:
        os.close(reader)
        os.close(writer)
        raise
    if process:
        os.close(writer)
        return Child(process, os.fdopen(reader, "rb"))
    try:
        os.close(reader)  # so that writing fails, and does not wait for ever, where the other process is gone
        with os.fdopen(writer, "wb") as stream:
            if begin is not None:
                told = marshal.dumps(begin())
                stream.write(len(told).to_bytes(8, "little") + told)
                stream.flush()
            marshal.dump(work(), stream)
    finally:
        os._exit(0)  # whatever happened: this is not the process that answers


def begun(child: Child) -> Any | None:
    """What a child worked out before its work; None where it died before that."""
    size = int.from_bytes(child.stream.read(8), "little")
    return _loaded(child.stream.read(size))


def received(child: Child) -> Any | None:
    """What a child found; None where it died before it was done."""
    with child.stream:
        data = child.stream.read()
    _ending.append(child.process)
    _reap()
    return _loaded(data)


def _loaded(data: bytes) -> Any | None:
    try:
        return marshal.loads(data)
    except (EOFError, ValueError, TypeError):
        return None


def _reap() -> None:
    """Let go of the children that have ended, without waiting: taking down what one holds takes up to 30 ms."""
    for process in tuple(_ending):
        with suppress(ChildProcessError):  # somebody else has
            if os.waitpid(process, os.WNOHANG) == (0, 0):
                continue
        _ending.remove(process)


def stop(child: Child) -> None:
    """End a child whose result nobody waits for any more."""
    import signal  # noqa: PLC0415 - 1 ms, for what is hardly ever needed

    child.stream.close()
    with suppress(OSError):  # it has ended
        os.kill(child.process, signal.SIGKILL)
        os.waitpid(child.process, 0)


def meanwhile(work: Callable[[], Found], responses: int) -> Callable[[], Found]:
    """Have a copy of this process do some work, where a history of so many responses is worth it; what is returned
    waits for its result, which marshal can write, or does the work where no copy has.
    """
    child = None
    if responses >= WORTHWHILE and processors() > 1:
        with suppress(OSError):  # no more processes, or no more pipes
            child = start(work)

    def result() -> Found:
        found = None if child is None else received(child)
        return work() if found is None else found

    return result


class Queue:
    """Numbers that forked processes take from one pipe: 4 bytes are read whole or not at all."""

    def __init__(self, count: int) -> None:
        reader, writer = os.pipe()
        self._numbers = os.fdopen(reader, "rb", buffering=0)
        # A pipe holds 64 KB: 16,384 numbers. More than that are counted coarser.
        self._step = count // 16_000 + 1
        self._count = count
        os.write(writer, b"".join(number.to_bytes(4, "little") for number in range(0, count, self._step)))
        os.close(writer)

    def __iter__(self) -> Iterator[int]:
        while not self._numbers.closed:
            taken = self._numbers.read(4)
            if not taken:
                self._numbers.close()
                return
            first = int.from_bytes(taken, "little")
            yield from range(first, min(first + self._step, self._count))


class Team(Generic[Found]):
    """Tasks that are numbered, and processes that take the next one whenever they are free.

    `work` does a task; marshal can write what it finds. A process that dies takes nothing with it: what it had taken
    is done again here. Where none can be started, everything is done here. `begin`: what the first of the other
    processes works out before it takes a task, for this one too: see `begun`.
    """

    def __init__(
        self, work: Callable[[int], Found], tasks: int, processes: int, begin: Callable[[], Any] | None = None
    ) -> None:
        self._work, self._tasks, self._processes, self._begin = work, range(tasks), processes, begin
        self._left: Iterator[int] = iter(self._tasks)
        self._children: list[Child] = []

    def start(self) -> Team[Found]:
        """Let the other processes begin; nothing is done before that."""
        if self._processes > 1:
            with suppress(OSError):  # no more processes, or no more pipes
                self._left = iter(Queue(len(self._tasks)))
                for number in range(self._processes - 1):
                    begin = self._begin if number == 0 else None
                    self._children.append(start(partial(self._take_for, os.getpid()), begin))
        return self

    def begun(self) -> Any | None:
        """What `begin` found, once, before `finish`; None where no other process has told it."""
        return begun(self._children[0]) if self._children and self._begin is not None else None

    def _take(self) -> dict[int, Found]:
        return {task: self._work(task) for task in self._left}

    def _take_for(self, parent: int) -> dict[int, Found]:
        """The same in a child, until nobody waits for it any more."""
        found: dict[int, Found] = {}
        for task in self._left:
            if os.getppid() != parent:
                break
            found[task] = self._work(task)
        return found

    def finish(self) -> list[Found]:
        """Take part until nothing is left; what was found, task by task."""
        try:
            found = self._take()
            while self._children:
                found.update(received(self._children[-1]) or {})
                self._children.pop()
        finally:
            for child in self._children:
                stop(child)
        return [found[task] if task in found else self._work(task) for task in self._tasks]
