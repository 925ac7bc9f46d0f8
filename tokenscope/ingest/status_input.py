"""What Claude Code tells a status line command on standard input: one JSON object, of which anything may be absent.

Nothing is imported here, not even what others decode JSON with (7 ms, for regular expressions) or make values of
(5 ms): a line of which nothing has to be read has 10 ms, beside the start of Python.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

LATEST = 4_102_444_800_000  # ms: the year 2100
PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
MOST_LIMITS = 16
LONGEST = 200  # characters of a name


class _Value:
    """Equal to another one whose fields are."""

    __slots__: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        return self.__class__ is other.__class__ and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{self.__class__.__name__}({fields})"


class Limit(_Value):
    """One of a plan's limits, by Anthropic's own count.

    `key`: five_hour, seven_day, spend_limit …; `model`: "" where it is not of one alone. `resets`: ms since the epoch.
    """

    __slots__ = ("key", "model", "resets", "used_percent")

    def __init__(self, key: str, used_percent: float, resets: int | None = None, model: str = "") -> None:
        self.key, self.used_percent, self.resets, self.model = key, used_percent, resets, model


class HandedContext(_Value):
    """`tokens`: of the newest prompt; `size`: that the model can hold; `used_percent`: of it, by Claude Code."""

    __slots__ = ("size", "tokens", "used_percent")

    def __init__(self, tokens: int | None = None, size: int | None = None, used_percent: float | None = None) -> None:
        self.tokens, self.size, self.used_percent = tokens, size, used_percent


class HandedCache(_Value):
    """The prompt cache of the main thread. `expires` and `missed` in ms since the epoch; `hit_share` from 0 to 1.

    `rewrite_tokens`: that the next prompt writes again if the cache is cold by then; `causes`: of the last miss.
    """

    __slots__ = ("causes", "expires", "hit_share", "is_warm", "missed", "rewrite_tokens")

    def __init__(
        self,
        is_warm: bool,  # noqa: FBT001
        expires: int | None = None,
        rewrite_tokens: int | None = None,
        hit_share: float | None = None,
        missed: int | None = None,
        causes: tuple[str, ...] = (),
    ) -> None:
        self.is_warm, self.expires, self.rewrite_tokens = is_warm, expires, rewrite_tokens
        self.hit_share, self.missed, self.causes = hit_share, missed, causes


class Status(_Value):
    """`transcript` is "" where none is named, like every other text; `pr`: a pull request's number and its state."""

    __slots__ = (
        *("cache", "context", "effort", "folder", "limits", "model"),
        *("name", "pr", "repo", "transcript", "worktree"),
    )

    def __init__(  # noqa: PLR0913 - fields
        self,
        transcript: str = "",
        context: HandedContext | None = None,
        *,
        cache: HandedCache | None = None,
        limits: tuple[Limit, ...] = (),
        model: str = "",
        effort: str = "",
        name: str = "",
        folder: str = "",
        repo: str = "",
        worktree: str = "",
        pr: tuple[int, str] | None = None,
    ) -> None:
        self.transcript, self.context, self.cache, self.limits = transcript, context or HandedContext(), cache, limits
        self.model, self.effort, self.name, self.folder = model, effort, name, folder
        self.repo, self.worktree, self.pr = repo, worktree, pr


def read_status(given: bytes) -> Status:
    """What can be understood of it; an empty status where it is no object."""
    try:
        said = _decoded(given.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace").strip("\0 \t\r\n"))
    except (ValueError, RecursionError, StopIteration):
        return Status()
    if said.__class__ is not dict:
        return Status()
    path, workspace = said.get("transcript_path"), _object(said.get("workspace"))
    worktree = workspace.get("git_worktree") or _object(said.get("worktree")).get("name")
    handed_limits = _limits(_object(said.get("rate_limits")))
    return Status(
        path if path.__class__ is str and "\0" not in path else "",
        _context(_object(said.get("context_window"))),
        cache=_cache(_object(said.get("prompt_cache"))),
        limits=tuple(one for _, one in zip(range(MOST_LIMITS), handed_limits, strict=False)),
        model=_text(_object(said.get("model")).get("display_name")),
        effort=_text(_object(said.get("effort")).get("level")),
        name=_text(said.get("session_name")),
        folder=_text(workspace.get("project_dir") or workspace.get("current_dir") or said.get("cwd")),
        repo=_repo(workspace.get("repo")),
        worktree=_text(worktree),
        pr=_pull_request(_object(said.get("pr"))),
    )


def _decoded(text: str) -> Any:
    """What a text of JSON says, its NaN nothing. Raises what its decoder does."""
    try:
        from _json import make_scanner  # noqa: PLC0415 - what the library's own decoder scans with, where it can
    except ImportError:
        import json  # noqa: PLC0415

        return json.loads(text, parse_constant=_nothing)
    value, end = make_scanner(_Scanning)(text, 0)  # type: ignore[arg-type]
    if end != len(text):
        raise ValueError
    return value


def _nothing(_: str) -> None:
    return None


class _Scanning:
    """How: as by default."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float, parse_int, parse_constant = float, int, _nothing


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
        from tokenscope.ingest.times import milliseconds  # noqa: PLC0415 - with all that decodes rows: 20 ms

        return milliseconds(value)
    if value.__class__ not in (int, float):
        return None
    return round(value * 1000) if 0 < value * 1000 < LATEST else None
