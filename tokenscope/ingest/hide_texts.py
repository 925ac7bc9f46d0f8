"""`--no-text`: a store without anything that a transcript says. Figures and names (of tools,
models, paths, branches, links) stay.

What was the same text stays the same: each is replaced by its kind and a number, so that what recurs still does.
"""

from __future__ import annotations

import re

from tokenscope.store import Label, Notice, Store, Texts, ToolUse

SAID = frozenset({"prompt", "command", "search"})  # kinds of recurrence whose label is somebody's words
ASKED = ("Grep results", "Glob results", "WebSearch results", "Bash results")  # sources whose items are such words

# What Claude Code itself says of a limit: which it is, and when it resets.
_LIMIT = re.compile(
    r"\b(?:session|weekly|5-hour|opus|sonnet|haiku|usage|limit|resets?|at)\b"
    r"|\b(?:[A-Z][a-z]{2} \d{1,2},|(?:mon|tue|wed|thu|fri|sat|sun)\b)|\b\d{1,2}(?::\d\d)?\s?[ap]m\b|\b\d\d?:\d\d\b"
    r"|\([A-Z][A-Za-z]+(?:/[A-Z][A-Za-z_]+)*\)|\|\d{10}\b",
    re.ASCII | re.IGNORECASE,
)


def hide_texts(store: Store) -> None:
    """Take the texts out of a store, in place."""
    names = _Names()
    for session in store.sessions.values():
        session.title = ""
    store.contexts = [
        context._replace(labels=[_label(label, names) for label in context.labels]) for context in store.contexts
    ]
    store.tool_uses = [_tool_use(use) for use in store.tool_uses]
    store.prompts = [prompt._replace(words=names.of("prompt", prompt.words)) for prompt in store.prompts]
    store.notices = [notice._replace(text=_of_limit(notice)) for notice in store.notices]
    store.subagents = [one._replace(description="", prompt=names.of("prompt", one.prompt)) for one in store.subagents]
    store.texts = Texts(todos={use: [("", state) for _, state in todos] for use, todos in store.texts.todos.items()})


def _of_limit(notice: Notice) -> str:
    """Which limit was reached and when it resets; of any other notice nothing."""
    return " ".join(_LIMIT.findall(notice.text)) if notice.kind == "limit" else ""


class _Names:
    """What stands for each text."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, kind: str, text: str) -> str:
        if not text:
            return ""
        number = self._numbers.setdefault((kind, text), len(self._numbers) + 1)
        return f"({kind} {number}, hidden)"


def _label(label: Label, names: _Names) -> Label:
    kind, source, item, recurrence, what, output, fingerprint = label
    if source in ASKED:
        item = names.of("command" if source == "Bash results" else "search", item)
    if recurrence in SAID:
        what = names.of(recurrence, what)
    return (kind, source, item, recurrence, what, output, fingerprint)


def _tool_use(use: ToolUse) -> ToolUse:
    """A path says where something was done; everything else that a tool is given is text."""
    return use._replace(what=use.what if use.path else "", error="")
