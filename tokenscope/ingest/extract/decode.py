"""From one file's rows to what the store keeps of them: responses, compactions, titles."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.ids import CONVERSATION, agent_of
from tokenscope.ingest.extract.responses import Responses
from tokenscope.ingest.extract.row_needs import row_needs
from tokenscope.ingest.extract.session_names import NAMING, SessionNames, SystemRows, string_of
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.sidecar import Sidecar, read_sidecar
from tokenscope.ingest.rows.counters import CostState, cost_state, whole
from tokenscope.ingest.rows.lenient import PresentRow
from tokenscope.ingest.rows.read import GivenRows, RowReader, last_time_in
from tokenscope.ingest.rows.schema import MESSAGES, TOLD, AnyRow, Progress
from tokenscope.ingest.times import milliseconds
from tokenscope.model import Facet

if TYPE_CHECKING:
    from tokenscope.ingest.extract.actions import Actions
    from tokenscope.ingest.extract.content import Content
    from tokenscope.ingest.extract.response_work import WorkCounter
    from tokenscope.ingest.extract.texts import Story


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
        self.wanted = row_needs(int(facets))
        self.agent_id, self.joins_teams = transcript.agent_id, self.wanted.teams
        self.reader = rows
        self.cwd = self.branch = self.version = ""
        self.present = PresentRow(rows.line)
        self.names = SessionNames(transcript.agent_id)
        self.system = SystemRows(transcript.path, transcript.agent_id)
        self.responses = Responses(transcript.session_id, transcript.agent_id)
        self.chain: dict[str, Any] = {}
        self.content: Content | WorkCounter | None = None
        self.activity: Actions | None = None
        self.versions: dict[str, str] = {}  # by a response's id
        self.stamps = self.wanted.stamps() if self.wanted.stamps else None
        self.story: Story | None = None
        self.collectors: list[Callable[[Any, str, str], None]] = []  # what takes rows in beside responses
        self._prepare()
        self.team = ("", "")
        self.cost: CostState | None = None
        self.last_time: int | None = None  # ms
        self.titled: list[tuple[str, str]] = []  # requests of Claude Code's own that a title tells of
        self.searches: list[tuple[str, str, int]] = []

    def _prepare(self) -> None:
        """What is imported only for the questions that need it: 7 ms each, and half a one."""
        if self.wanted.content:
            from tokenscope.ingest.extract.response_work import collector_of  # noqa: PLC0415

            self.content = collector_of(self.facets, self.present)
            self.collectors.append(self.content.add)
        if self.wanted.activity:
            from tokenscope.ingest.extract.actions import Actions  # noqa: PLC0415

            self.activity = Actions(self.session_id, self.facets)
            self.collectors.append(self.activity.add)
        if self.wanted.texts:
            from tokenscope.ingest.extract.texts import Story  # noqa: PLC0415

            self.story = Story()
            self.collectors.append(self.story.add)

    def run(self) -> Extract:
        introduced, notes_versions, present = False, self.wanted.files, self.present
        counts_alone = not (self.wanted.more_than_usage or notes_versions)
        for rows in self.reader.batches(self.wanted.decoder):
            for present.place, row in enumerate(rows):
                if not introduced:
                    introduced = self._introduce(row)
                elif counts_alone:
                    self._count(rows[present.place :])
                    break
                if notes_versions:
                    self._note_version(row)
                self._take(row)
            self.last_time = last_time_in(rows, self.last_time) if self.activity else None
        return self._extract()

    def _count(self, rows: list[AnyRow]) -> None:
        """As `_take`, where nothing but usage is asked for: most rows are none of its business."""
        add, is_main = self.responses.add, not self.file.agent_id
        for row in rows:
            if row.isSidechain is True and is_main:
                self._take(row)
            elif row.attachment is not UNSET:
                continue
            elif (kind := row.type) == "assistant":
                add(row)
            elif kind == "user":
                if row.toolUseResult is not UNSET:
                    self._search(row)
            else:
                self._other(row, kind)

    def _take(self, row: Any) -> None:
        kind: Any = row.type
        agent, key = self.agent_id, ""
        if row.isSidechain is True and not agent:
            if kind.__class__ is str and kind in CONVERSATION and row.uuid.__class__ is str:
                self.chain.setdefault(row.uuid, row.parentUuid)
            agent = agent_of(row, "")
        if row.attachment is not UNSET:  # whatever its type says
            pass
        elif kind == "assistant":
            key = self.responses.add(row)
        elif kind == "user":
            if row.toolUseResult is not UNSET:
                self._search(row)
        else:
            self._other(row, kind)
        if key and self.stamps is not None:
            self.stamps.add(row, None, key)
        for collect in self.collectors:
            collect(row, agent, key)
        if self.joins_teams and row.teamName and not self.team[0]:
            self._join_team(row)

    def _other(self, row: AnyRow, kind: Any) -> None:
        """Take in what a row says that is none of a person, a tool or the model."""
        if kind == "progress":
            self._progress(row)
        elif kind == "system":
            self.system.add(row)
        elif kind == "cost-state":
            self._cost(row)
        elif kind.__class__ is str and kind in NAMING and (title := self.names.add(row, kind)):
            self.titled.append(("title", f"{self.session_id}:{title}"))

    def _join_team(self, row: Any) -> None:
        """A member of a team is a session of its own (T57); the first team that it names is its team."""
        if team := string_of(row.teamName):
            self.team = team, string_of(row.agentName)

    def _cost(self, row: AnyRow) -> None:
        """What Claude Code counted so far: the last row of the session's own counts (T54)."""
        if self.wanted.teams and string_of(row.sessionId) in ("", self.session_id):
            self.cost = cost_state(self.present.whole(), milliseconds(row.timestamp)) or self.cost

    def _introduce(self, row: AnyRow) -> bool:
        """Learn from the file's first rows whose it is; True once all is known."""
        if not self.session_id:
            self.session_id = self.responses.session_id = string_of(row.sessionId)
        if not self.cwd:
            self.cwd = string_of(row.cwd)
            self.branch = string_of(row.gitBranch)
            self.version = string_of(row.version)
        wants_prompt = self.wanted.titles and self.names.wants_prompt(row)
        return bool(self.session_id and self.cwd and not wants_prompt)

    def _note_version(self, row: AnyRow) -> None:
        message, version = row.message, row.version
        if message.__class__ in MESSAGES and version.__class__ is str:
            self.versions.setdefault(string_of(message.id), version)

    def _progress(self, row: AnyRow) -> None:
        """A subagent's whole row again, inside its parent's file (T24)."""
        data: Any = row.data
        if not isinstance(data, Progress) or data.type != "agent_progress":
            return
        inner = data.message
        if not isinstance(inner, AnyRow) or inner.type not in ("assistant", "user") or inner.attachment is not UNSET:
            return
        agent = string_of(data.agentId) or "inline:" + string_of(row.uuid)
        key = self.responses.add(inner, row, agent) if inner.type == "assistant" else ""
        if key and self.stamps is not None:
            self.stamps.add(inner, row, key)
        self.present.is_inner = True
        for collect in self.collectors:
            collect(inner, agent, key)
        self.present.is_inner = False

    def _search(self, row: AnyRow) -> None:
        """The result of the WebSearch tool, whose own request to a model tells nothing but how often it searched."""
        told: Any = row.toolUseResult
        if told.__class__ in TOLD and told.searchCount is not UNSET and (key := self.responses.last_key):
            self.searches.append((string_of(row.uuid), key, whole(told.searchCount)[0]))

    def _extract(self) -> Extract:
        counts, responses = self.reader.counts, self.responses
        columns, places = responses.columns(), responses.places() if self.collectors else {}
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
            self.system.compactions,
            self.system.bridges,
            self.names.titles,
            self.names.summaries,
            responses.last_uuid,
            self.names.first_prompt,
            self.chain,
            list(self.content.labels) if self.content else [],
            [(*what, count) for what, count in self.content.inventory.items()] if self.content else [],
            self.content.spawned if self.content else [],
            self.content.forks if self.content else {},
            self.content.done(places) if self.content else {},
            self.content.threads(places, self.chain) if self.content else [],
            self._activity(places),
            [self.versions.get(key, self.version) for key in columns.keys] if self.wanted.files else [],
            tuple(self.story.tale) if self.story else None,
            self.names.continued_in,
            self.searches,
            self.names.worktrees,
            self.team,
            self.cost,
            self.titled + self.system.recaps if self.wanted.files or self.wanted.titles else [],
            None if counts.malformed or counts.oversized else self.last_time,  # who knows when those were written?
            self.stamps.column(columns.keys) if self.stamps else [],
        )

    def _activity(self, places: dict[str, int]) -> tuple[Any, ...] | None:
        if self.activity is None:
            return None
        asks = self.file.agent_id and self.activity.spawns
        sidecar = self.sidecar or (read_sidecar(self.file.path) if asks else Sidecar())
        return tuple(self.activity.done(places, sidecar))
