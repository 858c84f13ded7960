"""The tables of identity."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import ONE_TREE, Base, Owned, enum_column, of_organisation, reference
from backend.identity.permissions import Role
from backend.identity.rules import (
    LONGEST_ATTRIBUTE,
    LONGEST_GROUP,
    LONGEST_PAYROLL_NUMBER,
    LONGEST_PURPOSE,
    EmploymentKind,
    PayBasis,
    SessionKind,
)


class Organisation(Base):
    """A tenant: a club or an arena operator."""

    __tablename__ = "organisations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    created_at: Mapped[datetime]


class Department(Owned, Base):
    """A department of an organisation."""

    __tablename__ = "departments"

    name: Mapped[str] = mapped_column(String(120))

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "name"),
    )


class Employee(Owned, Base):
    """Anybody who works in the building."""

    __tablename__ = "employees"

    badge_number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    department_id: Mapped[UUID]
    employment_kind: Mapped[EmploymentKind] = mapped_column(enum_column(EmploymentKind))
    pay_basis: Mapped[PayBasis] = mapped_column(enum_column(PayBasis))
    language: Mapped[str] = mapped_column(String(10), default="en")
    payroll_number: Mapped[str | None] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER),
        doc="Which person this is: two accounts of one person have the same.",
    )
    contract_ends_on: Mapped[date | None] = mapped_column(doc="Last day of work, if known.")
    created_at: Mapped[datetime]
    deactivated_at: Mapped[datetime | None]
    pin_hash: Mapped[str | None] = mapped_column(String(200), doc="Argon2id.")
    email: Mapped[str | None] = mapped_column(String(200), unique=True, doc="Lower case.")
    password_hash: Mapped[str | None] = mapped_column(String(200), doc="Argon2id.")
    totp_secret: Mapped[str | None] = mapped_column(String(300), doc="Encrypted by the vault key.")
    totp_last_step: Mapped[int | None] = mapped_column(doc="A TOTP code is taken once.")

    __table_args__ = (
        UniqueConstraint("organisation_id", "badge_number"),
        reference("department_id", "departments"),
        CheckConstraint(
            "payroll_number = upper(payroll_number) and payroll_number <> ''",
            name="payroll_number",
        ),
        Index(None, "organisation_id", "payroll_number"),
    )


class EmployeeRole(Base):
    """A role that an employee has."""

    __tablename__ = "employee_roles"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)

    __table_args__ = (reference("employee_id", "employees"),)


class ProtectedAttribute(Owned, Base):
    """By what HR compares protected groups for a while, and for which purpose."""

    __tablename__ = "protected_attributes"

    name: Mapped[str] = mapped_column(String(LONGEST_ATTRIBUTE), doc="For instance ``Age band``.")
    purpose: Mapped[str] = mapped_column(String(LONGEST_PURPOSE))
    deleted_on: Mapped[date] = mapped_column(doc="The first day on which nothing of it is kept.")
    imported_at: Mapped[datetime]
    people: Mapped[int] = mapped_column(doc="How many the file had.")

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "name"),
    )


class ProtectedGroup(Base):
    """In which group of an attribute somebody is; read by their own copy and the bias report."""

    __tablename__ = "protected_groups"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    attribute_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(LONGEST_GROUP))

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("attribute_id", "protected_attributes"),
        ONE_TREE,
    )


class EnrolmentCode(Owned, Base):
    """A one-time code with which an employee enrols a phone."""

    __tablename__ = "enrolment_codes"

    employee_id: Mapped[UUID]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    issued_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    __table_args__ = (reference("employee_id", "employees"),)


class Device(Owned, Base):
    """An enrolled phone; it proves itself with a secret."""

    __tablename__ = "devices"

    label: Mapped[str] = mapped_column(String(80))
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    enrolled_by: Mapped[UUID]
    enrolled_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (reference("enrolled_by", "employees"),)


class PinTries(Base):
    """Wrong PINs of one employee on one device; ten lock that pair, not the employee elsewhere."""

    __tablename__ = "pin_tries"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    failed: Mapped[int]

    __table_args__ = (
        CheckConstraint("failed between 0 and 10", name="failed"),
        reference("device_id", "devices"),
        reference("employee_id", "employees"),
    )


class SignedInSession(Owned, Base):
    """One signed-in employee: a family of refresh tokens, of which the last two are known."""

    __tablename__ = "sessions"

    employee_id: Mapped[UUID]
    device_id: Mapped[UUID | None]
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind))
    current_refresh: Mapped[UUID] = mapped_column(doc="The jti of the newest refresh token.")
    previous_refresh: Mapped[UUID | None] = mapped_column(
        doc="The jti before it: usable while its successor has not been used."
    )
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(
        doc="When a one-time code was last given in it, after the one that opened it."
    )
    revoked_at: Mapped[datetime | None]
    revoked_because: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("device_id", "devices"),
        Index(None, "organisation_id", "employee_id"),
    )
