"""What people prove themselves with: codes, devices, PINs, e-mail addresses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from backend.identity.models import (
    Device,
    Employee,
    EnrolmentCode,
    PinTries,
    SignedInSession,
)
from backend.identity.rules import MOST_PIN_TRIES


@dataclass(frozen=True, kw_only=True)
class DeviceFacts:
    """A device that an employee has used; ``locked`` after ten wrong PINs of theirs on it."""

    id: UUID
    label: str
    enrolled_at: datetime
    revoked_at: datetime | None
    locked: bool


def list_devices(
    session: Session, *, organisation_id: UUID, employee_id: UUID
) -> list[DeviceFacts]:
    """Return the devices that an employee has enrolled or signed in on, the newest first."""
    signed_in = exists().where(
        SignedInSession.organisation_id == Device.organisation_id,
        SignedInSession.employee_id == employee_id,
        SignedInSession.device_id == Device.id,
    )
    rows = session.execute(
        select(Device, PinTries.failed)
        .outerjoin(
            PinTries,
            (PinTries.organisation_id == Device.organisation_id)
            & (PinTries.device_id == Device.id)
            & (PinTries.employee_id == employee_id),
        )
        .where(
            Device.organisation_id == organisation_id,
            or_(Device.enrolled_by == employee_id, signed_in),
        )
        .order_by(Device.enrolled_at.desc(), Device.id)
    )
    return [
        DeviceFacts(
            id=device.id,
            label=device.label,
            enrolled_at=device.enrolled_at,
            revoked_at=device.revoked_at,
            locked=failed == MOST_PIN_TRIES,
        )
        for device, failed in rows
    ]


def find_usable_code(session: Session, *, code_hash: bytes, now: datetime) -> UUID | None:
    """Return whose unused enrolment code this is at ``now``, or None."""
    return session.scalar(
        select(EnrolmentCode.employee_id).where(
            EnrolmentCode.code_hash == code_hash,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )


def find_pin_of_code(session: Session, *, code_hash: bytes, since: datetime) -> str | None:
    """Return the PIN hash of whoever used this enrolment code after ``since``, or None."""
    return session.scalar(
        select(Employee.pin_hash)
        .join(
            EnrolmentCode,
            (EnrolmentCode.organisation_id == Employee.organisation_id)
            & (EnrolmentCode.employee_id == Employee.id),
        )
        .where(EnrolmentCode.code_hash == code_hash, EnrolmentCode.used_at > since)
    )


def find_device(session: Session, *, device_id: UUID, secret_hash: bytes) -> Device | None:
    """Return the enrolled device that proves itself with its secret, or None."""
    return session.scalar(
        select(Device).where(
            Device.secret_hash == secret_hash,
            Device.id == device_id,
            Device.revoked_at.is_(None),
        )
    )


def find_pin(
    session: Session, *, organisation_id: UUID, badge_number: str
) -> tuple[UUID, str | None] | None:
    """Return the id and PIN hash of the employee with ``badge_number``, or None."""
    row = session.execute(
        select(Employee.id, Employee.pin_hash).where(
            Employee.organisation_id == organisation_id, Employee.badge_number == badge_number
        )
    ).one_or_none()
    return row and (row[0], row[1])


def find_by_email(session: Session, *, email: str) -> Employee | None:
    """Return the employee who signs in to the console as ``email``, or None."""
    return session.scalar(select(Employee).where(Employee.email == email))
