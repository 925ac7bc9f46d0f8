"""The floor over time: one point a main thread, in the order of time, by project."""

from __future__ import annotations

from tests.answers import walked
from tests.transcripts import History, text
from tokenscope.answers.context.floor_history import floor_history


def thread(history: History, name: str, project: str, size: int, day: int) -> None:
    """A session whose floor is `size`: the prompt's 1,450 bytes are 500 tokens above it."""
    session = history.session(name, cwd=f"/home/ada/{project}")
    session.prompt("p" * 1_450, at=f"2026-06-{day:02}T10:00:00Z")
    for _ in range(2):
        session.response(input=size + 500, blocks=[text("")])


def test_main_threads_by_project_in_the_order_of_time(history: History) -> None:
    thread(history, "late", "shop", 26_000, 9)
    thread(history, "early", "shop", 20_000, 3)
    thread(history, "other", "blog", 15_000, 5)
    history.session("early").subagent("a1").response(input=3_000)
    found, ledger = walked(history)
    shop, blog = floor_history(found, ledger.floors)
    assert (shop.project, blog.project) == ("/home/ada/shop", "/home/ada/blog")
    assert [(point.started_at.day, point.size) for point in shop.points] == [(3, 20_000), (9, 26_000)]
    assert [(point.started_at.day, point.size) for point in blog.points] == [(5, 15_000)]


def test_what_has_no_main_thread_has_no_history(history: History) -> None:
    history.session("s").subagent("a1").response(input=9_000)
    found, ledger = walked(history)
    assert floor_history(found, ledger.floors) == []
