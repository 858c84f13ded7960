"""What tests ask about refused files."""

from backend.foundation.csv_rows import ImportRejected

BadRow = tuple[int, str | None, str]


def bad_rows(rejected: ImportRejected) -> list[BadRow]:
    """Return line, column and reason of everything that was refused."""
    listed = rejected.document()["errors"]
    return [(bad["line"], bad["column"], bad["reason"]) for bad in listed]
