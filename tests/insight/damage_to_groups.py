"""What can be wrong with protected groups, as SQL that makes it so, and what names it."""

from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.identity.models import ProtectedAttribute
from backend.identity.permissions import Role
from tests.factories import Arena, make_employee
from tests.identity.groups import make_people, put_in

DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "groups are kept after their day": (
        "I16",
        "protected_attributes",
        ("update protected_attributes set deleted_on = '2026-11-01' where organisation_id = :org",),
    ),
    "somebody left and their group did not": (
        "I16",
        "protected_groups",
        (
            (
                "update employees set deactivated_at = created_at where organisation_id = :org"
                " and id in (select employee_id from protected_groups)"
            ),
        ),
    ),
    "groups were imported by nobody on record": (
        "I14",
        "protected_attributes",
        (
            (
                "delete from audit_rows where organisation_id = :org"
                " and act = 'protected_groups.imported'"
            ),
        ),
    ),
    "a group is of no attribute": (
        "I12",
        "protected_groups",
        ("delete from protected_attributes where organisation_id = :org",),
    ),
}


def keep_groups(session: Session, arena: Arena) -> None:
    """Keep groups of an attribute whose day is further off than this test lives."""
    hr = make_employee(session, arena, roles=(Role.HR,))
    kept = put_in(session, hr, {"all": make_people(session, arena, 5)})
    session.execute(
        update(ProtectedAttribute)
        .where(ProtectedAttribute.id == kept.id)
        .values(deleted_on=date(2999, 1, 1))
    )
