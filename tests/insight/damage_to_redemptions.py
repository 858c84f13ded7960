"""What can be wrong with what employees asked for, the budget that pays it, and its last day."""

from tests.insight.damage import copy_row

DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "more points are held than anybody asked with": (
        "I09",
        "balances",
        ("update balances set held = held + 1 where employee_id = :usher",),
    ),
    "a redemption is said to be fulfilled and nothing was paid": (
        "I09",
        "redemptions",
        (
            (
                "update redemptions set status = 'fulfilled', due_at = null"
                " where employee_id = :usher"
            ),
        ),
    ),
    "a hold belongs to no redemption": (
        "I09",
        "ledger_transactions",
        (
            (
                "update ledger_transactions set source_id = :new"
                " where organisation_id = :org and kind = 'hold'"
            ),
        ),
    ),
    "a redemption changed without a step": (
        "I09",
        "redemptions",
        ("update redemptions set version = version + 1 where employee_id = :usher",),
    ),
    "nobody approved what is approved": (
        "I10",
        "redemptions",
        ("delete from redemption_approvals where employee_id = :usher",),
    ),
    "the requester approved": (
        "I10",
        "redemption_approvals",
        (("update redemption_approvals set approver_id = employee_id where employee_id = :usher"),),
    ),
    "the requester approved on another account": (
        "I10",
        "redemption_approvals",
        (
            (
                "update redemption_approvals set approver_person = employee_person"
                " where employee_id = :usher"
            ),
        ),
    ),
    "one person approved on two accounts": (
        "I10",
        "redemption_approvals",
        (
            "drop index uq_redemption_approvals_person",
            copy_row("redemption_approvals", "employee_id = :usher", approver_id=":new"),
        ),
    ),
    "one approval where it takes two": (
        "I10",
        "redemptions",
        ("update redemptions set rolling_cents = 25000 where employee_id = :usher",),
    ),
    "more is committed than a season's budget holds": (
        "I10",
        "season_budgets",
        ("update season_budgets set cents = cents - 1 where organisation_id = :org",),
    ),
    "what was approved is charged to no season": (
        "I10",
        "redemptions",
        ("update redemptions set season_id = null where employee_id = :usher",),
    ),
    "a redemption was approved by nobody on record": (
        "I14",
        "redemption_approvals",
        ("delete from audit_rows where organisation_id = :org and act = 'redemption.approved'",),
    ),
    "a redemption was approved by somebody else than is on record": (
        "I14",
        "redemption_approvals",
        ("update redemption_approvals set approver_id = :helper where employee_id = :usher",),
    ),
    "a redemption was declined by nobody on record": (
        "I14",
        "redemption_steps",
        (copy_row("redemption_steps", "step = 'approved'", number="9", step="'declined'"),),
    ),
    "a reward was handed over by nobody on record": (
        "I14",
        "redemption_steps",
        (
            "update redemptions set kind = 'perk' where employee_id = :usher",
            copy_row("redemption_steps", "step = 'approved'", number="9", step="'fulfilled'"),
        ),
    ),
    "a budget was changed by nobody on record": (
        "I14",
        "season_budgets",
        ("update season_budgets set version = version + 1 where organisation_id = :org",),
    ),
    "a budget is raised by nobody on record": (
        "I14",
        "season_budgets",
        ("update season_budgets set cents = cents + 1 where organisation_id = :org",),
    ),
    "a budget is taken away": (
        "I14",
        "season_budgets",
        ("delete from season_budgets where organisation_id = :org",),
    ),
    "points expire sooner than was said": (
        "I14",
        "points_expiries",
        ("update points_expiries set expires_on = '2026-11-22' where organisation_id = :org",),
    ),
}
