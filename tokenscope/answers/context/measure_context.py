"""What sat in the context, measured once for all who show it: composition, rebuilds, ledger, floor and the rest."""

from __future__ import annotations

from typing import NamedTuple

from tokenscope.answers.context.compaction import CompactionReport, measure_compaction
from tokenscope.answers.context.composition import Composition, compose
from tokenscope.answers.context.extensions import ExtensionsReport, measure_extensions
from tokenscope.answers.context.floor import FloorReport, measure_floors
from tokenscope.answers.context.heaviest import HeaviestReport, measure_heaviest
from tokenscope.answers.context.ledger_sources import LedgerReport, measure_ledger
from tokenscope.answers.context.rebuild_causes import RebuildsReport, measure_rebuilds
from tokenscope.history.history import History
from tokenscope.ledger.all_threads import start_walks
from tokenscope.ledger.ledger import Ledger, build_ledger


class MeasuredContext(NamedTuple):
    """`built`: the ledger itself, `ledger` what is shown of it. Tokens are those of all prompts in scope."""

    composition: Composition
    rebuilds: RebuildsReport
    heaviest: HeaviestReport
    built: Ledger
    ledger: LedgerReport
    floor: FloorReport
    compactions: CompactionReport
    extensions: ExtensionsReport


def measure_context(history: History) -> MeasuredContext:
    """Needs Facet.CONTENT and Facet.TITLES."""
    history.once(start_walks)  # other processes build the ledger's parts while this one finds what needs no ledger
    composition, rebuilds, heaviest = compose(history), measure_rebuilds(history), measure_heaviest(history)
    ledger = history.once(build_ledger)
    floor = measure_floors(history, ledger)
    return MeasuredContext(
        composition,
        rebuilds,
        heaviest,
        ledger,
        measure_ledger(history, ledger),
        floor,
        measure_compaction(history, ledger),
        measure_extensions(history, ledger, floor),
    )
