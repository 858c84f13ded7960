"""What can be wrong with adjustments and appeals, as SQL that makes it so, and what names it."""

from tests.insight.damage import copy_row

_OURS = "organisation_id = :org"
_TAKEN = f"{_OURS} and points = -120"
_AGREED = f"{_OURS} and decider_id is not null"
_GIVEN_BACK = f"(select transaction_id from ledger_entries where account = 'mint' and {_TAKEN})"

ADJUSTED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "an adjustment is for more than was booked": (
        "I04",
        "adjustments",
        (f"update adjustment_parts set points = points - 1 where {_TAKEN}",),
    ),
    "an adjustment is booked twice": (
        "I04",
        "adjustments",
        (
            "drop index uq_ledger_transactions_adjustment",
            copy_row("ledger_transactions", f"id = {_GIVEN_BACK}", id=":new"),
        ),
    ),
    "an adjustment is booked that never took effect": (
        "I04",
        "ledger_transactions",
        (f"delete from adjustment_ends where {_OURS}",),
    ),
    "somebody adjusted their own points on another account": (
        "I10",
        "adjustment_parts",
        (f"update adjustment_parts set author_person = employee_person where {_OURS}",),
    ),
    "who proposed an adjustment agreed to it": (
        "I10",
        "adjustment_ends",
        (f"update adjustment_ends set decider_id = author_id where {_AGREED}",),
    ),
    "whom an adjustment concerns agreed to it": (
        "I10",
        "adjustment_ends",
        (f"update adjustment_ends set decider_id = :helper where {_AGREED}",),
    ),
    "one person decided where it takes two": (
        "I10",
        "adjustment_ends",
        (f"update adjustment_ends set decider_id = null, decider_person = null where {_AGREED}",),
    ),
    "who took points decided on the appeal": (
        "I10",
        "appeal_decisions",
        (
            (
                "update appeal_decisions set decider_id ="
                f" (select author_id from adjustment_parts where {_TAKEN}) where {_OURS}"
            ),
        ),
    ),
    "who agreed to taking them decided on the appeal on another account": (
        "I10",
        "appeal_decisions",
        (
            (
                "update appeal_decisions set decider_person ="
                f" (select decider_person from adjustment_ends where {_AGREED}) where {_OURS}"
            ),
        ),
    ),
    "an appeal was granted with what took the points": (
        "I10",
        "appeal_decisions",
        (
            (
                "update appeal_decisions set adjustment_id ="
                f" (select adjustment_id from adjustment_parts where {_TAKEN}) where {_OURS}"
            ),
        ),
    ),
    "an adjustment was made by nobody on record": (
        "I14",
        "adjustments",
        (f"delete from audit_rows where act = 'adjustment.made' and {_OURS}",),
    ),
    "an adjustment was agreed to by nobody on record": (
        "I14",
        "adjustment_ends",
        (f"delete from audit_rows where act = 'adjustment.approved' and {_OURS}",),
    ),
    "an appeal was granted by nobody on record": (
        "I14",
        "appeal_decisions",
        (f"delete from audit_rows where act = 'appeal.granted' and {_OURS}",),
    ),
}
