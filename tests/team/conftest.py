"""A server a kind for all tests of a process, and a team on it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.team.people import Team, add_people
from tests.team.servers import KINDS, Server, running_server


@pytest.fixture(scope="package", params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with running_server(request.param) as one:
        add_people(one)
        yield one


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    one = Team(server, tmp_path)
    yield one
    one.close()
