"""What the tests of the arithmetic share: a built history seen through a scope, at prices that can be multiplied by hand."""

from __future__ import annotations

from datetime import UTC, date, tzinfo
from pathlib import Path

from tests import transcripts
from tests.ingest import TEN, store_of
from tokenscope.history.history import History
from tokenscope.pricing import table
from tokenscope.pricing.pricer import Pricer
from tokenscope.scope import Scope

NOW = TEN + 86_400_000  # 2026-06-02T10:00:00Z

# Dollars per million tokens. "claude-haiku-4-5" and every other model has no price here but "claude-opus-4-8"
# and "claude-sonnet-4-5".
PRICES = """
web_search_per_1000 = 10.00
[[models.claude-opus-4-8]]
price = { input = 10, cache_write_5m = 20, cache_write_1h = 40, cache_read = 1, output = 50 }
[[models.claude-sonnet-4-5]]
price = { input = 2, cache_write_5m = 4, cache_write_1h = 8, cache_read = 0.5, output = 10 }
"""


def pricer(folder: Path) -> Pricer:
    """A pricer by the table above alone."""
    path = folder / "prices.toml"
    path.write_text(PRICES, encoding="utf-8")
    nothing = table.PriceTable(date(2026, 6, 1), "", 0, {})
    return Pricer(table.overridden(nothing, path))


def seen(
    history: transcripts.History | Path,
    *,
    since: int | None = None,
    until: int | None = None,
    projects: tuple[str, ...] = (),
    models: tuple[str, ...] = (),
    sessions: tuple[str, ...] = (),
    zone: tzinfo = UTC,
) -> History:
    """A built history through a scope."""
    store = store_of(history)
    scope = Scope(NOW, since, until, projects, models, sessions, zone=zone)
    prices = pricer(history.root if isinstance(history, transcripts.History) else history)
    return History(store, scope, prices)
