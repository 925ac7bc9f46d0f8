"""What keys do to the board: a small state, and the next one for each key. Pure."""

from __future__ import annotations

from tokenscope.live.board import BoardView
from tokenscope.live.board_table import ORDERS, STATE, in_order_of
from tokenscope.live.keys import BACKSPACE, DOWN, END, ENTER, ESCAPE, HOME, PAGE_DOWN, PAGE_UP, UP
from tokenscope.value import Value, replace

BOARD, TIMELINE, ASKS = "board", "timeline", "asks"
PAGE = 10  # lines
KEYS = {
    BOARD: "↑↓ choose · enter timeline · m asks · s sort · / filter · p pause · q quit",
    TIMELINE: "↑↓ back and forth · m asks · enter or esc back · p pause · q quit",
    ASKS: "↑↓ back and forth · m or esc back · enter timeline · p pause · q quit",
}


class Controls(Value):
    """`chosen`: a session's id. `back`: lines that are scrolled up from the newest. `view`: BOARD, TIMELINE, ASKS."""

    chosen: str = ""
    order: str = STATE
    wanted: str = ""
    is_typing: bool = False
    view: str = BOARD
    back: int = 0
    is_paused: bool = False
    is_over: bool = False

    def on(self, board: BoardView) -> Controls:
        """The same, with a session chosen that is there."""
        shown = [one.session_id for one in in_order_of(board, self.order, self.wanted)]
        if self.chosen in shown or (self.view != BOARD and self.chosen in {one.session_id for one in board.sessions}):
            return self
        return replace(self, chosen=shown[0] if shown else "", view=BOARD, back=0)


def press(controls: Controls, key: str, board: BoardView) -> Controls:
    """What a key makes of it; a key that means nothing changes nothing."""
    if controls.is_typing:
        return _typed(controls, key)
    if key in ("q", "Q", "\x03"):
        return replace(controls, is_over=True)
    if key in ("p", "P"):
        return replace(controls, is_paused=not controls.is_paused)
    return _inside(controls, key) if controls.view != BOARD else _on_board(controls, key, board)


def _on_board(controls: Controls, key: str, board: BoardView) -> Controls:
    if key in ("s", "S"):
        orders = list(ORDERS)
        return replace(controls, order=orders[(orders.index(controls.order) + 1) % len(orders)])
    if key == "/":
        return replace(controls, is_typing=True, wanted="")
    if key == ESCAPE:
        return replace(controls, wanted="")
    if key in (ENTER, "m", "M") and controls.chosen:
        return replace(controls, view=TIMELINE if key == ENTER else ASKS, back=0)
    return _moved(controls, key, board)


def _typed(controls: Controls, key: str) -> Controls:
    if key == ENTER:
        return replace(controls, is_typing=False)
    if key == ESCAPE:
        return replace(controls, is_typing=False, wanted="")
    if key == BACKSPACE:
        return replace(controls, wanted=controls.wanted[:-1])
    return replace(controls, wanted=controls.wanted + key) if len(key) == 1 and key.isprintable() else controls


def _inside(controls: Controls, key: str) -> Controls:
    """In a session's timeline or its asks."""
    steps = {UP: 1, "k": 1, DOWN: -1, "j": -1, PAGE_UP: PAGE, PAGE_DOWN: -PAGE, END: -controls.back, HOME: 1 << 20}
    if key in steps:
        return replace(controls, back=max(0, controls.back + steps[key]))
    if key in ("m", "M"):
        return replace(controls, view=BOARD if controls.view == ASKS else ASKS, back=0)
    if key == ENTER:
        return replace(controls, view=BOARD if controls.view == TIMELINE else TIMELINE, back=0)
    return replace(controls, view=BOARD, back=0) if key in (ESCAPE, BACKSPACE) else controls


def _moved(controls: Controls, key: str, board: BoardView) -> Controls:
    """Another session chosen."""
    shown = [one.session_id for one in in_order_of(board, controls.order, controls.wanted)]
    steps = {UP: -1, "k": -1, DOWN: 1, "j": 1, PAGE_UP: -PAGE, PAGE_DOWN: PAGE, HOME: -len(shown), END: len(shown)}
    if key not in steps or not shown:
        return controls
    place = shown.index(controls.chosen) if controls.chosen in shown else 0
    return replace(controls, chosen=shown[min(max(place + steps[key], 0), len(shown) - 1)])
