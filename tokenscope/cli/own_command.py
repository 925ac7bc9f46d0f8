"""A command that asks no question, as a value: what it is called, takes and does."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from tokenscope.value import Value

Parameters = list[inspect.Parameter]


class OwnCommand(Value):
    """`make`: what runs, and the options it takes; told whether it is asked about the demo. Called when it is typed."""

    name: str
    help: str
    group: str  # of the help's
    examples: tuple[str, ...]
    make: Callable[[bool], tuple[Callable[..., Any], Parameters]]
    on_demo: bool = True  # whether `tokenscope demo` has it too
