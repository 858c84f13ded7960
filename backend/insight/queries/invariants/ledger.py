"""The books: double entry, balances, nothing below zero, nothing earned or undone twice."""

from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I01",
        table="ledger_transactions",
        statement="""
            select t.organisation_id,
                count(x.line) || ' entries that sum to ' || coalesce(sum(x.points), 0) as what, t.id
            from ledger_transactions t
            left join ledger_entries x
                on x.organisation_id = t.organisation_id and x.transaction_id = t.id
            group by t.organisation_id, t.id
            having count(x.line) < 2 or coalesce(sum(x.points), 0) <> 0""",
    ),
    Check(
        code="I01",
        table="organisations",
        statement="""
            select organisation_id, 'its entries sum to ' || sum(points) as what,
                organisation_id as id
            from ledger_entries group by organisation_id having sum(points) <> 0""",
    ),
    Check(
        code="I02",
        table="ledger_entries",
        statement="""
            select x.organisation_id, 'an entry without its transaction' as what,
                x.transaction_id, x.line
            from ledger_entries x where not exists (
                select 1 from ledger_transactions t
                where t.organisation_id = x.organisation_id and t.id = x.transaction_id)""",
    ),
    Check(
        code="I02",
        table="ledger_entries",
        statement="""
            select x.organisation_id, 'moves points of somebody else than the beneficiary' as what,
                x.transaction_id, x.line
            from ledger_entries x join ledger_transactions t
                on t.organisation_id = x.organisation_id and t.id = x.transaction_id
            where x.employee_id <> t.employee_id""",
    ),
    Check(
        code="I02",
        table="balances",
        statement="""
            with summed as (
                select organisation_id, employee_id,
                    sum(case account when 'pending' then points else 0 end) as pending,
                    sum(case account when 'available' then points else 0 end) as available,
                    sum(case account when 'held' then points else 0 end) as held,
                    sum(case account when 'paid' then points else 0 end) as paid,
                    sum(case account when 'debt' then points else 0 end) as debt
                from ledger_entries where employee_id is not null
                group by organisation_id, employee_id),
            compared as (
                select coalesce(b.organisation_id, s.organisation_id) as organisation_id,
                    coalesce(b.employee_id, s.employee_id) as employee_id,
                    coalesce(b.pending, 0) as b_pending, coalesce(s.pending, 0) as s_pending,
                    coalesce(b.available, 0) as b_available,
                    coalesce(s.available, 0) as s_available,
                    coalesce(b.held, 0) as b_held, coalesce(s.held, 0) as s_held,
                    coalesce(b.paid, 0) as b_paid, coalesce(s.paid, 0) as s_paid,
                    coalesce(b.debt, 0) as b_debt, coalesce(s.debt, 0) as s_debt
                from balances b full join summed s
                    on s.organisation_id = b.organisation_id and s.employee_id = b.employee_id)
            select organisation_id,
                'stored ' || b_pending || ' pending, ' || b_available || ' available, '
                || b_held || ' held, ' || b_paid || ' paid, ' || b_debt || ' debt; the entries say '
                || s_pending || ', ' || s_available || ', ' || s_held || ', ' || s_paid || ', '
                || s_debt as what, employee_id
            from compared
            where b_pending <> s_pending or b_available <> s_available or b_held <> s_held
                or b_paid <> s_paid or b_debt <> s_debt""",
    ),
    Check(
        code="I03",
        table="ledger_entries",
        # Ids are made under the lock of the balance, so they stand in the order of their effects.
        statement="""
            select organisation_id, account || ' is down to ' || so_far as what,
                employee_id, transaction_id
            from (
                select organisation_id, account, employee_id, transaction_id, line,
                    sum(points) over (
                        partition by organisation_id, employee_id, account
                        order by transaction_id, line) as so_far
                from ledger_entries where account in ('pending', 'available', 'held')) as history
            where so_far < 0""",
    ),
    Check(
        code="I03",
        table="balances",
        statement="""
            select organisation_id, 'a bucket is below zero, or a debt above it' as what,
                employee_id
            from balances where pending < 0 or available < 0 or held < 0 or debt > 0""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select organisation_id, 'accrued ' || count(*) || ' times' as what,
                source_id, rule, employee_id
            from ledger_transactions where kind = 'accrual'
            group by organisation_id, source_id, rule, employee_id having count(*) > 1""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select t.organisation_id,
                'no greeting of this employee at this event earned its points' as what, t.id
            from ledger_transactions t
            where t.kind = 'accrual' and t.source_kind = 'greeting' and not exists (
                select 1 from greetings g
                where g.organisation_id = t.organisation_id and g.id = t.source_id
                    and g.employee_id = t.employee_id and g.event_id = t.event_id
                    and g.points = t.points)""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select t.organisation_id,
                'no resolved request at this event whose credit this employee shares' as what, t.id
            from ledger_transactions t
            where t.kind = 'accrual' and t.source_kind = 'request' and not exists (
                select 1 from requests r join credit_shares c
                    on c.organisation_id = r.organisation_id and c.request_id = r.id
                where r.organisation_id = t.organisation_id and r.id = t.source_id
                    and r.event_id = t.event_id and r.status = 'resolved'
                    and r.verdict = 'verified'
                    and c.employee_id = t.employee_id and c.percent > 0)""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select t.organisation_id,
                'no rating at this event whose credit this employee shares' as what, t.id
            from ledger_transactions t
            where t.kind = 'accrual' and t.source_kind = 'rating' and not exists (
                select 1 from rating_answers a
                join ratings r on r.organisation_id = a.organisation_id and r.id = a.rating_id
                join invitation_shares i on i.organisation_id = r.organisation_id
                    and i.invitation_id = r.invitation_id
                where a.organisation_id = t.organisation_id and a.id = t.source_id
                    and r.event_id = t.event_id
                    and i.employee_id = t.employee_id and i.percent > 0)""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select organisation_id, kind || ' ' || count(*) || ' times' as what,
                coalesce(settles_id, reverses_id) as id
            from ledger_transactions where kind <> 'accrual'
            group by organisation_id, kind, coalesce(settles_id, reverses_id)
            having count(*) > 1""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'not the ' || t.kind || ' of an equal accrual' as what, t.id
            from ledger_transactions t
            where t.kind <> 'accrual' and not exists (
                select 1 from ledger_transactions a
                where a.organisation_id = t.organisation_id and a.kind = 'accrual'
                    and a.id = coalesce(t.settles_id, t.reverses_id)
                    and a.employee_id = t.employee_id and a.points = t.points
                    and a.source_id = t.source_id and a.rule = t.rule)""",
    ),
)
