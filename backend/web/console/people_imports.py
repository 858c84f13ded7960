"""HR's page on which a list of employees is taken from a CSV file: all of its rows, or none."""

from dataclasses import asdict
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from backend.foundation.csv_rows import LARGEST_FILE, CsvFile, FileTooLarge, read_file
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.services import employee_imports
from backend.identity.services.employee_imports import COLUMNS
from backend.web.console.forms import refused
from backend.web.console.frames import Reading, Ways, acts, reads

# What a form puts around a file.
_AROUND = 64 * 1024
SHOWN = 100
_MAY = Permission.MANAGE_EMPLOYEES


@reads("/hr/people/import", may=_MAY, template="people_import")
def show_import(_: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a file must have; of one that was refused, every row that is wrong."""
    wrong = refusal.errors if refusal and isinstance(refusal.errors, list) else []
    return {
        "columns": COLUMNS,
        "shown_at_most": SHOWN,
        "result": None,
        "detail": refusal.detail if refusal and wrong else None,
        "wrong": wrong,
        **refused(refusal),
    }


def _received(_: Reading) -> dict[str, Any]:
    """Read the file, before anybody has to wait for it; raises what `read_file` does."""
    request.max_content_length = LARGEST_FILE + _AROUND
    try:
        sent = request.files.get("file")
    except RequestEntityTooLarge as error:
        raise FileTooLarge from error
    if sent is None or not sent.filename:
        raise Invalid(errors={"form": {"file": ["Choose a file."]}})
    return {"file": read_file(sent.read(), COLUMNS)}


@acts(
    "/hr/people/import",
    may=_MAY,
    ways=Ways(then="people_import", otherwise="people_import", refused=show_import),
    ahead=_received,
)
def import_people(acting: Reading, file: CsvFile) -> dict[str, Any]:
    """Add and change the employees in the file; raises ImportRejected, FileTooLarge, TooManyRows.

    The same file again changes nothing.
    """
    result = employee_imports.import_employees(
        acting.session, actor=acting.reader, text=file, now=acting.now
    )
    return show_import(acting) | {"result": asdict(result)}
