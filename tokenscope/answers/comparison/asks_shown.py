"""How often something was asked, told by the prompts that the contexts of main threads show.

What a person typed is read with Facet.TOOLS, and asks as steps of a session with it; where contexts are read anyway,
these say how many there were without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

from tokenscope.history.history import History
from tokenscope.store import COMPACTION, MICROCOMPACTION

Key = TypeVar("Key", bound=Hashable)


def count_asks(history: History, key_of: Mapping[int, Key]) -> Counter[Key]:
    """Prompts, by the key of the response that answered them. `key_of`: by message index. Needs Facet.CONTENT."""
    found: Counter[Key] = Counter()
    messages, threads = history.store.messages, history.store.threads
    seen: set[int] = set()
    for context in sorted(history.store.contexts, key=lambda context: -len(context.steps)):
        prompts = {place for place, label in enumerate(context.labels) if label[1] == "prompts"}
        if threads[context.thread].agent_id or not prompts:
            continue
        waiting = 0
        for place, arrived in context.steps:
            if place == MICROCOMPACTION:
                continue
            waiting += sum(label in prompts for label in arrived[::2])
            if place == COMPACTION or not waiting:
                continue
            index = context.messages[place]
            if index in key_of and messages[index].thread == context.thread and index not in seen:
                seen.add(index)
                found[key_of[index]] += waiting
            waiting = 0
    return found
