"""Signing in and out, where the key lies, and what is said where a server does not do as it should."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.asking import ask
from tests.questions import shop
from tests.team.people import KEYS, Machine, Team
from tests.team.servers import make_certificates
from tokenscope.errors import UsageError
from tokenscope.team.agreed_fields import RESPONSE, SESSION
from tokenscope.team.stored_login import read_address

AGAIN = "run it again; nothing is counted twice"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "home", "laptop")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return shop(tmp_path / "shop").write()


def test_signing_in_shows_every_field_that_will_go(team: Team) -> None:
    ada = Machine(team.folder / "home", "laptop")
    answer = ada.login(team.server, "ada", team.database)
    assert (answer.code, answer.err) == (0, "")
    assert f"Signed in to localhost/{team.database} as ada; this machine is called laptop there." in answer.out
    lines = [line.split() for line in answer.out.splitlines() if line.startswith("  ")]
    named = [line[0] for line in lines]
    assert named == [*(field.name for field in RESPONSE), *(field.name for field in SESSION), "machine"]


def test_what_is_shown_is_what_goes(team: Team, root: Path) -> None:
    """Field by field, in a dry run and in what the server is given."""
    import json  # noqa: PLC0415

    out = team.machine("ada", "laptop").run("sync", "--dry-run", root=root).out
    lines = [json.loads(line) for line in out.splitlines()]
    assert {tuple(line["response"]) for line in lines if "response" in line} == {tuple(one.name for one in RESPONSE)}
    assert {tuple(line["session"]) for line in lines if "session" in line} == {tuple(one.name for one in SESSION)}
    assert lines[0].keys() == {"machine", "version"}
    assert team.totals()[0]["responses"] == 0  # it sent none


def test_only_its_owner_may_read_the_key(team: Team) -> None:
    ada = team.machine("ada", "laptop")
    assert stat.S_IMODE(ada.stored.stat().st_mode) == 0o600
    assert KEYS["ada"] in ada.stored.read_text(encoding="utf-8")
    assert ada.run("logout").code == 0
    assert not ada.stored.exists()
    answer = ada.run("sync")
    assert (answer.code, answer.out) == (1, "")
    assert "you are not signed in anywhere" in answer.err


def test_a_command_may_print_the_key(team: Team, root: Path) -> None:
    ada = Machine(team.folder / "home", "laptop")
    script = team.folder / "key"
    script.write_text(f"#!/bin/sh\necho '{KEYS['ada']}'\n", encoding="utf-8")
    script.chmod(0o700)
    url = team.server.url("ada", team.database)
    tls = ("--ca", team.server.ca) if team.server.has_tls else ()
    answer = ada.run("login", url, "--machine", "m", "--key-command", script, *tls, TOKENSCOPE_KEY="")
    assert answer.code in (0, 2)
    if answer.code == 2:  # the command is asked, not the person
        pytest.fail(answer.err)
    assert KEYS["ada"] not in ada.stored.read_text(encoding="utf-8")
    assert ada.run("sync", root=root).code == 0
    script.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    answer = ada.run("sync", root=root)
    assert (answer.code, "key_command printed no key" in answer.err) == (1, True)


def test_a_variable_goes_over_the_stored_key(team: Team, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    answer = ada.run("sync", root=root, TOKENSCOPE_KEY="another")
    assert (answer.code, "refuses this key or this person" in answer.err) == (1, True)


def test_a_wrong_key(team: Team) -> None:
    ada = Machine(team.folder / "home", "laptop")
    tls = ("--ca", team.server.ca) if team.server.has_tls else ()
    answer = ada.run("login", "-", team.server.url("ada", team.database), *tls, stdin="wrong\n")
    assert answer.code == 1
    assert "the server refuses this key or this person" in answer.err
    assert "wrong" not in answer.err.replace("wrong key", "")
    assert not ada.stored.exists()


def test_no_server(machine: Machine) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    answer = machine.run("login", "-", f"postgresql://ada@localhost:{port}/usage", stdin="key\n")
    assert answer.code == 1
    assert "localhost, database usage: the server does not answer" in answer.err
    assert AGAIN in answer.err


def test_a_database_without_the_tables(team: Team) -> None:
    ada = Machine(team.folder / "home", "laptop")
    answer = ada.login(team.server, "ada", "postgres")
    assert (answer.code, "has none of tokenscope's functions" in answer.err) == (1, True)
    assert "`tokenscope server-sql`" in answer.err
    answer = ada.login(team.server, "ada", "nothing_like_it")
    assert (answer.code, "has no such database" in answer.err) == (1, True)


def test_tables_of_an_older_version(team: Team, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    monkeypatch.setattr("tokenscope.team.postgres.NEEDED", 2)
    answer = ada.run("sync", root=root)
    assert answer.code == 1
    assert "the server's tables are of version 1" in answer.err
    assert "this program needs 2" in answer.err


def test_a_certificate_that_nobody_vouches_for(team: Team, root: Path, tmp_path: Path) -> None:
    ada = team.machine("ada", "laptop")
    (tmp_path / "other").mkdir()
    make_certificates(tmp_path / "other", tmp_path / "other")
    text = ada.stored.read_text(encoding="utf-8").replace(str(team.server.ca), str(tmp_path / "other" / "ca.crt"))
    ada.stored.write_text(text, encoding="utf-8")
    answer = ada.run("sync", root=root)
    assert (answer.code, "its certificate is not to be trusted" in answer.err) == (1, True)
    assert "--ca FILE" in answer.err
    url = team.server.url("ada", team.database).replace("localhost", "127.0.0.1")  # its name is another one
    answer = ada.run("login", "-", url, "--ca", team.server.ca, stdin=KEYS["ada"])
    assert (answer.code, "its certificate is not to be trusted" in answer.err) == (1, True)
    assert team.totals()[0]["responses"] == 0


def test_a_server_without_tls_where_it_was_asked_for(team: Team) -> None:
    ada = Machine(team.folder / "home", "laptop")
    url = team.server.url("ada", team.database)
    team.server.switch_tls(on=False)
    try:
        answer = ada.run("login", "-", url, "--ca", team.server.ca, stdin=KEYS["ada"])
    finally:
        team.server.switch_tls(on=True)
    assert (answer.code, "the server speaks no TLS" in answer.err) == (1, True)


def test_the_server_goes_away_between_two_calls(team: Team, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    team.server.close_all()
    team.server.stop(signal.SIGQUIT)
    try:
        answer = ada.run("sync", root=root)
    finally:
        team.server.start()
    assert (answer.code, "does not answer" in answer.err) == (1, True)


def test_status_tells_the_days(team: Team, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    answer = ada.run("status", "--plain", root=root)
    assert "9 of 9 responses of this machine have not been handed on." in answer.out
    ada.run("sync", root=root)
    tower = team.machine("ada", "tower")
    told = tower.run("status", "--plain", root=root)
    assert (told.code, told.err) == (0, "")
    rows = [line for line in told.out.splitlines() if "2026-06" in line]
    assert len(rows) == 3  # 1, 2 and 3 June


def test_taking_it_back(team: Team, root: Path) -> None:
    ada = team.machine("ada", "laptop")
    ada.run("sync", root=root)
    answer = ada.run("logout", "--forget")
    assert answer.code == 0
    assert "9 responses of yours, from all your machines, deleted" in answer.out
    assert not ada.stored.exists()
    assert team.rows("select count(*) from tokenscope.responses") == [[0]]
    assert team.rows("select count(*) from tokenscope.rollup") == [[0]]
    assert team.rows("select count(*) from tokenscope.ledger") == [[0]]


def test_what_the_admin_runs_is_printed() -> None:
    from tests.team.servers import SCHEMA  # noqa: PLC0415

    assert ask("server-sql").out == SCHEMA.read_text(encoding="utf-8")


# --- addresses and what is typed ---


@pytest.mark.parametrize(
    ("url", "person", "host", "port", "database"),
    [
        ("postgresql://ada@db.example/usage", "ada", "db.example", 5432, "usage"),
        ("postgres://a%40b@10.0.0.1:6000/u%2Fx", "a@b", "10.0.0.1", 6000, "u/x"),
        ("postgresql://ada@[::1]:7/usage", "ada", "::1", 7, "usage"),
    ],
)
def test_addresses(url: str, person: str, host: str, port: int, database: str) -> None:
    found = read_address(url)
    assert (found.person, found.host, found.port, found.database) == (person, host, port, database)
    assert read_address(found.url()) == found


@pytest.mark.parametrize("url", ["", "db", "mysql://a@b/c", "postgresql://db/usage", "postgresql://a@b", "file://x", "postgresql://a@b:99999/c"])  # fmt: skip
def test_what_is_no_address(url: str) -> None:
    with pytest.raises(UsageError):
        read_address(url)


def test_the_key_of_an_address_is_never_part_of_it_again() -> None:
    assert "secret" not in read_address("postgresql://ada:secret@db.example/usage").url()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login",), "where do you want to sign in?"),
        (("login", "-", "nowhere"), "no address"),
        (("login", "-", "postgresql://ada@localhost/x", "--machine", "a b"), "no name of a machine"),
        (("sync", "--since", "7d", "--all"), "exclude each other"),
        (("synk",), "did you mean `tokenscope sync`?"),
    ],
)
def test_what_was_typed_wrongly(machine: Machine, words: tuple[str, ...], said: str) -> None:
    answer = machine.run(*words, stdin="key\n")
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_broken_login_is_told(machine: Machine) -> None:
    machine.stored.parent.mkdir(parents=True)
    for text in ("url = 5\n", 'url = "x"\nmachine = "m"\n', "colour = 1\n", "not toml"):
        machine.stored.write_text(text, encoding="utf-8")
        answer = machine.run("status")
        assert (answer.code, "team.toml" in answer.err or "address" in answer.err) == (2, True), text


def test_without_the_extra_one_line_says_what_to_install(machine: Machine) -> None:
    code = (
        "import sys\nsys.modules['pg8000'] = None\nsys.modules['pg8000.native'] = None\n"
        "from tokenscope.cli.command_line import run\nsys.exit(run(sys.argv[1:]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "login", "-", "postgresql://ada@localhost/usage"],
        input=b"key\n", capture_output=True, check=False,
        env={**os.environ, "HOME": str(machine.home), "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert done.returncode == 1
    assert b"needs pg8000" in done.stderr
    assert b"tokenscope-cli[team]" in done.stderr
