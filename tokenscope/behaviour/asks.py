"""What each prompt of the person led to: everything from it to the next one, subagents with what spawned them.

A subagent's spend belongs to the ask that spawned it, also when it finishes later; what no ask led to is one of its
own, without a prompt. Asks are made of steps, so that they add up to the session as those do.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from tokenscope.behaviour.session_steps import PROMPT, RESPONSE, SUBAGENT, Step
from tokenscope.store import ToolUse
from tokenscope.value import Record, field

# What a tool is for; every other one is of its own kind.
LOOKED, CHANGED, RAN, SEARCHED, DELEGATED = "looked", "changed", "ran", "searched the web", "delegated"
PLANNED, TALKED = "planned", "talked"
_PURPOSES = {
    **dict.fromkeys(("Read", "Grep", "Glob", "LS", "NotebookRead", "LSP"), LOOKED),
    **dict.fromkeys(("Edit", "MultiEdit", "Write", "NotebookEdit"), CHANGED),
    **dict.fromkeys(("Bash", "BashOutput", "KillShell", "PowerShell"), RAN),
    **dict.fromkeys(("WebFetch", "WebSearch"), SEARCHED),
    **dict.fromkeys(("Task", "Agent"), DELEGATED),
    **dict.fromkeys(("TodoWrite", "TaskCreate", "TaskUpdate", "TaskList", "ExitPlanMode"), PLANNED),
}


class Ask(Record):
    """`prompt`: the step that asked; None: what belongs to no ask."""

    prompt: Step | None
    steps: list[Step] = field(default_factory=list)

    @property
    def messages(self) -> list[int]:
        """Indices of all responses that it led to."""
        return [index for step in self.steps for index in step.messages]

    @property
    def outcome(self) -> str:
        """The last words of the model to the person."""
        return next((step.text for step in reversed(self.steps) if _is_narration(step)), "")

    @property
    def uses(self) -> list[ToolUse]:
        return [use.tool for step in self.steps for use in step.uses]

    @property
    def retries(self) -> int:
        return sum(use.retry for step in self.steps for use in step.uses)

    @property
    def spawns(self) -> int:
        return sum(step.kind == SUBAGENT and not step.resumed for step in self.steps)


def asks_of(steps: Iterable[Step]) -> list[Ask]:
    """Every ask in the order of time; what belongs to none last, if there is any."""
    asks: list[Ask] = []
    nobodys = Ask(None)
    is_orphaned = False
    for step in steps:
        if step.kind == PROMPT:
            asks.append(Ask(step))
        elif step.depth == 0:
            is_orphaned = step.orphan or (step.kind == RESPONSE and step.time is None)
        if step.kind != PROMPT:
            (nobodys if is_orphaned or not asks else asks[-1]).steps.append(step)
    return [*asks, nobodys] if nobodys.messages or nobodys.uses else asks


def phases_of(steps: Iterable[Step]) -> list[tuple[str, int]]:
    """What the main thread was doing, phase by phase, with the number of responses of each."""
    purposes = [_purpose(step) for step in steps if step.kind == RESPONSE and step.depth == 0]
    return [(purpose, len(list(together))) for purpose, together in groupby(purposes)]


def uses_for(uses: Iterable[ToolUse], purpose: str) -> list[ToolUse]:
    return [use for use in uses if _PURPOSES.get(use.name) == purpose]


def _purpose(step: Step) -> str:
    """By the most telling tool of a response: a change says more than a look."""
    purposes = {_PURPOSES.get(use.tool.name, use.tool.name) for use in step.uses}
    telling = (one for one in (DELEGATED, CHANGED, RAN, SEARCHED, LOOKED, PLANNED) if one in purposes)
    return next(telling, min(purposes, default=TALKED))


def _is_narration(step: Step) -> bool:
    return step.kind == RESPONSE and step.depth == 0 and bool(step.text.strip())
