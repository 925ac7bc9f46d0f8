"""`--html FILE`: a question's cards as a web page, which only its owner may read."""

from __future__ import annotations

from typing import TextIO

from tokenscope.view.format import Answer, Format
from tokenscope.view.page import make_page


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.html_page import render_html  # noqa: PLC0415 - only who draws pays for it
    from tokenscope.whole_file import save  # noqa: PLC0415

    assert answer.file is not None
    page = make_page(answer.question, answer.envelope, answer.cards(), answer.drawing)
    save(render_html(page, title=f"tokenscope {answer.question.name}"), answer.file, is_private=True)


FORMAT = Format(
    "html", option="html", metavar="FILE", help="Write the cards as a web page into this file.", write=_write
)
