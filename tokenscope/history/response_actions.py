"""What each response did beside its figures, as all files together tell it (T21)."""

from __future__ import annotations

from functools import partial

from tokenscope.store import Deed, Store

_make = partial(tuple.__new__, Deed)  # Deed._make without a call of Python's


def find_deeds(store: Store) -> dict[int, Deed]:
    """By message; of a copied response the most that any file says. Needs Facet.CONTENT."""
    found: dict[int, Deed] = {}
    for messages, by_place in store.deeds:
        deeds = dict(zip(map(messages.__getitem__, by_place), map(_make, by_place.values()), strict=True))
        for index in found.keys() & deeds.keys():
            deeds[index] = Deed(*map(max, found[index], deeds[index]))
        found.update(deeds)
    return found
