"""How well `whatif` foretells, on any histories: the tables of docs/whatif.md, made again.

python -m tests.backtest FOLDER …     # each a config folder, as --root takes it
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median

from tokenscope.answers.whatif.replay_facts import ReplayFacts, leave_one_out_error
from tokenscope.answers.whatif.weigh import WhatIfReport, weigh_levers
from tokenscope.history.history import History
from tokenscope.history.rebuilds import FIVE_MINUTES, ONE_HOUR
from tokenscope.ingest.load import load
from tokenscope.ledger.replay import ThreadTurns
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope

LOST = 0.3  # of the context: from there on it counts as lost
BANDS = {  # of pauses, in seconds
    FIVE_MINUTES: (0, 240, 300, 310, 330, 360, 1_200, 3_600),
    ONE_HOUR: (0, 1_200, 2_400, 3_300, 3_610, 3_900, 7_200, 86_400),
}


def see(folder: Path) -> History:
    """A whole history at the packaged prices."""
    return History(load([folder], Facet.CONTENT), Scope(now=0), pricer.load_pricer(user_file=None))


def lifetime_curve(every: Iterable[ThreadTurns], lifetime: int) -> dict[int, tuple[int, float]]:
    """By the band's lower end in seconds: how many pauses, and the share after which the context was lost."""
    bands = BANDS[lifetime]
    found: dict[int, list[bool]] = {band: [] for band in bands}
    for series in every:
        for turn in series.turns:
            if turn.gap is None or turn.is_compacted or not turn.before or turn.lifetime != lifetime:
                continue
            band = max(one for one in bands if one <= turn.gap / 1_000)
            found[band].append(turn.rebuilt > LOST * turn.before)
    return {band: (len(lost), sum(lost) / len(lost)) for band, lost in found.items() if lost}


def decisions(report: WhatIfReport) -> Iterator[tuple[str, float, float]]:
    """Each lever that the first half advised: the whole's promise and the second half's gain, as shares of the bill."""
    for one in report.levers:
        if one.second_half_usd is not None and report.bill_usd:
            yield f"{one.lever}={one.value}", -one.delta_usd / report.bill_usd, -one.second_half_usd / report.bill_usd


def tell(folder: Path) -> Iterator[str]:
    """All tables of one history, line by line."""
    history = see(folder)
    facts = history.once(ReplayFacts)
    report = weigh_levers(history, {})
    pauses, sizes = facts.main_pauses, facts.sizes_after_compaction
    yield f"{folder}: ${report.bill_usd:,.2f}, identity {report.identity_error:.2%}"
    yield f"  pauses: {pauses.pauses} lost {pauses.observed:,} tokens, foretold {pauses.foretold:,}"
    for lifetime in BANDS:
        for band, (count, share) in lifetime_curve(facts.series, lifetime).items():
            yield f"  lifetime {lifetime // 60_000} min, pauses from {band:,} s: {count:,}, lost after {share:.0%}"
    error = leave_one_out_error(sizes)
    if error is not None:
        yield f"  compactions: {len(sizes)} left {median(sizes):,.0f} tokens, foretold by the others to {error:.0%}"
    for lever, promised, got in decisions(report):
        yield f"  {lever}: promised {promised:.1%} of the bill, the later half got {got:+.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        for line in tell(folder):
            print(line)


if __name__ == "__main__":
    main()
