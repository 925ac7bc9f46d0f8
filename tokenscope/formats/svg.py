"""`--svg FILE`: a question's cards as a picture."""

from __future__ import annotations

from typing import TextIO

from tokenscope.view.format import Answer, Format
from tokenscope.view.page import make_page


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.svg_page import render_svg  # noqa: PLC0415 - only who draws pays for it
    from tokenscope.whole_file import save  # noqa: PLC0415

    assert answer.file is not None
    page = make_page(answer.question, answer.envelope, answer.cards(), answer.drawing)
    save(render_svg(page, title=f"tokenscope {answer.question.name}"), answer.file)


FORMAT = Format("svg", option="svg", metavar="FILE", help="Draw the cards into this file.", write=_write)
