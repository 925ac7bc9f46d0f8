"""The door: `tokenscope`, `tokenscope-cli` and `python -m tokenscope`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command line and exit with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Answered before typer is imported, which costs 60 ms and is not needed for it.
        from tokenscope import __version__  # noqa: PLC0415

        try:
            print(f"tokenscope {__version__}", flush=True)
        except OSError:
            sys.stdout = None  # whoever asked has gone
        return
    if "--statusline" in sys.argv[1:]:
        from tokenscope.statusline import run as print_status_line  # noqa: PLC0415 - and past the command line

        print_status_line()
    try:
        from tokenscope.cli import run  # noqa: PLC0415

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # while the modules were still being imported
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
