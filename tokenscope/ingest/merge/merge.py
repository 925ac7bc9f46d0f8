"""What was read of each file into one store: each response credited once, in whatever order (T20 to T22)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import repeat

from tokenscope.context_steps import Steps
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.extract.ids import root_of
from tokenscope.ingest.files.discover import Discovery, Transcript
from tokenscope.ingest.files.newest import newest_row
from tokenscope.ingest.files.sidecar import read_sidecar
from tokenscope.ingest.merge.coverage import measure_coverage
from tokenscope.ingest.merge.crediting import NEVER, credited, last_time_of, resolve_copies, separate
from tokenscope.ingest.merge.merger import Merger
from tokenscope.ingest.rows.counters import beside
from tokenscope.ingest.rows.stamps import Stamp, filled
from tokenscope.model import SEARCHED, Stamps
from tokenscope.store import Context, Inventory, Store

TITLE_ORDER = ("custom-title", "ai-title", "summary", "agent-name")


def merge(
    transcripts: list[Transcript],
    extracts: list[Extract | None],
    found: Discovery,
    sessions_found: int | None = None,
    *,
    capped: bool = False,
    midway: Callable[[Store], object] | None = None,
) -> Store:
    """The store of what these files hold; None stands for a file that could not be read.

    `midway` is given the store when it has all responses and contexts, and nothing yet of what was done.
    A subagent whose session nobody names is a session of its own.

    Files come in path order, so that the same files always make the same store.
    """
    for number, extract in enumerate(extracts):
        if extract is not None and not extract.session_id:
            extracts[number] = extract._replace(session_id=f"agent-{transcripts[number].agent_id}")
    merger = Merger(transcripts, extracts)
    merger.add_sessions()
    merger.add_messages()
    separate(merger)
    resolve_copies(merger)
    merger.let_go()
    _add_outside_requests(merger)
    _add_searches(merger)
    _add_stamps(merger)
    merger.fill_threads()
    _add_contexts(merger)
    if midway is not None:
        midway(merger.store)
    _add_activity(merger)
    _find_newest_rows(merger)
    _add_texts(merger)
    _add_titles(merger)
    merger.store.coverage = measure_coverage(merger, found, sessions_found, capped=capped)
    return merger.store


def _add_outside_requests(merger: Merger) -> None:
    """What a response's own counters leave out becomes messages of their own (T28, T58)."""
    messages = merger.store.messages
    for number, _, extract in merger.files:
        for place, requests in extract.outside.items():
            key = extract.keys[place]
            if merger.figures_from.get(key, (number, place)) != (number, place):
                continue
            message = messages[merger.index_of[key]]
            messages.extend(beside(message, request) for request in requests)


def _add_searches(merger: Merger) -> None:
    """Searches of the WebSearch tool, once a result over all files, beside the response that asked for them."""
    found = {one[0] or one: one for _, _, extract in merger.files for one in extract.searches}
    for _, key, number in found.values():
        message = merger.store.messages[merger.index_of[key]]
        if number:
            merger.store.messages.append(
                message._replace(
                    input_tokens=0,
                    output_tokens=0,
                    cache_read_input_tokens=0,
                    cache_creation_input_tokens=0,
                    ephemeral_1h_input_tokens=0,
                    context_tokens=0,
                    web_search_requests=number,
                    tariff="",
                    is_floor=False,
                    miss_reason="",
                    part=SEARCHED,
                )
            )


def _add_stamps(merger: Merger) -> None:
    """What each response was made for: as the file says that is credited with it, then what only copies say."""
    if not any(extract.stamps for _, _, extract in merger.files):
        return
    found: dict[str, Stamp] = {}
    owners = {key: credited(merger, [place for place, _ in copies]) for key, copies in merger.copies.items()}
    for number, _, extract in merger.files:
        for place, (key, stamp) in enumerate(zip(extract.keys, extract.stamps, strict=False)):
            known = found.get(key)
            if known is None:
                found[key] = stamp
            elif known is not stamp:
                is_credited = owners.get(key) == (number, place)
                found[key] = filled(stamp, known) if is_credited else filled(known, stamp)
    same = {stamp: Stamps(*stamp) for stamp in set(found.values())}
    merger.store.stamps = {key: same[stamp] for key, stamp in found.items()}


