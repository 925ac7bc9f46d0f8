"""Every failure a user can cause, with its exit code and a hint. Only `main()` catches them."""

from __future__ import annotations


class TokenscopeError(Exception):
    """The root of all errors that are the user's to mend. `kind` is the word JSON carries; a hint may have lines."""

    kind = "error"
    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TokenscopeError):
    """An option or argument that cannot be understood."""

    kind = "usage"


class AmbiguousError(UsageError):
    """A name that several things have. `choices`: one line each, with texts of transcripts in them."""

    kind = "ambiguous"

    def __init__(self, message: str, *, hint: str, choices: tuple[str, ...]) -> None:
        super().__init__(message, hint=hint)
        self.choices = choices


class OutputError(TokenscopeError):
    """An answer that cannot be written where it was wanted."""

    kind = "output"


class OutOfMemoryError(TokenscopeError):
    """What was asked for does not fit into the memory that there is."""

    kind = "no_memory"


class NoTranscriptsError(TokenscopeError):
    """No transcript in any folder that was tried."""

    kind = "no_transcripts"
    exit_code = 3

    def __init__(self, message: str, *, hint: str, paths_tried: tuple[str, ...]) -> None:
        super().__init__(message, hint=hint)
        self.paths_tried = paths_tried


class TeamError(TokenscopeError):
    """What could not be handed on to a team's history, or taken back. What had been taken stays, whole."""

    kind = "team"
    exit_code = 1


class NoRightsError(TeamError):
    """What this person may not do on a team's server. Others may."""
