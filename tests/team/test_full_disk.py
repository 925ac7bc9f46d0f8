"""A server whose disk is full: it says so, keeps whole batches, and is exact once there is room.

The disk is a small file system in memory, which only root can make; elsewhere the test is skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.team.people import Team, add_people, sums_of
from tests.team.servers import KINDS, Server, owner_of_servers, running_server
from tests.team.test_handing_on import many, would_go
from tokenscope.app import sync

DISK = "110M"  # what an empty cluster with a small write-ahead log takes, and some


def mounted(folder: Path) -> Path:
    place = folder / "disk"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=755", "tmpfs", str(place)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("no file system may be mounted here: " + done.stderr.decode(errors="replace").strip())
    owner = owner_of_servers()
    if owner is not None:
        entry = pwd.getpwnam(owner)
        os.chown(place, entry.pw_uid, entry.pw_gid)
    return place / "data"


@pytest.fixture(params=KINDS)
def small_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can make a small disk")
    place: list[Path] = []

    def data(folder: Path) -> Path:
        place.append(mounted(folder))
        return place[0]

    try:
        with running_server(request.param, data) as one:
            add_people(one)
            yield one
    finally:
        if place:
            subprocess.run(["umount", "--lazy", str(place[0].parent)], capture_output=True, check=False)


def test_whole_batches_are_kept_and_the_rest_goes_later(
    small_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = many(tmp_path / "root", 400).write()
    team = Team(small_server, tmp_path)
    ada = team.machine("ada", "laptop")
    monkeypatch.setattr(sync, "BATCH", 100)
    from tokenscope.team import postgres  # noqa: PLC0415

    put, calls, ballast = postgres.PostgresTarget.put, [0], small_server.data / "ballast"

    def filling(self: postgres.PostgresTarget, batch: dict[str, object]) -> dict[str, int]:
        calls[0] += 1
        if calls[0] == 3:  # somebody else fills the disk
            room = shutil.disk_usage(small_server.data).free
            ballast.write_bytes(b"x" * max(0, room - 4096))
        return put(self, batch)

    monkeypatch.setattr(postgres.PostgresTarget, "put", filling)
    answer = ada.run("sync", root=root)
    assert answer.code == 1
    assert "run it again; nothing is counted twice" in answer.err
    monkeypatch.undo()
    ballast.unlink()
    small_server.close_all()
    if not small_server.is_running:  # without room for its log PostgreSQL stops
        small_server.start()
    taken = team.totals()[0]["responses"]
    assert taken % 100 == 0
    assert taken < 400
    assert ada.run("sync", root=root).code == 0
    assert team.totals() == sums_of(would_go(ada, root))
    team.check_rollup()
