"""The timeline: the steps of one session in words, read from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tokenscope.answers.session.step_rows import StepNode, StepRow, UseRow, tree_of
from tokenscope.value import Value
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Part, Row, Table, Tone
from tokenscope.view.question import Drawing
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
        yield from _lines_of("prompt", f"you: {step.text or '…'}", full=full)
    elif step.kind == "subagent":
        yield Line("head", _head(node))
    elif step.kind == "response":
        if step.text:
            yield from _lines_of("said", step.text, full=full)
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


def _lines_of(kind: str, text: str, *, full: bool) -> Iterator[Line]:
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
        for told in _lines_of("error", said if full else " ".join(said.split()), full=full):
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


COLUMNS = (
    Column("time", "number"),
    Column("what happened", "text"),
    Column("went", "label"),
    Column("prompt", "number"),
    Column("price", "number"),
)
QUIET = frozenset({"tool", "more"})
LOUD = frozenset({"error", "denied", "interrupted"})  # how a tool use went


class View(Value):
    """How much of a timeline is wanted. `depth`: levels of subagents; `steps`: of the main thread, the newest."""

    depth: int = 2
    steps: int = 500
    newest_first: bool = False
    full_text: bool = False


def timeline_card(steps: Sequence[StepRow], view: View, project: str, drawing: Drawing) -> Card:
    """Every step, or the newest ones as far as the view goes. `project`: paths below it are shown without it."""
    title = "Step by step"
    if not steps:
        return Card(title, "Nothing happened in this session.")
    everything = drawing.limit > len(steps)
    nodes = tree_of(steps, depth=view.depth, most=drawing.limit)
    most = len(nodes) if everything else view.steps
    shown, earlier = nodes[-most:], len(nodes[:-most])
    if view.newest_first:
        shown.reverse()
    cut = (
        [Note(f"{figures.plural(earlier, 'earlier step')} left out · --all, or --steps N", Tone.DIM)] if earlier else []
    )
    flat = _flat(shown, project, full=view.full_text)
    parts: list[Part] = list(_paragraphs(flat, drawing)) if view.full_text else [_table(flat, drawing)]
    order = "newest first" if view.newest_first else "newest last"
    caption = f"prompt: its exact tokens · price: of the response, at API list · {order}"
    return Card(title, _sentence(steps), tuple([*parts, *cut] if view.newest_first else [*cut, *parts]), (), caption)


def _sentence(steps: Sequence[StepRow]) -> str:
    kinds = [step.kind for step in steps]
    errors = sum(use.outcome == "error" for step in steps for use in step.tools)
    counts = (
        (kinds.count("prompt"), "ask", "asks"),
        (kinds.count("response"), "response", "responses"),
        (sum(step.subagent is not None and not step.subagent.resumed for step in steps), "subagent", "subagents"),
        (kinds.count("compaction"), "compaction", "compactions"),
        (errors, "error", "errors"),
    )
    parts = [figures.plural(number, one, many) for number, one, many in counts if number]
    return f"{', '.join(parts) or figures.plural(len(steps), 'step')}."


_Told = tuple[StepRow, int, list[Line]]  # a step, the depth at which its lines stand


def _flat(nodes: Sequence[StepNode], project: str, *, full: bool) -> Iterator[_Told]:
    """Every shown step with its depth and its lines."""
    for node in nodes:
        yield node.step, node.step.depth, list(lines_of(node, project, full=full))
        yield from _flat(node.nodes, project, full=full)
        if (line := more(node)) is not None:
            yield node.step, node.step.depth + 1, [line]


class _Changes:
    """What is said only when it changes: the day, and each thread's model."""

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self.day = ""
        self.models: dict[str | None, str] = {}

    def new_day(self, step: StepRow) -> str:
        day = figures.day(step.time, self.drawing.zone, self.drawing.now)
        if not day or day == self.day or step.depth:
            return ""
        self.day = day
        return day

    def new_model(self, step: StepRow) -> str:
        if step.model is None or self.models.get(step.agent_id) == step.model:
            return ""
        self.models[step.agent_id] = step.model
        return figures.model_name(step.model)


def _table(told: Iterable[_Told], drawing: Drawing) -> Table:
    rows: list[Row] = []
    changes = _Changes(drawing)
    for step, depth, lines in told:
        if day := changes.new_day(step):
            rows += [*(Row(("",)) for _ in rows[:1]), Row(("", day), tone=Tone.DIM)]
        elif step.kind == "prompt" and rows and not depth:
            rows.append(Row(("",)))
        if model := changes.new_model(step):
            rows.append(Row(("", f"{'| ' * depth}~ {model}"), tone=Tone.DIM))
        rows += _rows(step, depth, lines, drawing)
    return Table(COLUMNS, tuple(rows))


def _rows(step: StepRow, depth: int, lines: Sequence[Line], drawing: Drawing) -> Iterator[Row]:
    """The lines of a step; its time and its figures stand on the first."""
    for number, line in enumerate(lines):
        has_figures = number == 0 and line.kind != "more"
        told = _figures(step, drawing) if has_figures else ("", "", "")
        is_quiet = line.kind in QUIET and (number or not has_figures) and line.how not in LOUD
        tone = Tone.DIM if is_quiet else Tone.PLAIN
        yield Row((told[0], f"{'| ' * depth}{line.text}", line.how, *told[1:]), tone=tone)


def _figures(step: StepRow, drawing: Drawing) -> tuple[str, str, str]:
    """Its time, the size of its prompt, its price; each blank where there is none."""
    return (
        figures.time_of_day(step.time, drawing.zone),
        figures.tokens(step.prompt_tokens) if step.prompt_tokens else "",
        figures.dollars(step.list_price_usd) if step.total_tokens else "",
    )


def _paragraphs(told: Iterable[_Told], drawing: Drawing) -> Iterator[Note]:
    """The same with whole texts: what no table has room for."""
    changes = _Changes(drawing)
    for step, depth, lines in told:
        if lines[0].kind != "more":
            time, prompt, price = _figures(step, drawing)
            facts = (changes.new_day(step), time, changes.new_model(step), f"prompt {prompt}" if prompt else "", price)
            yield Note(f"{'| ' * depth}{' · '.join(filter(None, facts))}", Tone.DIM)
        for line in lines:
            how = f" ({line.how})" if line.how not in ("", "ok") else ""
            tone = Tone.DIM if line.kind in QUIET else Tone.PLAIN
            yield Note(f"{'| ' * depth}{line.text}{how}", tone, verbatim=True)
