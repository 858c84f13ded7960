"""Imports: lists that HR keeps in spreadsheets, taken as CSV, all rows or none."""

from backend.foundation.contract import Upload
from backend.foundation.csv_rows import (
    LARGEST_FILE,
    CsvFile,
    FileTooLarge,
    ImportRejected,
    TooManyRows,
    read_file,
)
from backend.foundation.http import Call, Routes, ahead
from backend.foundation.imports import ImportResult
from backend.identity.permissions import Permission
from backend.identity.services import employee_imports
from backend.venues.schemas import ImportOut
from backend.venues.services import event_imports, shift_imports, venue_imports

routes = Routes("imports", __name__, description="Lists by file: all rows or none")

FILE = Upload(media_type="text/csv", largest=LARGEST_FILE)
REFUSALS = (ImportRejected, FileTooLarge, TooManyRows)


@routes.command(
    "POST /imports/venues",
    may=Permission.MANAGE_VENUES,
    takes=FILE,
    answers=ImportOut(),
    raises=REFUSALS,
)
@ahead(lambda content: read_file(content, venue_imports.COLUMNS))
def import_venues(call: Call, file: CsvFile) -> ImportResult:
    """Add and change venues, zones and posts: one row per post.

    Columns: venue_code, venue_name, time_zone, capacity, zone_code, zone_name, zone_kind,
    post_code, post_name, and if wanted command_centre_phone. UTF-8, commas, a header line. What
    the file leaves out stays.
    """
    return venue_imports.import_venues(call.session, actor=call.actor, text=file, now=call.now)


@routes.command(
    "POST /imports/employees",
    may=Permission.MANAGE_EMPLOYEES,
    takes=FILE,
    answers=ImportOut(),
    raises=REFUSALS,
)
@ahead(lambda content: read_file(content, employee_imports.COLUMNS))
def import_employees(call: Call, file: CsvFile) -> ImportResult:
    """Add and change employees, known by their badge numbers.

    Columns: badge_number, name, department, employment_kind, pay_basis, roles (separated by
    spaces or vertical bars), and if wanted language, contract_ends_on, email, payroll_number.
    """
    return employee_imports.import_employees(
        call.session, actor=call.actor, text=file, now=call.now
    )


@routes.command(
    "POST /imports/events",
    may=Permission.MANAGE_VENUES,
    takes=FILE,
    answers=ImportOut(),
    raises=REFUSALS,
)
@ahead(lambda content: read_file(content, event_imports.COLUMNS))
def import_events(call: Call, file: CsvFile) -> ImportResult:
    """Add and change events, known by their codes.

    Columns: code, venue_code, season, name, doors_at, starts_at, ends_at, and if wanted
    attendance. Times are RFC 3339 with an offset, or wall time of the venue: 2018-10-09 19:00.
    """
    return event_imports.import_events(call.session, actor=call.actor, text=file, now=call.now)


@routes.command(
    "POST /imports/shifts",
    may=Permission.MANAGE_VENUES,
    takes=FILE,
    answers=ImportOut(),
    raises=REFUSALS,
)
@ahead(lambda content: read_file(content, shift_imports.COLUMNS))
def import_shifts(call: Call, file: CsvFile) -> ImportResult:
    """Add and change shifts, known by employee, event and start.

    Columns: event_code, badge_number, zone_code, post_code, starts_at, ends_at. Times are RFC
    3339 with an offset, or wall time of the venue: 2018-10-09 18:30.
    """
    return shift_imports.import_shifts(call.session, actor=call.actor, text=file, now=call.now)
