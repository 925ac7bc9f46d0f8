"""One selection: what was done over disjoint windows, projects, sessions or models adds up to the whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.asking import ask
from tests.history import NOW, pricer
from tests.ingest import store_of
from tests.synthetic import generate
from tests.transcripts import ABSENT, History, Session, Thread, agent_result, edit_result, text, tool_use
from tokenscope.app.registry import find_question
from tokenscope.history import history as accounting
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import ActivityCounts, count_by_time
from tokenscope.history.export_tables import all_tables
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.store import Store

FACETS = Facet.CONTENT | Facet.TOOLS | Facet.TITLES
MODELS = ("claude-opus-4-8", "claude-sonnet-4-5", "claude-haiku-4-5")
PAUSES = (0, 1, 30, 400, 4_000, 90_000)  # seconds
STOPPED = "[Request interrupted by user]"


class Maker:
    """A history in which much is done, from a random source."""

    def __init__(self, random: Random, root: Path) -> None:
        self.random, self.history = random, History(root)
        self.sessions = [self.history.session(cwd=f"/home/ada/{name}") for name in random.choices("ab", k=2)]
        self.steps: tuple[Callable[[Session], None], ...] = (
            *(self.prompt, self.work, self.work, self.work, self.delegate, self.fork, self.stop),
            *(self.error, self.link, self.compact, self.unknown),
        )

    def write(self) -> Path:
        for _ in range(self.random.randint(3, 30)):
            self.history.wait(seconds=self.random.choice(PAUSES), milliseconds=1)
            self.random.choice(self.steps)(self.random.choice(self.sessions))
        return self.history.write()

    def prompt(self, session: Session) -> None:
        row = {"timestamp": ABSENT} if self.random.random() < 0.1 else {}
        session.prompt(self.random.choice(("Go on", "/compact now", "Fix it")), row=row)

    def work(self, thread: Thread) -> None:
        """A response of one to three tools: commits, edits, reads that fail."""
        row: dict[str, object] = {"timestamp": ABSENT} if self.random.random() < 0.05 else {}
        names = [f"t{self.history.count()}" for _ in range(self.random.randint(1, 3))]
        tools = self.random.choices(("commit", "edit", "read"), k=len(names))
        inputs = {"commit": {"command": "git commit -m x"}, "edit": {"file_path": "/a"}, "read": {"file_path": "/b"}}
        called = {"commit": "Bash", "edit": "Edit", "read": "Read"}
        blocks = [tool_use(name, called[tool], inputs[tool]) for name, tool in zip(names, tools, strict=True)]
        thread.response(
            model=self.random.choice(MODELS), blocks=blocks, row=row, cache_read=self.random.randint(0, 9_000)
        )
        for name, tool in zip(names, tools, strict=True):
            self.history.wait(seconds=self.random.choice(PAUSES[:4]))
            if tool == "edit":
                thread.tool_result(name, "done", tool_use_result=edit_result("/a", "one\n", "two\nthree\n"))
            else:
                thread.tool_result(name, "no", is_error=self.random.random() < 0.5)

    def delegate(self, session: Session) -> None:
        use, agent_id = f"t{self.history.count()}", f"a{self.history.count()}"
        session.response(model=self.random.choice(MODELS), blocks=[tool_use(use, "Agent", {"prompt": "Look"})])
        if self.random.random() < 0.7:
            agent = session.subagent(agent_id)
            agent.prompt("Look")
            for _ in range(self.random.randint(1, 3)):
                self.history.wait(seconds=self.random.choice(PAUSES))
                self.work(agent)
        session.tool_result(use, "found", tool_use_result=agent_result(agent_id))

    def fork(self, session: Session) -> None:
        copy = session.fork(
            upto=self.random.randint(0, len(session.lines)), rewrite_session_id=self.random.random() < 0.5
        )
        if self.random.random() < 0.5:
            for number, row in enumerate(copy.rows):
                row["uuid"] = f"{copy.session_id}-{number}"
        self.sessions.append(copy)

    def stop(self, session: Session) -> None:
        session.user([text(STOPPED)], {})

    def error(self, session: Session) -> None:
        session.api_error(self.random.choice(("API Error", "You hit your limit")))
        session.system("api_error", retryAttempt=1, error={"message": "overloaded"})

    def link(self, session: Session) -> None:
        session.append(
            {
                "type": "pr-link",
                "prUrl": f"https://example.com/{self.random.randint(1, 3)}",
                "timestamp": self.history.tick(),
            }
        )

    def compact(self, session: Session) -> None:
        session.compaction()

    def unknown(self, session: Session) -> None:
        """A tool use of which no response is known: its row has no figures."""
        use = f"t{self.history.count()}"
        session.response(blocks=[tool_use(use, "Bash", {"command": "git push"})], message={"usage": ABSENT})
        session.tool_result(use, "done")


def through(store: Store, root: Path, **scope: object) -> accounting.History:
    return accounting.History(store, Scope(NOW, **scope), pricer(root))  # type: ignore[arg-type]


def counted(history: accounting.History) -> Counter[str]:
    """Every count of what was done that any question gives."""
    found: Counter[str] = Counter()
    activity = history.once(Activity)
    for name in ("tool_uses", "asks", "prompts", "operations", "notices"):
        found[f"activity {name}"] = len(getattr(activity, name))
    for row in find_question("sessions").analyze(history).sessions:
        for name in ("subagents", "compactions", "errors", "denied", "lines_added", "lines_removed", "commits"):
            found[f"sessions {name}"] += getattr(row, name)
    git = find_question("git").analyze(history)
    for operation in git.operations:
        found[f"git {operation.operation}"] += operation.count
        found[f"git {operation.operation} failed"] += operation.failed
    found["git commits"] = git.all.commits
    found["git projects"] = sum(row.git.commits for row in git.projects)
    prompts = find_question("prompts").analyze(history)
    found["prompts"], found["commands"] = prompts.prompts, prompts.commands
    tools = find_question("tools").analyze(history)
    for row in tools.tools:
        found[f"calls {row.tool}"] += row.calls
        found[f"errors {row.tool}"] += row.errors
        found[f"by subagents {row.tool}"] += row.subagent_calls
    files = find_question("files").analyze(history)
    for name in ("reads", "edits", "writes", "lines_added", "lines_removed"):
        found[f"files {name}"] = getattr(files, name)
    health = find_question("health").analyze(history)
    found["health calls"], found["health errors"] = health.tool_uses, health.errors
    for kind in health.kinds:
        found[f"health {kind.kind} found"] = kind.found
        found[f"health {kind.kind} times"] = kind.times
        found[f"health {kind.kind} tokens"] = kind.usage.total_tokens
    subagents = find_question("subagents").analyze(history)
    for group in ("by_agent_type", "by_model", "by_session"):
        found[f"subagents {group}"] = sum(row.subagents for row in getattr(subagents, group))
    found["subagents missing"] = len(subagents.missing)
    found["subagents' calls"] = sum(row.tool_uses for row in subagents.subagents)
    for where, done in count_by_time(history, lambda time: time // 86_400_000).items():
        for name in ActivityCounts.__struct_fields__:
            found[f"day {where} {name}"] = getattr(done, name)
    for table in all_tables(history, {}):
        if table.name in ("tool_uses", "git", "prompts"):
            found[f"export {table.name}"] = len(list(table.rows))
    return found


def added(parts: Iterable[accounting.History]) -> Counter[str]:
    return +sum((counted(part) for part in parts), Counter[str]())


def differences(parts: Counter[str], whole: Counter[str]) -> dict[str, tuple[int, int]]:
    return {name: (parts[name], whole[name]) for name in parts | whole if parts[name] != whole[name]}


def no_models(store: Store, root: Path) -> accounting.History:
    return through(store, root, models=("no such model",))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("done")


def check(store: Store, root: Path, places: Iterable[float]) -> None:
    whole = through(store, root)
    first, last = store.dates()
    if first is None or last is None:
        return
    dated, total = counted(through(store, root, since=0)), +counted(whole)
    early, late = sorted(round(first + (last - first) * place) for place in places)
    windows = [{"until": early}, {"since": early, "until": late}, {"since": late}]
    assert differences(added(through(store, root, **window) for window in windows), dated) == {}
    assert differences(added(through(store, root, sessions=(name,)) for name in store.sessions), total) == {}
    projects = {session.project for session in store.sessions.values()}
    assert differences(added(through(store, root, projects=(name,)) for name in projects), total) == {}
    names = {message.model for message in store.messages}
    apart = [name for name in names if not any(other in name for other in names - {name})]  # `--model` finds parts too
    parts = [through(store, root, models=(name,)) for name in apart]
    sums = added(parts)
    done = ("tool_uses", "asks", "operations", "notices")
    left_out = {part.once(Activity).without_model for part in parts}
    assert left_out == {sum(total[f"activity {name}"] - sums[f"activity {name}"] for name in done)}
    for name in ("sessions commits", "git commits", "git commit failed", "sessions subagents", "files lines_added"):
        assert sums[name] == total[name]
    assert {name: (sums[name], total[name]) for name in sums if sums[name] > total[name]} == {}
    assert +counted(no_models(store, root)) == Counter()


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.floats(0, 1), st.floats(0, 1))
def test_what_was_done_is_the_sum_of_its_parts(folder: Path, random: Random, one: float, two: float) -> None:
    for path in folder.rglob("*.jsonl"):
        path.unlink()
    root = Maker(random, folder).write()
    check(store_of(root, facets=FACETS), root, (one, two))


@pytest.mark.parametrize(("megabytes", "seed"), [(6, 2), (10, 5)])
def test_made_up_histories_add_up(tmp_path: Path, megabytes: int, seed: int) -> None:
    generate(tmp_path, megabytes, seed=seed)
    check(store_of(tmp_path, facets=FACETS), tmp_path, (0.3, 0.6))


@pytest.mark.parametrize("scope", [(), ("--model", "opus"), ("--since", "2026-06-10")], ids=str)
def test_a_session_alone_is_what_it_is_among_all(
    tmp_path_factory: pytest.TempPathFactory, scope: tuple[str, ...]
) -> None:
    root = tmp_path_factory.mktemp("alone")
    generate(root, 6, seed=3)
    rows = ask("sessions", "--json", *scope, root=root).report["sessions"]
    assert len(rows) > 3
    for row in rows:
        assert ask("session", row["session_id"], "--json", *scope, root=root).report["details"] == row


def test_each_thing_goes_with_one_response(tmp_path: Path) -> None:
    """Opus commits before midnight and is told so after it; Sonnet is interrupted; an error and a prompt are nobody's."""
    history = History(tmp_path)
    session = history.session(cwd="/home/ada/shop")
    session.prompt("Commit it", at="2026-06-01T23:59:00Z")
    commit = tool_use("t1", "Bash", {"command": "git commit -m x"})
    session.response(model=MODELS[0], blocks=[commit], at="2026-06-01T23:59:59Z")
    session.tool_result("t1", "[main 1] x", at="2026-06-02T00:00:01Z")
    session.prompt("And now?", at="2026-06-02T00:01:00Z")
    session.response(model=MODELS[1], at="2026-06-02T00:01:01Z")
    session.user([text(STOPPED)], {}, at="2026-06-02T00:01:02Z")
    session.api_error("API Error", at="2026-06-02T00:02:00Z")
    session.prompt("Hello?", at="2026-06-02T00:03:00Z")
    root = history.write()
    store = store_of(root, facets=FACETS)

    def told(**scope: object) -> tuple[list[str], int, list[str]]:
        activity = through(store, root, **scope).once(Activity)
        words, kinds = [one.words for one in activity.prompts], [one.kind for one in activity.notices]
        return words, len(activity.operations), kinds

    midnight = 1_780_358_400_000  # 2026-06-02T00:00:00Z
    assert told() == (["Commit it", "And now?", "Hello?"], 1, ["interrupted", "api_message"])
    assert told(models=("opus",)) == (["Commit it"], 1, [])
    assert told(models=("sonnet",)) == (["And now?"], 0, ["interrupted"])
    assert told(until=midnight) == (["Commit it"], 1, [])
    assert told(since=midnight) == (["And now?", "Hello?"], 0, ["interrupted", "api_message"])
    assert through(store, root, models=("opus",)).once(Activity).without_model == 2
