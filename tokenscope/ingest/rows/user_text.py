"""What a user row's text adds to a context: a prompt, or what a program put there (T40)."""

from __future__ import annotations

import re

from tokenscope.credentials import start_of
from tokenscope.ingest.rows.labels import LONGEST_LABEL, plain, size_of
from tokenscope.ingest.rows.prompt_words import PERSON, is_continuation, prompt_of, without_wrapped
from tokenscope.ingest.rows.schema import AnyRow
from tokenscope.store import Label

SKILL_BODY = "Base directory for this skill: "  # how a skill's instructions begin, which a program puts there
_REMINDER = re.compile("<(system-reminder)>")


def words_of(row: AnyRow, agent: str, text: str) -> tuple[tuple[Label, int], tuple[Label, int]]:
    """Labels and bytes: of the reminders in a text, 0 where there are none, and of all else."""
    size = size_of(text)
    reminders = size - size_of(without_wrapped(text, _REMINDER)) if "<system-reminder>" in text else 0
    return (plain("attachment", "attachments", "system-reminder"), reminders), (
        _label(row, agent, text),
        size - reminders,
    )


def _label(row: AnyRow, agent: str, text: str) -> Label:
    if is_continuation(text):
        return plain("summary", "summaries")
    asked_by, words = ("", "") if agent else prompt_of(row, of_programs=True)
    if asked_by == PERSON:
        return ("prompt", "prompts", "", "prompt", start_of(words, LONGEST_LABEL), "", "")
    if words:
        return plain("prompt", "prompts of programs")  # never compared: nobody would make a command of them
    if row.isMeta is True and text.startswith(SKILL_BODY):
        name = text[len(SKILL_BODY) : LONGEST_LABEL * 4].partition("\n")[0].rstrip("/\\").replace("\\", "/")
        return plain("prompt", "skill bodies", name.rpartition("/")[2][:LONGEST_LABEL])
    return plain("prompt", "spawn prompts" if agent else "commands and notices")
