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
from backend.identity.queries import list_payroll_numbers
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
from backend.rewards.services import payables, payroll_files
from backend.rewards.services.payables import Reason
from backend.rewards.services.payroll_lines import Drafts, Earned, draft

_LINES = PreparedInsert(PayrollLine)
_WEEKS = PreparedInsert(PayrollLineWeek)
_SOURCES = PreparedInsert(PayrollLineSource)
_CARRIED = PreparedInsert(PayrollCarriedCorrection)


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

    At most `workweeks.MOST_LINES`, the oldest first. From here on nothing of it can be taken back.
    Weeks start on ``workweek_starts_on``, 0 for Monday to 6 for Sunday. ``foreseen`` is what
    `payables.foresee` said. What the books do not explain is left out, and on record, as is what
    was approved for another payroll number than its account has now, or by people who turned out
    to be one; of corrections, only what adds. Raises NothingToExport, SourcesUnknown,
    PayeeChanged, ApproverChanged.
    """
    owner, batch_id = actor.organisation_id, new_id()
    chosen = payables.choose(
        session, organisation_id=owner, currency=currency, now=now, foreseen=foreseen
    )
    if not chosen.payments and not chosen.corrections:
        _refuse_all(chosen.left_out)
    drafts = draft(
        session,
        batch_id=batch_id,
        starts_on=workweek_starts_on,
        payments=chosen.payments,
        corrections=chosen.corrections,
    )
    take_turn(session, owner, "payroll")
    numbers = list_payroll_numbers(session, organisation_id=owner, employee_ids=[actor.employee_id])
    batch = BatchFacts(
        id=batch_id,
        number=queries.find_last_number(session, organisation_id=owner) + 1,
        made_by=actor.employee_id,
        made_by_person=numbers[actor.employee_id],
        made_at=now,
        currency=currency,
        workweek_starts_on=workweek_starts_on,
        line_count=len(drafts.lines),
        total_cents=sum(line.amount_cents for line in drafts.lines),
        acknowledged_by=None,
        acknowledged_at=None,
    )
    # Due no more: it neither expires nor can be taken back, and its acknowledgement fulfils it.
    for row, *_ in chosen.payments:
        row.due_at = None
    hashes = _write(session, actor, batch, drafts)
    detail = {
        "number": batch.number,
        "currency": currency,
        "line_count": batch.line_count,
        "total_cents": batch.total_cents,
        "csv_sha256": hashes[FileFormat.CSV],
        "xlsx_sha256": hashes[FileFormat.XLSX],
        "left_out": sorted(map(str, chosen.left_out.keys() | chosen.left_out_corrections)),
    }
    audit.record(
        session, actor=actor, act="payroll.exported", subject_id=batch_id, now=now, detail=detail
    )
    session.flush()
    return queries.get_batch(session, organisation_id=owner, batch_id=batch_id)


def _refuse_all(left_out: Mapping[UUID, Reason]) -> NoReturn:
    """Say why nothing is paid: the first reason, with what it is the reason of."""
    for why in (SourcesUnknown, PayeeChanged, ApproverChanged):
        ids = [str(which) for which, reason in left_out.items() if reason is why]
        if ids:
            raise why(redemption_ids=ids)
    raise NothingToExport


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
