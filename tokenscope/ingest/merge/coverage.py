"""What was read, and what was odd about it: counted while the files become one store, told once with every answer."""

from __future__ import annotations

from collections import Counter

from tokenscope.ingest.extract.ids import is_one_of_several
from tokenscope.ingest.files.discover import Discovery
from tokenscope.ingest.merge.merger import Merger
from tokenscope.machine import Coverage


def measure_coverage(merger: Merger, found: Discovery, sessions_found: int | None, *, capped: bool) -> Coverage:
    """Of a merger that has taken everything in. `sessions_found`: None where all that were found were read."""
    has_content = bool(merger.store.contexts) or any(one.done or one.spawned for _, _, one in merger.files)
    without_thread = sum(one.thread is None for one in merger.store.subagents) if merger.has_activity else None
    extracts = [extract for extract in merger.extracts if extract is not None]
    sessions = len(merger.store.sessions)
    return Coverage(
        files=len(extracts),
        bytes=sum(transcript.size for transcript in merger.transcripts),
        rows=sum(extract.rows for extract in extracts),
        malformed_rows=sum(extract.malformed for extract in extracts),
        oversized_rows=sum(extract.oversized for extract in extracts),
        duplicate_rows=sum(extract.response_rows for extract in extracts) - len(merger.index_of),
        undated_rows=sum(extract.undated for extract in extracts),
        anomalous_counters=_odd_counters(merger),
        missing_subagents=_missing_subagents(merger) if has_content else without_thread,
        untrusted_ids=len(merger.untrusted),
        repeated_ids=len({key.split("\0")[0] for key in merger.untrusted if is_one_of_several(key)}),
        unreadable_files=len(found.unreadable) + len(merger.extracts) - len(extracts),
        sessions_found=sessions if sessions_found is None else sessions_found,
        sessions_read=sessions,
        capped=capped,
        roots=tuple(found.roots),
    )


def _odd_counters(merger: Merger) -> int:
    """Of the rows whose figures count."""
    odd = 0
    for number, _, extract in merger.files:
        for place, count in extract.odd.items():
            if merger.figures_from.get(extract.keys[place], (number, place)) == (number, place):
                odd += count
    return odd


def _missing_subagents(merger: Merger) -> int:
    """Spawns whose subagent left no file and no row. Where the log does not name the agents, by their number."""
    named: set[tuple[str, str]] = set()
    unnamed: Counter[str] = Counter()
    for _, _, extract in merger.files:
        for agent in extract.spawned:
            if agent:
                named.add((extract.session_id, agent))
            else:
                unnamed[extract.session_id] += 1
    missing = sum(spawn not in merger.thread_indices for spawn in named)
    threads = merger.store.threads
    for session_id, spawns in unnamed.items():
        agents = (threads[index].agent_id for index in merger.store.sessions[session_id].threads)
        unclaimed = sum((session_id, agent) not in named for agent in agents if agent)
        missing += max(0, spawns - unclaimed)
    return missing
