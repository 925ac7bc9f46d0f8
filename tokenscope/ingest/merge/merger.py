"""Sessions, threads and messages of all files: each response once, as its first file has it (T20 to T22)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import repeat

from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.ids import root_of
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.project_folders import known_worktrees, project_of, same_folder
from tokenscope.model import Message, ToldCost, ToldModel
from tokenscope.store import Compaction, Session, Store, Thread

_TIME = Message._fields.index("time") - Message._fields.index("model")  # among the fields of an extract
Place = tuple[int, int]  # number of a file, and the place of a response in it


class Merger:
    """What is known while the extracts are taken in, step by step: `merge` says in which order."""

    def __init__(self, transcripts: list[Transcript], extracts: list[Extract | None]) -> None:
        self.transcripts = transcripts
        self.extracts = extracts
        self.store = Store()
        self.thread_indices: dict[tuple[str, str], int] = {}
        self.index_of: dict[str, int] = {}  # of each key's message
        self.untrusted: set[str] = set()  # keys that are no ids of the log's own (T22)
        self.indices: dict[int, Sequence[int]] = {}  # of the messages of each file
        self.copies: dict[str, list[tuple[Place, Message]]] = {}  # of the keys that stand in several files
        self.figures_from: dict[str, Place] = {}  # of those, the place with the largest output
        self.last_times: dict[int, int] = {}
        self.has_activity = False
        self._threads: dict[int, list[int]] = {}  # see threads_of

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
            self.thread(extract.session_id, transcript.agent_id)
        worktrees = known_worktrees(extract.worktrees for _, _, extract in files)
        located: dict[str, tuple[str, str]] = {}  # of each directory: its project, and its folder where that is another
        for _, transcript, extract in files:
            session = sessions[extract.session_id]
            if not session.project:
                directory = session.directory or transcript.folder
                if directory not in located:
                    folder = same_folder(directory)
                    project = project_of(folder, worktrees)
                    located[directory] = project, folder if folder != project else ""
                session.project, session.worktree = located[directory]

    def _take_cost(self, session: Session, extract: Extract) -> None:
        """The newest count: where a session stands in two files, one of them is older."""
        if extract.cost is None:
            return
        time, usd, has_unknown_model, models = extract.cost
        if session.told is None or (time or 0) >= (session.told.time or 0):
            session.told = ToldCost(time, usd, has_unknown_model, tuple(map(ToldModel._make, models)))

    def thread(self, session_id: str, agent_id: str) -> int:
        key = (session_id, agent_id)
        index = self.thread_indices.get(key)
        if index is None:
            index = self.thread_indices[key] = len(self.store.threads)
            self.store.threads.append(Thread(session_id, agent_id))
            self.store.sessions[session_id].threads.append(index)
        return index

    def threads_of(self, number: int) -> list[int]:
        """Of each response of a file; kept where it is not the file's own throughout, since a chain is long."""
        known = self._threads.get(number)
        if known is not None:
            return known
        extract = self.extracts[number]
        assert extract is not None
        threads = [self.thread(extract.session_id, self.transcripts[number].agent_id)] * len(extract.keys)
        roots: dict[str, str] = {}
        for place, agent in extract.agents.items():
            threads[place] = self.thread(extract.session_id, root_of(agent, extract.chain, roots))
        if extract.agents:
            self._threads[number] = threads
        return threads

    def add_messages(self) -> None:
        """One message a key, as its first file has it."""
        messages, index_of = self.store.messages, self.index_of
        numbers: list[int] = []  # the first file and place of each message
        places: list[int] = []
        for number, _, extract in self.files:
            keys, count, known = extract.keys, len(messages), len(index_of)
            if "\0" in "".join(keys):
                self.untrusted.update(key for key in keys if "\0" in key)
            own = range(count, count + len(keys))
            given = list(map(index_of.setdefault, keys, own))
            if len(index_of) == known + len(keys):
                # Nearly every file, so nothing is done response by response: its keys are its own.
                messages.extend(self.messages_in(number))
                self.indices[number] = given  # the numbers that `index_of` holds, and no new ones
                numbers.extend(repeat(number, len(keys)))
                places.extend(range(len(keys)))
                continue
            for key, index in zip(keys, given, strict=True):
                if index >= count:  # anew, without gaps
                    index_of.pop(key, None)
            indices = self.indices[number] = list[int]()
            for place, (key, message) in enumerate(zip(keys, self.messages_in(number), strict=True)):
                index = index_of.setdefault(key, len(messages))
                indices.append(index)
                if index < len(messages):
                    first = (numbers[index], places[index]), messages[index]
                    self.copies.setdefault(key, [first]).append(((number, place), message))
                    continue
                messages.append(message)
                numbers.append(number)
                places.append(place)

    def messages_in(self, number: int) -> Iterable[Message]:
        """Each message of a file as that has it, by place."""
        extract = self.extracts[number]
        if extract is None or not extract.keys:
            return ()
        rows = zip(extract.keys, self.threads_of(number), *extract.fields, strict=True)
        return map(tuple.__new__, repeat(Message), rows)  # Message._make without a call of Python's

    def times_of(self, number: int) -> Sequence[int | None]:
        """Of each response of a file, ms since the epoch."""
        extract = self.extracts[number]
        return extract.fields[_TIME] if extract is not None and extract.fields else ()

    def let_go(self) -> None:
        """Forget the figures that messages have by now, but for their times, and what told which copy's they are."""
        for _, _, extract in self.files:
            del extract.fields[_TIME + 1 :]
            extract.kept_at.clear()

    def fill_threads(self) -> None:
        """Each thread's messages and compactions, copies included."""
        threads = self.store.threads
        for number, transcript, extract in self.files:
            if extract.keys:
                indices = self.indices[number]
                if extract.agents:
                    for place, index in zip(self.threads_of(number), indices, strict=True):
                        threads[place].messages.append(index)
                else:
                    threads[self.thread(extract.session_id, transcript.agent_id)].messages.extend(indices)
            for agent, time, trigger, before, after in extract.compactions:
                index = self.thread(extract.session_id, root_of(agent, extract.chain))
                threads[index].compactions.append(Compaction(time, trigger, before, after))
            for agent, time in extract.bridges:
                threads[self.thread(extract.session_id, root_of(agent, extract.chain))].bridges.append(time)
        for thread in threads:
            if thread.compactions:
                thread.compactions = sorted({one.time: one for one in reversed(thread.compactions)}.values())
