"""Everything that is stored twice, recomputed from the events and compared."""

from backend.insight.queries.invariants.checks import Check

_TALLIES = """
    with parts as (
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
        from invitations group by organisation_id, event_id, employee_id
        union all
        select organisation_id, event_id, employee_id, 0, 0, 0, 0, 0, 0, 0, count(*),
            sum(case when stars = 5 then 1 else 0 end),
            sum(case when stars >= 4 then 1 else 0 end), 0
        from ratings where state = 'accepted' group by organisation_id, event_id, employee_id
        union all
        select r.organisation_id, r.event_id, r.employee_id,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, count(distinct r.id)
        from ledger_transactions t
        join rating_answers a on a.organisation_id = t.organisation_id and a.id = t.source_id
        join ratings r on r.organisation_id = a.organisation_id and r.id = a.rating_id
        left join ledger_transactions u
            on u.organisation_id = t.organisation_id and u.reverses_id = t.id
        where t.kind = 'accrual' and t.source_kind = 'rating' and u.id is null
        group by r.organisation_id, r.event_id, r.employee_id),
    summed as (
        select organisation_id, event_id, employee_id, {sums}
        from parts group by organisation_id, event_id, employee_id)
    select coalesce(t.organisation_id, s.organisation_id) as organisation_id,
        'stored ' || {stored} || '; the events say ' || {found} as what,
        coalesce(t.event_id, s.event_id) as event_id,
        coalesce(t.employee_id, s.employee_id) as employee_id
    from tallies t full join summed s on s.organisation_id = t.organisation_id
        and s.event_id = t.event_id and s.employee_id = t.employee_id
    where {differs}"""

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


def _listed(alias: str) -> str:
    """Return SQL that lists the counters of ``alias`` that are not the same on both sides."""
    return " || ".join(
        f"case when coalesce(t.{name}, 0) <> coalesce(s.{name}, 0)"
        f" then '{name} ' || coalesce({alias}.{name}, 0) || ' ' else '' end"
        for name in COUNTERS
    )


def _tallies() -> str:
    return _TALLIES.format(
        sums=", ".join(f"sum({name}) as {name}" for name in COUNTERS),
        stored=_listed("t"),
        found=_listed("s"),
        differs=" or ".join(f"coalesce(t.{name}, 0) <> coalesce(s.{name}, 0)" for name in COUNTERS),
    )


CHECKS = (
    Check(
        code="I15",
        table="standings",
        statement="""
            with earned as (
                select t.organisation_id, t.event_id, t.employee_id, sum(t.points) as points
                from ledger_transactions t left join ledger_transactions u
                    on u.organisation_id = t.organisation_id and u.reverses_id = t.id
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
            summed as (
                select x.organisation_id, b.board, x.employee_id, sum(x.points) as points
                from earned x join boards b
                    on b.organisation_id = x.organisation_id and b.event_id = x.event_id
                group by x.organisation_id, b.board, x.employee_id)
            select coalesce(t.organisation_id, s.organisation_id) as organisation_id,
                'stored ' || coalesce(t.points, 0) || ' points; the books say '
                || coalesce(s.points, 0) as what,
                coalesce(t.board, s.board) as board,
                coalesce(t.employee_id, s.employee_id) as employee_id
            from standings t full join summed s on s.organisation_id = t.organisation_id
                and s.board = t.board and s.employee_id = t.employee_id
            where coalesce(t.points, 0) <> coalesce(s.points, 0)""",
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
            with summed as (
                select organisation_id, owner_id as employee_id, count(*) as in_hand
                from requests where status = 'accepted' group by organisation_id, owner_id)
            select coalesce(t.organisation_id, s.organisation_id) as organisation_id,
                'stored ' || coalesce(t.in_hand, 0) || ' in hand; the requests say '
                || coalesce(s.in_hand, 0) as what,
                coalesce(t.employee_id, s.employee_id) as employee_id
            from workloads t full join summed s
                on s.organisation_id = t.organisation_id and s.employee_id = t.employee_id
            where coalesce(t.in_hand, 0) <> coalesce(s.in_hand, 0)""",
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
        # Whole seconds of two instants may lie one apart from the seconds between them.
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
            where case s.step when 'accepted' then r.accept_seconds else r.resolve_seconds end
                is null or abs(
                    case s.step when 'accepted' then r.accept_seconds else r.resolve_seconds end
                    - case when {happened} < {opened} then 0 else {happened} - {opened} end) > 1""",
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
            select g.organisation_id,
                'shows ' || g.points || ' points that no accrual gave' as what, g.id
            from greetings g where g.points > 0 and not exists (
                select 1 from ledger_transactions t
                where t.organisation_id = g.organisation_id and t.source_id = g.id
                    and t.kind = 'accrual' and t.source_kind = 'greeting'
                    and t.employee_id = g.employee_id and t.points = g.points)""",
    ),
    Check(
        code="I15",
        table="ratings",
        statement="""
            with given as (
                select organisation_id, rating_id, count(*) as answers, max(number) as last
                from rating_answers group by organisation_id, rating_id)
            select r.organisation_id, r.stars || ' stars by ' || r.answers
                || ' answers; its history has ' || coalesce(g.answers, 0) || ', the last '
                || coalesce(a.stars, 0) as what, r.id
            from ratings r
            left join given g on g.organisation_id = r.organisation_id and g.rating_id = r.id
            left join rating_answers a on a.organisation_id = g.organisation_id
                and a.rating_id = g.rating_id and a.number = g.last
            where a.stars is null or a.stars <> r.stars or r.answers <> g.answers
                or r.answers <> g.last""",
    ),
    Check(
        code="I15",
        table="pending_confirmations",
        statement="""
            with waiting as (
                select t.organisation_id, t.id
                from ledger_transactions t left join ledger_transactions u
                    on u.organisation_id = t.organisation_id
                    and (u.settles_id = t.id or u.reverses_id = t.id)
                where t.kind = 'accrual' and u.id is null)
            select coalesce(p.organisation_id, w.organisation_id) as organisation_id,
                case when w.id is null then 'waits for what is settled or reversed'
                    else 'pending points that nobody will confirm' end as what,
                coalesce(p.transaction_id, w.id) as transaction_id
            from pending_confirmations p full join waiting w
                on w.organisation_id = p.organisation_id and w.id = p.transaction_id
            where w.id is null or p.transaction_id is null""",
    ),
)
