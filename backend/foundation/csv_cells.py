"""What a cell of a CSV file may hold: readers that return a value or raise Refused."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum

from backend.foundation.csv_rows import Refused
from backend.foundation.fields import EARLIEST, LATEST
from backend.foundation.text import one_line

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def text(*, longest: int) -> Callable[[str], str]:
    """Take text of at most ``longest`` characters, cleaned as what is typed is."""

    def read(cell: str) -> str:
        kept = one_line(cell)
        if not kept:
            raise Refused("must not be empty")
        if len(kept) > longest:
            raise Refused(f"is longer than {longest} characters")
        return kept

    return read


def matching(pattern: str, *, longest: int, what: str) -> Callable[[str], str]:
    """Take text that matches ``pattern`` as a whole; ``what`` says which text that is."""
    compiled = re.compile(pattern, re.ASCII)

    def read(cell: str) -> str:
        if len(cell) > longest or not compiled.fullmatch(cell):
            raise Refused(f"must be {what}")
        return cell

    return read


def whole_number(*, low: int, high: int) -> Callable[[str], int]:
    """Take decimal digits without separators, from ``low`` to ``high``."""

    def read(cell: str) -> int:
        digits = cell.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()) or len(digits) > 12:
            raise Refused("must be a whole number, digits only")
        if not low <= int(cell) <= high:
            raise Refused(f"must be from {low} to {high}")
        return int(cell)

    return read


def one_of(kind: type[StrEnum]) -> Callable[[str], StrEnum]:
    """Take a value of ``kind``."""
    members = {member.value: member for member in kind}

    def read(cell: str) -> StrEnum:
        if cell not in members:
            raise Refused(f"must be one of {', '.join(members)}")
        return members[cell]

    return read


def some_of(kind: type[StrEnum]) -> Callable[[str], frozenset[StrEnum]]:
    """Take values of ``kind`` separated by spaces or vertical bars."""
    read_one = one_of(kind)

    def read(cell: str) -> frozenset[StrEnum]:
        words = cell.replace("|", " ").split()
        # Nothing between the bars is none of them.
        return frozenset(read_one(word) for word in words or [cell])

    return read


def calendar_date(cell: str) -> date:
    """Take a date like 2026-11-21, in the years 2000 to 2099."""
    try:
        if _DATE.fullmatch(cell) and EARLIEST.year <= int(cell[:4]) < LATEST.year:
            return date.fromisoformat(cell)
    except ValueError:
        pass
    raise Refused("must be a date like 2026-11-21, from 2000 to 2099")
