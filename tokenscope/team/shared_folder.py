"""A shared folder in place of a server, for a handful of people: one file of lines of JSON a machine and month.

Whoever may write to the folder may write anything: it is for people who trust each other. A file is written aside and
renamed, so that nobody reads half of it, and the rule of the server (schema.sql) holds where the files are read: of one
person's rows of a response the one with the larger (output_tokens, revision) stays; of several people's, what each has
more than those before counts for them.
"""

from __future__ import annotations

import gzip
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tokenscope.errors import TeamError
from tokenscope.team.stored_login import StoredLogin
from tokenscope.team.target import AGAIN, ServerDay, Welcome

Row = dict[str, Any]
UNDATED = "undated"
ENDING = ".ndjson.gz"
STATE = "state.json"
LATEST = "9999"  # behind every time
# In the order in which two rows of one response are compared, behind output, revision and time.
_FURTHER = (
    *("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens", "ephemeral_1h_input_tokens"),
    *("context_tokens", "rebuilt_tokens", "web_search_requests"),
)
_LAST = ("session", "is_part", "is_subagent", "output_is_floor", "project", "model", "agent_type", "cause")
COUNTED = ("output_tokens", *_FURTHER[:4], "rebuilt_tokens", "web_search_requests")


class SentRow(NamedTuple):
    """A row of a response as one person has it. `synced`: when it was first written, ISO 8601."""

    person: str
    machine: str
    synced: str
    row: Row


def order_of(row: Row) -> tuple[Any, ...]:
    """What decides which of one person's rows of a response stays: the largest."""
    price = Decimal(-1 if row["list_price_usd"] is None else row["list_price_usd"])
    earlier = tuple(-ord(one) for one in row["time"] or LATEST)
    further, last = (tuple(row[name] for name in names) for names in (_FURTHER, _LAST))
    return (row[COUNTED[0]], row["revision"], earlier, *further, price, *last)


def counted_once(claims: Iterable[SentRow]) -> Iterator[tuple[str, str, Row]]:
    """Person, machine and row of all that counts, each response once: `responses` is 1 or 0, counters what they add.

    Dollars are Decimals; `unpriced_tokens` those of a row without a price.
    """
    found: dict[str, dict[str, SentRow]] = defaultdict(dict)
    for claim in claims:
        there = found[claim.row["id"]].get(claim.person)
        if there is None:
            found[claim.row["id"]][claim.person] = claim
            continue
        first, larger = (
            min(there, claim, key=lambda one: one.synced),
            max(there, claim, key=lambda one: order_of(one.row)),
        )
        found[claim.row["id"]][claim.person] = SentRow(claim.person, first.machine, first.synced, larger.row)
    for ones in found.values():
        most: Counter[str] = Counter()
        paid = Decimal(0)
        for place, claim in enumerate(sorted(ones.values(), key=lambda one: (one.synced, one.person))):
            row = dict(claim.row)
            is_priced = row["list_price_usd"] is not None
            usd = Decimal(row["list_price_usd"]) if is_priced else Decimal(0)
            row["unpriced_tokens"] = 0 if is_priced else sum(row[name] for name in COUNTED[:4])
            for name in (*COUNTED, "unpriced_tokens"):
                row[name], most[name] = max(0, row[name] - most[name]), max(row[name], most[name])
            row["list_price_usd"], paid = max(Decimal(0), usd - paid), max(usd, paid)
            row["responses"] = int(place == 0 and not row["is_part"])
            yield claim.person, claim.machine, row


def read_claims(folder: Path) -> Iterator[SentRow]:
    """Every row of a response in a shared folder. Raises TeamError where a file cannot be read."""
    for path in sorted(folder.glob(f"*{ENDING}")):
        head, *rows = _lines(path)
        for row in rows:
            if row.get("kind") == "response":
                yield SentRow(head["person"], head["machine"], row["synced"], row["row"])


