"""Texts, times and ids of a made-up history."""

from __future__ import annotations

import functools
import json
import random
import string
from bisect import bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

SECOND = 1000  # ms
DAY = 86_400 * SECOND

WORDS = (
    *("parser", "queue", "cache", "index", "buffer", "socket", "branch", "widget", "render", "schema"),
    *("token", "ledger", "worker", "router", "handler", "column", "border", "margin", "retry", "budget"),
    *("cursor", "filter", "reducer", "adapter", "session", "project", "window"),
)
DECOYS = (
    '{"type":"assistant","message":{"id":"msg_decoy","usage":{"input_tokens":987654321,"output_tokens":9}}}',
    'expected "usage":{"output_tokens":77} but "type":"assistant" was missing',
    r"C:\build\new\table\"usage\":{" + '"cache_read_input_tokens": 5}',
)
ESCAPE = "\u001b"


class Pool:
    """Text that is already escaped for JSON, cut at lines only, so that a slice is a valid string."""

    def __init__(self, lines: Iterable[str]) -> None:
        escaped = [json.dumps(line, ensure_ascii=False)[1:-1].encode() for line in lines]
        self.text = rb"\n".join(escaped)
        self.starts = [0]
        for line in escaped:
            self.starts.append(self.starts[-1] + len(line) + 2)

    def cut(self, rng: random.Random, size: float) -> bytes:
        """About `size` bytes from anywhere, at least one line."""
        whole, wanted = divmod(max(0, int(size)), len(self.text))
        first = int(rng.random() * (len(self.starts) - 1))
        begin = self.starts[first]
        last = bisect_right(self.starts, begin + wanted, lo=first + 1, hi=len(self.starts) - 1)
        part = self.text[begin : self.starts[last] - 2]
        return rb"\n".join([self.text] * whole + [part])


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def code_line(rng: random.Random) -> str:
    """A line as tools print it: code, quotes, tabs, colours, other scripts, and now and then a decoy."""
    chance = rng.random()
    name, other, text = rng.choice(WORDS), rng.choice(WORDS), sentence(rng, rng.randint(2, 9))
    if chance < 0.006:
        return rng.choice(DECOYS)
    if chance < 0.10:
        return f"{ESCAPE}[32m✓{ESCAPE}[0m {text} {ESCAPE}[2m({rng.randint(1, 900)} ms){ESCAPE}[22m"
    if chance < 0.16:
        return f"\t// größer als nötig: {text} → 日本語の行 🙂\u2028"
    if chance < 0.40:
        return f'        {name}["{other}"] = "{text}\\n"  # {rng.randint(1, 9999)}'
    if chance < 0.46:
        return ""
    return f"{' ' * rng.randint(0, 12)}def {name}_{other}(self, {name}: str) -> {text}"


@functools.cache
def code() -> Pool:
    rng = random.Random("code")
    lines = [code_line(rng) for _ in range(4000)]
    return Pool(rng.choice(lines) for _ in range(20_000))


@functools.cache
def prose() -> Pool:
    rng = random.Random("prose")
    lines = [f"{sentence(rng, rng.randint(4, 16))} – “{rng.choice(WORDS)}”." for _ in range(2000)]
    return Pool(rng.choice(lines) for _ in range(8000))


@functools.cache
def picture() -> bytes:
    """A part of a base64 image."""
    return "".join(random.Random("picture").choices(string.ascii_letters + string.digits, k=50_000)).encode()


@functools.cache
def day_text(day: int) -> bytes:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day)).date().isoformat().encode()


def iso(moment: int) -> bytes:
    """A time in milliseconds as Claude Code writes it."""
    day, rest = divmod(moment, DAY)
    seconds, milliseconds = divmod(rest, SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return b"%bT%02d:%02d:%02d.%03dZ" % (day_text(day), hours, minutes, seconds, milliseconds)


def uuid(rng: random.Random) -> bytes:
    text = b"%032x" % rng.getrandbits(128)
    return b"-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


BASE62 = string.digits + string.ascii_letters


def letters(rng: random.Random, count: int) -> str:
    return "".join([BASE62[int(rng.random() * 62)] for _ in range(count)])
