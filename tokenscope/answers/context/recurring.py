"""What came into the context again and again: files, searches, prompts, outputs, commands."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection
from heapq import nlargest
from math import fsum

from tokenscope.history.usage import dollars_of
from tokenscope.ledger.ledger import Entry, Ledger
from tokenscope.names import slash_command
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Row, Table, Tone
from tokenscope.view.question import Drawing

LISTED = 50
LEAST_COMMAND = 24  # characters of a prompt: a shorter one is typed as fast as the command that would stand for it
FIXES = {
    "file": "say in CLAUDE.md what matters in it, or ask for a range of lines",
    "search": "say in CLAUDE.md where it is",
    "prompt": "make it a command in .claude/commands",
    "output": "let it return less, or ask for it once a session",
    "command": "let it print less, or run it for a part",
}
CHECKS = "let it print failures only: a quiet option, or the last lines (| tail -30)"
LOOKS = "ask for a part (-n, --stat, head), or say in CLAUDE.md what it would find"
# The fix of a command, or of a command's output, by what it is.
_CHECK = re.compile(
    r"\b(test|tests|pytest|vitest|jest|build|lint|eslint|ruff|mypy|tsc|check|clippy|cargo|make|gradlew?|mvn|playwright"
    r"|typecheck|tox|nox|rspec|ctest|phpunit)\b"
)
_LOOK = re.compile(
    r"^(cd\s[^;&|]*(&&|;)\s*)?(ls|cat|head|tail|sed|less|find|grep|rg|tree|wc|git\s+(log|diff|show|status))\b"
)
NAMES = {"file": "read", "search": "searched", "prompt": "asked", "output": "same output", "command": "ran"}
DONE = {
    "file": "was read whole {times}",
    "search": "was searched for {times}",
    "prompt": "was asked {times}",
    "output": "returned the same {times}",
    "command": "ran {times}",
}


class Recurring(Value):
    """`tokens`: carried by all responses in scope together. No token stands under two of these."""

    kind: str
    label: str
    sessions: int
    occurrences: int
    tokens: int
    list_price_usd: float | None
    fix: str


Named = tuple[str, Entry]  # what it is called


def find_recurring(
    ledger: Ledger,
    *,
    min_sessions: int = 3,
    min_times: int = 3,
    min_output: int = 2_000,
    kinds: Collection[str] = FIXES,
) -> list[Recurring]:
    """Files, searches and commands in that many sessions, prompts and outputs so many times; most tokens first.

    A slash command is none of them: it was made to be asked again.
    `min_output`: characters. Outputs of less than 2,000 are never compared; above that, white space is left out.
    """
    known = [(label, entry) for label, entry in ledger.entries.items() if label[3] or label[5]]
    times: dict[str, int] = defaultdict(int)  # of each output that may count as one
    for label, entry in known:
        if label[5] == "output" and (min_output <= 2_000 or _length(label[6]) >= min_output):
            times[label[6]] += entry.occurrences
    groups: dict[tuple[str, str], list[Named]] = defaultdict(list)
    for label, entry in known:
        output = label[6]
        if output and times.get(output, 0) >= min_times:
            groups["output", output].append((f"{label[1].removesuffix(' results')} {label[2]}".strip(), entry))
        elif label[3] and not (label[3] == "prompt" and slash_command(label[4])):
            groups[label[3:5]].append((label[4], entry))
    sized = [
        (round(fsum([entry.tokens for _, entry in group])), kind, group)
        for (kind, _), group in groups.items()
        if kind in kinds and _recurs(kind, group, min_sessions, min_times)
    ]
    least = min(nlargest(LISTED, [tokens for tokens, *_ in sized]), default=0)
    found = [_recurring(*one) for one in sized if one[0] >= least]
    found.sort(key=lambda one: (-one.tokens, one.kind, one.label))
    return found[:LISTED]


def _length(fingerprint: str) -> int:
    """How many characters an output has without white space: its fingerprint begins with that."""
    return int(fingerprint.partition("-")[0], 16)


def _recurs(kind: str, group: list[Named], min_sessions: int, min_times: int) -> bool:
    if kind in ("prompt", "output"):
        return sum([entry.occurrences for _, entry in group]) >= min_times
    if len(group) == 1 and len(group[0][1].sessions) < min_sessions:  # nearly always
        return False
    return len(_sessions(group)) >= min_sessions


def _sessions(group: list[Named]) -> set[str]:
    return {session for _, entry in group for session in entry.sessions}


def _recurring(tokens: int, kind: str, group: list[Named]) -> Recurring:
    times: dict[str, int] = defaultdict(int)
    for name, entry in group:
        times[name] += entry.occurrences
    label = max(times, key=lambda name: (times[name], name))
    price = round(fsum(entry.price for _, entry in group))
    usd = dollars_of(price) if price else None  # nothing: no price is known
    return Recurring(kind, label, len(_sessions(group)), sum(times.values()), tokens, usd, fix_of(kind, label))


def fix_of(kind: str, label: str) -> str:
    """What would make less of it."""
    command = label.removeprefix("Bash ") if kind == "output" and label.startswith("Bash ") else label
    if kind == "command" or command != label:
        if _CHECK.search(command):
            return CHECKS
        if _LOOK.search(command):
            return LOOKS
    return FIXES[kind]


def recurring_card(found: list[Recurring], drawing: Drawing, *, prompt_tokens: int) -> Card:
    """The most carried recurrences, and what to do about the first one of each kind."""
    title = "What came again and again"
    if not found:
        return Card(title, "Nothing came into the context of three sessions alike.")
    tokens = sum(one.tokens for one in found)
    part = figures.share(tokens / prompt_tokens) if prompt_tokens else ""
    sentence = (
        f"{figures.tokens(tokens)} tokens of context, {part} of it, came from files, searches, commands, prompts "
        "and outputs that recurred."
    )
    columns = (
        Column("kind", "label"),
        Column("what", "path"),
        Column("tokens", "number"),
        Column("times", "number"),
        Column("sessions", "number"),
        Column("", "bar"),
    )
    shown = found[: min(drawing.limit, 10) if drawing.limit <= 12 else drawing.limit]
    rows = tuple(
        Row(
            (
                NAMES[one.kind],
                figures.home_path(one.label),
                figures.tokens(one.tokens),
                figures.count(one.occurrences),
                figures.count(one.sessions),
                float(one.tokens),
            ),
            tone=Tone.CARRIED,
        )
        for one in shown
    )
    table = Table(columns, rows, len(found) - len(shown))
    caption = "est., carried by all responses · no recorded cause: without reads in part or after edits"
    return Card(title, sentence, (table,), tuple(advice(one) for one in best_of_each_kind(found)[:2]), caption)


def best_of_each_kind(found: list[Recurring]) -> list[Recurring]:
    """The largest recurrence of each kind that something can be done about, the most tokens first."""
    best: dict[str, Recurring] = {}
    for one in found:
        if one.kind != "prompt" or is_worth_a_command(one):
            best.setdefault(one.kind, one)
    return list(best.values())


def is_worth_a_command(one: Recurring) -> bool:
    """Whether a prompt that recurs is longer than a command of its own would be. A slash command is none of these."""
    return len(one.label) >= LEAST_COMMAND


def advice(one: Recurring) -> str:
    """What recurred, how often, and what to do; how much less that would be carried, nothing in the log says."""
    name = figures.project_name(one.label) if one.kind == "file" else one.label
    name = figures.shortened(name, 36)
    name = name if one.kind in ("file", "output") else f"“{name}”"
    done = DONE[one.kind].format(times=figures.plural(one.occurrences, "time"))
    where = f" in {figures.plural(one.sessions, 'session')}" if one.sessions > 1 else ""
    return f"{name} {done}{where}: {one.fix}"
