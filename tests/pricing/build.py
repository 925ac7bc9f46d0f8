"""Responses to be priced, and price tables to be read."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tokenscope.model import PICODOLLARS, Message
from tokenscope.pricing.pricer import Pricer

ROW = "price = { input = 2, cache_write_5m = 2.5, cache_write_1h = 4, cache_read = 0.2, output = 10 }"
LONG = "long = { above = 5, input = 4, cache_write_5m = 5, cache_write_1h = 8, cache_read = 0.4, output = 20 }"

MILLION = 10**6


def milliseconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp()) * 1000


def response(
    model: str,
    at: str | None = "2026-11-15T12:00:00+00:00",
    *,
    tariff: str = "",
    context: int = 0,
    **tokens: int,
) -> Message:
    """A response with no tokens but those named. `context` is the prompt of its largest single request."""
    return Message(
        id="msg_1",
        thread=0,
        model=model,
        time=None if at is None else milliseconds(at),
        input_tokens=tokens.pop("input", 0),
        output_tokens=tokens.pop("output", 0),
        cache_read_input_tokens=tokens.pop("cache_read", 0),
        cache_creation_input_tokens=tokens.pop("cache_creation", 0),
        ephemeral_1h_input_tokens=tokens.pop("one_hour", 0),
        context_tokens=context,
        web_search_requests=tokens.pop("web_searches", 0),
        tariff=tariff,
        is_floor=False,
        miss_reason="",
        part="",
        **tokens,
    )


def table_file(folder: Path, *lines: str) -> Path:
    path = folder / "prices.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def input_dollars(pricer: Pricer, model: str, at: str | None, *, tariff: str = "", context: int = 0) -> float:
    """Dollars for a million input tokens."""
    price = pricer.price(response(model, at, tariff=tariff, context=context, input=MILLION))
    assert price is not None
    assert price.total == price.input
    return price.input / PICODOLLARS
