"""What the file beside a subagent's transcript says of it: `agent-<id>.meta.json` (T03)."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

LARGEST = 1 << 16  # bytes; a larger one is not what it should be


class Sidecar(NamedTuple):
    """Each "" where it is not said; only a sixth of them name the tool use that spawned the subagent."""

    agent_type: str = ""
    description: str = ""
    tool_use_id: str = ""


def read_sidecar(transcript: str) -> Sidecar:
    """The sidecar of the transcript at this path; an empty one where there is none that can be read."""
    try:
        with open(transcript.removesuffix(".jsonl") + ".meta.json", "rb") as file:  # noqa: PTH123 - once a subagent
            said: Any = orjson.loads(file.read(LARGEST))
    except (OSError, ValueError):
        return Sidecar()
    return sidecar_of(said)


def sidecar_of(said: Any) -> Sidecar:
    """What a sidecar's content says."""
    if said.__class__ is not dict:
        return Sidecar()
    values = (said.get(name) for name in ("agentType", "description", "toolUseId"))
    return Sidecar(*(value if value.__class__ is str else "" for value in values))
