"""What identity takes and gives."""

import marshmallow as ma

from backend.foundation.fields import Out, Str, choice
from backend.identity.models import EmploymentKind, PayBasis
from backend.identity.permissions import Permission, Role


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
