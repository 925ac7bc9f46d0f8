"""The questions that another one includes: their cards, of a large history worked out by other processes beside it."""

from __future__ import annotations

from typing import Any

from tokenscope.credentials import masked
from tokenscope.history.history import History
from tokenscope.process_pool import Team, processors
from tokenscope.view.card import Card
from tokenscope.view.question import Drawing, Question

WORTHWHILE = 10_000  # responses: with fewer all questions together take less than a process would


class Included:
    """Another process begins with those that stand alone at `start`, one more with the others at `go_on`."""

    def __init__(self, questions: list[Question], history: History, drawing: Drawing) -> None:
        self._questions, self._history, self._drawing = questions, history, drawing
        self._is_shared = len(history.store.messages) >= WORTHWHILE and processors() > 1
        self._alone = [one for one in questions if one.is_alone]
        self._others = [one for one in questions if not one.is_alone]
        self._teams = [self._team(some) for some in (self._others, self._alone)]

    def start(self) -> None:
        """Begin with what nothing spares that the question works out which includes them."""
        self._teams[1].start()

    def go_on(self) -> None:
        """Begin with the others, when what they need of that has been worked out."""
        self._teams[0].start()

    def cards(self) -> dict[str, tuple[Card, ...]]:
        """The cards of each, by its name: this process takes part in what is not done yet."""
        found = dict[str, Any]()
        for some, team in zip((self._others, self._alone), self._teams, strict=True):
            found.update(zip((one.name for one in some), team.finish(), strict=True))
        if self._is_shared:
            import pickle  # noqa: PLC0415 - as below

            found = {name: pickle.loads(data) for name, data in found.items()}
        return {one.name: found[one.name] for one in self._questions}

    def _team(self, some: list[Question]) -> Team[Any]:
        def cards(number: int) -> Any:
            one = some[number]
            return one.cards(masked(one.analyze(self._history)), self._drawing)

        if not self._is_shared or not some:
            return Team(cards, len(some), 1)
        import pickle  # noqa: PLC0415 - 4 ms, for what marshal cannot write

        return Team(lambda number: pickle.dumps(cards(number)), len(some), 2)
