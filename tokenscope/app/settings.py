"""What a user has told the program once and for all: a small TOML file in the configuration folder, or a variable.

plan = "max20"
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tokenscope.errors import UsageError
from tokenscope.pricing.section import exists, read_toml
from tokenscope.view.money import Plan

VARIABLE = "TOKENSCOPE_PLAN"
_PLANS = ", ".join(Plan)


def find_plan(given: Plan | None, environ: Mapping[str, str], file: Path | None = None) -> Plan:
    """The plan of the command line, else of the variable, else of the file; UNKNOWN where none of them says.

    `file`: None for the user's own. Raises UsageError for a value that is no plan and for a file that is broken,
    whoever has the last word: a mistake that is passed over would be found out later.
    """
    named = _of_variable(environ.get(VARIABLE, ""))
    kept = _of_file(file or user_settings_path())
    return given or named or kept or Plan.UNKNOWN


def user_settings_path() -> Path:
    """Where the user's settings are looked for on this machine."""
    import platformdirs  # noqa: PLC0415  16 ms alone; by now the price table has paid for it

    return platformdirs.user_config_path("tokenscope") / "config.toml"


def _of_variable(value: str) -> Plan | None:
    name = value.strip().lower()
    if not name:
        return None
    if name not in list(Plan):
        raise UsageError(f"{VARIABLE}: {value!r} is no plan", hint=f"one of {_PLANS}, or unset it")
    return Plan(name)


def _of_file(path: Path) -> Plan | None:
    if not exists(path):
        return None
    top = read_toml(path, hint=f'the file may hold one line: plan = "max20"; plans are {_PLANS}')
    for field in top.values:
        if field != "plan":
            raise top.wrong(field, "is not a setting; the only one is `plan`")
    if "plan" not in top.values:
        return None
    name = top.text("plan")
    if name not in list(Plan):
        raise top.wrong("plan", f"must be one of {_PLANS}, not {name!r}")
    return Plan(name)
