"""How an organisation begins: default rules, one administrator, and a way into the console."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime

import pyotp
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity.permissions import Role, granted
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services import console, employees, organisations, vault
from backend.identity.services.employees import NewEmployee
from backend.rewards.services import rule_versions


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
