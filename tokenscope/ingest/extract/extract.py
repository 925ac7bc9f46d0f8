"""From one file's rows to what the store keeps of them: responses, compactions, titles.

What comes out is made of plain tuples, lists, dicts, strings and numbers only, so that a worker process can
hand it over cheaply; `merge.py` gives it names again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from tokenscope.context_steps import Packed, pack
from tokenscope.ingest.extract.responses import CONVERSATION, Responses, agent_of
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.sidecar import Sidecar, read_sidecar
from tokenscope.ingest.rows.cost_state import CostState, cost_state
from tokenscope.ingest.rows.counters import whole
from tokenscope.ingest.rows.lenient import value_of
from tokenscope.ingest.rows.read import GivenRows, RowReader
from tokenscope.ingest.rows.schema import MESSAGES, PROGRESS, ROWS, TOLD, AnyRow, decoder_of
from tokenscope.ingest.rows.stamps import StampReader
from tokenscope.ingest.rows.times import milliseconds
from tokenscope.model import Facet

if TYPE_CHECKING:
    from tokenscope.ingest.extract.actions import Actions
    from tokenscope.ingest.extract.content import Content
    from tokenscope.ingest.extract.texts import Story
    from tokenscope.store import Label

TITLE_FIELDS = {"custom-title": "customTitle", "ai-title": "aiTitle", "agent-name": "agentName"}
NAMING = frozenset({"summary", "continued-in", "worktree-state", *TITLE_FIELDS})


class Extract(NamedTuple):
    """What one file holds. The fields from `keys` to `outside` are those of responses.Columns."""

    session_id: str  # "" where neither the path nor a row tells
    cwd: str
    branch: str
    version: str
    rows: int
    malformed: int
    oversized: int
    response_rows: int
    undated: int
    keys: list[str]
    fields: list[tuple[Any, ...]]  # one tuple a field
    kept_at: list[int]
    agents: dict[int, str]
    ranks: dict[int, int]
    odd: dict[int, int]
    outside: dict[int, list[tuple[Any, ...]]]
    compactions: list[tuple[str, int, str, int, int]]  # agent, time, trigger, tokens before, tokens after
    bridges: list[tuple[str, int]]  # agent, time: where remote control came or went
    titles: dict[str, str]  # by row type
    summaries: dict[str, str]  # by the uuid of the row they sum up to
    last_uuid: str  # of the last response row
    first_prompt: tuple[int, str]  # the best candidate for a title: see session_titles
    chain: dict[str, Any]  # the parent of each inline sidechain row, by uuid
    labels: list[Label]  # of the items
    inventory: list[tuple[str, str, int]]  # kind, name, count: see store.Inventory
    spawned: list[str]  # agents: see content.Content
    forks: dict[str, str]  # by agent, as there
    deeds: dict[int, tuple[int, ...]]  # by place: the fields of store.Deed
    threads: list[tuple[str, Packed]]  # what went into each, see arrivals.Thread
    activity: tuple[Any, ...] | None  # the fields of activity.Deeds
    versions: list[str]  # of Claude Code, a place each; only with Facet.FILES
    tale: tuple[Any, ...] | None  # the fields of story.Tale
    continued_in: str  # the session that this one says it went on in
    searches: list[tuple[str, str, int]]  # of the WebSearch tool: the result's uuid, its response's key, how many
    worktrees: dict[str, str]  # the folder that each was made from, by its own
    team: tuple[str, str]  # the team that it is of, and which of it it is; "" for none; only with Facet.TOOLS
    cost: CostState | None  # the last that Claude Code said it counted; only with Facet.TOOLS
    own_requests: list[tuple[str, str]]  # without figures: kind, what tells it apart; only with FILES or TITLES
    stamps: list[tuple[str, ...]]  # the fields of model.Stamps, a place each; only with Facet.STAMPS


def decode(
    transcript: Transcript, facets: Facet, rows: RowReader | GivenRows, sidecar: Sidecar | None = None
) -> Extract:
    """What the rows of one file, or of a piece of one, hold. Raises OSError where they cannot be read.

    `sidecar`: what is said beside a subagent's file; None: look for it where it is needed.
    """
    return _FileDecoder(transcript, facets, rows, sidecar).run()


class _FileDecoder:
    def __init__(
        self, transcript: Transcript, facets: Facet, rows: RowReader | GivenRows, sidecar: Sidecar | None
    ) -> None:
        self.file = transcript
        self.sidecar = sidecar
        self.session_id = transcript.session_id
        self.facets = facets
        self.reader = rows
        self.cwd = self.branch = self.version = ""
        self.first_prompt = (0, "")
        self.looked_at = self.place = 0  # rows; of the present one in its batch
        self.responses = Responses(transcript.session_id, transcript.agent_id)
        self.chain: dict[str, Any] = {}
        self.content = _content() if Facet.CONTENT in facets else None
        self.activity = _activity(transcript.session_id) if Facet.TOOLS in facets else None
        self.versions: dict[str, str] = {}  # by a response's id
        self.stamps = StampReader() if Facet.STAMPS in facets else None
        self.story = _story() if Facet.TEXT in facets else None
        self.continued_in = ""
        self.team = ("", "")
        self.cost: CostState | None = None
        self.own_requests: list[tuple[str, str]] = []
        self.searches: list[tuple[str, str, int]] = []
        self.compactions: list[tuple[str, int, str, int, int]] = []
        self.bridges: list[tuple[str, int]] = []
        self.titles: dict[str, str] = {}
        self.summaries: dict[str, str] = {}
        self.worktrees: dict[str, str] = {}

    def run(self) -> Extract:
        introduced, notes_versions = False, Facet.FILES in self.facets
        for rows in self.reader.batches(decoder_of(self.facets)):
            for self.place, row in enumerate(rows):
                if not introduced:
                    introduced = self._introduce(row)
                if notes_versions:
                    self._note_version(row)
                self._take(row)
        return self._extract()

    def _take(self, row: AnyRow) -> None:
        kind: Any = row.type
        sidechain = row.isSidechain is True and not self.file.agent_id
        if sidechain and kind.__class__ is str and kind in CONVERSATION:
            self._chain(row)
        is_attachment = row.attachment is not UNSET  # whatever its type says
        key = self.responses.add(row) if kind == "assistant" and not is_attachment else ""
        if self.stamps is not None and key:
            self.stamps.add(self.reader.line(self.place), key)
        if self.content is not None or self.activity is not None:
            agent = agent_of(row, "") if sidechain else self.file.agent_id
            if self.content is not None:
                self.content.add(row, agent, key, self._whole)
            if self.activity is not None:
                self.activity.add(row, agent, key)
                self._join_team(row)
            if self.story is not None:
                self.story.add(row, agent, key)
        if kind != "assistant" and not is_attachment:
            self._other(row, kind)

    def _whole(self) -> Any:
        """All that the present row says."""
        return value_of(self.reader.line(self.place))

    def _other(self, row: AnyRow, kind: Any) -> None:
        """Take in what a row of no response says beside its content."""
        if kind == "user":
            self._search(row)
        elif kind == "progress":
            self._progress(row)
        elif kind == "system":
            self._system(row)
        elif kind == "cost-state":
            self._cost(row)
        elif kind.__class__ is str and kind in NAMING:
            self._title(row, kind)

    def _join_team(self, row: AnyRow) -> None:
        """A member of a team is a session of its own (T57); the first team that it names is its team."""
        if not self.team[0] and (team := _string(row.teamName)):
            self.team = team, _string(row.agentName)

    def _cost(self, row: AnyRow) -> None:
        """What Claude Code counted so far: the last row of the session's own counts (T54)."""
        if self.activity is not None and _string(row.sessionId) in ("", self.session_id):
            self.cost = cost_state(self._whole(), milliseconds(row.timestamp)) or self.cost

    def _introduce(self, row: AnyRow) -> bool:
        """Learn from the file's first rows whose it is; True once all is known."""
        if not self.session_id:
            self.session_id = self.responses.session_id = _string(row.sessionId)
        if not self.cwd:
            self.cwd = _string(row.cwd)
            self.branch = _string(row.gitBranch)
            self.version = _string(row.version)
        wants_prompt = Facet.TITLES in self.facets and self._wants_prompt(row)
        return bool(self.session_id and self.cwd and not wants_prompt)

    def _wants_prompt(self, row: AnyRow) -> bool:
        """Take a row as what its session may be called; False once nothing better is to come."""
        from tokenscope.ingest.rows import session_titles  # noqa: PLC0415 - half a ms, as below

        self.looked_at += 1
        if row.type == "user":
            read = session_titles.subagent_candidate if self.file.agent_id else session_titles.title_candidate
            self.first_prompt = session_titles.better(self.first_prompt, read(row))
        return self.first_prompt[0] < session_titles.WORDS and self.looked_at < session_titles.LAST_ROW

    def _note_version(self, row: AnyRow) -> None:
        message, version = row.message, row.version
        if message.__class__ in MESSAGES and version.__class__ is str:
            self.versions.setdefault(_string(message.id), version)

    def _chain(self, row: AnyRow) -> None:
        uuid = row.uuid
        if uuid.__class__ is str:
            self.chain.setdefault(uuid, row.parentUuid)

    def _progress(self, row: AnyRow) -> None:
        """A subagent's whole row again, inside its parent's file (T24)."""
        data: Any = row.data
        if data.__class__ not in PROGRESS or data.type != "agent_progress":
            return
        inner = data.message
        if inner.__class__ not in ROWS or inner.type not in ("assistant", "user") or inner.attachment is not UNSET:
            return
        agent = _string(data.agentId) or "inline:" + _string(row.uuid)
        key = self.responses.add(inner, row, agent) if inner.type == "assistant" else ""
        if self.stamps is not None and key:
            self.stamps.add(self.reader.line(self.place), key)
        if self.content is not None:
            self.content.add(inner, agent, key, lambda: self._whole()["data"]["message"])
        if self.activity is not None:
            self.activity.add(inner, agent, key)
        if self.story is not None:
            self.story.add(inner, agent, key)

    def _search(self, row: AnyRow) -> None:
        """The result of the WebSearch tool, whose own request to a model tells nothing but how often it searched."""
        told: Any = row.toolUseResult
        key = self.responses.last_key
        if told.__class__ in TOLD and told.searchCount is not UNSET and key:
            number, _ = whole(told.searchCount)
            self.searches.append((_string(row.uuid), key, number))

    def _system(self, row: AnyRow) -> None:
        time, subtype = milliseconds(row.timestamp), row.subtype
        if subtype == "away_summary":
            self.own_requests.append(("recap", _string(row.uuid) or f"{self.file.path}:{len(self.own_requests)}"))
        if subtype == "bridge_status" and time is not None:
            self.bridges.append((agent_of(row, self.file.agent_id), time))
        if subtype != "compact_boundary" or time is None:
            return
        about: Any = row.compactMetadata
        about = about if about.__class__ is dict else {}
        before, _ = whole(about.get("preTokens", 0))
        after, _ = whole(about.get("postTokens", 0))
        agent = agent_of(row, self.file.agent_id)
        self.compactions.append((agent, time, _string(about.get("trigger")), before, after))

    def _title(self, row: AnyRow, kind: str) -> None:
        """A title, the session that this one goes on in, or the worktree that it works in."""
        if kind == "summary":
            leaf, text = _string(row.leafUuid), _string(row.summary)
            if leaf and text:
                self.summaries[leaf] = text
        elif kind == "continued-in":
            self.continued_in = _string(row.continuedInSessionId)
        elif kind == "worktree-state":
            state: Any = row.worktreeSession
            state = state if state.__class__ is dict else {}
            if (path := _string(state.get("worktreePath"))) and (origin := _string(state.get("originalCwd"))):
                self.worktrees[path] = origin
        elif title := _string(getattr(row, TITLE_FIELDS[kind])):
            self.titles[kind] = title
            if kind == "ai-title":
                self.own_requests.append(("title", f"{self.session_id}:{title}"))

    def _extract(self) -> Extract:
        counts, responses = self.reader.counts, self.responses
        columns = responses.columns()
        return Extract(
            self.session_id,
            self.cwd,
            self.branch,
            self.version,
            counts.rows,
            counts.malformed,
            counts.oversized,
            responses.rows,
            responses.undated,
            *columns,
            self.compactions,
            self.bridges,
            self.titles,
            self.summaries,
            responses.last_uuid,
            self.first_prompt,
            self.chain,
            list(self.content.labels) if self.content else [],
            [(*what, count) for what, count in self.content.inventory.items()] if self.content else [],
            self.content.spawned if self.content else [],
            self.content.forks if self.content else {},
            self.content.deeds(responses.places()) if self.content else {},
            self._contexts(responses.places()),
            self._activity(),
            [self.versions.get(key, self.version) for key in columns.keys] if Facet.FILES in self.facets else [],
            tuple(self.story.tale) if self.story else None,
            self.continued_in,
            self.searches,
            self.worktrees,
            self.team,
            self.cost,
            self.own_requests if self.facets & (Facet.FILES | Facet.TITLES) else [],
            self.stamps.column(columns.keys) if self.stamps else [],
        )

    def _contexts(self, places: dict[str, int]) -> list[tuple[str, Packed]]:
        threads = self.content.threads(places, self.chain) if self.content else []
        return [(agent, pack(steps)) for agent, steps in threads]

    def _activity(self) -> tuple[Any, ...] | None:
        if self.activity is None:
            return None
        sidecar = self.sidecar
        if sidecar is None:
            sidecar = read_sidecar(self.file.path) if self.file.agent_id else Sidecar()
        return tuple(self.activity.deeds(sidecar))


# Imported only for the questions that need them: 7 ms each, and half a one.


def _content() -> Content:
    from tokenscope.ingest.extract.content import Content  # noqa: PLC0415

    return Content()


def _story() -> Story:
    from tokenscope.ingest.extract.texts import Story  # noqa: PLC0415

    return Story()


def _activity(session_id: str) -> Actions:
    from tokenscope.ingest.extract.actions import Actions  # noqa: PLC0415

    return Actions(session_id)


def _string(value: Any) -> str:
    return value if value.__class__ is str else ""
