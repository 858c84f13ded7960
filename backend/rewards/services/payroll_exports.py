"""Exports to payroll: what was approved is paid in batches, each redemption in one.

Locks are taken in one order: redemptions and corrections, passing over what is in other hands, then
the organisation's turn for its numbers. No balance is touched: what is held stays so until payroll
acknowledges the batch, which settles it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, take_turn
from backend.foundation.inserts import PreparedInsert
from backend.foundation.spreadsheets import FileFormat
from backend.identity.queries import list_employees_by_id
from backend.rewards import queries
from backend.rewards.models import (
    PayrollBatch,
    PayrollCarriedCorrection,
    PayrollFile,
    PayrollLine,
    PayrollLineSource,
    PayrollLineWeek,
)
from backend.rewards.problems import ApproverChanged, NothingToExport, PayeeChanged, SourcesUnknown
from backend.rewards.queries import BatchFacts, LineFacts
from backend.rewards.services import payroll_files
from backend.rewards.services.approvals import Changed, find_changed
from backend.rewards.services.payroll_lines import Drafts, Earned, draft, find_earned
from backend.rewards.workweeks import MOST_LINES

_LINES = PreparedInsert(PayrollLine)
_WEEKS = PreparedInsert(PayrollLineWeek)
_SOURCES = PreparedInsert(PayrollLineSource)
_CARRIED = PreparedInsert(PayrollCarriedCorrection)


def foresee(
    session: Session, *, organisation_id: UUID, currency: str, now: datetime
) -> dict[UUID, Earned]:
    """Return what earned each redemption that an export would find now.

    It reads thousands of entries for each employee, so it is done while nobody waits: what is held
    for a redemption was given by the same work later.
    """
    rows = queries.list_unpaid(
        session, organisation_id=organisation_id, currency=currency, now=now, limit=MOST_LINES
    )
    return find_earned(session, organisation_id=organisation_id, redemptions=rows)


def export(
    session: Session,
    *,
    actor: Actor,
    currency: str,
    workweek_starts_on: int,
    now: datetime,
    foreseen: Mapping[UUID, Earned],
) -> BatchFacts:
    """Put every approved cash bonus and correction in ``currency`` that waits into a batch.

    At most `MOST_LINES`, the oldest first. From here on nothing of it can be taken back. Weeks
    start on ``workweek_starts_on``, 0 for Monday to 6 for Sunday. ``foreseen`` is what `foresee`
    said; what is not in it is looked up. What the books do not explain is left out, and on record,
    as is what was approved for another payroll number than its account has now, or by people who
    turned out to be one. Raises NothingToExport, SourcesUnknown, PayeeChanged, ApproverChanged.
    """
    owner, batch_id = actor.organisation_id, new_id()
    due: dict[str, Any] = {"organisation_id": owner, "currency": currency}
    redemptions = queries.lock_unpaid(session, **due, now=now, limit=MOST_LINES)
    rest = MOST_LINES - len(redemptions)
    corrections = queries.lock_due_corrections(session, **due, limit=rest)
    if not redemptions and not corrections:
        raise NothingToExport
    new = [row for row in redemptions if row.id not in foreseen]
    earned = {**foreseen, **find_earned(session, organisation_id=owner, redemptions=new)}
    ids = {row.employee_id for row in redemptions}
    people = list_employees_by_id(session, organisation_id=owner, employee_ids=ids)
    unknown = [str(row.id) for row in redemptions if row.id not in earned]
    changed = find_changed(session, organisation_id=owner, redemptions=redemptions)
    redemptions = [row for row in redemptions if row.id in earned and row.id not in changed]
    if not redemptions and not corrections:
        if unknown:
            raise SourcesUnknown(redemption_ids=unknown)
        _refuse_all(changed)
    drafts = draft(
        session,
        batch_id=batch_id,
        starts_on=workweek_starts_on,
        payments=[(row, people[row.employee_id], earned[row.id]) for row in redemptions],
        corrections=corrections,
    )
    take_turn(session, owner, "payroll")
    batch = BatchFacts(
        id=batch_id,
        number=queries.find_last_number(session, organisation_id=owner) + 1,
        made_by=actor.employee_id,
        made_at=now,
        currency=currency,
        workweek_starts_on=workweek_starts_on,
        line_count=len(drafts.lines),
        total_cents=sum(line.amount_cents for line in drafts.lines),
        acknowledged_by=None,
        acknowledged_at=None,
    )
    # Due no more: it neither expires nor can be taken back, and its acknowledgement fulfils it.
    for row in redemptions:
        row.due_at = None
    hashes = _write(session, actor, batch, drafts)
    detail = {
        "number": batch.number,
        "currency": currency,
        "line_count": batch.line_count,
        "total_cents": batch.total_cents,
        "csv_sha256": hashes[FileFormat.CSV],
        "left_out": sorted({*unknown, *map(str, changed)}),
    }
    audit.record(
        session, actor=actor, act="payroll.exported", subject_id=batch_id, now=now, detail=detail
    )
    session.flush()
    return queries.get_batch(session, organisation_id=owner, batch_id=batch_id)


def _refuse_all(changed: Mapping[UUID, Changed]) -> NoReturn:
    """Say of all that waits why it is not paid: the first reason, with what it is the reason of."""
    why = PayeeChanged if PayeeChanged in changed.values() else ApproverChanged
    raise why(redemption_ids=[str(which) for which, one in changed.items() if one is why])


def _write(
    session: Session, actor: Actor, batch: BatchFacts, drafts: Drafts
) -> dict[FileFormat, str]:
    """Write a batch with all that belongs to it; return the hashes of its files."""
    owner = {"organisation_id": actor.organisation_id}
    files = payroll_files.write(batch, drafts.lines)
    hashes = {kind: payroll_files.digest(content) for kind, content in files.items()}
    named = {column.key for column in PayrollBatch.__table__.columns} - owner.keys()
    session.add(PayrollBatch(**owner, **{name: getattr(batch, name) for name in named}))
    session.flush()
    _LINES.run(session, [owner | _row(line) for line in drafts.lines])
    weeks = [
        owner
        | {
            "line_id": line.id,
            "starts_on": week.starts_on,
            "points": week.points,
            "cents": week.cents,
        }
        for line in drafts.lines
        for week in line.weeks
    ]
    _WEEKS.run(session, weeks)
    _SOURCES.run(session, drafts.sources)
    _CARRIED.run(session, drafts.carried)
    session.add_all(
        PayrollFile(**owner, batch_id=batch.id, format=kind, content=content, sha256=hashes[kind])
        for kind, content in files.items()
    )
    return hashes


def _row(line: LineFacts) -> dict[str, Any]:
    names = LineFacts.__dataclass_fields__.keys() - queries.NOT_OF_THE_TABLE
    return {name: getattr(line, name) for name in names}
