"""Sessions: opened, carried on by one refresh token after the other, ended."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, update
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.foundation.problems import Problem
from backend.identity import queries
from backend.identity.models import SignedInSession
from backend.identity.problems import EmploymentEnded, RefreshTokenReused, SessionEnded
from backend.identity.rules import SessionKind


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A session as its tokens are made of it; ``refresh_id`` names its newest refresh token."""

    organisation_id: UUID
    employee_id: UUID
    session_id: UUID
    refresh_id: UUID
    expires_at: datetime


def open_session(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    device_id: UUID | None,
    expires_at: datetime,
    now: datetime,
) -> OpenSession:
    """Open a session on an enrolled device, or in the console when there is none."""
    row = SignedInSession(
        organisation_id=organisation_id,
        id=new_id(),
        employee_id=employee_id,
        device_id=device_id,
        kind=SessionKind.PHONE if device_id else SessionKind.CONSOLE,
        current_refresh=new_id(),
        opened_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return _opened(row)


def carry_on(
    session: Session,
    *,
    organisation_id: UUID,
    session_id: UUID,
    refresh_id: UUID,
    now: datetime,
) -> OpenSession | Problem:
    """Exchange the refresh token ``refresh_id`` for a new one.

    The newest token is taken, and the one before it while its successor has not been used: over
    bad Wi-Fi the answer that carried the successor may be lost. Any other token of the session has
    been stolen or copied, so the session is closed. The refusals SessionEnded, EmploymentEnded
    (also of a session that ended with the employment: a phone then need not ask for a PIN) and
    RefreshTokenReused are returned, because the closing must be kept.
    """
    its_own = (
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.id == session_id,
        SignedInSession.revoked_at.is_(None),
        SignedInSession.expires_at > now,
    )
    swapped = session.execute(
        update(SignedInSession)
        .where(
            *its_own,
            or_(
                SignedInSession.current_refresh == refresh_id,
                SignedInSession.previous_refresh == refresh_id,
            ),
        )
        .values(previous_refresh=refresh_id, current_refresh=new_id())
        .returning(SignedInSession)
    ).scalar_one_or_none()
    if swapped:
        if queries.may_work(
            session, organisation_id=organisation_id, employee_id=swapped.employee_id, now=now
        ):
            return _opened(swapped)
        _close(session, *its_own, because="employment_ended", now=now)
        return EmploymentEnded()
    if _close(session, *its_own, because="refresh_token_reused", now=now):
        return RefreshTokenReused()
    return why_ended(session, organisation_id=organisation_id, session_id=session_id, now=now)


def why_ended(
    session: Session, *, organisation_id: UUID, session_id: UUID, now: datetime
) -> SessionEnded | EmploymentEnded:
    """Return why a session is over: because its employee works here no more, or otherwise."""
    row = session.get(SignedInSession, (organisation_id, session_id))
    works = row and queries.may_work(
        session, organisation_id=organisation_id, employee_id=row.employee_id, now=now
    )
    return EmploymentEnded() if row and not works else SessionEnded()


def end(session: Session, *, organisation_id: UUID, session_id: UUID, now: datetime) -> None:
    """End one session because its employee signed out."""
    _close(
        session,
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.id == session_id,
        because="signed_out",
        now=now,
    )


def end_first(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    opened_at: datetime,
    now: datetime,
) -> UUID | None:
    """End the session that an enrolment opened at ``opened_at``, if it is as it was then.

    Return the device that it was on, None when its tokens were exchanged or it has ended.
    """
    return session.scalar(
        update(SignedInSession)
        .where(
            SignedInSession.organisation_id == organisation_id,
            SignedInSession.employee_id == employee_id,
            SignedInSession.kind == SessionKind.PHONE,
            SignedInSession.opened_at == opened_at,
            SignedInSession.previous_refresh.is_(None),
            SignedInSession.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_because="enrolment_sent_again")
        .returning(SignedInSession.device_id)
    )


def end_all_of_employee(
    session: Session, *, organisation_id: UUID, employee_id: UUID, because: str, now: datetime
) -> int:
    """End every session of an employee; return how many."""
    return _close(
        session,
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.employee_id == employee_id,
        because=because,
        now=now,
    )


def end_all_in_console(
    session: Session, *, organisation_id: UUID, employee_id: UUID, because: str, now: datetime
) -> int:
    """End every session of an employee in the console; return how many."""
    return _close(
        session,
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.employee_id == employee_id,
        SignedInSession.kind == SessionKind.CONSOLE,
        because=because,
        now=now,
    )


def end_all_on_device(
    session: Session, *, organisation_id: UUID, device_id: UUID, because: str, now: datetime
) -> int:
    """End every session on a device; return how many."""
    return _close(
        session,
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.device_id == device_id,
        because=because,
        now=now,
    )


def _close(session: Session, *which: ColumnElement[bool], because: str, now: datetime) -> int:
    closed = session.execute(
        update(SignedInSession)
        .where(SignedInSession.revoked_at.is_(None), *which)
        .values(revoked_at=now, revoked_because=because)
        .returning(SignedInSession.id)
    )
    return len(closed.all())


def _opened(row: SignedInSession) -> OpenSession:
    return OpenSession(
        organisation_id=row.organisation_id,
        employee_id=row.employee_id,
        session_id=row.id,
        refresh_id=row.current_refresh,
        expires_at=row.expires_at,
    )
