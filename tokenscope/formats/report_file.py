"""The report: a whole history as one web page, into a file with the date as its name unless another is given."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

from tokenscope.view.format import Answer, Format
from tokenscope.view.question import Argument, Drawing, Option


def _takes(
    *,
    file: Annotated[Path | None, Argument("Where to; default: a name with the date. - is stdout.", "FILE")] = None,
    open: Annotated[bool, Option("Open the page in the browser.")] = False,
) -> None: ...


def _write(answer: Answer, stream: TextIO) -> None:
    """Write the page and say so on `stream`. Raises OutputError."""
    # Only who draws pays for these.
    from tokenscope.draw.harmless import harmless, in_ascii, speaks_unicode  # noqa: PLC0415
    from tokenscope.draw.report_page import render_report  # noqa: PLC0415
    from tokenscope.whole_file import save  # noqa: PLC0415

    page = render_report(answer.report, answer.envelope, answer.drawing, answer.included)
    file = answer.options["file"]
    if file == Path("-"):
        stream.flush()
        stream.buffer.write(page.encode())  # UTF-8, as the page says, whatever the terminal speaks
        return
    path = file or Path(_usual_name(answer.drawing))
    save(page, path, is_private=True)
    empty = "" if answer.report.total.messages else ": no responses are in it"
    told = harmless(f"wrote {path}{empty}")
    print(told if speaks_unicode(stream.encoding) else in_ascii(told), file=stream)
    if answer.options["open"]:
        _open(path)


def _usual_name(drawing: Drawing) -> str:
    today = datetime.fromtimestamp(drawing.now / 1000, UTC).astimezone(drawing.zone).date()
    return "tokenscope-demo.html" if drawing.made_up else f"tokenscope-{today}.html"


def _open(path: Path) -> None:
    import webbrowser  # noqa: PLC0415 - 10 ms, and only here

    if not webbrowser.open(path.resolve().as_uri()):
        print("hint: no browser could be opened here", file=sys.stderr)


FORMAT = Format("report", option="", write=_write, only=("report",), takes=_takes)
