"""What a table is that can be taken along, and how its cells are made."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app, request
from markupsafe import Markup

from backend.foundation.problems import NotFound
from backend.foundation.spreadsheets import Cents, FileFormat, Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts
from backend.web.console.frames import Reading

# A workbook of so many rows is made in seconds, in the memory of one process.
MOST_ROWS = 20_000
# How many rows are read at once.
PART = 500
People = Mapping[UUID, EmployeeFacts]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table as the address asks for it: by what ``filter``, and its rows, read as they go.

    ``words`` say the filter to people.
    """

    filter: Mapping[str, str]
    words: Mapping[str, str]
    header: Row
    rows: Iterator[Row]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A table that was written once and is kept, the same bytes for ever, under a ``name``."""

    filter: Mapping[str, str]
    words: Mapping[str, str]
    name: str
    rows: int
    content_of: Callable[[FileFormat], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A table that can be taken along: how it is called, on which page it is, and for whom.

    ``kept`` are the names in the address that say which lines; one that ``names_people`` takes the
    one-time code once more.
    """

    title: str
    page: str
    kept: tuple[str, ...]
    may: Permission
    read: Callable[[Reading], Table | Kept]
    names_people: bool = True


def in_parts(page_after: Callable[[str | None], Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Return every page of a list, each as ``page_after`` reads it behind a cursor.

    A page says in ``next_after`` where the next one begins, None for the last one.
    """
    after: str | None = None
    while True:
        page = page_after(after)
        yield page
        after = page["next_after"]
        if after is None:
            return


def asked_id(name: str) -> UUID:
    """Return the id in the address that says of what the table is; raises NotFound for none."""
    try:
        return UUID(request.args.get(name, ""))
    except ValueError as error:
        raise NotFound from error


def at(moment: datetime | None) -> str | None:
    """Return an instant as files have it."""
    return instant(moment) if moment else None


def who(people: People, employee_id: UUID | None) -> Row:
    """Return somebody's badge number and name, nothing for nobody."""
    if employee_id is None:
        return (None, None)
    return (people[employee_id].badge_number, people[employee_id].name)


def yes(true: object) -> str:
    """Return what is true or not as files have it."""
    return "yes" if true else "no"


def percent(share: float | None) -> Cents | None:
    """Return a share of 1 as per cent with two decimals."""
    return None if share is None else Cents(round(share * 10_000))


def hundredths(value: float | None) -> Cents | None:
    """Return a number with two decimals."""
    return None if value is None else Cents(round(value * 100))


def said_with(name: str) -> Mapping[str, str]:
    """Return the words of a page for what the tables call by code, so that files say the same."""
    words: Mapping[str, str] = getattr(_macros("words"), name)
    return words


def told_by(template: str, macro: str, *given: object) -> str:
    """Return as plain text what a page's own macro writes."""
    told: Markup = getattr(_macros(template), macro)(*given)
    return told.striptags()


def _macros(template: str) -> object:
    return current_app.jinja_env.get_template(f"console/{template}.html").module
