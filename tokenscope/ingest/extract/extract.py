"""What the store keeps of one file, as it comes from whoever read it: plain tuples, lists, dicts, strings and numbers.

So a worker process hands it over cheaply; `merge.py` gives it names again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tokenscope.context_steps import Packed
    from tokenscope.ingest.rows.counters import CostState
    from tokenscope.store import Label


class Columns(NamedTuple):
    """The responses of one file, a place each. `agents` and `ranks` hold only what differs from the file's own."""

    keys: list[str]
    fields: list[tuple[Any, ...]]  # model.Message from `model` on, one tuple a field; none where there are no responses
    kept_at: list[int]  # ms: the time of the row whose figures these are, or UNDATED
    agents: dict[int, str]
    ranks: dict[int, int]
    odd: dict[int, int]  # how many of its counters are no whole numbers
    outside: dict[int, list[tuple[Any, ...]]]  # kind, model and Counters of requests outside the counters


class Extract(NamedTuple):
    """What one file holds. The fields from `keys` to `outside` are those of Columns."""

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
    done: dict[int, tuple[int, ...]]  # by place, what each response did: the fields of store.ResponseWork
    threads: list[tuple[str, Packed]]  # what went into each, see arrivals.Thread
    activity: tuple[Any, ...] | None  # the fields of actions.Done
    versions: list[str]  # of Claude Code, a place each; only with Facet.FILES
    tale: tuple[Any, ...] | None  # the fields of story.Tale
    continued_in: str  # the session that this one says it went on in
    searches: list[tuple[str, str, int]]  # of the WebSearch tool: the result's uuid, its response's key, how many
    worktrees: dict[str, str]  # the folder that each was made from, by its own
    team: tuple[str, str]  # the team that it is of, and which of it it is; "" for none; only with Facet.TOOLS
    cost: CostState | None  # the last that Claude Code said it counted; only with Facet.TOOLS
    own_requests: list[tuple[str, str]]  # without figures: kind, what tells it apart; only with FILES or TITLES
    last_time: int | None  # ms: of the last row with a readable time, only with parts of TOOLS; None: not known
    stamps: list[tuple[str, ...]]  # the fields of model.Stamps, a place each; only with STAMPS or EFFORTS
