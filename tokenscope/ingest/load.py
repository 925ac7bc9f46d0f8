"""Every transcript into one store: each response credited once, whatever the order of reading (T20 to T22)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tokenscope.ingest.decode import Candidate, Extract, root_of
from tokenscope.ingest.discover import Discovery, Transcript, discover
from tokenscope.ingest.newest import newest_sessions
from tokenscope.ingest.read import last_time
from tokenscope.ingest.times import milliseconds
from tokenscope.ingest.workers import read_all
from tokenscope.model import Facet, Message
from tokenscope.store import Compaction, Coverage, Session, Store, Thread

Progress = Callable[[int, int], None]  # bytes read, bytes in all
NEVER = 1 << 62  # ms: later than any row
TITLE_ORDER = ("custom-title", "ai-title", "summary", "agent-name")


def load(
    roots: Sequence[Path],
    facets: Facet,
    *,
    max_sessions: int | None = None,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Store:
    """Read the history below `roots`, or only the `max_sessions` newest sessions. Raises NoTranscriptsError."""
    found = discover(roots)
    transcripts, sessions_found = found.transcripts, None
    if max_sessions is not None:
        transcripts, sessions_found = newest_sessions(transcripts, max_sessions)
    extracts = read_all(transcripts, facets, processes=processes, progress=progress)
    return merge(transcripts, extracts, found, sessions_found)


def merge(
    transcripts: list[Transcript],
    extracts: list[Extract | None],
    found: Discovery,
    sessions_found: int | None = None,
) -> Store:
    """The store of what these files hold; None stands for a file that could not be read."""
    return _Merger(transcripts, extracts, found, sessions_found).store


class _Merger:
    """Files come in path order, so that everything below is the same for the same files."""

    def __init__(
        self,
        transcripts: list[Transcript],
        extracts: list[Extract | None],
        found: Discovery,
        sessions_found: int | None,
    ) -> None:
        self.transcripts = transcripts
        self.extracts = extracts
        self.store = Store()
        self.thread_indices: dict[tuple[str, str], int] = {}
        self.last_times: dict[int, int] = {}
        self._add_sessions()
        index_of = self._add_messages()
        self._order_threads(index_of)
        self._add_compactions()
        self._add_titles()
        self.store.coverage = self._coverage(found, sessions_found)

    def _files(self) -> Iterable[tuple[int, Transcript, Extract]]:
        for number, (transcript, extract) in enumerate(zip(self.transcripts, self.extracts, strict=True)):
            if extract is not None:
                yield number, transcript, extract

    def _add_sessions(self) -> None:
        """Main files first: the project is the working directory of the session's first row that has one (T02)."""
        files = sorted(self._files(), key=lambda file: (bool(file[1].agent_id), file[0]))
        for _, transcript, extract in files:
            session = self.store.sessions.get(extract.session_id)
            if session is None:
                session = Session(extract.session_id, "", extract.branch, extract.version)
                self.store.sessions[extract.session_id] = session
            session.project = session.project or extract.cwd
            self._thread(extract.session_id, transcript.agent_id)
        for _, transcript, extract in files:
            session = self.store.sessions[extract.session_id]
            session.project = session.project or transcript.folder

    def _thread(self, session_id: str, agent_id: str) -> int:
        key = (session_id, agent_id)
        index = self.thread_indices.get(key)
        if index is None:
            index = self.thread_indices[key] = len(self.store.threads)
            self.store.threads.append(Thread(session_id, agent_id))
            self.store.sessions[session_id].threads.append(index)
        return index

    def _add_messages(self) -> dict[str, int]:
        """One message a key; the index of each key's message."""
        owners: dict[str, tuple[int, Candidate]] = {}
        copies: dict[str, list[tuple[int, Candidate]]] = {}
        for number, _, extract in self._files():
            for candidate in extract.candidates:
                entry = (number, candidate)
                if (first := owners.setdefault(candidate[0], entry)) is not entry:
                    copies.setdefault(candidate[0], [first]).append(entry)
        index_of: dict[str, int] = {}
        for key, entry in owners.items():
            number, candidate = self._credit(copies[key]) if key in copies else entry
            index_of[key] = len(self.store.messages)
            self._add_message(number, candidate)
        return index_of

    def _credit(self, copies: list[tuple[int, Candidate]]) -> tuple[int, Candidate]:
        """The file that is credited, and the figures of the copy with the largest output (T20, T21)."""
        number, owner = min(copies, key=lambda copy: (copy[1][1], self._last_time(copy[0]), copy[0]))
        _, best = max(enumerate(copies), key=lambda place: (place[1][1][8], place[1][1][3], place[0]))
        times = [candidate[6] for _, candidate in copies if candidate[6] is not None]
        return number, (*owner[:4], *best[1][4:6], min(times, default=None), *best[1][7:])

    def _last_time(self, number: int) -> int:
        """When a file's last dated row was written: a copy goes on where its original stopped."""
        if number not in self.last_times:
            transcript = self.transcripts[number]
            try:
                time = milliseconds(last_time(transcript.path, transcript.size))
            except OSError:
                time = None
            self.last_times[number] = NEVER if time is None else time
        return self.last_times[number]

    def _add_message(self, number: int, candidate: Candidate) -> None:
        extract = self.extracts[number]
        assert extract is not None
        thread = self._thread(extract.session_id, root_of(candidate[2], extract.chain))
        message = Message._make((candidate[0], thread, *candidate[5:]))
        self.store.messages.append(message)
        for kind, model, *figures in candidate[4]:
            given, output, read, write, one_hour, _ = figures
            self.store.messages.append(
                Message(message.id, thread, model, message.time, given, output, read, write, one_hour,
                        given + read + write, 0, message.tariff, is_floor=False, miss_reason="", part=kind)
            )  # fmt: skip

    def _order_threads(self, index_of: dict[str, int]) -> None:
        messages, threads = self.store.messages, self.store.threads
        for _, _, extract in self._files():
            for candidate in extract.candidates:
                index = index_of[candidate[0]]
                if messages[index].time is not None:
                    agent = root_of(candidate[2], extract.chain)
                    threads[self._thread(extract.session_id, agent)].messages.append(index)
        for thread in threads:
            unique = dict.fromkeys(thread.messages)
            thread.messages = sorted(unique, key=lambda index: messages[index].time or 0)

    def _add_compactions(self) -> None:
        met: dict[tuple[int, int], Compaction] = {}
        for _, _, extract in self._files():
            for agent, time, trigger, before, after, _ in extract.compactions:
                if time is not None:
                    key = (self._thread(extract.session_id, root_of(agent, extract.chain)), time)
                    met.setdefault(key, Compaction(time, trigger, before, after))
        for (thread, _), compaction in sorted(met.items()):
            self.store.threads[thread].compactions.append(compaction)

    def _add_titles(self) -> None:
        leaves: dict[str, str] = {}
        for _, _, extract in self._files():
            leaves.update(extract.summaries)
        for _, transcript, extract in self._files():
            session = self.store.sessions[extract.session_id]
            if transcript.agent_id or session.title:
                continue
            titles = dict(extract.titles)
            if extract.last_uuid in leaves:
                titles.setdefault("summary", leaves[extract.last_uuid])
            found = (titles[kind] for kind in TITLE_ORDER if kind in titles)
            session.title = next(found, extract.first_prompt)

    def _coverage(self, found: Discovery, sessions_found: int | None) -> Coverage:
        extracts = [extract for extract in self.extracts if extract is not None]
        response_rows = sum(extract.response_rows for extract in extracts)
        responses = sum(not message.part for message in self.store.messages)
        return Coverage(
            files=len(extracts),
            bytes=sum(transcript.size for transcript in self.transcripts),
            rows=sum(extract.rows for extract in extracts),
            malformed_rows=sum(extract.malformed for extract in extracts),
            oversized_rows=sum(extract.oversized for extract in extracts),
            duplicate_rows=response_rows - responses,
            undated_rows=sum(extract.undated for extract in extracts),
            anomalous_counters=sum(extract.anomalies for extract in extracts),
            unreadable_files=len(found.unreadable) + len(self.extracts) - len(extracts),
            sessions_found=sessions_found if sessions_found is not None else len(self.store.sessions),
            sessions_read=len(self.store.sessions),
            roots=tuple(found.roots),
        )
