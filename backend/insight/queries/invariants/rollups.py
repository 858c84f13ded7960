"""Everything that is stored twice, recomputed from the events and compared.

What is stored and what is found are laid under each other and summed by key: one pass on both
engines, where SQLite would compare every row with every other in a full join.
"""

from backend.insight.queries.invariants.checks import Check

# Joined like this it is read once; asked for row by row it would be read as often as it has rows.
# What was reversed after the season's boards were frozen counts in its figures for ever.
_UNDONE = """undone as (
        select t.organisation_id, t.reverses_id as id
        from ledger_transactions t left join late_movements m
            on m.organisation_id = t.organisation_id and m.transaction_id = t.id
        where t.reverses_id is not null and m.transaction_id is null)"""
# A rating that people took back stays counted as paid: it makes no room for another. Crossed, the
# tables are read in this order: SQLite, which knows no sizes, began with the wrong one.
_TALLIES = """
    with {undone}, taken_back as (
        select h.organisation_id, h.source_id
        from adjustments h join adjustment_ends k
            on k.organisation_id = h.organisation_id and k.adjustment_id = h.id
        where k.status = 'applied' and h.source_id is not null),
    parts as (
        select organisation_id, event_id, employee_id,
            sum(case when outcome in ('paid', 'unpaid', 'capped') then 1 else 0 end) as greetings,
            sum(case when outcome in ('paid', 'unpaid', 'capped') then party_size else 0 end)
                as fans_greeted,
            sum(case when outcome = 'paid' then 1 else 0 end) as paid_greetings,
            0 as accepted, 0 as resolved, 0 as paid_resolved, 0 as invitations,
            0 as ratings, 0 as five_star, 0 as good, 0 as paid_ratings
        from greetings where event_id is not null
        group by organisation_id, event_id, employee_id
        union all
        select r.organisation_id, r.event_id, s.employee_id,
            0, 0, 0, count(*), 0, 0, 0, 0, 0, 0, 0
        from request_steps s join requests r
            on r.organisation_id = s.organisation_id and r.id = s.request_id
        where s.step = 'accepted' group by r.organisation_id, r.event_id, s.employee_id
        union all
        select organisation_id, event_id, owner_id,
            0, 0, 0, 0, sum(case when verdict <> 'rejected' then 1 else 0 end), 0, 0, 0, 0, 0, 0
        from requests where status = 'resolved' group by organisation_id, event_id, owner_id
        union all
        select r.organisation_id, r.event_id, r.owner_id,
            0, 0, 0, 0, 0, count(distinct r.id), 0, 0, 0, 0, 0
        from ledger_transactions t join requests r
            on r.organisation_id = t.organisation_id and r.id = t.source_id
        where t.kind = 'accrual' and t.source_kind = 'request'
        group by r.organisation_id, r.event_id, r.owner_id
        union all
        select organisation_id, event_id, employee_id,
            0, 0, 0, 0, 0, 0, count(*), 0, 0, 0, 0
        from invitations where employee_id is not null
        group by organisation_id, event_id, employee_id
        union all
        select organisation_id, event_id, employee_id, 0, 0, 0, 0, 0, 0, 0, count(*),
            sum(case when stars = 5 then 1 else 0 end),
            sum(case when stars >= 4 then 1 else 0 end), 0
        from ratings where state = 'accepted' and employee_id is not null
        group by organisation_id, event_id, employee_id
        union all
        select r.organisation_id, r.event_id, r.employee_id,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(distinct r.id)
        from ledger_transactions t cross join rating_answers a cross join ratings r
        left join undone u on u.organisation_id = t.organisation_id and u.id = t.id
        left join taken_back b
            on b.organisation_id = t.organisation_id and b.source_id = t.source_id
        where t.kind = 'accrual' and t.source_kind = 'rating'
            and a.organisation_id = t.organisation_id and a.id = t.source_id
            and r.organisation_id = a.organisation_id and r.id = a.rating_id
            and (u.id is null or b.source_id is not null)
        group by r.organisation_id, r.event_id, r.employee_id),
    sides as (
        select organisation_id, event_id, employee_id, {stored} from tallies
        union all
        select organisation_id, event_id, employee_id, {found} from parts),
    summed as (
        select organisation_id, event_id, employee_id, {sums}
        from sides group by organisation_id, event_id, employee_id)
    select organisation_id, 'stored ' || {stored_words} || '; the events say ' || {found_words}
        as what, event_id, employee_id
    from summed where {differs}"""

