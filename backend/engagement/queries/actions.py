"""The store of what phones did, under the phones' own ids."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import String, bindparam, cast, select
from sqlalchemy.orm import Session

from backend.engagement.models import PhoneAction
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class FirstResult:
    """What came of an action the first time, and what tells whether it is the same one."""

    id: UUID
    employee_id: UUID
    fingerprint: bytes
    phone_at: datetime | None
    status: int
    body: dict[str, Any]


_COLUMNS = (
    cast(PhoneAction.id, String).label("id"),
    cast(PhoneAction.employee_id, String).label("employee_id"),
    PhoneAction.fingerprint,
    cast(PhoneAction.phone_at, String).label("phone_at"),
    PhoneAction.status,
    cast(PhoneAction.result, String).label("result"),
)
# Every greeting looks for its own id first, so that one is a statement on the driver's cursor.
_FIND_ONE = Prepared(
    select(*_COLUMNS).where(
        PhoneAction.organisation_id == bindparam("organisation_id"),
        PhoneAction.id == bindparam("id"),
    )
)
_ADD = PreparedInsert(PhoneAction)


def ask_actions(
    session: Session, *, organisation_id: UUID, action_ids: Sequence[UUID]
) -> Callable[[], list[FirstResult]]:
    """Ask which actions are known under ``action_ids``; call what is returned for them, unordered.

    For one id the question goes out at once, so that it can share a pipeline with others.
    """
    if len(action_ids) == 1:
        cursor = _FIND_ONE.run(session, organisation_id=organisation_id, id=action_ids[0])
        return lambda: _read(cursor.fetchall())
    query = select(*_COLUMNS).where(
        PhoneAction.organisation_id == organisation_id, PhoneAction.id.in_(action_ids)
    )
    return lambda: _read(session.execute(query))


def _read(rows: Iterable[Sequence[Any]]) -> list[FirstResult]:
    return [
        FirstResult(
            id=UUID(id_),
            employee_id=UUID(employee_id),
            fingerprint=bytes(fingerprint),
            phone_at=instant_of(phone_at),
            status=status,
            body=orjson.loads(body),
        )
        for id_, employee_id, fingerprint, phone_at, status, body in rows
    ]


def instant_of(text: str | None) -> datetime | None:
    """Return the instant that an engine gave as text; SQLite leaves out the zone, UTC."""
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def add_actions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep actions; a lost race for an id is a unique violation."""
    _ADD.run(session, rows)
