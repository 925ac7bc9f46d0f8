"""From one file's rows to what the store keeps of them: one candidate a response, titles, compactions (T20 to T28).

What comes out is made of plain tuples, lists, strings and numbers only, so that a worker process can hand
it over cheaply; `load.py` gives it names again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tokenscope.ingest.counters import counters, largest_request, outside_requests, tariff, web_searches, whole
from tokenscope.ingest.discover import Transcript
from tokenscope.ingest.prompts import first_sentence, prompt_text
from tokenscope.ingest.read import UNNEEDED_IN_MAIN, UNNEEDED_IN_SUBAGENT, GivenRows, Row, RowReader
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet

UNDATED = -1
# How a file comes by a response decides who is credited with it (T21): lower is better, and they add up.
COPIED_FROM_SESSION, SIDECHAIN, PROGRESS = 1, 2, 4
TITLE_FIELDS = {"custom-title": "customTitle", "ai-title": "aiTitle", "agent-name": "agentName"}

# (key, rank, agent, kept time, outside requests) and then the fields of model.Message from `model` on
Candidate = tuple[Any, ...]


class Extract(NamedTuple):
    """What one file holds."""

    session_id: str
    cwd: str
    branch: str
    version: str
    rows: int
    malformed: int
    oversized: int
    response_rows: int
    undated: int
    anomalies: int
    candidates: list[Candidate]
    compactions: list[tuple[str, int | None, str, int, int, str]]  # agent, time, trigger, before, after, uuid
    titles: dict[str, str]  # by row type
    summaries: dict[str, str]  # by the uuid of the row they sum up to
    last_uuid: str
    first_prompt: str
    chain: dict[str, Any]  # the parent of each inline sidechain row, by uuid


class _Kept:
    """The row of a response with the largest output so far, and what all its rows share."""

    __slots__ = ("agent", "diagnostics", "first", "model", "output", "rank", "stop_reason", "time", "usage")

    def __init__(self, rank: int, agent: str, time: int) -> None:
        self.rank, self.agent, self.first = rank, agent, time
        self.output, self.time = -1, UNDATED

    def take(self, message: Row, usage: Row, output: int, time: int) -> None:
        """Take this row's figures. Its content is let go, or a large file would stay in memory."""
        self.output, self.time, self.usage = output, time, usage
        self.model = message.get("model")
        self.stop_reason = message.get("stop_reason")
        self.diagnostics = message.get("diagnostics")


def decode(transcript: Transcript, facets: Facet, rows: RowReader | GivenRows) -> Extract:
    """What the rows of one file, or of a piece of one, hold. Raises OSError where they cannot be read."""
    return _FileDecoder(transcript, facets, rows).run()


def join(pieces: list[Extract]) -> Extract:
    """The extract of a file from those of its pieces, in order."""
    first, *others = pieces
    joined = first
    for piece in others:
        joined.candidates.extend(piece.candidates)
        joined.compactions.extend(piece.compactions)
        joined.titles.update(piece.titles)
        joined.summaries.update(piece.summaries)
        joined.chain.update(piece.chain)
        joined = joined._replace(
            rows=joined.rows + piece.rows,
            malformed=joined.malformed + piece.malformed,
            oversized=joined.oversized + piece.oversized,
            response_rows=joined.response_rows + piece.response_rows,
            undated=joined.undated + piece.undated,
            anomalies=joined.anomalies + piece.anomalies,
            cwd=joined.cwd or piece.cwd,
            branch=joined.branch or piece.branch,
            version=joined.version or piece.version,
            last_uuid=piece.last_uuid or joined.last_uuid,
            first_prompt=joined.first_prompt or piece.first_prompt,
        )
    return joined


def root_of(agent: str, chain: dict[str, Any]) -> str:
    """An unnamed inline subagent is named by the row that its chain of parents starts with (T03)."""
    if not agent.startswith("inline:") or not chain:
        return agent
    uuid, met = agent[len("inline:") :], set[str]()
    while uuid not in met and (parent := chain.get(uuid)).__class__ is str and parent in chain:
        met.add(uuid)
        uuid = parent
    return "inline:" + (min(met) if uuid in met else uuid)


