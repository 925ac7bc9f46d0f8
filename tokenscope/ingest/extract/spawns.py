"""Of what was done in a file only the calls that spawned subagents, and what those were told: whose work theirs was."""

from __future__ import annotations

from typing import Any

from tokenscope.ingest.extract.actions import SPAWNING, Actions
from tokenscope.ingest.rows.schema import AnyRow, Block


class Spawns(Actions):
    """Collects them. What other tools were used on, and with what result, is not looked at."""

    def __init__(self, session_id: str) -> None:
        super().__init__(session_id)
        self._others: set[str] = set()  # ids of the other tool uses: a result of none of both may be an early one

    def add(self, row: AnyRow, agent: str, key: str = "") -> None:
        """Take in a row. `key`: of the response that it belongs to."""
        if row.type in ("assistant", "user"):
            super().add(row, agent, key)

    def _tool_use(self, block: Block, agent: str, key: str, time: int | None, uuid: str, number: int) -> None:
        if block.name in SPAWNING:
            super()._tool_use(block, agent, key, time, uuid, number)
        elif block.id.__class__ is str:
            self._others.add(self._ids.of_use(block.id, agent, key, uuid))
            self._early.pop(block.id, None)

    def _result(self, block: Block, told: Any, time: int | None, agent: str) -> None:
        reference = block.tool_use_id
        if reference.__class__ is str and self._ids.of_result(reference, agent) not in self._others:
            super()._result(block, told, time, agent)

    def _prompt(self, row: AnyRow, uuid: str) -> None:
        """Nobody asks."""

    def _notice(
        self, row: AnyRow, agent: str, time: int | None, kind: str, text: str, value: int | None = None
    ) -> None:
        """Nor for these."""
