"""The command line: exit codes, what goes to stdout and stderr, JSON and CSV, pipes, and what is imported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.asking import PATIENCE, REPOSITORY, Answer, ask, ask_outside
from tests.ingest import FIRST, SECOND
from tests.transcripts import History, tool_use
from tokenscope import __version__
from tokenscope.app.registry import find_question, question_names
from tokenscope.ingest import load as load_module
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.files.newest import Cap, Newest, newest_sessions
from tokenscope.view.question import Sessions

QUESTIONS = question_names()
READING = tuple(name for name in QUESTIONS if find_question(name).reads)
TABLES = tuple(name for name in QUESTIONS if find_question(name).rows)
NO_TABLES = tuple(name for name in QUESTIONS if not find_question(name).rows)


def words(text: str) -> list[str]:
    return text.split()


SCOPE = words("since until timezone projects models roots sessions_found sessions_read capped")
COVERAGE = words(
    "files bytes rows malformed_rows duplicate_rows undated_rows anomalous_counters unreadable_files messages "
    "output_floor_messages unpriced_tokens unpriced_models missing_subagents oldest newest"
)
# Added since the contract was written; never before a field of it.
SCOPE_ADDED = ["sessions", "only"]
COVERAGE_ADDED = words(
    "files_found oversized_rows untrusted_ids priority_messages tool_web_searches contract_rates masked_credentials "
    "without_model refused_requests refused_after_output repeated_ids"
)
USAGE = words(
    "messages input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens "
    "ephemeral_5m_input_tokens ephemeral_1h_input_tokens total_tokens list_price_usd"
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty days of one session each, in four projects."""
    history = History(tmp_path_factory.mktemp("config"))
    for number in range(20):
        session = history.session(f"{number:08x}", cwd=f"/home/ada/p{number % 4}")
        session.prompt(f"Question {number}", at=f"2026-06-{number + 1:02}T10:00:00Z")
        model = ("claude-opus-4-8", "claude-x")[number % 2]
        uses = [
            tool_use(f"r{number}", "Read", {"file_path": "/a"}),
            tool_use(f"b{number}", "Bash", {"command": "git push"}),
        ]
        session.response(model=model, input=3, cache_read=1000, output=number + 1, blocks=uses)
        session.tool_result(f"r{number}", "a")
        session.tool_result(f"b{number}", "done")
    return history.write()


def fails(answer: Answer, code: int, *words: str) -> None:
    """Nothing on stdout; on stderr what is wrong in one line, and a hint in another."""
    first, *rest = answer.err.splitlines()
    assert (answer.code, answer.out) == (code, "")
    assert first.startswith("tokenscope: ")
    assert [line for line in rest if not line.startswith("hint: ")] == []
    for word in words:
        assert word in answer.err


# --- exit code 0 ---


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("output", ["--no-color", "--json", "--plain"])
def test_every_question_is_answered_on_stdout_alone(root: Path, question: str, output: str) -> None:
    answer = ask(question, output, "--tz", "UTC", root=root)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.endswith("\n")


@pytest.mark.parametrize("question", NO_TABLES)
def test_what_is_no_table_is_no_csv(root: Path, question: str) -> None:
    fails(ask(question, "--csv", root=root), 2, question, "--json")


def test_without_a_question_it_is_quickstart(root: Path) -> None:
    assert ask("--json", root=root).json["question"] == "quickstart"
    assert ask(root=root).out == ask("quickstart", root=root).out
    assert ask("--since", "2026-06-05", "--json", root=root).json["scope"]["since"] is not None


def test_bare_tokenscope_reads_the_default_folders(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(root))
    assert ask().code == 0
    assert "20 sessions" in ask().out


@pytest.mark.parametrize("question", READING)
@pytest.mark.parametrize("window", [("--since", "2030-01-01"), ("--until", "2001-01-01"), ("--project", "nothing")])
def test_an_empty_window_is_answered_and_said(root: Path, question: str, window: tuple[str, str]) -> None:
    answer = ask(question, *window, root=root)
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"\b([Nn]o|[Nn]othing)\b", answer.out)
    for output in ("--json", "--plain"):
        assert ask(question, *window, output, root=root).code == 0


