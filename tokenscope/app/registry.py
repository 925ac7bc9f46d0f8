"""Which questions there are: every module in `analyzers/`. One is imported only when it is asked for."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from tokenscope import questions
from tokenscope.view.question import Analyzer


def _module(name: str) -> str:
    return name.replace("-", "_")


@cache
def question_names() -> tuple[str, ...]:
    """Every question's name, in alphabetical order."""
    return tuple(sorted(found.name.replace("_", "-") for found in pkgutil.iter_modules(questions.__path__)))


def find_question(name: str) -> Analyzer:
    """The analyzer of one question; KeyError where there is none of that name."""
    if name not in question_names():
        raise KeyError(name)
    analyzer = import_module(f"{questions.__name__}.{_module(name)}").ANALYZER
    assert isinstance(analyzer, Analyzer)
    return analyzer
