"""Requests of Claude Code's own that are known to have been made, and left no figures: recaps, titles, compactions."""

from __future__ import annotations

from dataclasses import dataclass

from tokenscope.history.history import History
from tokenscope.view import figures
from tokenscope.view.card import Card, Note, Tone

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
    """Of everything that was read, whatever the window. Needs Facet.TITLES or Facet.FILES."""
    own, searches = history.store.own_requests, history.total.tool_searches
    return UnloggedRequests(own.recaps, own.titles, len(own.compactions), sum(own.compactions), searches)


def unlogged_card(found: UnloggedRequests) -> Card:
    """One line."""
    sentence = unlogged_sentence(found)
    if not sentence:
        return Card(TITLE, "No request of Claude Code's own is known to have left no figures.")
    return Card(TITLE, sentence, (), (), "what is billed beside the rows; how many tokens, the log does not say")


def unlogged_note(found: UnloggedRequests) -> tuple[Note, ...]:
    """The same as a line of another card; none where nothing is known."""
    sentence = unlogged_sentence(found)
    return (Note(sentence, Tone.DIM),) if sentence else ()


def unlogged_sentence(found: UnloggedRequests) -> str:
    """How many requests left no figures, and of what kinds; "" where none is known."""
    size = f" of {figures.tokens(found.compaction_tokens)}" if found.compaction_tokens else ""
    kinds = (
        (found.recaps, figures.plural(found.recaps, "recap")),
        (found.titles, figures.plural(found.titles, "title")),
        (found.compactions, figures.plural(found.compactions, "compaction") + size),
        (found.web_searches, figures.plural(found.web_searches, "web search", "web searches")),
    )
    told = [words for number, words in kinds if number]
    if not told:
        return ""
    requests = figures.plural(sum(number for number, _ in kinds), "request")
    return f"{requests} of Claude Code's own left no figures: {', '.join(told)}."
