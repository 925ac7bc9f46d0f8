"""Every text of a history is an attack: each field of each row that the format has, with each string of the list.

    python -m tests.trust.attack

A history of the made-up demo's rows is rewritten: what was a text ends in the attack, and names of fields that a
transcript may choose freely (a tool's input) do too. Only the words that the format itself is made of stay. Every
question is asked in every format; nothing of an attack may work there. By hand each attack has a history of its own;
the short form has one session an attack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.formats.test_json import steering
from tests.questions import Answer, ask
from tokenscope.demo import demo_transcripts
from tokenscope.registry import find_question, question_names

FORMULAS = (
    "=1+1|' /C calc'!A0",
    "@SUM(1)",
    "+1",
    "-1",
    "\t=1",
    '"} 1\n# EOF\nfake_metric 7',
    "'; DROP TABLE messages;--",
)
EVERY_ATTACK = (*ATTACKS, *FORMULAS)
FORMAT_WORDS = frozenset(
    [
        "type",
        "subtype",
        "role",
        "timestamp",
        "stop_reason",
        "operation",
        "userType",
        "entrypoint",
        "permissionMode",
        "trigger",
        "status",
        "kind",
    ]
)
FREE = frozenset(("input", "toolUseResult"))  # whose fields anybody may name
LIMIT = {"model": "<synthetic>", "content": [{"type": "text", "text": "You've hit your limit"}], "usage": {}}
COMMIT = {"type": "tool_use", "id": "toolu_git", "name": "Bash", "input": {"command": "git switch -c try && git push"}}
EXTRAS: tuple[dict[str, Any], ...] = (  # rows that the demo has few of
    {"type": "pr-link", "prUrl": "https://x/pull/7", "prRepository": "ada/shop", "timestamp": "2026-06-01T10:00:00Z"},
    {"type": "system", "subtype": "api_error", "error": {"message": "Overloaded"}, "timestamp": "2026-06-01T10:00:00Z"},
    {"type": "assistant", "message": LIMIT, "isApiErrorMessage": True, "timestamp": "2026-06-01T10:00:00Z"},
    {"type": "assistant", "message": {"id": "msg_git", "model": "claude-opus-5", "content": [COMMIT], "usage": {}}},
    {"type": "user", "message": {"content": [{"type": "tool_result", "tool_use_id": "toolu_git", "content": "done"}]}},
    {"type": "custom-title", "customTitle": "Basket"},
    {"type": "agent-name", "agentName": "Basket"},
    {"type": "summary", "summary": "Basket", "leafUuid": "u"},
    {"type": "queue-operation", "operation": "enqueue", "content": "later"},
    {"type": "user", "message": {"role": "user", "content": "[Request interrupted by user]"}},
)
ROWS = 60  # a session, from its beginning
FORMATS = ("--json", "--csv", "--plain", "--no-color", "--color")


def attacked(value: Any, attack: str, fields: set[str], *, name: str = "", path: str = "", free: bool = False) -> Any:
    """A value with the attack behind each of its texts. `fields` collects where it was put."""
    if isinstance(value, dict):
        free = free or name in FREE
        return {
            (key + attack if free and key not in ("file_path", "command", "prompt") else key): attacked(
                inner, attack, fields, name=key, path=f"{path}.{'*' if free else key}", free=free
            )
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [attacked(inner, attack, fields, name=name, path=f"{path}[]", free=free) for inner in value]
    if not isinstance(value, str) or (name in FORMAT_WORDS and not free):
        return value
    fields.add(path)
    if name == "name" and ".content[]" in path and (len(value) % 2 or value == "Bash"):
        return value  # every other tool keeps its name, and so what is special about it
    return attack + value if attack.startswith(tuple("=@+-\t")) else value + attack


def histories(attacks: Iterable[str], root: Path) -> set[str]:
    """One session with its subagents an attack; returns the fields that were attacked."""
    fields: set[str] = set()
    transcripts = [(one, rows) for one, rows in demo_transcripts() if len(rows) > 10]
    mains = [(one, rows) for one, rows in transcripts if not one.agent_id]
    for number, attack in enumerate(attacks):
        main, _ = mains[number % len(mains)]
        bare = re.sub(r"[/\x00\ud800-\udfff]", "", attack)[:40]
        folder = root / "projects" / f"-{number}{bare}"
        for one, rows in transcripts:
            if one.session_id != main.session_id:
                continue
            name = f"agent-{one.agent_id}" if one.agent_id else one.session_id
            below = f"{one.session_id}/subagents" if one.agent_id else ""
            path = folder / below / f"{name}{bare}.jsonl"
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [json.dumps(attacked(row, attack, fields)).encode() for row in (*rows[:ROWS], *EXTRAS)]
            path.write_bytes(b"\n".join(lines) + b"\n")
            said = {"agentType": attack, "description": attack, "toolUseId": attack}
            path.with_suffix(".meta.json").write_text(json.dumps(said), encoding="utf-8")
    return fields


def complaints(question: str, output: str, answer: Answer) -> Iterator[str]:
    """What an answer lets through."""
    if answer.code or answer.err:
        yield f"{answer.code} {answer.err[:200]}"
    if output == "--json":
        json.loads(answer.out)
        if found := steering(answer.out):
            yield f"steering characters {found[:5]}"
    elif output == "--color":
        if not {part[:1] for part in answer.out.split("\x1b")[1:]} <= {"["} or re.search(
            r"\x1b\[[0-9;]*[^0-9;m]", answer.out
        ):
            yield "a sequence that is no colour"
        answer.out.encode()
        if found := [one for one in steering(answer.out) if one != "\x1b"]:
            yield f"steering characters {found[:5]}"
    elif found := [one for line in answer.out.split("\n") for one in forbidden(line)]:
        yield f"characters {found[:5]}"
    if output == "--csv" and question != "prices":
        for row in answer.table:
            for cell in row.values():
                if cell.startswith(("=", "@", "+", "\t", "\r")) or re.match(r"-\D", cell):
                    yield f"a formula: {cell[:40]!r}"


def words(question: str, output: str) -> tuple[str, ...]:
    """The question in a format. A page is asked for on stdout, where it can be looked through."""
    page = find_question(question).output == "report" and output != "--json"
    return (question, *(("-",) if page else ()), output, "--all", "--tz", "UTC")


def asked(root: Path) -> Iterator[tuple[str, str, Answer]]:
    """Every question in every format."""
    for question in question_names():
        for output in FORMATS:
            if output != "--csv" or find_question(question).rows:
                yield question, output, ask(*words(question, output), root=root)


def main() -> None:
    answers, failures, fields = 0, 0, set[str]()
    for attack in EVERY_ATTACK:
        with TemporaryDirectory() as folder:
            fields |= histories([attack], Path(folder))
            for question, output, answer in asked(Path(folder)):
                answers += 1
                for complaint in complaints(question, output, answer):
                    failures += 1
                    print("-", question, output, repr(attack), complaint)
    formats = len(FORMATS)
    print(
        f"{len(EVERY_ATTACK)} attacks in {len(fields)} fields, {answers:,} answers in {formats} formats, {failures} failures"
    )
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
