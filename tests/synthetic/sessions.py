"""The files of whole sessions: main threads, forks, side questions, subagents whose main file is gone."""

from __future__ import annotations

import multiprocessing
import random
from dataclasses import dataclass, replace
from pathlib import Path

import orjson

from tests.synthetic.plans import Plan, Transcript, make_plans
from tests.synthetic.session import Session
from tests.synthetic.thread import Thread, agent_file
from tests.synthetic.truth import Truth
from tests.synthetic.words import prose, uuid


def side_question(main: Thread, name: str) -> None:
    """A subagent that begins with the main thread's last rows: copies, then one response of its own."""
    session, rng = main.session, main.rng
    assert main.file is not None
    agent = f"{name}-{rng.getrandbits(64):016x}"
    path = session.folder / session.id / "subagents" / f"agent-{agent}.jsonl"
    file = Transcript(path, session.truth, rng)
    for gap in (b"", b" "):
        before = b'"isSidechain":' + gap + b"false"
        after = b'"isSidechain":' + gap + b'true,"agentId":"' + agent.encode() + b'"'
        for row in main.file.recent:
            if before in row:
                file.put(row.replace(before, after, 1))
    thread = Thread(session, file, agent, main)
    thread.ask()
    thread.respond(last=True)
    file.close()


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two turns at which a fork may begin."""

    rows: int
    size: int
    cached: int


def write_main(session: Session) -> None:
    """A session's main thread, with the subagents it calls."""
    plan, rng = session.plan, session.rng
    file = Transcript(session.folder / f"{session.id}.jsonl", session.truth, rng, keep=plan.fork_bytes > 0)
    thread = Thread(session, file)
    if plan.main_bytes == 0:
        quiet_rows(thread)
        file.close()
        return
    for name in ("permission-mode", "mode", "snapshot", rng.choice(("titled", "unheard-of"))):
        thread.put(name)
    agents = list(plan.agent_bytes)
    marks: list[Mark] = []
    while True:
        share = min(1.0, file.size / plan.main_bytes)
        while agents and (len(plan.agent_bytes) - len(agents) + 0.5) / len(plan.agent_bytes) <= share:
            thread.spawn(agents.pop())
        if file.size >= plan.main_bytes:
            break
        thread.turn(plan.main_bytes)
        turn_extras(thread, marks)
    finish_main(thread)
    file.close()
    if marks:
        write_fork(thread, rng.choice(marks[len(marks) // 3 :]))


def turn_extras(thread: Thread, marks: list[Mark]) -> None:
    """What happens between two turns: a title, another directory, a side question."""
    rng, file, session = thread.rng, thread.file, thread.session
    assert file is not None
    if file.kept is not None and len(file.kept) < 2000:
        marks.append(Mark(len(file.kept), thread.size, thread.cached))
    chance = rng.random()
    if chance < 0.05:
        thread.put(rng.choice(("ai-title", "custom-title", "agent-name", "queue-operation", "last-prompt")))
    elif chance < 0.06:
        thread.values[b"cwd"] = session.cwd.encode() + b"/packages/core"  # the project stays the first one
    elif chance < 0.07 and session.style == "anthropic" and file.size > 50_000:
        side_question(thread, rng.choice(("aside_question", "acompact", "aprompt_suggestion")))


def quiet_rows(thread: Thread) -> None:
    """A session in which nothing was answered; one in ten is an empty file."""
    if thread.rng.random() < 0.1:
        return
    for name in ("snapshot", "titled", "mode", "last-prompt"):
        thread.put(name)
    thread.put("prompt", text=prose().cut(thread.rng, 900))
    thread.session.truth.do("prompts", 1, thread.clock)


def finish_main(thread: Thread) -> None:
    thread.wait(1)
    thread.put("ai-title")
    thread.put("last-prompt")
    thread.put("duration")


def write_fork(original: Thread, mark: Mark) -> None:
    """A copy of a session's beginning that goes on by itself, later than its original ended.

    Its copied rows keep the original's session id, or bear the fork's own: either way they belong to the
    original, by name or because its last row is older.
    """
    parent, rng = original.session, original.rng
    assert original.file is not None and original.file.kept is not None
    plan = replace(parent.plan, fork_bytes=0, picture_bytes=0)
    fork = Session(plan, parent.folder.parent, parent.truth, rng)
    while fork.id <= parent.id:
        fork.id = uuid(rng).decode()
    fork.cwd, fork.folder, fork.era, fork.style = parent.cwd, parent.folder, parent.era, parent.style
    fork.is_spaced, fork.is_hour, fork.clock = parent.is_spaced, parent.is_hour, original.clock
    file = Transcript(fork.folder / f"{fork.id}.jsonl", fork.truth, rng)
    rewritten = rng.random() < 0.5
    for row in original.file.kept[: mark.rows]:
        file.put(row.replace(parent.id.encode(), fork.id.encode()) if rewritten else row)
    fork.written.update(parent.written)
    thread = Thread(fork, file)
    thread.wait(3600 * rng.random() + 5)
    if mark.size:
        thread.size, thread.cached, thread.grown, thread.cold = mark.size, mark.cached, 40, False
    until = file.size + parent.plan.fork_bytes
    while file.size < until:
        thread.turn(until)
    finish_main(thread)
    file.close()


def write_orphans(session: Session) -> None:
    """Subagents whose main file is gone."""
    parent = Thread(session, None)
    for size in session.plan.agent_bytes:
        agent_file(parent, f"{session.rng.getrandbits(68):017x}", size, b"toolu_0")


def write_session(job: tuple[Plan, Path]) -> Truth:
    plan, root = job
    truth = Truth()
    session = Session(plan, root, truth, random.Random(f"session {plan.seed} {plan.number}"))
    if plan.is_orphan:
        write_orphans(session)
    else:
        write_main(session)
    return truth


def generate(folder: Path, megabytes: int, *, seed: int = 1) -> Truth:
    """Write a history of about `megabytes` million bytes under `folder/projects`, and `folder/truth.json`."""
    truth = Truth(megabytes=megabytes, seed=seed)
    root = folder / "projects"
    root.mkdir(parents=True)
    jobs = ((plan, root) for plan in make_plans(seed, megabytes))
    if megabytes < 20:
        for job in jobs:
            truth.merge(write_session(job))
    else:
        with multiprocessing.Pool() as pool:
            for part in pool.imap(write_session, jobs, chunksize=4):
                truth.merge(part)
    (folder / "truth.json").write_bytes(orjson.dumps(truth, option=orjson.OPT_INDENT_2))
    return truth
