"""A batch as the files that payroll gets: a row for each workweek of each line."""

import hashlib
from collections.abc import Iterator, Sequence

from backend.foundation.spreadsheets import Cents, FileFormat, Row, instant, write_csv, write_xlsx
from backend.rewards.queries import BatchFacts, LineFacts

HEADER: Row = (
    *("batch", "line", "kind", "payroll_number", "badge_number", "name", "cost_centre"),
    *("employment_kind", "pay_basis", "reward", "taxable", "currency", "line_points"),
    *("line_amount", "workweek_starts_on", "workweek_ends_on", "week_points", "week_amount"),
    *("corrects_batch", "corrects_line", "reason", "redemption_id"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def write(batch: BatchFacts, lines: Sequence[LineFacts]) -> dict[FileFormat, bytes]:
    """Return the files of a batch, whose hashes are not known yet.

    The workbook has the hash of the CSV file on its second sheet.
    """
    rows = [HEADER, *_rows(batch, lines)]
    content = write_csv(rows)
    about = _about(batch, csv_sha256=digest(content))
    sheets = {"Payroll": rows, "Batch": about}
    return {
        FileFormat.CSV: content,
        FileFormat.XLSX: write_xlsx(sheets, made_at=batch.made_at),
    }


def digest(content: bytes) -> str:
    """Return the SHA-256 of ``content`` in hexadecimal, as ``sha256sum`` prints it."""
    return hashlib.sha256(content).hexdigest()


def _rows(batch: BatchFacts, lines: Sequence[LineFacts]) -> Iterator[Row]:
    for line in lines:
        for week in line.weeks:
            yield (
                *(batch.number, line.number, line.kind.value, line.payroll_number),
                *(line.badge_number, line.name, line.department),
                *(line.employment_kind.value, line.pay_basis.value, line.reward_name),
                *("yes" if line.taxable else "no", batch.currency, line.points),
                *(Cents(line.amount_cents), week.starts_on, week.ends_on),
                *(week.points, Cents(week.cents), line.corrects_batch, line.corrects_line),
                line.reason,
                str(line.redemption_id) if line.redemption_id else None,
            )


def _about(batch: BatchFacts, *, csv_sha256: str) -> list[Row]:
    return [
        ("what", "value"),
        ("batch", batch.number),
        ("currency", batch.currency),
        ("lines", batch.line_count),
        ("total", Cents(batch.total_cents)),
        ("made_at", instant(batch.made_at)),
        ("workweek_starts_on", WEEKDAYS[batch.workweek_starts_on]),
        ("csv_sha256", csv_sha256),
    ]
