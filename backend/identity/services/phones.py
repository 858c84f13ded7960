"""Signing in on an enrolled phone: badge number and PIN, ten tries for each pair of them.

The PIN is compared ahead of the transaction, as that takes 200 ms; what was found then is looked
at again inside it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.foundation.problems import Problem
from backend.identity import queries
from backend.identity.models import Device, PinTries
from backend.identity.problems import (
    CredentialsWrong,
    DeviceNotEnrolled,
    EmploymentEnded,
    PinLocked,
)
from backend.identity.rules import MOST_PIN_TRIES
from backend.identity.services.hashing import digest
from backend.identity.services.sessions import OpenSession, open_session


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Somebody on a phone says who they are; ``employee_id`` is None for an unknown badge."""

    organisation_id: UUID
    device_id: UUID
    employee_id: UUID | None
    pin_hash: str | None


def find_claim(
    session: Session, *, device_id: UUID, device_secret: str, badge_number: str
) -> Claim:
    """Return what is known of a claim; raises DeviceNotEnrolled."""
    device = queries.find_device(session, device_id=device_id, secret_hash=digest(device_secret))
    if device is None:
        raise DeviceNotEnrolled
    employee_id, pin_hash = queries.find_pin(
        session, organisation_id=device.organisation_id, badge_number=badge_number
    ) or (None, None)
    return Claim(
        organisation_id=device.organisation_id,
        device_id=device.id,
        employee_id=employee_id,
        pin_hash=pin_hash,
    )


def admit(
    session: Session, *, claim: Claim, expires_at: datetime, now: datetime
) -> OpenSession | Problem:
    """Open a session for a claim whose PIN was right; forget earlier wrong tries.

    Returns PinLocked, or CredentialsWrong when the PIN has changed meanwhile. Raises
    EmploymentEnded, DeviceNotEnrolled.
    """
    if claim.employee_id is None:
        return CredentialsWrong()
    whose = {"organisation_id": claim.organisation_id, "employee_id": claim.employee_id}
    device = session.get(
        Device, (claim.organisation_id, claim.device_id), with_for_update={"key_share": True}
    )
    if device is None or device.revoked_at:
        raise DeviceNotEnrolled
    employee = queries.lock_employee(session, **whose)
    if _set_tries(session, claim, 0) is None and _tried(session, claim):
        return PinLocked()
    if employee.pin_hash != claim.pin_hash:
        return CredentialsWrong()
    if not queries.may_work(session, **whose, now=now):
        raise EmploymentEnded
    return open_session(session, **whose, device_id=claim.device_id, expires_at=expires_at, now=now)


def refuse(session: Session, *, claim: Claim) -> Problem:
    """Count a wrong PIN; return CredentialsWrong, or PinLocked from the tenth on."""
    if claim.employee_id is None:
        return CredentialsWrong()
    failed = _set_tries(session, claim, PinTries.failed + 1)
    if failed is None:
        if _tried(session, claim):
            return PinLocked()
        failed = 1
        session.add(
            PinTries(
                organisation_id=claim.organisation_id,
                device_id=claim.device_id,
                employee_id=claim.employee_id,
                failed=failed,
            )
        )
        session.flush()
    return PinLocked() if failed >= MOST_PIN_TRIES else CredentialsWrong()


def _set_tries(session: Session, claim: Claim, failed: object) -> int | None:
    """Set the pair's count unless it is locked; return it, None when locked or not there."""
    return session.scalar(
        update(PinTries)
        .where(
            PinTries.organisation_id == claim.organisation_id,
            PinTries.device_id == claim.device_id,
            PinTries.employee_id == claim.employee_id,
            PinTries.failed < MOST_PIN_TRIES,
        )
        .values(failed=failed)
        .returning(PinTries.failed)
    )


def _tried(session: Session, claim: Claim) -> bool:
    key = (claim.organisation_id, claim.device_id, claim.employee_id)
    return session.get(PinTries, key) is not None
