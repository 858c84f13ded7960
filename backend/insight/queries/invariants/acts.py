"""Privileged acts and the audit rows that they leave in the same transaction."""

from backend.insight.queries.invariants.checks import Check


def unaudited(table: str, condition: str, *, act: str, key: str = "id") -> Check:
    """Return the check that rows ``x`` of ``table`` have an audit row that says ``act``.

    Those for which ``condition`` holds; ``key`` is the column that the audit names.
    """
    return Check(
        code="I14",
        table=table,
        statement=f"""
            select x.organisation_id, 'no audit row says {act}' as what, x.{key}
            from {table} x where ({condition}) and not exists (
                select 1 from audit_rows a
                where a.organisation_id = x.organisation_id and a.subject_id = x.{key}
                    and a.act = '{act}')""",
    )


def as_said(table: str, *, act: str, same: tuple[str, ...], by: str, code: str = "I14") -> Check:
    """Return the check that every row of ``table`` that an audit row says ``act`` of is there.

    Its columns ``same`` are as that says, and ``by`` names who did it.
    """
    other = "".join(f" or {{stored[{name}]}} is distinct from {{said[{name}]}}" for name in same)
    return Check(
        code=code,
        table=table,
        statement=f"""
            select a.organisation_id, case when x.id is null then 'gone, where' else 'not what' end
                || ' the audit says: {act}' as what, a.subject_id as id
            from audit_rows a left join {table} x
                on x.organisation_id = a.organisation_id and x.id = a.subject_id
            where a.act = '{act}'
                and (x.id is null or x.{by} is distinct from a.actor_id{other})""",
    )


def _by_season(table: str, *, act: str, same: tuple[str, ...]) -> tuple[Check, Check]:
    """Return the checks of what has a version by season: each is on record, and the last stands.

    It is there, with its columns ``same`` as the audit has them.
    """
    other = "".join(f" or {{stored[{name}]}} is distinct from {{said[{name}]}}" for name in same)
    counted = Check(
        code="I14",
        table=table,
        statement=f"""
            select x.organisation_id, 'version ' || x.version || ' after ' || count(a.id)
                || ' audit rows that say {act}' as what, x.season_id
            from {table} x left join audit_rows a
                on a.organisation_id = x.organisation_id and a.subject_id = x.season_id
                and a.act = '{act}'
            group by x.organisation_id, x.season_id, x.version
            having count(a.id) <> x.version""",
    )
    stands = Check(
        code="I14",
        table=table,
        statement=f"""
            with said as (
                select a.organisation_id, a.subject_id, a.detail, row_number() over (
                    partition by a.organisation_id, a.subject_id order by {{said[version]}} desc)
                    as place
                from audit_rows a where a.act = '{act}')
            select a.organisation_id, case when x.season_id is null then 'gone, where'
                else 'not what' end || ' the audit says last: {act}' as what,
                a.subject_id as season_id
            from said a left join {table} x
                on x.organisation_id = a.organisation_id and x.season_id = a.subject_id
            where a.place = 1 and (x.season_id is null{other})""",
    )
    return counted, stands


def _unaudited_step(table: str, condition: str, *, act: str, actor: str) -> Check:
    """Return the check that who did something to a redemption has an audit row for it.

    Of several who did the same, each; ``actor`` is the column that says who.
    """
    return Check(
        code="I14",
        table=table,
        statement=f"""
            select x.organisation_id, 'no audit row of who did it says {act}' as what,
                x.redemption_id, x.{actor}
            from {table} x
            join redemptions r on r.organisation_id = x.organisation_id and r.id = x.redemption_id
            where {condition} and not exists (
                select 1 from audit_rows a
                where a.organisation_id = x.organisation_id and a.subject_id = x.redemption_id
                    and a.act = '{act}' and a.actor_id = x.{actor})""",
    )


CHECKS = (
    Check(
        code="I14",
        table="events",
        statement="""
            with said as (
                select a.organisation_id, a.subject_id, row_number() over (
                        partition by a.organisation_id, a.subject_id order by a.id desc) as place,
                    case a.act when 'event.created' then {said[attendance]}
                        else {said[to]} end as attendance
                from audit_rows a where a.act in ('event.created', 'event.attendance_set'))
            select e.organisation_id, 'an attendance of ' || coalesce(e.attendance, 0)
                || ', where the audit says ' || coalesce(s.attendance, 0) as what, e.id
            from events e left join said s
                on s.organisation_id = e.organisation_id and s.subject_id = e.id and s.place = 1
            where e.attendance is distinct from s.attendance""",
    ),
    _unaudited_step(
        "redemption_approvals",
        "x.approver_id is not null",
        act="redemption.approved",
        actor="approver_id",
    ),
    _unaudited_step(
        "redemption_steps", "x.step = 'declined'", act="redemption.declined", actor="actor_id"
    ),
    # Money is paid by a batch, whose acknowledgement is on record.
    _unaudited_step(
        "redemption_steps",
        "x.step = 'fulfilled' and r.kind <> 'cash'",
        act="redemption.fulfilled",
        actor="actor_id",
    ),
    *_by_season("season_budgets", act="budget.set", same=("points", "cents", "currency")),
    *_by_season("points_expiries", act="expiry.set", same=("expires_on",)),
    # The first version of all may have come with the organisation.
    unaudited("rule_versions", "x.published_by is not null or x.number > 1", act="rules.published"),
    as_said(
        "rule_versions",
        act="rules.published",
        same=("number", "effective_from", "document"),
        by="published_by",
    ),
    unaudited("employees", "x.deactivated_at is not null", act="employee.deactivated"),
    unaudited("devices", "x.revoked_at is not null", act="device.revoked"),
    unaudited("payroll_batches", "x.number > 0", act="payroll.exported"),
    unaudited(
        "payroll_acknowledgements", "x.sha256 <> ''", act="payroll.acknowledged", key="batch_id"
    ),
    unaudited("payroll_corrections", "x.reason <> ''", act="payroll.correction_asked"),
    unaudited(
        "payroll_correction_decisions",
        "x.approved",
        act="payroll.correction_approved",
        key="correction_id",
    ),
    unaudited(
        "payroll_correction_decisions",
        "not x.approved",
        act="payroll.correction_declined",
        key="correction_id",
    ),
    unaudited("card_packs", "x.id is not null", act="card_pack.made"),
    unaudited("gesture_kinds", "x.id is not null", act="gesture_kind.created"),
    unaudited("gestures", "x.allowed_by is not null", act="gesture.allowed"),
    unaudited("gestures", "x.withdrawal = 'declined'", act="gesture.declined"),
)
