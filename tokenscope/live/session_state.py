"""What one session has come to, happening by happening. No clock: what it is by now is asked with a moment."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import NamedTuple

from tokenscope.behaviour.failures import REPEATS, WITHIN
from tokenscope.history.rebuilds import FIVE_MINUTES, ONE_HOUR
from tokenscope.ingest.extract import happenings as told
from tokenscope.ingest.extract.happenings import GOES_ON, Happening
from tokenscope.model import Message
from tokenscope.value import Record

STOPS = frozenset({"KillShell", "KillBash", "TaskStop"})  # tools that end a task in the background
KEPT = 500  # moments and asks of a session
TITLES = ("custom-title", "ai-title", "agent-name")


class Moment(NamedTuple):
    """Something that happened, as the timeline shows it. `time`: ms since the epoch."""

    time: int | None
    kind: str
    agent_id: str
    text: str


class AskState(Record):
    """A prompt and what followed it. `price`: picodollars."""

    number: int
    time: int  # ms since the epoch
    words: str
    tokens: int = 0
    price: int = 0
    calls: int = 0


class OpenCall(NamedTuple):
    """A tool use without a result."""

    name: str
    what: str
    time: int | None  # ms since the epoch
    agent_id: str


class RunningState:
    """Tokens and picodollars are added by the board, which knows what counts where."""

    def __init__(self, session_id: str, folder: str) -> None:
        self.session_id, self.folder = session_id, folder
        self.directory = self.entrypoint = ""
        self.titles: dict[str, str] = {}
        self.last = 0  # ms: its newest row
        self.newest: Message | None = None  # of the main thread's responses
        self.lifetime = FIVE_MINUTES  # ms: of its cache
        self.has_large_window, self.is_whole = False, True
        self.asks: deque[AskState] = deque(maxlen=KEPT)
        self.asked = self.errors = self.loops = self.compactions = 0
        self.moments: deque[Moment] = deque(maxlen=KEPT)
        self.noted = 0  # how many moments there were
        self.open: dict[str, OpenCall] = {}
        self.tasks: dict[str, OpenCall] = {}  # in the background
        self.agents: dict[str, int] = {}  # when each subagent that has not ended was last heard of (ms)
        self.turn_has_ended = False
        self.limit: tuple[int, str] | None = None  # when (ms), and what was said
        self.closed = ""
        self.tokens = self.price = 0
        self.unpriced = 0  # tokens
        self.minutes: dict[int, list[int]] = {}  # tokens and picodollars by the minute, the last hour's
        self._ended: dict[str, int] = {}  # when each task in the background ended (ms)
        self._calls: dict[str, deque[str]] = {}
        self._loop: dict[str, str] = {}  # by thread the call that it repeats now
        self._answered = OpenCall("", "", None, "")

    @property
    def title(self) -> str:
        """What it is called, else the first words of its first prompt that is still known."""
        named = next((self.titles[kind] for kind in TITLES if kind in self.titles), "")
        return named or (self.asks[0].words if self.asks else "")

    @property
    def is_looping(self) -> bool:
        """Whether a thread of it repeats the same call now."""
        return bool(self._loop)

    def ask_at(self, time: int | None) -> AskState | None:
        """The ask that something of this time belongs to."""
        if not self.asks or time is None:
            return None
        place = bisect_right(self.asks, time, key=lambda ask: ask.time)
        return self.asks[place - 1] if place else None

    def ask_of(self, number: int) -> AskState | None:
        """The ask of a number, where it is still known."""
        place = number - self.asks[0].number if self.asks and number > 0 else -1
        return self.asks[place] if 0 <= place < len(self.asks) else None

    def take(self, one: Happening) -> None:
        """Take in what happened; of a response only what says something of the session's state."""
        if one.time is not None and one.time > self.last:
            self.last = one.time
        if one.agent_id and one.time is not None:
            if one.kind == told.SAID and one.name and one.name not in GOES_ON:
                self.agents.pop(one.agent_id, None)
            elif one.kind != told.RESPONSE and one.time > self._ended.get(one.agent_id, 0):
                self.agents[one.agent_id] = max(one.time, self.agents.get(one.agent_id, 0))
        handle = _HANDLERS.get(one.kind)
        if handle is not None:
            handle(self, one)

    def _note(self, one: Happening, text: str) -> None:
        self.noted += 1
        self.moments.append(Moment(one.time, one.kind, one.agent_id, text))

    def _asked(self, one: Happening) -> None:
        self.asked += 1
        self.asks.append(AskState(self.asked, one.time or self.last, one.text))
        self.turn_has_ended, self.closed, self.limit = False, "", None
        self.open = {key: call for key, call in self.open.items() if call.agent_id}
        self._note(one, one.text)

    def _said(self, one: Happening) -> None:
        if self.limit is not None and (one.time or 0) > self.limit[0]:  # else a subagent's file was read later
            self.limit = None
        if not one.agent_id:
            has_ended = bool(one.name) and one.name not in GOES_ON
            if has_ended and not self.turn_has_ended:
                self._note(one._replace(kind=told.TURN_ENDED), "")
            self.turn_has_ended, self.closed = has_ended, ""

    def _used(self, one: Happening) -> None:
        self.open[one.reference] = OpenCall(one.name, one.text, one.time, one.agent_id)
        if not one.agent_id:
            self.turn_has_ended = False
        if one.name in STOPS:
            self.tasks.pop(one.text, None)
        if (ask := self.ask_at(one.time)) is not None:
            ask.calls += 1
        calls = self._calls.setdefault(one.agent_id, deque(maxlen=WITHIN))
        calls.append(one.same)
        if calls.count(one.same) >= REPEATS:
            self.loops += self._loop.get(one.agent_id) != one.same
            if self._loop.get(one.agent_id) != one.same:
                self._note(one._replace(kind="loop"), f"{one.name} {one.text}".strip())
            self._loop[one.agent_id] = one.same
        elif self._loop.get(one.agent_id) not in (None, one.same):
            del self._loop[one.agent_id]
        self._note(one, f"{one.name} {one.text}".strip())

    def _answered_call(self, one: Happening) -> None:
        call = self.open.pop(one.reference, None)
        if call is not None:
            self._answered = call
        if one.outcome == "error":
            self.errors += 1
            name = f"{call.name} {call.what}".strip() if call else "a tool"
            self._note(one._replace(kind="error"), name)
        if not one.agent_id:
            self.turn_has_ended = one.outcome == "interrupted"

    def _turn_ended(self, one: Happening) -> None:
        if not one.agent_id:
            self.turn_has_ended = True

    def _interrupted(self, one: Happening) -> None:
        if not one.agent_id:
            self.turn_has_ended, self.open = True, {}
            self._note(one, one.text)

    def _limited(self, one: Happening) -> None:
        self.limit = (one.time or self.last, one.text)
        self.turn_has_ended = True
        self._note(one, one.text)

    def _erred(self, one: Happening) -> None:
        self.errors += 1
        self._note(one, one.text)

    def _compacted(self, one: Happening) -> None:
        self.compactions += not one.agent_id
        self._note(one, str(one.size) if one.size else "")

    def _task_started(self, one: Happening) -> None:
        self.tasks[one.reference] = OpenCall(one.name, self._answered.what, one.time, one.agent_id)

    def _task_ended(self, one: Happening) -> None:
        self.tasks.pop(one.reference, None)
        self.agents.pop(one.reference, None)
        self._ended[one.reference] = one.time or self.last

    def _titled(self, one: Happening) -> None:
        self.titles[one.name] = one.text

    def _placed(self, one: Happening) -> None:
        if not one.agent_id or not self.directory:  # of a main thread that is not there its subagents tell
            self.directory = one.text if not one.agent_id and one.text else self.directory or one.text
            self.entrypoint = one.name or self.entrypoint

    def _large(self, _: Happening) -> None:
        self.has_large_window = True

    def _closed(self, one: Happening) -> None:
        self.closed, self.turn_has_ended, self.open, self.tasks = one.text, True, {}, {}
        self.agents.clear()
        self._note(one, one.text)

    def _responded(self, one: Happening) -> None:
        message = one.message
        if message is None or message.part or one.agent_id or message.time is None:
            return
        if self.newest is None or message.time >= (self.newest.time or 0):
            self.newest = message
            if message.cache_creation_input_tokens:
                self.lifetime = ONE_HOUR if message.ephemeral_1h_input_tokens else FIVE_MINUTES


_HANDLERS = {
    told.ASKED: RunningState._asked,
    told.SAID: RunningState._said,
    told.USED: RunningState._used,
    told.ANSWERED: RunningState._answered_call,
    told.TURN_ENDED: RunningState._turn_ended,
    told.BROKEN_OFF: RunningState._interrupted,
    told.TOLD_LIMIT: RunningState._limited,
    told.TOLD_ERROR: RunningState._erred,
    told.COMPACTED: RunningState._compacted,
    told.TASK_STARTED: RunningState._task_started,
    told.TASK_ENDED: RunningState._task_ended,
    told.TITLED: RunningState._titled,
    told.PLACED: RunningState._placed,
    told.LARGE_WINDOW: RunningState._large,
    told.CLOSED: RunningState._closed,
    told.RESPONSE: RunningState._responded,
}
