"""One history with every defect that real ones have, against the independent reader, token for token."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path

from tests import reference
from tests.asking import ask
from tests.transcripts import ABSENT, History, text, tool_use

SESSIONS = [f"{number}2345678-0000-4000-8000-000000000000" for number in range(1, 7)]


def defective(root: Path) -> Path:
    history = History(root)
    first, second, third, fourth, fifth, sixth = (history.session(name, cwd="/home/ada/shop") for name in SESSIONS)
    first.prompt("Fix the basket", at="2026-06-02T10:00:00Z")
    first.response("msg_out_of_order_1", output=70, at="2026-06-02T10:05:00Z")
    first.response("msg_out_of_order_2", output=30, at="2026-06-02T10:01:00Z")
    first.raw(b'"stop_reason":null,"usage":{"output_tokens":9}}}\n')  # the tail of a row
    first.raw(b'{"type":"assistant","message":{"id":"msg_lost","usa\n')  # its head
    first.response("msg_surrogate", blocks=[text("half a pair: \ud83d")], output=11)
    second.response("msg_no_split", output=5, usage={"cache_creation": ABSENT}, cache_write=900)
    split = {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 4_000}
    second.response("msg_wrong_split", output=6, cache_write=3_000, usage={"cache_creation": split})
    second.response("msg_null", output=7, usage={"input_tokens": None, "cache_read_input_tokens": "12"})
    second.append({"type": "assistant", "message": {"0": "{", "1": '"', "2": "i"}, "sessionId": SESSIONS[1]})
    strange = tool_use("toolu_1", 'Task" >\n<parameter name="description')
    third.response("short", input=7, output=40, blocks=[strange], row={"requestId": ABSENT})
    third.response("short", input=9, output=41, row={"requestId": ABSENT})
    third.response("gen-1780308000-abcdefghij", output=42, row={"sessionId": "another session"})
    third.response("msg_floor", output=1, stop_reason=None)
    fourth.prompt("Only a prompt")  # a main file without any response
    orphan = fifth.subagent("a0f1e2d3c4b5a6978")
    orphan.response("msg_orphan", output=21)
    fifth.lines.clear()  # a folder of subagents without a main file
    sixth.response("msg_undated", output=13, row={"timestamp": "yesterday"})
    repeated = sixth.rows[-1]
    sixth.append(repeated)  # a repeated uuid
    sixth.response("msg_last", output=17)
    fork = first.fork(rewrite_session_id=True)
    fork.response("msg_after_the_fork", output=19)
    history.file("projects/-home-ada-shop/empty.jsonl", b"")
    root = history.write()
    for path in root.rglob(f"{SESSIONS[5]}.jsonl"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n").rstrip())  # BOM, CRLF, no end
    for path in root.rglob(f"{SESSIONS[1]}.jsonl"):
        path.write_bytes(b"\x00\x00" + path.read_bytes() + b'{"type":"assistant","mess')  # still being written
    return root


def test_every_defect_at_once(tmp_path: Path) -> None:
    root = defective(tmp_path)
    expected = reference.read([root])
    assert len(expected) == 14
    for question, rows, groups in (
        ("models", "models", reference.by_model(expected)),
        ("projects", "projects", reference.by_project(expected)),
        ("sessions", "sessions", reference.by_session(expected)),
        ("daily", "days", {str(day): sums for day, sums in reference.by_day(expected, UTC).items()}),
    ):
        report = ask(question, "--json", "--tz", "UTC", root=root).report
        told = {next(iter(row.values())): row["usage"] for row in report[rows]}
        assert {name: figures(usage) for name, usage in told.items()} == {
            name: (sums.responses, sums.input, sums.output, sums.cache_read, sums.cache_write, sums.cache_write_1h)
            for name, sums in groups.items()
        }
    coverage = ask("models", "--json", root=root).json["coverage"]
    assert (coverage["malformed_rows"], coverage["output_floor_messages"]) == (
        reference.counts([root]).malformed,
        sum(response.is_floor for response in expected),
    )


def figures(usage: dict[str, int]) -> tuple[int, ...]:
    names = ("messages", "input_tokens", "output_tokens", "cache_read_input_tokens")
    written = ("cache_creation_input_tokens", "ephemeral_1h_input_tokens")
    return tuple(usage[name] for name in names + written)


def test_no_row_of_it_is_lost_to_json(tmp_path: Path) -> None:
    json.loads(ask("quickstart", "--json", root=defective(tmp_path)).out)
