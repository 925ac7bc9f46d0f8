"""Which questions and outputs there are: every module in `questions/` and `formats/`.

A question is imported only when it is asked; outputs are, all of them, small until they write.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from tokenscope import formats, questions
from tokenscope.view.format import Format, HistoryFile
from tokenscope.view.question import Question


def _module(name: str) -> str:
    return name.replace("-", "_")


@cache
def question_names() -> tuple[str, ...]:
    """Every question's name, in alphabetical order."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(questions.__path__)))


def find_question(name: str) -> Question:
    """One question; KeyError where there is none of that name."""
    if name not in question_names():
        raise KeyError(name)
    question = import_module(f"{questions.__name__}.{_module(name)}").QUESTION
    assert isinstance(question, Question)
    return question


@cache
def find_formats() -> tuple[Format, ...]:
    """Every output, in alphabetical order."""
    names = sorted(found.name for found in pkgutil.iter_modules(formats.__path__))
    return tuple(import_module(f"{formats.__name__}.{name}").FORMAT for name in names)


def answer_formats(question: Question) -> list[Format]:
    """The outputs that a command line may ask a question for; where two have one option, the question's own first."""
    found = [one for one in find_formats() if one.option is not None and one.only in ("", question.name)]
    return sorted(found, key=lambda one: not one.only)


def usual_format(question: Question) -> Format:
    """What is written unasked."""
    return next(one for one in answer_formats(question) if one.option == "")


def history_formats() -> dict[str, HistoryFile]:
    """How a whole history can be written, by the output's name."""
    return {one.name: one.history_file for one in find_formats() if one.history_file is not None}
