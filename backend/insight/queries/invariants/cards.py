"""Cards: numbered without a gap, bound once, and rated as what they were bound to."""

from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I06",
        table="card_scans",
        statement="""
            select c.organisation_id, 'no phone sent it under this id' as what, c.id
            from card_scans c where not exists (
                select 1 from phone_actions p
                where p.organisation_id = c.organisation_id and p.id = c.id
                    and p.kind = 'scan_cards' and p.employee_id = c.employee_id)""",
    ),
    Check(
        code="I07",
        table="invitations",
        statement="""
            select i.organisation_id, 'of no request, and of no card with this code' as what, i.id
            from invitations i where i.request_id is null and not exists (
                select 1 from cards c
                where c.organisation_id = i.organisation_id and c.id = i.id
                    and c.code_hash = i.code_hash)""",
    ),
    Check(
        code="I07",
        table="cards",
        # Bound before it is rated: then to its scan, for ever; else to nobody, for ever.
        statement="""
            select c.organisation_id, case when s.id is null
                    then 'bound to somebody whom no scan names'
                    else 'not bound to whom its scan names' end as what, c.id
            from cards c
            left join card_scans s on s.organisation_id = c.organisation_id and s.id = c.scan_id
            left join invitations i on i.organisation_id = c.organisation_id and i.id = c.id
            where s.employee_id is distinct from i.employee_id
                or s.event_id is distinct from i.event_id
                or (s.id is not null and c.serial not between s.first_serial and s.last_serial)""",
    ),
    Check(
        code="I15",
        table="card_packs",
        statement="""
            with counted as (
                select organisation_id, pack_id, count(*) as cards,
                    min(serial) as first_serial, max(serial) as last_serial
                from cards group by organisation_id, pack_id),
            packs as (
                select p.*, coalesce(lag(p.last_serial) over (
                    partition by p.organisation_id order by p.first_serial), 0) as before
                from card_packs p)
            select p.organisation_id, 'serials ' || p.first_serial || ' to ' || p.last_serial
                || ' after ' || p.before || ', with ' || coalesce(c.cards, 0) || ' cards' as what,
                p.id
            from packs p left join counted c
                on c.organisation_id = p.organisation_id and c.pack_id = p.id
            where p.first_serial <> p.before + 1
                or coalesce(c.cards, 0) <> p.last_serial - p.first_serial + 1
                or c.first_serial <> p.first_serial or c.last_serial <> p.last_serial""",
    ),
    Check(
        code="I15",
        table="card_serials",
        statement="""
            with sides as (
                select organisation_id, last_serial as stored, 0 as found from card_serials
                union all
                select organisation_id, 0, max(last_serial) from card_packs
                group by organisation_id)
            select organisation_id, 'stored ' || sum(stored) || ' serials; the packs say '
                || sum(found) as what
            from sides group by organisation_id having sum(stored) <> sum(found)""",
    ),
    Check(
        code="I15",
        table="card_scans",
        statement="""
            with counted as (
                select organisation_id, scan_id, count(*) as cards
                from cards where scan_id is not null group by organisation_id, scan_id)
            select s.organisation_id, 'bound ' || s.bound || ' cards; the cards say '
                || coalesce(c.cards, 0) as what, s.id
            from card_scans s left join counted c
                on c.organisation_id = s.organisation_id and c.scan_id = s.id
            where s.bound <> coalesce(c.cards, 0)""",
    ),
)
