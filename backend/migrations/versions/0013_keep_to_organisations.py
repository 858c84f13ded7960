"""Keep every session to the rows of its organisation, on PostgreSQL."""

from collections.abc import Sequence

from alembic import op

from backend.migrations.guards import keep_to_organisations

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "adjustment_ends",
    "adjustment_parts",
    "adjustments",
    "appeal_decisions",
    "appeals",
    "audit_rows",
    "audit_seals",
    "balances",
    "card_packs",
    "card_scans",
    "card_serials",
    "cards",
    "credit_shares",
    "departments",
    "devices",
    "employee_roles",
    "employees",
    "enrolment_codes",
    "events",
    "first_answers",
    "gesture_caps",
    "gesture_kinds",
    "gesture_spendings",
    "gestures",
    "greetings",
    "invitation_shares",
    "invitations",
    "late_movements",
    "ledger_entries",
    "ledger_seals",
    "ledger_transactions",
    "outbox_messages",
    "payroll_acknowledgements",
    "payroll_batches",
    "payroll_carried_corrections",
    "payroll_correction_decisions",
    "payroll_corrections",
    "payroll_files",
    "payroll_line_sources",
    "payroll_line_weeks",
    "payroll_lines",
    "pending_confirmations",
    "phone_actions",
    "pin_tries",
    "points_expiries",
    "points_on_the_way",
    "points_to_expire",
    "post_covers",
    "posts",
    "push_deliveries",
    "push_targets",
    "rating_answers",
    "ratings",
    "redemption_approvals",
    "redemption_steps",
    "redemptions",
    "request_escalations",
    "request_follow_ups",
    "request_steps",
    "requests",
    "rewards",
    "rule_versions",
    "season_budgets",
    "season_reopenings",
    "season_snapshots",
    "seasons",
    "sessions",
    "shifts",
    "standings",
    "tallies",
    "venues",
    "workloads",
    "zones",
)


def upgrade() -> None:
    """Go to this revision."""
    keep_to_organisations(TABLES)
    keep_to_organisations(["organisations"], column="id")


def downgrade() -> None:
    """Go back to the revision before."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in (*TABLES, "organisations"):
        op.execute(f"drop policy own_organisation on {table}")
        op.execute(f"alter table {table} no force row level security")
        op.execute(f"alter table {table} disable row level security")
