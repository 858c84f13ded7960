"""Who acts in a session: asked for every request."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.prepared import Prepared
from backend.identity.models import Device, Employee, EmployeeRole, SignedInSession
from backend.identity.permissions import Role, granted, on_phone
from backend.identity.queries.employees import working
from backend.identity.rules import PayBasis, SessionKind, last_day_reached

# Run for every request of a session that was not checked a moment ago.
_LIVE_SESSION = Prepared(
    select(
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
        SignedInSession.id == bindparam("session_id"),
        SignedInSession.employee_id == bindparam("employee_id"),
        SignedInSession.revoked_at.is_(None),
        SignedInSession.expires_at > bindparam("now"),
        Device.revoked_at.is_(None),
        *working(bindparam("today")),
    )
)


def find_actor(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    session_id: UUID,
    now: datetime,
) -> Actor | None:
    """Return who acts in a session, or None when it has ended or they may no longer work.

    On a phone, where a PIN is all that protects it, roles grant what an employee or supervisor
    may do; the rest needs the console's password and one-time code.
    """
    rows = _LIVE_SESSION.run(
        session,
        organisation_id=organisation_id,
        employee_id=employee_id,
        session_id=session_id,
        now=now,
        today=last_day_reached(now),
    ).fetchall()
    if not rows:
        return None
    _, pay_basis, kind, device_id = rows[0]
    permissions = granted({Role(row[0]) for row in rows})
    return Actor(
        organisation_id=organisation_id,
        employee_id=employee_id,
        permissions=on_phone(permissions) if kind == SessionKind.PHONE else permissions,
        salaried=pay_basis == PayBasis.SALARIED,
        session_id=session_id,
        device_id=device_id and UUID(str(device_id)),
    )
