"""Privileged acts and the audit rows that they leave in the same transaction."""

from backend.insight.queries.invariants.checks import Check


def _unaudited(table: str, condition: str) -> Check:
    return Check(
        code="I14",
        table=table,
        statement=f"""
            select x.organisation_id, 'no audit row tells who did this' as what, x.id
            from {table} x where {condition} and not exists (
                select 1 from audit_rows a
                where a.organisation_id = x.organisation_id and a.subject_id = x.id)""",
    )


CHECKS = (
    _unaudited("rule_versions", "x.published_by is not null"),
    _unaudited("employees", "x.deactivated_at is not null"),
    _unaudited("devices", "x.revoked_at is not null"),
)
