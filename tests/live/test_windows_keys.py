"""Keys of a Windows console, with a console in place of its own module."""

from __future__ import annotations

import io
import sys
import time
from types import SimpleNamespace

import pytest

from tokenscope.live.keys import Keyboard


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0


@pytest.fixture
def pressed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the console has been given, a character each, and has not handed on."""
    characters: list[str] = []
    console = SimpleNamespace(kbhit=lambda: bool(characters), getwch=lambda: characters.pop(0))
    monkeypatch.setitem(sys.modules, "msvcrt", console)
    monkeypatch.setattr(sys, "platform", "win32")
    return characters


@pytest.mark.parametrize(
    ("characters", "keys"),
    [
        ("q", ["q"]),
        ("\r", ["enter"]),
        ("\x1b", ["escape"]),
        ("\x08", ["backspace"]),
        ("\xe0H", ["up"]),
        ("\xe0P", ["down"]),
        ("\x00I", ["page_up"]),
        ("\xe0Q", ["page_down"]),
        ("\xe0G", ["home"]),
        ("\x00O", ["end"]),
        ("\x00;", []),  # F1, which is no key of the board
        ("ä", ["ä"]),
    ],
)
def test_a_key(pressed: list[str], characters: str, keys: list[str]) -> None:
    """An arrow comes as two characters, of which the first is no letter."""
    pressed += characters
    with Keyboard(_Terminal()) as keyboard:
        assert keyboard.wait(0) == keys
    assert pressed == []


def test_keys_come_one_at_a_time_and_none_is_lost(pressed: list[str]) -> None:
    pressed += "j\xe0Pq"
    with Keyboard(_Terminal()) as keyboard:
        assert [keyboard.wait(0) for _ in range(4)] == [["j"], ["down"], ["q"], []]


def test_a_key_is_waited_for(pressed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes at the third look."""
    looks: list[float] = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 3:
            pressed.append("p")

    monkeypatch.setattr(time, "sleep", sleep)
    with Keyboard(_Terminal()) as keyboard:
        assert keyboard.wait(60) == ["p"]
    assert len(looks) == 3
