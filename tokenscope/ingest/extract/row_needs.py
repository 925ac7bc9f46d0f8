"""What is wanted of a file's rows, worked out once: asking a flag takes as long as reading a small file's response."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from msgspec.json import Decoder

from tokenscope.ingest.rows.schema import AnyRow, decoder_of, row_type
from tokenscope.ingest.rows.stamps import EffortReader, StampReader, stamped
from tokenscope.model import PARTS_OF_CONTENT, PARTS_OF_TOOLS, Facet


class RowNeeds(NamedTuple):
    """Whether each is wanted, and what decodes the rows."""

    decoder: Decoder[AnyRow]
    content: bool
    activity: bool
    texts: bool
    stamps: type[StampReader | EffortReader] | None  # what reads them
    files: bool
    titles: bool
    teams: bool
    more_than_usage: bool  # rows are taken in for content, activity, texts or stamps


@cache
def row_needs(facets: int) -> RowNeeds:
    """What these facets ask for, as a plain number: a flag's hash takes longer."""
    asked = Facet(facets)
    collected = Facet.CONTENT | PARTS_OF_CONTENT, Facet.TOOLS | PARTS_OF_TOOLS, Facet.TEXT, Facet.STAMPS | Facet.EFFORTS
    content, activity, texts, stamps = (bool(asked & part) for part in collected)
    files, titles, teams = (bool(asked & part) for part in (Facet.FILES, Facet.TITLES, Facet.TOOLS | Facet.COUNTED))
    collects = content or activity or texts or stamps
    reader = StampReader if asked & Facet.STAMPS else EffortReader if asked & Facet.EFFORTS else None
    decoder = decoder_of(asked)
    if reader is not None:
        decoder = Decoder(stamped(row_type(asked), efforts_only=reader is EffortReader))
    return RowNeeds(decoder, content, activity, texts, reader, files, titles, teams, collects)


class ActionNeeds(NamedTuple):
    """Of what was done, whether each is wanted."""

    notices: bool
    prompts: bool
    spawns: bool
    git: bool
    repeats: bool
    changes: bool
    touched: bool
    ends: bool  # how each use ended, and when
    skills: bool
    counts: bool
    uses: bool  # anything about uses


@cache
def action_needs(facets: int) -> ActionNeeds:
    """Likewise of actions.Actions."""
    asked = Facet(facets)
    ends, uses = Facet.CALLS | Facet.CHANGES | Facet.REPEATS, (Facet.TOOLS | PARTS_OF_TOOLS) & ~Facet.PROMPTS
    of_all = Facet.NOTICES, Facet.PROMPTS, Facet.SPAWNS, Facet.GIT, Facet.REPEATS, Facet.CHANGES
    return ActionNeeds(
        *(bool(asked & (part | Facet.TOOLS)) for part in of_all),
        *(bool(asked & part) for part in (Facet.TOUCHED, ends, Facet.CALLS, Facet.COUNTS, uses)),
    )
