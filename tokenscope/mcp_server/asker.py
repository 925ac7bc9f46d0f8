"""Each question asked of a process of our own.

A process a question, because then one that is cancelled ends at once, one that fails takes nothing with it, and what a
long history takes of memory is given back; and because the threads of a server and the forked readers of a question do
not go together.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, NamedTuple

import anyio
from anyio.abc import Process

from tokenscope.app.open_history import home
from tokenscope.draw.harmless import harmless
from tokenscope.errors import NoTranscriptsError, UsageError
from tokenscope.ingest.files.discover import candidate_roots
from tokenscope.ingest.files.select_session import last_in_folder

AT_ONCE = 2  # questions: each takes as many processors and as much memory as on the command line


class Setting(NamedTuple):
    """What whoever starts the server decides, and no client can change."""

    with_text: bool = False
    demo: bool = False
    roots: tuple[Path, ...] = ()
    options: tuple[str, ...] = ()  # of every question: --tz and --prices, as typed


class Asker:
    """Asks questions in processes of their own, some at once."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._room = anyio.CapacityLimiter(AT_ONCE)
        self._running: set[Process] = set()

    async def ask(self, words: list[str]) -> dict[str, Any]:
        """What --json prints. Raises UsageError with the program's own message."""
        text = [] if self._setting.with_text else ["--no-text"]
        roots = [f"--root={root}" for root in self._setting.roots]
        demo = ["demo"] if self._setting.demo else []
        question, *rest = words
        command = [*demo, question, *text, *roots, *self._setting.options, *rest]
        try:
            async with self._room:
                code, out = await self._run([sys.executable, "-P", "-m", "tokenscope", *command])
        except OSError as error:
            raise UsageError(f"cannot ask: {error.strerror}") from None
        try:
            answer: dict[str, Any] = json.loads(out)
        except ValueError:
            raise UsageError(f"{question} ended without an answer (exit code {code})") from None
        if "error" in answer:
            raise UsageError(_told(answer["error"]))
        return answer

    async def _run(self, command: list[str]) -> tuple[int, bytes]:
        """Its exit code and what it printed; where nobody waits any more, it and all that it started are ended."""
        process = await anyio.open_process(command, stdin=DEVNULL, stdout=PIPE, stderr=None, start_new_session=True)
        self._running.add(process)
        try:
            assert process.stdout is not None
            out = b"".join([part async for part in process.stdout])
            return await process.wait(), out
        finally:
            self._running.discard(process)
            if process.returncode is None:
                _end(process)
            with anyio.CancelScope(shield=True):
                await process.aclose()

    def end_all(self) -> None:
        for process in tuple(self._running):
            _end(process)

    def roots(self) -> list[Path]:
        return candidate_roots(self._setting.roots, os.environ, home())

    def last_session(self) -> str:
        """Of the folder that the client works in; where it has none, the session that the client was in at the start.

        After /clear the client is in another session, and this process is not told. Raises UsageError.
        """
        if self._setting.demo:
            return "last"
        folder = os.environ.get("CLAUDE_PROJECT_DIR") or _working_folder()
        try:
            found = last_in_folder(self.roots(), folder) if folder else ""
            found = found or os.environ.get("CLAUDE_CODE_SESSION_ID", "")
        except NoTranscriptsError as error:
            raise UsageError(error.message, hint=error.hint) from None
        if not found:
            where = f"no session was started in {folder}" if folder else "the folder that this server runs in is gone"
            raise UsageError(where, hint="the tool `sessions` has them all")
        return found


def _working_folder() -> str:
    """Where the server was started; "" where that folder is gone."""
    try:
        return str(Path.cwd())
    except OSError:
        return ""


def _end(process: Process) -> None:
    """A question and its readers are a group of processes; on Windows one process."""
    try:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _told(error: Mapping[str, Any]) -> str:
    """An error as the program tells it, in lines."""
    hint = [f"hint: {error['hint']}"] if error.get("hint") else []
    return "\n".join(map(harmless, [error["message"], *hint, *error.get("choices", ()), *error.get("paths_tried", ())]))
