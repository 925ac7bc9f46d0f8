"""Requests of Claude Code's own that are known to have been made, and left no figures: recaps, titles, compactions."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card

TITLE = "What left no figures"


@dataclass(frozen=True, slots=True)
class UnloggedRequests:
    """How many of each. `compaction_tokens`: what the compactions had to read, as their boundaries say.

    `web_searches`: of the WebSearch tool: priced by the search, the tokens of its own requests unknown.
    """

    recaps: int
    titles: int
    compactions: int
    compaction_tokens: int
    web_searches: int


def measure_unlogged(history: History) -> UnloggedRequests:
    """Of everything that was read, whatever the window."""
    survey = history.store.survey
    compactions = survey.unlogged_compactions
    searches = history.total.tool_searches
    return UnloggedRequests(survey.recaps, survey.titles, len(compactions), sum(compactions), searches)


def unlogged_card(found: UnloggedRequests) -> Card:
    """One line."""
    size = f" of {figures.tokens(found.compaction_tokens)}" if found.compaction_tokens else ""
    kinds = (
        (found.recaps, figures.plural(found.recaps, "recap")),
        (found.titles, figures.plural(found.titles, "title")),
        (found.compactions, figures.plural(found.compactions, "compaction") + size),
        (found.web_searches, figures.plural(found.web_searches, "web search", "web searches")),
    )
    told = [words for number, words in kinds if number]
    if not told:
        return Card(TITLE, "No request of Claude Code's own is known to have left no figures.")
    requests = figures.plural(sum(number for number, _ in kinds), "request")
    sentence = f"{requests} of Claude Code's own left no figures: {', '.join(told)}."
    return Card(TITLE, sentence, (), (), "what is billed beside the rows; how many tokens, the log does not say")
