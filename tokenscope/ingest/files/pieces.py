"""A file too large for one process is cut at line ends, and what its pieces hold is put together again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from tokenscope.ingest.extract.extract import Extract
from tokenscope.ingest.files.discover import Transcript
from tokenscope.ingest.rows.mend import line_end
from tokenscope.ingest.rows.prompt_words import better

PIECE = 32 << 20  # bytes; a file of more than twice as many is cut
LEAST_PIECE = 2 << 20  # bytes; no piece is asked for that is smaller
COUNTS = ("rows", "malformed", "oversized", "response_rows", "undated")


def cut_in_pieces(transcripts: Sequence[Transcript], piece: int | None = None) -> tuple[list[int], list[Transcript]]:
    """Pieces of all files, of about `piece` bytes, in order, and the number of the file that each belongs to."""
    piece = PIECE if piece is None else max(piece, LEAST_PIECE)
    owners, pieces = [], []
    for number, transcript in enumerate(transcripts):
        start, end = transcript.start, transcript.start + transcript.size
        while end - start > 2 * piece:
            middle = line_end(transcript.path, start + piece, end)
            owners.append(number)
            pieces.append(transcript._replace(start=start, size=middle - start))
            start = middle
        owners.append(number)
        pieces.append(transcript._replace(start=start, size=end - start))
    return owners, pieces


def join_pieces(count: int, owners: list[int], extracts: list[Extract | None]) -> list[Extract | None]:
    """One extract for each of `count` files; None where any of its pieces could not be read."""
    if len(owners) == count:
        return extracts
    of_file: list[list[Extract | None]] = [[] for _ in range(count)]
    for owner, extract in zip(owners, extracts, strict=True):
        of_file[owner].append(extract)
    return [_join([one for one in pieces if one is not None]) if None not in pieces else None for pieces in of_file]


def _number_nameless(before: list[str], keys: list[str]) -> None:
    """Responses without any id are told apart by their number among equal ones: count on over the cut."""
    met = {key for key in before if key.startswith("\0")}
    for place, key in enumerate(keys if met else ()):
        if key in met:
            said, number = key.rsplit("\0", 1)
            numbers = (int(one.rsplit("\0", 1)[1]) for one in met if one.rsplit("\0", 1)[0] == said)
            keys[place] = f"{said}\0{max(numbers) + int(number)}"


def _join(pieces: list[Extract]) -> Extract:
    """In the order of the file. A response on both sides of a cut stands twice, as a copy would (T21)."""
    whole = pieces[0]
    for piece in pieces[1:]:
        shift = len(whole.keys)
        _number_nameless(whole.keys, piece.keys)
        for column in ("keys", "kept_at", "compactions", "bridges", "versions", "searches", "stamps", "own_requests"):
            getattr(whole, column).extend(getattr(piece, column))
        for places in ("agents", "ranks", "odd", "outside"):
            moved: dict[int, Any] = {place + shift: value for place, value in getattr(piece, places).items()}
            getattr(whole, places).update(moved)
        whole.titles.update(piece.titles)
        whole.summaries.update(piece.summaries)
        whole.worktrees.update(piece.worktrees)
        for uuid, parent in piece.chain.items():
            whole.chain.setdefault(uuid, parent)
        whole = whole._replace(
            fields=[one + other for one, other in zip_longest(whole.fields, piece.fields, fillvalue=())],
            session_id=whole.session_id or piece.session_id,
            cwd=whole.cwd or piece.cwd,
            branch=whole.branch if whole.cwd else piece.branch,
            version=whole.version if whole.cwd else piece.version,
            first_prompt=better(whole.first_prompt, piece.first_prompt),
            cost=piece.cost or whole.cost,
            team=whole.team if whole.team[0] else piece.team,
            continued_in=piece.continued_in or whole.continued_in,
            last_time=piece.last_time,
        )
        sums = {name: getattr(whole, name) + getattr(piece, name) for name in COUNTS}
        whole = whole._replace(**sums, last_uuid=piece.last_uuid or whole.last_uuid)
    return whole
