"""The parts that a status line is made of: each a few words, or "" where nothing is known."""

from __future__ import annotations

import os.path

from tokenscope.view import figures

TYPE_CHECKING = False  # typing takes 3 ms to import, and re 5
if TYPE_CHECKING:
    from tokenscope.ingest.status_figures import SessionFigures
    from tokenscope.ingest.status_input import Limit, Status

DAY = 86_400_000  # ms
MOST_LIMITS = 4
LENGTHS = (("five_hour", "5 h"), ("seven_day", "7 d"), ("spend_limit", "spend"))
LONGEST_NAME = 24  # characters
SCOPED = frozenset({"scoped", "model", "models"})


class StatusParts:
    """What can be said at a moment, in ms since the epoch. A transcript is read once, and only where it has to be.

    `sums`: whether the whole session's are asked for; the newest context stands at the end of its transcript.
    """

    def __init__(self, status: Status, now: int, *, sums: bool) -> None:
        self._status, self._now, self._sums = status, now, sums
        self._read: SessionFigures | None = None

    def context(self) -> str:
        """How large the newest prompt of the main thread was, and what the model can hold."""
        handed = self._status.context
        tokens, size, percent = handed.tokens, handed.size, handed.used_percent
        whole = f" of {figures.tokens(size)}" if size else ""
        if tokens is None and percent:
            return f"context {percent:.0f} %{whole}"
        if tokens is None:
            found = self._session()
            tokens = found.context if found else None
        return "" if tokens is None else f"context {figures.tokens(tokens)}{whole}"

    def cache(self) -> str:
        """When the prompt cache will have gone, and what has to be written again then."""
        cache = self._status.cache
        if cache is None:
            return ""
        again = f": {figures.tokens(cache.rewrite_tokens)} to write again" if cache.rewrite_tokens else ""
        if not cache.is_warm or (cache.expires is not None and cache.expires <= self._now):
            return f"cache cold{again}"
        if cache.expires is None:
            return "cache warm"
        return f"cache cold in {figures.duration(cache.expires - self._now)}{again}"

    def hits(self) -> str:
        """Which share of all that was sent the cache had, so far."""
        share = None if self._status.cache is None else self._status.cache.hit_share
        return "" if share is None else f"{figures.share(share)} from the cache"

    def miss(self) -> str:
        """When the cache last missed, and why, as Claude Code puts it."""
        cache = self._status.cache
        if cache is None or cache.missed is None:
            return ""
        why = ", ".join(_clean(cause).replace("_", " ") for cause in cache.causes)
        moment = self._moment(cache.missed)
        return f"last cache miss {moment}: {why}" if why else f"last cache miss {moment}"

    def session(self) -> str:
        """All tokens of the session, and what they were. "" where its transcript is too large to be read whole."""
        found = self._session()
        if found is None or not found.is_whole or not found.total:
            return ""
        new = found.total - found.carried - found.output - found.rebuilt
        parts = {"carried": found.carried, "new": new, "rebuilt": found.rebuilt, "output": found.output}
        shares = figures.shares([tokens / found.total for tokens in parts.values()])
        made_of = ", ".join(f"{share} {name}" for name, share in zip(parts, shares, strict=True))
        return f"session {figures.tokens(found.total)}: {made_of}"

    def limits(self) -> str:
        """The plan's limits, that which is used up most first; those that were reset since say nothing."""
        return " · ".join(map(self._limit, self._open_limits()[:MOST_LIMITS]))

    def limit(self) -> str:
        """The one that is used up most."""
        return "".join(map(self._limit, self._open_limits()[:1]))

    def model(self) -> str:
        return _clean(self._status.model)

    def effort(self) -> str:
        return _clean(self._status.effort)

    def name(self) -> str:
        """What the session is called."""
        return _clean(self._status.name)

    def folder(self) -> str:
        """The last part of the project's path."""
        return _clean(self._status.folder.replace("\\", "/").rstrip("/").rpartition("/")[2])

    def repo(self) -> str:
        return _clean(self._status.repo)

    def worktree(self) -> str:
        return _clean(self._status.worktree)

    def pr(self) -> str:
        """The pull request of the branch, and how its review stands."""
        if self._status.pr is None:
            return ""
        number, state = self._status.pr
        return f"PR {number}{', ' + _clean(state).replace('_', ' ') if state else ''}"

    def _session(self) -> SessionFigures | None:
        """What its transcript and its subagents' say; None where there is none."""
        path = self._status.transcript
        if self._read is None and os.path.isfile(path):  # noqa: PTH113 - pathlib takes 10 ms
            from tokenscope.light_import import import_msgspec  # noqa: PLC0415

            import_msgspec(for_rows_alone=True)
            from tokenscope.ingest.rows.status_rows import Unusual  # noqa: PLC0415 - with msgspec: 15 ms
            from tokenscope.ingest.status_figures import session_figures  # noqa: PLC0415

            try:
                self._read = session_figures(path, newest_alone=not self._sums)
            except Unusual:
                self._read = _as_a_history(path)
        return self._read

    def _open_limits(self) -> list[Limit]:
        is_open = [one for one in self._status.limits if one.resets is None or one.resets > self._now]
        return sorted((one for one in is_open if _limit_name(one)), key=lambda one: -one.used_percent)

    def _limit(self, limit: Limit) -> str:
        """Anthropic's own figure, and when it starts anew, in the machine's zone."""
        text = f"{_limit_name(limit)} {limit.used_percent:.0f} %"
        return text if limit.resets is None else f"{text} until {self._moment(limit.resets)}"

    def _moment(self, time: int) -> str:
        """A time of day within a day of now, else with its date."""
        if abs(time - self._now) > DAY:
            return figures.clock(time, None, self._now)
        return figures.time_of_day(time, None)


