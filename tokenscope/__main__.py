"""The door: `tokenscope`, `tokenscope-cli` and `python -m tokenscope`."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # typing takes 4 ms, and --version needs nothing of it
if TYPE_CHECKING:
    from typing import NoReturn

INTERRUPTED = 130


def main() -> None:
    """Run one command line and end the process with its code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        # Answered before typer is imported, which costs 60 ms and is not needed for it.
        from tokenscope import __version__  # noqa: PLC0415

        try:
            print(f"tokenscope {__version__}", flush=True)
        except OSError:
            sys.stdout = None  # whoever asked has gone
        return
    if any(argument.startswith("--statusline") for argument in sys.argv[1:]):
        from tokenscope.cli.status_line import asks_for_status_line, print_status_line  # noqa: PLC0415

        if asks_for_status_line(sys.argv[1:]):
            print_status_line(sys.argv[1:])  # past the command line
    _end(_run())


def _run() -> int:
    """Until all is imported an interruption ends the process at once: not every library survives an exception then.

    Behind the answer it does nothing.
    """
    import gc  # noqa: PLC0415 - nothing that --version needs
    import signal  # noqa: PLC0415 - nor a status line: 2 ms

    gc.disable()  # a short print_status_line that builds much and drops little: 10 % faster, same memory
    is_heeded = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else a shell has it ignored
    if is_heeded:
        signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    from tokenscope.cli.command_line import run  # noqa: PLC0415

    sys.unraisablehook = _interrupt_again
    try:
        if is_heeded:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run(sys.argv[1:])
        if is_heeded:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        if is_heeded:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        return INTERRUPTED
    return code


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """An interruption that comes while the interpreter tidies up is only complained of there: it comes once more."""
    if not isinstance(lost.exc_value, KeyboardInterrupt):
        sys.__unraisablehook__(lost)
        return
    import _thread  # noqa: PLC0415 - hardly ever needed
    import threading  # noqa: PLC0415

    threading.Timer(0.01, _thread.interrupt_main).start()


def _end(code: int) -> NoReturn:
    """Leave what was read to the kernel: taking it apart piece by piece takes up to a fifth as long as the answer."""
    for stream in (sys.stdout, sys.stderr):
        try:  # noqa: SIM105 - contextlib is not imported for --version
            stream.flush()
        except (AttributeError, OSError, ValueError):  # there is none, or whoever read it has gone
            pass
    if hasattr(os, "WNOHANG"):
        try:  # what other processes took is counted, but not waited for
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            pass
    os._exit(code)


if __name__ == "__main__":
    main()
