"""Who did what: all that was done into the store, each once (T21).

What a copied row did belongs to the file that its response is credited to; where the log broke off there, the copy's
outcome stands in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import compress, repeat
from operator import itemgetter, not_
from typing import NamedTuple, TypeVar

from tokenscope.ingest.extract.actions import Done
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.ids import root_of
from tokenscope.ingest.extract.spawned import Spawned
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.sidecar import Sidecar
from tokenscope.ingest.merge.join_subagents import Subagents, when
from tokenscope.store import Notice, Operation, Prompt, Store, ToolUse

One = TypeVar("One", ToolUse, Operation, Prompt, Notice)
_OUTCOME = ToolUse._fields.index("outcome") - ToolUse._fields.index("name")  # among the fields behind the id
_UUID = Prompt._fields.index("uuid") - 1  # among those behind the session


class Made(NamedTuple):
    """What is known of a file's responses, by place. `is_shared`: whether some of them stand in other files too."""

    threads: Sequence[int]
    messages: Sequence[int | None]  # their indices
    is_shared: bool


class Attribution:
    """`thread`: the index of a session's thread, made where there is none; `age`: when a file's last row was written,
    by the file's number.
    """

    def __init__(
        self,
        store: Store,
        thread: Callable[[str, str], int],
        age: Callable[[int], int],
    ) -> None:
        self.store = store
        self._thread = thread
        self._age = age
        self._uses: dict[str, ToolUse] = {}  # by id: the best one so far
        self._distances: dict[str, int] = {}  # how far its file is from being the one to ask about it, where it is
        self._operations: dict[str, tuple[int, list[Operation]]] = {}  # by tool use id, likewise
        self._links: dict[tuple[int, str], Operation] = {}
        self._prompts: dict[str, tuple[bool, int, Prompt]] = {}  # by uuid: copied?, number of the file
        self._notices: dict[str, tuple[bool, int, Notice]] = {}
        self._subagents = Subagents(store)

    def add(self, number: int, transcript: Transcript, extract: Extract, made: Made) -> None:
        """Take in a file."""
        assert extract.activity is not None
        done, session = Done._make(extract.activity), extract.session_id

        def thread(agent: str) -> int:
            return self._thread(session, root_of(agent, extract.chain))

        uses, distances = self._take_uses(done, thread, made) if done.uses else ([], {})
        if done.operations:
            self._take_operations(done, thread, {use.id: use for use in uses}, distances)
        for reference, fields in done.spawned.items():
            self._subagents.take_spawn(reference, Spawned._make(fields))
        if done.prompts:
            copied, *facts = done.prompts
            prompts = map(tuple.__new__, repeat(Prompt), zip(repeat(session), *facts, strict=False))
            self._keep(self._prompts, facts[_UUID], zip(copied, repeat(number), prompts, strict=False))
        if done.notices:
            copied, uuids, agents, *facts = done.notices
            threads = map({agent: thread(agent) for agent in dict.fromkeys(agents)}.__getitem__, agents)
            notices = map(tuple.__new__, repeat(Notice), zip(threads, *facts, strict=True))
            self._keep(self._notices, uuids, zip(copied, repeat(number), notices, strict=False))
        for agent, told in done.told.items():
            self._subagents.take_words(thread(agent), told)
        if transcript.agent_id:
            self._subagents.introduce(thread(transcript.agent_id), transcript.path, Sidecar._make(done.sidecar))

    def _take_uses(self, done: Done, thread: Callable[[str], int], made: Made) -> tuple[list[ToolUse], dict[str, int]]:
        """The uses that a file tells of; by id, how far it is from being the one to ask about it, where it is.

        Field by field, and all at once: a history has many, of which nearly all stand in one file.
        """
        places, ids, *facts = done.uses
        threads, messages = made.threads, made.messages
        if done.strays:
            threads = [*threads, *map(thread, done.strays)]
            messages = [*messages, *repeat(None, len(done.strays))]
        of_uses = list(map(messages.__getitem__, places))
        where = own = list(map(threads.__getitem__, places))
        if made.is_shared:
            made_by = zip(own, of_uses, strict=True)
            where = [at if one is None else self.store.messages[one].thread for at, one in made_by]
        # ToolUse._make without a call of Python's.
        uses = list(map(tuple.__new__, repeat(ToolUse), zip(ids, where, of_uses, *facts, strict=True)))
        distances = dict.fromkeys(compress(ids, map(not_, facts[_OUTCOME])), 1)
        if where != own:
            for reference, at, logged_at in zip(ids, where, own, strict=True):
                if at != logged_at:
                    distances[reference] = distances.get(reference, 0) + 2
        before = len(self._uses)
        for _ in map(self._uses.setdefault, ids, uses):
            pass
        if len(self._uses) == before + len(uses):
            self._distances.update(distances)
        else:
            for use in uses:
                self._take_use(self._uses[use.id], use, distances.get(use.id, 0))
        return uses, distances

    def _take_use(self, known: ToolUse, use: ToolUse, distance: int) -> None:
        """`known`: the best one so far; `distance`: of the file that tells of this one."""
        best_so_far = self._distances.get(use.id, 0)
        if known is use:
            self._distances[use.id] = distance
        elif distance < best_so_far or (not known.outcome and use.outcome):
            best, other = (use, known) if distance < best_so_far else (known, use)
            if not best.outcome:
                outcome = {name: getattr(other, name) for name in ToolUse._fields[ToolUse._fields.index("ended") :]}
                best = best._replace(**outcome)
            self._uses[use.id], self._distances[use.id] = best, min(distance, best_so_far)

    def _take_operations(
        self, done: Done, thread: Callable[[str], int], uses: dict[str, ToolUse], distances: dict[str, int]
    ) -> None:
        """`uses`: those that this file tells of, by id; `distances`: see _take_uses."""
        of_use: dict[str, list[Operation]] = defaultdict(list)
        for agent, reference, time, name, failed, detail in done.operations:
            if reference:
                use = uses[reference]
                of_use[reference].append(Operation(use.thread, time, name, failed, detail, use.message))
                continue
            link = Operation(thread(agent), time, name, failed, detail)
            self._links.setdefault((link.thread, detail), link)
        for reference, operations in of_use.items():
            taken = distances.get(reference, 0), operations
            self._operations[reference] = min(self._operations.get(reference, taken), taken, key=itemgetter(0))

    def _keep(
        self, kept: dict[str, tuple[bool, int, One]], uuids: Sequence[str], ones: Iterable[tuple[bool, int, One]]
    ) -> None:
        """One a uuid: rather one that is no copy, then that of the file which ended first; without a uuid all."""
        found, before = list(ones), len(kept)
        keys = uuids if all(uuids) else [uuid or f"\0{before}:{place}" for place, uuid in enumerate(uuids)]
        for _ in map(kept.setdefault, keys, found):
            pass
        if len(kept) == before + len(found):
            return  # nearly always
        for key, one in zip(keys, found, strict=True):
            known = kept[key]
            if known is not one and (known[0], self._age(known[1])) > (one[0], self._age(one[1])):
                kept[key] = one

    def finish(self) -> None:
        """All of it into the store, in the order of time."""
        store = self.store
        store.tool_uses = _in_time(ToolUse, list(self._uses.values()))
        operations = [one for _, together in self._operations.values() for one in together]
        store.operations = _in_time(Operation, [*operations, *self._links.values()])
        store.prompts = _in_time(Prompt, [prompt for _, _, prompt in self._prompts.values()])
        store.notices = _in_time(Notice, [notice for _, _, notice in self._notices.values()])
        store.subagents = self._subagents.joined(self._uses)


def _in_time(kind: type[One], ones: list[One]) -> list[One]:
    try:
        return sorted(ones, key=itemgetter(kind._fields.index("time")))
    except TypeError:  # some are undated
        return sorted(ones, key=when)