def _limit_name(limit: Limit) -> str:
    """5 h, 7 d, spend, 7 d opus; "" for what is no plain name."""
    length, rest = next(((short, limit.key[len(key) :]) for key, short in LENGTHS if limit.key.startswith(key)),
                        ("", limit.key))  # fmt: skip
    words = [word for word in rest.replace("_", " ").split() if not (limit.model and word in SCOPED)]
    name = " ".join(filter(None, (length, *words, limit.model)))
    is_plain = name.isascii() and name[:1].isalnum() and all(one.isalnum() or one in " ._-" for one in name)
    return name if is_plain and len(name) <= LONGEST_NAME else ""


def _clean(text: str) -> str:
    """A text that is not ours, fit for a terminal and without credentials."""
    if not text:
        return ""
    from tokenscope.credential_rules import PREFIXES, may_hold  # noqa: PLC0415 - 10 ms, for names alone
    from tokenscope.draw.harmless import harmless  # noqa: PLC0415

    lowered = text.lower()
    if may_hold(lowered) or any(map(lowered.__contains__, PREFIXES.words)):
        from tokenscope.credentials import mask  # noqa: PLC0415 - another 15 ms

        text = mask(text)
    return harmless(text)


def _as_a_history(path: str) -> SessionFigures:
    """The same of a session that has to be read as a history is."""
    from tokenscope.history.rebuilds import find_rebuilds  # noqa: PLC0415 - 40 ms, with all that reads a history
    from tokenscope.ingest.status_figures import SessionFigures  # noqa: PLC0415
    from tokenscope.ingest.status_session import read_session  # noqa: PLC0415

    store, is_whole = read_session(path)
    messages = store.messages
    newest = max(
        (
            (message.time or 0, index)
            for index, message in enumerate(messages)
            if not message.part and not store.threads[message.thread].agent_id
        ),
        default=None,
    )
    return SessionFigures(
        None if newest is None else messages[newest[1]].context_tokens,
        sum(message.total_tokens for message in messages),
        sum(message.cache_read_input_tokens for message in messages),
        sum(message.output_tokens for message in messages),
        sum(rebuild.tokens for rebuild in find_rebuilds(store).values()),
        is_whole,
    )
