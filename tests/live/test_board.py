"""What the board says: by a played script at every step, by the clock, and of what counts once."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.asking import ask
from tests.live_play import LIMITED_UNTIL, Play, Player
from tests.transcripts import History, agent_result, tool_use
from tokenscope.ingest.files.claude_settings import last_usage
from tokenscope.ingest.files.running import Running
from tokenscope.live.board import Board, BoardView, PlanWindow, plan_windows
from tokenscope.live.follow import Follower
from tokenscope.live.session_line import STATES, SessionLine
from tokenscope.pricing.pricer import load_pricer
from tokenscope.scope import Scope

START = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
MINUTE, HOUR = 60_000, 3_600_000  # ms


@pytest.fixture(autouse=True)
def _at_every_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tokenscope.live.follow.AFAR", 0.0)


def ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


class Watcher:
    """A follower and its board, asked at moments of a clock that is set by the test."""

    def __init__(self, root: Path, start: datetime = START) -> None:
        self.board = Board(load_pricer(user_file=None), Scope(ms(start), zone=UTC))
        self.follower = Follower([root], ms(start) - 24 * HOUR)

    def at(self, moment: datetime) -> BoardView:
        since = ms(moment) - 24 * HOUR
        is_behind = True
        while is_behind:
            changes = self.follower.poll(since)
            is_behind = self.follower.is_behind
            for change in changes:
                if change.happenings is not None:
                    self.board.take(change.session_id, change.happenings, change.folder, is_whole=change.is_whole)
                elif others := self.board.forget(change.session_id):
                    for again in self.follower.again(others):
                        self.board.forget(again.session_id)
                    is_behind = True
        self.follower.release(self.board.prune(ms(moment)))
        return self.board.view(ms(moment))

    def one(self, moment: datetime) -> SessionLine:
        (line,) = self.at(moment).sessions
        return line


@pytest.fixture
def watcher(history: History) -> Callable[[], Watcher]:
    def made() -> Watcher:
        return Watcher(history.write())

    return made


# --- a script that is played ---


def expected_state(player: Player, now: datetime) -> str:
    """By what the script did last, and how long ago."""
    truth = player.truth
    silent = now - truth.last
    if truth.turn == "closed":
        return "closed"
    until = now.replace(hour=LIMITED_UNTIL[0], minute=LIMITED_UNTIL[1], second=0, microsecond=0)
    if truth.turn == "limit" and now < until:
        return "limit"
    if silent > timedelta(hours=4):
        return "stale"
    if truth.turn == "question":
        return "waiting"
    if silent > timedelta(minutes=5):
        return "idle"
    return "waiting" if truth.turn in ("over", "limit") else "active"


def compare(view: BoardView, players: Sequence[Player], now: datetime) -> set[str]:
    """Holds every session against what its script says of it; which states there were."""
    lines = {line.session_id: line for line in view.sessions}
    begun = [player for player in players if player.truth.asks]
    assert lines.keys() == {player.session.session_id for player in begun}
    for player in begun:
        line, truth = lines[player.session.session_id], player.truth
        assert line.state == expected_state(player, now), (line, truth)
        assert (line.tokens, line.ask_number, line.errors, line.compactions) == (
            truth.tokens,
            truth.asks,
            truth.errors,
            truth.compactions,
        )
        if line.state not in ("closed", "stale"):
            assert (line.subagents, line.background_tasks) == (truth.subagents, truth.tasks)
    return {line.state for line in view.sessions}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_board_says_what_is_true_at_every_step(tmp_path: Path, seed: int) -> None:
    play = Play(tmp_path, START, seed=seed)
    watcher, pieces, states = Watcher(tmp_path), random.Random(seed), set[str]()
    for step in range(900):
        play.step(at=play.now + timedelta(seconds=play.chance.choice((1, 2, 5))))
        for _ in play.flush(pieces if step % 3 == 0 else None):
            if step % 3 == 0 and step % 5 == 0:
                watcher.at(play.now)  # in the middle of a row
        if step % 5 == 0:
            states |= compare(watcher.at(play.now), play.players, play.now)
        if step in (300, 600):
            play.replace(play.chance.choice(play.players))
        if step in (400, 700):
            play.remove(play.chance.choice(play.players))
    assert len(play.players) == 18
    for later in (timedelta(0), timedelta(minutes=4), timedelta(minutes=6), timedelta(hours=3), timedelta(hours=5)):
        states |= compare(watcher.at(play.now + later), play.players, play.now + later)
    assert states == set(STATES)


def test_a_clock_that_jumps_is_believed_and_loses_nothing(tmp_path: Path) -> None:
    play = Play(tmp_path, START, sessions=4)
    for _ in range(200):
        play.step()
    list(play.flush())
    watcher, now = Watcher(tmp_path), play.now
    before = watcher.at(now)
    assert watcher.at(now + timedelta(days=30)).sessions == ()
    assert {line.state for line in watcher.at(now - timedelta(hours=2)).sessions} <= {
        "active",
        "waiting",
        "closed",
        "limit",
    }
    after = watcher.at(now)
    assert sorted(map(str, after.sessions)) == sorted(map(str, before.sessions))
    assert after.totals == before.totals


# --- states ---


def test_a_turn_that_goes_on_ends_and_rests(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    board = watcher()
    assert board.one(START).state == "active"
    session.response(input=3, output=40, cache_write=20_000, blocks=[tool_use("toolu_1", "Bash", {"command": "make"})])
    history.write()
    line = board.one(START + timedelta(minutes=1))
    assert (line.state, line.doing, line.ask_number, line.ask) == ("active", "Bash make", 1, "Fix the basket")
    session.tool_result("toolu_1", "ok")
    session.response(input=3, output=40, cache_read=20_000, at="2026-06-01T10:02:00Z")
    history.write()
    line = board.one(START + timedelta(minutes=3))
    assert (line.state, line.reason, line.doing) == ("waiting", "your turn", "")
    assert board.one(START + timedelta(minutes=8)).state == "idle"
    assert board.one(START + timedelta(hours=5)).state == "stale"


@pytest.mark.parametrize("tool", ["AskUserQuestion", "ExitPlanMode"])
def test_a_question_waits_however_long_it_takes(history: History, watcher: Callable[[], Watcher], tool: str) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(blocks=[tool_use("toolu_1", tool, {"question": "Which one?"})])
    board = watcher()
    for minutes in (1, 60, 200):
        line = board.one(START + timedelta(minutes=minutes))
        assert (line.state, line.reason) == ("waiting", "Which one?")
    session.tool_result("toolu_1", "The first", at="2026-06-01T13:30:00Z")
    history.write()
    assert board.one(START + timedelta(minutes=211)).state == "active"


def test_t63_a_limit_holds_until_it_resets_or_something_is_answered(
    history: History, watcher: Callable[[], Watcher]
) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.api_error("You've hit your session limit · resets 1:20pm (Europe/Berlin)")  # 11:20 in UTC
    board = watcher()
    line = board.one(START + timedelta(minutes=79))
    assert (line.state, line.reason) == ("limit", "You've hit your session limit · resets 1:20pm (Europe/Berlin)")
    assert board.one(START + timedelta(minutes=81)).state == "idle"
    session.response(at="2026-06-01T10:30:00Z")
    history.write()
    assert board.one(START + timedelta(minutes=31)).state == "waiting"


@pytest.mark.parametrize("command", ["/exit", "/quit"])
@pytest.mark.parametrize("is_system_row", [False, True])
def test_a_session_is_closed_where_the_log_says_so(
    history: History, watcher: Callable[[], Watcher], command: str, *, is_system_row: bool
) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(output=4)
    words = f"<command-name>{command}</command-name>\n<command-message>exit</command-message>"
    if is_system_row:
        session.system("local_command", content=words)
        session.system("local_command", content="<local-command-stdout>Bye!</local-command-stdout>")
    else:
        session.prompt(words)
        session.prompt("<local-command-stdout>Bye!</local-command-stdout>")
    board = watcher()
    line = board.one(START + timedelta(minutes=1))
    assert (line.state, line.reason, line.ask_number) == ("closed", "you left it", 1)
    session.prompt("One more thing")
    history.write()
    assert board.one(START + timedelta(minutes=1)).state == "active"


def test_a_session_that_goes_on_elsewhere_is_closed(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.append({"type": "continued-in", "sessionId": session.session_id, "continuedInSessionId": "x"})
    assert watcher().one(START).state == "closed"


def test_what_claude_code_says_of_its_process_goes_first(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(blocks=[tool_use("toolu_1", "Bash", {"command": "rm -r build"})])
    board, later = watcher(), START + timedelta(minutes=50)
    for said, expected in (("waiting", "waiting"), ("busy", "active"), ("idle", "idle"), ("", "idle")):
        running = Running(session.session_id, said, "approve Bash" if said == "waiting" else "", None, "", "pts/3")
        board.board.running = {session.session_id: running}
        line = board.one(later)
        assert (line.state, line.terminal) == (expected, "pts/3")
        assert line.reason == ("approve Bash" if said == "waiting" else "")


# --- what runs ---


def test_subagents_and_tasks_run_until_they_end(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(blocks=[tool_use("toolu_a", "Task", {"prompt": "Find callers"})])
    session.response(blocks=[tool_use("toolu_b", "Bash", {"command": "npm start", "run_in_background": True})])
    session.tool_result("toolu_b", "in the background", tool_use_result={"backgroundTaskId": "b1"})
    agent = session.subagent("a1")
    agent.prompt("Find callers")
    agent.response(output=9, blocks=[tool_use("toolu_c", "Grep", {"pattern": "x"})])
    board, soon = watcher(), START + timedelta(minutes=1)
    assert (board.one(soon).subagents, board.one(soon).background_tasks) == (1, 1)
    agent.tool_result("toolu_c", "two")
    agent.response(output=9)
    session.tool_result("toolu_a", "two callers", tool_use_result=agent_result("a1"))
    told = "<task-notification><task-id>b1</task-id><status>killed</status></task-notification>"
    session.attachment("queued_command", prompt=told)
    history.write()
    assert (board.one(soon).subagents, board.one(soon).background_tasks) == (0, 0)


def test_a_monitor_that_tells_an_event_has_not_ended(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Watch it", at="2026-06-01T10:00:00Z")
    session.response(blocks=[tool_use("toolu_b", "Bash", {"command": "tail -f log"})])
    session.tool_result("toolu_b", "in the background", tool_use_result={"backgroundTaskId": "b1"})
    session.prompt("<task-notification><task-id>b1</task-id><event>a line</event></task-notification>")
    assert watcher().one(START).background_tasks == 1


def test_the_same_call_again_and_again_is_a_loop(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    for number in range(5):
        session.response(blocks=[tool_use(f"toolu_{number}", "Bash", {"command": "make"})])
        session.tool_result(f"toolu_{number}", "failed", is_error=True)
    board = watcher()
    line = board.one(START)
    assert (line.loops, line.is_looping, line.errors) == (1, True, 5)
    session.response(blocks=[tool_use("toolu_9", "Read", {"file_path": "/a"})])
    history.write()
    line = board.one(START)
    assert (line.loops, line.is_looping) == (1, False)


# --- sizes, prices, the cache ---


def test_context_cache_and_price_of_a_session(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session(model="claude-opus-4-8")
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(input=1_000, output=2_000, cache_read=100_000, cache_write=49_000, at="2026-06-01T10:00:00Z")
    line = watcher().one(START + timedelta(minutes=1))
    assert (line.context_tokens, line.window_tokens, line.tokens) == (150_000, 200_000, 152_000)
    # 5, 25, 0.50 and 6.25 dollars a million: 0.005 + 0.05 + 0.05 + 0.30625; cold, 150,000 are written at 6.25
    assert line.list_price_usd == 0.41125
    assert line.cold_usd == 0.9375
    assert line.warm_until == ms(START + timedelta(minutes=5))
    assert line.tokens_a_minute == 15_200
    assert line.usd_a_minute == pytest.approx(0.041125)


def test_a_cache_of_an_hour_and_a_large_window(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session(model="claude-opus-4-8")
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(input=0, cache_write=250_000, cache_write_1h=250_000, at="2026-06-01T10:00:00Z")
    line = watcher().one(START + timedelta(minutes=30))
    assert line.warm_until == ms(START + timedelta(hours=1))
    assert line.window_tokens == 1_000_000
    assert line.cold_usd == 2.5  # 10 dollars a million
    assert line.tokens_a_minute == 0


def test_a_model_without_a_price_has_none(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session(model="glm-9")
    session.prompt("Fix the basket", at="2026-06-01T10:00:00Z")
    session.response(output=10)
    view = watcher().at(START + timedelta(minutes=1))
    assert (view.sessions[0].list_price_usd, view.sessions[0].cold_usd, view.totals.today_usd) == (None, None, None)


# --- what counts once ---


def test_t20_t21_today_is_what_daily_says(history: History, watcher: Callable[[], Watcher]) -> None:
    """Partial rows, a fork that repeats its original, a subagent: each response once, as in every other answer."""
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T09:00:00Z")
    session.response(input=3, output=400, cache_read=9_000, cache_write=700, partial_outputs=(1, 2, 400))
    session.response(input=3, output=60, stop_reason=None)
    agent = session.subagent()
    agent.prompt("Look")
    agent.response(input=7, output=80, cache_write=1_000)
    fork = session.fork()
    fork.prompt("The other way round", at="2026-06-01T10:00:00Z")
    fork.response(input=5, output=90, cache_read=10_000)
    view = watcher().at(START + timedelta(minutes=1))
    (day,) = ask("daily", "--json", "--tz", "UTC", root=history.root).report["days"]
    usage = day["usage"]
    assert view.totals.today_tokens == usage["total_tokens"]
    assert view.totals.today_responses == usage["messages"]
    assert view.totals.today_usd == usage["list_price_usd"]
    by_session = {one["session_id"]: one for one in ask("sessions", "--json", root=history.root).report["sessions"]}
    for line in view.sessions:
        assert line.tokens == by_session[line.session_id]["usage"]["total_tokens"]


def test_a_fork_counts_what_it_repeats_once_its_original_is_gone(
    history: History, watcher: Callable[[], Watcher]
) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-06-01T09:00:00Z")
    session.response(input=3, output=400)
    fork = session.fork()
    fork.response(input=5, output=90)
    board, now = watcher(), START + timedelta(minutes=1)
    assert board.at(now).totals.today_tokens == 3 + 400 + 5 + 90
    (history.root / "projects" / "-home-ada-shop" / f"{session.session_id}.jsonl").unlink()
    view = board.at(now)
    assert [line.tokens for line in view.sessions] == [498]
    assert view.totals.today_tokens == 498


def test_what_happened_yesterday_is_not_of_today(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.prompt("Fix the basket", at="2026-05-31T23:50:00Z")
    session.response(input=0, output=100, at="2026-05-31T23:59:00Z")
    session.response(input=0, output=11, at="2026-06-01T00:01:00Z")
    view = watcher().at(START)
    assert view.totals.today_tokens == 11
    assert view.sessions[0].tokens == 111


# --- the plan's windows ---


def window(view: BoardView) -> PlanWindow:
    (found,) = view.totals.windows
    return found


def test_five_hours_open_with_a_response(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    for at in ("2026-06-01T04:30:00Z", "2026-06-01T09:29:00Z", "2026-06-01T09:40:00Z"):
        session.response(input=0, output=100, at=at)
    board = watcher()
    found = window(board.at(START))  # 4:30 closed at 9:30, so that 9:40 opened the one that is open
    assert (found.tokens, found.resets, found.is_known) == (100, ms(datetime(2026, 6, 1, 14, 40, tzinfo=UTC)), False)
    assert board.at(START + timedelta(hours=5)).totals.windows == ()


def test_a_limit_says_when_they_close(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.response(input=0, output=100, at="2026-06-01T09:00:00Z")
    session.api_error("You've hit your session limit · resets 1:30pm (UTC)", at="2026-06-01T09:50:00Z")
    found = window(watcher().at(START))
    assert (found.tokens, found.resets, found.is_known) == (100, ms(datetime(2026, 6, 1, 13, 30, tzinfo=UTC)), True)


def test_what_anthropic_said_goes_first_while_it_holds(history: History, watcher: Callable[[], Watcher]) -> None:
    session = history.session()
    session.response(input=0, output=100, at="2026-06-01T09:00:00Z")
    board, told = watcher(), ms(START)
    resets = ms(START + timedelta(hours=2))
    board.board.plan = (
        PlanWindow("5 h", None, None, resets, is_known=True, used=0.42, told=told),
        PlanWindow("7 d", None, None, ms(START + timedelta(days=3)), is_known=True, used=0.1, told=told),
    )
    five, seven = board.at(START).totals.windows
    assert (five.tokens, five.resets, five.used, seven.used) == (100, resets, 0.42, 0.1)
    five, seven = board.at(START + timedelta(hours=3)).totals.windows  # nobody knows of the next one
    assert (five.used, five.is_known, seven.used) == (None, False, 0.1)


def test_t63_what_usage_said_last_is_told_by_window(tmp_path: Path) -> None:
    config = tmp_path / ".claude"
    config.mkdir()
    limits = [
        {"kind": "session", "percent": 42.5, "resets_at": "2026-06-01T12:00:00+00:00"},
        {"kind": "weekly_all", "percent": 7, "resets_at": "2026-06-03T12:00:00+00:00"},
        {"kind": "weekly_scoped", "percent": 9, "resets_at": None, "scope": {"model": {"display_name": "Fable"}}},
    ]
    kept = {"cachedUsageUtilization": {"fetchedAtMs": ms(START), "utilization": {"limits": limits}}}
    (tmp_path / ".claude.json").write_text(json.dumps(kept))
    five, seven, fable = plan_windows(last_usage([config]))
    assert (five.name, five.used, five.resets, five.told) == ("5 h", 0.425, ms(START + timedelta(hours=2)), ms(START))
    assert (seven.name, seven.used, fable.name, fable.resets) == ("7 d", 0.07, "7 d Fable", None)
    assert plan_windows(None) == ()


# --- for days ---


def test_nothing_is_kept_of_what_is_over(tmp_path: Path) -> None:
    play = Play(tmp_path, START, sessions=5)
    watcher = Watcher(tmp_path)
    for _ in range(300):
        play.step()
    list(play.flush())
    watcher.at(play.now)
    assert watcher.at(play.now + timedelta(days=2)).sessions == ()
    board = watcher.board
    assert (len(board.sessions), len(board._counted), len(board._minutes), len(board._copies)) == (0, 0, 0, 0)
