"""Signing in to the console: e-mail address, password and a time-based one-time code (RFC 6238).

As on the phone, the password is compared ahead of the transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pyotp
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from backend.foundation.problems import Problem
from backend.identity import queries
from backend.identity.models import Employee
from backend.identity.problems import CredentialsWrong, EmailTaken, EmploymentEnded
from backend.identity.rules import CONSOLE_SESSION_LIFE
from backend.identity.services import vault
from backend.identity.services.sessions import OpenSession, open_session

STEP = timedelta(seconds=30)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Somebody says who they are; all is None for an unknown address."""

    organisation_id: UUID | None = None
    employee_id: UUID | None = None
    email: str | None = None
    password_hash: str | None = None
    totp_secret: str | None = None


def set_credentials(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    email: str,
    password_hash: str,
    totp_secret: str,
) -> None:
    """Let an employee sign in to the console; ``totp_secret`` is sealed by the vault.

    Raises EmployeeUnknown, EmailTaken.
    """
    employee = queries.lock_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    other = queries.find_by_email(session, email=as_kept(email))
    if other and other is not employee:
        raise EmailTaken
    employee.email = as_kept(email)
    employee.password_hash = password_hash
    employee.totp_secret = totp_secret
    employee.totp_last_step = None
    session.flush()


def as_kept(email: str) -> str:
    """Return an e-mail address as it is compared."""
    return email.strip().lower()


def find_claim(session: Session, *, email: str) -> Claim:
    """Return what is known of a claim, an empty one for an unknown address."""
    employee = queries.find_by_email(session, email=as_kept(email))
    return _claim(employee) if employee else Claim()


def claim_of(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Claim:
    """Return the claim of somebody who is signed in already."""
    return _claim(session.get_one(Employee, (organisation_id, employee_id)))


def _claim(employee: Employee) -> Claim:
    return Claim(
        organisation_id=employee.organisation_id,
        employee_id=employee.id,
        email=employee.email,
        password_hash=employee.password_hash,
        totp_secret=employee.totp_secret,
    )


def step_of(claim: Claim, *, code: str, vault_key: str, now: datetime) -> int | None:
    """Return the time step (30 s since the epoch) to which ``code`` belongs, or None.

    The present step and its two neighbours are looked at, as phones' clocks differ.
    """
    secret = claim.totp_secret and vault.unseal(claim.totp_secret, key=vault_key)
    if not secret:
        return None
    totp = pyotp.TOTP(secret)
    for at in (now - STEP, now, now + STEP):
        if pyotp.utils.strings_equal(totp.at(at), code):
            return totp.timecode(at)
    return None


def admit(
    session: Session, *, claim: Claim, step: int | None, now: datetime
) -> OpenSession | Problem:
    """Open a session for a claim whose password was right; a one-time code is taken once.

    Returns CredentialsWrong. Raises EmploymentEnded.
    """
    if claim.organisation_id is None or claim.employee_id is None or step is None:
        return CredentialsWrong()
    if not take_code(session, claim=claim, step=step):
        return CredentialsWrong()
    whose = {"organisation_id": claim.organisation_id, "employee_id": claim.employee_id}
    if not queries.may_work(session, **whose, now=now):
        raise EmploymentEnded
    return open_session(
        session, **whose, device_id=None, expires_at=now + CONSOLE_SESSION_LIFE, now=now
    )


def take_code(session: Session, *, claim: Claim, step: int) -> bool:
    """Use up the one-time code of ``step``; tell whether neither it nor a later one was used.

    Nor are the password and the secret others than in the ``claim`` by now.
    """
    taken = session.scalar(
        update(Employee)
        .where(
            Employee.organisation_id == claim.organisation_id,
            Employee.id == claim.employee_id,
            Employee.password_hash == claim.password_hash,
            Employee.totp_secret == claim.totp_secret,
            or_(Employee.totp_last_step.is_(None), Employee.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(Employee.id)
    )
    return taken is not None
