"""Every text of a history is an attack: each field of each row that the format has, with each string of the list.

    python -m tests.trust.attack

A history of the made-up demo's rows is rewritten: what was a text ends in the attack, and names of fields that a
transcript may choose freely (a tool's input) do too. Only the words that the format itself is made of stay. Every
command line of lines.py is asked, and the status line of every transcript; nothing of an attack may work there. By
hand each attack has a history of its own, made of another session; the short form has one session an attack.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.asking import PATIENCE, REPOSITORY
from tests.formats import ATTACKS
from tests.formats.test_harmless import forbidden
from tests.trust.checks import CANARY, complaints
from tests.trust.lines import Line, asked, every_line
from tokenscope.demo import demo_transcripts

FORMULAS = (
    "=1+1|' /C calc'!A0",
    "@SUM(1)",
    "+1",
    "-1",
    "\t=1",
    '"} 1\n# EOF\nfake_metric 7',
    "'; DROP TABLE messages;--",
)
MARKUP = (
    f'"><b {CANARY}="1">bold</b></td></tr><p {CANARY} x="',
    f"' onload=alert(1) {CANARY}='",
    "]]></script><!-- <svg/onload=alert(1)> --><?xml?><!DOCTYPE x>",
    "</style></title><meta http-equiv=refresh content='0;url=https://evil.example'>",
    "javascript:alert(1)//url(https://evil.example)",
)
EVERY_ATTACK = (*ATTACKS, *FORMULAS, *MARKUP)
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


def histories(attacks: Iterable[str], root: Path, *, first: int = 0, length: int = ROWS) -> set[str]:
    """One session with its subagents an attack, from the demo's session `first` on and so many rows long.

    Returns the fields that were attacked.
    """
    fields: set[str] = set()
    transcripts = [(one, rows) for one, rows in demo_transcripts() if len(rows) > 10]
    mains = [(one, rows) for one, rows in transcripts if not one.agent_id]
    for number, attack in enumerate(attacks, first):
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
            lines = [json.dumps(attacked(row, attack, fields)).encode() for row in (*rows[:length], *EXTRAS)]
            path.write_bytes(b"\n".join(lines) + b"\n")
            said = {"agentType": attack, "description": attack, "toolUseId": attack}
            path.with_suffix(".meta.json").write_text(json.dumps(said), encoding="utf-8")
    return fields


def status_line(transcript: Path, attack: str) -> str | None:
    """What is wrong with the status line of a session, or None."""
    limit = {"used_percentage": 42, "resets_at": attack}
    given = {
        "transcript_path": str(transcript),
        "session_id": attack,
        "model": {"id": attack, "display_name": attack},
        "context_window": {"context_window_size": 200_000},
        "rate_limits": {"five_hour": limit, "seven_day": {**limit, attack: attack}},
    }
    done = subprocess.run(
        [sys.executable, "-m", "tokenscope", "--statusline"],
        input=json.dumps(given).encode(),
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    text = done.stdout.decode()
    is_told = "session" in text and text.endswith("5 h 42 % · 7 d 42 %\n")
    if done.returncode or done.stderr or text.count("\n") != 1 or not is_told or forbidden(text[:-1]):
        return f"{done.returncode} {done.stderr[:200]!r} {text!r}"
    return None


def transcripts(root: Path) -> list[Path]:
    """The files of main threads, and so one a session."""
    return sorted(path for path in root.glob("projects/*/*.jsonl") if not path.name.startswith("agent-"))


def answers(attack: str, root: Path, folder: Path) -> Iterator[tuple[Line, list[str]]]:
    """Every command line with what is wrong with its answer."""
    for line in every_line():
        yield line, list(complaints(line, *asked(line, root, folder)))
    for path in transcripts(root):
        wrong = status_line(path, attack)
        yield Line(("--statusline",), "statusline"), [] if wrong is None else [wrong]


def main() -> None:
    count, failures, fields, outputs = 0, 0, set[str](), set[str]()
    for number, attack in enumerate(EVERY_ATTACK):
        with TemporaryDirectory() as root, TemporaryDirectory() as folder:
            fields |= histories([attack], Path(root), first=number)
            for line, wrong in answers(attack, Path(root), Path(folder)):
                count += 1
                outputs.add(line.output)
                failures += len(wrong)
                for complaint in wrong:
                    print("-", *line.words, repr(attack), complaint, flush=True)
    print(
        f"{len(EVERY_ATTACK)} attacks in {len(fields)} fields, {count:,} answers of {len(every_line())} command lines "
        f"in {len(outputs)} formats, {failures} failures"
    )
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
