"""Each subagent to its spawn, by the log's own ids, else by an equal prompt (T04, T25)."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict

from tokenscope.ingest.extract.ids import as_logged
from tokenscope.ingest.extract.spawned import Spawned, reported_by
from tokenscope.ingest.files.sidecar import Sidecar
from tokenscope.model import field_of_message
from tokenscope.store import Notice, Operation, Prompt, Store, Subagent, ToolUse

_SIDE_KINDS = {"acompact": "compaction", "aprompt_suggestion": "suggestion", "aside_question": "side question"}
_SIDES = tuple(_SIDE_KINDS)
_SILENT = Sidecar()
# One asks once, retries included. Where the main file is gone, a longer one is the copy that its responses survive in.
_MOST_ASKED = 3
_COPIED = "copied thread"
_RUN = re.compile(r"[/\\]workflows[/\\]([^/\\]+)[/\\]")
_THREAD = field_of_message("thread")


_LAST = 1 << 62  # ms: where an undated one stands
Timed = ToolUse | Operation | Prompt | Notice


class Subagents:
    """What files tell of subagents, file by file; `joined` when the store has all that was done."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._spawned: dict[str, Spawned] = {}
        self._told: dict[int, tuple[str, str]] = {}  # by thread
        self._sidecars: dict[int, Sidecar] = {}
        self._runs: dict[int, str] = {}

    def take_spawn(self, reference: str, spawned: Spawned) -> None:
        """Take in what a tool use spawned."""
        if reference not in self._spawned or not self._spawned[reference].agent_id:
            self._spawned[reference] = spawned

    def take_words(self, thread: int, told: tuple[str, str]) -> None:
        """Take in what a thread was told: its first words, and its key."""
        self._told.setdefault(thread, told)

    def introduce(self, thread: int, path: str, sidecar: Sidecar) -> None:
        """Take in what stands beside a thread's file, and in its path."""
        if any(sidecar):
            self._sidecars.setdefault(thread, sidecar)
        if "workflows" in path and (found := _RUN.search(path)):
            self._runs.setdefault(thread, found[1])

    def joined(self, uses: dict[str, ToolUse]) -> list[Subagent]:
        """All of them, and spawns that left no file. `uses`: those of the store, by id."""
        store = self.store
        spawning = _placed(store.tool_uses, [uses[reference] for reference in self._spawned if reference in uses])
        spawns = self._joined(spawning)
        threads = ((index, thread) for index, thread in enumerate(store.threads) if thread.agent_id)
        made = Counter(map(_THREAD, store.messages))
        found = [self._subagent(index, spawns.get(index, []), made[index]) for index, _ in threads]
        joined = {index for ones in spawns.values() for index in ones}
        lost = [index for index, use in spawning if use.outcome == "ok" and index not in joined]
        return _without_circles(found, store.tool_uses) + self._missing(lost, found)

    def _joined(self, spawning: list[tuple[int, ToolUse]]) -> dict[int, list[int]]:
        """The spawns of each subagent's thread, in the order of time, among these uses of tools."""
        store, spawns = self.store, defaultdict[int, list[int]](list)
        threads = {
            (thread.session_id, thread.agent_id): index for index, thread in enumerate(store.threads) if thread.agent_id
        }
        named = {
            (store.threads[thread].session_id, sidecar.tool_use_id): thread
            for thread, sidecar in self._sidecars.items()
            if sidecar.tool_use_id
        }
        unnamed = []
        for index, use in spawning:
            spawned, session = self._spawned[use.id], store.threads[use.thread].session_id
            thread = threads.get((session, spawned.agent_id), named.get((session, as_logged(use.id))))
            if thread is not None and thread != use.thread:
                spawns[thread].append(index)
            elif not spawned.agent_id and use.outcome == "ok":
                unnamed.append(index)
        self._join_by_prompt(unnamed, spawns)
        return spawns

    def _join_by_prompt(self, unnamed: list[int], spawns: dict[int, list[int]]) -> None:
        store, waiting = self.store, defaultdict[tuple[str, str], list[int]](list)
        for index, thread in enumerate(store.threads):
            if thread.agent_id and index not in spawns and index in self._told:
                waiting[thread.session_id, self._told[index][1]].append(index)
        for index in unnamed:
            use = store.tool_uses[index]
            candidates = waiting[store.threads[use.thread].session_id, self._spawned[use.id].prompt_key]
            chosen = next((thread for thread in candidates if thread != use.thread), None)
            if chosen is not None:
                candidates.remove(chosen)
                spawns[chosen].append(index)

    def _subagent(self, index: int, spawns: list[int], responses: int) -> Subagent:
        thread = self.store.threads[index]
        calls = [self._spawned[self.store.tool_uses[spawn].id] for spawn in spawns]
        sidecar = self._sidecars.get(index, _SILENT)
        words, key = self._told.get(index, ("", ""))
        kind = ""
        if thread.agent_id.startswith(_SIDES):
            kind = next(kind for start, kind in _SIDE_KINDS.items() if thread.agent_id.startswith(start))
            kind = _COPIED if responses > _MOST_ASKED else kind
        return Subagent(
            thread.session_id,
            thread.agent_id,
            index,
            sidecar.agent_type or next((call.agent_type for call in calls if call.agent_type), ""),
            sidecar.description or next((call.description for call in calls if call.description), ""),
            kind,
            self._runs.get(index, ""),
            tuple(spawns),
            words,
            key,
            any(call.background for call in calls),
            *reported_by(calls),
        )

    def _missing(self, lost: list[int], found: list[Subagent]) -> list[Subagent]:
        """Spawns that left no file. Of those that name no subagent only as many as there are too many of."""
        unclaimed: dict[str, int] = defaultdict(int)
        for subagent in found:
            unclaimed[subagent.session_id] += not subagent.spawns and not subagent.kind
        missing = []
        for index in lost:
            use = self.store.tool_uses[index]
            call, session = self._spawned[use.id], self.store.threads[use.thread].session_id
            if not call.agent_id and unclaimed[session]:
                unclaimed[session] -= 1
                continue
            facts = (call.agent_type, call.description, "", "", (index,), call.prompt, call.prompt_key, call.background)
            missing.append(Subagent(session, call.agent_id, None, *facts, *call.reported))
        return missing


def _placed(uses: list[ToolUse], some: list[ToolUse]) -> list[tuple[int, ToolUse]]:
    """Where some of these uses, which are in the order of time, stand among them.

    To look at each takes 20 ms a gigabyte of history: they are spread over the memory.
    """
    found, wanted = [], set(map(id, some))
    for time in sorted(set(map(when, some))):
        for index in range(bisect_left(uses, time, key=when), len(uses)):
            use = uses[index]
            if when(use) != time:
                break
            if id(use) in wanted:
                found.append((index, use))
    return found


def when(one: Timed) -> int:
    """By what it comes before or behind others (ms): one without a time comes last."""
    return _LAST if one.time is None else one.time


def _without_circles(subagents: list[Subagent], uses: list[ToolUse]) -> list[Subagent]:
    """A subagent that is said to have spawned itself, by whatever way, has no spawn."""
    parents = {one.thread: uses[one.spawns[0]].thread for one in subagents if one.spawns}
    sound = []
    for one in subagents:
        thread = one.thread
        met: set[int | None] = set()
        while thread in parents and thread not in met:
            met.add(thread)
            thread = parents[thread]
        if thread in met:
            parents.pop(one.thread, None)
            one = one._replace(spawns=())  # noqa: PLW2901
        sound.append(one)
    return sound
