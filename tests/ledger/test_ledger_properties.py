"""What holds for every history, however odd: no token is lost, none is counted twice, and the work is linear."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from random import Random
from shutil import rmtree
from types import FrameType
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.answers import report_of
from tests.history import NOW, pricer
from tests.ingest import store_of
from tests.transcripts import ABSENT, History, Layout, Row, Session, Thread, image, iteration, text, thinking, tool_use
from tokenscope.answers.context.compaction import measure_compaction
from tokenscope.answers.context.composition import compose
from tokenscope.answers.context.floor import measure_floors
from tokenscope.answers.context.recurring import find_recurring
from tokenscope.history import history as accounting
from tokenscope.history.usage import dollars_of
from tokenscope.ledger import densities
from tokenscope.ledger.floors import own_sizes
from tokenscope.ledger.ledger import Ledger, build_ledger
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import Label, Store

MODELS = ("claude-opus-4-8", "claude-opus-4-8", "claude-sonnet-4-5", "glm-4.6")  # the last one has no price
LAYOUTS: tuple[Layout, ...] = ("nested", "sibling", "workflow", "inline", "inline", "progress")
PROJECTS = ("/home/ada/shop", "/home/ada/blog")
TOOLS = ("Read", "Edit", "Bash", "Grep", "Task", "mcp__hub__find", "", "mcp__")
STORIES = ("plain", "hostile")


def examples(count: int) -> settings:
    """The same ones in every run. A story that fails is not made smaller: that takes minutes and says little."""
    return settings(max_examples=count, derandomize=True, phases=[Phase.explicit, Phase.generate])


class _Teller:
    """One history from a random source; a hostile one has everything that logs get wrong."""

    def __init__(self, random: Random, story: str) -> None:
        self.random, self.is_hostile = random, story == "hostile"
        self.history = History(Path("config"))
        self.size: dict[Thread, int] = defaultdict(int)  # of a thread's last prompt
        self.sessions = [self.session() for _ in range(random.randint(1, 3))]
        self.tools: list[str] = []
        steps: list[Callable[[Session], object]] = [self.respond] * 5 + [self.arrive] * 5 + [self.compact]
        if self.is_hostile:
            steps += [self.fork, self.agent, self.forget, self.attach, self.wait, self.again]
        for _ in range(random.randint(1, 30)):
            random.choice(steps)(random.choice(self.sessions))

    def session(self) -> Session:
        number = self.history.count()
        return self.history.session(f"{number % 7}{number}-s", cwd=self.random.choice(PROJECTS))

    def words(self) -> str:
        return self.random.choice(("", "x", "é" * 40, "Run the tests", "r" * 3_000)) * self.random.randint(1, 4)

    def next_size(self, thread: Thread) -> int:
        """The next prompt: as before, more, less, nothing, a jump, next to nothing."""
        draw, last = self.random.randint, self.size[thread]
        sizes = [last + draw(0, 5_000), last + draw(0, 50), last, draw(0, last), last // 3, draw(0, 200_000)]
        if self.is_hostile:
            sizes += [0, 1, draw(0, 30), last * 40, 10**11, max(0, last - 1)]
        size = self.size[thread] = min(self.random.choice(sizes), 10**11)
        return size

    def respond(self, thread: Thread, message_id: str | None = None) -> None:
        size, draw = self.next_size(thread), self.random.randint
        read = self.random.choice((draw(0, size), size, 0))
        write = draw(0, size - read)
        usage: dict[str, object] = {}
        row: dict[str, object] = {}
        if self.is_hostile:
            if draw(0, 5) == 0:
                usage["iterations"] = self.iterations(size)
            if draw(0, 7) == 0:
                row["timestamp"] = self.random.choice((ABSENT, None, "soon", 5))
            if draw(0, 9) == 0:
                row["uuid"] = ABSENT
        thread.response(
            message_id,
            model=self.random.choice(MODELS),
            input=size - read - write,
            cache_read=read,
            cache_write=write,
            cache_write_1h=self.random.choice((0, write)),
            blocks=self.blocks(),
            output=self.random.choice((1, 40, 400, 9_000)),
            usage=usage,
            row=row,
        )

    def iterations(self, size: int) -> list[Row]:
        part = self.random.randint(0, size)
        inside = [iteration("message", input=part), iteration("message", input=size - part)]
        outside = [iteration("advisor_message", model=self.random.choice(MODELS), input=self.random.randint(0, 999))]
        return self.random.choice((inside, outside, inside + outside, [iteration("compaction", input=7)]))

    def blocks(self) -> list[Row]:
        blocks = [text(self.words())]
        if self.random.random() < 0.5:
            self.tools.append(f"toolu_{self.history.count()}")
            given = {"file_path": self.random.choice(("/a", "/b")), "command": self.random.choice(("ls", "npm test"))}
            blocks.append(tool_use(self.tools[-1], self.random.choice(TOOLS), given))
        if self.random.random() < 0.3:
            blocks.append(thinking(self.words()))  # of no words in one of five
        return blocks

    def arrive(self, thread: Thread) -> None:
        words = self.words()
        if self.random.random() < 0.4:
            thread.prompt([text(words), image()] if self.random.random() < 0.3 else words)
        else:
            name = self.random.choice([*self.tools[-3:], "toolu_unknown"])
            thread.tool_result(name, [text(words), image()] if self.random.random() < 0.2 else words)

    def compact(self, session: Session) -> None:
        session.compaction(summary=self.words())
        self.size[session] = self.random.choice((self.size[session], 5_000))

    def forget(self, session: Session) -> None:
        ids = [self.random.choice([*self.tools, "toolu_never"]) for _ in range(self.random.randint(0, 3))]
        session.system("microcompact_boundary", microcompactMetadata={"compactedToolIds": [*ids, None, 7]})

    def attach(self, session: Session) -> None:
        session.attachment(self.random.choice(("file", "hook_success")), content=self.words(), stdout="x" * 99)

    def wait(self, session: Session) -> None:
        self.history.wait(minutes=self.random.choice((-90, -5, 6, 70)))

    def agent(self, session: Session) -> None:
        layout = self.random.choice(LAYOUTS)
        is_unnamed = layout == "inline" and self.random.random() < 0.5
        forked = layout not in ("inline", "progress") and self.random.random() < 0.3
        agent = session.subagent(None if is_unnamed else f"a{self.history.count()}", layout=layout, forked=forked)
        agent.prompt(self.words())
        for _ in range(self.random.randint(0, 3)):
            self.respond(agent)
            self.arrive(agent)
        if layout == "nested" and self.random.random() < 0.5:
            for row in agent.rows:
                session.progress_agent(str(agent.agent_id), row)

    def fork(self, session: Session) -> None:
        upto = self.random.randint(0, len(session.lines))
        rewrite, marked = self.random.random() < 0.5, self.random.random() < 0.5
        fork = session.fork(f"{self.history.count()}-f", upto=upto, rewrite_session_id=rewrite, marked=marked)
        self.size[fork] = self.size[session]
        self.sessions.append(fork)

    def again(self, session: Session) -> None:
        """Rows a second time, and a response that goes on elsewhere."""
        rows = session.rows
        session.lines.extend(self.random.sample(rows, min(len(rows), 2)))
        ids = [row["message"]["id"] for row in rows if row["type"] == "assistant"]
        if ids:
            self.respond(self.random.choice(self.sessions), self.random.choice(ids))


Files = dict[str, bytes]


def told(random: Random, story: str) -> Files:
    history = _Teller(random, story).history
    return {
        str(path.relative_to(history.root)): b"".join(map(history.encode, lines))
        for path, lines in history.files.items()
    }


def histories() -> st.SearchStrategy[Files]:
    return st.builds(told, st.randoms(use_true_random=False), st.sampled_from(STORIES))


def scopes() -> st.SearchStrategy[Scope]:
    """Everything, or one or more of all filters; windows cut threads in the middle."""
    moment = st.none() | st.integers(-3_600, 600).map(lambda second: NOW - 86_400_000 + second * 1_000)
    return st.just(Scope(NOW, zone=UTC)) | st.builds(
        Scope,
        st.just(NOW),
        moment,
        moment,
        st.sampled_from([(), (), ("SHOP",), ("nowhere",)]),
        st.sampled_from([(), (), ("opus",), ("glm", "sonnet")]),
        st.sampled_from([(), (), ("1",), ("2", "3")]),
        zone=st.just(UTC),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ledger")


def store_from(files: Files, folder: Path) -> Store:
    rmtree(folder / "projects", ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return store_of(folder, facets=Facet.CONTENT | Facet.TITLES)


def seen(files: Files, folder: Path, scope: Scope) -> accounting.History:
    (folder / "projects").mkdir(exist_ok=True)
    return accounting.History(store_from(files, folder), scope, pricer(folder))


def prompt_price(history: accounting.History) -> int:
    """Picodollars of all prompts in scope, from the sum over everything."""
    price = history.total.price
    return price.input + price.cache_write + price.cache_read


# --- conservation ---


# One history tells all of it: to make it and to walk it takes longer than what is then asked.
@examples(150)
@given(histories(), scopes())
def test_what_holds_for_every_history(folder: Path, files: Files, scope: Scope) -> None:
    history = seen(files, folder, scope)
    ledger = build_ledger(history)
    every_prompt_token_is_in_one_source(history, ledger)
    the_entries_sum_to_the_prompts_before_they_are_rounded(history, ledger)
    the_sources_dollars_sum_to_those_of_the_prompts(history, ledger)
    floor_and_inherited_split_what_the_threads_held_first(history, ledger)
    no_token_is_under_two_recurrences(history, ledger)


def every_prompt_token_is_in_one_source(history: accounting.History, ledger: Ledger) -> None:
    expected = sum(message.prompt_tokens for message in history.messages)
    report = report_of(history, ledger)
    assert (ledger.prompt_tokens, report.prompt_tokens) == (expected, expected)
    assert all(row.tokens > 0 for row in report.sources)
    for row in report.sources:
        assert sum(item.tokens for item in row.items) <= row.tokens
        assert all(item.tokens >= 0 for item in row.items)
    composition = compose(history)
    assert composition.carried.tokens + composition.new.tokens + composition.rebuilt.tokens == expected


def the_entries_sum_to_the_prompts_before_they_are_rounded(history: accounting.History, ledger: Ledger) -> None:
    """Rounding would spread whatever is missing over all sources, so that nobody saw it."""
    tokens, price = sums_of(ledger)
    assert tokens == pytest.approx(ledger.prompt_tokens, rel=1e-6, abs=1e-3)
    assert price == pytest.approx(prompt_price(history), rel=1e-6, abs=1e3)
    for entry in ledger.entries.values():
        assert entry.tokens >= -1e-6
        assert entry.price >= -1  # a picodollar
        assert 0 <= entry.occurrences <= entry.carried_with
    for floor in ledger.floors:
        assert floor.tokens >= -1e-6
        assert floor.price >= -1
        assert 0 <= floor.size <= 10**11
        assert floor.responses > 0


def sums_of(ledger: Ledger) -> tuple[float, float]:
    entries, floors = ledger.entries.values(), ledger.floors
    tokens = sum(entry.tokens for entry in entries) + sum(floor.tokens for floor in floors)
    return tokens, sum(entry.price for entry in entries) + sum(floor.price for floor in floors)


def the_sources_dollars_sum_to_those_of_the_prompts(history: accounting.History, ledger: Ledger) -> None:
    report = report_of(history, ledger)
    usd = sum(row.list_price_usd or 0 for row in report.sources)
    assert usd == pytest.approx(dollars_of(prompt_price(history)), abs=0.005)
    for row in report.sources:
        assert row.list_price_usd is None or row.list_price_usd >= 0
        known = [item.list_price_usd for item in row.items if item.list_price_usd is not None]
        assert sum(known) <= (row.list_price_usd or 0) + 1e-6 * len(row.items)


def floor_and_inherited_split_what_the_threads_held_first(history: accounting.History, ledger: Ledger) -> None:
    for one in ledger.floors:
        assert 0 <= one.own_share <= 1
        assert 0 <= one.own_size <= one.size
        assert 0 <= one.inherited <= one.tokens * (1 + 1e-9)
        assert one.inherited == 0 or one.own_size < one.size
    report = measure_floors(history, ledger)
    own = sum(one.tokens * one.own_share for one in ledger.floors)
    assert report.tokens == pytest.approx(own, abs=len(report.projects))
    assert report.subagent_tokens <= report.tokens + len(report.projects)


def no_token_is_under_two_recurrences(history: accounting.History, ledger: Ledger) -> None:
    found = find_recurring(ledger, min_sessions=1, min_times=1)
    known = sum(entry.tokens for label, entry in ledger.entries.items() if label[3] or label[5])
    assert sum(one.tokens for one in found) <= known + len(found)
    assert len({(one.kind, one.label) for one in found if one.kind != "output"}) == sum(
        one.kind != "output" for one in found
    )


@examples(100)
@given(histories(), scopes())
def test_the_entries_sum_to_the_prompts_whatever_the_densities(folder: Path, files: Files, scope: Scope) -> None:
    """Taken from a handful of steps, as wild as they are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(densities, "FEWEST", 3)
        history = seen(files, folder, scope)
        found = densities.measure_densities(history.store)
        ledger = build_ledger(history)
    assert all(0 <= each < 10**12 for each in found.by_source.values())
    assert 1.1 <= found.largest_scale <= densities.LARGEST_SCALE
    tokens, price = sums_of(ledger)
    assert tokens == pytest.approx(ledger.prompt_tokens, rel=1e-6, abs=1e-3)
    assert price == pytest.approx(prompt_price(history), rel=1e-6, abs=1e3)


