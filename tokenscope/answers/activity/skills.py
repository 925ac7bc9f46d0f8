"""Skills that the model loaded and slash commands that were typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from tokenscope.behaviour.tool_sums import sum_tool_uses
from tokenscope.history.activity import Activity
from tokenscope.history.activity_counts import command_of
from tokenscope.history.history import History
from tokenscope.store import ToolUse
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing


class SkillRow(Value):
    """A skill that the model loaded, or a slash command that was typed (`kind`)."""

    name: str
    kind: str
    calls: int
    errors: int
    sessions: int


def skill_rows(history: History) -> list[SkillRow]:
    by_skill: dict[str, list[ToolUse]] = defaultdict(list)
    for use in history.once(Activity).tool_uses:
        if use.name == "Skill":
            by_skill[use.what].append(use)
    sums = sum_tool_uses(history, by_skill)
    rows = [SkillRow(name, "skill", one.calls, one.outcomes["error"], len(one.sessions)) for name, one in sums.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.name))


def command_rows(history: History) -> list[SkillRow]:
    """Slash commands by their name, whatever was said after it."""
    times: Counter[str] = Counter()
    sessions: dict[str, set[str]] = defaultdict(set)
    for prompt in history.once(Activity).prompts:
        name = command_of(prompt)
        if name:
            times[name] += 1
            sessions[name].add(prompt.session_id)
    rows = [SkillRow(name, "command", count, 0, len(sessions[name])) for name, count in times.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.name))


def skills_card(skills: Sequence[SkillRow], drawing: Drawing) -> Card:
    shown = sorted(skills, key=lambda row: (-row.calls, row.name))[: drawing.limit]
    columns = (
        Column("kind", "label"),
        Column("name", "path"),
        Column("times", "number"),
        Column("sessions", "number"),
        Column("", "bar"),
    )
    rows = tuple(
        Row(
            (row.kind, row.name, figures.count(row.calls), figures.count(row.sessions), float(row.calls)),
            tone=Tone.CARRIED,
        )
        for row in shown
    )
    loaded = sum(row.calls for row in skills if row.kind == "skill")
    typed = sum(row.calls for row in skills if row.kind == "command")
    said = [f"skills were loaded {figures.plural(loaded, 'time')}"] if loaded else []
    said += [f"slash commands were typed {figures.plural(typed, 'time')}"] if typed else []
    words = ", ".join(said)
    sentence = f"{words[0].upper()}{words[1:]}."
    return Card("Skills and commands", sentence, (Table(columns, rows, len(skills) - len(shown)),))
