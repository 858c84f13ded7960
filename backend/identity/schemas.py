"""What identity takes and gives."""

from collections.abc import Mapping
from typing import Any

import marshmallow as ma

from backend.foundation.fields import In, Instant, Out, SecretOut, Str, choice
from backend.identity.models import EmploymentKind, PayBasis
from backend.identity.permissions import Permission, Role
from backend.identity.rules import is_trivial_pin

ON_PHONE = frozenset({"device_id", "device_secret", "badge_number", "pin"})
IN_CONSOLE = frozenset({"email", "password", "totp"})


def _hard_to_guess(pin: str) -> None:
    if is_trivial_pin(pin):
        raise ma.ValidationError("Too easy to guess: one digit repeated, or a straight run.")


def _pin(**kwargs: Any) -> Str:
    digits = ma.validate.Regexp(r"[0-9]{4,8}\Z", error="Must be 4 to 8 digits.")
    return Str(longest=8, validate=[digits, *kwargs.pop("validate", [])], **kwargs)


class EmployeeOut(Out):
    """An employee."""

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


class MeOut(EmployeeOut):
    """The employee who asks, and what this session allows."""

    organisation_id = ma.fields.UUID(required=True)
    permissions = ma.fields.List(choice(Permission), required=True)


class EnrolIn(In):
    """A one-time code, the PIN that the employee chooses, and the phone.

    A phone that is enrolled already says so by its id and secret, and stays the same device.
    """

    code = Str(shortest=1, longest=40, required=True)
    pin = _pin(required=True, validate=[_hard_to_guess])
    label = Str(shortest=1, longest=80, required=True)
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
