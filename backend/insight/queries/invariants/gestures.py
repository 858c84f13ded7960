"""Gestures: given once, within their giver's authority or by somebody else's word."""

from backend.insight.queries.invariants.checks import Check
from backend.insight.queries.invariants.work import HANDS

CHECKS = (
    Check(
        code="I06",
        table="gestures",
        statement="""
            select g.organisation_id, 'no phone sent it under this id' as what, g.id
            from gestures g where not exists (
                select 1 from phone_actions p
                where p.organisation_id = g.organisation_id and p.id = g.id
                    and p.kind = 'give_gesture' and p.employee_id = g.employee_id)""",
    ),
    Check(
        code="I10",
        table="gestures",
        statement="""
            select organisation_id, 'its giver added it' as what, id
            from gestures where allowed_by = employee_id""",
    ),
    Check(
        code="I14",
        table="gesture_caps",
        statement="""
            with said as (
                select organisation_id, id, detail, row_number() over (
                    partition by organisation_id order by id desc) as place
                from audit_rows where act = 'gesture_caps.set'),
            sides as (
                select organisation_id, role || ' ' || currency as cap, cents as stored,
                    0 as found
                from gesture_caps
                union all
                select a.organisation_id, k.key, 0, cast(cast(k.value as text) as integer)
                from said a cross join {caps_after} where a.place = 1)
            select organisation_id, sum(stored) || ' cents, where the last audit row that says'
                || ' gesture_caps.set has ' || sum(found) as what, cap
            from sides group by organisation_id, cap having sum(stored) <> sum(found)""",
    ),
    Check(
        code="I14",
        table="gesture_spendings",
        # Which roles somebody had is not known any more; nobody had a cap that was never set.
        statement="""
            with said as (
                select distinct a.organisation_id, substr(k.key, length(k.key) - 2) as currency,
                    cast(cast(k.value as text) as integer) as cents
                from audit_rows a cross join {caps_after} where a.act = 'gesture_caps.set')
            select g.organisation_id, g.cap_cents || ' cents were never anybody''s cap' as what,
                g.event_id, g.employee_id, g.currency
            from gesture_spendings g left join said s on s.organisation_id = g.organisation_id
                and s.currency = g.currency and s.cents = g.cap_cents
            where s.cents is null and g.cap_cents <> 0""",
    ),
    Check(
        code="I15",
        table="gesture_spendings",
        statement="""
            with sides as (
                select organisation_id, event_id, employee_id, currency,
                    spent_cents as stored, 0 as found
                from gesture_spendings
                union all
                select organisation_id, event_id, employee_id, currency, 0, cents
                from gestures where state = 'given' and allowed_by is null)
            select organisation_id, 'stored ' || sum(stored)
                || ' cents spent; the gestures say ' || sum(found) as what,
                event_id, employee_id, currency
            from sides group by organisation_id, event_id, employee_id, currency
            having sum(stored) <> sum(found)""",
    ),
    Check(
        code="I15",
        table="gesture_spendings",
        statement="""
            select organisation_id, spent_cents || ' cents given by nobody else''s word, where '
                || cap_cents || ' were allowed' as what, event_id, employee_id, currency
            from gesture_spendings where spent_cents > cap_cents""",
    ),
    Check(
        code="I15",
        table="gestures",
        # It waits for a fan who is there, with whoever asked for it.
        statement=f"""
            with {HANDS}
            select g.organisation_id, 'waits, though nobody who asked has its request in hand'
                as what, g.id
            from gestures g
            join requests r on r.organisation_id = g.organisation_id and r.id = g.request_id
            where g.state = 'waiting' and (r.status <> 'accepted' or not exists (
                select 1 from hands h
                where h.organisation_id = g.organisation_id and h.request_id = g.request_id
                    and h.employee_id = g.employee_id))""",
    ),
    Check(
        code="I15",
        table="gestures",
        statement="""
            select g.organisation_id, 'not at the event of its request' as what, g.id
            from gestures g
            join requests r on r.organisation_id = g.organisation_id and r.id = g.request_id
            join events e on e.organisation_id = r.organisation_id and e.id = r.event_id
            where g.event_id <> r.event_id or g.season_id <> r.season_id
                or g.venue_id <> e.venue_id""",
    ),
)
