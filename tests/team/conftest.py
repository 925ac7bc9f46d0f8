"""A server a kind for all tests of a process, started when it is first wanted, and a team on it for each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest

from tests.team.people import Team, add_people
from tests.team.servers import DATABASE, KINDS, UNPACKED, Server, running_server


@pytest.fixture(scope="session", autouse=True)
def _leave_nothing() -> Iterator[None]:
    yield
    for home in UNPACKED:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def start() -> Iterator[Callable[[str], Server]]:
    """Starts a server of a kind, once; all are stopped at the end."""
    with ExitStack() as stack:

        @cache
        def started(kind: str) -> Server:
            server = stack.enter_context(running_server(kind))
            add_people(server)
            return server

        yield started


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest, start: Callable[[str], Server]) -> Server:
    return start(request.param)


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Team:
    server.empty(DATABASE)
    return Team(server, tmp_path)
