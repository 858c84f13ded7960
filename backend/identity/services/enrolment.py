"""Enrolment: a one-time code from HR makes a phone an employee's own, with a PIN."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity import queries
from backend.identity.models import Device, EnrolmentCode, PinTries, SignedInSession
from backend.identity.problems import (
    DeviceNotEnrolled,
    EmployeeInactive,
    EmploymentEnded,
    EnrolmentCodeRefused,
)
from backend.identity.rules import (
    CODE_ALPHABET,
    CODE_LENGTH,
    ENROLMENT_CODE_LIFE,
    ENROLMENT_SENT_AGAIN,
    as_written,
)
from backend.identity.services.hashing import digest
from backend.identity.services.sessions import OpenSession, end_first, open_session


@dataclass(frozen=True, kw_only=True)
class IssuedCode:
    """A code that is shown once."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Phone:
    """The phone to enrol; with id and secret when it is enrolled already and stays the same."""

    label: str
    device_id: UUID | None = None
    device_secret: str | None = None


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """An enrolled phone with its first session; the secret is shown once."""

    device_id: UUID
    device_secret: str
    opened: OpenSession


def issue_code(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    issued_by: UUID | None,
    now: datetime,
) -> IssuedCode:
    """Issue a code of 50 random bits, good for seven days; older unused ones expire at once.

    Raises EmployeeUnknown, EmployeeInactive.
    """
    employee = queries.lock_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    if employee.deactivated_at:
        raise EmployeeInactive
    session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.organisation_id == organisation_id,
            EnrolmentCode.employee_id == employee_id,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(expires_at=now)
    )
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    row = EnrolmentCode(
        organisation_id=organisation_id,
        id=new_id(),
        employee_id=employee_id,
        code_hash=digest(code),
        issued_by=issued_by,
        expires_at=now + ENROLMENT_CODE_LIFE,
    )
    session.add(row)
    session.flush()
    return IssuedCode(code=code, expires_at=row.expires_at)


def check_code(session: Session, *, code: str, now: datetime) -> str | None:
    """Look whether ``code`` can be used at ``now``; raises EnrolmentCodeRefused.

    Of one that was used within ten minutes, return the hash that the PIN must have; else None.
    """
    code_hash = digest(as_written(code))
    if queries.find_usable_code(session, code_hash=code_hash, now=now):
        return None
    kept = queries.find_pin_of_code(session, code_hash=code_hash, since=now - ENROLMENT_SENT_AGAIN)
    if kept is None:
        raise EnrolmentCodeRefused
    return kept


def enrol(
    session: Session,
    *,
    code: str,
    pin_hash: str,
    phone: Phone,
    expires_at: datetime,
    now: datetime,
) -> Enrolled:
    """Use up ``code``, keep the PIN, and open the phone's first session until ``expires_at``.

    On a phone that is enrolled already, it also unlocks the employee there. Within ten minutes the
    same again, its ``pin_hash`` that of the first time, undoes the first time. Raises
    EnrolmentCodeRefused, EmploymentEnded, DeviceNotEnrolled.
    """
    code_hash = digest(as_written(code))
    used = session.execute(
        update(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == code_hash,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
        .values(used_at=now)
        .returning(EnrolmentCode.organisation_id, EnrolmentCode.employee_id)
    ).one_or_none()
    organisation_id, employee_id = used or _take_back(
        session, code_hash=code_hash, pin_hash=pin_hash, now=now
    )
    whose = {"organisation_id": organisation_id, "employee_id": employee_id}
    queries.lock_employee(session, **whose).pin_hash = pin_hash
    if not queries.may_work(session, **whose, now=now):
        raise EmploymentEnded
    secret = phone.device_secret or secrets.token_urlsafe(32)
    device_id = _known_device(session, phone, organisation_id)
    if device_id:
        _unlock(session, device_id=device_id, **whose)
    else:
        device_id = new_id()
        device = Device(
            organisation_id=organisation_id,
            id=device_id,
            label=phone.label,
            secret_hash=digest(secret),
            enrolled_by=employee_id,
            enrolled_at=now,
        )
        session.add(device)
        session.flush()
    actor = Actor(organisation_id=organisation_id, employee_id=employee_id, permissions=frozenset())
    audit.record(session, actor=actor, act="device.enrolled", subject_id=device_id, now=now)
    opened = open_session(session, **whose, device_id=device_id, expires_at=expires_at, now=now)
    return Enrolled(device_id=device_id, device_secret=secret, opened=opened)


def _take_back(
    session: Session, *, code_hash: bytes, pin_hash: str, now: datetime
) -> tuple[UUID, UUID]:
    """Undo an enrolment whose answer was lost; return the organisation's id and whose.

    Raises EnrolmentCodeRefused.
    """
    code = session.scalar(
        select(EnrolmentCode)
        .where(
            EnrolmentCode.code_hash == code_hash,
            EnrolmentCode.used_at > now - ENROLMENT_SENT_AGAIN,
        )
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if code is None or code.used_at is None:
        raise EnrolmentCodeRefused
    whose = {"organisation_id": code.organisation_id, "employee_id": code.employee_id}
    # Who chose another PIN meanwhile has the code's answer, or another code.
    if queries.lock_employee(session, **whose).pin_hash != pin_hash:
        raise EnrolmentCodeRefused
    device_id = end_first(session, **whose, opened_at=code.used_at, now=now)
    if device_id is None:
        raise EnrolmentCodeRefused
    _forget_device(session, device_id=device_id, enrolled_at=code.used_at, now=now, **whose)
    code.used_at = now
    session.flush()
    return code.organisation_id, code.employee_id


def _forget_device(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    device_id: UUID,
    enrolled_at: datetime,
    now: datetime,
) -> None:
    """Revoke the device if it was enrolled then; raises EnrolmentCodeRefused if it was used."""
    revoked = session.scalar(
        update(Device)
        .where(
            Device.organisation_id == organisation_id,
            Device.id == device_id,
            Device.enrolled_at == enrolled_at,
            Device.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(Device.id)
    )
    later = exists().where(
        SignedInSession.organisation_id == organisation_id,
        SignedInSession.device_id == device_id,
        SignedInSession.opened_at > enrolled_at,
    )
    if session.scalar(select(later)):
        raise EnrolmentCodeRefused
    if revoked:
        actor = Actor(
            organisation_id=organisation_id, employee_id=employee_id, permissions=frozenset()
        )
        audit.record(session, actor=actor, act="device.revoked", subject_id=device_id, now=now)


def _known_device(session: Session, phone: Phone, organisation_id: UUID) -> UUID | None:
    if phone.device_id is None or phone.device_secret is None:
        return None
    device = queries.find_device(
        session, device_id=phone.device_id, secret_hash=digest(phone.device_secret)
    )
    if device is None or device.organisation_id != organisation_id:
        raise DeviceNotEnrolled
    return device.id


def _unlock(session: Session, *, organisation_id: UUID, employee_id: UUID, device_id: UUID) -> None:
    session.execute(
        update(PinTries)
        .where(
            PinTries.organisation_id == organisation_id,
            PinTries.device_id == device_id,
            PinTries.employee_id == employee_id,
        )
        .values(failed=0)
    )
