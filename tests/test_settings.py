"""The reader's plan: who may say it, who has the last word, and what a mistake is answered with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asking import ask
from tests.ingest import FIRST
from tests.transcripts import History
from tokenscope.app.ask import find_plan, user_settings_path
from tokenscope.errors import UsageError
from tokenscope.view.money import Plan


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_nobody_said(file: Path) -> None:
    assert find_plan(None, {}, file) is Plan.UNKNOWN


def test_the_option_before_the_variable_before_the_file(file: Path) -> None:
    file.write_text('plan = "team"\n', encoding="utf-8")
    assert find_plan(None, {}, file) is Plan.TEAM
    assert find_plan(None, {"TOKENSCOPE_PLAN": "max5"}, file) is Plan.MAX5
    assert find_plan(Plan.API, {"TOKENSCOPE_PLAN": "max5"}, file) is Plan.API
    assert find_plan(Plan.UNKNOWN, {"TOKENSCOPE_PLAN": "max5"}, file) is Plan.UNKNOWN


@pytest.mark.parametrize(
    ("value", "plan"), [("", Plan.UNKNOWN), ("  ", Plan.UNKNOWN), (" Max20\n", Plan.MAX20), ("API", Plan.API)]
)
def test_the_variable_as_shells_set_it(file: Path, value: str, plan: Plan) -> None:
    assert find_plan(None, {"TOKENSCOPE_PLAN": value}, file) is plan


def test_a_variable_that_is_no_plan(file: Path) -> None:
    with pytest.raises(UsageError, match="TOKENSCOPE_PLAN: 'gold' is no plan"):
        find_plan(None, {"TOKENSCOPE_PLAN": "gold"}, file)


def test_a_file_that_says_nothing(file: Path) -> None:
    file.write_text("# later\n", encoding="utf-8")
    assert find_plan(None, {}, file) is Plan.UNKNOWN


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b'plan = "gold"', "must be one of pro, max5, max20, team, enterprise, api, unknown, not 'gold'"),
        (b'plan = "Max20"', "must be one of"),
        (b"plan = 20", "must be a text in quotes, not 20"),
        (b"plan = max20", "is not TOML"),
        (b'paln = "api"', "`paln` is not a setting"),
        (b'\xff\xfep\x00l\x00a\x00n\x00 = "api"', "is not TOML"),
    ],
)
def test_a_broken_file_is_named(file: Path, content: bytes, problem: str) -> None:
    file.write_bytes(content)
    for given in (None, Plan.API):
        with pytest.raises(UsageError) as error:
            find_plan(given, {}, file)
        assert error.value.message.startswith(f"{file}: ")
        assert problem in error.value.message
        assert 'plan = "max20"' in error.value.hint


def test_a_folder_in_the_place_of_the_file(file: Path) -> None:
    file.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        find_plan(None, {}, file)


def test_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History(tmp_path / "config")
    history.session(FIRST).response(input=1_000_000, output=1)
    root = history.write()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    path = user_settings_path()
    path.parent.mkdir(parents=True)
    path.write_text('plan = "api"\n', encoding="utf-8")
    assert "took all of your tokens" in ask("models", root=root).out
    assert ask("models", root=root).out == ask("models", "--plan", "api", root=root).out
    assert ask("models", root=root).out != ask("models", "--plan", "unknown", root=root).out
    path.write_text("plan = ", encoding="utf-8")
    answer = ask("models", root=root)
    assert (answer.code, answer.out) == (2, "")
    assert str(path) in answer.err
    wrong = ask("models", "--plan", "gold", root=root)
    assert wrong.code == 2
    assert "'max20'" in wrong.err
