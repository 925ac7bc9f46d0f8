"""What Claude Code itself counted of a session, as it writes it now and then: each time all of it so far (T54)."""

from __future__ import annotations

from typing import Any

from tokenscope.ingest.rows.counters import whole

LARGEST = 10**9  # dollars
KEYS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "webSearchRequests")

# When (ms), dollars, whether a model had no price, and by model: its name, five counters as in KEYS, dollars.
CostState = tuple[int | None, float, bool, list[tuple[str, int, int, int, int, int, float]]]


def cost_state(row: dict[str, Any], time: int | None) -> CostState | None:
    """What a row tells; None where it tells no dollars."""
    total = _dollars(row.get("totalCostUSD"))
    if total is None:
        return None
    told: Any = row.get("modelUsage")
    models = []
    for name, usage in told.items() if told.__class__ is dict else ():
        if usage.__class__ is dict:
            given, output, read, write, searches = (whole(usage.get(key, 0))[0] for key in KEYS)
            paid = _dollars(usage.get("costUSD")) or 0.0
            models.append((name, given, output, read, write, searches, paid))
    return time, total, row.get("hasUnknownModelCost") is True, models


def _dollars(value: Any) -> float | None:
    is_number = value.__class__ is int or value.__class__ is float
    return float(value) if is_number and 0 <= value < LARGEST else None
