"""The store of what phones did, under the phones' own ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from backend.engagement.models import PhoneAction, Request
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstResult:
    """What came of an action the first time, and what tells whether it is the same one."""

    id: UUID
    employee_id: UUID
    fingerprint: bytes | None
    phone_at: datetime | None
    status: int
    body: dict[str, Any]

    @classmethod
    def of(cls, action_id: UUID, *row: Any) -> "FirstResult":
        """Return the result in a ``row`` of FIRST_RESULT."""
        employee_id, fingerprint, phone_at, status, body = row
        return cls(
            id=action_id,
            employee_id=employee_id,
            fingerprint=fingerprint and bytes(fingerprint),
            phone_at=phone_at,
            status=status,
            body=body,
        )


FIRST_RESULT = (
    PhoneAction.employee_id,
    PhoneAction.fingerprint,
    PhoneAction.phone_at,
    PhoneAction.status,
    PhoneAction.result,
)
_FIND = Prepared(
    select(PhoneAction.id, *FIRST_RESULT).where(
        PhoneAction.organisation_id == bindparam("organisation_id"),
        PhoneAction.id == bindparam("id"),
    )
)
_ADD = PreparedInsert(PhoneAction)


def list_actions(
    session: Session, *, organisation_id: UUID, action_ids: Sequence[UUID]
) -> list[FirstResult]:
    """Return the actions that are known under ``action_ids``, in no order."""
    if len(action_ids) == 1:
        row = _FIND.first(session, organisation_id=organisation_id, id=action_ids[0])
        return [FirstResult.of(*row)] if row else []
    query = select(PhoneAction.id, *FIRST_RESULT).where(
        PhoneAction.organisation_id == organisation_id, PhoneAction.id.in_(action_ids)
    )
    return [FirstResult.of(*row) for row in session.execute(query)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What somebody wrote in a request, as far as it is still there."""

    request_id: UUID
    seat: str | None
    note: str | None


def list_words(
    session: Session, *, organisation_id: UUID, request_ids: Sequence[UUID]
) -> list[Words]:
    """Return what is written in these requests, of those that have any."""
    rows = session.execute(
        select(Request.id, Request.seat, Request.note).where(
            Request.organisation_id == organisation_id,
            Request.id.in_(request_ids),
            or_(Request.seat.is_not(None), Request.note.is_not(None)),
        )
    )
    return [Words(request_id=known, seat=seat, note=note) for known, seat, note in rows]


def add_actions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep actions; a lost race for an id is a unique violation."""
    _ADD.run(session, rows)
