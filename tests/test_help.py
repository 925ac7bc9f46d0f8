"""Help: every question in its group, options by what they change, examples that work, names that a shell completes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.asking import PATIENCE, REPOSITORY, ask
from tokenscope.app.registry import find_question, question_names
from tokenscope.cli.command_line import ALIASES
from tokenscope.cli.commands import DEMO, own_commands
from tokenscope.cli.help import EXAMPLES, FIRST, LAST, OWN, examples

QUESTIONS = question_names()


def sections(text: str) -> dict[str, list[str]]:
    """The first word of each line in each section of a help."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith("  "):
            title = line.strip(":")
            found[title] = []
        elif title and re.match(r"  \S", line):
            found[title].append(line.split()[0])
    return found


def examples_in(text: str) -> list[str]:
    return [line.strip() for line in text.split("Examples:\n", 1)[1].splitlines() if line.strip()]


# --- what it says ---


def test_every_question_stands_in_its_group() -> None:
    found = sections(ask("--help").out)
    for name in QUESTIONS:
        assert name in found[find_question(name).group]
    assert found[FIRST][0] == "quickstart"
    assert found[FIRST][-1] == DEMO
    assert list(found)[-1] == LAST


def test_no_question_is_cut_short() -> None:
    for words in (("--help",), (DEMO, "--help")):
        text = " ".join(ask(*words).out.split())
        for name in QUESTIONS:
            assert find_question(name).help in text


def test_options_stand_by_what_they_change() -> None:
    found = sections(ask("quickstart", "--help").out)
    assert {"--since", "--project", "--root", "--full", "--max-sessions"} <= set(found["Which part of the history"])
    assert {"--json", "--plain", "--limit", "-h,"} <= set(found["Output"])
    assert found[OWN] == ["--cards"]


def test_help_is_also_a_word() -> None:
    assert ask("help").out == ask("--help").out
    assert ask("help", "daily").out == ask("daily", "--help").out


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("dayly",), "did you mean `tokenscope daily`?"),
        (("help", "dayly"), "did you mean `tokenscope daily`?"),
        (("daily", "--jsn"), "did you mean --json?"),
        (("daily", "--sinc", "7d"), "did you mean --since?"),
        (("daily", "--xyzzy"), "`tokenscope daily --help` lists the options"),
        (("xyzzy",), "`tokenscope --help` lists the questions"),
    ],
)
def test_the_nearest_is_suggested(words: tuple[str, ...], hint: str) -> None:
    answer = ask(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.splitlines()[1] == f"hint: {hint}"


@pytest.mark.parametrize(("name", "meant"), [(name, meant) for name, meant in ALIASES.items()])
def test_names_of_other_programs_are_understood(name: str, meant: tuple[str, ...]) -> None:
    answer = ask(DEMO, name, "--help")
    assert (answer.code, answer.out) == (0, ask(*meant, "--help").out)
    assert answer.err == f"tokenscope: {name} is called `tokenscope {' '.join(meant)}` here\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("daily", "--by", "week"), "weekly"),
        (("daily", "--by=month", "--since", "7d"), "monthly"),
        (("weekly", "--by", "hour"), "hourly"),
        (("monthly", "--by", "model", "--by", "day"), "daily"),
    ],
)
def test_periods_are_one_family(words: tuple[str, ...], meant: str) -> None:
    answer = ask(DEMO, *words, "--help")
    assert (answer.code, answer.out) == (0, ask(meant, "--help").out)


def test_other_names_answer_as_the_question_does() -> None:
    day = ("--since", "2025-11-19", "--until", "2025-11-19", "--json")
    assert ask(DEMO, "cost", *day).out == ask(DEMO, "daily", *day).out
    weeks = ask(DEMO, "cost", "--by", "week", "--by", "model", *day)
    assert weeks.out == ask(DEMO, "weekly", "--by", "model", *day).out
    assert weeks.json["question"] == "weekly"


def test_by_is_no_period_of_another_question() -> None:
    assert ask(DEMO, "sessions", "--by", "week").code == 2


# --- examples ---


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_example_is_in_the_help_of_its_question(question: str) -> None:
    assert examples_in(ask(question, "--help").out) == list(examples(find_question(question)))


def test_the_examples_of_the_program_are_in_its_help() -> None:
    assert examples_in(ask("--help").out) == list(EXAMPLES)


def of_demo(example: str) -> list[str]:
    """An example's words behind the program's name, asked about the demo."""
    program, *words = shlex.split(example)
    assert program == "tokenscope"
    return words if words[:1] == [DEMO] else [DEMO, *words]


@pytest.mark.parametrize("example", [*EXAMPLES, *(one for name in QUESTIONS for one in examples(find_question(name)))])
def test_every_example_works_on_the_demo(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    answer = ask(*of_demo(example))
    assert (answer.code, answer.err) == (0, "")
    assert answer.out or list(tmp_path.iterdir())


# --- completion ---

BASH = """
. "$HOME/.bashrc"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_tokenscope_completion tokenscope "${COMP_WORDS[COMP_CWORD]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which a shell completes a command of ours."""
    home = tmp_path_factory.mktemp("home")
    (home / "bin").mkdir()
    program = home / "bin" / "tokenscope"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tokenscope "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (home / ".bashrc").touch()
    return home


def environment(home: Path) -> dict[str, str]:
    path = f"{home}/bin{os.pathsep}{os.environ['PATH']}"
    told = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # which shell: else it is the one this runs in
    return {**os.environ, **told, "HOME": str(home), "PATH": path, "PYTHONPATH": str(REPOSITORY)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("",), {*QUESTIONS, *own_commands(), DEMO}),
        (("da",), {"daily"}),
        (("quickstart", "--max"), {"--max-sessions"}),
        ((DEMO, "quo"), {"quota-audit"}),
        ((DEMO, "daily", "--sin"), {"--since"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_bash_completes_after_the_installation(home: Path, line: tuple[str, ...], expected: set[str]) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not on the PATH")
    if not (home / ".bash_completions").exists():
        install = [str(home / "bin" / "tokenscope"), "--install-completion", "bash"]
        subprocess.run(install, env=environment(home), capture_output=True, check=True)
    done = subprocess.run(
        [bash, "--norc", "-c", BASH, "bash", "tokenscope", *line],
        env=environment(home), capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert set(done.stdout.split()) == expected


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_told_the_same(home: Path, shell: str) -> None:
    """What the script that typer installs asks for."""
    variables = {"_TOKENSCOPE_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": "tokenscope quo"}
    if shell == "fish":
        variables["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    done = subprocess.run(
        [str(home / "bin" / "tokenscope")],
        env=environment(home) | variables, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert "quota-audit" in done.stdout
    assert "daily" not in done.stdout
