"""What came into the context again and again: files, searches, prompts, outputs, commands."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tokenscope import figures
from tokenscope.accounting.ledger import Entry, Ledger
from tokenscope.accounting.usage import dollars
from tokenscope.card import Card, Column, Row, Table, Tone
from tokenscope.question import Drawing

LISTED = 50
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


@dataclass(frozen=True, slots=True)
class Recurring:
    """`tokens`: carried by all responses in scope together. No token stands under two of these."""

    kind: str
    label: str
    sessions: int
    occurrences: int
    tokens: int
    list_price_usd: float | None
    fix: str


@dataclass(slots=True)
class _Group:
    sums: Entry = field(default_factory=Entry)
    labels: Counter[str] = field(default_factory=Counter)
    sessions: set[str] = field(default_factory=set)


def find_recurring(
    ledger: Ledger,
    *,
    min_sessions: int = 3,
    min_times: int = 3,
    min_output: int = 2_000,
    kinds: Collection[str] = FIXES,
) -> list[Recurring]:
    """Files, searches and commands in that many sessions, prompts and outputs so many times; most tokens first.

    `min_output`: characters. Outputs of less than 2,000 are never compared; above that, white space is left out.
    """
    outputs: Counter[str] = Counter()
    for label, entry in ledger.entries.items():
        if label[5] == "output" and (min_output <= 2_000 or _length(label[6]) >= min_output):
            outputs[label[6]] += entry.occurrences
    groups: dict[tuple[str, str], _Group] = defaultdict(_Group)
    for label, entry in ledger.entries.items():
        _, source, item, kind, what, _, output = label
        if output and outputs[output] >= min_times:
            name = f"{source.removesuffix(' results')} {item}".strip()
            _enter(groups["output", output], name, entry, ledger.sessions.get(label, ()))
        elif kind:
            _enter(groups[kind, what], what, entry, ledger.sessions.get(label, ()))
    found = [
        _recurring(kind, group)
        for (kind, _), group in groups.items()
        if kind in kinds and _recurs(kind, group, min_sessions, min_times)
    ]
    found.sort(key=lambda one: (-one.tokens, one.kind, one.label))
    return found[:LISTED]


def _length(fingerprint: str) -> int:
    """How many characters an output has without white space: its fingerprint begins with that."""
    return int(fingerprint.partition("-")[0], 16)


def _enter(group: _Group, label: str, entry: Entry, sessions: Iterable[str]) -> None:
    group.sessions.update(sessions)
    group.sums.tokens += entry.tokens
    group.sums.price += entry.price
    group.sums.occurrences += entry.occurrences
    group.labels[label] += entry.occurrences


def _recurs(kind: str, group: _Group, min_sessions: int, min_times: int) -> bool:
    if kind in ("prompt", "output"):
        return group.sums.occurrences >= min_times
    return len(group.sessions) >= min_sessions


def _recurring(kind: str, group: _Group) -> Recurring:
    label = max(group.labels, key=lambda name: (group.labels[name], name))
    sums, price = group.sums, round(group.sums.price)
    usd = dollars(price) if price else None  # nothing: no price is known
    return Recurring(kind, label, len(group.sessions), sums.occurrences, round(sums.tokens), usd, fix_of(kind, label))


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
        Column("", "label"),
        Column("", "path"),
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
    """The largest recurrence of each kind, the most tokens first."""
    best: dict[str, Recurring] = {}
    for one in found:
        best.setdefault(one.kind, one)
    return list(best.values())


def advice(one: Recurring) -> str:
    """What recurred, how often, what of it was carried, and what to do."""
    name = figures.project_name(one.label) if one.kind == "file" else one.label
    name = figures.shortened(name, 36)
    name = name if one.kind in ("file", "output") else f"“{name}”"
    done = DONE[one.kind].format(times=figures.plural(one.occurrences, "time"))
    where = f" in {figures.plural(one.sessions, 'session')}" if one.sessions > 1 else ""
    return f"{name} {done}{where}, {figures.tokens(one.tokens)} tokens carried: {one.fix}"
