"""What cards are drawn with: runs of text in one colour, and the characters of bars and frames."""

from __future__ import annotations

from tokenscope.draw.harmless import cells, harmless, in_ascii
from tokenscope.value import Value
from tokenscope.view.card import Tone


class Run(Value):
    """A piece of a line in one colour."""

    text: str
    tone: Tone = Tone.PLAIN
    bold: bool = False
    solid: bool = False  # part of a picture of several lines: what is above and below it meets


Line = tuple[Run, ...]


class Glyphs(Value, kw_only=True):
    """The characters a picture is drawn with."""

    fills: dict[Tone, str]  # what a share of a stack is filled with
    marker: str = "■"  # before a row of its legend; "": the fill of the row's tone
    corners: str = "╭╮╰╯"
    horizontal: str = "─"
    vertical: str = "│"
    arrow: str = "→ "
    ellipsis: str = "…"
    bar: str = "▇"
    bar_ends: str = "▏▎▍▌▋▊▉"  # one to seven eighths of a cell
    spark: str = "▁▂▃▄▅▆▇█"  # from nothing to all
    mark: str = "╎"  # in a spark
    marks: str = "▼×"  # below a chart
    shades: str = "·░▒▓█"  # of a grid, from nothing to most
    ascii_only: bool = False

    @property
    def tells_by_colour(self) -> bool:
        """Whether series are told apart by colour, and not by what they are filled with."""
        return bool(self.marker)

    def text(self, untrusted: str, *, keeps_spaces: bool = False) -> str:
        """A text as it may be printed with these glyphs."""
        safe = harmless(untrusted, keeps_spaces=keeps_spaces)
        return in_ascii(safe) if self.ascii_only else safe


COLOURED = Glyphs(fills=dict.fromkeys(Tone, "▇"))
# Without colours the shares of a stack differ in their shade, and its legend shows which is which.
UNCOLOURED = Glyphs(fills=dict(zip(Tone, "▚▇▓▒░·▞▇▓▒░", strict=True)), marker="")
ASCII = Glyphs(
    fills=dict(zip(Tone, "%#=+-.*#=+-", strict=True)),
    marker="",
    corners="++++",
    horizontal="-",
    vertical="|",
    arrow="-> ",
    ellipsis="...",
    bar="#",
    bar_ends="-------",
    spark="_.:-=+*#",
    mark="|",
    marks="vx",
    shades=".-+*#",
    ascii_only=True,
)


def width_of(line: Line) -> int:
    """Cells that a line takes."""
    return sum(cells(run.text) for run in line)
