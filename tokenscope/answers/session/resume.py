"""How to get back into a session: the command, which is printed and never run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from tokenscope.store import Chosen, Session


@dataclass(frozen=True, slots=True)
class Restore:
    """`command` null: its folder or its id cannot be typed. `folder_exists` null: nobody looked."""

    command: str | None
    folder: str
    folder_exists: bool | None


def restore_of(session: Session, chosen: Chosen) -> Restore:
    """Claude Code finds a session only from the folder that it started in."""
    texts = (session.directory, session.session_id)
    is_plain = all(text.isprintable() and text == " ".join(text.split(" ")) for text in texts)
    resume = f"claude --resume {shlex.quote(session.session_id)}"
    command = f"cd {shlex.quote(session.directory)} && {resume}" if is_plain and session.directory else None
    return Restore(command, session.directory or session.project, chosen.has_folder)


def restore_note(restore: Restore) -> str:
    """Why the command alone will not do; "" where it will."""
    if restore.command is None:
        return "the name of its folder cannot be typed: open it with `claude --resume` from there"
    return "its folder is gone: make it again before you resume it" if restore.folder_exists is False else ""
