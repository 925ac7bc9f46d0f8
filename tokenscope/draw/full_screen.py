"""A terminal's whole screen, drawn again and again: rich's Live, on a page of the terminal's own that is left behind.

The cursor comes back whatever ends it: an exception, a signal, or the program's stop by ctrl-z. Nothing is written when
nothing has changed.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from types import FrameType, TracebackType
from typing import TextIO

from rich.live import Live
from rich.segment import Segments

from tokenscope.draw.glyphs import Glyphs, Line
from tokenscope.draw.terminal_page import columns_of, console_for, glyphs_for, segments_of

ENDING = ("SIGTERM", "SIGHUP", "SIGBREAK")  # signals that end the program, where there are such


def can_fill(stream: TextIO) -> bool:
    """Whether a stream is a terminal on which text can be put anywhere."""
    return stream.isatty() and not console_for(stream, None, color=None).is_dumb_terminal


def print_lines(drawn: Callable[[int, Glyphs], Sequence[Line]], stream: TextIO, *, color: bool | None) -> None:
    """Write what is drawn for the stream's width and its characters, once."""
    console = console_for(stream, columns_of(stream), color=color)
    lines = drawn(console.width, glyphs_for(console, stream))
    segments = [segment for line in lines for segment in segments_of(line)]
    console.print(Segments(segments), end="", soft_wrap=True)


class FullScreen:
    """`leave` and `enter` give back and take again what else is held, when the program is stopped and goes on."""

    def __init__(self, stream: TextIO, *, color: bool | None, leave: Callable[[], None], enter: Callable[[], None]):
        self.console = console_for(stream, None, color=color)
        self.glyphs: Glyphs = glyphs_for(self.console, stream)
        self._leave, self._enter = leave, enter
        self._live: Live | None = None
        self._shown: tuple[Sequence[Line], tuple[int, int]] | None = None
        self._before: dict[int, object] = {}

    @property
    def size(self) -> tuple[int, int]:
        """How many cells wide and how many lines high it is now."""
        width, height = self.console.size
        return width, height

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines from the top; what does not fit is cut off."""
        if self._live is None or self._shown == (lines, self.size):
            return
        self._shown = (lines, self.size)
        segments = [segment for line in lines[: self.size[1]] for segment in segments_of(line)]
        self._live.update(Segments(segments[:-1]), refresh=True)

    def ring(self) -> None:
        """Ring the terminal's bell."""
        self.console.bell()

    def __enter__(self) -> FullScreen:
        for name in ENDING:
            number = getattr(signal, name, None)
            if number is not None:
                self._before[number] = signal.signal(number, self._end)
        if sys.platform != "win32":
            self._before[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, self._stop)
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_live()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _begin(self) -> None:
        self._shown = None
        self._live = Live(
            console=self.console, screen=True, auto_refresh=False, redirect_stdout=False, redirect_stderr=False
        )
        self._live.start()

    def _end_live(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def _end(self, number: int, frame: FrameType | None) -> None:
        """The terminal is given back, and the signal does what it does to every program."""
        self._end_live()
        self._leave()
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        """The terminal is given back while the program is stopped, and taken again when it goes on."""
        self._end_live()
        self._leave()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, self._stop)
        self._enter()
        self._begin()
