"""What identity takes and gives."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from backend.foundation.fields import (
    Bool,
    Day,
    In,
    Instant,
    Name,
    Out,
    SecretOut,
    Str,
    choice,
)
from backend.foundation.pages import PageArgs
from backend.identity.permissions import Permission, Role
from backend.identity.rules import (
    LANGUAGES,
    LONGEST_ATTRIBUTE,
    LONGEST_PAYROLL_NUMBER,
    LONGEST_PURPOSE,
    SHORTEST_PURPOSE,
    EmploymentKind,
    PayBasis,
    as_payroll_number,
    is_trivial_pin,
)

ON_PHONE = frozenset({"device_id", "device_secret", "badge_number", "pin"})
IN_CONSOLE = frozenset({"email", "password", "totp"})


def _hard_to_guess(pin: str) -> None:
    if is_trivial_pin(pin):
        raise ma.ValidationError("Too easy to guess: one digit repeated, or a straight run.")


def _pin(**kwargs: Any) -> Str:
    digits = ma.validate.Regexp(r"[0-9]{4,8}\Z", error="Must be 4 to 8 digits.")
    return Str(longest=8, validate=[digits, *kwargs.pop("validate", [])], **kwargs)


def _language(**kwargs: Any) -> Str:
    return Str(validate=[ma.validate.OneOf(LANGUAGES)], **kwargs)


class PayrollNumber(Str):
    """A payroll number, taken in any case and spacing and kept in one form."""

    def __init__(self, **kwargs: Any) -> None:
        """Say what it is for."""
        what = "Which person this is: two accounts of one person have the same."
        super().__init__(
            longest=LONGEST_PAYROLL_NUMBER,
            shortest=1,
            allow_none=True,
            metadata={"description": what},
            **kwargs,
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        number = as_payroll_number(super()._deserialize(value, *args, **kwargs))
        if number is None:
            raise ma.ValidationError("Must be letters A-Z and digits, between them also . _ / -")
        return number


class _EmployeeOut(Out):
    """What everybody may know of themselves."""

    id = ma.fields.UUID(required=True)
    badge_number = Str(required=True)
    name = Str(required=True)
    department_id = ma.fields.UUID(required=True)
    department = Str(required=True)
    employment_kind = choice(EmploymentKind, required=True)
    pay_basis = choice(PayBasis, required=True)
    language = Str(required=True)
    contract_ends_on = ma.fields.Date(required=True, allow_none=True)
    active = ma.fields.Boolean(required=True)
    roles = ma.fields.List(choice(Role), required=True)


class EmployeeOut(_EmployeeOut):
    """An employee, for HR."""

    payroll_number = PayrollNumber(required=True)


class EmployeesOut(Out):
    """A page of employees, by badge number."""

    items = ma.fields.List(ma.fields.Nested(EmployeeOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class EmployeesArgs(PageArgs):
    """Which employees: ``q`` is part of a name or the beginning of a badge number."""

    q = Str(shortest=1, longest=120)
    department = Str(shortest=1, longest=120)
    active = ma.fields.Boolean(truthy={"true"}, falsy={"false"})


def _roles(**kwargs: Any) -> ma.fields.List[Any]:
    return ma.fields.List(choice(Role), validate=ma.validate.Length(1, len(Role)), **kwargs)


class EmployeeIn(In):
    """Somebody to hire; the department is added when it is new."""

    badge_number = Name(shortest=1, longest=40, required=True)
    name = Name(shortest=1, longest=120, required=True)
    department = Name(shortest=1, longest=120, required=True)
    employment_kind = choice(EmploymentKind, required=True)
    pay_basis = choice(PayBasis, required=True)
    roles = _roles(load_default=lambda: [Role.EMPLOYEE])
    language = _language(load_default="en")
    payroll_number = PayrollNumber(load_default=None)
    contract_ends_on = Day(allow_none=True, load_default=None)


class EmployeeChangeIn(In):
    """What to change about an employee; ``active`` false locks out within a second."""

    name = Name(shortest=1, longest=120)
    department = Name(shortest=1, longest=120)
    employment_kind = choice(EmploymentKind)
    pay_basis = choice(PayBasis)
    roles = _roles()
    payroll_number = PayrollNumber()
    contract_ends_on = Day(allow_none=True)
    active = Bool()


class EnrolmentCodeOut(SecretOut):
    """A one-time code, shown once."""

    code = Str(required=True)
    expires_at = Instant(required=True)


class DeviceOut(Out):
    """A phone; ``locked`` when this employee is locked out on it."""

    id = ma.fields.UUID(required=True)
    label = Str(required=True)
    enrolled_at = Instant(required=True)
    revoked_at = Instant(required=True, allow_none=True)
    locked = ma.fields.Boolean(required=True)


class DevicesOut(Out):
    """The phones that an employee has used, the newest first."""

    items = ma.fields.List(ma.fields.Nested(DeviceOut()), required=True)


class ActsArgs(PageArgs):
    """Which acts; ``from`` is included, ``to`` is not."""

    act = Str(shortest=1, longest=60)
    actor = ma.fields.UUID()
    subject = ma.fields.UUID()
    subject_kind = Str(
        shortest=1,
        longest=40,
        validate=[ma.validate.Regexp("^[a-z_]+$")],
        metadata={"description": "What the act begins with, for instance employee."},
    )
    since = Instant(data_key="from")
    until = Instant(data_key="to")


class ActOut(Out):
    """Something that somebody did; without an actor it was the operator."""

    id = ma.fields.UUID(required=True)
    actor_id = ma.fields.UUID(required=True, allow_none=True)
    act = Str(required=True)
    subject_id = ma.fields.UUID(required=True, allow_none=True)
    detail = ma.fields.Dict(keys=ma.fields.String(), required=True)
    at = Instant(required=True)
    seal = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The number of its seal; null for up to a minute."},
    )


class ActsOut(Out):
    """A page of acts, the newest first."""

    items = ma.fields.List(ma.fields.Nested(ActOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class MeChangeIn(In):
    """What an employee may change about themselves."""

    language = _language(required=True)


class MeOut(_EmployeeOut):
    """The employee who asks, and what this session allows."""

    organisation_id = ma.fields.UUID(required=True)
    permissions = ma.fields.List(choice(Permission), required=True)


class EnrolIn(In):
    """A one-time code, the PIN that the employee chooses, and the phone.

    A phone that is enrolled already says so by its id and secret, and stays the same device.
    """

    code = Str(shortest=1, longest=40, required=True)
    pin = _pin(required=True, validate=[_hard_to_guess])
    label = Name(shortest=1, longest=80, required=True)
    device_id = ma.fields.UUID()
    device_secret = Str(shortest=1, longest=100)

    @ma.validates_schema
    def _both_or_neither(self, given: Mapping[str, Any], **_: Any) -> None:
        if ("device_id" in given) != ("device_secret" in given):
            raise ma.ValidationError("device_id and device_secret go together.")


class SignInIn(In):
    """Badge number and PIN on an enrolled phone; or e-mail, password and one-time code."""

    device_id = ma.fields.UUID()
    device_secret = Str(shortest=1, longest=100)
    badge_number = Str(shortest=1, longest=40)
    pin = _pin()
    email = Str(shortest=3, longest=200)
    password = Str(shortest=1, longest=200)
    totp = Str(validate=[ma.validate.Regexp(r"[0-9]{6}\Z", error="Must be 6 digits.")])

    @ma.validates_schema
    def _one_way(self, given: Mapping[str, Any], **_: Any) -> None:
        if set(given) not in (ON_PHONE, IN_CONSOLE):
            raise ma.ValidationError(
                "Send device_id, device_secret, badge_number and pin, or email, password and totp."
            )


class RefreshIn(In):
    """The newest refresh token of a session."""

    refresh_token = Str(shortest=1, longest=2000, required=True)


class TokensOut(SecretOut):
    """The next pair of tokens; the access token lives ``expires_in`` seconds."""

    access_token = Str(longest=2000, required=True)
    refresh_token = Str(longest=2000, required=True)
    token_type = Str(required=True)
    expires_in = ma.fields.Integer(required=True)
    session_expires_at = Instant(required=True)


class EnrolledOut(TokensOut):
    """An enrolled phone, its secret (shown once), and the first tokens."""

    device_id = ma.fields.UUID(required=True)
    device_secret = Str(required=True)


class ProtectedGroupsArgs(In):
    """What a file of protected groups is said to be of, what for, and when it is deleted."""

    attribute = Name(
        shortest=1,
        longest=LONGEST_ATTRIBUTE,
        required=True,
        metadata={"description": "For instance Age band; what was kept of it before is deleted."},
    )
    purpose = Name(
        longest=LONGEST_PURPOSE,
        required=True,
        validate=[ma.validate.Length(min=SHORTEST_PURPOSE)],
        metadata={"description": "Why they are compared, in words that everybody concerned reads."},
    )
    deleted_on = Day(
        required=True,
        metadata={"description": "Within 365 days; from that day on nothing of it is kept."},
    )


class ProtectedAttributeOut(SecretOut):
    """An attribute by which protected groups are compared for a while, without who is in which.

    No answer of it is remembered under a key: that would keep a hash of the file. Sent again, a
    file replaces itself.
    """

    id = ma.fields.UUID(required=True)
    name = Str(required=True)
    purpose = Str(longest=LONGEST_PURPOSE, required=True)
    deleted_on = Day(required=True)
    imported_at = Instant(required=True)
    people = ma.fields.Integer(required=True, metadata={"description": "As many as the file had."})


class ProtectedAttributesOut(Out):
    """Every attribute of which groups are kept, by name."""

    items = ma.fields.List(ma.fields.Nested(ProtectedAttributeOut()), required=True)
