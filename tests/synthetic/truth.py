"""What a right reader finds: written down as the figures are decided, never by reading files back."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from tests.synthetic.words import iso

if TYPE_CHECKING:
    from tests.synthetic.rows import RowWriter


@dataclass(slots=True)
class Figures:
    """Tokens of one response, or of many. The names are those of the JSON contract."""

    messages: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0
    total_tokens: int = 0

    def add(self, other: Figures) -> None:
        for name in FIGURES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


FIGURES = tuple(one.name for one in fields(Figures))


def table() -> defaultdict[str, Figures]:
    return defaultdict(Figures)


@dataclass(slots=True)
class Truth:
    """What a right reader finds. Days are UTC; a main thread's agent is "", an inline one's is "inline"."""

    megabytes: int = 0
    seed: int = 0
    bytes: int = 0
    files: int = 0
    lines: int = 0  # finished lines, malformed ones among them
    malformed_rows: int = 0
    output_floor_messages: int = 0
    total: Figures = field(default_factory=Figures)
    by_model: dict[str, Figures] = field(default_factory=table)
    by_day: dict[str, Figures] = field(default_factory=table)
    by_project: dict[str, Figures] = field(default_factory=table)
    by_session: dict[str, Figures] = field(default_factory=table)
    by_agent: dict[str, Figures] = field(default_factory=table)  # "<session>/<agent>"
    # What was done: "calls <tool>", "errors <tool>", "reads", "edits", "writes", "added" and "removed <path>", "done"
    # and "failed <git operation>", "prompts"; and by day "<day> prompts", "calls", "added", "removed", "commits".
    done: Counter[str] = field(default_factory=Counter)

    def count(self, thread: RowWriter, model: str, moment: int, figures: Figures) -> None:
        """Credit one response, or a further request inside it, to its thread and everything above."""
        session = thread.session
        for one in (
            self.total,
            self.by_model[model],
            self.by_day[iso(moment)[:10].decode()],
            self.by_project[session.cwd],
            self.by_session[session.id],
            self.by_agent[f"{session.id}/{thread.agent}"],
        ):
            one.add(figures)

    def do(self, what: str, times: int, moment: int) -> None:
        """Note what was done, in all and by its day."""
        self.done[what] += times
        daily = {"done commit": "commits"}.get(what, what.split(" ", 1)[0])
        if daily in ("prompts", "calls", "added", "removed", "commits"):
            self.done[f"{iso(moment)[:10].decode()} {daily}"] += times

    def merge(self, part: Truth) -> None:
        for name in ("bytes", "files", "lines", "malformed_rows", "output_floor_messages"):
            setattr(self, name, getattr(self, name) + getattr(part, name))
        self.total.add(part.total)
        self.done.update(part.done)
        for name in ("by_model", "by_day", "by_project", "by_session", "by_agent"):
            groups = getattr(self, name)
            for key, figures in getattr(part, name).items():
                groups[key].add(figures)


def load(folder: Path) -> dict[str, Any] | None:
    """The truth beside an earlier history, or None."""
    path = folder / "truth.json"
    loaded: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.exists() else None
    return loaded
