"""Who acts in a session: asked for every request that no other has asked for a moment ago."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from itertools import repeat
from uuid import UUID

from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.prepared import Prepared
from backend.identity.models import Device, Employee, EmployeeRole, SignedInSession
from backend.identity.permissions import Permission, Role, granted, on_phone
from backend.identity.queries.employees import working
from backend.identity.rules import PayBasis, SessionKind, last_day_reached

# How many sessions a statement asks about: few sizes, so that each is soon known by heart.
_SIZES = (1, 8, 64)
MOST_ASKED = _SIZES[-1]
_live_sessions = (
    select(
        SignedInSession.id,
        SignedInSession.employee_id,
        EmployeeRole.role,
        Employee.pay_basis,
        SignedInSession.kind,
        SignedInSession.device_id,
    )
    .join_from(
        SignedInSession,
        Employee,
        (Employee.organisation_id == SignedInSession.organisation_id)
        & (Employee.id == SignedInSession.employee_id),
    )
    .join(
        EmployeeRole,
        (EmployeeRole.organisation_id == Employee.organisation_id)
        & (EmployeeRole.employee_id == Employee.id),
    )
    .outerjoin(
        Device,
        (Device.organisation_id == SignedInSession.organisation_id)
        & (Device.id == SignedInSession.device_id),
    )
    .where(
        SignedInSession.organisation_id == bindparam("organisation_id"),
        SignedInSession.revoked_at.is_(None),
        SignedInSession.expires_at > bindparam("now"),
        Device.revoked_at.is_(None),
        *working(bindparam("today")),
    )
)


@cache
def _asking(size: int) -> Prepared:
    ids = [bindparam(f"id_{place}", type_=SignedInSession.id.type) for place in range(size)]
    return Prepared(_live_sessions.where(SignedInSession.id.in_(ids)))


def list_actors(
    session: Session, *, organisation_id: UUID, session_ids: Sequence[UUID], now: datetime
) -> dict[UUID, Actor]:
    """Return who acts in each of at most MOST_ASKED sessions of an organisation.

    Those that have ended are left out, and those of who may no longer work. On a phone, where a
    PIN is all that protects it, roles grant what an employee or supervisor may do; the rest needs
    the console's password and one-time code.
    """
    size = next(size for size in _SIZES if size >= len(session_ids))
    padded = [*session_ids, *repeat(session_ids[0], size - len(session_ids))]
    rows = _asking(size).all(
        session,
        organisation_id=organisation_id,
        now=now,
        today=last_day_reached(now),
        **{f"id_{place}": session_id for place, session_id in enumerate(padded)},
    )
    roles: dict[UUID, set[Role]] = {}
    for session_id, _, role, *_ in rows:
        roles.setdefault(session_id, set()).add(Role(role))
    return {
        session_id: Actor(
            organisation_id=organisation_id,
            employee_id=employee_id,
            permissions=_granted(roles[session_id], kind),
            salaried=pay_basis == PayBasis.SALARIED,
            session_id=session_id,
            device_id=device_id,
        )
        for session_id, employee_id, _, pay_basis, kind, device_id in rows
    }


def _granted(roles: set[Role], kind: SessionKind) -> frozenset[Permission]:
    permissions = granted(roles)
    return on_phone(permissions) if kind == SessionKind.PHONE else permissions


def find_reader(
    session: Session,
    *,
    organisation_id: UUID,
    session_id: UUID,
    refresh_id: UUID,
    now: datetime,
) -> Actor | None:
    """Return who acts in a session of the console, as `list_actors` does.

    It must be named by its newest refresh token: one that was exchanged may have been copied.
    """
    employee_id = session.scalar(
        select(SignedInSession.employee_id).where(
            SignedInSession.organisation_id == organisation_id,
            SignedInSession.id == session_id,
            SignedInSession.kind == SessionKind.CONSOLE,
            SignedInSession.current_refresh == refresh_id,
        )
    )
    if employee_id is None:
        return None
    actors = list_actors(
        session, organisation_id=organisation_id, session_ids=[session_id], now=now
    )
    return actors.get(session_id)


def list_phones(
    session: Session, *, employees: Collection[tuple[UUID, UUID]], now: datetime
) -> set[tuple[UUID, UUID, UUID]]:
    """Return the phones on which ``employees`` are signed in and may still work.

    Those are (organisation_id, employee_id) pairs, and the phones those with a device_id.
    """
    row = SignedInSession
    found = session.execute(
        select(row.organisation_id, row.employee_id, Device.id)
        .select_from(row)
        .join(
            Employee,
            (Employee.organisation_id == row.organisation_id) & (Employee.id == row.employee_id),
        )
        .join(
            Device,
            (Device.organisation_id == row.organisation_id) & (Device.id == row.device_id),
        )
        .where(
            tuple_(row.organisation_id, row.employee_id).in_(employees),
            row.revoked_at.is_(None),
            row.expires_at > now,
            Device.revoked_at.is_(None),
            *working(last_day_reached(now)),
        )
    )
    return {(owner, employee_id, device_id) for owner, employee_id, device_id in found}
