"""How large the files of a made-up history become, and how one is written, with the damage that real ones have."""

from __future__ import annotations

import os
import random
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.synthetic.truth import Truth

MEGABYTE = 1_000_000


class Transcript:
    """One file that is being written: rows, and the damage that real files have."""

    def __init__(self, path: Path, truth: Truth, rng: random.Random, *, keep: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.handle = path.open("wb", buffering=MEGABYTE)
        self.truth, self.rng = truth, rng
        self.newline = b"\r\n" if rng.random() < 0.006 else b"\n"
        self.size = self.handle.write(b"\xef\xbb\xbf") if rng.random() < 0.006 else 0
        self.lines = 0
        self.row = b""  # the last one
        self.kept: list[bytes] | None = [] if keep else None
        self.recent: deque[bytes] = deque(maxlen=6)

    def put(self, row: bytes) -> None:
        if self.rng.random() < 1 / 1500:
            self.write(row[len(row) // 3 :])  # torn: never JSON, its last brace closes nothing
            self.truth.malformed_rows += 1
        self.write(b"\0" * 64 + row if self.rng.random() < 1 / 6000 else row)
        self.recent.append(row)
        if self.kept is not None:
            self.kept.append(row)

    def write(self, line: bytes) -> None:
        if self.lines:
            self.size += self.handle.write(self.newline)
        self.size += self.handle.write(line)
        self.lines += 1
        self.row = line

    def close(self) -> None:
        chance = self.rng.random()
        if self.lines and chance > 0.02:
            self.size += self.handle.write(self.newline)
            if chance < 0.03:
                self.size += self.handle.write(self.row[: len(self.row) * 2 // 3])  # still being appended to
        self.handle.close()
        if times := re.findall(rb'"timestamp": ?"([0-9TZ:.-]+)"', b"".join(self.recent)):
            written = datetime.fromisoformat(max(times).decode()).timestamp()
            os.utime(self.handle.name, (written, written))  # a file is as old as its last row
        self.truth.files += 1
        self.truth.lines += self.lines
        self.truth.bytes += self.size


@dataclass(frozen=True, slots=True)
class Plan:
    """How large one session's files become; agents' files and a fork of it among them."""

    seed: int
    number: int
    main_bytes: int
    agent_bytes: tuple[int, ...] = ()
    fork_bytes: int = 0  # of its own, beside what it copies; 0: no fork
    is_orphan: bool = False  # subagents without a main file
    picture_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.main_bytes + sum(self.agent_bytes) + 2 * self.fork_bytes + 2 * self.picture_bytes


def make_plan(seed: int, number: int, megabytes: int) -> Plan:
    rng = random.Random(f"plan {seed} {number}")
    largest = min(24 * MEGABYTE, megabytes * MEGABYTE // 6)

    def size(median: float, sigma: float) -> int:
        return int(min(largest, median * rng.lognormvariate(0, sigma)))

    main = size(140_000, 1.82)
    agents = 0 if rng.random() < 0.42 else 1 + int(rng.expovariate(1 / 2.6))
    if rng.random() < 0.003 and megabytes > 20:
        agents = rng.randint(40, 105)
    if rng.random() < 0.12:  # a session without any response
        main, agents = 0, 0
    return Plan(
        seed=seed,
        number=number,
        main_bytes=main,
        agent_bytes=tuple(size(52_000, 1.5) for _ in range(agents)),
        fork_bytes=min(main, 400_000) if rng.random() < 0.10 and main > 30_000 else 0,
        is_orphan=rng.random() < 0.06 and agents > 0,
        picture_bytes=rng.randint(700_000, 1_350_000) if rng.random() < 0.012 and megabytes > 50 else 0,
    )


def make_plans(seed: int, megabytes: int) -> Iterator[Plan]:
    """Plans that fill the folder; the last one is cut to fit."""
    left, number = megabytes * MEGABYTE, 0
    while left > 0:
        plan = make_plan(seed, number, megabytes)
        if plan.bytes > left:
            plan = Plan(seed, number, left)
        yield plan
        left -= max(int(plan.bytes * 1.04), 2000)  # files end a little late
        number += 1
