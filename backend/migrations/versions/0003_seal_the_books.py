"""Number and hash what was written into the books and the audit; refuse to change the seals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import refuse_changes

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("audit_seals", "ledger_seals")


def upgrade() -> None:
    """Go to this revision."""
    for table in TABLES:
        op.create_table(
            table,
            sa.Column("organisation_id", sa.Uuid(), nullable=False),
            sa.Column("number", sa.BigInteger(), nullable=False),
            sa.Column("row_id", sa.Uuid(), nullable=False),
            sa.Column("form", sa.SmallInteger(), nullable=False),
            sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
            sa.PrimaryKeyConstraint("organisation_id", "number", name=f"pk_{table}"),
            sa.UniqueConstraint(
                "organisation_id", "row_id", name=f"uq_{table}_organisation_id_row_id"
            ),
            sqlite_with_rowid=False,
        )
    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    for table in TABLES:
        op.drop_table(table)
