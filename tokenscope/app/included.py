"""The questions that another one includes: their cards, of a large history worked out by other processes beside it."""

from __future__ import annotations

from typing import Any

from tokenscope.credentials import masked
from tokenscope.history.history import History
from tokenscope.process_pool import WORTHWHILE, Team, processors
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question


class Included:
    """Another process begins with those that stand alone at `start`, one more with the others at `go_on`."""

    def __init__(self, questions: list[Question], history: History, drawing: Drawing) -> None:
        self._questions, self._history, self._drawing = questions, history, drawing
        self._is_shared = len(history.store.messages) >= WORTHWHILE and processors() > 1
        self._alone = self._team([one for one in questions if one.is_alone])
        self._others = self._team([one for one in questions if not one.is_alone])

    def start(self) -> None:
        """Begin with what nothing spares that the question works out which includes them."""
        self._alone.start()

    def go_on(self) -> None:
        """Begin with the others, when what they need of that has been worked out."""
        self._others.start()

    def cards(self) -> dict[str, tuple[Card, ...]]:
        """The cards of each, by its name: this process takes part in what is not done yet."""
        found: dict[str, Any] = dict([*self._others.finish(), *self._alone.finish()])
        if self._is_shared:
            import pickle  # noqa: PLC0415 - as below

            found = {name: pickle.loads(data) for name, data in found.items()}
        return {one.name: found[one.name] for one in self._questions}

    def _team(self, some: list[Question]) -> Team[Any]:
        def cards(number: int) -> tuple[str, Any]:
            one = some[number]
            return one.name, one.cards(masked(one.analyze(self._history)), self._drawing)

        if not self._is_shared or not some:
            return Team(cards, len(some), 1)
        import pickle  # noqa: PLC0415 - 4 ms, for what marshal cannot write

        def pickled(number: int) -> tuple[str, bytes]:
            name, found = cards(number)
            return name, pickle.dumps(found)

        return Team(pickled, len(some), 2)
