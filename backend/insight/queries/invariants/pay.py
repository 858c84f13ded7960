"""What work paid: by a rule that there is, in its version in effect, what that says, and shared."""

from backend.insight.queries.invariants.checks import Check

# Crossed, tables are read in this order: SQLite, which knows no sizes, looked through the books for
# each row of another.


def _shared(source_kind: str, *, worth: str, of: str) -> Check:
    """Return the check that a source paid what it is ``worth``, to each by their share.

    ``of`` crosses the shares ``c`` with the accruals ``t`` that were split by them. A part differs
    from the exact one by less than a point.
    """
    return Check(
        code="I04",
        table="ledger_transactions",
        statement=f"""
            with paid as (
                select t.organisation_id, t.id, t.points, c.percent, {worth} as worth,
                    sum(t.points) over (partition by t.organisation_id, t.source_id) as whole
                from ledger_transactions t cross join rule_versions v cross join {of}
                    and t.kind = 'accrual' and t.source_kind = '{source_kind}'
                    and v.organisation_id = t.organisation_id and v.id = t.rule_version_id)
            select organisation_id, points || ' points for ' || percent || ' per cent of what paid '
                || whole || ', where the rules say ' || worth as what, id
            from paid
            where whole <> worth or abs(100 * points - percent * worth) >= 100""",
    )


CHECKS = (
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select organisation_id, 'no work is paid by a rule ' || rule as what, id
            from (
                select organisation_id, id, rule, source_kind
                from ledger_transactions where kind = 'accrual'
                union all
                select organisation_id, transaction_id, rule, source_kind
                from points_on_the_way where transaction_id is not null) as given
            where rule <> case source_kind when 'greeting' then 'greeting'
                when 'request' then 'resolved' when 'rating' then 'rating' else '' end""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        # A rating is paid by the rules of its first answer, which has its id, whatever came later.
        statement="""
            with versions as (
                select organisation_id, id, effective_from, lead(effective_from) over (
                    partition by organisation_id order by effective_from) as until
                from rule_versions),
            judged as (
                select t.organisation_id, t.id, t.rule_version_id, g.greeted_at as at
                from (
                    select organisation_id, id, rule_version_id, source_id
                    from ledger_transactions where kind = 'accrual' and source_kind = 'greeting'
                    union all
                    select organisation_id, transaction_id, rule_version_id, source_id
                    from points_on_the_way where source_kind = 'greeting') as t
                cross join greetings g
                where g.organisation_id = t.organisation_id and g.id = t.source_id
                union all
                select t.organisation_id, t.id, t.rule_version_id, s.at
                from ledger_transactions t cross join request_steps s
                where t.kind = 'accrual' and t.source_kind = 'request' and s.step = 'resolved'
                    and s.organisation_id = t.organisation_id and s.request_id = t.source_id
                union all
                select t.organisation_id, t.id, t.rule_version_id, f.answered_at
                from ledger_transactions t cross join rating_answers a cross join rating_answers f
                where t.kind = 'accrual' and t.source_kind = 'rating'
                    and a.organisation_id = t.organisation_id and a.id = t.source_id
                    and f.organisation_id = a.organisation_id and f.id = a.rating_id)
            select j.organisation_id, 'paid by rules that were not in effect' as what, j.id
            from judged j left join versions v
                on v.organisation_id = j.organisation_id and v.id = j.rule_version_id
            where v.id is null or j.at < v.effective_from or j.at >= v.until""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            with earned as (
                select organisation_id, paid_with_id, count(*) as greetings
                from greetings where paid_with_id is not null
                group by organisation_id, paid_with_id),
            given as (
                select organisation_id, id, rule_version_id, source_id, points
                from ledger_transactions where kind = 'accrual' and source_kind = 'greeting'
                union all
                select organisation_id, transaction_id, rule_version_id, source_id, points
                from points_on_the_way where source_kind = 'greeting')
            select t.organisation_id, t.points || ' points for ' || e.greetings
                || ' greetings, where the rules pay ' || {rule[greeting]} || ' for each of '
                || {rule[greeting_cap]} as what, t.id
            from given t cross join earned e cross join rule_versions v
            where e.organisation_id = t.organisation_id and e.paid_with_id = t.source_id
                and v.organisation_id = t.organisation_id and v.id = t.rule_version_id
                and (t.points <> e.greetings * {rule[greeting]}
                    or e.greetings > {rule[greeting_cap]})""",
    ),
    _shared(
        "request",
        worth="{rule[resolved]}",
        of="""credit_shares c
                where c.organisation_id = t.organisation_id and c.request_id = t.source_id
                    and c.employee_id = t.employee_id""",
    ),
    _shared(
        "rating",
        worth="{rule[rating]}",
        of="""rating_answers a cross join invitation_shares c
                where a.organisation_id = t.organisation_id and a.id = t.source_id
                    and c.organisation_id = a.organisation_id and c.invitation_id = a.rating_id
                    and c.employee_id = t.employee_id""",
    ),
)
