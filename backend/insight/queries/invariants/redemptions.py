"""Redemptions: what is held for them, how they end, and who approved."""

from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I09",
        table="balances",
        statement="""
            with sides as (
                select organisation_id, employee_id, held as stored, 0 as open from balances
                union all
                select organisation_id, employee_id, 0, points from redemptions
                where status in ('asked', 'approved'))
            select organisation_id, sum(stored) || ' points held for redemptions of '
                || sum(open) as what, employee_id
            from sides group by organisation_id, employee_id having sum(stored) <> sum(open)""",
    ),
    Check(
        code="I09",
        table="redemptions",
        statement="""
            select r.organisation_id, 'its points are not held as they should be: ' || r.status
                as what, r.id
            from redemptions r
            left join ledger_transactions h on h.organisation_id = r.organisation_id
                and h.source_id = r.id and h.kind = 'hold'
            left join ledger_transactions e on e.organisation_id = r.organisation_id
                and e.settles_id = h.id and e.settles_id is not null
            where h.id is null or h.points <> r.points or h.employee_id <> r.employee_id
                or coalesce(e.kind, 'none') <> case
                    when r.status in ('asked', 'approved') then 'none'
                    when r.status = 'fulfilled' then 'settlement' else 'release' end""",
    ),
    Check(
        code="I09",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'moves points for no redemption of this employee' as what,
                t.id
            from ledger_transactions t
            where t.source_kind = 'redemption' and not exists (
                select 1 from redemptions r
                where r.organisation_id = t.organisation_id and r.id = t.source_id
                    and r.employee_id = t.employee_id)""",
    ),
    Check(
        code="I09",
        table="redemptions",
        statement="""
            select r.organisation_id, 'version ' || r.version || ' after '
                || count(s.number) || ' steps' as what, r.id
            from redemptions r
            left join redemption_steps s
                on s.organisation_id = r.organisation_id and s.redemption_id = r.id
            group by r.organisation_id, r.id, r.version
            having count(s.number) <> r.version or max(s.number) <> r.version""",
    ),
    Check(
        code="I10",
        table="redemptions",
        statement="""
            select r.organisation_id, count(a.approver_id) || ' approvals of the '
                || r.approvals_needed || ' that it takes' as what, r.id
            from redemptions r
            left join redemption_approvals a
                on a.organisation_id = r.organisation_id and a.redemption_id = r.id
            where r.status in ('approved', 'fulfilled')
            group by r.organisation_id, r.id, r.approvals_needed
            having count(a.approver_id) < r.approvals_needed""",
    ),
    Check(
        code="I10",
        table="redemption_approvals",
        statement="""
            select organisation_id, 'the requester approved' as what, redemption_id, approver_id
            from redemption_approvals
            where approver_id = employee_id or approver_person = employee_person""",
    ),
    Check(
        code="I10",
        table="redemption_approvals",
        statement="""
            select organisation_id, 'one person approved ' || count(*) || ' times' as what,
                redemption_id, approver_person
            from redemption_approvals
            group by organisation_id, redemption_id, approver_person having count(*) > 1""",
    ),
    Check(
        code="I10",
        table="payroll_lines",
        statement="""
            select l.organisation_id, 'pays another person than was approved' as what, l.id
            from payroll_lines l
            join redemption_approvals a on a.organisation_id = l.organisation_id
                and a.redemption_id = l.redemption_id
            where coalesce(l.payroll_number, '') <> a.employee_person
            group by l.organisation_id, l.id""",
    ),
    Check(
        code="I10",
        table="redemptions",
        statement="""
            select organisation_id, rolling_cents || ' cents in thirty days need two approvals'
                as what, id
            from redemptions where (rolling_cents >= 25000) <> (approvals_needed = 2)""",
    ),
    Check(
        code="I10",
        table="season_budgets",
        statement="""
            with committed as (
                select organisation_id, season_id, currency, value_cents as cents
                from redemptions where status in ('approved', 'fulfilled')
                union all
                select r.organisation_id, r.season_id, r.currency, c.amount_cents
                from payroll_correction_decisions d
                join payroll_corrections c on c.organisation_id = d.organisation_id
                    and c.id = d.correction_id
                join payroll_lines l on l.organisation_id = c.organisation_id
                    and l.id = c.line_id
                join redemptions r on r.organisation_id = l.organisation_id
                    and r.id = l.redemption_id
                where d.approved and r.status in ('approved', 'fulfilled'))
            select b.organisation_id, 'a budget of ' || b.cents || ' cents, of which '
                || sum(x.cents) || ' are committed' as what, b.season_id
            from season_budgets b join committed x on x.organisation_id = b.organisation_id
                and x.season_id = b.season_id and x.currency = b.currency
            group by b.organisation_id, b.season_id, b.cents
            having sum(x.cents) > b.cents""",
    ),
)
