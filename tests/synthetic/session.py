"""What the threads of one session have in common: models, layouts, a gateway, the truth."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from tests.synthetic.plans import MEGABYTE, Plan
from tests.synthetic.shapes import GIT, GIT_ENDINGS
from tests.synthetic.truth import Figures, Truth
from tests.synthetic.words import BASE62, DAY, SECOND, WORDS, letters, uuid

END = int(datetime(2026, 11, 20, tzinfo=UTC).timestamp()) * SECOND  # no row is later
SPAN_DAYS = 90
USER_SHARE = 0.754  # of the bytes of user and assistant rows together

ALWAYS = 9999
MODELS = (  # the first day it was served, in days before END; weight; the tokens at which it is compacted
    ("claude-opus-4-8", ALWAYS, 4, 165_000),
    ("claude-opus-4-5-20251101", ALWAYS, 1, 155_000),
    ("claude-opus-5", ALWAYS, 4, 165_000),
    ("claude-opus-5-5", 59, 6, 480_000),
    ("claude-sonnet-4-6", ALWAYS, 1, 165_000),
    ("claude-sonnet-5", ALWAYS, 3, 165_000),
    ("claude-sonnet-5-5", 53, 4, 165_000),
    ("claude-fable-5-1", 80, 2, 480_000),
)
SMALL_MODELS = (("claude-haiku-4-5-20251001", ALWAYS), ("claude-haiku-5-5", 44))
OTHER_MODELS = (
    *("deepseek-v3.2", "glm-4.7", "kimi-k2-thinking", "minimax-m2"),
    "anthropic/claude-4.7-opus-20260416",
)
VERSIONS = {"old": "2.0.76", "floor": "2.1.44", "mid": "2.1.80", "new": "2.1.237"}
LAYOUTS = {
    "old": ("inline", "sibling", "sibling"), "floor": ("sibling", "sibling", "nested"),
    "mid": ("sibling", "nested"), "new": ("nested", "nested", "workflow"),
}  # fmt: skip
FLOORS = {"old": (0.8, 0.8), "floor": (0.97, 0.97), "mid": (0.03, 0.03), "new": (0.0, 0.15)}  # main, subagent
TAILS = (".web", "", "_api", " notes", "-kit", "")
PROJECTS = (
    *(f"/home/dev/work/{name}{TAILS[number % 6]}" for number, name in enumerate(WORDS)),
    *(f"/home/dev/own/{name}{TAILS[number % 6]}" for number, name in enumerate(reversed(WORDS))),
    *("/srv/data/lake", "/srv/data-lake"),  # these two share a folder name
)


def identify(style: str, rng: random.Random) -> str:
    """A response's id, as its gateway makes it."""
    if style == "anthropic":
        return f"msg_01{letters(rng, 22)}"
    if style == "uuid":
        return uuid(rng).decode()
    if style == "hex":
        return f"{rng.getrandbits(128):032x}"
    if style == "short":
        return "resp-1"
    return f"{style}{letters(rng, 20)}"


class Session:
    """What the threads of one session have in common."""

    def __init__(self, plan: Plan, root: Path, truth: Truth, rng: random.Random) -> None:
        self.plan, self.truth, self.rng = plan, truth, rng
        self.id = uuid(rng).decode()
        self.cwd = PROJECTS[min(int(rng.paretovariate(0.6)) - 1, len(PROJECTS) * 2) % len(PROJECTS)]
        self.folder = root / "".join("-" if one in "/._ " else one for one in self.cwd)
        self.era = rng.choices(tuple(VERSIONS), (15, 25, 20, 40))[0]
        self.style = "anthropic"
        if rng.random() < 0.06 and not plan.fork_bytes:
            self.style = rng.choice(("uuid", "hex", "gen-", "req_vrtx_", "chatcmpl-", "short", "none"))
        self.is_spaced = rng.random() < 0.02
        self.is_hour = rng.random() < 0.45  # cache writes of the main thread live an hour
        late = 6 if plan.main_bytes > 2 * MEGABYTE else 1
        self.clock = END - int(rng.uniform(late, SPAN_DAYS) * DAY)
        self.written: Counter[str] = Counter()  # bytes by type of row
        self.has_picture = False
        self.seen: set[tuple[int, int, int]] = set()
        self.layout = rng.choice(LAYOUTS[self.era])
        if plan.is_orphan:
            self.layout = "nested"

    def model(self, *, small: bool) -> tuple[str, int]:
        """A model that was served at the time, and where its context ends."""
        if self.style != "anthropic":
            return self.rng.choice(OTHER_MODELS), 120_000
        days = (END - self.clock) / DAY
        if small:
            return self.rng.choice([name for name, since in SMALL_MODELS if days < since]), 150_000
        served = [one for one in MODELS if days < one[1]]
        name, _, _, limit = self.rng.choices(served, [one[2] for one in served])[0]
        return name, limit

    def result_bytes(self) -> float:
        """The size of the next tool result's row: long-tailed, pulled towards the user rows' share."""
        user, assistant = self.written["user"], self.written["assistant"]
        share = user / (user + assistant) if user else 0.0
        drawn = 900 + 1100 * self.rng.lognormvariate(0, 2.0)  # half a result is below 600 bytes, one in a hundred 38 KB
        return min(drawn * (2.0 if share < USER_SHARE else 0.6), 400_000, self.plan.main_bytes / 3 + 40_000)

    def fresh(self, counters: tuple[int, int, int]) -> bool:
        """Whether no response of this session has these prompt figures: short ids are told apart by them."""
        known = counters in self.seen
        self.seen.add(counters)
        return not known


@dataclass(slots=True)
class Response:
    """One response while it is written: what each of its rows repeats."""

    id: str
    model: str
    usage: str  # which of USAGES
    counters: dict[bytes, bytes]
    figures: Figures
    advice: Figures | None = None
    advisor: str = ""


class ToolUse(NamedTuple):
    """A tool use that waits for its result. `path`: of a file tool; `time`: of its row."""

    tool: str
    use: bytes
    path: str
    time: int


def git_command(use: bytes) -> tuple[bytes, tuple[str, ...]]:
    """What a shell command does with git, by the id of its tool use; nothing for most."""
    place = BASE62.index(chr(use[-1]))
    return GIT[place % len(GIT)] if place < GIT_ENDINGS else (b"", ())


def lines_in(escaped: bytes) -> int:
    """Lines of a text that is escaped for JSON; an unfinished last one counts."""
    text: str = json.loads(b'"%b"' % escaped)
    return text.count("\n") + (bool(text) and not text.endswith("\n"))


def has_words(escaped: bytes) -> bool:
    """Whether a prompt holds more than a reminder."""
    return bool(escaped.rpartition(b"</system-reminder>")[2].strip())
