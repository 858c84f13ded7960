"""What can be wrong with held ratings, as SQL that makes it so, and what names it."""

_OURS = "organisation_id = :org"
_ACCEPTED = "(select rating_id from rating_decisions where decision = 'accepted')"
_DECIDED = "(select rating_id from rating_decisions)"

DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a rating of an open season does not count": (
        "I15",
        "ratings",
        (
            "update ratings set state = 'season_closed' where id = :rating",
            "update tallies set ratings = 0, five_star = 0, good = 0 where employee_id = :usher",
        ),
    ),
    "a rating of an open season is said to have been late": (
        "I15",
        "ratings",
        (
            "update ratings set state = 'season_closed' where id = :rating",
            "update invitations set lapsed_at = issued_at where id = :rating",
        ),
    ),
    "a held rating counts and nobody has decided": (
        "I07",
        "ratings",
        (f"update ratings set state = 'accepted' where {_OURS} and state = 'held'",),
    ),
    "a rating waits though it was decided on": (
        "I07",
        "ratings",
        (f"update ratings set state = 'held' where {_OURS} and id in {_ACCEPTED}",),
    ),
    "a rating that was rejected counts": (
        "I07",
        "ratings",
        (f"update ratings set state = 'accepted' where {_OURS} and state = 'rejected'",),
    ),
    "a rating was rejected that never waited": (
        "I07",
        "ratings",
        ("update ratings set state = 'rejected' where id = :rating",),
    ),
    "nobody knows why a rating was held": (
        "I07",
        "ratings",
        (f"delete from rating_holds where {_OURS}",),
    ),
    "a rating is held that is about nobody": (
        "I07",
        "rating_holds",
        (
            (
                "update rating_holds set rating_id = (select id from ratings where"
                f" {_OURS} and employee_id is null) where {_OURS} and rating_id not in {_DECIDED}"
            ),
        ),
    ),
    "whom a rating is about decided on it": (
        "I10",
        "rating_decisions",
        (f"update rating_decisions set decided_by = :usher where {_OURS}",),
    ),
    "whom a rating is about decided on it on another account": (
        "I10",
        "rating_decisions",
        (
            (
                "update rating_decisions set decided_person = (select payroll_number from employees"
                f" where id = :usher and organisation_id = :org) where {_OURS}"
            ),
        ),
    ),
    "a rating was accepted by nobody on record": (
        "I14",
        "rating_decisions",
        (f"delete from audit_rows where {_OURS} and act = 'rating.accepted'",),
    ),
    "a rating was rejected by nobody on record": (
        "I14",
        "rating_decisions",
        (f"delete from audit_rows where {_OURS} and act = 'rating.rejected'",),
    ),
    "somebody asked about a rating and no record says so": (
        "I14",
        "rating_questions",
        (f"delete from audit_rows where {_OURS} and act = 'rating.asked'",),
    ),
    "a rating lapsed and no record says so": (
        "I14",
        "rating_decisions",
        (
            (
                "update rating_decisions set decision = 'lapsed', decided_by = null, reason = null,"
                f" decided_person = null where {_OURS}"
            ),
        ),
    ),
    "a rating is still held in a closed season": (
        "I15",
        "ratings",
        (f"update seasons set status = 'closed' where {_OURS}",),
    ),
}
