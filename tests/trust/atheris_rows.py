"""Transcripts that a fuzzer guided by coverage makes up, for as long as one lets it run.

    pip install -e '.[dev,fuzz]'
    python -m tests.trust.atheris_rows CORPUS -max_total_time=900

CORPUS is a folder, filled with rows of the made-up history where it is not there. What must hold of every input stands
in alike.py. An input of which it does not is left behind as a file `crash-…`, and `python -m tests.trust.atheris_rows
crash-…` repeats it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["tokenscope"]):
    from tests.trust.alike import MOST_BYTES, Mutator, Reading, templates


def begin(corpus: Path) -> None:
    """Rows to begin with, each with another first byte."""
    corpus.mkdir()
    for number, line in enumerate(templates()):
        (corpus / f"row-{number}").write_bytes(bytes([number % 256]) + line)


def main() -> None:
    for name in sys.argv[1:]:
        if not name.startswith("-") and not Path(name).exists():
            begin(Path(name))
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        with atheris.instrument_imports(include=["tokenscope"]):
            reading = Reading(Path(folder))  # imports every question
        mutator = Mutator(lambda data, _: bytes(atheris.Mutate(data, len(data))) if data else b"\n")
        atheris.Setup([*sys.argv, f"-max_len={MOST_BYTES}"], reading.one, custom_mutator=mutator)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
