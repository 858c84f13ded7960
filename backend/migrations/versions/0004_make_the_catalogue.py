"""Make the tables of rewards and of who asks for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import keep_terms, refuse_changes

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("redemption_approvals", "redemption_steps")
TERMS = (
    *("organisation_id", "id", "employee_id", "reward_id", "reward_name", "kind", "points"),
    *("value_cents", "currency", "taxable", "season_id", "asked_at"),
)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "rewards",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.String(length=1000), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cash",
                "vacation",
                "perk",
                name="rewardkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("days_off", sa.Integer(), nullable=True),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("offered_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("employment_kinds", sa.JSON(), nullable=True),
        sa.Column("least_resolved", sa.Integer(), nullable=False),
        sa.Column("least_good_percent", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "days_off is null or kind = 'vacation'", name=op.f("ck_rewards_days_off")
        ),
        sa.CheckConstraint(
            "least_good_percent between 0 and 100", name=op.f("ck_rewards_least_good_percent")
        ),
        sa.CheckConstraint("least_resolved >= 0", name=op.f("ck_rewards_least_resolved")),
        sa.CheckConstraint(
            "offered_until is null or offered_from < offered_until", name=op.f("ck_rewards_offered")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_rewards_points")),
        sa.CheckConstraint("stock >= 0", name=op.f("ck_rewards_stock")),
        sa.CheckConstraint("value_cents >= 0", name=op.f("ck_rewards_value_cents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_rewards_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_rewards")),
    )
    op.create_table(
        "redemptions",
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "asked",
                "approved",
                "fulfilled",
                "declined",
                "cancelled",
                "expired",
                name="redemptionstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("reward_name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "cash",
                "vacation",
                "perk",
                name="rewardkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("value_cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("taxable", sa.Boolean(), nullable=False),
        sa.Column("stock_taken", sa.Boolean(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=True),
        sa.Column("rolling_cents", sa.BigInteger(), nullable=False),
        sa.Column("approvals_needed", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "case status when 'asked' then due_at is not null when 'approved' then true"
            " else due_at is null end",
            name=op.f("ck_redemptions_due"),
        ),
        sa.CheckConstraint(
            "approvals_needed between 1 and 2", name=op.f("ck_redemptions_approvals_needed")
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_redemptions_points")),
        sa.CheckConstraint(
            "value_cents >= 0 and rolling_cents >= value_cents", name=op.f("ck_redemptions_cents")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_redemptions_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "reward_id"],
            ["rewards.organisation_id", "rewards.id"],
            name=op.f("fk_redemptions_organisation_id_reward_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_redemptions_organisation_id_season_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_redemptions")),
        sa.UniqueConstraint(
            "organisation_id",
            "id",
            "employee_id",
            name=op.f("uq_redemptions_organisation_id_id_employee_id"),
        ),
    )
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redemptions_due_at"), ["due_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_redemptions_organisation_id_employee_id_asked_at"),
            ["organisation_id", "employee_id", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_redemptions_organisation_id_season_id"),
            ["organisation_id", "season_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_redemptions_organisation_id_status_asked_at"),
            ["organisation_id", "status", "asked_at"],
            unique=False,
        )

    op.create_table(
        "redemption_approvals",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("approver_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("approver_person", sa.String(length=40), nullable=False),
        sa.Column("employee_person", sa.String(length=40), nullable=False),
        sa.Column("seen_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "approver_id <> employee_id and approver_person <> employee_person",
            name=op.f("ck_redemption_approvals_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "approver_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_redemption_approvals_organisation_id_approver_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
            name=op.f("fk_redemption_approvals_organisation_id_redemption_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "redemption_id", "approver_id", name=op.f("pk_redemption_approvals")
        ),
    )
    with op.batch_alter_table("redemption_approvals", schema=None) as batch_op:
        batch_op.create_index(
            "uq_redemption_approvals_person",
            ["organisation_id", "redemption_id", "approver_person"],
            unique=True,
        )

    op.create_table(
        "redemption_steps",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("redemption_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "asked",
                "approved",
                "fulfilled",
                "declined",
                "cancelled",
                "expired",
                name="redemptionstatus",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("actor_person", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "redemption_id"],
            ["redemptions.organisation_id", "redemptions.id"],
            name=op.f("fk_redemption_steps_organisation_id_redemption_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "redemption_id", "number", name=op.f("pk_redemption_steps")
        ),
    )
    refuse_changes(TABLES)
    keep_terms("redemptions", same=TERMS, never_less=("rolling_cents", "approvals_needed"))


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("redemption_steps")
    op.drop_table("redemption_approvals")
    with op.batch_alter_table("redemptions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redemptions_organisation_id_status_asked_at"))
        batch_op.drop_index(batch_op.f("ix_redemptions_organisation_id_season_id"))
        batch_op.drop_index(batch_op.f("ix_redemptions_organisation_id_employee_id_asked_at"))
        batch_op.drop_index(batch_op.f("ix_redemptions_due_at"))

    op.drop_table("redemptions")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function refuse_other_terms()")
    op.drop_table("rewards")
