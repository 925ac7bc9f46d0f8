"""What Claude Code's own settings files say: how long it keeps transcripts (T52), and rates of a contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from tokenscope.ingest.rows.times import milliseconds
from tokenscope.model import Contract, ContractRates

LATEST = 4_102_444_800_000  # ms: the year 2100

DAYS = "cleanupPeriodDays"
MANAGED = {
    "darwin": "/Library/Application Support/ClaudeCode/managed-settings.json",
    "win32": "C:/Program Files/ClaudeCode/managed-settings.json",
}
MANAGED_ELSEWHERE = "/etc/claude-code/managed-settings.json"


class Retention(NamedTuple):
    """`path`: the file that decides, there or not. `days` None: it does not say, for the reason in `problem` if any."""

    path: str
    days: float | None = None
    problem: str = ""


class FileText(NamedTuple):
    """What a file says; None where it is not there. `problem`: why it cannot be read."""

    text: str | None = None
    problem: str = ""


def settings_file(config: Path) -> FileText:
    """A user's own settings as they stand in a config folder; they are only read."""
    try:
        return FileText((config / "settings.json").read_bytes().decode("utf-8"))
    except FileNotFoundError:
        return FileText()
    except OSError as error:
        return FileText(problem=error.strerror or "it cannot be read")
    except UnicodeDecodeError:
        return FileText(problem="it is not in UTF-8")


def retention(config: PurePath, platform: str) -> Retention:
    """What holds for a config folder. An organisation's settings go over a user's own.

    A project's own settings may say something else for the sessions in it; they are not looked at.
    """
    managed = _read(Path(MANAGED.get(platform, MANAGED_ELSEWHERE)))
    return managed if managed.days is not None else _read(Path(config) / "settings.json")


def _read(path: Path) -> Retention:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return Retention(str(path))
    except OSError as error:
        return Retention(str(path), problem=error.strerror or "it cannot be read")
    except (ValueError, RecursionError):
        return Retention(str(path), problem="it is no JSON")
    days = found.get(DAYS) if isinstance(found, Mapping) else None
    if days is None:
        return Retention(str(path))
    if isinstance(days, bool) or not isinstance(days, int | float) or not 0 <= days < 10**9:
        return Retention(str(path), problem=f"{DAYS} is no number of days")
    return Retention(str(path), float(days))


class ToldLimit(NamedTuple):
    """What Anthropic said of one window of the plan, when it was last asked. Times in ms since the epoch."""

    used_percent: float
    resets: int
    told: int


def told_limits(config: PurePath) -> dict[str, ToldLimit]:
    """The last answer of `/usage` that Claude Code kept (T63): of "five_hour" and "seven_day", where they are there."""
    beside = Path(config).parent if config.name == ".claude" else Path(config)
    for path in (Path(config) / ".claude.json", beside / ".claude.json"):
        try:
            said: Any = json.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError):
            continue
        kept = said.get("cachedUsageUtilization") if isinstance(said, Mapping) else None
        answer = kept.get("utilization") if isinstance(kept, Mapping) else None
        told = kept.get("fetchedAtMs") if isinstance(kept, Mapping) else None
        if isinstance(answer, Mapping) and isinstance(told, int) and 0 < told < LATEST:
            windows = ((name, answer.get(name)) for name in ("five_hour", "seven_day"))
            limits = {name: _limit(window, told) for name, window in windows if isinstance(window, Mapping)}
            return {name: limit for name, limit in limits.items() if limit is not None}
    return {}


def _limit(window: Mapping[str, Any], told: int) -> ToldLimit | None:
    percent, resets = window.get("utilization"), milliseconds(window.get("resets_at"))
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent < 10_000:
        return None
    return None if resets is None else ToldLimit(float(percent), resets, told)


def contract_rates(platform: str, path: Path | None = None) -> Contract | None:
    """The `modelPricing` of an organisation's settings; None where there is none. Claude Code heeds no other file.

    `path`: None for the platform's own. A row or a multiplier that is none is passed over and named in `problems`.
    """
    path = path or Path(MANAGED.get(platform, MANAGED_ELSEWHERE))
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError, ArithmeticError, RecursionError):
        return None
    told = found.get("modelPricing") if isinstance(found, Mapping) else None
    if not isinstance(told, Mapping):
        return None
    problems = []
    multiplier = _number(told.get("multiplier", 1), most=10)
    if not multiplier:
        problems.append("multiplier")
    rows = told.get("overrides")
    rates = {model: _rates(row) for model, row in rows.items()} if isinstance(rows, Mapping) else {}
    problems += [model for model, row in rates.items() if row is None]
    overrides = {model: row for model, row in rates.items() if row is not None}
    return Contract(str(path), multiplier or Decimal(1), overrides, tuple(problems))


def _rates(row: Any) -> ContractRates | None:
    if not isinstance(row, Mapping):
        return None
    numbers = [_number(row.get(name), most=10_000) for name in ("input", "output", "cacheRead", "cacheWrite")]
    known = [number for number in numbers if number is not None]
    return ContractRates(*known) if len(known) == len(numbers) else None


def _number(value: Any, *, most: int) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value) if 0 <= value <= most else None
