"""What Claude Code tells a status line command on standard input: one JSON object, of which anything may be absent.

Nothing that decodes rows is imported here: that alone would take half of what such a command has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

LATEST = 4_102_444_800_000  # ms: the year 2100
PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
MOST_LIMITS = 16
LONGEST = 200  # characters of a name


class Limit(NamedTuple):
    """One of a plan's limits, by Anthropic's own count.

    `key`: five_hour, seven_day, spend_limit …; `model`: "" where it is not of one alone. `resets`: ms since the epoch.
    """

    key: str
    used_percent: float
    resets: int | None = None
    model: str = ""


class HandedContext(NamedTuple):
    """`tokens`: of the newest prompt; `size`: that the model can hold; `used_percent`: of it, by Claude Code."""

    tokens: int | None = None
    size: int | None = None
    used_percent: float | None = None


class HandedCache(NamedTuple):
    """The prompt cache of the main thread. `expires` and `missed` in ms since the epoch; `hit_share` from 0 to 1.

    `rewrite_tokens`: that the next prompt writes again if the cache is cold by then; `causes`: of the last miss.
    """

    is_warm: bool
    expires: int | None = None
    rewrite_tokens: int | None = None
    hit_share: float | None = None
    missed: int | None = None
    causes: tuple[str, ...] = ()


class Status(NamedTuple):
    """`transcript` is "" where none is named, like every other text; `pr`: a pull request's number and its state."""

    transcript: str = ""
    context: HandedContext = HandedContext()
    cache: HandedCache | None = None
    limits: tuple[Limit, ...] = ()
    model: str = ""
    effort: str = ""
    name: str = ""
    folder: str = ""
    repo: str = ""
    worktree: str = ""
    pr: tuple[int, str] | None = None


def read_status(given: bytes) -> Status:
    """What can be understood of it; an empty status where it is no object."""
    try:
        said = json.loads(given.decode("utf-8-sig", "replace").strip("\0 \t\r\n"), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return Status()
    if said.__class__ is not dict:
        return Status()
    path, workspace = said.get("transcript_path"), _object(said.get("workspace"))
    worktree = workspace.get("git_worktree") or _object(said.get("worktree")).get("name")
    return Status(
        path if path.__class__ is str and "\0" not in path else "",
        _context(_object(said.get("context_window"))),
        _cache(_object(said.get("prompt_cache"))),
        tuple(one for _, one in zip(range(MOST_LIMITS), _limits(_object(said.get("rate_limits"))), strict=False)),
        _text(_object(said.get("model")).get("display_name")),
        _text(_object(said.get("effort")).get("level")),
        _text(said.get("session_name")),
        _text(workspace.get("project_dir") or workspace.get("current_dir") or said.get("cwd")),
        _repo(workspace.get("repo")),
        _text(worktree),
        _pull_request(_object(said.get("pr"))),
    )


def _context(said: dict[str, Any]) -> HandedContext:
    used = _object(said.get("current_usage"))
    counted = [number for key in PROMPT if (number := _tokens(used.get(key)))]
    return HandedContext(
        sum(counted) or None, _tokens(said.get("context_window_size")), _number(said.get("used_percentage"), below=101)
    )


def _cache(said: dict[str, Any]) -> HandedCache | None:
    """None where Claude Code has not seen the cache at work, or does not say whether it is warm."""
    is_warm = said.get("warm")
    if is_warm.__class__ is not bool or (said.get("caching_observed") is False and not is_warm):
        return None
    cause = said.get("last_miss_cause")
    causes = cause.get("causes") if cause.__class__ is dict else [cause]
    return HandedCache(
        is_warm,
        _moment(said.get("expires_at")),
        _tokens(said.get("recache_tokens_if_cold")),
        _number(said.get("hit_ratio"), below=1.000_001),
        _moment(said.get("last_miss_at")),
        tuple(filter(None, map(_text, causes if causes.__class__ is list else ()))),
    )


def _limits(said: dict[str, Any]) -> Iterator[Limit]:
    """One under each key, or several of different models."""
    for key, value in said.items():
        for one in value if value.__class__ is list else (value,):
            entry = _object(one)
            percent = _number(entry.get("used_percentage"), below=10_000)
            if percent is not None:
                model = entry.get("model") or _object(entry.get("scope")).get("model") or entry.get("display_name")
                name = _object(model).get("display_name") if model.__class__ is dict else model
                yield Limit(_text(key), percent, _moment(entry.get("resets_at")), _text(name))


def _repo(value: Any) -> str:
    if value.__class__ is not dict:
        return _text(value)
    return "/".join(filter(None, (_text(value.get("owner")), _text(value.get("name")))))


def _pull_request(said: dict[str, Any]) -> tuple[int, str] | None:
    number = _tokens(said.get("number"))
    return (number, _text(said.get("review_state") or said.get("state"))) if number else None


def _object(value: Any) -> dict[str, Any]:
    return value if value.__class__ is dict else {}


def _text(value: Any) -> str:
    return value[:LONGEST] if value.__class__ is str else ""


def _tokens(value: Any) -> int | None:
    return value if value.__class__ is int and 0 < value < 10**12 else None


def _number(value: Any, *, below: float) -> float | None:
    return float(value) if value.__class__ in (int, float) and 0 <= value < below else None


def _moment(value: Any) -> int | None:
    """Seconds since the epoch, as a number or in digits, or ISO text with its zone."""
    if value.__class__ is str and value.isascii() and value.isdigit() and len(value) < 16:
        value = int(value)
    if value.__class__ is str:
        from tokenscope.ingest.rows.stamps import milliseconds  # noqa: PLC0415 - with all that decodes rows: 20 ms

        return milliseconds(value)
    if value.__class__ not in (int, float):
        return None
    return round(value * 1000) if 0 < value * 1000 < LATEST else None
