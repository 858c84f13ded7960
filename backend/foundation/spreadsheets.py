"""Files that people open in a spreadsheet: CSV and XLSX, in which no text is ever a formula.

Every export of the product writes its cells here. A cell is text, a whole number, an amount in
cents, a date, or None for nothing.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from enum import StrEnum
from io import BytesIO, StringIO

# What a spreadsheet takes for the beginning of a formula, also behind spaces, and the full-width
# forms that some take for the same. A tab or return in front makes them look again at the rest.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_INNER_FORMULA = re.compile(r"([;\t\r\n]\s*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


class FileFormat(StrEnum):
    """As what a table leaves the house."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class Cents(int):
    """An amount in hundredths of its currency."""


Cell = str | int | date | None
Row = Sequence[Cell]


def as_text(text: str) -> str:
    """Return ``text`` so that a spreadsheet shows it and does not compute it.

    What could begin a formula gets an apostrophe in front, the sign for text in every spreadsheet.
    """
    begins_one = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return f"'{text}" if begins_one else text


def amount(cents: int) -> str:
    """Return an amount as decimal text, for instance ``-12.05``, computed in whole numbers."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02}"


def instant(at: datetime) -> str:
    """Return an instant as text that sorts, in UTC: ``2026-11-21T19:30:00Z``."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _in_csv(text: str) -> str:
    """Return ``text`` for a cell of CSV, in which some see the end of a cell at a semicolon.

    Where a list is separated by one (French, Spanish, Dutch), and quotes begin in the middle of
    what is then a cell, a line break ends one, too.
    """
    return as_text(_INNER_FORMULA.sub(r"\1'", text))


def write_csv(rows: Iterable[Row]) -> bytes:
    """Return ``rows``, the header first, as CSV (RFC 4180) in UTF-8."""
    file = StringIO(newline="")
    csv.writer(file, lineterminator="\r\n").writerows([_said(cell) for cell in row] for row in rows)
    return file.getvalue().encode()


def _said(cell: Cell) -> str:
    if isinstance(cell, Cents):
        return amount(cell)
    if isinstance(cell, str):
        return _in_csv(cell)
    return "" if cell is None else str(cell)


def write_xlsx(sheets: Mapping[str, Iterable[Row]], *, made_at: datetime) -> bytes:
    """Return an Excel workbook of ``sheets`` by name, the header of each first.

    Every text is written as text. ``made_at`` is the date of making that the file bears.
    """
    # Of everything that the product does, only this needs it, and it is slow to load.
    import xlsxwriter  # noqa: PLC0415

    file = BytesIO()
    plain = {f"strings_to_{what}": False for what in ("formulas", "urls", "numbers")}
    book = xlsxwriter.Workbook(file, {"in_memory": True, **plain})
    book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
    formats = {
        "money": book.add_format({"num_format": "#,##0.00"}),
        "day": book.add_format({"num_format": "yyyy-mm-dd"}),
        "header": book.add_format({"bold": True}),
    }
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, Cents):
                    sheet.write_number(place, column, cell / 100, formats["money"])
                elif isinstance(cell, int):
                    sheet.write_number(place, column, cell)
                elif isinstance(cell, date):
                    sheet.write_datetime(place, column, cell, formats["day"])
                elif cell is not None:
                    sheet.write_string(place, column, cell, None if place else formats["header"])
    book.close()
    return file.getvalue()
