"""What holds for every history: the program agrees with the slow reference to the token, and sums are sums."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path, PurePath
from random import Random
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import reference
from tests.history import pricer, seen
from tests.ingest import store_of, totals
from tests.reference import Totals
from tests.transcripts import ABSENT, History, Layout, Session, Thread, iteration
from tokenscope.answers.context.composition import compose
from tokenscope.app.registry import find_question
from tokenscope.history import history as accounting
from tokenscope.model import Message, Usage
from tokenscope.scope import DayFinder, Scope
from tokenscope.store import Store

Key = TypeVar("Key")
Files = dict[str, list[bytes]]  # lines by the path inside the config folder

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia")]
MODELS = ("claude-opus-4-8", "claude-sonnet-4-5", "claude-haiku-4-5")
LAYOUTS: tuple[Layout, ...] = ("nested", "sibling", "workflow", "inline", "progress")
VERSIONS = ("1.0.24", "1.0.60", "2.1.30", "2.1.177")
NOISE = (
    b"\n",
    b"\r\n",
    b'torn"}\n',
    b'{"type":"hologram","message":{"usage":{"output_tokens":9}}}\n',
    b"\x00\x00\n",
    b"[1]\n",
)
ODD: tuple[object, ...] = (ABSENT, None, "12", "x", 7.5, -1, True, [], 10**13)
ODD_COUNTERS = ("output_tokens", "input_tokens", "cache_creation_input_tokens")  # a plain history keeps its outputs
# No text that is no time: as a file's last, it hides the times before it (see tests/ingest/test_once.py).
UNDATED: tuple[object, ...] = (ABSENT, None, 1_780_308_000)
# Seconds until the next row; some rows are older than the one before them. 2026-10-25 is a day of 25 hours.
PAUSES = (0, 0, 1, 400, 5_000, 40_000, -7_200)
STARTS = ("2026-10-24T21:00:00Z", "2026-03-29T00:30:00Z", "2026-06-01T10:00:00Z")


class _Builder:
    """One history from a random source. `is_plain`: every response has an id to trust, or at least a uuid."""

    def __init__(self, random: Random, *, is_plain: bool, has_copies: bool) -> None:
        self.random, self.is_plain, self.has_copies = random, is_plain, has_copies
        self.history = History(Path("config"))
        self.history.tick(random.choice(STARTS))
        self.sessions = [self.session(number) for number in range(random.randint(1, 3))]
        self.agents: list[tuple[Session, Thread]] = []
        self.ids: list[tuple[Thread, str]] = []

    def session(self, number: int) -> Session:
        cwd = f"/home/ada/{self.random.choice('abc')}"
        return self.history.session(
            f"{number}{self.random.randint(0, 9)}-{number}", cwd=cwd, version=self.random.choice(VERSIONS)
        )

    def files(self) -> Files:
        steps: list[Callable[[Session], None]] = [
            self.response,
            self.response,
            self.response,
            self.talk,
            self.subagent,
            self.again,
            self.boundary,
            self.noise,
        ]
        if self.has_copies:
            steps += [self.fork, self.progress]
        for _ in range(self.random.randint(1, 14)):
            self.history.wait(seconds=self.random.choice(PAUSES), milliseconds=1)  # no two steps at one moment
            self.random.choice(steps)(self.random.choice(self.sessions))
        return {
            str(path.relative_to(self.history.root)): [self.history.encode(line) for line in lines]
            for path, lines in self.history.files.items()
            if path.suffix == ".jsonl" and path.name != "journal.jsonl"
        }

    def response(self, thread: Thread, message_id: str | None = None) -> None:
        draw = self.random.randint
        outputs = [draw(0, 500) for _ in range(draw(1, 3))]
        write = draw(0, 3_000)
        usage: dict[str, object] = {}
        if draw(0, 4) == 0:
            usage[self.random.choice(ODD_COUNTERS[self.is_plain :])] = self.random.choice(ODD)
        if draw(0, 4) == 0 and self.has_copies:
            usage["iterations"] = [
                iteration("advisor_message", model=self.random.choice((None, *MODELS)), input=draw(0, 99))
            ]
        row: dict[str, object] = {}
        if draw(0, 9) == 0 and message_id is None:
            row["timestamp"] = self.random.choice(UNDATED)
        message = self.odd_id(thread, row) if message_id is None and draw(0, 3) == 0 else {}
        found = thread.response(
            message_id,
            model=self.random.choice(MODELS),
            input=draw(0, 50),
            cache_read=draw(0, 5_000),
            cache_write=write,
            cache_write_1h=self.random.choice((0, write // 3, write)),
            partial_outputs=outputs,
            usage=usage,
            message=message,
            row=row,
            stop_reason=None if draw(0, 3) == 0 else "end_turn",
        )
        self.ids.append((thread, found))

    def odd_id(self, thread: Thread, row: dict[str, object]) -> dict[str, object]:
        if self.is_plain:
            return {"id": self.random.choice((f"chatcmpl-{self.history.count()}", ABSENT, None, ""))}
        if self.random.randint(0, 3) == 0 and isinstance(thread, Session):
            row["uuid"] = ABSENT
        return {"id": self.random.choice(("resp_0", "resp_1", ABSENT))}

    def again(self, thread: Thread) -> None:
        """More rows of an earlier response: a fallback in the middle of the stream, or a copy elsewhere."""
        ids = [message_id for origin, message_id in self.ids if self.has_copies or origin is thread]
        if ids:
            self.response(thread, self.random.choice(ids))

    def talk(self, session: Session) -> None:
        session.prompt('Go on "usage":{"output_tokens":5}')
        session.tool_result(
            "toolu_1", "x" * self.random.randint(0, 300), tool_use_result={"usage": {"output_tokens": 9}}
        )
        session.api_error("API Error")

    def subagent(self, session: Session) -> None:
        layout = self.random.choice(LAYOUTS)
        agent_id = None if layout == "inline" and self.random.random() < 0.5 else f"a{self.history.count()}"
        agent = session.subagent(agent_id, layout=layout)
        agent.prompt("Look around")
        for _ in range(self.random.randint(1, 3)):
            self.response(agent)
        if layout in ("nested", "sibling", "workflow"):
            self.agents.append((session, agent))

    def boundary(self, session: Session) -> None:
        if self.has_copies:
            session.compaction()

    def noise(self, session: Session) -> None:
        session.raw(self.random.choice(NOISE))
        session.title("Basket")

    def fork(self, session: Session) -> None:
        copy = session.fork(
            f"{self.history.count()}-{self.random.randint(0, 9)}",
            upto=self.random.randint(0, len(session.lines)),
            rewrite_session_id=self.random.random() < 0.5,
        )
        self.sessions.append(copy)

    def progress(self, session: Session) -> None:
        for _, agent in self.agents[-1:]:
            for row in agent.rows:
                session.progress_agent(str(agent.agent_id), row)


def histories(*, is_plain: bool = False, has_copies: bool = True) -> st.SearchStrategy[Files]:
    return st.randoms(use_true_random=False).map(
        lambda random: _Builder(random, is_plain=is_plain, has_copies=has_copies).files()
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("config")


def write(files: Files, folder: Path) -> Path:
    """A config folder of these files alone."""
    for old in sorted(folder.rglob("*"), reverse=True):
        old.rmdir() if old.is_dir() else old.unlink()
    for name, lines in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(lines))
    return folder


# --- the program against the reference ---


class Sums(NamedTuple):
    """Everything that both can be asked for."""

    total: Totals
    model: dict[str, Totals]
    project: dict[str, Totals]
    session: dict[str, Totals]
    agent: dict[tuple[str, str | None], Totals]
    day: list[dict[date, Totals]]  # one a zone


def sums_of_reference(root: Path) -> Sums:
    responses = [replace(one, model=one.model or "unknown") for one in reference.read([root])]
    return Sums(
        reference.totals(responses),
        reference.by_model(responses),
        reference.by_project(responses),
        reference.by_session(responses),
        reference.by_agent(responses),
        [reference.by_day(responses, zone) for zone in ZONES],
    )


def grouped(messages: list[Message], key: Callable[[Message], Key]) -> dict[Key, Totals]:
    groups: dict[Key, list[Message]] = {}
    for message in messages:
        groups.setdefault(key(message), []).append(message)
    return {name: totals(group) for name, group in groups.items()}


def by_day(store: Store, zone: tzinfo) -> dict[date, Totals]:
    find = DayFinder(Scope(0, zone=zone)).day
    dated = [message for message in store.messages if message.time is not None]
    return grouped(dated, lambda message: find(message.time or 0))


def sums_of_program(store: Store) -> Sums:
    def agent(message: Message) -> tuple[str, str | None]:
        thread = store.threads[message.thread]
        return thread.session_id, thread.agent_id or None

    return Sums(
        totals(store.messages),
        grouped(store.messages, lambda message: message.model),
        grouped(store.messages, lambda message: store.session_of(message).project),
        grouped(store.messages, lambda message: store.session_of(message).session_id),
        grouped(store.messages, agent),
        [by_day(store, zone) for zone in ZONES],
    )


@settings(max_examples=150)
@given(histories())
def test_the_program_agrees_with_the_reference_to_the_token(folder: Path, files: Files) -> None:
    root = write(files, folder)
    assert sums_of_program(store_of(root)) == sums_of_reference(root)


@settings(max_examples=60)
@given(histories())
def test_rows_are_counted_as_the_reference_counts_them(folder: Path, files: Files) -> None:
    root = write(files, folder)
    found, counts = store_of(root).coverage, reference.counts([root])
    assert found.rows - found.malformed_rows == counts.rows
    assert (found.malformed_rows, found.duplicate_rows) == (counts.malformed, counts.duplicate_rows)
    assert found.bytes == sum(len(line) for lines in files.values() for line in lines)


def without_floors(groups: dict[Any, Totals]) -> dict[str, Totals]:
    return {str(name): replace(one, floors=0) for name, one in groups.items()}


def from_usage(usage: Usage) -> Totals:
    assert usage.total_tokens == (
        usage.input_tokens + usage.output_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
    )
    return Totals(
        usage.messages,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_input_tokens,
        usage.cache_creation_input_tokens,
        usage.ephemeral_5m_input_tokens,
        usage.ephemeral_1h_input_tokens,
    )


def rows_of(question: str, history: accounting.History) -> tuple[dict[str, Totals], Totals]:
    """A question's rows by their first field, and its total."""
    report = find_question(question).analyze(history)
    rows = getattr(report, find_question(question).rows)
    key = rows[0].__struct_fields__[0] if rows else ""
    return {str(getattr(row, key)): from_usage(row.usage) for row in rows}, from_usage(report.total)


