"""Any bytes as a transcript: whole rows among them are counted, and sound ones are read alike in three ways.

What `atheris_rows.py` feeds for as long as one lets it; the short form feeds some hundred inputs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests import reference
from tests.ingest import FIRST, totals
from tests.ingest.test_rows import FACETS, FullReader
from tests.trust.fuzz import check, good, mutated, places
from tokenscope.app.registry import find_question, question_names
from tokenscope.demo import demo_transcripts
from tokenscope.history.history import History
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.load import load
from tokenscope.ingest.rows.read import RowReader
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope
from tokenscope.view.question import Drawing, Question

NOW = 1_780_660_800_000
MOST_BYTES = 6_000  # of an input
GOOD = (7, 11)  # numbers of the good responses
SEEDS = 400  # rows of the made-up history to begin with


class Reading:
    """One folder, into which every input is written anew. Its first byte says how the rest is read and asked."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.main = root / "projects" / "-home-ada" / f"{FIRST}.jsonl"
        self.agent = self.main.with_suffix("") / "subagents" / "agent-a1.jsonl"
        self.agent.parent.mkdir(parents=True)
        self.prices = pricer.load_pricer(user_file=None)
        self.questions: list[Question] = [find_question(name) for name in question_names()]

    def one(self, data: bytes) -> None:
        """Everything that has to hold of one input; raises AssertionError where it does not."""
        how, rest = (data[0], data[1:]) if data else (0, b"")
        path, other = (self.agent, self.main) if how & 1 else (self.main, self.agent)
        other.unlink(missing_ok=True)
        self.is_answered(path, rest, how >> 1)
        sound = b"".join(line + b"\n" for line in rest.split(b"\n") if is_sound(line))
        self.is_read_alike(path, sound, FACETS[(how >> 1) % len(FACETS)])

    def is_answered(self, path: Path, rest: bytes, number: int) -> None:
        """Good responses in the middle of anything are counted, and a question answers it."""
        half = len(rest) // 2
        path.write_bytes(b"\n".join((rest[:half], *map(good, GOOD), rest[half:])))
        store = load([self.root], ~Facet.USAGE, processes=1)
        wrong = [check(store, one, 1) for one in GOOD]
        assert wrong == [None] * len(GOOD), wrong
        analyzer = self.questions[number % len(self.questions)]
        report = analyzer.analyze(History(store, Scope(now=NOW), self.prices))
        for card in analyzer.cards(report, Drawing(now=NOW, zone=None)):
            assert card.title, card

    def is_read_alike(self, path: Path, content: bytes, facets: Facet) -> None:
        """The fast reader takes what decoding every row does, and what the slow reference does."""
        path.write_bytes(content)
        agent = "a1" if path == self.agent else ""
        transcript = Transcript(str(path), len(content), 0, "-home-ada", FIRST, agent)
        readers = (kind(str(path), len(content), chunk=1 << 16) for kind in (RowReader, FullReader))
        fast, full = (decode(transcript, facets, reader) for reader in readers)
        assert fast == full, facets
        ours = totals(load([self.root], Facet.USAGE, processes=1).messages)
        theirs = reference.totals(reference.read([self.root]))
        assert ours == theirs, (ours, theirs)


def is_sound(line: bytes) -> bool:
    """Whether a line is strict JSON, an object, in which no key stands twice."""
    try:
        row = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False
    return isinstance(row, dict)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refuse(name: str) -> None:
    raise ValueError(name)


def templates() -> Iterator[bytes]:
    """Rows of the made-up history, as they are written."""
    lines = [encoded(row) for _, rows in demo_transcripts() for row in rows]
    Random(1).shuffle(lines)
    yield from [line for line in lines if len(line) < MOST_BYTES // 4][:SEEDS]


def encoded(row: Any) -> bytes:
    return json.dumps(row, separators=(",", ":")).encode()


class Mutator:
    """Changes the bytes of an input, or a value of one of its rows, or puts a row beside the others."""

    def __init__(self, change: Callable[[bytes, Random], bytes]) -> None:
        """`change`: how bytes are changed that are not looked at as rows."""
        self.change = change
        self.templates = list(templates())
        rows = [json.loads(line) for line in self.templates]
        self.names = sorted({key for row in rows for _, key in places(row) if isinstance(key, str)})

    def __call__(self, data: bytes, most: int, seed: int) -> bytes:
        random, lines = Random(seed), data[1:].split(b"\n")
        place, what = random.randrange(len(lines)), random.randrange(4)
        if what == 0:
            lines.insert(place, random.choice(self.templates))
        elif what == 1 and (changed := self._changed(random, lines[place])) is not None:
            lines[place] = changed
        else:
            return self.change(data, random)[:most]
        return (bytes([random.randrange(256)]) + b"\n".join(lines))[:most]

    def _changed(self, random: Random, line: bytes) -> bytes | None:
        try:
            return encoded(mutated(random, json.loads(line), self.names))
        except (ValueError, RecursionError):
            return None
