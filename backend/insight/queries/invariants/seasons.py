"""Closed seasons: all is settled, what was kept is unchanged, and two people reopened them."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, text

from backend.insight.queries.invariants.checks import Check, Finding

CHECKS = (
    Check(
        code="I10",
        table="season_reopenings",
        statement="""
            select organisation_id, 'approved by who asked for it, or by nobody' as what, id
            from season_reopenings
            where (status = 'approved') <> (approved_by is not null)
                or (status = 'approved') <> (approved_by_person is not null)
                or approved_by = asked_by or approved_by_person = asked_by_person""",
    ),
    Check(
        code="I14",
        table="season_snapshots",
        statement="""
            with kept as (
                select organisation_id, season_id, count(*) as snapshots
                from season_snapshots group by organisation_id, season_id),
            said as (
                select organisation_id, subject_id, count(*) as acts
                from audit_rows where act = 'season.closed' group by organisation_id, subject_id)
            select k.organisation_id, k.snapshots || ' snapshots, and '
                || coalesce(s.acts, 0) || ' audit rows that say season.closed' as what, k.season_id
            from kept k left join said s
                on s.organisation_id = k.organisation_id and s.subject_id = k.season_id
            where k.snapshots <> coalesce(s.acts, 0)""",
    ),
    Check(
        code="I14",
        table="seasons",
        # It is closed once, and once more after each time that it was reopened.
        statement="""
            with reopened as (
                select organisation_id, season_id, count(*) as times
                from season_reopenings where status = 'approved'
                group by organisation_id, season_id),
            said as (
                select organisation_id, subject_id, count(*) as acts
                from audit_rows where act = 'season.closing' group by organisation_id, subject_id)
            select s.organisation_id, s.status || ', reopened ' || coalesce(r.times, 0)
                || ' times, and ' || coalesce(a.acts, 0) || ' audit rows that say season.closing'
                as what, s.id
            from seasons s
            left join reopened r on r.organisation_id = s.organisation_id and r.season_id = s.id
            left join said a on a.organisation_id = s.organisation_id and a.subject_id = s.id
            where coalesce(a.acts, 0)
                <> coalesce(r.times, 0) + case when s.status = 'open' then 0 else 1 end""",
    ),
    Check(
        code="I14",
        table="season_reopenings",
        statement="""
            with wishes as (
                select organisation_id, season_id, count(*) as times
                from season_reopenings group by organisation_id, season_id),
            said as (
                select organisation_id, subject_id, count(*) as acts
                from audit_rows where act = 'season.reopening_asked'
                group by organisation_id, subject_id)
            select w.organisation_id, w.times || ' wishes, and ' || coalesce(s.acts, 0)
                || ' audit rows that say season.reopening_asked' as what, w.season_id
            from wishes w left join said s
                on s.organisation_id = w.organisation_id and s.subject_id = w.season_id
            where w.times <> coalesce(s.acts, 0)""",
    ),
    Check(
        code="I14",
        table="season_reopenings",
        statement="""
            with approved as (
                select organisation_id, season_id, count(*) as reopenings
                from season_reopenings where status = 'approved'
                group by organisation_id, season_id),
            said as (
                select organisation_id, subject_id, count(*) as acts
                from audit_rows where act = 'season.reopened' group by organisation_id, subject_id)
            select a.organisation_id, a.reopenings || ' reopenings, and '
                || coalesce(s.acts, 0) || ' audit rows that say season.reopened' as what,
                a.season_id
            from approved a left join said s
                on s.organisation_id = a.organisation_id and s.subject_id = a.season_id
            where a.reopenings <> coalesce(s.acts, 0)""",
    ),
    Check(
        code="I15",
        table="seasons",
        statement="""
            with kept as (
                select organisation_id, season_id, count(*) as snapshots, max(number) as last
                from season_snapshots group by organisation_id, season_id)
            select s.organisation_id, s.status || ', with ' || coalesce(k.snapshots, 0)
                || ' snapshots, the last numbered ' || coalesce(k.last, 0) as what, s.id
            from seasons s left join kept k
                on k.organisation_id = s.organisation_id and k.season_id = s.id
            where k.snapshots <> k.last or (s.status = 'closed' and k.season_id is null)""",
    ),
    Check(
        code="I15",
        table="requests",
        statement="""
            select r.organisation_id, r.status || ' in a closed season' as what, r.id
            from requests r join seasons s
                on s.organisation_id = r.organisation_id and s.id = r.season_id
            where s.status = 'closed' and r.status in ('open', 'accepted')""",
    ),
    Check(
        code="I15",
        table="invitations",
        statement="""
            with closed as (
                select s.organisation_id, s.id, max(k.made_at) as made_at
                from seasons s join season_snapshots k
                    on k.organisation_id = s.organisation_id and k.season_id = s.id
                where s.status = 'closed' group by s.organisation_id, s.id)
            select i.organisation_id, 'could still be used when its season was closed' as what, i.id
            from closed c
            join events e on e.organisation_id = c.organisation_id and e.season_id = c.id
            join invitations i on i.organisation_id = e.organisation_id and i.event_id = e.id
            left join ratings r on r.organisation_id = i.organisation_id and r.id = i.id
            where i.lapsed_at is null and i.expires_at > c.made_at and r.id is null""",
    ),
    Check(
        code="I15",
        table="ratings",
        statement="""
            select r.organisation_id, 'counts, though its code had lapsed' as what, r.id
            from ratings r join invitations i
                on i.organisation_id = r.organisation_id and i.id = r.id
            where r.state <> 'season_closed' and r.rated_at >= i.lapsed_at""",
    ),
    Check(
        code="I15",
        table="ratings",
        # A closed season is remembered for seconds after it was reopened, and what was slow to
        # write has a quarter of an hour; a code that had lapsed stays so.
        statement="""
            with turns as (
                select s.organisation_id, s.subject_id, s.act, {happened} as began,
                    lead({happened}) over (partition by s.organisation_id, s.subject_id
                        order by s.id) + 15 * 60 as ended
                from audit_rows s where s.act in ('season.closing', 'season.reopened')),
            closed as materialized (select * from turns where act = 'season.closing'),
            late as (
                select r.organisation_id, r.id, e.season_id, {answered} as answered,
                    {lapsed} as lapsed
                from ratings r
                left join events e on e.organisation_id = r.organisation_id and e.id = r.event_id
                join invitations i on i.organisation_id = r.organisation_id and i.id = r.id
                join rating_answers a on a.organisation_id = r.organisation_id and a.id = r.id
                where r.state = 'season_closed')
            select x.organisation_id, 'does not count, though its season was open' as what, x.id
            from late x where not exists (
                select 1 from closed c
                where c.organisation_id = x.organisation_id and c.subject_id = x.season_id
                    and c.began <= x.answered and (c.ended is null or x.answered <= c.ended
                        or x.lapsed between c.began and c.ended))""",
    ),
    Check(
        code="I15",
        table="pending_confirmations",
        statement="""
            select p.organisation_id, 'pending points of a closed season' as what,
                p.transaction_id
            from pending_confirmations p
            join ledger_transactions t
                on t.organisation_id = p.organisation_id and t.id = p.transaction_id
            join events e on e.organisation_id = t.organisation_id and e.id = t.event_id
            join seasons s on s.organisation_id = e.organisation_id and s.id = e.season_id
            left join late_movements m
                on m.organisation_id = t.organisation_id and m.transaction_id = t.id
            where s.status = 'closed' and m.transaction_id is null""",
    ),
    Check(
        code="I15",
        table="late_movements",
        statement="""
            select m.organisation_id, 'not what its transaction moved' as what, m.transaction_id
            from late_movements m
            left join ledger_transactions t
                on t.organisation_id = m.organisation_id and t.id = m.transaction_id
            where t.id is null or t.event_id <> m.event_id or t.employee_id <> m.employee_id
                or m.points <> case t.kind when 'accrual' then t.points
                    when 'reversal' then -t.points else 0 end""",
    ),
)


def list_closed(
    connection: Connection, *, organisation_id: UUID | None
) -> Iterator[tuple[UUID, UUID, int, bool]]:
    """Yield (organisation, season, number, whether it stands) of every snapshot.

    The last one of a season that is closed must be what the season comes to.
    """
    mine = "" if organisation_id is None else "where k.organisation_id = :organisation_id"
    query = text(
        f"""
        select k.organisation_id, k.season_id, k.number,
            s.status = 'closed' and k.number = (
                select max(l.number) from season_snapshots l
                where l.organisation_id = k.organisation_id and l.season_id = k.season_id)
        from season_snapshots k join seasons s
            on s.organisation_id = k.organisation_id and s.id = k.season_id
        {mine} order by 1, 2, 3"""
    )
    if organisation_id is not None:
        query = query.bindparams(bindparam("organisation_id", organisation_id, Uuid()))
    for owner, season_id, number, stands in connection.execute(query).all():
        yield UUID(str(owner)), UUID(str(season_id)), number, bool(stands)


def moved(organisation_id: UUID, season_id: UUID, number: int, what: str) -> Finding:
    """Return the finding of a snapshot that is not as it should be."""
    return Finding(
        invariant="I15",
        table="season_snapshots",
        organisation_id=organisation_id,
        row=f"season_id={season_id} number={number}",
        what=what,
    )
