"""The tables of docs/ledger.md, which tests hold against the program."""

from __future__ import annotations

from tests.asking import REPOSITORY

DOCUMENT = REPOSITORY / "docs" / "ledger.md"


def table(name: str) -> list[list[str]]:
    """A table of the document, without its header, by the name in the comment above it."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"<!-- {name}:")
    assert rest, f"docs/ledger.md has no table {name}"
    lines = rest.splitlines()[1:]
    end = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:end]]


def number(cell: str) -> int:
    return int(cell.replace(",", "") or 0)
