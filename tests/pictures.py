"""Makes the pictures of the README from the made-up history: python -m tests.pictures

The cards' pictures are the same on every machine. That of the report page is taken in Chromium, whose letters are
not: what it was taken of is written down inside it, so that a test can tell an old picture from a new one.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.asking import REPOSITORY, ask
from tests.browser import CHROMIUM, browser
from tests.live_play import Play, board_of
from tokenscope import __version__
from tokenscope.draw.glyphs import COLOURED
from tokenscope.draw.svg_page import render_lines
from tokenscope.live.board import BoardView
from tokenscope.live.board_table import STATE, in_order_of
from tokenscope.live.controls import Controls
from tokenscope.live.frames import Paper, frame

DOCS = REPOSITORY / "docs"
CARDS = ("quickstart", "context", "quota-audit", "wrapped")
LIVE = DOCS / "live.svg"
REPORT = DOCS / "report.png"
SIZE = (1200, 1500)  # pixels, from the top of the page
_START = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"Source\0"


def card_picture(question: str) -> str:
    """The text of an SVG file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.svg"
        answer = ask("demo", question, "--svg", path)
        assert (answer.code, answer.err) == (0, "")
        return path.read_text(encoding="utf-8")


def live_picture() -> str:
    """The board in a terminal of 120 cells, of an afternoon that is played: the text of an SVG file."""
    with tempfile.TemporaryDirectory() as folder:
        play = Play(Path(folder), datetime(2026, 11, 20, 14, 2, tzinfo=UTC), sessions=9, seed=5)
        for step in range(460):
            play.step(at=play.now + timedelta(seconds=7))
            if step == 330:  # three of them rest from here on
                del play.players[6:], play.scripts[6:]
        list(play.flush())
        _, view = board_of(Path(folder), play.now + timedelta(seconds=20))
    controls = Controls(chosen=arranged_by_state(view)[0])
    lines = frame(view, controls.on(view), (), Paper(120, 22, UTC, COLOURED))
    return render_lines(lines, width=120, title="tokenscope live on a played afternoon")


def arranged_by_state(view: BoardView) -> list[str]:
    """The ids of the sessions in the order in which the board shows them."""
    return [one.session_id for one in in_order_of(view, STATE, "")]


def report_page() -> str:
    """The page that is photographed; another version of the program alone does not make it another one."""
    answer = ask("demo", "report", "-")
    assert (answer.code, answer.err) == (0, "")
    return answer.out.replace(f"tokenscope {__version__}", "tokenscope")


def fingerprint(page: str) -> str:
    return hashlib.sha256(page.encode()).hexdigest()


def taken_of(picture: bytes) -> str:
    """The fingerprint of the page that a picture was taken of; "" where it says nothing."""
    place = len(_START)
    while picture.startswith(_START) and place < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, place)
        content = picture[place + 8 : place + 8 + length]
        if kind == b"tEXt" and content.startswith(_KEYWORD):
            return content.removeprefix(_KEYWORD).decode()
        place += 12 + length
    return ""


def signed(picture: bytes, page: str) -> bytes:
    """A picture that says what it was taken of, in a text chunk before its last one."""
    content = b"tEXt" + _KEYWORD + fingerprint(page).encode()
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    end = picture.rindex(b"IEND") - 4
    return picture[:end] + chunk + picture[end:]


def photograph(page: str) -> bytes:
    """The upper part of the page in a light window."""
    with tempfile.TemporaryDirectory() as folder, browser() as chromium:
        source, picture = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(page, encoding="utf-8")
        tab = chromium.tab()
        tab.show(SIZE[0], height=SIZE[1])
        tab.open(source)
        tab.picture(picture, whole=False)
        return signed(picture.read_bytes(), page)


def main() -> None:
    for question in CARDS:
        (DOCS / f"{question}.svg").write_text(card_picture(question), encoding="utf-8", newline="\n")
    LIVE.write_text(live_picture(), encoding="utf-8", newline="\n")
    if CHROMIUM is None:
        print("no Chromium on this machine: docs/report.png stays as it is")
    elif taken_of(REPORT.read_bytes() if REPORT.exists() else b"") != fingerprint(page := report_page()):
        REPORT.write_bytes(photograph(page))
    print("made:", *(path.name for path in sorted(DOCS.iterdir()) if path.suffix in (".svg", ".png")))


if __name__ == "__main__":
    main()
