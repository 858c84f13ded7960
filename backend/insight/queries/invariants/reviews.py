"""Held ratings: each says why, was decided once by somebody else, and counts only since then."""

from backend.insight.queries.invariants.acts import unaudited
from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I07",
        table="ratings",
        # What counts was never held, or accepted; what does not says why, and what became of it.
        statement="""
            select r.organisation_id, r.state || ', and '
                || case when h.rating_id is null then 'never held' else 'held, then '
                    || coalesce(d.decision, 'not decided on') end as what, r.id
            from ratings r
            left join rating_holds h
                on h.organisation_id = r.organisation_id and h.rating_id = r.id
            left join rating_decisions d
                on d.organisation_id = r.organisation_id and d.rating_id = r.id
            where r.state <> case
                when h.rating_id is null and d.rating_id is null and r.state = 'season_closed'
                    then 'season_closed'
                when h.rating_id is null and d.rating_id is null then 'accepted'
                when h.rating_id is null then 'never held'
                else coalesce(d.decision, 'held') end""",
    ),
    Check(
        code="I07",
        table="rating_holds",
        statement="""
            select h.organisation_id, 'held for who is nobody''s' as what, h.rating_id
            from rating_holds h join ratings r
                on r.organisation_id = h.organisation_id and r.id = h.rating_id
            where r.employee_id is null""",
    ),
    Check(
        code="I10",
        table="rating_decisions",
        statement="""
            select d.organisation_id, 'decided on by whom it is about' as what, d.rating_id
            from rating_decisions d
            join invitation_shares s
                on s.organisation_id = d.organisation_id and s.invitation_id = d.rating_id
            join employees e on e.organisation_id = s.organisation_id and e.id = s.employee_id
            where s.employee_id = d.decided_by or e.payroll_number = d.decided_person
            group by d.organisation_id, d.rating_id""",
    ),
    unaudited(
        "rating_decisions", "x.decision = 'accepted'", act="rating.accepted", key="rating_id"
    ),
    unaudited(
        "rating_decisions", "x.decision = 'rejected'", act="rating.rejected", key="rating_id"
    ),
    unaudited("rating_questions", "1 = 1", act="rating.asked", key="rating_id"),
    unaudited("rating_decisions", "x.decision = 'lapsed'", act="rating.lapsed", key="rating_id"),
    Check(
        code="I15",
        table="ratings",
        statement="""
            select r.organisation_id, 'still held in a closed season' as what, r.id
            from ratings r
            join events e on e.organisation_id = r.organisation_id and e.id = r.event_id
            join seasons s on s.organisation_id = e.organisation_id and s.id = e.season_id
            where r.state = 'held' and s.status = 'closed'""",
    ),
)
