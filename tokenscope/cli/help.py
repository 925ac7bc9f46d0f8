"""What `--help` says: questions by what they are about, options by what they change, examples that work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import chain

from typer._click.core import Context, Parameter
from typer._click.formatting import HelpFormatter
from typer.core import TyperCommand

from tokenscope.app.registry import find_question, question_names
from tokenscope.cli.own_command import OwnCommand
from tokenscope.view.question import Question

HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
FIRST, THEN, PERIODS, LAST = "Start here", "Where it went", "Over time", "About tokenscope"  # groups
NOW, ELSEWHERE, TEAM = "While it runs", "Take it elsewhere", "Several machines, several people"  # of own commands
OWN = "This question"  # options that stand in no other panel
FIRST_QUESTION = "quickstart"
EXAMPLES = ("tokenscope", "tokenscope context --since 7d", "tokenscope daily --json", "tokenscope demo")


def as_written(lines: tuple[str, ...]) -> str:
    """Examples, in lines that click does not fill into a paragraph: that is what the \\b says."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


EXAMPLES_OF_THE_PROGRAM = as_written(EXAMPLES)


def examples(question: Question) -> tuple[str, ...]:
    """What may be typed, whole: each works on any history, the last on a machine without one."""
    usual = ("", "--since 7d", "--json") if question.reads else ("", "--json")
    given = (f"tokenscope {question.name} {rest}".strip() for rest in question.examples or usual)
    return (*given, f"tokenscope demo {question.name}")


def examples_text(question: Question) -> str:
    return as_written(examples(question))


def write_questions(formatter: HelpFormatter, demo: tuple[str, str] | None, others: Sequence[OwnCommand]) -> None:
    """Every question with all of its help. `demo`: what the demo is called, where it is to be named."""
    groups: dict[str, list[tuple[str, str]]] = {FIRST: [], THEN: [], PERIODS: []}
    for name in sorted(question_names(), key=lambda name: (name != FIRST_QUESTION, name)):
        question = find_question(name)
        groups.setdefault(question.group, []).append((name, question.help))
    if demo is not None:
        groups[FIRST].append(demo)
    for group in (NOW, ELSEWHERE, TEAM):
        groups[group] = [(one.name, one.help) for one in others if one.group == group]
    groups[LAST] = groups.pop(LAST, [])
    width = max(len(name) for name, _ in chain(*groups.values()))
    for title, rows in groups.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows])


class QuestionCommand(TyperCommand):
    """A question, whose help has its options in their panels: its own first."""

    own = OWN

    def format_options(self, ctx: Context, formatter: HelpFormatter) -> None:
        panels: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                panels[_panel(parameter, self.own)].append(record)
        width = max(len(option) for option, _ in chain(*panels.values()))
        for title, rows in panels.items():
            with formatter.section(title):
                formatter.write_dl([(option.ljust(width), text) for option, text in rows])


class OwnCommandHelp(QuestionCommand):
    """A command that asks no question."""

    own = "This command"


def _panel(parameter: Parameter, own: str) -> str:
    if parameter.name == "help":
        return "Output"
    return getattr(parameter, "rich_help_panel", None) or own
