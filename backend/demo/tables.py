"""The files of the demo arena, as text for the imports and as rows for the plans."""

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from pathlib import Path

HERE = Path(__file__).parent / "data"


@cache
def text_of(name: str) -> str:
    """Return the file ``name`` (venues, employees or events) as it is shipped."""
    return (HERE / f"{name}.csv").read_text(encoding="utf-8")


@cache
def rows_of(name: str) -> tuple[Mapping[str, str], ...]:
    """Return the rows of the file ``name``."""
    return tuple(csv.DictReader(StringIO(text_of(name))))


def write(rows: Sequence[Mapping[str, object]]) -> str:
    """Return ``rows``, which have the same columns, as the text of a CSV file."""
    out = StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
