"""Exports to payroll over HTTP."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, g
from sqlalchemy.orm import Session

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.contract import Download
from backend.foundation.db import reading
from backend.foundation.downloads import attachment
from backend.foundation.http import Call, Routes, ahead
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.foundation.spreadsheets import MEDIA_TYPES, FileFormat
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    AlreadyAcknowledged,
    ApproverChanged,
    BatchNotFound,
    NothingToExport,
    OwnBatch,
    PayeeChanged,
    SourcesUnknown,
    WrongFile,
)
from backend.rewards.queries import BatchFacts
from backend.rewards.schemas.payroll import (
    AcknowledgementIn,
    PayrollExportIn,
    PayrollExportOut,
    PayrollExportsOut,
    PayrollExportWithLinesOut,
)
from backend.rewards.services import payables, payroll_acknowledgements, payroll_exports

routes = Routes("payroll", __name__, description="Batches for payroll, each paid once")
CSV = Download(media_type=MEDIA_TYPES[FileFormat.CSV], text=True)
XLSX = Download(media_type=MEDIA_TYPES[FileFormat.XLSX], text=False)


def _foresee(body: dict[str, Any]) -> dict[str, Any]:
    owner = g.actor.organisation_id
    with reading(owner) as session:
        foreseen = payables.foresee(
            session, organisation_id=owner, currency=body["currency"], now=clock.now()
        )
    return body | {"foreseen": foreseen}


@routes.command(
    "POST /payroll-exports",
    may=Permission.EXPORT_PAYROLL,
    takes=PayrollExportIn(),
    answers=PayrollExportOut(),
    status=201,
    raises=(NothingToExport, SourcesUnknown, PayeeChanged, ApproverChanged),
)
@ahead(_foresee)
def export_payroll(call: Call, body: dict[str, Any]) -> BatchFacts:
    """Put every approved cash bonus and correction in one currency into a batch.

    At most 500 lines, the oldest first; what is left is for the next batch. From here on nothing
    of it can be taken back.
    """
    return payroll_exports.export(call.session, actor=call.actor, now=call.now, **body)


@routes.query(
    "/payroll-exports",
    may=Permission.EXPORT_PAYROLL,
    answers=PayrollExportsOut(),
    args=PageArgs(),
)
def list_payroll_exports(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the batches, the newest first."""
    position = position_of(args.get("cursor"), int)
    found = queries.list_batches(
        call.session,
        organisation_id=call.actor.organisation_id,
        below=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [one.number])


@routes.query(
    "/payroll-exports/<uuid:batch_id>",
    may=Permission.EXPORT_PAYROLL,
    answers=PayrollExportWithLinesOut(),
    raises=(BatchNotFound,),
)
def get_payroll_export(call: Call, batch_id: UUID) -> dict[str, Any]:
    """Give a batch with its lines, each with the workweeks in which it was earned."""
    which: dict[str, Any] = {"organisation_id": call.actor.organisation_id, "batch_id": batch_id}
    batch = queries.get_batch(call.session, **which)
    return asdict(batch) | {"lines": queries.list_lines(call.session, **which)}


@routes.query(
    "/payroll-exports/<uuid:batch_id>/file.csv",
    may=Permission.EXPORT_PAYROLL,
    answers=CSV,
    raises=(BatchNotFound,),
)
def get_payroll_csv(call: Call, batch_id: UUID) -> Response:
    """Give the CSV file of a batch, the same bytes each time: a row for each week of each line."""
    return file_of(call.session, call.actor, batch_id, FileFormat.CSV)


@routes.query(
    "/payroll-exports/<uuid:batch_id>/file.xlsx",
    may=Permission.EXPORT_PAYROLL,
    answers=XLSX,
    raises=(BatchNotFound,),
)
def get_payroll_xlsx(call: Call, batch_id: UUID) -> Response:
    """Give the Excel file of a batch, the same bytes each time."""
    return file_of(call.session, call.actor, batch_id, FileFormat.XLSX)


@routes.command(
    "POST /payroll-exports/<uuid:batch_id>/acknowledge",
    may=Permission.ACKNOWLEDGE_PAYROLL,
    takes=AcknowledgementIn(),
    answers=PayrollExportOut(),
    raises=(BatchNotFound, OwnBatch, PersonUnknown, AlreadyAcknowledged, WrongFile),
)
def acknowledge_payroll_export(call: Call, body: dict[str, Any], batch_id: UUID) -> BatchFacts:
    """Say that payroll has the batch, by the hash of its file; what it pays is fulfilled.

    Whoever made the batch cannot.
    """
    return payroll_acknowledgements.acknowledge(
        call.session, actor=call.actor, batch_id=batch_id, now=call.now, **body
    )


def file_of(session: Session, actor: Actor, batch_id: UUID, kind: FileFormat) -> Response:
    """Return a file of a batch of the actor's organisation to download; raises BatchNotFound."""
    number, content = queries.get_file(
        session, organisation_id=actor.organisation_id, batch_id=batch_id, kind=kind
    )
    return attachment(content, name=f"payroll-{number}", kind=kind)