@pytest.mark.parametrize("words", [("--help",), ("-h",)])
def test_help_lists_every_question(words: tuple[str, ...]) -> None:
    answer = ask(*words)
    assert (answer.code, answer.err) == (0, "")
    for question in (*QUESTIONS, "demo"):
        assert f"\n  {question} " in answer.out


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_has_its_own_help(question: str) -> None:
    answer = ask(question, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert find_question(question).help.split(".")[0].split(",")[0] in " ".join(answer.out.split())
    for option in ("--since", "--until", "--project", "--model", "--session", "--root", "--tz", "--json", "--csv"):
        assert option in answer.out
    assert ("--max-sessions" in answer.out) == (find_question(question).reading.sessions is Sessions.NEWEST)


@pytest.mark.parametrize("words", [("--version",), ("-V",), ("--version", "daily")])
def test_the_version(words: tuple[str, ...]) -> None:
    assert ask_outside(*words) == Answer(0, f"tokenscope {__version__}\n", "")


def test_the_demo_answers_every_question_without_transcripts() -> None:
    for question in QUESTIONS:
        answer = ask("demo", question, "--json")
        assert (answer.code, answer.err, answer.json["question"]) == (0, "", question)
    assert ask("demo").out == ask("demo", "quickstart").out
    assert ask("demo", "--help").code == 0


def test_a_demo_of_the_demo_is_no_question() -> None:
    fails(ask("demo", "demo"), 2)


# --- exit code 2 ---


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("nope",), "'nope'"),
        (("dayly",), "did you mean `tokenscope daily`?"),
        (("sesions",), "did you mean `tokenscope sessions`?"),
        (("demo", "dayly"), "did you mean"),
        (("",), "no question"),
        (("daily", "extra"), "extra"),
        (("--since", "7d", "daily"), "the question comes first"),
        (("demo", "daily", "--limit", "some"), "`tokenscope daily --help`"),
        (("daily", "--nope"), "--nope"),
        (("daily", "--sinc", "7d"), "--since"),
        (("daily", "--since"), "--since"),
        (("daily", "--since", "tomorrow"), "write 7d, 12h, today, 2026-11-03"),
        (("daily", "--until", "2026-02-30"), "2026-02-30"),
        (("daily", "--since", "2026-06-02", "--until", "2026-06-01"), "ends before it begins"),
        (("daily", "--tz", "Europe/Bielefeld"), "Bielefeld"),
        (("daily", "--limit", "0"), "--limit"),
        (("daily", "--limit", "many"), "--limit"),
        (("daily", "--json=1"), "--json"),
        (("daily", "--full"), "--full"),  # it reads everything anyway
        (("quickstart", "--max-sessions", "0"), "--max-sessions"),
        (("daily", "--csv", "--prices", "/nope/prices.toml"), "/nope/prices.toml"),
        (("daily", "--svg", "/nope/picture.svg"), "/nope/picture.svg"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_understood_is_told_with_a_hint(root: Path, words: tuple[str, ...], expected: str) -> None:
    takes_root = words[0] in QUESTIONS and words[-1] != "--since"
    answer = ask(*words, root=root if takes_root else None)
    fails(answer, 2, expected)
    assert "hint: " in answer.err


def test_a_prices_file_that_is_none_is_told(root: Path, tmp_path: Path) -> None:
    path = tmp_path / "prices.toml"
    path.write_text("[[models", encoding="utf-8")
    fails(ask("models", "--prices", path, root=root), 2, str(path))


def test_csv_and_json_exclude_each_other(root: Path) -> None:
    answer = ask("daily", "--csv", "--json", root=root)
    assert (answer.code, answer.err) == (2, "")
    assert "exclude each other" in answer.json["error"]["message"]


@pytest.mark.parametrize("other", ["--json", "--csv"])
def test_a_picture_and_another_output_exclude_each_other(root: Path, tmp_path: Path, other: str) -> None:
    picture = tmp_path / "picture.svg"
    answer = ask("daily", other, "--svg", picture, root=root)
    assert answer.code == 2 or picture.exists()


# --- exit code 3 ---


def test_where_there_are_no_transcripts_what_was_tried_is_told(tmp_path: Path) -> None:
    fails(ask("daily", root=tmp_path / "none"), 3, str(tmp_path / "none"), "--root", "tokenscope demo")


def test_the_default_folders_that_were_tried_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    fails(ask(), 3, f"{tmp_path}/.config/claude", f"{tmp_path}/.claude")


def test_prices_need_no_transcripts(tmp_path: Path) -> None:
    assert ask("prices", root=tmp_path / "none").code == 0


# --- exit code 130 ---


def test_an_interruption_is_130_and_says_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tokenscope.cli.commands.answer", interrupt)
    assert ask("daily", root=root) == Answer(130, "", "")


def test_an_interrupted_process_ends_without_a_traceback(root: Path) -> None:
    """The signal comes while transcripts are read."""
    code = (
        "import os, signal, sys, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell's background jobs ignore it
        "from tokenscope.app import open_history\n"
        "from tokenscope.cli import command_line\n"
        "def read(*given, **more):\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    while True:\n"
        "        time.sleep(0.01)\n"
        "open_history.load = read\n"
        "sys.exit(command_line.run(sys.argv[1:]))\n"
    )
    assert ask_outside("daily", root=root, code=code) == Answer(130, "", "")


# --- pipes ---


def closed_pipe(*words: str) -> tuple[int, bytes]:
    """Exit code and stderr of a run whose reader is gone before it writes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tokenscope", *words],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


@pytest.mark.parametrize("output", ["--no-color", "--color", "--json", "--csv", "--plain"])
def test_a_closed_pipe_is_silent(root: Path, output: str) -> None:
    assert closed_pipe("daily", output, "--root", str(root))[1] == b""


@pytest.mark.parametrize("words", [("daily", "--json"), ("daily", "--plain"), ("daily", "--no-color"), ("--help",)])
def test_a_closed_pipe_is_no_failure(root: Path, words: tuple[str, ...]) -> None:
    more = () if words == ("--help",) else ("--root", str(root))
    assert closed_pipe(*words, *more) == (0, b"")


@pytest.mark.parametrize("words", [("--version",), ("nope", "--json")])
def test_a_pipe_that_is_closed_otherwise_is_silent(words: tuple[str, ...]) -> None:
    assert closed_pipe(*words)[1] == b""


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full"])
@pytest.mark.parametrize("output", ["--json", "--plain", "--no-color"])
def test_an_output_that_cannot_be_written_is_no_traceback(root: Path, redirection: str, output: str) -> None:
    done = subprocess.run(
        f'"{sys.executable}" -m tokenscope daily {output} --root "{root}" {redirection}',
        shell=True,
        cwd=REPOSITORY,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert b"Traceback" not in done.stderr


def test_a_file_gets_no_colour_and_no_frame_wider_than_a_hundred(root: Path) -> None:
    out = ask_outside("daily", root=root).out
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 100


def test_colour_is_asked_for_and_refused(root: Path) -> None:
    assert "\x1b[" in ask("daily", "--color", root=root).out
    for env, option in (({"NO_COLOR": "1"}, ()), ({"FORCE_COLOR": "1"}, ("--no-color",))):
        assert "\x1b" not in ask_outside("daily", *option, root=root, env=env).out


# --- JSON ---


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_envelope_has_the_fields_of_the_contract_in_their_order(root: Path, question: str) -> None:
    answer = ask(question, "--json", "--tz", "UTC", root=root).json
    assert list(answer) == ["schema_version", "tokenscope", "question", "scope", "coverage", "report"]
    assert [answer[name] for name in ("schema_version", "tokenscope", "question")] == [1, __version__, question]
    assert list(answer["scope"]) == SCOPE + SCOPE_ADDED
    assert list(answer["coverage"]) == COVERAGE + COVERAGE_ADDED


def test_the_scope_says_what_was_asked(root: Path) -> None:
    words = ("--since", "2026-06-03", "--until", "2026-06-04", "--project", "p", "--model", "opus", "--session", "0000")
    scope = ask("sessions", *words, "--tz", "Europe/Berlin", "--json", root=root).json["scope"]
    assert scope == {
        "since": "2026-06-03T00:00:00+02:00",
        "until": "2026-06-05T00:00:00+02:00",
        "timezone": "Europe/Berlin",
        "projects": ["p"],
        "models": ["opus"],
        "roots": [str(root / "projects")],
        "sessions_found": 20,
        "sessions_read": 20,
        "capped": False,
        "sessions": ["0000"],
        "only": [],
    }


def test_the_coverage_says_what_was_read(root: Path) -> None:
    coverage = ask("daily", "--json", "--model", "claude-x", "--tz", "UTC", root=root).json["coverage"]
    assert coverage.pop("bytes") == sum(path.stat().st_size for path in root.rglob("*.jsonl"))
    assert coverage == {
        **dict.fromkeys(COVERAGE[3:8], 0),
        "files": 20,
        "rows": 20 * 5,  # a prompt, a response in two rows, two results
        "duplicate_rows": 20,
        "messages": 10,
        "output_floor_messages": 0,
        "unpriced_tokens": 10 * 1003 + sum(range(2, 21, 2)),
        "unpriced_models": ["claude-x"],
        "missing_subagents": None,
        "oldest": "2026-06-01T10:00:01+00:00",
        "newest": "2026-06-20T10:00:01+00:00",
        **dict.fromkeys(COVERAGE_ADDED, 0),
        "contract_rates": None,
        "files_found": 20,
    }


def usages(value: Any) -> list[dict[str, Any]]:
    """Every Usage object of a report, wherever it stands."""
    if isinstance(value, list):
        return [usage for item in value for usage in usages(item)]
    if not isinstance(value, dict):
        return []
    found = [value] if "ephemeral_5m_input_tokens" in value else []
    return found + [usage for item in value.values() for usage in usages(item)]


@pytest.mark.parametrize("question", READING)
def test_usage_is_the_same_object_everywhere(root: Path, question: str) -> None:
    report = ask(question, "--json", root=root).report
    found = usages(report)
    assert found or "total" not in report
    for usage in found:
        assert list(usage) == USAGE
        assert usage["total_tokens"] == sum(usage[name] for name in USAGE[1:5])
        assert (
            usage["cache_creation_input_tokens"]
            == usage["ephemeral_5m_input_tokens"] + usage["ephemeral_1h_input_tokens"]
        )
        assert all(type(usage[name]) is int for name in USAGE[:-1])
        price = usage["list_price_usd"]
        assert price is None or price == round(price, 6)


@pytest.mark.parametrize("question", ("daily", "weekly", "models", "projects", "sessions", "quickstart"))
def test_the_total_is_the_sum_of_the_rows(root: Path, question: str) -> None:
    report = ask(question, "--json", root=root).report
    rows = report[find_question(question).rows]
    assert len(rows) >= 2
    for name in USAGE[:-1]:
        assert report["total"][name] == sum(row["usage"][name] for row in rows)
    prices = [row["usage"]["list_price_usd"] or 0 for row in rows]
    assert report["total"]["list_price_usd"] == pytest.approx(sum(prices), abs=len(rows) * 5e-7)


@pytest.mark.parametrize("question", READING)
def test_composition_and_ledger_sum_to_the_prompt_tokens(root: Path, question: str) -> None:
    report = ask(question, "--json", root=root).report
    if "prompt_tokens" not in report:
        assert "ledger" not in report
        return
    prompts = report["total"]["total_tokens"] - report["total"]["output_tokens"]
    assert report["prompt_tokens"] == prompts
    assert sum(report["composition"][name]["tokens"] for name in ("carried", "new", "rebuilt")) == prompts
    assert report["composition"]["output"]["tokens"] == report["total"]["output_tokens"]
    if "ledger" in report:
        assert sum(source["tokens"] for source in report["ledger"]["sources"]) == prompts


@pytest.mark.parametrize(
    ("question", "fields", "first"),
    [
        ("daily", ["days", "total"], "date"),
        ("weekly", ["weeks", "total"], "week"),
        ("monthly", ["months", "total"], "month"),
        ("hourly", ["hours", "total"], "hour"),
        ("models", ["models", "total"], "model"),
        ("projects", ["projects", "total"], "project"),
        ("sessions", ["sessions", "total", "sorted_by", "groups", "grouped_by"], "session_id"),
    ],
)
def test_the_tables_have_their_key_first(root: Path, question: str, fields: list[str], first: str) -> None:
    report = ask(question, "--json", root=root).report
    assert list(report)[: len(fields)] == fields
    assert {next(iter(row)) for row in report[fields[0]]} == {first}
    assert all("usage" in row for row in report[fields[0]])


def test_quickstart_has_the_fields_of_the_contract(root: Path) -> None:
    report = ask("quickstart", "--json", root=root).report
    assert {"composition", "ledger", "rebuilds", "recurring", "quota_audit", "sessions", "total"} <= set(report)


def test_dates_have_an_offset(root: Path) -> None:
    rows = ask("sessions", "--json", "--tz", "America/New_York", root=root).report["sessions"]
    moments = [datetime.fromisoformat(row[name]) for row in rows for name in ("started_at", "ended_at")]
    assert {moment.utcoffset() for moment in moments} == {
        datetime.fromisoformat("2026-06-01T00:00:00-04:00").utcoffset()
    }


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [(("nope",), "usage", 2), (("daily", "--since", "soon"), "usage", 2), (("daily", "--nope"), "usage", 2)],
)
def test_a_usage_error_as_json(words: tuple[str, ...], kind: str, code: int) -> None:
    answer = ask(*words, "--json")
    assert (answer.code, answer.err) == (code, "")
    assert list(answer.json) == ["schema_version", "error"]
    assert answer.json["schema_version"] == 1
    error = answer.json["error"]
    assert list(error) == ["kind", "message", "hint"]
    assert error["kind"] == kind
    assert error["message"]
    assert error["hint"]


def test_missing_transcripts_as_json(tmp_path: Path) -> None:
    answer = ask("daily", "--json", root=tmp_path / "none")
    assert (answer.code, answer.err) == (3, "")
    error = answer.json["error"]
    assert list(error) == ["kind", "message", "hint", "paths_tried"]
    assert (error["kind"], error["paths_tried"]) == ("no_transcripts", [str(tmp_path / "none")])


def test_json_is_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.session(FIRST, cwd="/home/ada/лавка").response()
    answer = ask_outside("projects", "--json", root=history.write(), env={"PYTHONIOENCODING": "ascii", "LC_ALL": "C"})
    assert [row["project"] for row in answer.report["projects"]] == ["/home/ada/лавка"]


# --- CSV ---


@pytest.mark.parametrize("question", TABLES)
def test_every_table_is_csv_with_one_header(root: Path, question: str) -> None:
    rows = ask(question, "--json", root=root).report[find_question(question).rows]
    table = ask(question, "--csv", root=root).table
    assert len(table) == len(rows)
    without = ("advice", "quota-audit", "subagents", "health", "whatif", "changes")
    assert rows or question in without  # of which there are none
    for row, line in zip(rows, table, strict=True):
        for name, value in row.items():
            if isinstance(value, int) and not isinstance(value, bool):
                assert line[name] == str(value)
        for name, value in row.get("usage", {}).items():
            assert line[name] == ("" if value is None else str(value))


def test_csv_cells_run_no_formula(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number, start in enumerate("=+-@\t\r"):
        history.session(f"s{number}", cwd=f"{start}cmd|' /C calc'!A0", folder="x").response()
    projects = [line["project"] for line in ask("projects", "--csv", root=history.write()).table]
    assert len(projects) == 6
    assert not any(project.startswith(("=", "+", "-", "@", "\t", "\r")) for project in projects)


# --- limits ---


def test_a_card_has_twelve_rows_and_says_what_was_left_out(root: Path) -> None:
    out = ask("daily", root=root).out
    assert "and 8 more" in out
    assert out.count(" Jun ") >= 12
    assert "19 Jun" in out
    assert " 8 Jun" not in out
    assert "more ·" not in ask("daily", "--all", root=root).out
    assert "and 17 more" in ask("daily", "--limit", "3", root=root).out


@pytest.mark.parametrize("question", sorted({"daily", "sessions", "quickstart"} & set(QUESTIONS)))
def test_json_and_csv_are_whole_until_they_are_cut(root: Path, question: str) -> None:
    rows = find_question(question).rows
    whole, cut = (ask(question, "--json", *words, root=root).report for words in ((), ("--limit", "3")))
    assert (len(whole[rows]), cut[rows]) == (20, whole[rows][:3])
    assert cut["total"] == whole["total"]
    assert len(ask(question, "--csv", root=root).table) == 20
    assert ask(question, "--csv", "--limit", "3", root=root).table == ask(question, "--csv", root=root).table[:3]
    assert len(ask(question, "--json", "--all", root=root).report[rows]) == 20


def test_only_the_newest_sessions_are_read_until_there_is_a_window(root: Path) -> None:
    def read(*words: str) -> tuple[int, int, bool]:
        scope = ask("quickstart", "--json", *words, root=root).json["scope"]
        return scope["sessions_found"], scope["sessions_read"], scope["capped"]

    assert read() == (20, 20, False)
    assert read("--max-sessions", "5") == (20, 5, True)
    assert read("--max-sessions", "5", "--full") == (20, 20, False)
    assert read("--max-sessions", "5", "--since", "2026-06-01") == (20, 20, False)
    out = ask("quickstart", "--max-sessions", "5", root=root).out
    assert "the newest 5 of 20 sessions" in out
    assert "--full reads all" in " ".join(out.split())


def test_an_unreadable_session_is_no_cap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path)
    for session_id in (FIRST, SECOND):
        history.session(session_id).response()
    root = history.write()
    real = newest_sessions

    def choose_and_remove(transcripts: list[Transcript], cap: Cap) -> Newest:
        found = real(transcripts, cap)
        next(root.rglob(f"{SECOND}.jsonl")).unlink()
        return found

    monkeypatch.setattr(load_module, "newest_sessions", choose_and_remove)
    assert ask("quickstart", "--json", root=root).json["scope"]["capped"] is False


def test_the_header_names_the_days_of_the_window(root: Path) -> None:
    header = ask("daily", "--since", "2026-06-03", "--until", "2026-06-05", "--tz", "UTC", root=root).out.splitlines()[
        0
    ]
    assert "3 Jun" in header
    assert "5 Jun" in header


def test_the_header_of_a_window_after_the_last_response(root: Path) -> None:
    header = ask("daily", "--since", "2026-06-25", "--tz", "UTC", root=root).out.splitlines()[0]
    assert "25 Jun to 20 Jun" not in header


# --- what is imported ---

WATCHED = (
    "import os, sys\n"
    "os._exit = sys.exit\n"
    "from tokenscope.__main__ import main\n"
    "try:\n"
    "    main()\n"
    "finally:\n"
    "    watched = ('typer', 'rich', 'orjson', 'platformdirs', 'multiprocessing', 'zoneinfo')\n"
    "    print(*(name for name in watched if name in sys.modules), file=sys.stderr)\n"
)


def imported(*words: str, root: Path | None = None) -> set[str]:
    answer = ask_outside(*words, root=root, code=WATCHED)
    assert answer.code == 0
    return set(answer.err.split())


@pytest.mark.parametrize("words", [("--version",), ("-V",)])
def test_the_version_imports_next_to_nothing(words: tuple[str, ...]) -> None:
    assert imported(*words) == set()


@pytest.mark.parametrize("output", ["--json", "--csv"])
def test_machines_answers_import_no_drawing(root: Path, output: str) -> None:
    found = imported("daily", output, root=root)
    assert "rich" not in found
    assert "multiprocessing" not in found  # a small history is read in one process
    assert "orjson" in found


def test_a_picture_imports_rich(root: Path) -> None:
    """Otherwise the tests above would prove nothing."""
    assert {"rich", "typer", "orjson"} <= imported("daily", root=root)


def test_json_of_a_report_is_what_python_reads(root: Path) -> None:
    out = ask("quickstart", "--json", root=root).out
    assert out == json.dumps(json.loads(out), indent=2, ensure_ascii=False) + "\n"
