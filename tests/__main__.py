"""Everything that has to hold: `python -m tests`; the most telling part of it in a minute: `python -m tests --quick`.

Stops at the first that does not hold.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

QUICK = "--quick"
# Rules, properties in short, the architecture, and how each question looks.
QUICK_TESTS = (
    "tests/test_architecture.py",
    "tests/test_readme.py",
    "tests/test_scope.py",
    "tests/test_figures.py",
    "tests/test_reference.py",
    "tests/test_properties.py",
    "tests/pricing",
    "tests/ingest",
    "tests/questions/test_by_hand.py",
    "tests/questions/test_golden.py",
)


def checks(words: list[str]) -> list[tuple[str, ...]]:
    """What is run, each with `python -m`. Other words go to pytest."""
    given = tuple(word for word in words if word != QUICK)
    # On all cores: one takes twice as long.
    tests = (
        ("pytest", "-k", "not every_question_in_every_format or txt", *QUICK_TESTS)
        if QUICK in words
        else ("pytest", "-n", "auto")
    )
    return [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",), (*tests, *given)]


def main() -> int:
    words = sys.argv[1:]
    environ = {**os.environ, "TOKENSCOPE_EXAMPLES": "5"} if QUICK in words else None
    for check in checks(words):
        print("·", *check, flush=True)
        done = subprocess.run(
            [sys.executable, "-m", *check], cwd=Path(__file__).parent.parent, env=environ, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
