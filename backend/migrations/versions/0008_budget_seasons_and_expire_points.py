"""Make the budgets of seasons, and the days on which their points expire."""

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
    op.create_table(
        "points_expiries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_points_expiries_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "season_id", name=op.f("pk_points_expiries")),
    )
    op.create_table(
        "points_to_expire",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["points_expiries.organisation_id", "points_expiries.season_id"],
            name=op.f("fk_points_to_expire_organisation_id_season_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_points_to_expire_organisation_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "season_id", "employee_id", name=op.f("pk_points_to_expire")
        ),
    )
    with op.batch_alter_table("points_to_expire", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_to_expire_due_at"), ["due_at"], unique=False)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("points_to_expire", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_to_expire_due_at"))
    op.drop_table("points_to_expire")
    op.drop_table("points_expiries")
    op.drop_table("season_budgets")
