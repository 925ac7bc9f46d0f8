"""`wrapped --svg FILE`: a picture to share in place of the cards."""

from __future__ import annotations

from typing import TextIO

from tokenscope.view.format import Answer, Format


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.wrapped_picture import render_wrapped  # noqa: PLC0415 - only who draws pays for it
    from tokenscope.whole_file import save  # noqa: PLC0415

    assert answer.file is not None
    save(render_wrapped(answer.report, answer.drawing), answer.file)


FORMAT = Format("poster", option="svg", metavar="FILE", write=_write, only="wrapped")
