"""One object on stdout and nothing else: the same numbers as the cards, whole."""

from __future__ import annotations

from typing import Any, BinaryIO, TextIO

from tokenscope.errors import AmbiguousError, NoTranscriptsError, TokenscopeError
from tokenscope.view.envelope import SCHEMA_VERSION
from tokenscope.view.format import Answer, Format, HistoryFile, WholeHistory


def _write(answer: Answer, stream: TextIO) -> None:
    from tokenscope.draw.json_text import encoded  # noqa: PLC0415 - with orjson, that other outputs do without

    stream.flush()
    stream.buffer.write(encoded(answer.envelope))


def _write_reports(whole: WholeHistory, stream: BinaryIO) -> None:
    """Every answer about one history, by its question's name: in an envelope's place of `report`, `reports`."""
    from tokenscope.draw.json_text import ONE_LINE, encoded  # noqa: PLC0415 - as above

    envelope = whole.about
    about = {name: getattr(envelope, name) for name in ("schema_version", "tokenscope", "scope", "coverage")}
    stream.write(encoded(about, ONE_LINE).removesuffix(b"}\n") + b',"reports":{')
    for place, (name, report) in enumerate(whole.reports()):
        stream.write((b"," if place else b"") + b'\n"' + name.encode() + b'":' + encoded(report, ONE_LINE).rstrip())
    stream.write(b"\n}}\n")


def write_error(error: TokenscopeError, stream: BinaryIO) -> None:
    """What a script gets instead of an answer."""
    from tokenscope.draw.json_text import encoded  # noqa: PLC0415 - as above

    fields: dict[str, Any] = {
        "kind": error.kind,
        "message": error.message,
        "hint": error.hint.replace("\n", "; ") or None,
    }
    if isinstance(error, NoTranscriptsError):
        fields["paths_tried"] = error.paths_tried
    if isinstance(error, AmbiguousError):
        fields["choices"] = error.choices
    stream.write(encoded({"schema_version": SCHEMA_VERSION, "error": fields}))


FORMAT = Format(
    "json",
    option="json",
    help="Print one JSON object.",
    write=_write,
    keeps_limit=True,
    history_file=HistoryFile((".json",), facets=lambda _, of_questions: of_questions, write=_write_reports, hides=True),
)
