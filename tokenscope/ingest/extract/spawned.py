"""What a tool use that spawned a subagent says of it, and what its result does."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tokenscope.ingest.extract.use_words import first_words, key_of
from tokenscope.ingest.rows.counters import whole
from tokenscope.ingest.rows.labels import short
from tokenscope.ingest.rows.lenient import Input
from tokenscope.ingest.rows.schema import Result

SPAWNING = ("Task", "Agent")  # tools
_NAMED = "agentId:"  # looked for first, as results are long
_AGENT_ID = re.compile(rf"\b{_NAMED} ?([0-9A-Za-z_-]{{6,64}})")


class Spawned(NamedTuple):
    """What a spawn says of its subagent. `reported`: tokens, tool uses, ms; None where it does not say."""

    agent_id: str
    agent_type: str
    description: str
    prompt: str
    prompt_key: str
    background: bool
    reported: tuple[int | None, int | None, int | None]


def spawned_by(given: Input) -> Spawned:
    """What the tool's input says."""
    told = given.prompt
    told = told if told.__class__ is str else ""
    return Spawned(
        "",
        short(given.subagent_type),
        short(given.description),
        first_words(told),
        key_of(told),
        given.run_in_background is True,
        (None, None, None),
    )


def answered(spawned: Spawned, text: str, told: Any) -> Spawned:
    """The same, with what the result says in its `text` and, for the screen, in `told`."""
    if told.__class__ is not Result:
        return spawned._replace(agent_id=_named_in(text))
    agent, agent_type = told.agentId, told.agentType
    figures = (told.totalTokens, told.totalToolUseCount, told.totalDurationMs)
    tokens, uses, ms = (None if figure is None else whole(figure)[0] for figure in figures)
    return spawned._replace(
        agent_id=agent if agent.__class__ is str and agent else _named_in(text),
        agent_type=spawned.agent_type or short(agent_type),
        background=spawned.background or told.isAsync is True,
        reported=(tokens, uses, ms),
    )


def _named_in(text: str) -> str:
    found = _AGENT_ID.search(text) if _NAMED in text else None
    return found[1] if found else ""


def reported_by(calls: list[Spawned]) -> tuple[int | None, int | None, int | None]:
    """Tokens as the last call says; tool uses and ms of all calls together."""
    if not calls:
        return None, None, None
    tokens = [call.reported[0] for call in calls if call.reported[0] is not None]
    uses = [call.reported[1] for call in calls if call.reported[1] is not None]
    ms = [call.reported[2] for call in calls if call.reported[2] is not None]
    return tokens[-1] if tokens else None, sum(uses) if uses else None, sum(ms) if ms else None
