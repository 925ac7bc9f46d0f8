"""Keys of a terminal, one at a time, without waiting for enter; the terminal is left as it was found.

Signals stay the terminal's: ctrl-c interrupts and ctrl-z stops as everywhere.
"""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Any, TextIO

UP, DOWN, PAGE_UP, PAGE_DOWN, HOME, END = "up", "down", "page_up", "page_down", "home", "end"
ENTER, ESCAPE, BACKSPACE = "enter", "escape", "backspace"
STEP = 0.05  # seconds between two looks on Windows, where nothing waits for a key and a time at once

# What terminals send, behind the escape character.
_SEQUENCES = {
    "[A": UP, "OA": UP, "[B": DOWN, "OB": DOWN, "[5~": PAGE_UP, "[6~": PAGE_DOWN,
    "[H": HOME, "OH": HOME, "[1~": HOME, "[F": END, "OF": END, "[4~": END,
}  # fmt: skip
_SINGLE = {"\r": ENTER, "\n": ENTER, "\x7f": BACKSPACE, "\b": BACKSPACE}
_WINDOWS = {"H": UP, "P": DOWN, "I": PAGE_UP, "Q": PAGE_DOWN, "G": HOME, "O": END}


def keys_in(text: str) -> list[str]:
    """The keys that a terminal's characters stand for; unknown sequences stand for none."""
    keys, place = list[str](), 0
    while place < len(text):
        if text[place] != "\x1b":
            keys.append(_SINGLE.get(text[place], text[place]))
            place += 1
            continue
        end = place + 1
        if text[end : end + 1] in ("[", "O"):
            end += 1
            while end < len(text) and not "@" <= text[end] <= "~":
                end += 1
            end += 1
        found = _SEQUENCES.get(text[place + 1 : end], "")
        keys += [ESCAPE] if end == place + 1 else [found] if found else []
        place = end
    return keys


class Keyboard:
    """Reads keys of a stream while it is entered; of what is no terminal there are none."""

    def __init__(self, stream: TextIO | None) -> None:
        self._is_terminal = stream is not None and stream.isatty()
        self._number = stream.fileno() if stream is not None and self._is_terminal else -1
        self._before: Any = None

    def enter(self) -> None:
        """Let keys come one at a time."""
        if self._is_terminal and sys.platform != "win32":
            import termios  # noqa: PLC0415 - not on every system
            import tty  # noqa: PLC0415

            self._before = termios.tcgetattr(self._number)
            tty.setcbreak(self._number, termios.TCSADRAIN)  # keys that were pressed meanwhile are kept

    def leave(self) -> None:
        """Leave the terminal as it was found."""
        if self._before is not None and sys.platform != "win32":
            import termios  # noqa: PLC0415 - as above

            termios.tcsetattr(self._number, termios.TCSADRAIN, self._before)
            self._before = None

    def __enter__(self) -> Keyboard:
        self.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()

    def wait(self, seconds: float) -> list[str]:
        """The keys that were pressed, after so many seconds at most, or as soon as there is one."""
        if not self._is_terminal:
            time.sleep(seconds)
            return []
        return self._wait_on_windows(seconds) if sys.platform == "win32" else self._wait(seconds)

    def _wait(self, seconds: float) -> list[str]:
        import select  # noqa: PLC0415 - of no use on Windows

        if not select.select([self._number], [], [], seconds)[0]:
            return []
        data = os.read(self._number, 1 << 10)
        if not data:  # the terminal has gone
            self._is_terminal = False
        return keys_in(data.decode("utf-8", "replace"))

    def _wait_on_windows(self, seconds: float) -> list[str]:
        import msvcrt  # noqa: PLC0415 - Windows alone has it

        console: Any = msvcrt
        until = time.monotonic() + seconds
        while not console.kbhit():
            if time.monotonic() >= until:
                return []
            time.sleep(STEP)
        key = console.getwch()
        if key in ("\x00", "\xe0"):
            found = _WINDOWS.get(console.getwch())
            return [found] if found else []
        return keys_in(key)
