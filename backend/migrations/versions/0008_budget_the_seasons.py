"""Make the budgets of seasons."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "season_budgets",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.CheckConstraint("cents >= 0", name=op.f("ck_season_budgets_cents")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_season_budgets_points")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_season_budgets_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "season_id", name=op.f("pk_season_budgets")),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("season_budgets")
