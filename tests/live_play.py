"""Plays sessions as they would go on, into a folder: python -m tests.live_play FOLDER --minutes 60

Twenty sessions of several projects, with subagents, tasks in the background, compactions, errors, loops, limits, one
whose file is replaced and one whose file is taken away. `tokenscope live --root FOLDER` shows them meanwhile. The tests
play the same without waiting, by a clock of their own; what is true at each step is noted here by the script itself, and
never asked of the program.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.transcripts import History, Session, agent_result, tool_use
from tokenscope.live.board import DAY, Board, BoardView
from tokenscope.live.follow import Follower
from tokenscope.pricing.pricer import load_pricer
from tokenscope.scope import Scope

PROJECTS = ("shop", "harbor-api", "tidepool-web", "ledger", "docs-site", "billing")
WISHES = (
    "Move the basket into its own module and keep the old imports working",
    "Why does the nightly export skip rows of the first of a month",
    "Add a page of stations that works without scripts",
    "Write the migration for invoices with several tax rates",
    "The search is slow once a customer has more than a thousand orders",
    "Replace the date picker and keep its keyboard handling",
)
FILES = ("basket.py", "export.py", "stations.tsx", "invoices.sql", "search.py", "picker.ts")
LIMIT = "You've hit your session limit · resets 11:30pm (UTC)"
LIMITED_UNTIL = (23, 30)  # of the day, in UTC
BEFORE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Truth:
    """What the script has made of a session so far."""

    asks: int = 0
    tokens: int = 0
    context: int = 0
    errors: int = 0
    compactions: int = 0
    subagents: int = 0
    tasks: int = 0
    last: datetime = BEFORE
    turn: str = "open"  # "open", "over", "question", "limit" or "closed"
    is_there: bool = True


@dataclass(slots=True)
class Player:
    """One session, whose script is played a row or a few at a time."""

    session: Session
    chance: random.Random
    truth: Truth = field(default_factory=Truth)
    number: int = 0

    def respond(self, blocks: Sequence[dict[str, object]] = (), *, agent: object = None, stop: str = "") -> None:
        """A response of the main thread, or of a subagent."""
        thread = self.session if agent is None else agent
        output, read = self.chance.randrange(50, 900), 0
        written = self.chance.randrange(500, 4_000)
        if agent is None:
            read, self.truth.context = self.truth.context, self.truth.context + written + 3
        thread.response(  # type: ignore[attr-defined]
            input=3,
            output=output,
            cache_read=read,
            cache_write=written,
            cache_write_1h=written if self.number % 2 else 0,
            **({"blocks": list(blocks)} if blocks else {}),
            **({"stop_reason": stop} if stop else {}),
        )
        self.truth.tokens += 3 + output + read + written
        self.truth.last = self.session.history.now

    def use(self, name: str, given: dict[str, object]) -> str:
        reference = f"toolu_{self.session.session_id[:8]}_{self.session.history.count()}"
        self.respond([tool_use(reference, name, given)])
        self.truth.turn = "open"
        return reference

    def answer(self, reference: str, said: str = "done", *, failed: bool = False, told: object = None) -> None:
        self.session.tool_result(reference, said, is_error=failed, tool_use_result=told)  # type: ignore[arg-type]
        self.truth.errors += failed
        self.truth.last = self.session.history.now

    def ask(self, words: str) -> None:
        self.session.prompt(words)
        self.truth.asks += 1
        self.truth.turn, self.truth.last = "open", self.session.history.now

    def end_turn(self) -> None:
        self.respond(stop="end_turn")
        self.truth.turn = "over"

    def script(self) -> Iterator[None]:
        """One step after the other, without an end."""
        self.session.title(WISHES[self.number % len(WISHES)][:40])
        while True:
            self.ask(WISHES[self.chance.randrange(len(WISHES))])
            yield
            for _ in range(self.chance.randrange(1, 6)):
                yield from self.chance.choice((self.read, self.read, self.fail, self.spawn, self.background))()
            yield from self.chance.choice((self.question, self.loop, self.compact, self.limit, self.leave, self.rest))()
            self.end_turn()
            yield
            yield

    def read(self) -> Iterator[None]:
        reference = self.use("Read", {"file_path": f"/home/ada/shop/src/{self.chance.choice(FILES)}"})
        yield
        self.answer(reference, "1→import basket")
        yield

    def fail(self) -> Iterator[None]:
        reference = self.use("Bash", {"command": f"pytest -q tests/{self.chance.choice(FILES)}"})
        yield
        self.answer(reference, "exit code 1", failed=True)
        yield

    def spawn(self) -> Iterator[None]:
        reference = self.use("Task", {"prompt": "Look for callers", "subagent_type": "Explore"})
        agent = self.session.subagent()
        self.truth.subagents = 1
        yield
        agent.prompt("Look for callers")
        for _ in range(self.chance.randrange(1, 4)):
            self.respond(
                [tool_use(f"{reference}_{self.session.history.count()}", "Grep", {"pattern": "basket"})], agent=agent
            )
            yield
        self.respond(agent=agent, stop="end_turn")
        self.answer(reference, "Three callers", told=agent_result(str(agent.agent_id), total_tokens=9_000, tool_uses=2))
        self.truth.subagents = 0
        yield

    def background(self) -> Iterator[None]:
        reference = self.use("Bash", {"command": "npm run dev", "run_in_background": True})
        task = f"b{self.session.history.count():06x}"
        self.answer(reference, f"Command running in background with ID: {task}", told={"backgroundTaskId": task})
        self.truth.tasks += 1
        yield
        yield from self.read()
        told = f"<task-notification>\n<task-id>{task}</task-id>\n<status>completed</status>\n</task-notification>"
        self.session.append(
            {
                "type": "queue-operation",
                "operation": "enqueue",
                "timestamp": self.session.history.tick(),
                "sessionId": self.session.session_id,
                "content": told,
            }
        )
        self.truth.tasks -= 1
        self.truth.last = self.session.history.now
        yield

    def question(self) -> Iterator[None]:
        reference = self.use("AskUserQuestion", {"question": "Which of the two?"})
        self.truth.turn = "question"
        yield
        yield
        self.answer(reference, "The first")
        self.truth.turn = "open"
        yield

    def loop(self) -> Iterator[None]:
        for _ in range(4):
            reference = self.use("Bash", {"command": "make lint"})
            self.answer(reference, "failed", failed=True)
            yield

    def compact(self) -> Iterator[None]:
        self.session.compaction(pre_tokens=self.truth.context)
        self.truth.compactions += 1
        self.truth.context = 4_000
        self.truth.last = self.session.history.now
        yield

    def limit(self) -> Iterator[None]:
        self.session.api_error(LIMIT)
        self.truth.turn, self.truth.last = "limit", self.session.history.now
        yield
        yield
        self.ask("Go on")
        yield

    def leave(self) -> Iterator[None]:
        self.end_turn()
        self.session.prompt("<command-name>/exit</command-name>\n<command-message>exit</command-message>")
        self.session.prompt("<local-command-stdout>Bye!</local-command-stdout>")
        self.truth.turn, self.truth.last = "closed", self.session.history.now
        yield
        yield
        self.ask("Go on where we were")
        yield

    def rest(self) -> Iterator[None]:
        yield


class Play:
    """All sessions. `root`: the config folder that is written to; `start`: when it begins."""

    def __init__(self, root: Path, start: datetime, *, sessions: int = 20, seed: int = 1) -> None:
        self.history = History(root)
        self.history.now = start
        self.chance = random.Random(seed)
        self.players: list[Player] = []
        for number in range(sessions):
            cwd = f"/home/ada/{PROJECTS[number % len(PROJECTS)]}"
            cwd += "/.claude/worktrees/try-it" if number % 7 == 3 else ""
            model = ("claude-opus-4-8", "claude-sonnet-4-5", "claude-fable-5-2")[number % 3]
            session = self.history.session(cwd=cwd, model=model)
            chance = random.Random(seed * 1_000 + number)
            self.players.append(Player(session, chance, Truth(context=20_000 + 4_000 * number), number))
        self.scripts = [player.script() for player in self.players]
        self.written: dict[Path, int] = {}

    @property
    def now(self) -> datetime:
        return self.history.now

    def step(self, *, at: datetime | None = None) -> Player:
        """One step of some session, at a moment or a little later than the one before; not yet written."""
        self.history.now = max(at, self.history.now) if at else self.history.now + timedelta(milliseconds=200)
        number = self.chance.randrange(len(self.players))
        next(self.scripts[number])
        return self.players[number]

    def flush(self, pieces: random.Random | None = None) -> Iterator[None]:
        """Append what is new to every file; with `pieces` in several writes that end anywhere, one a step."""
        for path, lines in self.history.files.items():
            done = self.written.get(path, 0)
            if path.suffix != ".jsonl":
                if not path.exists():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(b"".join(map(self.history.encode, lines)))
                continue
            data = b"".join(map(self.history.encode, lines[done:]))
            self.written[path] = len(lines)
            while data:
                cut = len(data) if pieces is None else pieces.randrange(1, len(data) + 1)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("ab") as stream:
                    stream.write(data[:cut])
                data = data[cut:]
                yield

    def replace(self, player: Player) -> None:
        """The session's main file is written anew under the same name, as editors and syncing do."""
        path = self.path_of(player)
        aside = path.with_suffix(".aside")
        aside.write_bytes(path.read_bytes())
        aside.replace(path)

    def remove(self, player: Player) -> None:
        """The session's files are taken away, and nothing is written to it any more."""
        number = self.players.index(player)
        for path in [path for path in self.history.files if player.session.session_id in str(path)]:
            path.unlink(missing_ok=True)
            del self.history.files[path]
        player.truth.is_there = False
        del self.players[number], self.scripts[number]

    def path_of(self, player: Player) -> Path:
        return next(path for path in self.history.files if path.stem == player.session.session_id)


