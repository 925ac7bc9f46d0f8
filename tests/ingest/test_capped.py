"""Only the newest sessions are looked into for what was in their context."""

from __future__ import annotations

import os
from pathlib import Path

from tests.asking import ask
from tests.ingest import FIRST, SECOND, THIRD
from tests.transcripts import History
from tokenscope.app.registry import find_question
from tokenscope.history.history import History as Seen
from tokenscope.ingest.files.newest import Cap
from tokenscope.ingest.load import load
from tokenscope.model import Facet
from tokenscope.pricing import pricer
from tokenscope.scope import Scope

DAYS = {FIRST: 1, SECOND: 2, THIRD: 3}


def three_sessions(history: History) -> Path:
    """One a day, each with a prompt of 30,000 bytes and one response."""
    for session_id, day in DAYS.items():
        session = history.session(session_id)
        session.prompt("x" * 30_000, at=f"2026-06-0{day}T10:00:00Z")
        session.response(f"msg_{day}", cache_write=10_000 * day, output=day)
    root = history.write()
    for session_id, day in DAYS.items():
        path = next(root.rglob(f"{session_id}.jsonl"))
        os.utime(path, (1_780_272_000 + 86_400 * day,) * 2)
    return root


def known(root: Path, most: int) -> frozenset[str] | None:
    store = load([root], Facet.CONTENT, cap=Cap(100, content=most), processes=1)
    assert len(store.messages) == 3
    looked_into = {store.threads[context.thread].session_id for context in store.contexts}
    assert store.sessions_with_content in (None, looked_into)
    return store.sessions_with_content


def test_the_newest_are_looked_into_up_to_so_many_bytes(history: History) -> None:
    root = three_sessions(history)
    assert known(root, 1) == frozenset({THIRD})  # at least one
    assert known(root, 70_000) == frozenset({SECOND, THIRD})
    assert known(root, 1_000_000) is None


def test_quickstart_says_how_many_it_has_looked_into(history: History) -> None:
    root = three_sessions(history)
    analyzer = find_question("quickstart")
    assert analyzer.reading.max_content is not None
    whole = ask("quickstart", "--json", root=root).report
    assert whole["ledger"]["sessions"] is None
    assert sum(source["tokens"] for source in whole["ledger"]["sources"]) == whole["prompt_tokens"] == 60_003


def test_the_ledger_of_a_capped_answer_is_about_what_was_looked_into(history: History) -> None:
    store = load([three_sessions(history)], Facet.CONTENT | Facet.TITLES, cap=Cap(100, content=70_000), processes=1)
    report = find_question("quickstart").analyze(Seen(store, Scope(now=0), pricer.load_pricer(user_file=None)))
    assert report.prompt_tokens == 60_003
    assert report.ledger.sessions == 2
    assert sum(source.tokens for source in report.ledger.sources) == 50_002
