"""Untrusted text: made harmless for a terminal, then measured and cut in cells.

Transcripts hold whatever a model, a tool or a web page once said. Everything a format prints goes through
`harmless` first: what comes out is one line without any character that steers a terminal, hides itself or
turns the reading direction. The measures below rely on it: no joiners and no variation selectors are left,
so that the width of a text is the sum of the widths of its characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Whole sequences go with what they carry (a title, a link's address, something for the clipboard). Of a
# broken one only the control characters go: the rest may be text that somebody wants to read.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, erase
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]"  # the short ones: reset, character sets
)
# Characters that count as letters or marks but show nothing or change their neighbour's width: fillers,
# variation selectors, skin tones.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U0001f3fb-\U0001f3ff\U000e0100-\U000e01ef]"
)
# A tower of accents is drawn over the lines above and below.
_TOWER = re.compile("([\u0300-\u036f]{3})[\u0300-\u036f]+")
_TAB, _FARTHEST = 4, 60  # spaces: of a tab, and the most that stand together
_FAR = re.compile(f" {{{_FARTHEST + 1},}}")
_REPLACEMENT = "\ufffd"
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("·–—−‐‑", "-"),
        **dict.fromkeys("‘’", "'"),
        **dict.fromkeys("“”", '"'),
        **{"…": "...", "→": "->", "×": "x", "≥": ">=", "≤": "<=", "≈": "~", "•": "*", "↑": "^", "↓": "v"},
    }
)
_NEEDED = "╭│▏▇■→…\U0001f600"  # an encoding that has all of these has everything a transcript may hold


def harmless(text: str, *, keeps_spaces: bool = False) -> str:
    """The text as one line that a terminal only prints. White space of any kind becomes one space.

    `keeps_spaces`: as many spaces as it was, as far as a line of code goes to the right.
    """
    text = text.replace("\t", " " * _TAB) if keeps_spaces else text
    if not (text.isascii() and text.isprintable()):
        text = "".join(map(_safe, _SEQUENCES.sub("", text)))
        text = _TOWER.sub(r"\1", unicodedata.normalize("NFC", text))
    return _FAR.sub(" " * _FARTHEST, text).rstrip() if keeps_spaces else " ".join(text.split())


@lru_cache(maxsize=4096)
def _safe(character: str) -> str:
    if character.isspace():
        return " "
    if _INVISIBLE.match(character):
        return ""
    if character.isprintable():
        return character
    # Controls and format characters vanish; surrogates, private and unassigned ones are shown as unknown.
    return "" if unicodedata.category(character) in {"Cc", "Cf"} else _REPLACEMENT


def in_ascii(text: str) -> str:
    """The text without any character outside ASCII: plain signs for typographic ones, accents dropped."""
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text.replace(" · ", ", ").translate(_TYPOGRAPHY))
    letters = "".join(character for character in decomposed if cells(character))
    return letters.encode("ascii", "replace").decode()


def speaks_unicode(encoding: str | None) -> bool:
    """Whether a stream of this encoding can take any text. None (a stream in memory) can."""
    try:
        _NEEDED.encode(encoding or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def cells(text: str) -> int:
    """How many terminal cells a harmless text takes: two for a wide character, none for an accent."""
    return len(text) if text.isascii() else sum(map(_character_cells, text))


@lru_cache(maxsize=4096)
def _character_cells(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Mc"}:
        return 0
    if "\u1160" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7ff":
        return 0  # vowels and finals of Korean: they join the syllable before
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text filled with spaces up to a width in cells, to its left when it is aligned right."""
    blank = " " * (width - cells(text))
    return blank + text if right else text + blank


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most `width` cells, cut at its end: between words where that keeps half of it.

    A number after a word is never cut into another number: "of 66,607" becomes "of…", not "of 66,6…".
    """
    if cells(text) <= width:
        return text
    kept = _head(text, width - cells(ellipsis))
    whole_words, _, half_word = kept.rpartition(" ")
    is_inside_word = text[len(kept) : len(kept) + 1] != " "
    if is_inside_word and (2 * cells(whole_words) >= width or (whole_words and half_word[-1:].isdigit())):
        kept = whole_words
    return (kept.rstrip() + ellipsis) if width >= cells(ellipsis) else ellipsis[: max(width, 0)]


def cut_path(path: str, width: int, ellipsis: str = "…") -> str:
    """A path in at most `width` cells, cut in its middle: src/…/store.py. Prose is cut at its end."""
    if cells(path) <= width:
        return path
    separator = "/" if "/" in path else "\\"
    first, *folders = path.split(separator)
    if not folders or " " in first:
        return cut(path, width, ellipsis)
    for head, earliest in ((f"{first}{separator}", 1), ("", 0)):
        for start in range(earliest, len(folders)):
            shorter = f"{head}{ellipsis}{separator}{separator.join(folders[start:])}"
            if cells(shorter) <= width:
                return shorter
    room = width - cells(ellipsis)
    tail = _tail(folders[-1], (room + 1) // 2)
    return _head(folders[-1], room - cells(tail)) + ellipsis + tail if room > 0 else ellipsis[: max(width, 0)]


def _head(text: str, width: int) -> str:
    taken = 0
    for index, character in enumerate(text):
        taken += _character_cells(character)
        if taken > width:
            return text[:index]
    return text


def _tail(text: str, width: int) -> str:
    taken = 0
    for index in range(len(text) - 1, -1, -1):
        taken += _character_cells(text[index])
        if taken > width:
            return text[index + 1 :]
    return text


def wrap(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` cells, broken between words; a number stays with its %.

    All lines are as far to the right as the first, and at most by half of the width.
    """
    unindented = text.lstrip(" ")
    if indent := " " * min(len(text) - len(unindented), width // 2):
        return [indent + line for line in wrap(unindented, width - len(indent))]
    lines: list[str] = []
    for word in re.split(r" (?!%)", text):
        if lines and cells(lines[-1]) + 1 + cells(word) <= width:
            lines[-1] += f" {word}"
            continue
        rest = word
        while cells(rest) > width:
            piece = _head(rest, width) or rest[0]
            lines.append(piece)
            rest = rest[len(piece) :]
        lines.append(rest)
    return lines if text else []
