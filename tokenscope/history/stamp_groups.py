"""What responses were made for or with, as the log says (T55): which field is meant, and usage put together by it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum
from operator import itemgetter

from tokenscope.history.history import History
from tokenscope.history.usage import share_of
from tokenscope.model import UNSTAMPED, Message, Stamps, Usage
from tokenscope.value import Value

Name = Callable[[Message], str]  # what a response is put together by; "" where nothing says


class StampField(StrEnum):
    """The fields of a stamp, by which usage can be put together and chosen."""

    SKILL = "skill"
    PLUGIN = "plugin"
    SERVER = "server"
    TOOL = "tool"
    AGENT = "agent"
    EFFORT = "effort"
    BRANCH = "branch"
    ENTRYPOINT = "entrypoint"
    VERSION = "version"
    TIER = "tier"
    PERSON = "person"
    MACHINE = "machine"


class GroupSum(Value):
    """Usage under one name. `name` None: the log does not say."""

    name: str | None
    usage: Usage
    share: float | None  # of all tokens
    sessions: int


def by_stamp(history: History, field: StampField) -> Name:
    """Reads one field of a response's stamp. Needs Facet.STAMPS."""
    stamps, read = history.store.stamps, itemgetter(Stamps._fields.index(field))
    return lambda message: str(read(stamps.get(message.id, UNSTAMPED)))


def split(history: History, name: Name) -> dict[str, History]:
    """The responses in scope by name, the most tokens first, "" last.

    Each response is in one part, so that the parts add up to the whole.
    """
    indices: dict[str, list[int]] = defaultdict(list)
    for index in history.indices:
        indices[name(history.store.messages[index])].append(index)
    parts = {one: history.only(found) for one, found in indices.items()}
    order = sorted(parts, key=lambda one: (not one, -parts[one].total.total_tokens, one))
    return {one: parts[one] for one in order}


def sum_by_name(history: History, name: Name) -> list[GroupSum]:
    """What came to each name."""
    whole = history.total.total_tokens
    return [
        GroupSum(one or None, part.total.usage(), share_of(part.total.total_tokens, whole), len(sessions_of(part)))
        for one, part in split(history, name).items()
    ]


def sessions_of(history: History) -> set[str]:
    """The sessions with a response in scope."""
    threads = history.store.threads
    return {threads[thread].session_id for thread in {message.thread for message in history.messages}}
