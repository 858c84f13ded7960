"""Refuse UPDATE and DELETE where rows are only ever added."""

from collections.abc import Sequence

from alembic import op

from backend.migrations.guards import refuse_changes

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "audit_rows",
    "invitation_shares",
    "ledger_entries",
    "ledger_transactions",
    "phone_actions",
    "rating_answers",
    "request_steps",
    "rule_versions",
)


def upgrade() -> None:
    """Go to this revision."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "create function refuse_change() returns trigger language plpgsql as "
            "$$ begin raise exception '% is append-only', tg_table_name; end $$"
        )
    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in TABLES:
        if postgresql:
            op.execute(f"drop trigger {table}_append_only on {table}")
            op.execute(f"drop trigger {table}_no_truncate on {table}")
        else:
            op.execute(f"drop trigger {table}_no_update")
            op.execute(f"drop trigger {table}_no_delete")
    if postgresql:
        op.execute("drop function refuse_change()")
