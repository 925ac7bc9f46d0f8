"""Where a machine hands its figures on to, and how it proves who it is: a small file that only its owner may read.

The key comes from a variable, else from a command that prints it, else from that file.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tokenscope.errors import TeamError, UsageError
from tokenscope.pricing.section import exists, read_toml
from tokenscope.value import Value
from tokenscope.whole_file import whole_file

VARIABLE = "TOKENSCOPE_KEY"
PATIENCE = 60  # seconds for a command that prints the key
FLAGS = ("names", "no_tls")
HINT = "write postgresql://PERSON@HOST/DATABASE or file:///FOLDER"
LABEL = re.compile(r"(?!.*--)[A-Za-z0-9._-]{1,40}")
_POSTGRES = re.compile(
    r"postgres(?:ql)?://(?:(?P<person>[^:@/?#]*)(?::(?P<key>[^@/?#]*))?@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:@/?#\[\]]+)(?::(?P<port>[0-9]{1,5}))?/(?P<database>[^/?#]+)"
)
_LOOPBACK = re.compile(r"localhost|127(?:\.[0-9]{1,3}){3}|::1", re.IGNORECASE)


class Address(NamedTuple):
    """A server, or a shared folder where `folder` is given. `key`: where the address itself has it; never stored so."""

    person: str = ""
    host: str = ""
    port: int = 5432  # number
    database: str = ""
    folder: Path | None = None
    key: str = ""

    @property
    def is_loopback(self) -> bool:
        return bool(_LOOPBACK.fullmatch(self.host))

    def url(self) -> str:
        """As a person writes it, without the key."""
        if self.folder is not None:
            return self.folder.as_uri()
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == 5432 else f":{self.port}"
        return f"postgresql://{_escaped(self.person)}@{host}{port}/{_escaped(self.database)}"


class StoredLogin(Value):
    """`names`: projects and servers go by their names. `ca`: a file with the certificate that signs the server's.
    `key` is empty where a command prints it.
    """

    url: str
    machine: str
    person: str = ""  # of a shared folder, where no role says it
    names: bool = False
    ca: str = ""
    no_tls: bool = False
    key: str = ""
    key_command: str = ""


def read_address(url: str) -> Address:
    """What an address says. Raises UsageError."""
    if url.startswith("file://"):
        path = _unescaped(url.removeprefix("file://"))
        path = path[1:] if re.match(r"/[A-Za-z]:", path) else path  # file:///C:/team
        if not Path(path).is_absolute():
            raise UsageError(f"{url} names no folder", hint=HINT)
        return Address(folder=Path(path))
    found = _POSTGRES.fullmatch(url)
    if found is None:
        raise UsageError("this is no address that figures can be handed on to", hint=HINT)
    if not found["person"]:
        raise UsageError("the address does not say who you are there", hint=HINT)
    port = int(found["port"] or 5432)
    if not 0 < port < 65536:
        raise UsageError(f"{port} is no port", hint=HINT)
    person, key, database = (_unescaped(found[name] or "") for name in ("person", "key", "database"))
    return Address(person, found["host"].strip("[]"), port, database, None, key)


def _unescaped(text: str) -> str:
    return re.sub(
        r"(?:%[0-9A-Fa-f]{2})+", lambda one: bytes.fromhex(one[0].replace("%", "")).decode(errors="replace"), text
    )


def _escaped(text: str) -> str:
    return re.sub(r"[^\w.~-]", lambda one: "".join(f"%{byte:02X}" for byte in one[0].encode()), text)


def login_path() -> Path:
    """Where the login is kept on this machine."""
    import platformdirs  # noqa: PLC0415  16 ms that no question pays for

    return platformdirs.user_config_path("tokenscope") / "team.toml"


def read_login(path: Path) -> StoredLogin | None:
    """The login that is stored, or None. Raises UsageError where the file is broken."""
    if not exists(path):
        return None
    top = read_toml(path, hint="`tokenscope login` writes it anew")
    for field in top.values:
        if field not in StoredLogin.__struct_fields__:
            raise top.wrong(field, "is not a field of a login")
    values: dict[str, Any] = {"url": "", "machine": ""}
    for field, value in top.values.items():
        values[field] = value if isinstance(value, bool) and field in FLAGS else top.text(field)
    login = StoredLogin(**values)
    read_address(login.url)
    if not LABEL.fullmatch(login.machine):
        raise top.wrong("machine", "must be 1 to 40 letters, digits, dots and hyphens")
    return login


def store_login(login: StoredLogin, path: Path) -> None:
    """Write it so that only its owner may read it. Raises OutputError."""
    lines = [
        f"{field} = {json.dumps(value, ensure_ascii=False)}\n"
        for field in StoredLogin.__struct_fields__
        if (value := getattr(login, field))
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path, force=True, mode=0o600) as part:
        part.write_text("".join(lines), encoding="utf-8")


def find_key(login: StoredLogin, environ: Mapping[str, str]) -> str:
    """The key: of the variable, else what the command prints, else the stored one. Raises TeamError."""
    given = environ.get(VARIABLE, "").strip()
    if given:
        return given
    if login.key_command:
        return _printed(login.key_command)
    if not login.key:
        raise TeamError("no key is stored", hint=f"`tokenscope login`, or set {VARIABLE}")
    return login.key


def _printed(command: str) -> str:
    try:
        words = shlex.split(command)
        done = subprocess.run(words, stdout=subprocess.PIPE, check=False, timeout=PATIENCE, env=dict(os.environ))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        problem = getattr(error, "strerror", None) or type(error).__name__
        raise TeamError(f"key_command does not run: {problem}", hint="try it in your shell") from None
    key = done.stdout.decode(errors="replace").strip()
    if done.returncode or not key:
        raise TeamError("key_command printed no key", hint="try it in your shell")
    return key
