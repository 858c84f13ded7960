"""Payroll as files: a batch as it is kept, the batches, corrections, and what earned a line."""

from collections.abc import Iterator
from typing import Any

from backend.foundation.spreadsheets import Cents, Row, instant
from backend.identity.permissions import Permission
from backend.insight.services import evidence
from backend.rewards.queries import get_batch, get_file
from backend.web.console.frames import Reading
from backend.web.console.payroll import batches_of, line_in, to_decide
from backend.web.console.tables.redemptions import EARNED, earned_rows
from backend.web.console.tables.shapes import (
    PART,
    Kept,
    Kind,
    Table,
    asked_id,
    at,
    in_parts,
    who,
)

_MAY = Permission.EXPORT_PAYROLL


def _read_batch(reading: Reading) -> Kept:
    """Return the batch that the address names; raises BatchNotFound."""
    which: dict[str, Any] = {
        "organisation_id": reading.organisation_id,
        "batch_id": asked_id("batch_id"),
    }
    batch = get_batch(reading.session, **which)
    return Kept(
        filter={"batch_id": str(batch.id)},
        words={"Batch": str(batch.number), "Lines": str(batch.line_count)},
        name=f"payroll-{batch.number}",
        rows=batch.line_count,
        content_of=lambda kind: get_file(reading.session, **which, kind=kind)[1],
    )


def _read_batches(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=(
            *("number", "made_at", "made_by_badge_number", "made_by", "lines", "total"),
            *("currency", "acknowledged_at", "acknowledged_by_badge_number", "acknowledged_by"),
            "id",
        ),
        rows=_batch_rows(reading),
    )


def _batch_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: batches_of(reading, after=after, limit=PART)):
        for one in page["batches"]:
            yield (
                *(one.number, instant(one.made_at), *who(page["people"], one.made_by)),
                *(one.line_count, Cents(one.total_cents), one.currency),
                *(at(one.acknowledged_at), *who(page["people"], one.acknowledged_by)),
                str(one.id),
            )


def _read_corrections(reading: Reading) -> Table:
    return Table(
        filter={},
        words={"List": "Corrections to decide on"},
        header=(
            *("made_at", "badge_number", "name", "amount", "currency"),
            *("asked_by_badge_number", "asked_by", "id"),
        ),
        rows=_correction_rows(reading),
    )


def _correction_rows(reading: Reading) -> Iterator[Row]:
    page = to_decide(reading)
    for one in page["to_decide"]:
        line = page["lines"][one.line_id]
        yield (
            *(instant(one.made_at), line.badge_number, line.name),
            *(Cents(one.amount_cents), one.currency, *who(page["people"], one.made_by)),
            str(one.id),
        )


def _read_sources(reading: Reading) -> Table:
    """Return what earned a line of a batch; raises BatchNotFound and LineNotFound."""
    batch, line = line_in(reading, asked_id("batch_id"), asked_id("line_id"))
    earned = evidence.list_behind_line(
        reading.session, organisation_id=reading.organisation_id, line_id=line.id
    )
    return Table(
        filter={"batch_id": str(batch.id), "line_id": str(line.id)},
        words={"Batch": str(batch.number), "Line": str(line.number), "Employee": line.name},
        header=EARNED,
        rows=earned_rows(earned),
    )


KINDS = {
    "payroll": Kind(
        title="a batch for payroll",
        page="console.show_batch",
        kept=("batch_id",),
        may=_MAY,
        read=_read_batch,
    ),
    "batches": Kind(
        title="the batches",
        page="console.show_payroll",
        kept=(),
        may=_MAY,
        read=_read_batches,
    ),
    "corrections": Kind(
        title="corrections to decide on",
        page="console.show_payroll",
        kept=(),
        may=_MAY,
        read=_read_corrections,
    ),
    "payroll-sources": Kind(
        title="what earned a line of payroll",
        page="console.show_line",
        kept=("batch_id", "line_id"),
        may=_MAY,
        read=_read_sources,
    ),
}
