"""HR's pages on which a list is taken from a CSV file: all of its rows, or none."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from backend.foundation.csv_rows import Column, CsvFile, read_file
from backend.foundation.imports import ImportResult
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.services import employee_imports
from backend.venues.services import event_imports, shift_imports, venue_imports
from backend.web.console.forms import NO_FILE, refused, sent_file, wrong_rows
from backend.web.console.frames import Reading, Ways, acts, reads


@dataclass(frozen=True, kw_only=True, slots=True)
class List:
    """A list that HR keeps elsewhere; the template has words for each ``name``."""

    name: str
    columns: Sequence[Column]
    import_all: Callable[..., ImportResult]

    def shown(self, refusal: Problem | None = None) -> dict[str, Any]:
        """Return what a file must have; of one that was refused, every row that is wrong."""
        return {
            "list": self.name,
            "columns": self.columns,
            "result": None,
            **wrong_rows(refusal),
            **refused(refusal),
        }

    def received(self, _: Reading) -> dict[str, Any]:
        """Read the file, before anybody has to wait for it; raises what `read_file` does."""
        content = sent_file()
        if content is None:
            raise Invalid(errors={"form": {"file": [NO_FILE]}})
        return {"file": read_file(content, self.columns)}

    def taken(self, acting: Reading, file: CsvFile) -> dict[str, Any]:
        """Add and change what is in the file, and show how much that was.

        The same file again changes nothing. Raises ImportRejected, FileTooLarge, TooManyRows.
        """
        result = self.import_all(acting.session, actor=acting.reader, text=file, now=acting.now)
        return self.shown() | {"result": asdict(result)}


PEOPLE = List(
    name="people", columns=employee_imports.COLUMNS, import_all=employee_imports.import_employees
)
VENUES = List(name="venues", columns=venue_imports.COLUMNS, import_all=venue_imports.import_venues)
EVENTS = List(name="events", columns=event_imports.COLUMNS, import_all=event_imports.import_events)
SHIFTS = List(name="shifts", columns=shift_imports.COLUMNS, import_all=shift_imports.import_shifts)


@reads("/hr/people/import", may=Permission.MANAGE_EMPLOYEES, template="import")
def show_people_import(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a list of people must have."""
    return PEOPLE.shown(refusal)


@acts(
    "/hr/people/import",
    may=Permission.MANAGE_EMPLOYEES,
    ways=Ways(then="import", otherwise="import", refused=show_people_import),
    ahead=PEOPLE.received,
)
def import_people(acting: Reading, file: CsvFile) -> dict[str, Any]:
    """Take a list of people; raises what `List.taken` does."""
    return PEOPLE.taken(acting, file)


@reads("/hr/places/import", may=Permission.MANAGE_VENUES, template="import")
def show_venues_import(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a list of venues must have."""
    return VENUES.shown(refusal)


@acts(
    "/hr/places/import",
    may=Permission.MANAGE_VENUES,
    ways=Ways(then="import", otherwise="import", refused=show_venues_import),
    ahead=VENUES.received,
)
def import_venues(acting: Reading, file: CsvFile) -> dict[str, Any]:
    """Take a list of venues; raises what `List.taken` does."""
    return VENUES.taken(acting, file)


@reads("/hr/events/import", may=Permission.MANAGE_VENUES, template="import")
def show_events_import(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a list of events must have."""
    return EVENTS.shown(refusal)


@acts(
    "/hr/events/import",
    may=Permission.MANAGE_VENUES,
    ways=Ways(then="import", otherwise="import", refused=show_events_import),
    ahead=EVENTS.received,
)
def import_events(acting: Reading, file: CsvFile) -> dict[str, Any]:
    """Take a list of events; raises what `List.taken` does."""
    return EVENTS.taken(acting, file)


@reads("/hr/events/import/shifts", may=Permission.MANAGE_VENUES, template="import")
def show_shifts_import(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a list of shifts must have."""
    return SHIFTS.shown(refusal)


@acts(
    "/hr/events/import/shifts",
    may=Permission.MANAGE_VENUES,
    ways=Ways(then="import", otherwise="import", refused=show_shifts_import),
    ahead=SHIFTS.received,
)
def import_shifts(acting: Reading, file: CsvFile) -> dict[str, Any]:
    """Take a list of shifts; raises what `List.taken` does."""
    return SHIFTS.taken(acting, file)
