"""What in Claude Code's settings an audit would change, and why: only what Claude Code reads, and only to try.

Read by it: `model` in a settings file, `model` in the front matter of an agent's file, and the variable
CLAUDE_CODE_SUBAGENT_MODEL, which goes over the model of every subagent. An alias (sonnet) stands for the newest model
of its family, whoever serves it.
"""

from __future__ import annotations

import re

from tokenscope.answers.activity.audit import MAIN_THREAD, OTHER_AGENT, Group, QuotaAuditReport
from tokenscope.model import Usage
from tokenscope.pricing.pricer import FAMILIES
from tokenscope.value import Value

LEAST_SHARE = 0.25  # of its premium usage that was light; below it a switch would hit more than it is meant for
LEAST_RESPONSES = 10
SUBAGENT_VARIABLE = "CLAUDE_CODE_SUBAGENT_MODEL"
USER_SETTINGS, PROJECT_SETTINGS = "~/.claude/settings.json", ".claude/settings.local.json"
BUILT_IN = frozenset(
    {"general-purpose", "Explore", "Plan", "statusline-setup", "output-style-setup", "claude-code-guide"}
)
_AGENT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


class Lever(Value):
    """`file`: where it would go; `setting`: as it would stand there. The rest is the finding that it rests on."""

    file: str
    project: str | None
    setting: dict[str, str | dict[str, str]]
    about: str  # whose usage it is: "main threads", "this project", "subagents of the type reviewer" …
    candidates: Usage
    premium: Usage
    share_of_premium: float


def find_levers(report: QuotaAuditReport) -> list[Lever]:
    """The main thread's model for all projects, else for some; then the subagents', type by type, else for all."""
    threads = {group.label: group for group in report.by_agent_type}
    main = _lever(threads.get(MAIN_THREAD), USER_SETTINGS, "main threads")
    projects = [] if main else [_lever(one, PROJECT_SETTINGS, "this project", one.label) for one in report.by_project]
    kinds = [group for label, group in threads.items() if label != MAIN_THREAD]
    agents = [
        _lever(group, f".claude/agents/{group.label}.md", f"subagents of the type {group.label}")
        for group in kinds
        if group.label not in (*BUILT_IN, OTHER_AGENT) and _AGENT_NAME.fullmatch(group.label)
    ]
    every = [_for_all_subagents(group) for group in kinds if group.label in (*BUILT_IN, OTHER_AGENT)]
    variable = sorted(filter(None, every), key=lambda lever: -lever.candidates.total_tokens)[:1]
    return [lever for lever in (main, *projects, *agents, *variable) if lever is not None]


def alias(model: str) -> str | None:
    """The family's name, which Claude Code takes for its newest model; None for a model of no known family."""
    return next((name for names in FAMILIES for name in names if name in model), None)


def _lever(group: Group | None, file: str, about: str, project: str | None = None) -> Lever | None:
    """None where too little was light, or nothing smaller is known."""
    if group is None or group.smaller_model is None or group.candidates.messages < LEAST_RESPONSES:
        return None
    name, part = alias(group.smaller_model), group.share_of_premium or 0.0
    if name is None or part < LEAST_SHARE:
        return None
    return Lever(file, project, {"model": name}, about, group.candidates, group.premium, part)


def _for_all_subagents(group: Group) -> Lever | None:
    """What has no file of its own can only be reached together with all others."""
    lever = _lever(group, USER_SETTINGS, f"subagents of the type {group.label}; it would hold for every subagent")
    if lever is None:
        return None
    return Lever(
        lever.file,
        None,
        {"env": {SUBAGENT_VARIABLE: str(lever.setting["model"])}},
        lever.about,
        lever.candidates,
        lever.premium,
        lever.share_of_premium,
    )
