"""Which responses a side of a comparison has: those of a window, of a version, a model, …, or of an exported file."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tokenscope.answers.whatif.trial import number_of
from tokenscope.history.history import History
from tokenscope.history.stamp_groups import StampField, by_stamp
from tokenscope.model import ExportedFile
from tokenscope.scope import names_project
from tokenscope.store import Thread
from tokenscope.value import Value

NEAR = 0.1  # of the size at which a context was compacted: contexts grow by whole responses


class TimeWindow(NamedTuple):
    """since <= time < until, in ms since the epoch; None leaves that end open."""

    since: int | None
    until: int | None


class Named(Value):
    """A side that is told by what its responses are: `kind` is version, model, project, branch, lifetime or window."""

    kind: str
    value: str


class OfFile(Value):
    """A side that is a file which `export` wrote, as it was named."""

    path: str


Side = TimeWindow | Named | OfFile
Test = Callable[[int], bool]  # of a message, by its index


def test_of(history: History, side: Side) -> Test:
    """Whether a response lies on a side. What came from a file lies on that file's side alone."""
    if isinstance(side, OfFile):
        return exported_file(history, side).rebuilt.__contains__
    own = next((one.first for one in history.store.exported if one.is_side), len(history.store.messages))
    test = KINDS[side.kind](history, side.value) if isinstance(side, Named) else _of_window(history, side)
    return lambda index: index < own and test(index)


def exported_file(history: History, side: OfFile) -> ExportedFile:
    """What was read of it."""
    return next(one for one in history.store.exported if one.is_side and one.path == side.path)


def _of_window(history: History, side: TimeWindow) -> Test:
    messages, (since, until) = history.store.messages, side

    def is_inside(index: int) -> bool:
        time = messages[index].time  # an undated one is in no window (T51)
        return time is not None and (since is None or time >= since) and (until is None or time < until)

    return is_inside


def _of_model(history: History, value: str) -> Test:
    models = {message.model for message in history.messages}
    wanted = {model for model in models if value.casefold() in model.casefold()}
    messages = history.store.messages
    return lambda index: messages[index].model in wanted


def _of_version(history: History, value: str) -> Test:
    return _of_stamp(history, StampField.VERSION, value)


def _of_branch(history: History, value: str) -> Test:
    return _of_stamp(history, StampField.BRANCH, value)


def _of_stamp(history: History, field: StampField, value: str) -> Test:
    """As each response says it; one that does not say it is of what its session began with."""
    store, told = history.store, by_stamp(history, field)
    began = [str(getattr(store.sessions[thread.session_id], field)) for thread in store.threads]
    return lambda index: (told(store.messages[index]) or began[store.messages[index].thread]) == value


def _of_project(history: History, value: str) -> Test:
    return _of_sessions(
        history,
        {
            one
            for one, session in history.store.sessions.items()
            if names_project((value,), session.project, session.worktree)
        },
    )


def _of_sessions(history: History, wanted: set[str]) -> Test:
    threads = [thread.session_id in wanted for thread in history.store.threads]
    messages = history.store.messages
    return lambda index: threads[messages[index].thread]


def _of_lifetime(history: History, value: str) -> Test:
    """By what a response's own cache writes, or the last ones before it in its thread, were kept for."""
    messages, found = history.store.messages, bytearray(len(history.store.messages))
    wanted, unknown = value == "1h", None
    for number, thread in enumerate(history.store.threads):
        kept: bool | None = unknown
        for index in history.store.in_order(thread):
            message = messages[index]
            if message.cache_creation_input_tokens:
                kept = message.ephemeral_1h_input_tokens > 0
            if message.thread == number and kept is wanted:
                found[index] = 1
    return lambda index: bool(found[index])


def _of_compaction(history: History, value: str) -> Test:
    """By the size at which a thread's context was next compacted by itself, or last where it was not again."""
    store, wanted, found = history.store, number_of(value), bytearray(len(history.store.messages))
    for number, thread in enumerate(store.threads):
        sizes = _compacted_at(history, thread)
        for index in store.in_order(thread) if sizes else ():
            message = store.messages[index]
            size = next((size for time, size in sizes if time >= (message.time or 0)), sizes[-1][1])
            if message.thread == number and abs(size - wanted) <= NEAR * wanted:
                found[index] = 1
    return lambda index: bool(found[index])


def _compacted_at(history: History, thread: Thread) -> list[tuple[int, int]]:
    """When a thread's context was compacted by itself, and its tokens: as logged, else by the response before."""
    automatic = [one for one in thread.compactions if one.trigger == "auto"]
    if not automatic:
        return []
    before = [
        (one.time or 0, one.context_tokens)
        for one in map(history.store.messages.__getitem__, history.store.in_order(thread))
    ]
    found = []
    for one in automatic:
        last = [size for time, size in before if time < one.time and size]
        size = one.tokens_before or (last[-1] if last else 0)
        if size:
            found.append((one.time, size))
    return found


KINDS: dict[str, Callable[[History, str], Test]] = {
    "version": _of_version,
    "model": _of_model,
    "project": _of_project,
    "branch": _of_branch,
    "lifetime": _of_lifetime,
    "window": _of_compaction,
}
