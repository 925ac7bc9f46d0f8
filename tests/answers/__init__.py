"""What the tests of the ledger and of the parts share: a built history, walked and reported."""

from __future__ import annotations

from datetime import UTC

from tests.history import NOW, pricer
from tests.ingest import store_of
from tests.transcripts import History
from tokenscope.answers.context.ledger_sources import LedgerReport, SourceRow, measure_ledger
from tokenscope.history import history as accounting
from tokenscope.ledger.ledger import Ledger, build_ledger
from tokenscope.model import Facet
from tokenscope.scope import Scope
from tokenscope.view.card import Card, Row, Table
from tokenscope.view.question import Drawing

MORNING = NOW - 86_400_000  # 2026-06-01T10:00:00Z
DRAWING = Drawing(NOW, UTC)


def at(minute: int) -> str:
    """A minute after ten, as the builder takes it."""
    return f"2026-06-01T10:{minute:02}:00Z"


def window(first: int, last: int | None = None) -> Scope:
    """What happens exactly at `first` minutes past ten; or from then until before `last`."""
    start = MORNING + first * 60_000
    return Scope(NOW, start, start + 1 if last is None else MORNING + last * 60_000, zone=UTC)


def read(history: History, scope: Scope | None = None) -> accounting.History:
    """A built history with all that the ledger needs."""
    store = store_of(history, facets=Facet.CONTENT | Facet.TITLES)
    return accounting.History(store, scope or Scope(NOW, zone=UTC), pricer(history.root))


def walked(history: History, scope: Scope | None = None) -> tuple[accounting.History, Ledger]:
    found = read(history, scope)
    return found, build_ledger(found)


def report_of(history: accounting.History, ledger: Ledger) -> LedgerReport:
    """The ledger as it is printed: its sources sum to the prompts, whatever is in it."""
    report = measure_ledger(history, ledger)
    assert sum(row.tokens for row in report.sources) == report.prompt_tokens
    return report


def reported(history: History, scope: Scope | None = None) -> LedgerReport:
    return report_of(*walked(history, scope))


def sources(history: History, scope: Scope | None = None) -> dict[str, int]:
    """Tokens by source."""
    return {row.source: row.tokens for row in reported(history, scope).sources}


def source(report: LedgerReport, name: str) -> SourceRow:
    (found,) = [row for row in report.sources if row.source == name]
    return found


def table_of(card: Card) -> Table:
    (table,) = [part for part in card.parts if isinstance(part, Table)]
    return table


def cells(row: Row) -> list[str]:
    """A row's words; bars and blanks are left out."""
    return [cell for cell in row.cells if isinstance(cell, str) and cell]
