"""Redemptions: what is held for them, how they end, and who approved."""

from backend.insight.queries.invariants.checks import Check

# When each was asked for and held, and whether its points were given back, by what nobody changes.
# Ids of the ledger are made under the lock of the balance: the milliseconds with which they begin
# say what was counted in what, but for what two processes did in the same one.
_HELD = """held as materialized (
                select r.organisation_id, r.id, r.employee_id, r.value_cents, r.rolling_cents,
                    s.at, {happened} as second, substr(cast(h.id as text), 1, 13) as held,
                    substr(cast(e.id as text), 1, 13) as released
                from redemptions r
                join redemption_steps s on s.organisation_id = r.organisation_id
                    and s.redemption_id = r.id and s.number = 1
                join ledger_transactions h on h.organisation_id = r.organisation_id
                    and h.source_id = r.id and h.kind = 'hold'
                left join ledger_transactions e on e.organisation_id = h.organisation_id
                    and e.settles_id = h.id and e.settles_id is not null and e.kind = 'release')"""
# By whole seconds: what is so by them is so by the instants, too.
_WITHIN_THIRTY_DAYS = "m.second - x.second < 30 * 24 * 60 * 60"
_TOO_FEW = """m.rolling_cents || ' cents in thirty days, where at least '
                || sum(x.value_cents) || ' were asked for'"""

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
        table="redemptions",
        statement=f"""
            with {_HELD}
            select m.organisation_id, {_TOO_FEW} as what, m.id
            from held m join held x on x.organisation_id = m.organisation_id
                and x.employee_id = m.employee_id
            where x.id = m.id or (x.held < m.held and {_WITHIN_THIRTY_DAYS}
                and (x.released is null or x.released > m.held))
            group by m.organisation_id, m.id, m.rolling_cents
            having sum(x.value_cents) > m.rolling_cents""",
    ),
    Check(
        code="I10",
        table="redemptions",
        # Of other accounts those count here that were known as this person's before, and for ever.
        statement=f"""
            with {_HELD},
            renumbered as (
                select organisation_id, subject_id from audit_rows
                where act = 'employee.payroll_number_changed' or (act = 'employee.changed'
                    and cast(detail as text) like '%payroll_number%')),
            persons as (
                select a.organisation_id, a.employee_id, a.employee_person, min(a.at) as since
                from redemption_approvals a left join renumbered n
                    on n.organisation_id = a.organisation_id and n.subject_id = a.employee_id
                where n.subject_id is null
                group by a.organisation_id, a.employee_id, a.employee_person),
            approved as (
                select distinct organisation_id, redemption_id, employee_person
                from redemption_approvals)
            select m.organisation_id, {_TOO_FEW} as what, m.id
            from approved a
            join held m on m.organisation_id = a.organisation_id and m.id = a.redemption_id
            join persons p on p.organisation_id = a.organisation_id
                and p.employee_person = a.employee_person
            join held x on x.organisation_id = p.organisation_id
                and x.employee_id = p.employee_id
            where x.id = m.id or (x.held < m.held and x.at < m.at and {_WITHIN_THIRTY_DAYS}
                and x.released is null and (p.employee_id = m.employee_id or p.since < m.at))
            group by m.organisation_id, m.id, m.rolling_cents, a.employee_person
            having sum(x.value_cents) > m.rolling_cents""",
    ),
    Check(
        code="I10",
        table="redemptions",
        statement="""
            select r.organisation_id, r.value_cents || ' cents for ' || r.points
                || ' points, where ' || {said[value_cents]} || ' for ' || {said[points]}
                || ' were approved' as what, r.id
            from audit_rows a join redemptions r
                on r.organisation_id = a.organisation_id and r.id = a.subject_id
            where a.act = 'redemption.approved' and (r.points <> {said[points]}
                or r.value_cents <> {said[value_cents]} or r.currency <> {said[currency]})""",
    ),
    Check(
        code="I10",
        table="redemptions",
        statement="""
            select r.organisation_id, 'charged to another season than when it was approved'
                as what, r.id
            from audit_rows a join redemptions r
                on r.organisation_id = a.organisation_id and r.id = a.subject_id
            where a.act = 'redemption.approved'
                and r.season_id is distinct from {said[season_id]}""",
    ),
    Check(
        code="I10",
        table="redemptions",
        # What was asked for is in hand when the id is made. Asked for anew, on appeal, it has the
        # terms of one that was declined.
        statement="""
            with versions as materialized (
                select a.organisation_id, a.subject_id, a.id, lead(a.id) over (
                        partition by a.organisation_id, a.subject_id order by a.id) as next_id,
                    {said[name]} as name, {said[kind]} as kind, {said[points]} as points,
                    {said[value_cents]} as value_cents, {said[currency]} as currency,
                    {said[taxable]} as taxable
                from audit_rows a where a.act in ('reward.created', 'reward.changed'))
            select r.organisation_id, 'not on the terms that its reward had when it was asked for'
                as what, r.id
            from redemptions r left join appeal_decisions d
                on d.organisation_id = r.organisation_id and d.redemption_id = r.id
            where not exists (
                select 1 from versions v
                where v.organisation_id = r.organisation_id and v.subject_id = r.reward_id
                    and v.id < r.id
                    and (v.next_id is null or v.next_id > r.id or d.redemption_id is not null)
                    and v.name = r.reward_name and v.kind = r.kind and v.points = r.points
                    and v.value_cents = r.value_cents and v.currency = r.currency
                    and v.taxable = r.taxable)""",
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
