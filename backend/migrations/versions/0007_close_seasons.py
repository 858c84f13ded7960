"""Make the tables of how seasons are closed, and reopened."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from backend.migrations.guards import refuse_changes

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("late_movements", "season_snapshots")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "season_snapshots",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_season_snapshots_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_season_snapshots_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "season_id", "number", name=op.f("pk_season_snapshots")
        ),
    )
    op.create_table(
        "season_reopenings",
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "approved",
                "expired",
                name="reopeningstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_by_person", sa.String(length=40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("approved_by", sa.Uuid(), nullable=True),
        sa.Column("approved_by_person", sa.String(length=40), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(status = 'approved') = (approved_by is not null)"
            " and (status = 'approved') = (approved_by_person is not null)"
            " and (status = 'approved') = (approved_at is not null)",
            name=op.f("ck_season_reopenings_approved"),
        ),
        sa.CheckConstraint(
            "asked_by <> approved_by and asked_by_person <> approved_by_person",
            name=op.f("ck_season_reopenings_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "approved_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_season_reopenings_organisation_id_approved_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_season_reopenings_organisation_id_asked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_season_reopenings_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_season_reopenings")),
    )
    with op.batch_alter_table("season_reopenings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_season_reopenings_organisation_id_season_id_asked_at"),
            ["organisation_id", "season_id", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_season_reopenings_asked",
            ["organisation_id", "season_id"],
            unique=True,
            sqlite_where=sa.text("status = 'asked'"),
            postgresql_where=sa.text("status = 'asked'"),
        )

    op.create_table(
        "late_movements",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_late_movements_points")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_late_movements_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_late_movements_organisation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["ledger_transactions.organisation_id", "ledger_transactions.id"],
            name=op.f("fk_late_movements_organisation_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "transaction_id", name=op.f("pk_late_movements")
        ),
    )
    with op.batch_alter_table("late_movements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_late_movements_organisation_id_event_id"),
            ["organisation_id", "event_id"],
            unique=False,
        )

    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("late_movements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_late_movements_organisation_id_event_id"))

    op.drop_table("late_movements")
    with op.batch_alter_table("season_reopenings", schema=None) as batch_op:
        batch_op.drop_index("uq_season_reopenings_asked")
        batch_op.drop_index(batch_op.f("ix_season_reopenings_organisation_id_season_id_asked_at"))

    op.drop_table("season_reopenings")
    op.drop_table("season_snapshots")
