"""Ids of tool uses that repeat: some makers' models count them up, and begin anew in every conversation.

`functions.Read:0` of one thread is another use than that of the next one; a row's own id tells them apart, which a copy
of the row has too.
"""

from __future__ import annotations

import re

SHORTEST = 16  # characters of an id that nothing else is likely to have
_COUNTED = re.compile(r"[:._-][0-9]{1,5}\Z")


def is_unique(reference: str) -> bool:
    """Whether a tool use's id looks like one that no other use has."""
    return reference.startswith("toolu_") or (len(reference) >= SHORTEST and _COUNTED.search(reference) is None)


def as_logged(reference: str) -> str:
    """The id of a tool use as its block has it."""
    logged, _, _ = reference.partition("@")
    return logged if logged and not is_unique(logged) else reference


class ToolIds:
    """Names the tool uses of one file. What is unique keeps its id."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str | None, str], tuple[str, str]] = {}  # response and name, by agent and id

    def of_use(self, reference: str, agent: str, key: str, row: str) -> str:
        """`key`: of the response that makes it; `row`: what tells its row from others."""
        if is_unique(reference):
            return reference
        known = self._latest.get((agent, reference))
        if known is not None and known[0] == key:
            return known[1]
        named = key, f"{reference}@{row or key}"
        self._latest[agent, reference] = self._latest[None, reference] = named
        return named[1]

    def of_result(self, reference: str, agent: str) -> str:
        """The use that a result is of: the latest with this id, rather the agent's own."""
        if not self._latest:
            return reference
        found = self._latest.get((agent, reference)) or self._latest.get((None, reference))
        return found[1] if found else reference
