"""Make adjustments, and the appeals against them; refuse to change what was done."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import refuse_changes

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("adjustments", "adjustment_parts", "adjustment_ends", "appeals", "appeal_decisions")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "adjustments",
        sa.Column(
            "kind",
            sa.Enum(
                "amount",
                "reversal",
                name="adjustmentkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_person", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column(
            "source_kind",
            sa.Enum(
                "greeting",
                "request",
                "rating",
                "redemption",
                "adjustment",
                name="sourcekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("season_id", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'reversal') = (source_id is not null)"
            " and (kind = 'reversal') = (source_kind is not null)"
            " and coalesce(source_kind, 'request') in ('request', 'rating')",
            name=op.f("ck_adjustments_source"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "author_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_adjustments_organisation_id_author_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_adjustments_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "author_id",
            "author_person",
            name=op.f("uq_adjustments_organisation_id_id_author_id_author_person"),
        ),
    )
    with op.batch_alter_table("adjustments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adjustments_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_adjustments_organisation_id_made_at"),
            ["organisation_id", "made_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_adjustments_organisation_id_season_id"),
            ["organisation_id", "season_id"],
            unique=False,
        )

    op.create_table(
        "adjustment_ends",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "applied",
                "declined",
                "expired",
                name="adjustmentstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_person", sa.String(length=40), nullable=False),
        sa.Column("decider_id", sa.Uuid(), nullable=True),
        sa.Column("decider_person", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(decider_id is null) = (decider_person is null)"
            " and (status = 'declined') = (reason is not null)"
            " and case status when 'declined' then decider_id is not null"
            " when 'expired' then decider_id is null else status = 'applied' end",
            name=op.f("ck_adjustment_ends_status"),
        ),
        sa.CheckConstraint(
            "author_id <> decider_id and author_person <> decider_person",
            name=op.f("ck_adjustment_ends_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "author_id", "author_person"],
            [
                "adjustments.organisation_id",
                "adjustments.id",
                "adjustments.author_id",
                "adjustments.author_person",
            ],
            name="fk_adjustment_ends_adjustment",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decider_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_adjustment_ends_organisation_id_decider_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "adjustment_id", name=op.f("pk_adjustment_ends")
        ),
    )
    op.create_table(
        "adjustment_parts",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("employee_person", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author_person", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("rolling_points", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "author_id <> employee_id and author_person <> employee_person",
            name=op.f("ck_adjustment_parts_four_eyes"),
        ),
        sa.CheckConstraint(
            "points <> 0 and rolling_points >= abs(points)", name=op.f("ck_adjustment_parts_points")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "author_id", "author_person"],
            [
                "adjustments.organisation_id",
                "adjustments.id",
                "adjustments.author_id",
                "adjustments.author_person",
            ],
            name="fk_adjustment_parts_adjustment",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_adjustment_parts_organisation_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "adjustment_id", "employee_id", name=op.f("pk_adjustment_parts")
        ),
    )
    with op.batch_alter_table("adjustment_parts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_adjustment_parts_organisation_id_employee_id_adjustment_id"),
            ["organisation_id", "employee_id", "adjustment_id"],
            unique=False,
        )

    op.create_table(
        "appeals",
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("statement", sa.String(length=1000), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(adjustment_id is null) <> (redemption_id is null)", name=op.f("ck_appeals_subject")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "employee_id"],
            [
                "adjustment_parts.organisation_id",
                "adjustment_parts.adjustment_id",
                "adjustment_parts.employee_id",
            ],
            name=op.f("fk_appeals_organisation_id_adjustment_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_appeals_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
            name=op.f("fk_appeals_organisation_id_redemption_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_appeals")),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "employee_id",
            name=op.f("uq_appeals_organisation_id_id_employee_id"),
        ),
    )
    with op.batch_alter_table("appeals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_appeals_organisation_id_employee_id_made_at"),
            ["organisation_id", "employee_id", "made_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_appeals_organisation_id_made_at"),
            ["organisation_id", "made_at"],
            unique=False,
        )
        batch_op.create_index(
            "uq_appeals_adjustment",
            ["organisation_id", "adjustment_id", "employee_id"],
            unique=True,
            sqlite_where=sa.text("adjustment_id is not null"),
            postgresql_where=sa.text("adjustment_id is not null"),
        )
        batch_op.create_index(
            "uq_appeals_redemption",
            ["organisation_id", "redemption_id"],
            unique=True,
            sqlite_where=sa.text("redemption_id is not null"),
            postgresql_where=sa.text("redemption_id is not null"),
        )

    op.create_table(
        "appeal_decisions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "waiting",
                "granted",
                "upheld",
                name="appealstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("employee_person", sa.String(length=40), nullable=False),
        sa.Column("decider_id", sa.Uuid(), nullable=False),
        sa.Column("decider_person", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adjustment_id", sa.Uuid(), nullable=True),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "case status"
            " when 'granted' then (adjustment_id is null) <> (redemption_id is null)"
            " when 'upheld' then adjustment_id is null and redemption_id is null"
            " else status = 'never' end",
            name=op.f("ck_appeal_decisions_outcome"),
        ),
        sa.CheckConstraint(
            "decider_id <> employee_id and decider_person <> employee_person",
            name=op.f("ck_appeal_decisions_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "adjustment_id"],
            ["adjustments.organisation_id", "adjustments.id"],
            name=op.f("fk_appeal_decisions_organisation_id_adjustment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "appeal_id", "employee_id"],
            ["appeals.organisation_id", "appeals.id", "appeals.employee_id"],
            name=op.f("fk_appeal_decisions_organisation_id_appeal_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decider_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_appeal_decisions_organisation_id_decider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "redemption_id"],
            ["redemptions.organisation_id", "redemptions.id"],
            name=op.f("fk_appeal_decisions_organisation_id_redemption_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "appeal_id", name=op.f("pk_appeal_decisions")),
    )
    with op.batch_alter_table("appeal_decisions", schema=None) as batch_op:
        batch_op.create_index(
            "uq_appeal_decisions_adjustment",
            ["organisation_id", "adjustment_id"],
            unique=True,
            sqlite_where=sa.text("adjustment_id is not null"),
            postgresql_where=sa.text("adjustment_id is not null"),
        )
        batch_op.create_index(
            "uq_appeal_decisions_redemption",
            ["organisation_id", "redemption_id"],
            unique=True,
            sqlite_where=sa.text("redemption_id is not null"),
            postgresql_where=sa.text("redemption_id is not null"),
        )

    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    for table in reversed(TABLES):
        op.drop_table(table)
