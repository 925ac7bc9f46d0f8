"""The status line of Claude Code: its JSON on standard input, one line on standard output, never a failure.

Whatever is wrong (the input, the transcript, the output) leaves an empty line, or less of one, and exit code 0:
a status line is no place for errors. All of it has to be done in a tenth of a second, so that this door leads
past the command line: typer alone takes 60 ms to import.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenscope.ingest.status_input import Limit
    from tokenscope.store import Store

LARGEST_INPUT = 1 << 20  # bytes; Claude Code writes some 2,000
DAY = 86_400_000  # ms
SETTINGS = '{"statusLine": {"type": "command", "command": "tokenscope --statusline"}}'


def print_status_line() -> None:
    """Read, print and end the process with exit code 0."""
    gc.disable()
    line = ""
    with suppress(Exception, KeyboardInterrupt):
        line = _line(_given(), time.time_ns() // 1_000_000)
    with suppress(OSError):
        os.write(1, line.encode() + b"\n")
    os._exit(0)  # nothing is left to do, and taking the store apart would take 5 ms


def _given() -> bytes:
    """Standard input, if it is as short as it should be."""
    if os.isatty(0):
        print(f"this is for Claude Code, which calls it when its settings say {SETTINGS}", file=sys.stderr)
        return b""
    given = b""
    while len(given) <= LARGEST_INPUT and (block := os.read(0, LARGEST_INPUT)):
        given += block
    return given if len(given) <= LARGEST_INPUT else b""


def _line(given: bytes, now: int) -> str:
    from tokenscope.ingest.status_input import read_status  # noqa: PLC0415 - inside, so that no import can fail outside

    status = read_status(given)
    parts = []
    if status.transcript:
        with suppress(Exception):
            parts += _session(status.transcript, status.context_size)
    for name, limit in (("5 h", status.five_hours), ("7 d", status.seven_days)):
        if limit is not None and (limit.resets is None or limit.resets > now):
            parts.append(_limit(name, limit, now))
    return " · ".join(parts)


def _session(transcript: str, context_size: int | None) -> list[str]:
    """How large the context is, what the session used, and what that was made of."""
    from tokenscope.ingest.status_session import read_session  # noqa: PLC0415
    from tokenscope.view import figures  # noqa: PLC0415

    store, is_whole = read_session(transcript)
    parts = []
    context = _context(store)
    if context is not None:
        whole = f" of {figures.tokens(context_size)}" if context_size else ""
        parts.append(f"context {figures.tokens(context)}{whole}")
    total = sum(message.total_tokens for message in store.messages)
    if is_whole and total:
        parts.append(f"session {figures.tokens(total)}: {_composition(store, total)}")
    return parts


def _context(store: Store) -> int | None:
    """The prompt tokens of the main thread's newest response."""
    newest = max(
        (
            (message.time or 0, index)
            for index, message in enumerate(store.messages)
            if not message.part and not store.threads[message.thread].agent_id
        ),
        default=None,
    )
    return None if newest is None else store.messages[newest[1]].context_tokens


def _composition(store: Store, total: int) -> str:
    from tokenscope.history.rebuilds import find_rebuilds  # noqa: PLC0415
    from tokenscope.view import figures  # noqa: PLC0415

    carried = sum(message.cache_read_input_tokens for message in store.messages)
    output = sum(message.output_tokens for message in store.messages)
    rebuilt = sum(rebuild.tokens for rebuild in find_rebuilds(store).values())
    parts = {"carried": carried, "new": total - carried - output - rebuilt, "rebuilt": rebuilt, "output": output}
    shares = figures.shares([tokens / total for tokens in parts.values()])
    return ", ".join(f"{share} {name}" for name, share in zip(parts, shares, strict=True))


def _limit(name: str, limit: Limit, now: int) -> str:
    """Anthropic's own figure, and when it starts anew, in the machine's zone."""
    from tokenscope.view import figures  # noqa: PLC0415

    text = f"{name} {limit.used_percent:.0f} %"
    if limit.resets is None:
        return text
    moment = figures.clock(limit.resets, None, now)
    return f"{text} until {moment if limit.resets - now > DAY else moment[-5:]}"
