"""Greetings, requests and ratings: used once, won once, shared out in full."""

from backend.insight.queries.invariants.checks import Check

_SLACK = 121
# Who took a request last, and whom they asked to help.
_TAKEN = """
    taken as (
        select organisation_id, request_id, max(number) as number
        from request_steps where step in ('accepted', 'handed_over')
        group by organisation_id, request_id)"""
HANDS = f"""
    {_TAKEN},
    hands as (
        select s.organisation_id, s.request_id,
            case s.step when 'accepted' then s.employee_id else s.other_id end as employee_id
        from taken t join request_steps s on s.organisation_id = t.organisation_id
            and s.request_id = t.request_id and s.number >= t.number
        where s.step in ('accepted', 'handed_over', 'helper_added'))"""

CHECKS = (
    Check(
        code="I06",
        table="phone_actions",
        statement="""
            select organisation_id, 'this id was used ' || count(*) || ' times' as what, id
            from phone_actions group by organisation_id, id having count(*) > 1""",
    ),
    Check(
        code="I06",
        table="greetings",
        statement="""
            select g.organisation_id, 'no phone sent it under this id' as what, g.id
            from greetings g where not exists (
                select 1 from phone_actions p
                where p.organisation_id = g.organisation_id and p.id = g.id
                    and p.kind = 'greet' and p.employee_id = g.employee_id)""",
    ),
    Check(
        code="I07",
        table="ratings",
        statement="""
            select organisation_id, count(*) || ' ratings of one invitation' as what, id
            from ratings group by organisation_id, id having count(*) > 1""",
    ),
    Check(
        code="I07",
        table="ratings",
        statement="""
            select r.organisation_id, case
                    when r.stars not between 1 and 5 then r.stars || ' stars'
                    when r.rated_at > i.expires_at and r.state <> 'season_closed'
                        and h.rating_id is null then 'rated after the code had expired'
                    else 'not what its invitation was bound to' end as what, r.id
            from ratings r join invitations i
                on i.organisation_id = r.organisation_id and i.id = r.id
            left join rating_holds h on h.organisation_id = r.organisation_id
                and h.rating_id = r.id and h.suspicions like '%expired%'
            where r.stars not between 1 and 5
                or (r.rated_at > i.expires_at and r.state <> 'season_closed'
                    and h.rating_id is null)
                or r.employee_id is distinct from i.employee_id
                or r.request_id is distinct from i.request_id
                or r.event_id is distinct from i.event_id""",
    ),
    Check(
        code="I07",
        table="ratings",
        statement="""
            select r.organisation_id, 'a rating that is ' || r.state || ' has paid' as what, r.id
            from ledger_transactions t
            join rating_answers a on a.organisation_id = t.organisation_id and a.id = t.source_id
            join ratings r on r.organisation_id = a.organisation_id and r.id = a.rating_id
            where t.kind = 'accrual' and t.source_kind = 'rating' and r.state <> 'accepted'
                and not exists (
                    select 1 from ledger_transactions u
                    where u.organisation_id = t.organisation_id and u.reverses_id = t.id
                        and u.reverses_id is not null)
            group by r.organisation_id, r.id, r.state""",
    ),
    Check(
        code="I07",
        table="ratings",
        statement="""
            select r.organisation_id, count(distinct a.id) || ' of its answers pay' as what, r.id
            from ledger_transactions t
            join rating_answers a on a.organisation_id = t.organisation_id and a.id = t.source_id
            join ratings r on r.organisation_id = a.organisation_id and r.id = a.rating_id
            where t.kind = 'accrual' and t.source_kind = 'rating' and not exists (
                select 1 from ledger_transactions u
                where u.organisation_id = t.organisation_id and u.reverses_id = t.id
                    and u.reverses_id is not null)
            group by r.organisation_id, r.id having count(distinct a.id) > 1""",
    ),
    Check(
        code="I08",
        table="request_steps",
        # One winner: nobody accepts what is in other hands, nothing follows the end.
        # What a timer put back may have been done by whoever's phone was away.
        statement="""
            select organisation_id, step || ' after ' || before as what, request_id, number
            from (
                select organisation_id, request_id, number, step,
                    coalesce(lag(case when step = 'released' and employee_id is null
                        then 'put_back' else step end) over (
                        partition by organisation_id, request_id order by number), 'nothing')
                    as before
                from request_steps
                where step not in ('helper_added', 'season_closed'))
                as history
            where step || '/' || before not in (
                'opened/nothing', 'accepted/opened', 'accepted/released', 'accepted/put_back',
                'handed_over/accepted', 'handed_over/handed_over',
                'released/accepted', 'released/handed_over',
                'resolved/accepted', 'resolved/handed_over', 'resolved/put_back',
                'cancelled/opened', 'cancelled/accepted', 'cancelled/handed_over',
                'cancelled/released', 'cancelled/put_back',
                'safety/opened', 'safety/accepted', 'safety/handed_over', 'safety/released',
                'safety/put_back',
                'followed_up/opened', 'followed_up/accepted', 'followed_up/handed_over',
                'followed_up/released', 'followed_up/put_back')""",
    ),
    Check(
        code="I08",
        table="requests",
        statement="""
            with latest as (
                select organisation_id, request_id, max(number) as number
                from request_steps
                where step not in ('helper_added', 'season_closed')
                group by organisation_id, request_id),
            stands as (
                select s.organisation_id, s.request_id, case s.step
                        when 'opened' then 'open' when 'released' then 'open'
                        when 'handed_over' then 'accepted'
                        when 'safety' then 'cancelled' when 'followed_up' then 'cancelled'
                        else s.step end as status
                from latest l join request_steps s on s.organisation_id = l.organisation_id
                    and s.request_id = l.request_id and s.number = l.number)
            select r.organisation_id,
                r.status || ', but its history says ' || coalesce(h.status, 'nothing') as what, r.id
            from requests r left join stands h
                on h.organisation_id = r.organisation_id and h.request_id = r.id
            where coalesce(h.status, 'season_closed') <> r.status""",
    ),
    Check(
        code="I08",
        table="requests",
        statement=f"""
            with {_TAKEN}
            select r.organisation_id, 'owned by somebody who never took it' as what, r.id
            from requests r
            left join taken l on l.organisation_id = r.organisation_id and l.request_id = r.id
            left join request_steps s on s.organisation_id = l.organisation_id
                and s.request_id = l.request_id and s.number = l.number
            where r.owner_id is not null and (s.step is null or r.owner_id <>
                case s.step when 'accepted' then s.employee_id else s.other_id end)""",
    ),
    Check(
        code="I08",
        table="request_steps",
        statement=f"""
            with {HANDS}
            select s.organisation_id, 'resolved by neither its owner nor their helper' as what,
                s.request_id, s.number
            from request_steps s where s.step = 'resolved' and not exists (
                select 1 from hands h
                where h.organisation_id = s.organisation_id and h.request_id = s.request_id
                    and h.employee_id = s.employee_id)""",
    ),
    Check(
        code="I08",
        table="request_steps",
        # Nothing pays that is told to have been done before it could be; clocks may differ by two
        # minutes, and whole seconds of two instants by one more.
        statement=f"""
            with {_TAKEN},
            done as (
                select s.organisation_id, s.request_id, s.number, t.number as taken, s.step,
                    {{happened}} as at
                from taken t join request_steps s on s.organisation_id = t.organisation_id
                    and s.request_id = t.request_id and s.number >= t.number),
            since as (
                select d.organisation_id, d.request_id,
                    case when d.at > {{opened}} then d.at else {{opened}} end as at
                from done d join requests r on r.organisation_id = d.organisation_id
                    and r.id = d.request_id
                where d.number = d.taken and r.verdict = 'verified'
                    and r.status in ('accepted', 'resolved'))
            select d.organisation_id, d.step || ' before it could be, and believed' as what,
                d.request_id, d.number
            from since i join done d on d.organisation_id = i.organisation_id
                and d.request_id = i.request_id
            where d.step in ('accepted', 'handed_over', 'helper_added', 'resolved')
                and d.at < i.at - {_SLACK}""",
    ),
    Check(
        code="I08",
        table="credit_shares",
        statement="""
            with summed as (
                select organisation_id, request_id, sum(percent) as percent
                from credit_shares group by organisation_id, request_id)
            select r.organisation_id,
                'shares of a request that is ' || r.status || ' add up to '
                || coalesce(c.percent, 0) as what, r.id as request_id
            from requests r left join summed c
                on c.organisation_id = r.organisation_id and c.request_id = r.id
            where coalesce(c.percent, 0)
                <> case when r.status in ('accepted', 'resolved') then 100 else 0 end""",
    ),
    Check(
        code="I08",
        table="invitation_shares",
        statement="""
            select i.organisation_id, 'shares add up to ' || coalesce(sum(s.percent), 0) as what,
                i.id as invitation_id
            from invitations i left join invitation_shares s
                on s.organisation_id = i.organisation_id and s.invitation_id = i.id
            where i.employee_id is not null
            group by i.organisation_id, i.id having coalesce(sum(s.percent), 0) <> 100""",
    ),
)