@settings(max_examples=60)
@given(histories(), st.sampled_from(range(len(ZONES))))
def test_questions_answer_what_the_reference_finds(folder: Path, files: Files, zone: int) -> None:
    root = write(files, folder)
    expected = sums_of_reference(root)
    history = seen(root, zone=ZONES[zone])
    for question, groups in (
        ("models", expected.model),
        ("projects", expected.project),
        ("sessions", expected.session),
        ("daily", expected.day[zone]),
    ):
        rows, total = rows_of(question, history)
        assert rows == without_floors(dict(groups))
        assert total == added(rows.values())


# --- what changes nothing ---


def stable_sums(files: Files, folder: Path) -> tuple[Totals, dict[str, Totals], dict[date, Totals]]:
    """In all, by model and by day: what no order and no copy may change."""
    store = store_of(write(files, folder))
    return totals(store.messages), grouped(store.messages, lambda message: message.model), by_day(store, ZONES[1])


PLAIN = histories(is_plain=True)


@settings(max_examples=50)
@given(PLAIN, st.permutations("abcdef"))
def test_the_order_of_files_changes_nothing(folder: Path, files: Files, letters: list[str]) -> None:
    folders = sorted({PurePath(name).parts[1] for name in files})
    prefix = dict(zip(folders, letters, strict=False))
    elsewhere = {
        str(PurePath("projects", prefix[parts[1]] + parts[1], *parts[2:])): lines
        for name, lines in files.items()
        for parts in [PurePath(name).parts]
    }
    assert stable_sums(elsewhere, folder) == stable_sums(files, folder)


