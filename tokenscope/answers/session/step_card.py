"""The timeline: the steps of one session, read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tokenscope.answers.session.step_rows import StepRow
from tokenscope.answers.session.step_tree import StepNode, tree_of
from tokenscope.answers.session.step_words import Line, lines_of, more
from tokenscope.view import figures
from tokenscope.view.card import Card, Column, Note, Part, Row, Table, Tone
from tokenscope.view.question import Drawing

COLUMNS = (
    Column("", "number"),
    Column("", "text"),
    Column("", "label"),
    Column("prompt", "number"),
    Column("price", "number"),
)
QUIET = frozenset({"tool", "more"})
LOUD = frozenset({"error", "denied", "interrupted"})  # how a tool use went


@dataclass(frozen=True, slots=True)
class View:
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
    caption = f"prompt: its exact tokens · list price: of the response · {order}"
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
