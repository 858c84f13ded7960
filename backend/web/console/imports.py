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


def _offer(offered: List, rule: str, *, may: Permission) -> None:
    """Let a list be imported on a page of its own, ``show_..._import`` by its name."""

    def show(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
        return offered.shown(refusal)

    def take(acting: Reading, file: CsvFile) -> dict[str, Any]:
        return offered.taken(acting, file)

    # Endpoints are called like their views.
    show.__name__, take.__name__ = f"show_{offered.name}_import", f"import_{offered.name}"
    ways = Ways(then="import", otherwise="import", refused=show)
    reads(rule, may=may, template="import")(show)
    acts(rule, may=may, ways=ways, ahead=offered.received)(take)


_offer(
    List(
        name="people",
        columns=employee_imports.COLUMNS,
        import_all=employee_imports.import_employees,
    ),
    "/hr/people/import",
    may=Permission.MANAGE_EMPLOYEES,
)
_offer(
    List(name="venues", columns=venue_imports.COLUMNS, import_all=venue_imports.import_venues),
    "/hr/places/import",
    may=Permission.MANAGE_VENUES,
)
_offer(
    List(name="events", columns=event_imports.COLUMNS, import_all=event_imports.import_events),
    "/hr/events/import",
    may=Permission.MANAGE_VENUES,
)
_offer(
    List(name="shifts", columns=shift_imports.COLUMNS, import_all=shift_imports.import_shifts),
    "/hr/events/import/shifts",
    may=Permission.MANAGE_VENUES,
)
