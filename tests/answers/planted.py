"""Made-up histories with a change planted in them, or with none: a session a day, noisy as real ones are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.transcripts import History, text

FIRST_DAY = datetime(2026, 3, 2, 10, tzinfo=UTC)  # a Monday


@dataclass(frozen=True, slots=True)
class Kind:
    """What the sessions of one side are like."""

    floor: int = 20_000  # tokens
    output: int = 400  # of a response, at the median
    version: str = "2.1.177"
    models: tuple[str, ...] = ("claude-opus-4-8",)  # one of them a session, by chance
    one_hour: bool = True  # what cache writes are kept for
    pause: int = 20  # minutes before every third response
    effort: str = ""  # as its responses say; "": they do not
    agents: tuple[str, ...] = ()  # types of subagents that are offered, and one that all kinds have


def plant(root: Path, before: Kind, after: Kind, *, seed: int = 1, sessions: int = 12) -> Path:
    """So many sessions of each kind, those of `after` from `changed_on(sessions)` on."""
    history, random = History(root), Random(seed)
    for number, kind in enumerate([before] * sessions + [after] * sessions):
        _add_session(history, random, kind, FIRST_DAY + timedelta(days=number))
    return history.write()


def changed_on(sessions: int = 12) -> str:
    """The day of the first session of the other kind."""
    return (FIRST_DAY + timedelta(days=sessions)).date().isoformat()


def _add_session(history: History, random: Random, kind: Kind, start: datetime) -> None:
    model = random.choice(kind.models)
    small = "haiku" in model
    session = history.session(version=kind.version, model=model)
    size = kind.floor // (2 if small else 1) + round(random.gauss(0, 300))
    cached = 0
    history.now = start
    if kind.effort:  # newer logs say both
        session.attachment("agent_listing_delta", addedTypes=["general-purpose", *kind.agents])
    for ask in range(random.randint(2, 4)):
        session.prompt(f"Change part {ask} of it")
        for turn in range(random.randint(2, 5)):
            is_late = (ask + turn) % 3 == 2
            history.wait(minutes=kind.pause if is_late else 1)
            kept = 0 if is_late and not kind.one_hour and kind.pause > 5 else cached
            written = size - kept
            session.response(
                output=round(kind.output * random.lognormvariate(0, 0.5)),
                input=0,
                cache_read=kept,
                cache_write=written,
                cache_write_1h=written if kind.one_hour else 0,
                blocks=[text("Done.")],
                row={"effort": kind.effort} if kind.effort else {},
            )
            cached = size
            size += round(1_000 * random.lognormvariate(0, 0.8))
