"""What a session is called for want of a title: the first of its prompts that says something (T42)."""

from __future__ import annotations

import re

from tokenscope.ingest.rows.prompt_words import first_sentence, prompt_of, told_text
from tokenscope.ingest.rows.schema import AnyRow
from tokenscope.names import slash_command

# A sentence, and how much it says: the more, the better; of equals the first.
Candidate = tuple[int, str]
NOTHING, COMMAND, SHORT, WORDS = 0, 1, 2, 3
NO_TITLE: Candidate = (NOTHING, "")
LEAST = 6  # characters of a prompt that says something
LAST_ROW = 1_000  # of a file, in which a prompt is looked for: nine files in ten have fewer

_PLACEHOLDER = re.compile(r"\[(?:Image|Pasted text|File)[^\]\n]*\]")
_ID = re.compile(r"(?=\S*\d)(?:[a-z]{1,12}[-_])?(?:[0-9a-f]{6,}(?:-[0-9a-f]+)*|[A-Z]{1,12}-\d+|#?\d+)", re.IGNORECASE)


def title_candidate(row: AnyRow) -> Candidate:
    """What a row of a main thread would call its session."""
    _, words = prompt_of(row, of_programs=True)
    return (strength_of(words), first_sentence(words)) if words else NO_TITLE


def subagent_candidate(row: AnyRow) -> Candidate:
    """What a row of a subagent would call a session of which nothing but subagents is left."""
    words = told_text(row)
    return (strength_of(words), first_sentence(words)) if words else NO_TITLE


def strength_of(words: str) -> int:
    """How much a prompt says of what its session is about."""
    if slash_command(words):
        return COMMAND
    said = " ".join(_PLACEHOLDER.sub("", words[:1_000]).split())
    return SHORT if len(said) < LEAST or _ID.fullmatch(said) else WORDS


def better(first: Candidate, second: Candidate) -> Candidate:
    """Of two candidates in the order of time."""
    return second if second[0] > first[0] else first
