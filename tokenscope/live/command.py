"""`tokenscope live`: follow, work out, draw, until a key or a signal ends it. The one place here with a clock.

Nothing is kept but in memory, nothing is sent, and nothing runs on when the terminal is closed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TextIO

from tokenscope.app.open_history import home
from tokenscope.app.request import Request, scope_of
from tokenscope.credentials import masked
from tokenscope.errors import NoTranscriptsError, UsageError
from tokenscope.ingest.files.claude_settings import contract_rates, last_usage
from tokenscope.ingest.files.discover import ELSEWHERE, candidate_roots, projects_folder, readable
from tokenscope.ingest.files.running import RunningSessions
from tokenscope.live.board import DAY, HOUR, Board, BoardView, plan_windows
from tokenscope.live.controls import ASKS, BOARD, Controls, press
from tokenscope.live.events import Alarm, differences, event, happened, parse_alarm, true_of
from tokenscope.live.follow import Follower, SessionNews
from tokenscope.live.session_state import AskState, Moment
from tokenscope.pricing import pricer
from tokenscope.scope import names_project
from tokenscope.value import Value, replace

TICK = 0.4  # seconds between two looks
PICTURE = 0.6  # seconds between two pictures at least: what happens is seen within a second, and drawing costs most
REST = 2.0  # seconds after which a picture is drawn anew though nothing happened: times in it go on
SELDOM = 60.0  # seconds between two looks at what hardly changes


class Watch(Value):
    """How it is watched. `idle_hours`: a session is stale after so many without activity."""

    once: bool = False
    json: bool = False
    notify: tuple[Alarm, ...] = ()
    idle_hours: float = 4.0


class ChangeSource(Protocol):
    """Where changes come from: see `follow.Follower`."""

    is_behind: bool

    def poll(self, since: int) -> list[SessionNews]: ...

    def again(self, session_ids: set[str]) -> list[SessionNews]: ...

    def release(self, session_ids: Sequence[str]) -> None: ...


def watched(request: Request, *, once: bool, json: bool, notify: Sequence[str], idle_hours: float) -> None:
    """Watch what a request is about. Raises TokenscopeError."""
    if idle_hours <= 0:
        raise UsageError("a session is stale after some hours", hint="--idle-hours 4")
    watch = Watch(once, json, tuple(map(parse_alarm, notify)), idle_hours)
    board = WatchedBoard(request, watch)
    if json:
        board.tell(sys.stdout)
    elif once or not _fills(sys.stdout):
        board.print_once(sys.stdout)
    else:
        board.draw(sys.stdin, sys.stdout)


def _fills(stream: TextIO) -> bool:
    from tokenscope.draw.full_screen import can_fill  # noqa: PLC0415 - rich takes 50 ms

    return can_fill(stream)


class WatchedBoard:
    """One board with where its news come from."""

    def __init__(self, request: Request, watch: Watch) -> None:
        self.request, self.watch = request, watch
        self.scope = scope_of(request)
        prices = pricer.load_pricer(request.prices, contract=None if request.demo else contract_rates(sys.platform))
        self.board = Board(prices, self.scope, idle_for=round(watch.idle_hours * HOUR))
        self.source, self.running = self._opened()
        self.news: list[tuple[str, Moment]] = []
        self._seldom = 0.0  # seconds, by the clock that never jumps

    def now(self) -> int:
        """Ms since the epoch."""
        return self.scope.now if self.request.demo else time.time_ns() // 1_000_000

    def _opened(self) -> tuple[ChangeSource, RunningSessions]:
        if self.request.demo:
            from tokenscope.live.demo_source import DemoSource  # noqa: PLC0415 - a long story that only the demo needs

            return DemoSource(), RunningSessions([])
        self.roots = candidate_roots(self.request.root or (), os.environ, home())
        tried = tuple(readable(str(projects_folder(root))) for root in self.roots)
        if not any(Path(folder).exists() for folder in tried):
            raise NoTranscriptsError(f"no transcripts found in {', '.join(tried)}", hint=ELSEWHERE, paths_tried=tried)
        return Follower(self.roots, self._since(self.now())), RunningSessions(self.roots)

    def _since(self, now: int) -> int:
        """The board holds what has a row of the last day, or of today."""
        return min(now - DAY, self.board.day_start(now))

    def take(self) -> bool:
        """Take in what is new; whether there was anything."""
        now, before = self.now(), self.board.running
        changes = self.source.poll(self._since(now))
        self._take(changes)
        self.board.running = self.running.look()
        if time.monotonic() >= self._seldom:
            self._seldom = time.monotonic() + SELDOM
            self.source.release(self.board.prune(now))
            self.board.plan = plan_windows(None if self.request.demo else last_usage(self.roots))
        return bool(changes) or self.board.running != before

    def view(self) -> BoardView:
        """What is true now, as far as it may be shown."""
        return self._shown(self.board.view(self.now()))

    def _take(self, changes: Sequence[SessionNews]) -> None:
        for change in changes:
            if change.happenings is None:
                others = self.board.forget(change.session_id)
                if others:
                    self._forget_copies(others)
                continue
            state = self.board.sessions.get(change.session_id)
            count = state.noted if state else 0
            self.board.take(change.session_id, change.happenings, change.folder, is_whole=change.is_whole)
            if self.watch.json:
                state = self.board.sessions[change.session_id]
                new = min(state.noted - count, len(state.moments))
                self.news += [(change.session_id, moment) for moment in list(state.moments)[len(state.moments) - new :]]

    def _forget_copies(self, others: set[str]) -> None:
        for change in self.source.again(others):
            self.board.forget(change.session_id)

    def _shown(self, view: BoardView) -> BoardView:
        """What may be shown of it: the wanted projects, no credentials, no texts where they are not wanted."""
        wanted = self.scope.projects
        lines = [one for one in view.sessions if names_project(wanted, one.project, one.worktree or "")]
        if self.request.no_text:
            lines = [replace(one, title="", ask="", doing="", reason="") for one in lines]
        return masked(replace(view, sessions=tuple(lines)))  # type: ignore[no-any-return]

    def caught_up(self) -> BoardView:
        """Read until nothing is left that was there."""
        self.take()
        while self.source.is_behind:
            self.take()
        return self.view()

    # -------------------------------------------------------------------------------------------- written

    def print_once(self, stream: TextIO) -> None:
        """The board as it is now, once."""
        from tokenscope.draw.full_screen import print_lines  # noqa: PLC0415 - rich takes 50 ms
        from tokenscope.live.frames import Paper, printed  # noqa: PLC0415 - as it

        view, zone = self.caught_up(), self.scope.zone
        if not self.watch.once and stream.isatty():
            print("this terminal cannot show a board that changes: printed once", file=sys.stderr)
        print_lines(
            lambda width, glyphs: printed(view, Paper(width, 0, zone, glyphs)), stream, color=self.request.color
        )

    def tell(self, stream: TextIO) -> None:
        """One event a line: the board as it is, and, unless that is all, what becomes of it."""
        from tokenscope.draw.json_text import ONE_LINE, encoded  # noqa: PLC0415 - only here

        view, before, held = self.caught_up(), None, set[tuple[str, str]]()
        self.news.clear()
        local = self.scope.local
        while True:
            events = list(differences(before, view, local))
            shown = {one.session_id for one in view.sessions}
            news = [(session_id, moment) for session_id, moment in self.news if session_id in shown]
            self.news.clear()
            for session_id, moment in news:
                told = moment._replace(text="") if self.request.no_text else masked(moment)
                events.append(happened(session_id, told, view.now, local))
            holds = true_of(self.watch.notify, view)
            for condition, session_id in sorted(holds - held):
                events.append(event("notify", {"condition": condition, "session_id": session_id}, view.now, local))
            stream.buffer.write(b"".join(encoded(one, ONE_LINE) for one in events))
            stream.flush()
            if self.watch.once:
                return
            before, held = view, holds
            time.sleep(TICK)
            self.take()
            view = self.view()

    def draw(self, given: TextIO | None, stream: TextIO) -> None:
        """The board on the whole screen, until it is left."""
        from tokenscope.draw.full_screen import FullScreen  # noqa: PLC0415 - rich takes 50 ms
        from tokenscope.live.frames import Paper, frame  # noqa: PLC0415 - as it
        from tokenscope.live.keys import Keyboard  # noqa: PLC0415 - only here

        keyboard, controls, held = Keyboard(given), Controls(), None
        screen = FullScreen(stream, color=self.request.color, leave=keyboard.leave, enter=keyboard.enter)
        with screen, keyboard:
            self.take()
            view, drawn, has_news = self.view(), time.monotonic(), False
            while not controls.is_over:
                controls = controls.on(view)
                paper = Paper(*screen.size, self.scope.zone, screen.glyphs)
                screen.show(frame(view, controls, self._inside(controls), paper))
                holds = true_of(self.watch.notify, view)
                if held is not None and holds - held:
                    screen.ring()
                held = None if self.source.is_behind else holds
                while not (keys := keyboard.wait(0.0 if self.source.is_behind else TICK)):
                    has_news |= self.take()
                    waited = time.monotonic() - drawn
                    if not controls.is_paused and waited >= (PICTURE if has_news else REST):
                        view, drawn, has_news = self.view(), time.monotonic(), False
                        break
                for key in keys:
                    controls = press(controls, key, view)

    def _inside(self, controls: Controls) -> Sequence[Moment] | Sequence[AskState]:
        state: Any = self.board.sessions.get(controls.chosen)
        if state is None or controls.view == BOARD:
            return ()
        if controls.view == ASKS:
            asks = list(state.asks)
            return [replace(ask, words="" if self.request.no_text else masked(ask.words)) for ask in asks]
        moments = sorted(state.moments, key=lambda moment: moment.time or 0)  # of several files
        if self.request.no_text:
            return [moment._replace(text="") for moment in moments]
        return [moment._replace(text=masked(moment.text)) for moment in moments]
