"""A part of a TOML file read field by field, so that every complaint names file, place and field."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from tokenscope.errors import UsageError
from tokenscope.value import Value


class Section(Value):
    """The `values` of one TOML table. All readers raise UsageError where a value is not what they promise."""

    file: str
    place: str  # for people: "claude-opus-5, row 2"; empty at the top of the file
    values: dict[str, Any]
    hint: str

    def wrong(self, field: str, problem: str) -> UsageError:
        place = f"{self.place}: " if self.place else ""
        return UsageError(f"{self.file}: {place}`{field}` {problem}", hint=self.hint)

    def allow_only(self, *fields: str) -> None:
        for field in self.values:
            if field not in fields:
                raise self.wrong(field, f"is not a field of a price table; here stand {', '.join(fields)}")

    def required(self, field: str) -> Any:
        if field not in self.values:
            raise self.wrong(field, "is missing")
        return self.values[field]

    def number(self, field: str, *, least: Decimal | int, most: int, decimals: int) -> Decimal:
        value = self.required(field)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.wrong(field, f"must be a number, not {value!r}")
        number = Decimal(value)
        if not number.is_finite() or not least <= number <= most:
            raise self.wrong(field, f"must be from {least} to {most}, not {value}")
        if number != round(number, decimals):
            raise self.wrong(field, f"may have {decimals} decimals at most: {value}")
        return number

    def whole_number(self, field: str) -> int:
        value = self.required(field)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(field, f"must be a whole number, not {value!r}")
        return value

    def day(self, field: str) -> date:
        value = self.required(field)
        if type(value) is not date:  # a datetime is a date too, but prices change at midnight UTC only
            raise self.wrong(field, f"must be a day such as 2026-02-01 without quotes, not {str(value)!r}")
        return value

    def text(self, field: str) -> str:
        value = self.required(field)
        if not isinstance(value, str):
            raise self.wrong(field, f"must be a text in quotes, not {value!r}")
        return value

    def part(self, field: str) -> Section:
        value = self.required(field)
        if not isinstance(value, dict):
            raise self.wrong(field, f"must be a table of fields, not {value!r}")
        return Section(self.file, f"{self.place}, {field}" if self.place else "", value, self.hint)

    def rows(self, field: str) -> list[Section]:
        value = self.required(field)
        if not isinstance(value, list) or not value or not all(isinstance(row, dict) for row in value):
            raise self.wrong(field, "must be one or more rows, each begun with two brackets: [[models.NAME]]")
        return [
            Section(self.file, f"{field}, row {number}", row, self.hint) for number, row in enumerate(value, start=1)
        ]


def exists(path: Path) -> bool:
    """Whether a file of the user's own is there to be read."""
    try:
        return path.exists()
    except OSError:  # a home that may not be entered, as under sudo, holds nothing for this user
        return False


def read_toml(path: Path, *, hint: str) -> Section:
    """The top of a TOML file, its fractions as Decimal. A file that cannot be read: UsageError."""
    try:
        with path.open("rb") as file:
            values = tomllib.load(file, parse_float=Decimal)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", hint=hint) from error
    # Besides bad TOML (ValueError): an exponent beyond Decimal's, and brackets nested without end.
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise UsageError(f"{path}: is not TOML: {error}", hint=hint) from error
    return Section(str(path), "", values, hint)
