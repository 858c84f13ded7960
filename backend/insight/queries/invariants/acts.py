"""Privileged acts and the audit rows that they leave in the same transaction."""

from backend.insight.queries.invariants.checks import Check


def _unaudited(table: str, condition: str, *, act: str) -> Check:
    return Check(
        code="I14",
        table=table,
        statement=f"""
            select x.organisation_id, 'no audit row says {act}' as what, x.id
            from {table} x where {condition} and not exists (
                select 1 from audit_rows a
                where a.organisation_id = x.organisation_id and a.subject_id = x.id
                    and a.act = '{act}')""",
    )


CHECKS = (
    _unaudited("rule_versions", "x.published_by is not null", act="rules.published"),
    _unaudited("employees", "x.deactivated_at is not null", act="employee.deactivated"),
    _unaudited("card_packs", "x.id is not null", act="card_pack.made"),
    _unaudited("gesture_kinds", "x.id is not null", act="gesture_kind.created"),
    _unaudited("gestures", "x.allowed_by is not null", act="gesture.allowed"),
    _unaudited("devices", "x.revoked_at is not null", act="device.revoked"),
)
