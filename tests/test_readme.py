"""What the README says of questions, options and exit codes is what the program does."""

from __future__ import annotations

import re
import shlex
from collections import defaultdict
from pathlib import Path
from typing import get_type_hints

from tests.asking import ask
from tokenscope import errors
from tokenscope.app.keep import BROKEN
from tokenscope.app.registry import answer_formats, find_formats, find_question, question_names, usual_format
from tokenscope.cli.command_line import INTERRUPTED
from tokenscope.cli.commands import DEMO, DEMO_HELP, own_commands
from tokenscope.cli.help import TEAM
from tokenscope.cli.options import cap_options, common_options, watch_options
from tokenscope.cli.team_commands import TEAM_COMMANDS
from tokenscope.view.question import Option, Question

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def table_after(marker: str) -> list[list[str]]:
    """The cells of the body of the first table behind an HTML comment."""
    lines = README.split(f"<!-- {marker}:", 1)[1].split("\n\n", 1)[0].splitlines()
    rows = [line.strip("|").split(" | ") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def test_questions() -> None:
    told = {re.findall(r"`tokenscope ([a-z-]+)[A-Z ]*`", row[0])[-1]: row[1] for row in table_after("questions")}
    own = {name: one.help for name, one in own_commands().items() if one.group != TEAM}
    assert told == {name: find_question(name).help for name in question_names()} | own | {DEMO: DEMO_HELP}


def test_team_commands() -> None:
    told = {row[0].split()[1].strip("`"): row[1] for row in table_after("team commands")}
    assert told == {one.name: one.help for one in TEAM_COMMANDS}


def test_options() -> None:
    told = set(re.findall(r"`--([a-z-]+)", "\n".join(row[0] for row in table_after("options"))))
    names = (*common_options.__annotations__, *cap_options.__annotations__, *watch_options.__annotations__)
    given = {name.replace("_", "-") for name in names if name != "return"} | {"no-color"} | shared_outputs()
    assert told == given


def test_options_of_one_question() -> None:
    told: dict[str, set[str]] = defaultdict(set)
    for questions, options, _ in table_after("own options"):
        for name in re.findall(r"`([a-z-]+)`", questions):
            told[name] |= set(re.findall(r"`--([a-z-]+)`", options))
    given = {name: own_options(find_question(name)) for name in question_names()}
    assert told == {name: options for name, options in given.items() if options}


def shared_outputs() -> set[str]:
    """Options for an output that every question has."""
    return {one.option for one in find_formats() if one.option and not one.only}


def own_options(analyzer: Question) -> set[str]:
    """The options that a question does not share with all others."""
    takes = usual_format(analyzer).takes
    functions = [analyzer.analyze, *([takes] if takes else [])]
    hints = [one for function in functions for one in get_type_hints(function, include_extras=True).items()]
    own = {name for name, hint in hints if any(isinstance(one, Option) for one in getattr(hint, "__metadata__", ()))}
    return {name.replace("_", "-") for name in own} | {
        one.option for one in answer_formats(analyzer) if one.option and one.option not in shared_outputs()
    }


def test_exit_codes() -> None:
    told = [int(row[0]) for row in table_after("exit codes")]
    classes = (errors.TeamError, errors.UsageError, errors.NoTranscriptsError)
    assert told == [0, *(one.exit_code for one in classes), BROKEN, INTERRUPTED]


def test_names_that_are_somebody_elses_are_never_recommended() -> None:
    for file in Path(__file__).parent.parent.glob("*.md"):
        assert not re.search(r"(uvx|pip install|pipx run) tokenscope(?!-cli)\b", file.read_text(encoding="utf-8"))


def test_conditions_that_are_shown_can_be_checked() -> None:
    shown = re.findall(r"tokenscope check ((?:'[^']*'|[^\n>'`])*)", README)
    words = [shlex.split(line.replace('"$PWD"', "x").rstrip('"}] ')) for line in shown if "--" in line]
    assert len(words) >= 7
    for given in words:
        assert ask("demo", "check", *given).code in (0, BROKEN), given
