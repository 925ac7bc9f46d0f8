"""`prices --template`: a price file with the models that have no price, to be filled in. No price in it is made up."""

from __future__ import annotations

from typing import TextIO

from tokenscope.questions.prices import PricesReport
from tokenscope.view import figures
from tokenscope.view.format import Answer, Format
from tokenscope.view.question import Sessions

_HEAD = """\
# Models of this history without a known price. Fill in US dollars per million tokens, take away the "# " before a
# row's two lines, and name this file with --prices. A row that stays as it is has no price.
"""
_PRICE = "# price = { input = ?, cache_write_5m = ?, cache_write_1h = ?, cache_read = ?, output = ? }"


def price_file(report: PricesReport) -> bytes:
    """The text of the file."""
    rows = [_row(model, tokens) for model, tokens in (report.unpriced or {}).items()]
    return "\n".join([_HEAD, *rows] if rows else ["# Every model of this history has a price.\n"]).encode()


def _row(model: str, tokens: int) -> str:
    """An id is untrusted: in it, all but plain characters are written out."""
    plain = (one if " " <= one <= "~" and one not in '"\\' else f"\\U{_scalar(one):08X}" for one in model)
    return f'# {figures.tokens(tokens)} tokens\n# [[models."{"".join(plain)}"]]\n{_PRICE}\n'


def _scalar(character: str) -> int:
    """Its number; of half a pair, which TOML cannot hold, that of the replacement character."""
    number = ord(character)
    return 0xFFFD if 0xD800 <= number <= 0xDFFF else number


def _write(answer: Answer, stream: TextIO) -> None:
    stream.flush()
    stream.buffer.write(price_file(answer.report))


FORMAT = Format(
    "price-template",
    option="template",
    help="A price file to fill in: your history's models without a price.",
    write=_write,
    only="prices",
    sessions=Sessions.ALL,
)