def board_of(root: Path, now: datetime) -> tuple[Board, BoardView]:
    """The board of what stands below a folder, at a moment."""
    moment = round(now.timestamp() * 1000)
    board, follower = Board(load_pricer(user_file=None), Scope(moment, zone=UTC)), Follower([root], moment - DAY)
    is_behind = True
    while is_behind:
        for news in follower.poll(moment - DAY):
            board.take(news.session_id, news.happenings or [], news.folder, is_whole=news.is_whole)
        is_behind = follower.is_behind
    return board, board.view(moment)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.live_play", description=__doc__)
    parser.add_argument("folder", type=Path, help="a config folder; made, if it is not there")
    parser.add_argument("--minutes", type=float, default=10, help="how long it plays (default 10)")
    parser.add_argument("--sessions", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between two steps (default 1)")
    options = parser.parse_args(arguments)
    play = Play(options.folder, datetime.now(UTC) - timedelta(minutes=10), sessions=options.sessions)
    for _ in range(10 * options.sessions):
        play.step()
    _ = list(play.flush())
    until, steps = time.monotonic() + 60 * options.minutes, 0
    while time.monotonic() < until:
        time.sleep(options.pause)
        player = play.step(at=datetime.now(UTC))
        _ = list(play.flush())
        steps += 1
        if steps % 300 == 0:
            play.replace(player)
        if steps % 1_000 == 0 and len(play.players) > 2:
            play.remove(player)
    print(f"{steps:,} steps")


if __name__ == "__main__":
    main()
