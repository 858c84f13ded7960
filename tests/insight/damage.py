"""What can be wrong in a database, as SQL that makes it so, and the invariant that names it."""

from backend.foundation.db import Base


def copy_row(table: str, where: str, **changes: str) -> str:
    """Return SQL that adds a row of ``table`` again, with ``changes``."""
    columns = [column.name for column in Base.metadata.tables[table].columns]
    values = ", ".join(changes.get(name, name) for name in columns)
    return (
        f"insert into {table} ({', '.join(columns)}) select {values} from {table}"
        f" where organisation_id = :org and {where}"
    )


DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "somebody says that more came": (
        "I14",
        "events",
        ("update events set attendance = 1 where id = :event",),
    ),
    "a post is left for a request that nobody has in hand": (
        "I08",
        "post_covers",
        ("update post_covers set request_id = :request where request_id = :in_hand",),
    ),
    "a post is left by somebody else": (
        "I08",
        "post_covers",
        ("update post_covers set left_by = :helper where request_id = :in_hand",),
    ),
    "a post was left and does not say so": (
        "I08",
        "requests",
        ("delete from post_covers where request_id = :in_hand",),
    ),
    "a colleague stands in at two posts": (
        "I08",
        "post_covers",
        (
            "drop index uq_post_covers_away",
            "drop index uq_post_covers_request",
            "drop index uq_post_covers_covering",
            copy_row("post_covers", "request_id = :in_hand", id=":new"),
        ),
    ),
    "a follow-up is done and its request is not": (
        "I08",
        "request_follow_ups",
        (
            (
                "update request_follow_ups set done_at = due_at, done_by = :usher, note = 'done'"
                " where request_id = :in_hand"
            ),
        ),
    ),
    "an entry is changed": (
        "I01",
        "ledger_transactions",
        ("update ledger_entries set points = points - 1 where organisation_id = :org",),
    ),
    "the books of an organisation do not sum to zero": (
        "I01",
        "organisations",
        ("delete from ledger_entries where organisation_id = :org and account = 'mint'",),
    ),
    "a transaction has one entry": (
        "I01",
        "ledger_transactions",
        ("delete from ledger_entries where organisation_id = :org and line = 2",),
    ),
    "an entry is an orphan": (
        "I02",
        "ledger_entries",
        ("delete from ledger_transactions where organisation_id = :org and kind = 'settlement'",),
    ),
    "an entry moves points of somebody else": (
        "I02",
        "ledger_entries",
        (
            (
                "update ledger_entries set employee_id = :helper"
                " where organisation_id = :org and employee_id = :usher"
            ),
        ),
    ),
    "a balance is changed": (
        "I02",
        "balances",
        ("update balances set available = available + 1 where employee_id = :usher",),
    ),
    "a balance is lost": ("I02", "balances", ("delete from balances where employee_id = :usher",)),
    "a bucket was once below zero": (
        "I03",
        "ledger_entries",
        (
            (
                "update ledger_entries set points = -points"
                " where employee_id = :helper and account = 'pending' and points = 4"
            ),
        ),
    ),
    "a bucket is below zero": (
        "I03",
        "balances",
        ("update balances set held = -1 where employee_id = :usher",),
    ),
    "something is accrued twice": (
        "I04",
        "ledger_transactions",
        (
            "drop index uq_ledger_transactions_accrual",
            copy_row(
                "ledger_transactions", "source_id = :greeting and kind = 'accrual'", id=":new"
            ),
        ),
    ),
    "a greeting is somebody else's": (
        "I04",
        "ledger_transactions",
        ("update greetings set employee_id = :helper where id = :greeting",),
    ),
    "a paid request was never resolved": (
        "I04",
        "ledger_transactions",
        ("update ledger_transactions set source_id = :in_hand where source_id = :request",),
    ),
    "a paid rating does not exist": (
        "I04",
        "ledger_transactions",
        (
            (
                "update ledger_transactions set source_id = :new"
                " where employee_id = :helper and source_kind = 'rating'"
            ),
        ),
    ),
    "something is settled twice": (
        "I05",
        "ledger_transactions",
        (
            "drop index uq_ledger_transactions_settles_id",
            copy_row(
                "ledger_transactions", "kind = 'settlement' and source_id = :greeting", id=":new"
            ),
        ),
    ),
    "a settlement is larger than its accrual": (
        "I05",
        "ledger_transactions",
        (
            (
                "update ledger_transactions set points = points + 1"
                " where organisation_id = :org and kind = 'settlement'"
            ),
        ),
    ),
    "points expire twice": (
        "I05",
        "ledger_transactions",
        (
            "drop index uq_ledger_transactions_expiry",
            copy_row("ledger_transactions", "employee_id = :helper and kind = 'expiry'", id=":new"),
        ),
    ),
    "points expire before it is time": (
        "I05",
        "ledger_transactions",
        ("update points_expiries set begun_at = null where organisation_id = :org",),
    ),
    "more points expire than were earned": (
        "I05",
        "ledger_transactions",
        (
            (
                "update ledger_transactions set points = 11"
                " where employee_id = :helper and kind = 'expiry'"
            ),
        ),
    ),
    "a day of expiry was changed by nobody on record": (
        "I14",
        "points_expiries",
        ("update points_expiries set version = 2 where organisation_id = :org",),
    ),
    "a greeting came from no phone": (
        "I06",
        "greetings",
        ("delete from phone_actions where id = :greeting",),
    ),
    "a rating has six stars": (
        "I07",
        "ratings",
        ("update ratings set stars = 6 where id = :rating",),
    ),
    "a rating came too late": (
        "I07",
        "ratings",
        (
            "update invitations set expires_at = issued_at where id = :invitation",
            (
                "update ratings set rated_at = (select max(ends_at) from events where id = :event)"
                " where id = :rating"
            ),
        ),
    ),
    "a rating is given to somebody else": (
        "I07",
        "ratings",
        ("update ratings set employee_id = :helper where id = :rating",),
    ),
    "a held rating has paid": (
        "I07",
        "ratings",
        ("update ratings set state = 'held' where id = :rating",),
    ),
    "two answers of one rating pay": (
        "I07",
        "ratings",
        (
            copy_row("rating_answers", "rating_id = :rating", id=":greeting", number="2"),
            (
                "update ledger_transactions set source_id = :greeting"
                " where employee_id = :helper and source_kind = 'rating'"
            ),
        ),
    ),
    "a request is accepted after it was resolved": (
        "I08",
        "request_steps",
        (copy_row("request_steps", "request_id = :request and number = 2", number="6"),),
    ),
    "a request is open against its history": (
        "I08",
        "requests",
        ("update requests set status = 'open', owner_id = null where id = :in_hand",),
    ),
    "a request has no history": (
        "I08",
        "requests",
        ("delete from request_steps where request_id = :in_hand",),
    ),
    "a request is owned by who never took it": (
        "I08",
        "requests",
        ("update requests set owner_id = :helper where id = :in_hand",),
    ),
    "a stranger resolved a request": (
        "I08",
        "request_steps",
        (
            (
                "update request_steps set employee_id = :new"
                " where request_id = :request and step = 'resolved'"
            ),
        ),
    ),
    "a helper of a former owner resolved a request": (
        "I08",
        "request_steps",
        (
            (
                "update request_steps set employee_id = :helper"
                " where request_id = :request and step = 'resolved'"
            ),
            (
                "update request_steps set number = 0"
                " where request_id = :request and step = 'helper_added'"
            ),
        ),
    ),
    "a request was resolved before it was opened, and is believed": (
        "I08",
        "request_steps",
        (
            (
                "update requests set opened_at = '2026-11-21 20:30:00.000000+00:00'"
                " where id = :request"
            ),
        ),
    ),
    "credit shares do not add up": (
        "I08",
        "credit_shares",
        ("update credit_shares set percent = 41 where employee_id = :helper",),
    ),
    "an open request has credit shares": (
        "I08",
        "credit_shares",
        ("update requests set status = 'open', owner_id = null where id = :in_hand",),
    ),
    "an invitation's shares do not add up": (
        "I08",
        "invitation_shares",
        ("delete from invitation_shares where employee_id = :helper",),
    ),
    "a reference names nothing": (
        "I12",
        "greetings",
        ("update greetings set zone_id = :new where id = :greeting",),
    ),
    "rules were published by nobody on record": (
        "I14",
        "rule_versions",
        ("update rule_versions set published_by = :usher where organisation_id = :org",),
    ),
    "somebody was locked out by nobody on record": (
        "I14",
        "employees",
        ("update employees set deactivated_at = created_at where id = :usher",),
    ),
    "a standing is changed": (
        "I15",
        "standings",
        ("update standings set points = points + 1 where employee_id = :usher",),
    ),
    "a standing is lost": (
        "I15",
        "standings",
        ("delete from standings where employee_id = :helper and board like 'week/%'",),
    ),
    "a change of standings is changed": (
        "I15",
        "standings",
        ("update points_on_the_way set points = points + 1 where employee_id = :usher",),
    ),
    "a change of standings is lost": (
        "I15",
        "standings",
        ("delete from points_on_the_way where employee_id = :helper",),
    ),
    "a change of standings is of no event": (
        "I15",
        "standings",
        (
            copy_row(
                "points_on_the_way",
                "employee_id = :usher",
                id="(select max(id) + 1 from points_on_the_way)",
                event_id=":new",
            ),
        ),
    ),
    "a tally is lost": ("I15", "tallies", ("delete from tallies where employee_id = :usher",)),
    "the last greeting is forgotten": (
        "I15",
        "tallies",
        ("update tallies set last_greeted_at = null where employee_id = :usher",),
    ),
    "a workload is changed": (
        "I15",
        "workloads",
        ("update workloads set in_hand = 0 where employee_id = :usher",),
    ),
    "a step is not counted": (
        "I15",
        "requests",
        ("update requests set steps = steps + 1 where id = :in_hand",),
    ),
    "a time to accept is made up": (
        "I15",
        "requests",
        ("update requests set accept_seconds = 30 where id = :in_hand",),
    ),
    "a time to resolve is forgotten": (
        "I15",
        "requests",
        ("update requests set resolve_seconds = null where id = :request",),
    ),
    "a resolved request has no code": (
        "I15",
        "requests",
        ("delete from invitations where id = :invitation",),
    ),
    "a request is in another season": (
        "I15",
        "requests",
        ("update requests set season_id = :new where id = :request",),
    ),
    "a greeting shows more points than it got": (
        "I04",
        "ledger_transactions",
        ("update greetings set points = 2 where id = :greeting",),
    ),
    "a greeting is on its way to the books again": (
        "I04",
        "ledger_transactions",
        (
            (
                "insert into points_on_the_way (organisation_id, event_id, employee_id, points,"
                " transaction_id, rule, rule_version_id, source_kind, source_id, at, recorded_at,"
                " due_at) select organisation_id, event_id, employee_id, points, :new, rule,"
                " rule_version_id, source_kind, source_id, at, recorded_at, due_at"
                " from ledger_transactions where kind = 'accrual' and source_id = :greeting"
            ),
        ),
    ),
    "a greeting is on its way to the books with too much": (
        "I04",
        "ledger_transactions",
        (
            (
                "insert into points_on_the_way (organisation_id, event_id, employee_id, points,"
                " transaction_id, rule, rule_version_id, source_kind, source_id, at, recorded_at,"
                " due_at) select organisation_id, event_id, employee_id, 2, :new, 'extra',"
                " rule_version_id, source_kind, source_id, at, recorded_at, due_at"
                " from ledger_transactions where kind = 'accrual' and source_id = :greeting"
            ),
        ),
    ),
    "a greeting shows points that nothing gave": (
        "I15",
        "greetings",
        ("update greetings set paid_with_id = :new where id = :greeting",),
    ),
    "a rating's stars are changed": (
        "I15",
        "ratings",
        ("update ratings set stars = 4 where id = :rating",),
    ),
    "a rating's answers are not counted": (
        "I15",
        "ratings",
        ("update ratings set answers = 2 where id = :rating",),
    ),
    "pending points are forgotten": (
        "I15",
        "pending_confirmations",
        ("delete from pending_confirmations where organisation_id = :org",),
    ),
    "settled points wait again": (
        "I15",
        "pending_confirmations",
        (
            (
                "insert into pending_confirmations (organisation_id, transaction_id, due_at)"
                " select organisation_id, settles_id, at from ledger_transactions"
                " where organisation_id = :org and settles_id is not null"
            ),
        ),
    ),
    "points wait less than their hold": (
        "I15",
        "pending_confirmations",
        (
            (
                "update pending_confirmations set due_at = '2026-01-01 00:00:00.000000'"
                " where organisation_id = :org"
            ),
        ),
    ),
    "points are confirmed before their hold is over": (
        "I05",
        "ledger_transactions",
        (
            (
                "update ledger_transactions set due_at = '2027-01-01 00:00:00.000000'"
                " where organisation_id = :org and kind = 'accrual'"
            ),
        ),
    ),
}
