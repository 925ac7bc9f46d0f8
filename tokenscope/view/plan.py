"""What the reader pays by. It changes the words and the order of an answer, never a figure."""

from __future__ import annotations

from enum import StrEnum


class Plan(StrEnum):
    """Claude's plans; `UNKNOWN` where nobody said."""

    PRO = "pro"
    MAX5 = "max5"
    MAX20 = "max20"
    TEAM = "team"
    ENTERPRISE = "enterprise"
    API = "api"
    UNKNOWN = "unknown"

    @property
    def pays_by_token(self) -> bool:
        return self is Plan.API

    @property
    def is_subscription(self) -> bool:
        """A dollar is then a measure, not a bill."""
        return self not in (Plan.API, Plan.UNKNOWN)