# --- parts of a history ---


def plain_entries(ledger: Ledger) -> dict[Label, tuple[float, float, int]]:
    return {
        label: (entry.tokens, entry.price, entry.carried_with)
        for label, entry in ledger.entries.items()
        if entry.carried_with
    }


@examples(80)
@given(histories(), st.integers(-3_600, 600))
def test_windows_that_follow_each_other_sum_to_the_ledger(folder: Path, files: Files, second: int) -> None:
    """Source by source, before rounding: a window changes what is counted, not how the thread is walked."""
    store, prices = store_from(files, folder), pricer(folder)
    start, end, middle = 0, NOW, NOW - 86_400_000 + second * 1_000
    check_parts(store, prices, Scope(NOW, start, end), [Scope(NOW, start, middle), Scope(NOW, middle, end)])


@examples(80)
@given(histories())
def test_models_and_sessions_sum_to_the_ledger(folder: Path, files: Files) -> None:
    store, prices = store_from(files, folder), pricer(folder)
    everything = Scope(NOW)
    names = {message.model for message in store.messages}
    check_parts(store, prices, everything, [Scope(NOW, models=(name,)) for name in names])
    check_parts(store, prices, everything, [Scope(NOW, sessions=(name,)) for name in store.sessions])


def check_parts(store: Store, prices: Any, whole: Scope, parts: list[Scope]) -> None:
    ledgers = [build_ledger(accounting.History(store, scope, prices)) for scope in parts]
    expected = build_ledger(accounting.History(store, whole, prices))
    assert sum(one.prompt_tokens for one in ledgers) == expected.prompt_tokens
    added: dict[Label, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for ledger in ledgers:
        for label, sums in plain_entries(ledger).items():
            added[label] = [one + other for one, other in zip(added[label], sums, strict=True)]
    wanted = plain_entries(expected)
    assert added.keys() == wanted.keys()
    for label, (tokens, price, carried_with) in wanted.items():
        assert added[label][0] == pytest.approx(tokens, rel=1e-6, abs=1)
        assert added[label][1] == pytest.approx(price, rel=1e-6, abs=1e7)  # ten microdollars
        assert added[label][2] == carried_with


@examples(60)
@given(histories())
def test_copies_under_other_names_count_nothing(folder: Path, files: Files) -> None:
    """A folder that was copied beside the first one: the same prompts, the same sources."""
    first = seen(files, folder, Scope(NOW))
    before = {row.source: row.tokens for row in report_of(first, build_ledger(first)).sources}
    copies = {name.replace("projects/", "projects/z-copy", 1): content for name, content in files.items()}
    second = seen({**files, **copies}, folder, Scope(NOW))
    after = {row.source: row.tokens for row in report_of(second, build_ledger(second)).sources}
    assert after == before


# --- one thread, drawn as a line of prompt sizes ---

LINES = st.lists(st.tuples(st.integers(0, 300_000), st.integers(0, 200_000)), min_size=1, max_size=40)
SEESAW = [(20_000, 0), *([(100_000, 1_000), (60_000, 1_000)] * 150)]


def drawn(line: list[tuple[int, int]], folder: Path) -> accounting.History:
    """One thread: the size of each prompt, and the bytes of a result that arrived before it."""
    history = History(folder)
    session = history.session("one")
    for size, arrived in line:
        session.tool_result("toolu_1", "r" * arrived)
        session.response(input=size, blocks=[text("")])
    return seen(dict(encoded(history)), folder, Scope(NOW))


def encoded(history: History) -> Iterator[tuple[str, bytes]]:
    for path, lines in history.files.items():
        yield str(path.relative_to(history.root)), b"".join(map(history.encode, lines))


@examples(100)
@given(LINES)
def test_a_thread_of_any_sizes_is_conserved(folder: Path, line: list[tuple[int, int]]) -> None:
    check_conserved(line, folder)


def test_a_thread_that_shrinks_and_grows_is_conserved(folder: Path) -> None:
    check_conserved(SEESAW, folder)


def check_conserved(line: list[tuple[int, int]], folder: Path) -> None:
    history = drawn(line, folder)
    ledger = build_ledger(history)
    assert ledger.prompt_tokens == sum(size for size, _ in line)
    assert sums_of(ledger)[0] == pytest.approx(ledger.prompt_tokens, rel=1e-6, abs=1e-3)
    assert min((entry.tokens for entry in ledger.entries.values()), default=0) >= -1e-6


# --- work ---


def lines_run(work: Callable[[], object]) -> int:
    """How many lines of the program's own code ran: the same on every machine."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        if "tokenscope" not in frame.f_code.co_filename or "tests" in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def long_thread(folder: Path, length: int) -> accounting.History:
    """Everything that a walk has to do, over and over in one thread: grow, shrink, forget, compact, stay long."""
    history = History(folder)
    session = history.session("one")
    size = 20_000
    for place in range(length):
        session.tool_result(f"toolu_{place}", "r" * 1_000)
        size = size + 400 if place % 10 else size - 300
        if place % 25 == 0:
            session.system("microcompact_boundary", microcompactMetadata={"compactedToolIds": [f"toolu_{place - 9}"]})
        if place == length // 2:
            session.compaction(summary="s" * 900)
            size = 20_500
        session.response(input=1_000 if place % 40 == 39 else size, blocks=[text("Done.")])
    return seen(dict(encoded(history)), folder, Scope(NOW))


def test_the_work_grows_as_the_thread_does(folder: Path) -> None:
    once, four_times = long_thread(folder, 200), long_thread(folder, 800)
    for history in (once, four_times):
        assert len(history.indices) and history.total and history.rebuilds is not None  # not the ledger's own work
    short = lines_run(lambda: build_ledger(once))
    long = lines_run(lambda: build_ledger(four_times))
    assert 3.5 * short < long < 4.5 * short


def test_the_work_grows_as_a_thread_does_that_falls_to_its_floor_again_and_again(folder: Path) -> None:
    """As a conversation does whose first prompt is sent anew each time: 180,000 tokens, then 100,060."""
    first, again = [(100_000, 0)], [(180_000, 900), (100_060, 900)]
    once, four_times = drawn(first + again * 100, folder), drawn(first + again * 400, folder)
    for history in (once, four_times):
        assert len(history.indices) and history.total and history.rebuilds is not None
    short = lines_run(lambda: build_ledger(once))
    assert lines_run(lambda: build_ledger(four_times)) < 4.5 * short


def test_the_work_grows_as_the_number_of_threads_does(folder: Path) -> None:
    def many(count: int) -> accounting.History:
        history = History(folder)
        for place in range(count):
            session = history.session(f"s{place}")
            for _ in range(5):
                session.prompt("p" * 290)
                session.response(input=20_000)
        return seen(dict(encoded(history)), folder, Scope(NOW))

    def work(history: accounting.History) -> None:
        ledger = build_ledger(history)
        report_of(history, ledger)
        find_recurring(ledger)
        measure_compaction(history, ledger)
        measure_floors(history, ledger)

    short, long = (lines_run(lambda history=history: work(history)) for history in (many(20), many(80)))  # type: ignore[misc]
    assert long < 4.5 * short


def test_the_work_grows_as_the_number_of_forks_does(folder: Path) -> None:
    """Half of the threads start at twice the usual size."""

    def many(count: int) -> accounting.History:
        history = History(folder)
        for place in range(count):
            history.session(f"s{place}").response(input=40_000 if place % 2 else 20_000)
        return seen(dict(encoded(history)), folder, Scope(NOW))

    once, four_times = many(50), many(200)
    assert lines_run(lambda: own_sizes(four_times)) < 4.5 * lines_run(lambda: own_sizes(once))
