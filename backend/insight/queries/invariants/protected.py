"""Protected groups: gone when their day has come, and with who leaves."""

from backend.insight.queries.invariants.acts import unaudited
from backend.insight.queries.invariants.checks import Check

CODE = "I16"

CHECKS = (
    Check(
        code=CODE,
        table="protected_attributes",
        # The job deletes them as soon as the day begins anywhere; by now it is over everywhere.
        statement="""
            select organisation_id, 'is kept after its day' as what, id
            from protected_attributes where deleted_on < {yesterday}""",
    ),
    Check(
        code=CODE,
        table="protected_groups",
        statement="""
            select g.organisation_id, 'is of somebody who was deactivated' as what,
                g.employee_id, g.attribute_id
            from protected_groups g
            join employees e on e.organisation_id = g.organisation_id and e.id = g.employee_id
            where e.deactivated_at is not null""",
    ),
    unaudited("protected_attributes", "x.id is not null", act="protected_groups.imported"),
)
