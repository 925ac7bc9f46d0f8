"""What is wanted of a file's rows, worked out once: asking a flag takes as long as reading a small file's response."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from msgspec.json import Decoder

from tokenscope.ingest.rows.schema import AnyRow, decoder_of
from tokenscope.model import PARTS_OF_TOOLS, Facet


class RowNeeds(NamedTuple):
    """Whether each is wanted, and what decodes the rows."""

    decoder: Decoder[AnyRow]
    content: bool
    activity: bool
    texts: bool
    stamps: bool
    files: bool
    titles: bool
    teams: bool

    @property
    def more_than_usage(self) -> bool:
        """Whether rows are taken in for anything beside responses and names."""
        return self.content or self.activity or self.texts or self.stamps


@cache
def row_needs(facets: int) -> RowNeeds:
    """What these facets ask for, as a plain number: a flag's hash takes longer."""
    asked = Facet(facets)
    parts = (
        Facet.CONTENT | Facet.WORK,
        Facet.TOOLS | PARTS_OF_TOOLS,
        Facet.TEXT,
        Facet.STAMPS,
        Facet.FILES,
        Facet.TITLES,
        Facet.TOOLS | Facet.COUNTED,
    )
    return RowNeeds(decoder_of(asked), *(bool(asked & part) for part in parts))
