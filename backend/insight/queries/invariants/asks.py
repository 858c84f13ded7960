"""What fans ask for themselves: each followed by one, and opened anew for somebody else only."""

from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I08",
        table="requests",
        statement="""
            select r.organisation_id, 'opened by a fan, and no fan can follow it' as what, r.id
            from requests r
            where r.opened_by is null
                and not exists (
                    select 1 from requests n
                    where n.organisation_id = r.organisation_id and n.reopens_id = r.id
                        and n.reopens_id is not null)
                and not exists (
                    select 1 from asks a
                    where a.organisation_id = r.organisation_id and a.request_id = r.id)""",
    ),
    Check(
        code="I08",
        table="asks",
        statement="""
            select a.organisation_id, case
                    when n.id is not null then 'follows what was opened anew since'
                    else 'follows what is elsewhere' end as what, a.id
            from asks a
            join requests r on r.organisation_id = a.organisation_id and r.id = a.request_id
            left join requests n
                on n.organisation_id = a.organisation_id and n.reopens_id = r.id
            where n.id is not null or r.event_id <> a.event_id or r.zone_id <> a.zone_id""",
    ),
    Check(
        code="I08",
        table="requests",
        statement="""
            select r.organisation_id, case
                    when f.status <> 'resolved' then 'reopens what is ' || f.status
                    else 'reopens what was elsewhere' end as what, r.id
            from requests r
            join requests f on f.organisation_id = r.organisation_id and f.id = r.reopens_id
            where f.status <> 'resolved' or f.event_id <> r.event_id or f.zone_id <> r.zone_id
                or f.category <> r.category""",
    ),
    Check(
        code="I08",
        table="credit_shares",
        # Only the few that were opened anew are followed back; without ALL, so that it ends where
        # damage has made a circle.
        statement="""
            with recursive chain as (
                select organisation_id, id, reopens_id as former
                from requests where reopens_id is not null
                union
                select c.organisation_id, c.id, f.reopens_id
                from chain c join requests f
                    on f.organisation_id = c.organisation_id and f.id = c.former
                where f.reopens_id is not null)
            select s.organisation_id, 'has a part in what they had not solved' as what,
                s.request_id, s.employee_id
            from chain c
            join credit_shares s on s.organisation_id = c.organisation_id and s.request_id = c.id
            join credit_shares o
                on o.organisation_id = c.organisation_id and o.request_id = c.former
                    and o.employee_id = s.employee_id
            group by s.organisation_id, s.request_id, s.employee_id""",
    ),
    Check(
        code="I14",
        table="heard_entries",
        # Each version is one act of HR's, with its words in the audit.
        statement="""
            with told as (
                select organisation_id, subject_id, count(*) as acts from audit_rows
                where act in (
                    'heard_entry.written', 'heard_entry.changed', 'heard_entry.withdrawn')
                group by organisation_id, subject_id),
            written as (
                select organisation_id, entry_id, count(*) as versions, max(number) as latest
                from heard_versions group by organisation_id, entry_id)
            select e.organisation_id, 'version ' || e.version || ' of ' || coalesce(w.versions, 0)
                || ' versions and ' || coalesce(t.acts, 0) || ' audit rows' as what, e.id
            from heard_entries e
            left join written w on w.organisation_id = e.organisation_id and w.entry_id = e.id
            left join told t on t.organisation_id = e.organisation_id and t.subject_id = e.id
            where coalesce(w.versions, 0) <> e.version or w.latest <> e.version
                or coalesce(t.acts, 0) <> e.version""",
    ),
    Check(
        code="I14",
        table="heard_answers",
        statement="""
            select h.organisation_id, 'no audit row says who has ' || h.why_state || ' it' as what,
                h.id
            from heard_answers h
            where h.why_state in ('shown', 'hidden') and not exists (
                select 1 from audit_rows a
                where a.organisation_id = h.organisation_id and a.subject_id = h.id
                    and a.act = 'heard_why.' || h.why_state)""",
    ),
    Check(
        code="I14",
        table="ask_versions",
        statement="""
            select v.organisation_id, 'version ' || v.version || ' after ' || count(a.id)
                || ' audit rows that say ask_codes.renewed' as what, v.venue_id
            from ask_versions v left join audit_rows a
                on a.organisation_id = v.organisation_id and a.subject_id = v.venue_id
                and a.act = 'ask_codes.renewed'
            group by v.organisation_id, v.venue_id, v.version
            having count(a.id) <> v.version - 1""",
    ),
    Check(
        code="I14",
        table="retentions",
        statement="""
            select r.organisation_id, 'no audit row says who has set the periods' as what
            from retentions r where not exists (
                select 1 from audit_rows a
                where a.organisation_id = r.organisation_id
                    and a.subject_id = r.organisation_id
                    and a.act = 'retention.changed' and a.at = r.changed_at)""",
    ),
)