@settings(max_examples=50)
@given(PLAIN, st.randoms())
def test_the_order_of_rows_changes_nothing(folder: Path, files: Files, random: Random) -> None:
    shuffled = {name: random.sample(lines, len(lines)) for name, lines in files.items()}
    assert stable_sums(shuffled, folder) == stable_sums(files, folder)


@settings(max_examples=50)
@given(PLAIN, st.floats(0, 1))
def test_a_file_in_two_files_is_the_same(folder: Path, files: Files, place: float) -> None:
    parts: Files = {}
    for name, lines in files.items():
        cut = round(len(lines) * place)
        parts[name] = lines[:cut]
        parts[name.replace("projects/", "projects/moved", 1)] = lines[cut:]
    assert stable_sums(parts, folder) == stable_sums(files, folder)


@settings(max_examples=50)
@given(PLAIN, st.randoms())
def test_repeated_rows_change_nothing(folder: Path, files: Files, random: Random) -> None:
    repeated = {name: lines + random.sample(lines, len(lines) // 2) for name, lines in files.items()}
    assert stable_sums(repeated, folder) == stable_sums(files, folder)


@settings(max_examples=50)
@given(PLAIN, st.booleans())
def test_copies_of_whole_files_change_nothing(folder: Path, files: Files, is_rewritten: bool) -> None:  # noqa: FBT001
    copies: Files = {}
    for number, (name, lines) in enumerate(files.items()):
        copies[f"projects/0-copy/9{number}-copy.jsonl"] = [renamed(line) if is_rewritten else line for line in lines]
        copies[name] = lines
    assert stable_sums(copies, folder) == stable_sums(files, folder)


def renamed(line: bytes) -> bytes:
    """The row under another session's name."""
    try:
        row = json.loads(line)
    except ValueError:
        return line
    return json.dumps({**row, "sessionId": "copy"}).encode() + b"\n" if isinstance(row, dict) else line


# --- sums are sums ---


def added(some: Iterable[Totals]) -> Totals:
    """The sum of sums."""
    every = list(some)
    return Totals(*(sum(getattr(one, name) for one in every) for name in Totals.__slots__))


KEYS: dict[str, Callable[[accounting.History, Message], object]] = {
    "model": lambda history, message: message.model,
    "session": lambda history, message: history.session_of(message).session_id,
    "project": lambda history, message: history.session_of(message).project,
    "thread": lambda history, message: message.thread,
    "day": lambda history, message: history.days.day(message.time or 0),
    "part": lambda history, message: message.part,
}


@settings(max_examples=40)
@given(histories())
def test_every_grouping_sums_to_the_total(folder: Path, files: Files) -> None:
    root = write(files, folder)
    for key in KEYS.values():
        history, whole = seen(root), seen(root)
        groups = history.by(lambda message, history=history, key=key: key(history, message))  # type: ignore[misc]
        assert added(from_usage(one.usage()) for one in groups.values()) == from_usage(whole.total.usage())
        assert sum(one.price.total for one in groups.values()) == whole.total.price.total
        assert sum(one.unpriced_tokens for one in groups.values()) == whole.total.unpriced_tokens
        assert sum(one.floors for one in groups.values()) == whole.total.floors


@settings(max_examples=40)
@given(histories())
def test_a_price_is_the_sum_of_the_prices_of_the_responses(folder: Path, files: Files) -> None:
    root = write(files, folder)
    history, prices = seen(root), pricer(folder)
    each = [prices.price(message) for message in history.messages]
    assert history.total.price.total == sum(price.total for price in each if price is not None)
    unpriced = [message for message, price in zip(history.messages, each, strict=True) if price is None]
    assert history.total.unpriced_tokens == sum(message.total_tokens for message in unpriced)


@settings(max_examples=80)
@given(histories())
def test_the_composition_sums_to_the_prompts_and_to_the_price(folder: Path, files: Files) -> None:
    history = seen(write(files, folder))
    composition, total = compose(history), history.total
    parts = [composition.carried, composition.new, composition.rebuilt, composition.output]
    assert sum(part.tokens for part in parts[:3]) == sum(message.prompt_tokens for message in history.messages)
    assert all(part.tokens >= 0 for part in parts)
    assert parts[0].tokens == total.usage().cache_read_input_tokens
    assert parts[3].tokens == total.usage().output_tokens
    for rebuild in history.rebuilds.values():
        assert 0 < rebuild.tokens <= history.store.messages[rebuild.message].cache_creation_input_tokens
    usd = total.usage().list_price_usd
    if usd is None:
        assert [part.list_price_usd for part in parts] == [None] * 4
    else:
        # In picodollars the four parts and the searches are exact; here each is rounded to a microdollar.
        assert sum(part.list_price_usd or 0 for part in parts) + composition.web_search_usd == pytest.approx(
            usd, abs=3.1e-6
        )
        assert sum(part.price_share or 0 for part in parts) <= 1.000003
    assert sum(part.share or 0 for part in parts) == pytest.approx(1 if total.total_tokens else 0, abs=3e-6)


@settings(max_examples=60)
@given(histories(has_copies=False))
def test_rebuilds_are_what_the_rules_wording_gives(folder: Path, files: Files) -> None:
    """Worked out from the reference, for threads without copies, compactions and inner requests (T31)."""
    root = write(files, folder)
    expected = 0
    threads: dict[tuple[str, str | None], list[reference.Response]] = {}
    for one in reference.read([root]):
        threads.setdefault((one.session_id, one.agent_id), []).append(one)
    for responses in threads.values():
        dated = sorted((one for one in responses if one.time is not None), key=lambda one: one.time or 0)
        for before, after in pairwise(dated):
            prompt = before.input + before.cache_read + before.cache_write
            expected += min(after.cache_write, max(0, prompt - after.cache_read))
    assert compose(seen(root)).rebuilt.tokens == expected


# --- filters ---


@settings(max_examples=40)
@given(histories(), st.floats(-0.1, 1.1), st.floats(-0.1, 1.1))
def test_windows_that_follow_each_other_sum_to_the_total(folder: Path, files: Files, one: float, two: float) -> None:
    root = write(files, folder)
    whole = seen(root).dated()
    first, last = whole.store.dates()
    length = timedelta(days=1) // timedelta(milliseconds=1) if first is None or last is None else last - first
    early, late = sorted(round((first or 0) + length * place) for place in (one, two))
    windows = [seen(root, until=early), seen(root, since=early, until=late), seen(root, since=late)]
    check_partition(windows, whole)


@settings(max_examples=40)
@given(histories())
def test_filters_that_exclude_each_other_sum_to_the_total(folder: Path, files: Files) -> None:
    root = write(files, folder)
    whole = seen(root)
    names = {message.model for message in whole.messages}
    projects = {session.project for session in whole.store.sessions.values()}
    check_partition([seen(root, models=(name,)) for name in names], whole)
    check_partition([seen(root, projects=(name,)) for name in projects], whole)
    check_partition([seen(root, sessions=(name,)) for name in whole.store.sessions], whole)
    check_partition([seen(root, sessions=tuple(whole.store.sessions), models=tuple(names))], whole)


def check_partition(parts: list[accounting.History], whole: accounting.History) -> None:
    assert added(from_usage(part.total.usage()) for part in parts) == from_usage(whole.total.usage())
    assert sum(part.total.price.total for part in parts) == whole.total.price.total
    for name in ("carried", "new", "rebuilt", "output"):
        tokens = [getattr(compose(part), name).tokens for part in parts]
        assert sum(tokens) == getattr(compose(whole), name).tokens
