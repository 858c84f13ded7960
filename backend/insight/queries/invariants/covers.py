"""Posts that were left: a post counts as left just as long as somebody is away from it to help."""

from backend.insight.queries.invariants.checks import Check

CHECKS = (
    Check(
        code="I08",
        table="post_covers",
        statement="""
            select c.organisation_id, 'left for a request that keeps nobody away' as what, c.id
            from post_covers c where c.ended_at is null and not exists (
                select 1 from requests r
                where r.organisation_id = c.organisation_id and r.id = c.request_id
                    and r.status = 'accepted' and r.owner_id = c.left_by
                    and r.left_post_id = c.post_id)""",
    ),
    Check(
        code="I08",
        table="requests",
        statement="""
            select r.organisation_id, 'its owner is away, and the post does not say so' as what,
                r.id
            from requests r
            where r.status = 'accepted' and r.left_post_id is not null and not exists (
                select 1 from post_covers c
                where c.organisation_id = r.organisation_id and c.left_by = r.owner_id
                    and c.post_id = r.left_post_id and c.ended_at is null)""",
    ),
    Check(
        code="I08",
        table="post_covers",
        statement="""
            select organisation_id, 'stands in at ' || count(*) || ' posts' as what, covered_by
            from post_covers where ended_at is null and covered_by is not null
            group by organisation_id, covered_by having count(*) > 1""",
    ),
    Check(
        code="I08",
        table="request_follow_ups",
        statement="""
            select f.organisation_id, 'done, and the request is still ' || r.status as what,
                f.request_id
            from request_follow_ups f join requests r
                on r.organisation_id = f.organisation_id and r.id = f.request_id
            where f.done_at is not null and r.status in ('open', 'accepted')""",
    ),
)