def _add_contexts(merger: Merger) -> None:
    for number, _, extract in merger.files:
        indices = merger.indices[number]
        if extract.done:
            merger.store.response_work.append((indices, extract.done))
        for agent, origin in extract.forks.items():
            merger.store.threads[merger.thread(extract.session_id, root_of(agent, extract.chain))].forked_from = origin
        had = [(extract.session_id, *one) for one in extract.inventory]
        merger.store.inventory.extend(map(tuple.__new__, repeat(Inventory), had))  # without a call of Python's for each
        for agent, steps in extract.threads:
            thread = merger.thread(extract.session_id, agent)
            merger.store.contexts.append(Context(thread, extract.labels, Steps(steps), indices))
        extract.threads.clear()


def _add_activity(merger: Merger) -> None:
    merger.has_activity = any(extract.activity is not None for _, _, extract in merger.files)
    if not merger.has_activity:
        return
    from tokenscope.ingest.merge.attribute import Attribution, Made  # noqa: PLC0415 - 9 ms that only these questions pay

    attribution = Attribution(merger.store, merger.thread, partial(last_time_of, merger))
    shared = {number for copies in merger.copies.values() for (number, _), _ in copies}
    for number, transcript, extract in merger.files:
        if extract.activity is not None:
            made = Made(merger.threads_of(number), merger.indices[number], number in shared)
            attribution.add(number, transcript, extract, made)
            for taken in extract.activity[:-1]:
                taken.clear()  # it is in the store now, or of no use: a tenth of what reading takes at its most
    attribution.finish()


def _find_newest_rows(merger: Merger) -> None:
    """When each session's newest row was written: a file's time may be that of a copy (T61)."""
    if not merger.has_activity:
        return
    files: dict[str, list[Transcript]] = {}
    known: dict[str, int] = {}
    for _, transcript, extract in merger.files:
        files.setdefault(extract.session_id, []).append(transcript)
        if extract.last_time is not None:
            known[transcript.path] = extract.last_time
    for session_id, found in files.items():
        merger.store.sessions[session_id].modified = newest_row(found, known)


def _add_texts(merger: Merger) -> None:
    """What was said at length, once each: copies hold the same."""
    tales = [extract.tale for _, _, extract in merger.files if extract.tale is not None]
    if not tales:
        return
    from tokenscope.ingest.extract.texts import Tale  # noqa: PLC0415

    texts = merger.store.texts
    for fields in tales:
        tale = Tale._make(fields)
        for key, said in tale.said.items():
            texts.said.setdefault(merger.index_of[key], said)
        for known, told in zip((texts.asked, texts.given, texts.errors), tale[1:4], strict=True):
            known.update({reference: text for reference, text in told.items() if reference not in known})
        texts.todos.update(tale.todos)


def _add_titles(merger: Merger) -> None:
    leaves: dict[str, str] = {}
    for _, _, extract in merger.files:
        leaves.update(extract.summaries)
    for _, transcript, extract in merger.files:
        session = merger.store.sessions[extract.session_id]
        if transcript.agent_id or session.title:
            continue
        titles = dict(extract.titles)
        if extract.last_uuid in leaves:
            titles["summary"] = leaves[extract.last_uuid]
        found = (titles[kind] for kind in TITLE_ORDER if kind in titles)
        session.title = next(found, extract.first_prompt[1])
    _name_by_subagents(merger)


def _name_by_subagents(merger: Merger) -> None:
    """A session of which only subagents are left is called what the first of them was for (T42)."""
    with_main = {one.session_id for _, transcript, one in merger.files if one.rows and not transcript.agent_id}
    left: dict[str, list[tuple[int, int]]] = {}  # when each subagent began, and the number of its file
    for number, transcript, extract in merger.files:
        if transcript.agent_id and extract.session_id not in with_main:
            began = min((time for time in merger.times_of(number) if time is not None), default=NEVER)
            left.setdefault(extract.session_id, []).append((began, number))
    for session_id, subagents in left.items():
        purposes = (_purpose(merger, number) for _, number in sorted(subagents))
        merger.store.sessions[session_id].title = next(filter(None, purposes), "")


def _purpose(merger: Merger, number: int) -> str:
    """What a subagent was for: as it is described beside its transcript, else what it was told; "" unknown."""
    extract = merger.extracts[number]
    if extract is None or not extract.first_prompt[1]:
        return ""
    return read_sidecar(merger.transcripts[number].path).description or extract.first_prompt[1]
