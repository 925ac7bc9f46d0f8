"""One transcript that is being written: what stands behind the place up to which it has been read."""

from __future__ import annotations

import os
from typing import NamedTuple

from tokenscope.ingest.extract.happenings import FOLLOWED, Happening, Happenings
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.mend import line_end
from tokenscope.ingest.rows.read import LARGEST_ROW, AppendedRows

CHUNK = 1 << 20  # bytes that are read at a time
LARGEST_FILE = 256 << 20  # bytes: of a larger one only the end is read
TAIL = 4 << 20  # bytes of that
MARK = 64  # bytes before the offset that must still be there


class Taken(NamedTuple):
    """`size`: bytes of whole rows, 0 where there is none yet."""

    size: int
    happenings: list[Happening]


NOTHING = Taken(0, [])


class FollowedFile:
    """`offset`: bytes from the start that are done with. `is_whole`: nothing before it was left out."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.begin()

    def begin(self) -> None:
        """From its first row, or of a very large file from one near its end."""
        one = self.transcript
        self._happenings = Happenings(one.session_id, one.agent_id)
        self.offset, self._mark = 0, b""
        self._seen: tuple[int, int, int] | None = None  # size, time and inode when all of it was read
        self._inode = 0
        self._passes = False  # a row that is too large is being passed over
        self.is_whole = one.size <= LARGEST_FILE
        if not self.is_whole:
            self.offset = line_end(one.path, one.size - TAIL, one.size)

    def has_seen(self, status: os.stat_result) -> bool:
        """Whether nothing has changed since all of it was read."""
        return self._seen == (status.st_size, status.st_mtime_ns, status.st_ino)

    def see(self, status: os.stat_result) -> None:
        """All that it held then has been read."""
        self._seen = (status.st_size, status.st_mtime_ns, status.st_ino)

    def is_another(self, status: os.stat_result) -> bool:
        """Whether another file has its name now, or it has become shorter."""
        before, self._inode = self._inode, status.st_ino
        return bool(before and before != status.st_ino) or status.st_size < self.offset

    def read(self, size: int) -> Taken | None:
        """Some more rows of the first `size` bytes; None where what had been read is no longer there."""
        chunk = CHUNK
        while True:
            try:
                with open(self.transcript.path, "rb", buffering=0) as file:  # noqa: PTH123 - Path.open is slower
                    file.seek(self.offset - len(self._mark))
                    block = file.read(min(chunk, size - self.offset) + len(self._mark))
            except OSError:
                return NOTHING
            if not block.startswith(self._mark):
                return None
            block = block[len(self._mark) :]
            taken = self._take(block, is_rest=len(block) < chunk)
            if taken is not None:
                self.offset += taken.size
                self._mark = (self._mark + block[: taken.size])[-MARK:]
                return taken
            chunk *= 4

    def _take(self, block: bytes, *, is_rest: bool) -> Taken | None:
        """The rows that a block begins with; None where it holds only a part of one and more of that is there."""
        if self._passes:
            end = block.find(b"\n") + 1
            self._passes = not end
            return Taken(end or len(block), [])
        if b"\n" not in block and not is_rest:
            if len(block) < LARGEST_ROW:
                return None
            self._passes = True
            return Taken(len(block), [])
        rows = AppendedRows(block)
        happenings = self._happenings.take(row for batch in rows.batches(FOLLOWED) for row in batch)
        return Taken(rows.taken, happenings)