class _FileDecoder:
    def __init__(self, transcript: Transcript, facets: Facet, rows: RowReader | GivenRows) -> None:
        self.file = transcript
        self.session_id = transcript.session_id
        self.facets = facets
        self.reader = rows
        self.cwd = self.branch = self.version = self.last_uuid = self.first_prompt = ""
        self.response_rows = self.undated = self.anomalies = 0
        self.kept: dict[str, _Kept] = {}
        self.chain: dict[str, Any] = {}  # parent of each inline sidechain row
        self.compactions: list[tuple[str, int | None, str, int, int, str]] = []
        self.titles: dict[str, str] = {}
        self.summaries: dict[str, str] = {}
        self.known_uuids: set[str] = set()

    def run(self) -> Extract:
        introduced = self.file.start > 0 and self._skip_introduction()
        for row in self.reader:
            if not introduced:
                introduced = self._introduce(row)
            kind = row.get("type")
            if not self.file.agent_id and row.get("isSidechain") is True:
                self._chain(row)
            if kind == "assistant":
                if "attachment" not in row:
                    self._response(row, self._rank(row), self._agent(row))
            elif kind == "progress":
                self._progress(row)
            elif kind == "system":
                self._system(row)
            elif kind.__class__ is str and kind in ("custom-title", "ai-title", "agent-name", "summary"):
                self._title(row, kind)
        return self._extract()

    def _introduce(self, row: Row) -> bool:
        """Learn from the file's first rows whose it is; True once all is known and rows may be passed over."""
        self.session_id = self.session_id or _string(row.get("sessionId"))
        if not self.cwd:
            self.cwd = _string(row.get("cwd"))
            self.branch = _string(row.get("gitBranch"))
            self.version = _string(row.get("version"))
        is_main = not self.file.agent_id
        wants_prompt = is_main and Facet.TITLES in self.facets and not self.file.start
        if wants_prompt and not self.first_prompt:
            self.first_prompt = first_sentence(prompt_text(row))
        if not ((self.cwd or self.file.start) and self.session_id) or (wants_prompt and not self.first_prompt):
            return False
        self.reader.unneeded = UNNEEDED_IN_MAIN if is_main else UNNEEDED_IN_SUBAGENT
        return True

    def _skip_introduction(self) -> bool:
        """A later piece of a file needs no introduction but its session, which the path mostly tells."""
        if not self.session_id:
            return False
        self.reader.unneeded = UNNEEDED_IN_SUBAGENT if self.file.agent_id else UNNEEDED_IN_MAIN
        return True

    def _rank(self, row: Row, around: Row | None = None) -> int:
        """`around`: the row that holds this one."""
        outer = row if around is None else around
        sidechain = self.file.agent_id or row.get("isSidechain") is True or outer.get("isSidechain") is True
        foreign = (row.get("sessionId") or outer.get("sessionId")) != self.session_id
        return (SIDECHAIN if sidechain else 0) + (COPIED_FROM_SESSION if foreign else 0)

    def _agent(self, row: Row) -> str:
        """The subagent that wrote a row, "" for the main thread; an unnamed inline one by its row's uuid for now."""
        if self.file.agent_id or row.get("isSidechain") is not True:
            return self.file.agent_id
        return _string(row.get("agentId")) or "inline:" + _string(row.get("uuid"))

    def _chain(self, row: Row) -> None:
        uuid = row.get("uuid")
        if uuid.__class__ is str:
            self.chain.setdefault(uuid, row.get("parentUuid"))

    def _response(self, row: Row, rank: int, agent: str) -> None:
        message: Any = row.get("message")
        usage: Any = message.get("usage") if message.__class__ is dict else None
        if usage.__class__ is not dict or row.get("isApiErrorMessage") is True:
            return
        if message.get("model") == "<synthetic>":
            return
        self.response_rows += 1
        uuid = row.get("uuid")
        if uuid.__class__ is str:
            self.last_uuid = uuid
            if self.summaries:
                self.known_uuids.add(uuid)
        time = milliseconds(row.get("timestamp"))
        if time is None:
            self.undated += 1
            time = UNDATED
        key = message.get("id")
        if key.__class__ is not str or not (key.startswith("msg_") or len(key) >= 16):
            key = self._own_key(row, key, usage)
        kept = self.kept.get(key)
        if kept is None:
            kept = self.kept[key] = _Kept(rank, agent, time)
        elif rank < kept.rank:
            kept.rank, kept.agent = rank, agent
        self._keep(kept, message, usage, time)

    def _keep(self, kept: _Kept, message: Row, usage: Row, time: int) -> None:
        """Keep the whole row with the largest output, of equal ones the latest (T20)."""
        output = usage.get("output_tokens")
        if output.__class__ is not int or not 0 <= output < 1_000_000:
            output, _ = whole(output)
        if output > kept.output or (output == kept.output and time >= kept.time):
            kept.take(message, usage, output, time)
        if time != UNDATED and (time < kept.first or kept.first == UNDATED):
            kept.first = time

    def _own_key(self, row: Row, key: Any, usage: Row) -> str:
        """The key of a response whose id cannot be trusted, or that has none (T22)."""
        if key.__class__ is str and key:
            if key.startswith("chatcmpl-"):
                return str(key)
            counted = counters(usage)
            figures = (counted.input, counted.cache_read, counted.cache_write)
            return "\0".join((self.session_id, str(key), *map(str, figures)))
        return _string(row.get("uuid")) or f"{self.file.path}\0{self.response_rows}"

    def _progress(self, row: Row) -> None:
        """A subagent's whole row again, inside its parent's file (T24)."""
        data = row.get("data")
        if data.__class__ is not dict or data.get("type") != "agent_progress":
            return
        inner = data.get("message")
        if inner.__class__ is dict and inner.get("type") == "assistant" and "attachment" not in inner:
            agent = _string(data.get("agentId")) or "inline:" + _string(row.get("uuid"))
            self._response(inner, PROGRESS + self._rank(inner, row), agent)

    def _system(self, row: Row) -> None:
        if row.get("subtype") != "compact_boundary":
            return
        about = row.get("compactMetadata")
        about = about if about.__class__ is dict else {}
        before, _ = whole(about.get("preTokens", 0))
        after, _ = whole(about.get("postTokens", 0))
        time, trigger = milliseconds(row.get("timestamp")), _string(about.get("trigger"))
        self.compactions.append((self._agent(row), time, trigger, before, after, _string(row.get("uuid"))))

    def _title(self, row: Row, kind: str) -> None:
        if kind == "summary":
            leaf, text = _string(row.get("leafUuid")), _string(row.get("summary"))
            if leaf and text:
                self.summaries[leaf] = text
        elif title := _string(row.get(TITLE_FIELDS[kind])):
            self.titles[kind] = title

    def _candidate(self, key: str, kept: _Kept) -> Candidate:
        usage = kept.usage
        counted = counters(usage)
        self.anomalies += counted.anomalies
        model = _string(kept.model) or "unknown"
        outside = outside_requests(usage) if usage.get("iterations") else []
        return (
            key, kept.rank, kept.agent, kept.time,
            [(kind, name or model, *one) for kind, name, one in outside],
            model, kept.first if kept.first != UNDATED else None,
            counted.input, counted.output, counted.cache_read, counted.cache_write, counted.cache_write_1h,
            largest_request(usage, counted.prompt), web_searches(usage), tariff(usage),
            kept.stop_reason is None, _miss_reason(kept.diagnostics), "",
        )  # fmt: skip

    def _extract(self) -> Extract:
        counts = self.reader.counts
        candidates = [self._candidate(key, kept) for key, kept in self.kept.items()]
        own = {leaf: text for leaf, text in self.summaries.items() if leaf in self.known_uuids}
        if own:
            self.titles["summary"] = list(own.values())[-1]
        return Extract(
            self.session_id or f"agent-{self.file.agent_id}", self.cwd, self.branch, self.version,
            counts.rows, counts.malformed, counts.oversized, self.response_rows, self.undated, self.anomalies,
            candidates, self.compactions, self.titles, self.summaries, self.last_uuid, self.first_prompt, self.chain,
        )  # fmt: skip


def _miss_reason(diagnostics: Any) -> str:
    """The cache miss that the log itself explains, or ""."""
    reason = diagnostics.get("cache_miss_reason") if diagnostics.__class__ is dict else None
    if reason.__class__ is dict:
        reason = reason.get("type")
    return _string(reason)


def _string(value: Any) -> str:
    return value if value.__class__ is str else ""
