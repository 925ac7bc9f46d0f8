"""Rows of one conversation, from templates; and the rows around it that nobody asked for."""

from __future__ import annotations

from tests.synthetic.plans import Transcript
from tests.synthetic.session import END, VERSIONS, Response, Session, has_words
from tests.synthetic.shapes import BARE, ROW_TYPES, shapes
from tests.synthetic.words import SECOND, WORDS, code, iso, prose, sentence, uuid

BYTES_A_TOKEN = 2.9
# Shares of a history's bytes that are kept up as it is written; user and assistant rows are the rest.
SHARES = {"progress": 0.081, "attachment": 0.023, "file-history-snapshot": 0.0065, "system": 0.0033}


class RowWriter:
    """The rows of one conversation, and what is known while they are written."""

    def __init__(
        self, session: Session, file: Transcript | None, agent: str = "", parent: RowWriter | None = None
    ) -> None:
        rng = session.rng
        self.session, self.file, self.agent, self.parent = session, file, agent, parent
        self.rng = rng
        self.clock: int = parent.clock if parent else session.clock
        self.model, self.limit = session.model(small=parent is not None and rng.random() < 0.6)
        self.shapes = shapes(session.era, agent=agent not in ("", "inline"), spaced=session.is_spaced)
        self.floor = rng.randint(9_000, 14_000) if parent else rng.randint(17_000, 26_000)
        self.size = self.cached = 0  # tokens of the last prompt; of those, what the cache holds
        self.grown = self.floor  # tokens that the next prompt adds
        self.cold = True  # the cache holds nothing of this thread
        self.tail: tuple[Response, int] | None = None  # the last response and its output
        self.requests: dict[str, bytes] = {}  # one for all rows of a response, by its id
        self.values: dict[bytes, bytes] = {
            b"cwd": session.cwd.encode(),
            b"session": session.id.encode(),
            b"parent": uuid(rng),
            b"use": b"toolu_0",
            b"agent_id": agent.encode(),
            b"version": VERSIONS[session.era].encode(),
            b"side": b"true" if agent else b"false",
        }
        self.phrase()

    def put(self, name: str, *, late: bool = False, **given: bytes) -> None:
        """Write one row into this thread's file; a late one has been under way for a while."""
        values = self.values
        for key, value in given.items():
            values[key.encode()] = value
        values[b"time"] = iso(self.clock - (int(9 * SECOND * self.rng.random()) if late else 0))
        if "uuid" not in given:
            values[b"uuid"] = uuid(self.rng)
        row = self.shapes[name] % values
        self.session.written[ROW_TYPES[name]] += len(row)
        if self.file is not None:
            self.file.put(row)
        if name not in BARE:
            values[b"parent"] = values[b"uuid"]

    def wait(self, seconds: float) -> None:
        """Let time pass, never beyond the history's end."""
        self.clock += int(min(seconds * SECOND, (END - self.clock) * 0.02))

    def phrase(self) -> None:
        """Other small texts for the rows that follow."""
        self.values[b"words"] = sentence(self.rng, 5).encode()
        self.values[b"line"] = code().cut(self.rng, 10)
        self.values[b"path"] = b"%b/src/%b.py" % (self.values[b"cwd"], self.rng.choice(WORDS).encode())

    def ask(self) -> None:
        """A prompt: a person's, or the task of a subagent."""
        self.phrase()
        text = prose().cut(self.rng, 60 * self.rng.lognormvariate(0, 1.2))
        if self.rng.random() < 0.1:
            text = rb"<system-reminder>\n" + text + rb"\n</system-reminder>" + text[:40].partition(b"\\")[0]
        self.put("prompt", text=text)
        if not self.agent:
            self.session.truth.do("prompts", int(has_words(text)), self.clock)
        self.grown += int(len(text) / BYTES_A_TOKEN) + 4
        self.wait(self.rng.uniform(2, 9))

    def surround(self) -> None:
        """Progress, attachments, snapshots and system rows, until each has its share of the bytes."""
        written, chance = self.session.written, self.rng.random
        total = sum(written.values())
        while written["progress"] < SHARES["progress"] * total:
            text = code().cut(self.rng, 2200 * chance() ** 2)
            self.put("output" if chance() < 0.55 else "hook", text=text, late=chance() < 0.12)
        while written["attachment"] < SHARES["attachment"] * total:
            name = "attachment" if chance() < 0.5 else "reminder"
            self.put(name, text=prose().cut(self.rng, 2600 * chance()), late=chance() < 0.12)
        while written["file-history-snapshot"] < SHARES["file-history-snapshot"] * total:
            self.put("snapshot")
        while written["system"] < SHARES["system"] * total:
            self.put("duration" if chance() < 0.8 else "failure")