def read_sessions(folder: Path) -> list[tuple[str, str, Row]]:
    """Person, machine and row of each session in a shared folder: that of who wrote it first."""
    found: dict[str, tuple[str, str, str, Row]] = {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        head, *rows = _lines(path)
        for line in rows:
            if line.get("kind") != "session":
                continue
            row, new = line["row"], (line["synced"], head["person"], head["machine"], line["row"])
            old = found.setdefault(row["session"], new)
            if old[1] == new[1] and _size(new[3]) > _size(old[3]):
                found[row["session"]] = (*min(old[:3], new[:3]), row)
            elif old[1] != new[1] and new[:2] < old[:2]:
                found[row["session"]] = new
    return [(person, machine, row) for _, person, machine, row in found.values()]


def _size(session: Row) -> tuple[int, int]:
    return session["prompt_tokens"], session["revision"]


class FolderTarget:
    """The files of one machine in a shared folder."""

    def __init__(self, folder: Path, login: StoredLogin, key: str) -> None:
        self.folder, self.person, self.machine = folder, login.person, login.machine
        self._salt = blake2b(key.encode(), digest_size=32, person=b"tokenscope-team").hexdigest()
        if not folder.is_dir():
            raise TeamError(f"{folder} is no folder", hint="make it first, or mount what it lies on")

    def welcome(self) -> Welcome:
        """What the folder has of this person and machine."""
        state = self._state()
        newest = state.get("newest")
        days: Counter[tuple[str, str]] = Counter()
        sums: Counter[tuple[str, str]] = Counter()
        for person, machine, row in counted_once(read_claims(self.folder)):
            if person == self.person:
                key = (row["time"] or "")[:10], machine
                days[key] += row["responses"]
                sums[key] += sum(row[name] for name in COUNTED[:4])
        return Welcome(
            1,
            self._salt,
            self.person,
            None if newest is None else datetime.fromisoformat(newest),
            int(state.get("revision", 0)),
            tuple(
                ServerDay(day or None, machine, days[day, machine], sums[day, machine]) for day, machine in sorted(sums)
            ),
        )

    def put(self, batch: Mapping[str, Any]) -> dict[str, int]:
        """Rows, into the files of their months."""
        months: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        for row in batch.get("responses", ()):
            months[(row["time"] or UNDATED)[:7]].append(("response", row))
        for row in batch.get("sessions", ()):
            months[(row["started"] or UNDATED)[:7]].append(("session", row))
        sums: Counter[str] = Counter(new=0, changed=0)
        for month, rows in sorted(months.items()):
            sums.update(self._merge(month, rows))
        if "revision" in batch:
            state = {"newest": batch.get("newest"), "revision": batch["revision"]}
            self._write(self._path(STATE), msgspec.json.encode(state))
        return dict(sums)

    def _merge(self, month: str, rows: list[tuple[str, Row]]) -> dict[str, int]:
        path, now = self._path(month + ENDING), datetime.now(UTC).isoformat(timespec="seconds")
        lines = _lines(path)[1:] if path.exists() else []
        there = {(line["kind"], line["row"][_key(line["kind"])]): line for line in lines}
        new = changed = 0
        for kind, row in rows:
            key = kind, row[_key(kind)]
            old = there.get(key)
            larger = order_of if kind == "response" else _size
            if old is None:
                new += kind == "response"
                there[key] = {"kind": kind, "synced": now, "row": row}
            elif larger(row) > larger(old["row"]):
                changed += kind == "response"
                there[key] = {"kind": kind, "synced": old["synced"], "row": row}
        if there and (new or changed or lines != list(there.values())):
            head = {"person": self.person, "machine": self.machine, "month": month}
            text = b"\n".join(map(msgspec.json.encode, (head, *there.values()))) + b"\n"
            self._write(path, gzip.compress(text, mtime=0))
        return {"new": new, "changed": changed}

    def known(self, ids: Sequence[str]) -> str:
        """Where each of these is, as a server says it."""
        first: dict[str, tuple[str, str, str]] = {}
        for claim in read_claims(self.folder):
            one = claim.synced, claim.person, claim.machine
            first[claim.row["id"]] = min(one, first.get(claim.row["id"], one))
        places = {
            key: "c" if person != self.person else "h" if machine == self.machine else "o"
            for key, (_, person, machine) in first.items()
        }
        return "".join(places.get(one, "-") for one in ids)

    def forget(self) -> int:
        """Remove every file of this person; how many rows they held."""
        number = 0
        for path in sorted(self.folder.glob(f"{self.person}--*")):
            if path.name.endswith(ENDING):
                number += sum(line["kind"] == "response" for line in _lines(path)[1:])
            path.unlink()
        return number

    def close(self) -> None:
        """There is nothing to close."""

    def _path(self, name: str) -> Path:
        return self.folder / f"{self.person}--{self.machine}--{name}"

    def _state(self) -> dict[str, Any]:
        path = self._path(STATE)
        try:
            found: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
        except (OSError, msgspec.DecodeError):
            return {}  # all is sent once more, which changes nothing
        return found

    def _write(self, path: Path, content: bytes) -> None:
        part = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise TeamError(f"cannot write to {self.folder}: {error.strerror}", hint=AGAIN) from None


def _key(kind: str) -> str:
    return "id" if kind == "response" else "session"


def _lines(path: Path) -> list[Row]:
    try:
        with gzip.open(path) as stream:
            return [msgspec.json.decode(line) for line in stream]
    except (OSError, EOFError, msgspec.DecodeError):
        raise TeamError(
            f"{path} cannot be read", hint="is it whole? its owner writes it anew by `tokenscope sync --all`"
        ) from None
