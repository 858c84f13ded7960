"""The store of what phones did, under the phones' own ids."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import String, bindparam, cast, insert, select
from sqlalchemy.orm import Session

from backend.engagement.models import PhoneAction
from backend.foundation.db import Prepared

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
_ADD = Prepared(
    insert(PhoneAction).values(
        {column.key: bindparam(column.key) for column in PhoneAction.__table__.columns}
    )
)


def known_action_cursor(session: Session, *, organisation_id: UUID, action_id: UUID) -> Any:
    """Ask for one action without waiting for the answer; read it with `read_actions`."""
    return _FIND_ONE.run(session, organisation_id=organisation_id, id=action_id)


def list_actions(
    session: Session, *, organisation_id: UUID, action_ids: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Return the actions that are known under ``action_ids``, in no order."""
    if len(action_ids) == 1:
        cursor = known_action_cursor(
            session, organisation_id=organisation_id, action_id=action_ids[0]
        )
        return read_actions(cursor)
    return read_actions(
        session.execute(
            select(*_COLUMNS).where(
                PhoneAction.organisation_id == organisation_id, PhoneAction.id.in_(action_ids)
            )
        )
    )


def read_actions(rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    """Return rows of `_COLUMNS` as Python values."""
    return [
        {
            "id": UUID(id_),
            "employee_id": UUID(employee_id),
            "fingerprint": bytes(fingerprint),
            "phone_at": instant_of(phone_at),
            "status": status,
            "result": orjson.loads(result),
        }
        for id_, employee_id, fingerprint, phone_at, status, result in rows
    ]


def instant_of(text: str | None) -> datetime | None:
    """Return the instant that an engine gave as text; SQLite leaves out the zone, UTC."""
    if text is None:
        return None
    instant = datetime.fromisoformat(text)
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def add_actions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep actions; a lost race for an id is a unique violation."""
    _ADD.run_many(session, rows)
