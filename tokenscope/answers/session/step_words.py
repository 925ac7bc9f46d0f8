"""Each step of a session in words: the lines of a timeline, before they are put into a table or into paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from tokenscope.answers.session.step_rows import StepRow, UseRow
from tokenscope.answers.session.step_tree import StepNode
from tokenscope.view import figures
from tokenscope.view.short_names import path_below, short_path

_TAG = re.compile(r"</?tool_use_error>")
FIRST_LINE = 300  # characters: more than any table shows


class Line(NamedTuple):
    """One line. kind: "prompt", "said", "tool", "error", "event", "head" or "more"."""

    kind: str
    text: str
    how: str = ""  # how a tool use went


def lines_of(node: StepNode, project: str, *, full: bool) -> Iterator[Line]:
    """What a step says about itself; what is below it is not in it. `full`: whole texts instead of first lines."""
    step = node.step
    if step.kind == "prompt":
        yield from _paragraphs("prompt", f"you: {step.text or '…'}", full=full)
    elif step.kind == "subagent":
        yield Line("head", _head(node))
    elif step.kind == "response":
        if step.text:
            yield from _paragraphs("said", step.text, full=full)
        for use in step.tools:
            yield from _use(use, project, full=full)
        if not step.text and not step.tools:
            yield Line("said", "(no words)")
    else:
        yield Line("event", _event(step, node.repeats))


def more(node: StepNode) -> Line | None:
    """What of a subagent's steps is not shown, and how to see it."""
    if not node.left_out:
        return None
    what = figures.plural(node.left_out, "step") if node.too_deep else f"{figures.count(node.left_out)} more steps"
    how = f"--depth {node.step.depth + 1}" if node.too_deep else "--all"
    return Line("more", f"and {what} · {how}")


def _paragraphs(kind: str, text: str, *, full: bool) -> Iterator[Line]:
    paragraphs = [line for line in text.split("\n") if line.strip()] or ["…"]
    for number, line in enumerate(paragraphs if full else paragraphs[:1]):
        yield Line(kind if not number else "said", line if full else line[:FIRST_LINE])


def _use(use: UseRow, project: str, *, full: bool) -> Iterator[Line]:
    how = use.outcome or ""  # blank: no result is logged
    if how == "ok" and (use.lines_added or use.lines_removed):
        how = f"+{use.lines_added:,} -{use.lines_removed:,}"
    again = " (again)" if use.retry else ""
    what = (use.given if full else None) or short_path(path_below(use.what, project))
    given = what.split("\n") if full else [what]
    yield Line("tool", f"- {use.tool} {given[0]}{again}".rstrip(), how)
    for line in given[1:]:
        yield Line("tool", f"  {line}")
    if use.outcome in ("error", "interrupted") and use.error:
        said = _TAG.sub("", use.error)
        for told in _paragraphs("error", said if full else " ".join(said.split()), full=full):
            yield Line("error", f"! {told.text}")


def _head(node: StepNode) -> str:
    step = node.step
    assert step.subagent is not None
    about = step.subagent
    name = " ".join(filter(None, (about.kind, about.agent_type))) or "subagent"
    name = f"{name} of {about.workflow}" if about.workflow else name
    facts = list(filter(None, (figures.plural(node.responses, "response"), figures.dollars(node.list_price_usd))))
    if about.missing:
        reported = f", {figures.tokens(about.reported_tokens)} tokens reported" if about.reported_tokens else ""
        facts = [f"it left no file{reported}"]
    told = (
        (about.background, "in the background"),
        (about.resumed, "resumed"),
        (about.orphan and not (about.kind or about.workflow), "no spawn logged"),
    )
    facts += [words for is_so, words in told if is_so]
    return f"+ {name} ({', '.join(facts)})" + (f": {about.description}" if about.description else "")


def _event(step: StepRow, repeats: int) -> str:
    value, text = step.value or 0, " ".join((step.text or "").split())[:FIRST_LINE]
    if step.kind == "pause":
        return f"~ pause of {figures.duration(value * 1000)}"
    if step.kind == "compaction":
        before = f" at {figures.tokens(value)} tokens" if value else ""
        return f"~ compacted{f' ({text})' if text else ''}{before}"
    if step.kind == "copied":
        return f"~ {figures.plural(value, 'response')} copied from session {text[:8]}, where they count"
    if step.kind == "interrupted":
        return "~ interrupted by you"
    name = {"limit": "limit", "api_message": "Claude Code"}.get(
        step.kind, "API error" if repeats == 1 else f"{repeats:,} API errors"
    )
    return f"~ {name}{f': {text}' if text else ''}"
