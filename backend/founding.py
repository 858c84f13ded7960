"""How an organisation begins, and how the operator lets somebody into its console."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity import queries
from backend.identity.permissions import Role, granted
from backend.identity.problems import EmployeeInactive, EmployeeUnknown, EmploymentEnded
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services import console, employees, organisations, sessions, vault
from backend.identity.services.employees import NewEmployee
from backend.rewards.services import rule_versions


class NotLetIn(Exception):
    """Nobody may be let into the console by what was said."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """How somebody signs in to the console; the TOTP secret makes one-time codes (RFC 6238)."""

    email: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)

    @classmethod
    def draw(cls, email: str) -> "Credentials":
        """Return random credentials: 96 bits of password, 160 of TOTP secret."""
        return cls(
            email=email, password=secrets.token_urlsafe(12), totp_secret=pyotp.random_base32()
        )

    @property
    def uri(self) -> str:
        """Return what an authenticator app takes."""
        return pyotp.TOTP(self.totp_secret).provisioning_uri(
            name=self.email, issuer_name="On the Spot"
        )

    def code(self, now: datetime) -> tuple[str, int]:
        """Return the one-time code at ``now``, and for how many seconds more it is good."""
        totp = pyotp.TOTP(self.totp_secret)
        return totp.at(now), totp.interval - int(now.timestamp()) % totp.interval


def let_in(
    session: Session,
    credentials: Credentials,
    *,
    employee: Actor,
    password_hash: str,
    vault_key: str,
) -> None:
    """Let ``employee`` into the console; hashing takes long, so it was done before.

    Raises EmailTaken.
    """
    console.set_credentials(
        session,
        organisation_id=employee.organisation_id,
        employee_id=employee.employee_id,
        email=credentials.email,
        password_hash=password_hash,
        totp_secret=vault.seal(credentials.totp_secret, key=vault_key),
    )


@dataclass(frozen=True, kw_only=True)
class Badge:
    """By what the operator names an employee."""

    organisation: str
    badge_number: str


def _lock_holder(session: Session, badge: Badge, now: datetime) -> Actor:
    """Return whose badge it is; until the end nobody else may change what they are."""
    organisation_id = queries.find_organisation(session, name=badge.organisation)
    if organisation_id is None:
        raise NotLetIn("There is no organisation of that name.")
    queries.lock_administrators(session, organisation_id=organisation_id)
    employee_id = queries.find_by_badge(
        session, organisation_id=organisation_id, badge_number=badge.badge_number
    )
    if employee_id is None:
        raise EmployeeUnknown
    whose = {"organisation_id": organisation_id, "employee_id": employee_id}
    if queries.lock_employee(session, **whose).deactivated_at:
        raise EmployeeInactive
    if not queries.may_work(session, **whose, now=now):
        raise EmploymentEnded
    roles = queries.list_roles(session, **whose)
    if roles <= {Role.EMPLOYEE}:
        raise NotLetIn("This employee is neither supervisor, HR, payroll nor administrator.")
    return Actor(
        organisation_id=organisation_id, employee_id=employee_id, permissions=granted(roles)
    )


def let_in_anew(
    session: Session,
    credentials: Credentials,
    *,
    badge: Badge,
    password_hash: str,
    vault_key: str,
    now: datetime,
) -> Credentials:
    """Let who has ``badge`` into the console by ``credentials`` alone; end their sessions there.

    Without an e-mail address they keep the one on file; return what they sign in with. Raises
    NotLetIn, EmployeeUnknown, EmployeeInactive, EmploymentEnded, EmailTaken.
    """
    employee = _lock_holder(session, badge, now)
    whose = {"organisation_id": employee.organisation_id, "employee_id": employee.employee_id}
    on_file = console.claim_of(session, **whose).email
    email = credentials.email or on_file
    if email is None:
        raise NotLetIn("No e-mail address of this employee is on file; say --email.")
    given = replace(credentials, email=email)
    let_in(session, given, employee=employee, password_hash=password_hash, vault_key=vault_key)
    ended = sessions.end_all_in_console(session, **whose, because="credentials_set", now=now)
    audit.record_job(
        session,
        organisation_id=employee.organisation_id,
        act="employee.credentials_set",
        subject_id=employee.employee_id,
        now=now,
        detail={"new_address": email != on_file, "sessions_ended": ended},
    )
    return given


def found(
    session: Session,
    *,
    name: str,
    administrator: str,
    badge_number: str,
    payroll_number: str | None = None,
    now: datetime,
) -> Actor:
    """Make the organisation ``name``; return its first administrator as they act.

    Everything else is theirs to add, by file or by hand. An organisation of that name is a
    violation of the database's unique constraint.
    """
    organisation_id = organisations.create(session, name=name, now=now)
    rule_versions.ensure_default(session, organisation_id=organisation_id, now=now)
    first = NewEmployee(
        badge_number=badge_number,
        name=administrator,
        department="Front Office",
        employment_kind=EmploymentKind.FULL_TIME,
        pay_basis=PayBasis.SALARIED,
        roles=(Role.ADMIN,),
        payroll_number=payroll_number,
    )
    actor = Actor(
        organisation_id=organisation_id,
        employee_id=employees.hire(session, organisation_id=organisation_id, new=first, now=now),
        permissions=granted({Role.ADMIN}),
        salaried=True,
    )
    audit.record(
        session,
        actor=actor,
        act="organisation.founded",
        subject_id=organisation_id,
        now=now,
        detail={"name": name},
    )
    return actor
