"""Which response each row is credited to, and ids that stand for several, told apart (T20 to T22)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from tokenscope.ingest.extract.ids import is_clock, named_by_prompt
from tokenscope.ingest.extract.responses import SIDECHAIN
from tokenscope.ingest.merge.merger import Merger, Place
from tokenscope.ingest.rows.read import last_time
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


NEVER = 1 << 62  # ms: later than any row


def separate(merger: Merger) -> None:
    """A moment as an id, in different threads with different prompts, is that of several responses (T22)."""
    repeated = False
    for key, copies in merger.copies.items():
        if is_clock(key) and len(groups := tell_apart(copies)) > 1:
            repeated = True
            for group in groups:
                for holder in group:
                    _rename(merger, *holder.place, key, name_of(group))
    if repeated:
        merger.store.messages.clear()
        for known in (merger.index_of, merger.indices, merger.copies, merger.untrusted):
            known.clear()
        merger.add_messages()


def _rename(merger: Merger, number: int, place: int, key: str, name: str) -> None:
    """Everything that a file says of a response is said of it under its new name."""
    extract = merger.extracts[number]
    assert extract is not None
    extract.keys[place] = name
    if extract.tale is not None and key in extract.tale[0]:
        extract.tale[0][name] = extract.tale[0].pop(key)


def resolve_copies(merger: Merger) -> None:
    """Credit one file, the same whatever the order; the figures are those of the largest output (T20, T21)."""
    kept_at = {number: extract.kept_at for number, _, extract in merger.files}
    for key, copies in merger.copies.items():
        places = [place for place, _ in copies]
        messages = [message for _, message in copies]
        outputs = [(one.output_tokens, kept_at[number][at]) for (number, at), one in copies]
        best = max(range(len(outputs)), key=lambda which: (outputs[which], which))
        thread = messages[places.index(credited(merger, places))].thread
        time = min((one.time for one in messages if one.time is not None), default=None)
        message = messages[best]
        if message.thread != thread or message.time != time:
            message = message._replace(thread=thread, time=time)
        merger.store.messages[merger.index_of[key]] = message
        merger.figures_from[key] = places[best]


def credited(merger: Merger, places: list[Place]) -> Place:
    """By how a file came by the response, then the one whose last row is oldest, then path order."""
    ranks = [_rank(merger, *place) for place in places]
    best = [place for place, rank in zip(places, ranks, strict=True) if rank == min(ranks)]
    return best[0] if len(best) == 1 else min(best, key=lambda at: (last_time_of(merger, at[0]), at))


def _rank(merger: Merger, number: int, place: int) -> int:
    extract = merger.extracts[number]
    assert extract is not None
    return extract.ranks.get(place, SIDECHAIN if merger.transcripts[number].agent_id else 0)


def last_time_of(merger: Merger, number: int) -> int:
    """When a file's last dated row was written: a copy goes on where its original stopped."""
    if number not in merger.last_times:
        transcript, extract = merger.transcripts[number], merger.extracts[number]
        time = None if extract is None else extract.last_time
        try:
            time = last_time(transcript.path, transcript.size) if time is None else time
        except OSError:
            time = None
        merger.last_times[number] = NEVER if time is None else time
    return merger.last_times[number]
