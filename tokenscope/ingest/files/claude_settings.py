"""What Claude Code's own files say: how long it keeps transcripts (T52), rates of a contract, the last /usage (T63)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.json import Decoder

from tokenscope.ingest.rows.mend import decode_leniently
from tokenscope.ingest.times import milliseconds
from tokenscope.machine import LastUsage, UsageLimit
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


LARGEST = 64 << 20  # bytes of the file that holds the last answer of /usage
KINDS = {"session": "session", "weekly_all": "week", "weekly_scoped": "model"}
OLDER = (("five_hour", "session", ""), ("seven_day", "week", ""), ("seven_day_opus", "model", "Opus"),
         ("seven_day_sonnet", "model", "Sonnet"))  # fmt: skip


class _State(Struct):
    """Of all that Claude Code remembers nothing else is looked at."""

    cachedUsageUtilization: Any = None  # noqa: N815 - as it is written


_STATE = Decoder(_State)


def last_usage(configs: Iterable[Path]) -> LastUsage | None:
    """The newest answer of /usage that Claude Code has kept for any of these folders; None where there is none.

    A file that is missing, too large or no JSON, and whatever in it has another shape than expected, says nothing.
    """
    found = [told for config in configs for path in _state_files(config) if (told := _told_limits(path)) is not None]
    return max(found, key=lambda told: told.fetched, default=None)


def _state_files(config: Path) -> list[Path]:
    """In the folder itself where somebody chose it, beside it where it is the usual one."""
    return [config / ".claude.json", *([config.with_name(".claude.json")] if config.name == ".claude" else [])]


def _told_limits(path: Path) -> LastUsage | None:
    try:
        if path.stat().st_size > LARGEST:
            return None
        state = decode_leniently(path.read_bytes(), _STATE)
    except OSError:
        return None
    kept = _mapping(None if state is None else state.cachedUsageUtilization)
    fetched, said = kept.get("fetchedAtMs"), _mapping(kept.get("utilization"))
    if isinstance(fetched, bool) or not isinstance(fetched, int) or not 0 < fetched < LATEST:
        return None
    rows = said.get("limits")
    limits = [_listed(_mapping(row)) for row in rows[:20]] if isinstance(rows, list) else []
    if not any(limits):
        limits = [_limit_of(kind, model, one.get("utilization"), one) for key, kind, model in OLDER
                  if (one := _mapping(said.get(key)))]  # fmt: skip
    known = tuple(one for one in limits if one is not None)
    return LastUsage(str(path), fetched, known) if known else None


def _listed(row: Mapping[str, Any]) -> UsageLimit | None:
    kind, model = row.get("kind"), _mapping(_mapping(row.get("scope")).get("model")).get("display_name")
    if not isinstance(kind, str) or not kind.replace("_", "").isalnum():
        return None
    return _limit_of(KINDS.get(kind, kind[:40]), model if isinstance(model, str) else "", row.get("percent"), row)


def _limit_of(kind: str, model: str, percent: Any, row: Mapping[str, Any]) -> UsageLimit | None:
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 <= percent < 10_000:
        return None
    return UsageLimit(kind, model[:100], float(percent), milliseconds(row.get("resets_at")))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
