"""What is written unasked: cards for whoever reads them in a terminal, or a fact a line."""

from __future__ import annotations

from typing import TextIO

from tokenscope.view.format import Answer, Format
from tokenscope.view.page import make_page


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.terminal_page import write_page  # noqa: PLC0415 - rich alone takes 50 ms

    drawing = answer.drawing
    page = make_page(answer.question, answer.envelope, answer.cards(), drawing)
    write_page(page, stream, color=drawing.color, plain=drawing.plain)


FORMAT = Format("terminal", option="", write=_write)
