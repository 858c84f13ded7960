"""What people changed in the books: booked as it was agreed to, by more than one pair of eyes."""

from backend.insight.queries.invariants.acts import unaudited
from backend.insight.queries.invariants.checks import Check

# Whoever had a part in what is appealed against, or is concerned by it.
_PARTIES = """
    select organisation_id, id as adjustment_id, author_id as account, author_person as person
    from adjustments
    union all
    select organisation_id, adjustment_id, decider_id, decider_person
    from adjustment_ends where decider_id is not null
    union all
    select organisation_id, adjustment_id, employee_id, employee_person from adjustment_parts"""

CHECKS = (
    Check(
        code="I04",
        table="adjustments",
        statement="""
            with booked as (
                select t.organisation_id, t.source_id, t.employee_id, t.id, t.points,
                    coalesce(sum(x.points), 0) as moved
                from ledger_transactions t left join ledger_entries x
                    on x.organisation_id = t.organisation_id and x.transaction_id = t.id
                    and x.employee_id is not null
                where t.kind = 'adjustment'
                group by t.organisation_id, t.source_id, t.employee_id, t.id, t.points)
            select a.organisation_id, p.points || ' points, where ' || count(b.id)
                || ' bookings moved ' || coalesce(sum(b.moved), 0) as what, a.id, p.employee_id
            from adjustments a
            join adjustment_parts p
                on p.organisation_id = a.organisation_id and p.adjustment_id = a.id
            join adjustment_ends e
                on e.organisation_id = a.organisation_id and e.adjustment_id = a.id
            left join booked b on b.organisation_id = a.organisation_id
                and b.source_id = a.id and b.employee_id = p.employee_id
            where a.kind = 'amount' and e.status = 'applied'
            group by a.organisation_id, a.id, p.employee_id, p.points
            having count(b.id) <> 1 or sum(b.moved) <> p.points
                or sum(b.points) <> abs(p.points)""",
    ),
    Check(
        code="I04",
        table="ledger_transactions",
        statement="""
            select t.organisation_id, 'an adjustment that nobody made, or that did not take effect'
                as what, t.id
            from ledger_transactions t
            where t.kind = 'adjustment' and not exists (
                select 1 from adjustments a
                join adjustment_parts p
                    on p.organisation_id = a.organisation_id and p.adjustment_id = a.id
                join adjustment_ends e
                    on e.organisation_id = a.organisation_id and e.adjustment_id = a.id
                where a.organisation_id = t.organisation_id and a.id = t.source_id
                    and a.kind = 'amount' and e.status = 'applied'
                    and p.employee_id = t.employee_id)""",
    ),
    Check(
        code="I04",
        table="adjustments",
        statement="""
            select a.organisation_id, p.points || ' points taken back, where '
                || coalesce(sum(t.points), 0) || ' were' as what, a.id, p.employee_id
            from adjustments a
            join adjustment_parts p
                on p.organisation_id = a.organisation_id and p.adjustment_id = a.id
            join adjustment_ends e
                on e.organisation_id = a.organisation_id and e.adjustment_id = a.id
            left join ledger_transactions t on t.organisation_id = a.organisation_id
                and t.source_id = a.source_id and t.employee_id = p.employee_id
                and t.kind = 'reversal'
            where a.kind = 'reversal' and e.status = 'applied'
            group by a.organisation_id, a.id, p.employee_id, p.points
            having coalesce(sum(t.points), 0) <> -p.points""",
    ),
    Check(
        code="I10",
        table="adjustment_parts",
        statement="""
            select organisation_id, 'somebody changed their own points' as what, adjustment_id,
                employee_id
            from adjustment_parts
            where author_id = employee_id or author_person = employee_person""",
    ),
    Check(
        code="I10",
        table="adjustment_ends",
        statement="""
            select distinct e.organisation_id, 'decided by who proposed it, or whom it concerns'
                as what, e.adjustment_id
            from adjustment_ends e
            join (select organisation_id, id as adjustment_id, author_id as account,
                    author_person as person from adjustments
                union all select organisation_id, adjustment_id, employee_id, employee_person
                from adjustment_parts) p
                on p.organisation_id = e.organisation_id and p.adjustment_id = e.adjustment_id
            where e.decider_id = p.account or e.decider_person = p.person""",
    ),
    Check(
        code="I10",
        table="adjustment_ends",
        statement="""
            select e.organisation_id, max(p.rolling_points)
                || ' points in thirty days need a second person' as what, e.adjustment_id
            from adjustment_ends e join adjustment_parts p
                on p.organisation_id = e.organisation_id and p.adjustment_id = e.adjustment_id
            where e.status = 'applied' and e.decider_id is null and not exists (
                select 1 from appeal_decisions d
                where d.organisation_id = e.organisation_id
                    and d.adjustment_id = e.adjustment_id)
            group by e.organisation_id, e.adjustment_id having max(p.rolling_points) >= 100""",
    ),
    Check(
        code="I10",
        table="appeal_decisions",
        statement=f"""
            with parties as ({_PARTIES})
            select distinct d.organisation_id, 'decided by who decided before, or whom it concerns'
                as what, d.appeal_id
            from appeal_decisions d
            join appeals a on a.organisation_id = d.organisation_id and a.id = d.appeal_id
            left join parties p
                on p.organisation_id = a.organisation_id and p.adjustment_id = a.adjustment_id
            left join redemption_steps s
                on s.organisation_id = a.organisation_id and s.redemption_id = a.redemption_id
            where d.decider_id = d.employee_id or d.decider_person = d.employee_person
                or d.decider_id = p.account or d.decider_person = p.person
                or d.decider_id = s.actor_id or d.decider_person = s.actor_person""",
    ),
    Check(
        code="I10",
        table="appeal_decisions",
        statement="""
            with lost as (
                select t.organisation_id, coalesce(j.id, t.source_id) as adjustment_id,
                    x.employee_id, -sum(x.points) as points
                from ledger_transactions t
                join ledger_entries x
                    on x.organisation_id = t.organisation_id and x.transaction_id = t.id
                left join adjustments j on j.organisation_id = t.organisation_id
                    and t.kind = 'reversal' and j.source_id = t.source_id
                where t.kind in ('adjustment', 'reversal') and x.employee_id is not null
                group by t.organisation_id, coalesce(j.id, t.source_id), x.employee_id)
            select d.organisation_id, 'granted with ' || coalesce(q.points, 0)
                || ' points where ' || coalesce(l.points, 0) || ' were lost' as what, d.appeal_id
            from appeal_decisions d
            join appeals a on a.organisation_id = d.organisation_id and a.id = d.appeal_id
            left join lost l on l.organisation_id = a.organisation_id
                and l.adjustment_id = a.adjustment_id and l.employee_id = a.employee_id
            left join adjustment_parts q on q.organisation_id = d.organisation_id
                and q.adjustment_id = d.adjustment_id and q.employee_id = a.employee_id
            where d.status = 'granted' and a.adjustment_id is not null
                and coalesce(q.points, 0) <> coalesce(l.points, 0)""",
    ),
    unaudited("adjustments", "x.kind = 'amount'", act="adjustment.made"),
    unaudited("adjustments", "x.kind = 'reversal'", act="reversal.made"),
    *(
        unaudited(
            "adjustment_ends",
            f"x.decider_id is not null and x.status = '{status}'",
            act=f"adjustment.{act}",
            key="adjustment_id",
        )
        for status, act in (("applied", "approved"), ("declined", "declined"))
    ),
    *(
        unaudited("appeal_decisions", f"x.status = '{act}'", act=f"appeal.{act}", key="appeal_id")
        for act in ("granted", "upheld")
    ),
)
