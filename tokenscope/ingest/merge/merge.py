"""What was read of each file into one store: each response credited once, in whatever order (T20 to T22)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property, partial
from itertools import repeat
from typing import Any

from tokenscope.context_steps import Steps
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.responses import SIDECHAIN, beside, is_clock, root_of
from tokenscope.ingest.files.discover import Discovery, Transcript
from tokenscope.ingest.files.newest import newest_row
from tokenscope.ingest.files.project_folders import known_worktrees, project_of, same_folder
from tokenscope.ingest.files.sidecar import read_sidecar
from tokenscope.ingest.merge.coverage import measure_coverage
from tokenscope.ingest.merge.identities import name_of, tell_apart
from tokenscope.ingest.rows.read import last_time
from tokenscope.ingest.rows.stamps import Stamp, filled
from tokenscope.model import SEARCHED, Message, Stamps, ToldCost, ToldModel
from tokenscope.store import Compaction, Context, Inventory, Session, Store, Thread

Place = tuple[int, int]  # number of a file, and the place of a response in it
TITLE_ORDER = ("custom-title", "ai-title", "summary", "agent-name")
NEVER = 1 << 62  # ms: later than any row


def merge(
    transcripts: list[Transcript],
    extracts: list[Extract | None],
    found: Discovery,
    sessions_found: int | None = None,
    *,
    capped: bool = False,
) -> Store:
    """The store of what these files hold; None stands for a file that could not be read.

    A subagent whose session nobody names is a session of its own.

    Files come in path order, so that the same files always make the same store.
    """
    for number, extract in enumerate(extracts):
        if extract is not None and not extract.session_id:
            extracts[number] = extract._replace(session_id=f"agent-{transcripts[number].agent_id}")
    merger = Merger(transcripts, extracts)
    merger.add_sessions()
    merger.add_messages()
    merger.separate()
    merger.resolve_copies()
    merger.add_outside_requests()
    merger.add_searches()
    merger.add_stamps()
    merger.fill_threads()
    merger.add_contexts()
    merger.add_activity()
    merger.find_newest_rows()
    merger.add_texts()
    merger.add_titles()
    merger.store.coverage = measure_coverage(merger, found, sessions_found, capped=capped)
    return merger.store


class Merger:
    """Takes the extracts in, step by step: `merge` says in which order."""

    def __init__(self, transcripts: list[Transcript], extracts: list[Extract | None]) -> None:
        self.transcripts = transcripts
        self.extracts = extracts
        self.store = Store()
        self.thread_indices: dict[tuple[str, str], int] = {}
        self.index_of: dict[str, int] = {}  # of each key's message
        self.own_indices: dict[int, range] = {}  # of the messages of a file that holds no copies of an earlier one's
        self.copies: dict[str, list[tuple[Place, Message]]] = {}  # of the keys that stand in several files
        self.figures_from: dict[str, Place] = {}  # of those, the place with the largest output
        self.last_times: dict[int, int] = {}
        self.has_activity = False

    @cached_property
    def files(self) -> list[tuple[int, Transcript, Extract]]:
        """Number, transcript and extract of each file that could be read."""
        files = zip(range(len(self.extracts)), self.transcripts, self.extracts, strict=True)
        return [(number, transcript, extract) for number, transcript, extract in files if extract is not None]

    def add_sessions(self) -> None:
        """Main files first: the project is the working directory of the session's first row that has one (T02)."""
        sessions = self.store.sessions
        files = sorted(self.files, key=lambda file: (bool(file[1].agent_id), file[0]))
        for _, transcript, extract in files:
            session = sessions.get(extract.session_id)
            if session is None:
                session = Session(extract.session_id, "", extract.branch, extract.version)
                sessions[extract.session_id] = session
            session.directory = session.directory or extract.cwd
            session.modified = max(session.modified, transcript.modified)
            session.team = session.team if session.team[0] else extract.team
            self._take_cost(session, extract)
            session.continued_in = session.continued_in or extract.continued_in
            self._thread(extract.session_id, transcript.agent_id)
        worktrees = known_worktrees(extract.worktrees for _, _, extract in files)
        for _, transcript, extract in files:
            session = sessions[extract.session_id]
            if not session.project:
                folder = same_folder(session.directory or transcript.folder)
                session.project = project_of(folder, worktrees)
                session.worktree = folder if folder != session.project else ""

    def _take_cost(self, session: Session, extract: Extract) -> None:
        """The newest count: where a session stands in two files, one of them is older."""
        if extract.cost is None:
            return
        time, usd, has_unknown_model, models = extract.cost
        if session.told is None or (time or 0) >= (session.told.time or 0):
            session.told = ToldCost(time, usd, has_unknown_model, tuple(map(ToldModel._make, models)))

    def _thread(self, session_id: str, agent_id: str) -> int:
        key = (session_id, agent_id)
        index = self.thread_indices.get(key)
        if index is None:
            index = self.thread_indices[key] = len(self.store.threads)
            self.store.threads.append(Thread(session_id, agent_id))
            self.store.sessions[session_id].threads.append(index)
        return index

    def _thread_of(self, number: int, place: int) -> int:
        extract = self.extracts[number]
        assert extract is not None
        agent = extract.agents.get(place)
        own = self.transcripts[number].agent_id
        return self._thread(extract.session_id, own if agent is None else root_of(agent, extract.chain))

    def add_messages(self) -> None:
        """One message a key, as its first file has it."""
        messages, index_of = self.store.messages, self.index_of
        make = partial(tuple.__new__, Message)  # Message._make without a call of Python's
        numbers: list[int] = []  # the first file and place of each message
        places: list[int] = []
        for number, _, extract in self.files:
            keys, count = extract.keys, len(messages)
            if len(set(keys)) == len(keys) and index_of.keys().isdisjoint(keys):
                # Nearly every file, so nothing is done response by response: its keys are its own.
                index_of.update(zip(keys, range(count, count + len(keys)), strict=True))
                messages.extend(map(make, self._rows(number)))
                self.own_indices[number] = range(count, len(messages))
                numbers.extend(repeat(number, len(keys)))
                places.extend(range(len(keys)))
                continue
            for place, (key, message) in enumerate(zip(keys, map(make, self._rows(number)), strict=True)):
                index = index_of.setdefault(key, len(messages))
                if index < len(messages):
                    first = (numbers[index], places[index]), messages[index]
                    self.copies.setdefault(key, [first]).append(((number, place), message))
                    continue
                messages.append(message)
                numbers.append(number)
                places.append(place)

    def _rows(self, number: int) -> Iterable[tuple[Any, ...]]:
        """The fields of each message of a file, by place."""
        extract = self.extracts[number]
        if extract is None or not extract.keys:
            return ()
        threads: Iterable[int] = repeat(self._thread(extract.session_id, self.transcripts[number].agent_id))
        if extract.agents:
            threads = [self._thread_of(number, place) for place in range(len(extract.keys))]
        return zip(extract.keys, threads, *extract.fields, strict=False)

    def separate(self) -> None:
        """A moment as an id, in different threads with different prompts, is that of several responses (T22)."""
        repeated = False
        for key, copies in self.copies.items():
            if is_clock(key) and len(groups := tell_apart(copies)) > 1:
                repeated = True
                for group in groups:
                    for holder in group:
                        self._rename(*holder.place, key, name_of(group))
        if repeated:
            self.store.messages.clear()
            for known in (self.index_of, self.own_indices, self.copies):
                known.clear()
            self.add_messages()

    def _rename(self, number: int, place: int, key: str, name: str) -> None:
        """Everything that a file says of a response is said of it under its new name."""
        extract = self.extracts[number]
        assert extract is not None
        extract.keys[place] = name
        if extract.activity is not None:
            uses = extract.activity[0]
            uses[:] = [(use[0], name, *use[2:]) if use[1] == key else use for use in uses]
        if extract.tale is not None and key in extract.tale[0]:
            extract.tale[0][name] = extract.tale[0].pop(key)

    def resolve_copies(self) -> None:
        """Credit one file, the same whatever the order; the figures are those of the largest output (T20, T21)."""
        for key, copies in self.copies.items():
            places = [place for place, _ in copies]
            messages = [message for _, message in copies]
            kept_at = [extract.kept_at[at] for number, at in places if (extract := self.extracts[number])]
            best = max(range(len(places)), key=lambda which: (messages[which].output_tokens, kept_at[which], which))
            thread = messages[places.index(self._credited(places))].thread
            time = min((one.time for one in messages if one.time is not None), default=None)
            message = messages[best]
            if message.thread != thread or message.time != time:
                message = message._replace(thread=thread, time=time)
            self.store.messages[self.index_of[key]] = message
            self.figures_from[key] = places[best]

    def _credited(self, places: list[Place]) -> Place:
        """By how a file came by the response, then the one whose last row is oldest, then path order."""
        ranks = [self._rank(*place) for place in places]
        best = [place for place, rank in zip(places, ranks, strict=True) if rank == min(ranks)]
        return best[0] if len(best) == 1 else min(best, key=lambda at: (self._last_time(at[0]), at))

    def _rank(self, number: int, place: int) -> int:
        extract = self.extracts[number]
        assert extract is not None
        return extract.ranks.get(place, SIDECHAIN if self.transcripts[number].agent_id else 0)

    def _last_time(self, number: int) -> int:
        """When a file's last dated row was written: a copy goes on where its original stopped."""
        if number not in self.last_times:
            transcript = self.transcripts[number]
            try:
                time = last_time(transcript.path, transcript.size)
            except OSError:
                time = None
            self.last_times[number] = NEVER if time is None else time
        return self.last_times[number]

    def add_outside_requests(self) -> None:
        """What a response's own counters leave out becomes messages of their own (T28, T58)."""
        messages = self.store.messages
        for number, _, extract in self.files:
            for place, requests in extract.outside.items():
                key = extract.keys[place]
                if self.figures_from.get(key, (number, place)) != (number, place):
                    continue
                message = messages[self.index_of[key]]
                messages.extend(beside(message, request) for request in requests)

    def add_searches(self) -> None:
        """Searches of the WebSearch tool, once a result over all files, beside the response that asked for them."""
        found = {one[0] or one: one for _, _, extract in self.files for one in extract.searches}
        for _, key, number in found.values():
            message = self.store.messages[self.index_of[key]]
            if number:
                self.store.messages.append(
                    message._replace(
                        input_tokens=0,
                        output_tokens=0,
                        cache_read_input_tokens=0,
                        cache_creation_input_tokens=0,
                        ephemeral_1h_input_tokens=0,
                        context_tokens=0,
                        web_search_requests=number,
                        tariff="",
                        is_floor=False,
                        miss_reason="",
                        part=SEARCHED,
                    )
                )

    def add_stamps(self) -> None:
        """What each response was made for: as the file says that is credited with it, then what only copies say."""
        if not any(extract.stamps for _, _, extract in self.files):
            return
        found: dict[str, Stamp] = {}
        credited = {key: self._credited([place for place, _ in copies]) for key, copies in self.copies.items()}
        for number, _, extract in self.files:
            for place, (key, stamp) in enumerate(zip(extract.keys, extract.stamps, strict=False)):
                known = found.get(key)
                if known is None:
                    found[key] = stamp
                elif known is not stamp:
                    is_credited = credited.get(key) == (number, place)
                    found[key] = filled(stamp, known) if is_credited else filled(known, stamp)
        same = {stamp: Stamps(*stamp) for stamp in set(found.values())}
        self.store.stamps = {key: same[stamp] for key, stamp in found.items()}

    def fill_threads(self) -> None:
        """Each thread's messages and compactions, copies included."""
        threads, index_of = self.store.threads, self.index_of
        for number, transcript, extract in self.files:
            if extract.keys:
                own = threads[self._thread(extract.session_id, transcript.agent_id)].messages
                indices = self.own_indices.get(number) or [index_of[key] for key in extract.keys]
                if extract.agents:
                    for place, index in enumerate(indices):
                        other = place in extract.agents
                        (threads[self._thread_of(number, place)].messages if other else own).append(index)
                else:
                    own.extend(indices)
            for agent, time, trigger, before, after in extract.compactions:
                index = self._thread(extract.session_id, root_of(agent, extract.chain))
                threads[index].compactions.append(Compaction(time, trigger, before, after))
            for agent, time in extract.bridges:
                threads[self._thread(extract.session_id, root_of(agent, extract.chain))].bridges.append(time)
        for thread in threads:
            if thread.compactions:
                thread.compactions = sorted({one.time: one for one in reversed(thread.compactions)}.values())

    def add_contexts(self) -> None:
        for number, _, extract in self.files:
            indices = self.own_indices.get(number) or [self.index_of[key] for key in extract.keys]
            if extract.deeds:
                self.store.deeds.append((indices, extract.deeds))
            for agent, origin in extract.forks.items():
                self.store.threads[self._thread(extract.session_id, root_of(agent, extract.chain))].forked_from = origin
            for kind, name, count in extract.inventory:
                self.store.inventory.append(Inventory(extract.session_id, kind, name, count))
            for agent, steps in extract.threads:
                thread = self._thread(extract.session_id, agent)
                self.store.contexts.append(Context(thread, extract.labels, Steps(steps), indices))

    def add_activity(self) -> None:
        self.has_activity = any(extract.activity is not None for _, _, extract in self.files)
        if not self.has_activity:
            return
        from tokenscope.ingest.merge.attribute import Attribution  # noqa: PLC0415 - 9 ms that only these questions pay

        attribution = Attribution(self.store, self._thread, self.index_of, self._last_time)
        for number, transcript, extract in self.files:
            if extract.activity is not None:
                threads = [self._thread_of(number, place) for place in range(len(extract.keys))]
                attribution.add(number, transcript, extract, threads)
        attribution.finish()

    def find_newest_rows(self) -> None:
        """When each session's newest row was written: a file's time may be that of a copy (T61)."""
        if not self.has_activity:
            return
        files: dict[str, list[Transcript]] = {}
        for _, transcript, extract in self.files:
            files.setdefault(extract.session_id, []).append(transcript)
        for session_id, found in files.items():
            self.store.sessions[session_id].modified = newest_row(found)

    def add_texts(self) -> None:
        """What was said at length, once each: copies hold the same."""
        tales = [extract.tale for _, _, extract in self.files if extract.tale is not None]
        if not tales:
            return
        from tokenscope.ingest.extract.texts import Tale  # noqa: PLC0415

        texts = self.store.texts
        for fields in tales:
            tale = Tale._make(fields)
            for key, said in tale.said.items():
                texts.said.setdefault(self.index_of[key], said)
            for known, told in zip((texts.asked, texts.given, texts.errors), tale[1:4], strict=True):
                known.update({reference: text for reference, text in told.items() if reference not in known})
            texts.todos.update(tale.todos)

    def add_titles(self) -> None:
        leaves: dict[str, str] = {}
        for _, _, extract in self.files:
            leaves.update(extract.summaries)
        for _, transcript, extract in self.files:
            session = self.store.sessions[extract.session_id]
            if transcript.agent_id or session.title:
                continue
            titles = dict(extract.titles)
            if extract.last_uuid in leaves:
                titles["summary"] = leaves[extract.last_uuid]
            found = (titles[kind] for kind in TITLE_ORDER if kind in titles)
            session.title = next(found, extract.first_prompt[1])
        self._name_by_subagents()

    def _name_by_subagents(self) -> None:
        """A session of which only subagents are left is called what the first of them was for (T42)."""
        with_main = {one.session_id for _, transcript, one in self.files if one.rows and not transcript.agent_id}
        left: dict[str, list[tuple[int, int]]] = {}  # when each subagent began, and the number of its file
        for number, transcript, extract in self.files:
            if transcript.agent_id and extract.session_id not in with_main:
                times = (message.time for message in map(Message._make, self._rows(number)))
                began = min((time for time in times if time is not None), default=NEVER)
                left.setdefault(extract.session_id, []).append((began, number))
        for session_id, subagents in left.items():
            purposes = (self._purpose(number) for _, number in sorted(subagents))
            self.store.sessions[session_id].title = next(filter(None, purposes), "")

    def _purpose(self, number: int) -> str:
        """What a subagent was for: as it is described beside its transcript, else what it was told; "" unknown."""
        extract = self.extracts[number]
        if extract is None or not extract.first_prompt[1]:
            return ""
        return read_sidecar(self.transcripts[number].path).description or extract.first_prompt[1]
