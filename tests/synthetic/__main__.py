"""Writes a made-up history: python -m tests.synthetic FOLDER --mb 100."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import orjson

from tests import synthetic
from tests.synthetic import MEGABYTE, generate


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.synthetic", description=synthetic.__doc__)
    parser.add_argument("folder", type=Path, help="a folder that does not hold a history yet")
    parser.add_argument("--mb", type=int, default=100, help="megabytes to write (default 100)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    begun = time.perf_counter()
    truth = generate(options.folder, options.mb, seed=options.seed)
    seconds = time.perf_counter() - begun
    rate = truth.bytes / MEGABYTE / seconds
    print(f"{truth.files} files, {truth.lines} lines, {truth.bytes} bytes: {seconds:.1f} s, {rate:.0f} MB/s")
    print(orjson.dumps(truth.total).decode())


if __name__ == "__main__":
    main()
