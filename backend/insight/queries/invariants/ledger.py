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
            with sides as (
                select organisation_id, employee_id, pending as b_pending,
                    available as b_available, held as b_held, paid as b_paid, debt as b_debt,
                    0 as s_pending, 0 as s_available, 0 as s_held, 0 as s_paid, 0 as s_debt
                from balances
                union all
                select organisation_id, employee_id, 0, 0, 0, 0, 0,
                    case account when 'pending' then points else 0 end,
                    case account when 'available' then points else 0 end,
                    case account when 'held' then points else 0 end,
                    case account when 'paid' then points else 0 end,
                    case account when 'debt' then points else 0 end
                from ledger_entries where employee_id is not null)
            select organisation_id, 'stored ' || sum(b_pending) || ' pending, '
                || sum(b_available) || ' available, ' || sum(b_held) || ' held, '
                || sum(b_paid) || ' paid, ' || sum(b_debt) || ' debt; the entries say '
                || sum(s_pending) || ', ' || sum(s_available) || ', ' || sum(s_held) || ', '
                || sum(s_paid) || ', ' || sum(s_debt) as what, employee_id
            from sides group by organisation_id, employee_id
            having sum(b_pending) <> sum(s_pending) or sum(b_available) <> sum(s_available)
                or sum(b_held) <> sum(s_held) or sum(b_paid) <> sum(s_paid)
                or sum(b_debt) <> sum(s_debt)""",
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
            from (
                select organisation_id, source_id, rule, employee_id
                from ledger_transactions where kind = 'accrual'
                union all
                select organisation_id, source_id, rule, employee_id
                from points_on_the_way where transaction_id is not null) as given
            group by organisation_id, source_id, rule, employee_id having count(*) > 1""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            with earned as (
                select organisation_id, paid_with_id, employee_id, event_id,
                    sum(points) as points,
                    sum(case id when paid_with_id then 1 else 0 end) as firsts
                from greetings where paid_with_id is not null
                group by organisation_id, paid_with_id, employee_id, event_id),
            given as (
                select organisation_id, id, source_id, employee_id, event_id, points
                from ledger_transactions where kind = 'accrual' and source_kind = 'greeting'
                union all
                select organisation_id, transaction_id, source_id, employee_id, event_id, points
                from points_on_the_way where source_kind = 'greeting')
            select t.organisation_id, t.points || ' points, where the greetings of this employee'
                || ' at this event earned ' || coalesce(e.points, 0) as what, t.id
            from given t left join earned e
                on e.organisation_id = t.organisation_id and e.paid_with_id = t.source_id
                and e.employee_id = t.employee_id and e.event_id = t.event_id and e.firsts = 1
            where t.points <> coalesce(e.points, 0)""",
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
                    and i.invitation_id = r.id
                where a.organisation_id = t.organisation_id and a.id = t.source_id
                    and r.event_id = t.event_id
                    and i.employee_id = t.employee_id and i.percent > 0)""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select organisation_id, case when reverses_id is null then 'ended ' else 'reversed '
                    end || count(*) || ' times' as what, coalesce(settles_id, reverses_id) as id
            from ledger_transactions where coalesce(settles_id, reverses_id) is not null
            group by organisation_id, settles_id, reverses_id having count(*) > 1""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'not the ' || t.kind || ' of what is equal' as what, t.id
            from ledger_transactions t
            where t.kind not in ('accrual', 'hold', 'adjustment', 'expiry') and not exists (
                select 1 from ledger_transactions a
                where a.organisation_id = t.organisation_id
                    and a.kind = case when t.source_kind = 'redemption' then 'hold'
                        else 'accrual' end
                    and a.id = coalesce(t.settles_id, t.reverses_id)
                    and a.employee_id = t.employee_id and a.points = t.points
                    and a.source_id = t.source_id and a.rule = t.rule)""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'confirmed before its hold was over' as what, t.id
            from ledger_transactions t cross join ledger_transactions a
            where a.organisation_id = t.organisation_id and a.id = t.settles_id
                and t.kind = 'settlement' and a.kind = 'accrual' and t.recorded_at < a.due_at""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select organisation_id, 'expired ' || count(*) || ' times' as what,
                source_id, employee_id, rule
            from ledger_transactions where kind = 'expiry'
            group by organisation_id, source_id, employee_id, rule having count(*) > 1""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'expired before it was time' as what, t.id
            from ledger_transactions t
            where t.kind = 'expiry' and not exists (
                select 1 from points_expiries p
                where p.organisation_id = t.organisation_id and p.season_id = t.source_id
                    and p.begun_at <= t.recorded_at)""",
    ),
    Check(
        code="I05",
        table="ledger_transactions",
        statement="""
            with expired as (
                select organisation_id, employee_id, source_id, sum(points) as points
                from ledger_transactions where kind = 'expiry'
                group by organisation_id, employee_id, source_id),
            earned as (
                select t.organisation_id, t.employee_id, e.season_id, sum(t.points) as points
                from ledger_transactions t join events e
                    on e.organisation_id = t.organisation_id and e.id = t.event_id
                where t.kind = 'accrual'
                group by t.organisation_id, t.employee_id, e.season_id)
            select x.organisation_id, x.points || ' expired of ' || coalesce(e.points, 0)
                || ' that were earned in the season' as what, x.source_id, x.employee_id
            from expired x left join earned e on e.organisation_id = x.organisation_id
                and e.employee_id = x.employee_id and e.season_id = x.source_id
            where x.points > coalesce(e.points, 0)""",
    ),
)
