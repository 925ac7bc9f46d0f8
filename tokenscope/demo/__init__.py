"""A made-up history for `tokenscope demo`: a month of one person's work, made in memory by the program's own decoder.

It is the same every time: no clock, no environment, no file, and chance only from fixed seeds. From the outside
in: story.py says what was worked on and when, session.py and turns.py what happened, tools.py and material.py
what it looked like, rows.py how Claude Code writes it down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from tokenscope.demo.rows import Row, ThreadLog
from tokenscope.demo.session_rows import DemoSession
from tokenscope.demo.story import NOW, PLANS
from tokenscope.ingest.extract.decode import decode
from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Discovery, Transcript
from tokenscope.ingest.files.sidecar import sidecar_of
from tokenscope.ingest.merge.merge import merge
from tokenscope.ingest.rows.read import GivenRows
from tokenscope.ingest.survey import requests_without_rows, survey
from tokenscope.model import Facet
from tokenscope.store import Store

ROOT = "/home/ada/.claude/projects"


def demo_store(facets: Facet) -> Store:
    """The made-up history, as if it had been read."""
    # One session at a time: its rows are let go before the next one's are made.
    made = sorted(
        (transcript := _transcript(session, log), decode(transcript, facets, GivenRows(log.rows), sidecar_of(said)))
        for session in _sessions()
        for log, said in _logs(session)
    )
    transcripts = [transcript for transcript, _ in made]
    extracts, found = [extract for _, extract in made], Discovery(transcripts, roots=[ROOT])
    store = merge(transcripts, list[Extract | None](extracts), found)
    store.own_requests = requests_without_rows(store, extracts)
    if Facet.FILES in facets:
        store.survey = survey(store, transcripts, extracts, found)
    return store


def demo_transcripts() -> list[tuple[Transcript, list[Row]]]:
    """Every transcript with its rows, in the order of their paths."""
    made = (one for session in _sessions() for one in _transcripts(session))
    return sorted(made, key=lambda one: one[0])


def demo_sidecars() -> dict[str, Row]:
    """What stands in the `.meta.json` beside each subagent's transcript, by the transcript's path."""
    return {_transcript(session, log).path: sidecar for session in _sessions() for log, sidecar in session.coder.agents}


def _sessions() -> Iterator[DemoSession]:
    return (DemoSession(plan, number) for number, plan in enumerate(PLANS, 1))


def _transcripts(session: DemoSession) -> Iterator[tuple[Transcript, list[Row]]]:
    for log, _ in _logs(session):
        yield _transcript(session, log), log.rows


def _logs(session: DemoSession) -> Iterator[tuple[ThreadLog, Row]]:
    """Each thread of a session, with what stands in the sidecar."""
    yield session.main, {}
    yield from session.coder.agents


def _transcript(session: DemoSession, log: ThreadLog) -> Transcript:
    folder = re.sub(r"[/._ ]", "-", session.project.cwd)
    name = f"{session.session_id}/subagents/agent-{log.agent_id}" if log.agent_id else session.session_id
    size = sum(len(orjson.dumps(row)) + 1 for row in log.rows)
    return Transcript(f"{ROOT}/{folder}/{name}.jsonl", size, log.now, folder, session.session_id, log.agent_id)


__all__ = ["NOW", "demo_sidecars", "demo_store", "demo_transcripts"]