COUNTERS = (
    "greetings",
    "fans_greeted",
    "paid_greetings",
    "accepted",
    "resolved",
    "paid_resolved",
    "invitations",
    "ratings",
    "five_star",
    "good",
    "paid_ratings",
)


def _words(side: str) -> str:
    """Return SQL that lists the counters of a ``side`` that are not the same on both."""
    return " || ".join(
        f"case when t_{name} <> s_{name} then '{name} ' || {side}_{name} || ' ' else '' end"
        for name in COUNTERS
    )


def _tallies() -> str:
    return _TALLIES.format(
        undone=_UNDONE,
        stored=", ".join(f"{name} as t_{name}, 0 as s_{name}" for name in COUNTERS),
        found=", ".join(f"0, {name}" for name in COUNTERS),
        sums=", ".join(
            f"sum({side}_{name}) as {side}_{name}" for name in COUNTERS for side in "ts"
        ),
        stored_words=_words("t"),
        found_words=_words("s"),
        differs=" or ".join(f"t_{name} <> s_{name}" for name in COUNTERS),
    )


CHECKS = (
    Check(
        code="I15",
        table="standings",
        statement=f"with {_UNDONE},"
        """
            earned as (
                select t.organisation_id, t.event_id, t.employee_id, sum(t.points) as points
                from ledger_transactions t left join undone u
                    on u.organisation_id = t.organisation_id and u.id = t.id
                where t.kind = 'accrual' and u.id is null
                group by t.organisation_id, t.event_id, t.employee_id),
            boards as (
                select organisation_id, id as event_id, 'event/' || {event_id} as board
                from events e
                union all select organisation_id, id, 'week/' || {week} from events e
                union all select organisation_id, id, 'month/' || {month} from events e
                union all select organisation_id, id, 'season/' || {season_id} from events e
                union all select organisation_id, id,
                    'venue/' || {venue_id} || '/season/' || {season_id} from events e),
            sides as (
                select organisation_id, board, employee_id,
                    points as stored, 0 as coming, 0 as found
                from standings
                union all
                select x.organisation_id, b.board, x.employee_id, 0, x.coming, x.points
                from (
                    select organisation_id, event_id, employee_id, 0 as coming, points from earned
                    union all
                    select organisation_id, event_id, employee_id, points,
                        case when transaction_id is null then 0 else points end
                    from points_on_the_way
                    union all
                    select organisation_id, event_id, employee_id, 0, -points
                    from late_movements where points > 0) as x
                left join boards b
                    on b.organisation_id = x.organisation_id and b.event_id = x.event_id)
            select organisation_id, 'stored ' || sum(stored) || ' points, ' || sum(coming)
                || ' on their way; the books say ' || sum(found) as what, board, employee_id
            from sides group by organisation_id, board, employee_id
            having sum(stored) + sum(coming) <> sum(found)""",
    ),
    Check(code="I15", table="tallies", statement=_tallies()),
    Check(
        code="I15",
        table="tallies",
        statement="""
            with latest as (
                select organisation_id, event_id, employee_id, max(greeted_at) as greeted_at
                from greetings
                where outcome in ('paid', 'unpaid', 'capped') and event_id is not null
                group by organisation_id, event_id, employee_id)
            select t.organisation_id, 'last_greeted_at is not its last greeting' as what,
                t.event_id, t.employee_id
            from tallies t left join latest g on g.organisation_id = t.organisation_id
                and g.event_id = t.event_id and g.employee_id = t.employee_id
            where t.last_greeted_at is distinct from g.greeted_at""",
    ),
    Check(
        code="I15",
        table="workloads",
        statement="""
            with sides as (
                select organisation_id, employee_id, in_hand as stored, 0 as found from workloads
                union all
                select organisation_id, owner_id, 0, 1 from requests where status = 'accepted')
            select organisation_id, 'stored ' || sum(stored) || ' in hand; the requests say '
                || sum(found) as what, employee_id
            from sides group by organisation_id, employee_id
            having sum(stored) <> sum(found)""",
    ),
    Check(
        code="I15",
        table="requests",
        statement="""
            with summed as (
                select organisation_id, request_id, count(*) as steps, max(number) as last
                from request_steps group by organisation_id, request_id)
            select r.organisation_id, 'stored ' || r.steps || ' steps; its history has '
                || coalesce(s.steps, 0) || ', the last numbered ' || coalesce(s.last, 0) as what,
                r.id
            from requests r left join summed s
                on s.organisation_id = r.organisation_id and s.request_id = r.id
            where r.steps <> coalesce(s.steps, 0) or r.steps <> coalesce(s.last, 0)""",
    ),
    Check(
        code="I15",
        table="requests",
        # Whole seconds of two instants may lie one apart from the seconds between them. What is
        # told to have been two minutes before it was asked for has no time.
        statement="""
            with first as (
                select organisation_id, request_id, min(number) as number
                from request_steps where step in ('accepted', 'resolved')
                group by organisation_id, request_id, step)
            select r.organisation_id, 'the time to ' ||
                case s.step when 'accepted' then 'accept' else 'resolve' end
                || ' is not that of its history' as what, r.id
            from first f join request_steps s on s.organisation_id = f.organisation_id
                and s.request_id = f.request_id and s.number = f.number
            join requests r on r.organisation_id = s.organisation_id and r.id = s.request_id
            where case
                when case s.step when 'accepted' then r.accept_seconds else r.resolve_seconds end
                    is null then {happened} >= {opened} - 119
                else {happened} < {opened} - 121 or abs(
                    case s.step when 'accepted' then r.accept_seconds else r.resolve_seconds end
                    - case when {happened} < {opened} then 0 else {happened} - {opened} end) > 1
                end""",
    ),
    Check(
        code="I15",
        table="requests",
        statement="""
            select r.organisation_id, 'resolved without a code, or a code without that' as what,
                r.id
            from requests r left join invitations i
                on i.organisation_id = r.organisation_id and i.request_id = r.id
            where (r.status = 'resolved') <> (i.id is not null)""",
    ),
    Check(
        code="I15",
        table="requests",
        statement="""
            select r.organisation_id, 'not in the season of its event' as what, r.id
            from requests r join events e
                on e.organisation_id = r.organisation_id and e.id = r.event_id
            where r.season_id <> e.season_id""",
    ),
    Check(
        code="I15",
        table="greetings",
        statement="""
            with given as (
                select organisation_id, source_id, employee_id, event_id
                from ledger_transactions where kind = 'accrual' and source_kind = 'greeting'
                union all
                select organisation_id, source_id, employee_id, event_id
                from points_on_the_way where source_kind = 'greeting')
            select g.organisation_id,
                'shows ' || g.points || ' points that no accrual gave' as what, g.id
            from greetings g left join given x
                on x.organisation_id = g.organisation_id and x.source_id = g.paid_with_id
                    and x.employee_id = g.employee_id and x.event_id = g.event_id
            where g.points > 0 and x.source_id is null""",
    ),
    Check(
        code="I15",
        table="ratings",
        statement="""
            with given as (
                select organisation_id, rating_id, stars, number,
                    count(*) over (partition by organisation_id, rating_id) as answers,
                    max(number) over (partition by organisation_id, rating_id) as last
                from rating_answers)
            select r.organisation_id, r.stars || ' stars by ' || r.answers
                || ' answers; its history has ' || coalesce(g.answers, 0) || ', the last '
                || coalesce(g.stars, 0) as what, r.id
            from ratings r left join given g on g.organisation_id = r.organisation_id
                and g.rating_id = r.id and g.number = g.last
            where g.stars is null or g.stars <> r.stars or r.answers <> g.answers
                or r.answers <> g.last""",
    ),
    Check(
        code="I15",
        table="pending_confirmations",
        statement="""
            with sides as (
                select organisation_id, transaction_id as id, 1 as stored, 0 as found
                from pending_confirmations
                union all
                select organisation_id, id, 0, 1 from ledger_transactions where kind = 'accrual'
                union all
                select organisation_id, coalesce(settles_id, reverses_id), 0, -2
                from ledger_transactions
                where kind in ('settlement', 'reversal') and source_kind <> 'redemption')
            select organisation_id, case when sum(stored) > 0
                    then 'waits for what is settled or reversed'
                    else 'pending points that nobody will confirm' end as what,
                id as transaction_id
            from sides group by organisation_id, id
            having sum(stored) <> case when sum(found) > 0 then 1 else 0 end""",
    ),
    Check(
        code="I15",
        table="pending_confirmations",
        statement="""
            select p.organisation_id, 'waits for another instant than its hold is over' as what,
                p.transaction_id
            from pending_confirmations p cross join ledger_transactions t
            where t.organisation_id = p.organisation_id and t.id = p.transaction_id
                and p.due_at is distinct from t.due_at""",
    ),
)
