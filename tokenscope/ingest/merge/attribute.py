"""Who did what: all that was done into the store, each once, and each subagent to its spawn (T04, T21).

What a copied row did belongs to the file that its response is credited to; where the log broke off there, the copy's
outcome stands in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from operator import itemgetter
from typing import Any

from tokenscope.ingest.extract.actions import Done
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.ids import as_logged, root_of
from tokenscope.ingest.extract.spawned import Spawned, reported_by
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.sidecar import Sidecar
from tokenscope.store import Notice, Operation, Prompt, Store, Subagent, ToolUse

_SIDE_KINDS = {"acompact": "compaction", "aprompt_suggestion": "suggestion", "aside_question": "side question"}
# One asks once, retries included. Where the main file is gone, a longer one is the copy that its responses survive in.
_MOST_ASKED = 3
_COPIED = "copied thread"
_RUN = re.compile(r"[/\\]workflows[/\\]([^/\\]+)[/\\]")
_Taken = tuple[ToolUse, int]
_used = partial(tuple.__new__, ToolUse)  # ToolUse._make without a call of Python's
_LAST = 1 << 62  # ms: where an undated one stands


class Attribution:
    """`thread`: the index of a session's thread, made where there is none; `index_of`: each response's message;
    `age`: when a file's last row was written, by the file's number.
    """

    def __init__(
        self,
        store: Store,
        thread: Callable[[str, str], int],
        index_of: dict[str, int],
        age: Callable[[int], int],
    ) -> None:
        self.store = store
        self._thread = thread
        self._index_of = index_of
        self._age = age
        self._uses: dict[str, tuple[int, ToolUse]] = {}  # by id: the best one so far, and how far it is from it
        self._operations: dict[str, tuple[int, list[Operation]]] = {}  # by tool use id, likewise
        self._links: dict[tuple[int, str], Operation] = {}
        self._spawned: dict[str, Spawned] = {}
        self._prompts: dict[str, tuple[bool, int, Prompt]] = {}  # by uuid: copied?, number of the file
        self._notices: dict[str, tuple[bool, int, Notice]] = {}
        self._told: dict[int, tuple[str, str]] = {}  # by thread
        self._sidecars: dict[int, Sidecar] = {}
        self._runs: dict[int, str] = {}

    def add(self, number: int, transcript: Transcript, extract: Extract, threads: list[int]) -> None:
        """Take in a file. `threads`: of each of its responses."""
        assert extract.activity is not None
        done, session = Done._make(extract.activity), extract.session_id
        own = dict(zip(extract.keys, threads, strict=True))

        def thread(agent: str) -> int:
            return self._thread(session, root_of(agent, extract.chain))

        uses, index_of, messages = {}, self._index_of, self.store.messages
        for agent, key, reference, *rest in done.uses:
            message = index_of.get(key)
            where = thread(agent) if message is None else messages[message].thread
            use = _used((reference, where, message, *rest))
            uses[reference] = use, self._take_use(use, is_copy=message is not None and where != own.get(key))
        if done.operations:
            self._take_operations(done, thread, uses)
        for reference, fields in done.spawned.items():
            if reference not in self._spawned or not self._spawned[reference].agent_id:
                self._spawned[reference] = Spawned._make(fields)
        for is_copy, uuid, time, words, characters, is_persons in done.prompts:
            prompt = Prompt(session, time, words, characters, uuid, is_persons)
            self._keep(self._prompts, uuid, (is_copy, number, prompt))
        for is_copy, uuid, agent, *rest in done.notices:
            # A side question's file repeats the main thread's notices (T21).
            self._keep(self._notices, uuid, (is_copy or bool(agent), number, Notice(thread(agent), *rest)))
        for agent, told in done.told.items():
            self._told.setdefault(thread(agent), told)
        if transcript.agent_id:
            self._introduce(thread(transcript.agent_id), transcript.path, Sidecar._make(done.sidecar))

    def _take_use(self, use: ToolUse, *, is_copy: bool) -> int:
        """Returns how far this file is from being the one to ask about this use."""
        distance = (2 if is_copy else 0) + (not use.outcome)
        known = self._uses.get(use.id)
        if known is None:
            self._uses[use.id] = distance, use
        elif distance < known[0] or (not known[1].outcome and use.outcome):
            best, other = (use, known[1]) if distance < known[0] else (known[1], use)
            if not best.outcome:
                outcome = {name: getattr(other, name) for name in ToolUse._fields[ToolUse._fields.index("ended") :]}
                best = best._replace(**outcome)
            self._uses[use.id] = min(distance, known[0]), best
        return distance

    def _take_operations(self, done: Done, thread: Callable[[str], int], uses: dict[str, _Taken]) -> None:
        """`uses`: each use that this file tells of, and its distance."""
        of_use: dict[str, list[Operation]] = defaultdict(list)
        for agent, reference, time, name, failed, detail in done.operations:
            if reference:
                use = uses[reference][0]
                of_use[reference].append(Operation(use.thread, time, name, failed, detail, use.message))
                continue
            link = Operation(thread(agent), time, name, failed, detail)
            self._links.setdefault((link.thread, detail), link)
        for reference, operations in of_use.items():
            taken = uses[reference][1], operations
            self._operations[reference] = min(self._operations.get(reference, taken), taken, key=itemgetter(0))

    def _keep(self, kept: dict[str, tuple[bool, int, Any]], uuid: str, one: tuple[bool, int, Any]) -> None:
        """One a uuid: rather one that is no copy, then that of the file which ended first; without a uuid all."""
        key = uuid or f"\0{len(kept)}"
        known = kept.get(key)
        if known is None or (known[0], self._age(known[1])) > (one[0], self._age(one[1])):
            kept[key] = one

    def _introduce(self, thread: int, path: str, sidecar: Sidecar) -> None:
        if any(sidecar):
            self._sidecars.setdefault(thread, sidecar)
        if found := _RUN.search(path):
            self._runs.setdefault(thread, found[1])

    def finish(self) -> None:
        """All of it into the store, in the order of time."""
        store = self.store
        store.tool_uses = _in_time(use for _, use in self._uses.values())
        operations = [one for _, together in self._operations.values() for one in together]
        store.operations = _in_time((*operations, *self._links.values()))
        store.prompts = _in_time(prompt for _, _, prompt in self._prompts.values())
        store.notices = _in_time(notice for _, _, notice in self._notices.values())
        store.subagents = self._subagents()

    def _subagents(self) -> list[Subagent]:
        store = self.store
        spawning = [(index, use) for index, use in enumerate(store.tool_uses) if use.id in self._spawned]
        spawns = self._joined(spawning)
        threads = ((index, thread) for index, thread in enumerate(store.threads) if thread.agent_id)
        made = Counter(message.thread for message in store.messages)
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
        sidecar = self._sidecars.get(index, Sidecar())
        words, key = self._told.get(index, ("", ""))
        kind = next((kind for start, kind in _SIDE_KINDS.items() if thread.agent_id.startswith(start)), "")
        kind = _COPIED if kind and responses > _MOST_ASKED else kind
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


def _in_time(ones: Iterable[Any]) -> list[Any]:
    return sorted(ones, key=lambda one: _LAST if one.time is None else one.time)


def _without_circles(subagents: list[Subagent], uses: list[ToolUse]) -> list[Subagent]:
    """A subagent that is said to have spawned itself, by whatever way, has no spawn."""
    parents = {one.thread: uses[one.spawns[0]].thread for one in subagents if one.spawns}
    sound = []
    for one in subagents:
        met, thread = set[int | None](), one.thread
        while thread in parents and thread not in met:
            met.add(thread)
            thread = parents[thread]
        if thread in met:
            parents.pop(one.thread, None)
            one = one._replace(spawns=())  # noqa: PLW2901
        sound.append(one)
    return sound
