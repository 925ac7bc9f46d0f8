"""The made-up history as if it were followed: all of its last day at once, and nothing after it."""

from __future__ import annotations

from collections.abc import Sequence

from tokenscope.demo import demo_transcripts
from tokenscope.ingest.extract.happenings import FOLLOWED, Happenings
from tokenscope.ingest.rows.read import GivenRows
from tokenscope.live.follow import SessionNews


class DemoSource:
    """See `follow.Follower`."""

    is_behind = False

    def __init__(self) -> None:
        self._is_read = False

    def poll(self, since: int) -> list[SessionNews]:
        """The sessions with a row since then (ms), once."""
        if self._is_read:
            return []
        self._is_read = True
        recent = [(one, rows) for one, rows in demo_transcripts() if one.modified >= since]
        changes = []
        for one, rows in sorted(recent, key=lambda made: (bool(made[0].agent_id), made[0].modified)):
            taker = Happenings(one.session_id, one.agent_id)
            given = (row for batch in GivenRows(rows).batches(FOLLOWED) for row in batch)
            changes.append(SessionNews(one.session_id, taker.take(given), one.folder))
        return changes

    def again(self, session_ids: set[str]) -> list[SessionNews]:
        """Nothing of it ever changes."""
        assert not session_ids
        return []

    def release(self, session_ids: Sequence[str]) -> None:
        """Nothing of it grows."""
