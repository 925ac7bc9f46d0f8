"""Ids that are moments, and stand for several responses: told apart by thread and by the figures of the prompts (T22).

Some gateways name a response by the clock, so that two threads at once get one id.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tokenscope.ingest.extract.ids import named_by_prompt
from tokenscope.model import Message


class Holder(NamedTuple):
    """One file's response under an id, and where it is written there: number of the file, place in it."""

    place: tuple[int, int]
    message: Message


def prompt_figures(message: Message) -> tuple[int, int, int]:
    """What is the same in every copy of a response."""
    return message.input_tokens, message.cache_read_input_tokens, message.cache_creation_input_tokens


def tell_apart(holders: Iterable[tuple[tuple[int, int], Message]]) -> list[list[Holder]]:
    """The responses that one id stands for, each with all that hold it, in the order of the first ones.

    Two hold the same one where they are of one thread, or where the figures of the prompt are equal.
    """
    groups: list[list[Holder]] = []
    for holder in (Holder(*one) for one in holders):
        same = [group for group in groups if any(_is_same(holder, other) for other in group)]
        joined = [one for group in same for one in group] + [holder]
        groups = [group for group in groups if group not in same]
        groups.append(joined)
    return sorted(groups, key=lambda group: min(one.place for one in group))


def name_of(group: list[Holder]) -> str:
    """What one of several responses under an id goes by: the same on every machine."""
    best = max(group, key=lambda one: (one.message.output_tokens, one.place)).message
    return named_by_prompt(best.id, prompt_figures(best))


def _is_same(one: Holder, other: Holder) -> bool:
    a, b = one.message, other.message
    return a.thread == b.thread or prompt_figures(a) == prompt_figures(b)
