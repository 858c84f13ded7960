"""Push targets: how a push service reaches an employee on a phone."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.notify.messages import TargetKind
from backend.notify.models import PushTarget
from backend.notify.problems import NotOnAPhone


def put(session: Session, *, actor: Actor, kind: TargetKind, value: str, now: datetime) -> None:
    """Let ``actor`` be reached on this phone by ``value``, and by nothing that was put before.

    Raises NotOnAPhone. Only while they are signed in there: see `queries.list_phones_of`.
    """
    if actor.device_id is None:
        raise NotOnAPhone
    insert = upsert(PushTarget).values(
        organisation_id=actor.organisation_id,
        employee_id=actor.employee_id,
        device_id=actor.device_id,
        kind=kind,
        value=value,
        put_at=now,
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["organisation_id", "employee_id", "device_id"],
            set_={name: insert.excluded[name] for name in ("kind", "value", "put_at")},
        )
    )


def drop(session: Session, *, actor: Actor) -> None:
    """Let nothing be pushed to ``actor`` on this phone any more; raises NotOnAPhone."""
    if actor.device_id is None:
        raise NotOnAPhone
    session.execute(
        delete(PushTarget).where(
            PushTarget.organisation_id == actor.organisation_id,
            PushTarget.employee_id == actor.employee_id,
            PushTarget.device_id == actor.device_id,
        )
    )
