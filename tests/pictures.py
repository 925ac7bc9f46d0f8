"""Makes the pictures of the README from the made-up history: python -m tests.pictures

The cards' pictures are the same on every machine. That of the report page is taken in Chromium, whose letters are
not: what it was taken of is written down inside it, so that a test can tell an old picture from a new one.
"""

from __future__ import annotations

import hashlib
import struct
import tempfile
import zlib
from pathlib import Path

from tests.asking import REPOSITORY, ask
from tests.browser import CHROMIUM, browser
from tokenscope import __version__

DOCS = REPOSITORY / "docs"
CARDS = ("quickstart", "context", "quota-audit", "wrapped")
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
    if CHROMIUM is None:
        print("no Chromium on this machine: docs/report.png stays as it is")
    elif taken_of(REPORT.read_bytes() if REPORT.exists() else b"") != fingerprint(page := report_page()):
        REPORT.write_bytes(photograph(page))
    print("made:", *(path.name for path in sorted(DOCS.iterdir()) if path.suffix in (".svg", ".png")))


if __name__ == "__main__":
    main()
