"""What is drawn, what keys do, what is told to programs, and that the terminal is left as it was found."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.asking import REPOSITORY, ask
from tests.live_play import Play, board_of
from tests.transcripts import History, tool_use
from tokenscope.draw.glyphs import ASCII, COLOURED, Glyphs, Line, width_of
from tokenscope.errors import UsageError
from tokenscope.ingest.files.running import RunningSessions
from tokenscope.live.board import Board, BoardView
from tokenscope.live.board_table import ORDERS, in_order_of
from tokenscope.live.controls import ASKS, BOARD, TIMELINE, Controls, press
from tokenscope.live.events import differences, parse_alarm, true_of
from tokenscope.live.frames import Paper, frame, printed
from tokenscope.live.keys import keys_in
from tokenscope.live.session_state import AskState, Moment
from tokenscope.value import replace

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Board, BoardView]:
    play = Play(tmp_path_factory.mktemp("played"), START, sessions=12, seed=2)
    for _ in range(400):
        play.step(at=play.now + timedelta(seconds=5))
    list(play.flush())
    return board_of(play.history.root, play.now)


def words(lines: tuple[Line, ...] | list[Line]) -> list[str]:
    return ["".join(run.text for run in line) for line in lines]


def drawn(view: BoardView, controls: Controls, width: int, height: int = 30, glyphs: Glyphs = COLOURED) -> list[str]:
    return words(frame(view, controls.on(view), (), Paper(width, height, UTC, glyphs)))


# --- what is drawn ---


@pytest.mark.parametrize("width", [20, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("height", [5, 24, 60])
@pytest.mark.parametrize("glyphs", [COLOURED, ASCII], ids=["unicode", "ascii"])
def test_a_frame_is_never_larger_than_the_screen(
    played: tuple[Board, BoardView], width: int, height: int, glyphs: Glyphs
) -> None:
    board, view = played
    state = board.sessions[view.sessions[0].session_id]
    insides: dict[str, list[Moment] | list[AskState]] = {
        BOARD: [],
        TIMELINE: list(state.moments),
        ASKS: list(state.asks),
    }
    for shown, inside in insides.items():
        controls = Controls(chosen=state.session_id, view=shown)
        lines = frame(view, controls, inside, Paper(width, height, UTC, glyphs))
        assert len(lines) == height
        assert max(map(width_of, lines)) <= width
        if glyphs is ASCII:
            assert "".join(words(lines)).isascii()


def test_the_board_at_120_cells_tells_each_session_on_a_line(played: tuple[Board, BoardView]) -> None:
    _, view = played
    lines = drawn(view, Controls(), 120, 40)
    assert lines[0].startswith("tokenscope live   20 Nov 10:")
    titles = next(line.split("  ") for line in lines if "project" in line)
    assert {"project", "what", "context", "tokens", "list price"} <= {title.strip() for title in titles}
    for one in view.sessions:
        project = one.project.rpartition("/")[2]
        assert any(line.strip(" ›").startswith(one.state) and project in line for line in lines)
    assert lines[-1].startswith("↑↓ choose · enter timeline")


def test_the_chosen_session_stays_in_sight(played: tuple[Board, BoardView]) -> None:
    _, view = played
    controls = Controls()
    for _ in view.sessions:
        controls = press(controls.on(view), "down", view)
        assert sum("›" in line for line in drawn(view, controls, 120, 12)) == 1


def test_an_empty_board_is_a_sentence(played: tuple[Board, BoardView]) -> None:
    _, view = played
    empty = replace(view, sessions=())
    assert "No session of the last day." in drawn(empty, Controls(), 80)
    assert "No session has all of these words." in drawn(view, Controls(wanted="nowhere"), 80)
    assert "No session of the last day." in words(printed(empty, Paper(80, 0, UTC, COLOURED)))


def test_hostile_text_and_credentials_never_reach_the_screen(history: History) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
    session = history.session()
    session.title(f"\x1b]0;owned\x07Fix {secret}")
    session.prompt(f"Use \x1b[2J {secret} now", at="2026-11-20T10:00:00Z")
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": f"curl -H 'Authorization: Bearer {secret}'"})])
    root = history.write()
    for given in (("--once",), ("--once", "--json")):
        answer = ask("live", *given, root=root)
        assert answer.code == 0
        assert secret not in answer.out
        assert "\x1b" not in answer.out


# --- keys ---


def test_keys_of_terminals() -> None:
    assert keys_in("j\x1b[A\x1bOB\x1b[5~q") == ["j", "up", "down", "page_up", "q"]
    assert keys_in("\x1b") == ["escape"]
    assert keys_in("\r\x7fé\x03") == ["enter", "backspace", "é", "\x03"]
    assert keys_in("\x1b[200~x\x1b[1;5C") == ["x"]


def test_what_keys_do(played: tuple[Board, BoardView]) -> None:
    _, view = played
    shown = [one.session_id for one in in_order_of(view, "state", "")]
    first = Controls().on(view)
    assert first.chosen == shown[0]

    def after(*keys: str, controls: Controls = first) -> Controls:
        for key in keys:
            controls = press(controls, key, view).on(view)
        return controls

    assert after("down", "down", "up").chosen == shown[1]
    assert after("end").chosen == after(*["j"] * 50).chosen == shown[-1]
    assert after("home", "up").chosen == shown[0]
    assert after("enter").view == TIMELINE
    assert after("m").view == ASKS
    assert after("enter", "m").view == ASKS
    assert after("enter", "escape").view == after("m", "m").view == BOARD
    assert after("enter", "up", "up", "down").back == 1
    assert after(*["s"] * len(ORDERS)).order == first.order
    assert after("p").is_paused and not after("p", "p").is_paused
    assert after("q").is_over and after("\x03").is_over
    typed = after("/", "s", "h", "o", "x", "backspace", "p", "enter")
    assert (typed.wanted, typed.is_typing) == ("shop", False)
    assert {one.project for one in in_order_of(view, typed.order, typed.wanted)} == {"/home/ada/shop"}
    assert after("/", "q", "escape").wanted == ""
    assert after("x", "\x1b", "left") == first


def test_a_session_that_goes_leaves_its_timeline(played: tuple[Board, BoardView]) -> None:
    _, view = played
    controls = Controls(chosen="gone", view=TIMELINE, back=3).on(view)
    assert (controls.view, controls.back) == (BOARD, 0)
    assert controls.chosen in {one.session_id for one in view.sessions}


# --- conditions and events ---


@pytest.mark.parametrize(
    ("condition", "changes", "holds"),
    [
        ("context>80%", {"context_tokens": 160_001, "window_tokens": 200_000}, True),
        ("context > 80 %", {"context_tokens": 160_000, "window_tokens": 200_000}, False),
        ("context>80%", {"context_tokens": None}, False),
        ("cache<60s", {"warm_until": 59_000}, True),
        ("cache<60s", {"warm_until": 60_000}, False),
        ("cache<2m", {"warm_until": 119_000}, True),
        ("cache<60s", {"warm_until": 0}, False),
        ("usd>5", {"list_price_usd": 5.01}, True),
        ("usd>$5", {"list_price_usd": None}, False),
        ("limit", {"state": "limit"}, True),
        ("waiting", {"state": "waiting"}, True),
        ("waiting", {"state": "idle"}, False),
        ("loop", {"is_looping": True}, True),
    ],
)
def test_conditions(
    played: tuple[Board, BoardView], condition: str, changes: dict[str, object], *, holds: bool
) -> None:
    _, view = played
    quiet = {"context_tokens": 1, "warm_until": None, "list_price_usd": 0.0, "state": "idle", "is_looping": False}
    one = replace(view.sessions[0], **{**quiet, **changes})
    shown = replace(view, now=0, sessions=(one,))
    assert bool(true_of([parse_alarm(condition)], shown)) == holds


@pytest.mark.parametrize(
    "text", ["", "context", "context<80%", "context>80", "cache>60s", "usd>5%", "limit>1", "spend>1"]
)
def test_what_is_no_condition_is_an_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        parse_alarm(text)
    answer = ask("live", "--once", "--notify", text, root=tmp_path)
    assert (answer.code, answer.out) == (2, "")


def test_events_tell_what_differs(played: tuple[Board, BoardView]) -> None:
    _, view = played

    def local(time: int) -> datetime:
        return datetime.fromtimestamp(time / 1000, UTC)

    first = list(differences(None, view, local))
    assert [one["event"] for one in first] == ["session"] * len(view.sessions) + ["totals"]
    assert list(differences(view, view, local)) == []
    one, *others = view.sessions
    passing = replace(view, sessions=(replace(one, tokens_a_minute=0.5), *others))
    assert list(differences(view, passing, local)) == []
    other = replace(view, sessions=(replace(one, state="closed"), *others[1:]))
    told = list(differences(view, other, local))
    assert [(event["event"], event["session_id"]) for event in told] == [
        ("session", one.session_id),
        ("gone", others[0].session_id),
    ]
    assert told[0]["last"] == local(one.last)


def test_json_once_is_one_object_a_line(history: History) -> None:
    session = history.session()
    session.prompt("Fix the basket")
    session.response(output=5)
    root, now = history.write(), time.time()
    for path in root.rglob("*.jsonl"):
        stamp = datetime.fromtimestamp(now, UTC).isoformat().replace("+00:00", "Z")
        path.write_text(re.sub(r'"timestamp":"[^"]*"', f'"timestamp":"{stamp}"', path.read_text()))
    answer = ask("live", "--once", "--json", root=root)
    events = [json.loads(line) for line in answer.out.splitlines()]
    assert [one["event"] for one in events] == ["session", "totals"]
    assert events[0]["ask"] == "Fix the basket"
    assert events[0]["state"] == "waiting"
    told = [json.loads(line) for line in ask("live", "--once", "--json", "--no-text", root=root).out.splitlines()]
    assert (told[0]["ask"], told[0]["title"]) == ("", "")


def test_where_nothing_is_is_said(tmp_path: Path) -> None:
    answer = ask("live", "--once", root=tmp_path / "nowhere")
    assert answer.code == 3
    assert "no transcripts found" in answer.err


def test_watch_takes_what_a_board_can_heed(history: History) -> None:
    root = history.write()
    for given in (("--csv",), ("--sort", "price"), ("--where", "errors>3"), ("--since", "7d"), ("--all",)):
        answer = ask("sessions", "--watch", *given, root=root)
        assert answer.code == 2
        assert f"--watch does not go with {given[0]}" in answer.err


def test_the_demo_has_a_board() -> None:
    answer = ask("demo", "live", "--once")
    assert answer.code == 0
    assert answer.out.startswith("tokenscope live   20 Nov 18:00 · 1 idle, 1 stale")


# --- what Claude Code says of its processes and of the plan ---


def test_running_sessions_are_those_whose_process_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    folder.mkdir()
    running = RunningSessions([tmp_path])
    assert running.look() == {}
    mine = {"pid": os.getpid(), "sessionId": "a", "status": "waiting", "waitingFor": "approve Bash", "name": "x"}
    (folder / "1.json").write_text(json.dumps(mine | {"statusUpdatedAt": 1_790_000_000_000}))
    (folder / "2.json").write_text(json.dumps(mine | {"pid": 1 << 30, "sessionId": "b"}))
    (folder / "3.json").write_text('{"session_id": "c", "cwd": "/"}')
    (folder / "4.json").write_bytes(b"\xff[")
    (folder / "5.json").write_text(json.dumps(mine | {"pid": "x", "sessionId": 7}))
    found = running.look()
    assert set(found) == ({"a"} if sys.platform != "win32" else {"a", "b"})
    assert (found["a"].state, found["a"].waiting_for, found["a"].since) == (
        "waiting",
        "approve Bash",
        1_790_000_000_000,
    )
    (folder / "1.json").write_text(json.dumps(mine | {"status": "busy", "waitingFor": None, "x": "longer"}))
    os.utime(folder / "1.json", ns=(1, 1))
    assert running.look()["a"].state == "busy"
    (folder / "1.json").unlink()
    assert "a" not in running.look()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells when a process began")
def test_a_process_with_the_same_number_is_another(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    said = {"pid": os.getpid(), "sessionId": "a", "status": "busy", "procStart": "1"}
    (tmp_path / "sessions" / "1.json").write_text(json.dumps(said))
    assert RunningSessions([tmp_path]).look() == {}


# --- the terminal ---

ENTERED, LEFT, HIDDEN, SHOWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25l", b"\x1b[?25h"


@pytest.fixture
def in_terminal(tmp_path: Path) -> Callable[..., tuple[int, bytes, bool]]:
    """Runs the board in a terminal of its own, does something to it, and returns how it ended, what it wrote, and
    whether the terminal takes lines and echoes as before.
    """
    if sys.platform == "win32":
        pytest.skip("no pseudo terminals")
    import pty  # noqa: PLC0415 - not on every system
    import select  # noqa: PLC0415 - as it
    import termios  # noqa: PLC0415 - as it

    (tmp_path / "projects" / "-home-ada-shop").mkdir(parents=True)

    def run(act: Callable[[int, int], None], code: str = "", **env: str) -> tuple[int, bytes, bool]:
        master, slave = pty.openpty()
        before = termios.tcgetattr(slave)
        door = ["-c", code] if code else ["-m", "tokenscope"]
        process = subprocess.Popen(
            [sys.executable, *door, "live", "--root", str(tmp_path)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TERM": "xterm", "COLUMNS": "", **env},
            process_group=0,  # else, where nobody would wake it, the system does not let it be stopped
        )
        written, has_acted, until = b"", False, time.monotonic() + 120
        while time.monotonic() < until:
            if select.select([master], [], [], 0.1)[0]:
                written += os.read(master, 1 << 16)
            elif process.poll() is not None:
                break
            if not has_acted and b"quit" in written:
                has_acted = True
                act(master, process.pid)
        process.kill()
        ended = process.wait()
        after = termios.tcgetattr(slave)
        os.close(slave)
        with suppress(OSError):  # Linux says so that nobody has it open any more
            while data := os.read(master, 1 << 16):
                written += data
        os.close(master)
        return ended, written, before == after

    return run


def press_q(master: int, _: int) -> None:
    os.write(master, b"q")


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (press_q, {0}),
        (lambda _, process: os.kill(process, signal.SIGTERM), {-15}),
        (lambda _, process: os.kill(process, signal.SIGINT), {130}),
        (lambda _, process: os.kill(process, signal.SIGHUP), {-1}),
    ],
    ids=["q", "SIGTERM", "SIGINT", "SIGHUP"],
)
def test_the_cursor_comes_back_however_it_ends(
    in_terminal: Callable[..., tuple[int, bytes, bool]], act: Callable[[int, int], None], code: set[int]
) -> None:
    ended, written, is_as_before = in_terminal(act)
    assert ended in code
    assert is_as_before
    assert written.rindex(LEFT) > written.rindex(ENTERED)
    assert written.rindex(SHOWN) > written.rindex(HIDDEN)


def test_the_cursor_comes_back_after_an_exception(in_terminal: Callable[..., tuple[int, bytes, bool]]) -> None:
    code = (
        "import tokenscope.live.command as c, sys; from tokenscope.__main__ import main\n"
        "def broken(*_): raise RuntimeError('broken on purpose')\n"
        "c.press = broken\nmain()"
    )
    ended, written, is_as_before = in_terminal(press_q, code)
    assert (ended, is_as_before) == (1, True)
    assert written.rindex(LEFT) > written.rindex(ENTERED)
    assert written.rindex(SHOWN) > written.rindex(HIDDEN)
    assert b"broken on purpose" in written[written.rindex(LEFT) :]


def test_a_stopped_board_gives_the_terminal_back_and_goes_on(
    in_terminal: Callable[..., tuple[int, bytes, bool]],
) -> None:
    def stop(master: int, process: int) -> None:
        os.kill(process, signal.SIGTSTP)
        until = time.monotonic() + 60
        while os.waitpid(process, os.WUNTRACED | os.WNOHANG)[0] == 0:  # until it has stopped
            assert time.monotonic() < until, "it did not stop"
            time.sleep(0.01)
        os.kill(process, signal.SIGCONT)
        os.write(master, b"q")

    ended, written, is_as_before = in_terminal(stop)
    assert (ended, is_as_before) == (0, True)
    assert written.count(ENTERED) == written.count(LEFT) == 2


def test_a_terminal_that_can_do_nothing_gets_the_board_once(
    in_terminal: Callable[..., tuple[int, bytes, bool]],
) -> None:
    ended, written, is_as_before = in_terminal(press_q, TERM="dumb")
    assert (ended, is_as_before) == (0, True)
    assert b"\x1b" not in written
    assert b"printed once" in written


def test_no_color_is_heeded(in_terminal: Callable[..., tuple[int, bytes, bool]]) -> None:
    _, written, _ = in_terminal(press_q, NO_COLOR="1")
    assert not re.search(rb"\x1b\[[0-9;]*3[0-7]m", written)
