"""Everything that has to hold: `python -m tests`. Stops at the first that does not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy",),
    ("pytest", "-n", "auto", *sys.argv[1:]),  # on all cores: one takes twice as long
)


def main() -> int:
    for check in CHECKS:
        print("·", *check, flush=True)
        result = subprocess.run([sys.executable, "-m", *check], cwd=Path(__file__).parent.parent, check=False)
        if result.returncode:
            return result.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
