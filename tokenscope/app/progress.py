"""The bar on stderr while a long history is read; gone when it is done."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from tokenscope.view.figures import size

PATIENCE = 0.5  # seconds of reading before anything is shown
INTERVAL = 0.1  # seconds between two pictures
WIDTH = 30  # characters


class ReadingBar:
    """Shows nothing unless stderr is a terminal. ASCII, so that every console can show it."""

    def __init__(self) -> None:
        self._due = time.monotonic() + PATIENCE if sys.stderr is not None and sys.stderr.isatty() else None
        self._shown = False

    def __enter__(self) -> ReadingBar:
        return self

    def show(self, done: int, total: int) -> None:
        """`done` of `total` bytes have been read."""
        if self._due is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + INTERVAL
        self._shown = True
        filled = WIDTH * done // total if total else WIDTH
        bar = "#" * filled + "-" * (WIDTH - filled)
        sys.stderr.write(f"\rreading [{bar}] {size(done)} of {size(total)}   ")
        sys.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * (WIDTH + 40) + "\r")
            sys.stderr.flush()
