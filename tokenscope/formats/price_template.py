"""`prices --template`: a price file with the models that have no price, to be filled in. No price in it is made up."""

from __future__ import annotations

import json

from tokenscope.questions.prices import PricesReport
from tokenscope.view import figures

_HEAD = """\
# Models of this history without a known price. Fill in US dollars per million tokens, take away the "# " before a
# row's two lines, and name this file with --prices. A row that stays as it is has no price.
"""
_PRICE = "# price = { input = ?, cache_write_5m = ?, cache_write_1h = ?, cache_read = ?, output = ? }"


def export(report: PricesReport) -> bytes:
    """The text of the file."""
    rows = [_row(model, tokens) for model, tokens in (report.unpriced or {}).items()]
    return "\n".join([_HEAD, *rows] if rows else ["# Every model of this history has a price.\n"]).encode()


def _row(model: str, tokens: int) -> str:
    # A JSON string of ASCII is a TOML one too, whatever an id holds, but for DEL, which TOML wants written out.
    whole = model.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    name = json.dumps(whole, ensure_ascii=True).replace("\x7f", "\\u007f")
    return f"# {figures.tokens(tokens)} tokens\n# [[models.{name}]]\n{_PRICE}\n"
