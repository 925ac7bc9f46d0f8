"""A process that tells of every door to the outside that the program opens.

Run with `python -c` before the program's own door: every event that reaches out of the process (a socket, a file
opened for writing, another program started, an entry made or removed) is written to the file that GUARD names.
"""

from __future__ import annotations

CODE = """
import os, sys
log = os.open(os.environ["GUARD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
NEVER = (
    "socket.", "urllib.", "http.", "ftplib.", "smtplib.", "ssl.", "subprocess.", "os.system", "os.exec", "os.spawn",
    "os.posix_spawn", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate",
    "os.chmod", "os.chown", "os.utime", "os.putenv", "shutil.", "tempfile.", "sqlite3.", "webbrowser.", "pty.",
)

def hook(event, arguments):
    if event == "open":
        path, mode, flags = arguments
        if isinstance(flags, int) and flags & WRITES and path != os.devnull:
            os.write(log, f"write {path}\\n".encode())
    elif event.startswith(NEVER):
        os.write(log, f"{event} {arguments}\\n".encode("utf-8", "replace"))

sys.dont_write_bytecode = True
sys.addaudithook(hook)
from tokenscope.__main__ import main
sys.argv = ["tokenscope", *sys.argv[1:]]
main()
"""
# Answers one command line after the other, which LINES holds as JSON; what each did stands behind its own words.
MANY = CODE.replace(
    "main()\n",
    """
import contextlib, io, json
from tokenscope.cli.command_line import run
for words in json.loads(os.environ["LINES"]):
    os.write(log, f"= {json.dumps(words)}\\n".encode())
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(words)
    out.flush()
    print(json.dumps([code, len(out.buffer.getvalue()), err.getvalue()]))
""",
)
