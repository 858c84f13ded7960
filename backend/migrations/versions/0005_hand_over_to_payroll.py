"""Make the tables of what is handed to payroll."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import refuse_changes

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "payroll_acknowledgements",
    "payroll_batches",
    "payroll_carried_corrections",
    "payroll_correction_decisions",
    "payroll_corrections",
    "payroll_files",
    "payroll_line_sources",
    "payroll_line_weeks",
    "payroll_lines",
)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "payroll_batches",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_by_person", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("workweek_starts_on", sa.SmallInteger(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        sa.Column("total_cents", sa.BigInteger(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("number > 0 and line_count > 0", name=op.f("ck_payroll_batches_counts")),
        sa.CheckConstraint(
            "workweek_starts_on between 0 and 6", name=op.f("ck_payroll_batches_workweek_starts_on")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "made_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_payroll_batches_organisation_id_made_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_payroll_batches_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_payroll_batches")),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "made_by",
            name=op.f("uq_payroll_batches_organisation_id_id_made_by"),
        ),
        sa.UniqueConstraint(
            "organisation_id", "number", name=op.f("uq_payroll_batches_organisation_id_number")
        ),
    )
    op.create_table(
        "payroll_acknowledgements",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid(), nullable=False),
        sa.Column("made_by_person", sa.String(length=40), nullable=False),
        sa.Column("acknowledged_by_person", sa.String(length=40), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "acknowledged_by <> made_by and acknowledged_by_person <> made_by_person",
            name=op.f("ck_payroll_acknowledgements_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "acknowledged_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_payroll_acknowledgements_organisation_id_acknowledged_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "batch_id", "made_by"],
            ["payroll_batches.organisation_id", "payroll_batches.id", "payroll_batches.made_by"],
            name=op.f("fk_payroll_acknowledgements_organisation_id_batch_id_made_by"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "batch_id", name=op.f("pk_payroll_acknowledgements")
        ),
    )
    op.create_table(
        "payroll_files",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "csv",
                "xlsx",
                name="fileformat",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "batch_id"],
            ["payroll_batches.organisation_id", "payroll_batches.id"],
            name=op.f("fk_payroll_files_organisation_id_batch_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "batch_id", "format", name=op.f("pk_payroll_files")
        ),
    )
    op.create_table(
        "payroll_lines",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "payment",
                "correction",
                name="linekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=True),
        sa.Column("corrects_id", sa.Uuid(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("badge_number", sa.String(length=40), nullable=False),
        sa.Column("payroll_number", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("department", sa.String(length=120), nullable=False),
        sa.Column(
            "employment_kind",
            sa.Enum(
                "full_time",
                "part_time",
                "temp",
                "contractor",
                name="employmentkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column(
            "pay_basis",
            sa.Enum(
                "hourly",
                "salaried",
                name="paybasis",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("reward_name", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "case when kind = 'payment' then redemption_id is not null and corrects_id is null and reason is null and amount_cents > 0 and points > 0 else redemption_id is null and corrects_id is not null and reason is not null and amount_cents <> 0 and points = 0 end",
            name=op.f("ck_payroll_lines_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "batch_id"],
            ["payroll_batches.organisation_id", "payroll_batches.id"],
            name=op.f("fk_payroll_lines_organisation_id_batch_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "corrects_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id"],
            name=op.f("fk_payroll_lines_organisation_id_corrects_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_payroll_lines_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
            name=op.f("fk_payroll_lines_organisation_id_redemption_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_payroll_lines")),
        sa.UniqueConstraint(
            "organisation_id",
            "batch_id",
            "number",
            name=op.f("uq_payroll_lines_organisation_id_batch_id_number"),
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "employee_id",
            name=op.f("uq_payroll_lines_organisation_id_id_employee_id"),
        ),
    )
    with op.batch_alter_table("payroll_lines", schema=None) as batch_op:
        batch_op.create_index(
            "uq_payroll_lines_redemption_id",
            ["organisation_id", "redemption_id"],
            unique=True,
            sqlite_where=sa.text("redemption_id is not null"),
            postgresql_where=sa.text("redemption_id is not null"),
        )

    op.create_table(
        "payroll_corrections",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_by_person", sa.String(length=40), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("amount_cents <> 0", name=op.f("ck_payroll_corrections_amount_cents")),
        sa.CheckConstraint("made_by <> employee_id", name=op.f("ck_payroll_corrections_own")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "line_id", "employee_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id", "payroll_lines.employee_id"],
            name=op.f("fk_payroll_corrections_organisation_id_line_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "made_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_payroll_corrections_organisation_id_made_by"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_payroll_corrections")),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "made_by",
            "employee_id",
            name=op.f("uq_payroll_corrections_organisation_id_id_made_by_employee_id"),
        ),
    )
    op.create_table(
        "payroll_line_sources",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_payroll_line_sources_points")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "line_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id"],
            name=op.f("fk_payroll_line_sources_organisation_id_line_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["ledger_transactions.organisation_id", "ledger_transactions.id"],
            name=op.f("fk_payroll_line_sources_organisation_id_transaction_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "line_id", "transaction_id", name=op.f("pk_payroll_line_sources")
        ),
    )
    op.create_table(
        "payroll_line_weeks",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cents", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_payroll_line_weeks_points")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "line_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id"],
            name=op.f("fk_payroll_line_weeks_organisation_id_line_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "line_id", "starts_on", name=op.f("pk_payroll_line_weeks")
        ),
    )
    op.create_table(
        "payroll_carried_corrections",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("correction_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "correction_id"],
            ["payroll_corrections.organisation_id", "payroll_corrections.id"],
            name=op.f("fk_payroll_carried_corrections_organisation_id_correction_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "line_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id"],
            name=op.f("fk_payroll_carried_corrections_organisation_id_line_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "correction_id", name=op.f("pk_payroll_carried_corrections")
        ),
        sa.UniqueConstraint(
            "organisation_id",
            "line_id",
            name=op.f("uq_payroll_carried_corrections_organisation_id_line_id"),
        ),
    )
    op.create_table(
        "payroll_correction_decisions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("correction_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("made_by_person", sa.String(length=40), nullable=False),
        sa.Column("employee_person", sa.String(length=40), nullable=False),
        sa.Column("decided_by_person", sa.String(length=40), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "decided_by not in (made_by, employee_id) and decided_by_person not in (made_by_person, employee_person)",
            name=op.f("ck_payroll_correction_decisions_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "correction_id", "made_by", "employee_id"],
            [
                "payroll_corrections.organisation_id",
                "payroll_corrections.id",
                "payroll_corrections.made_by",
                "payroll_corrections.employee_id",
            ],
            name=op.f(
                "fk_payroll_correction_decisions_organisation_id_correction_id_made_by_employee_id"
            ),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decided_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_payroll_correction_decisions_organisation_id_decided_by"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "correction_id", name=op.f("pk_payroll_correction_decisions")
        ),
    )
    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("payroll_correction_decisions")
    op.drop_table("payroll_carried_corrections")
    op.drop_table("payroll_line_weeks")
    op.drop_table("payroll_line_sources")
    op.drop_table("payroll_corrections")
    with op.batch_alter_table("payroll_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payroll_lines_redemption_id",
            sqlite_where=sa.text("redemption_id is not null"),
            postgresql_where=sa.text("redemption_id is not null"),
        )

    op.drop_table("payroll_lines")
    op.drop_table("payroll_files")
    op.drop_table("payroll_acknowledgements")
    op.drop_table("payroll_batches")
