"""Make the outbox, and what says how phones are reached."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "outbox_messages",
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "request_handed_over",
                "request_helper_added",
                "redemption_decided",
                "cover_asked",
                "cover_escalated",
                "relief_sent",
                "safety_handed_over",
                "request_near",
                "request_escalated",
                "request_released",
                "request_cancelled",
                "follow_up",
                "gesture_asked",
                "gesture_allowed",
                "gesture_declined",
                "shift_cancelled",
                name="messagekind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "pushed",
                "inbox_only",
                "dead",
                name="messagestate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("push_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_failure", sa.String(length=200), nullable=True),
        sa.Column("lease_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "lease_id is null or state = 'waiting'", name=op.f("ck_outbox_messages_leased_state")
        ),
        sa.CheckConstraint(
            "(lease_id is null) = (leased_until is null)", name=op.f("ck_outbox_messages_lease")
        ),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_outbox_messages_failures")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "recipient_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_outbox_messages_organisation_id_recipient_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_outbox_messages")),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_messages_ended",
            ["at"],
            unique=False,
            sqlite_where=sa.text("state <> 'waiting'"),
            postgresql_where=sa.text("state <> 'waiting'"),
        )
        batch_op.create_index(
            "ix_outbox_messages_in_order",
            ["organisation_id", "recipient_id", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_messages_organisation_id_recipient_id_id"),
            ["organisation_id", "recipient_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_outbox_messages_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "push_deliveries",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "device_id"],
            ["devices.organisation_id", "devices.id"],
            name=op.f("fk_push_deliveries_organisation_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "message_id"],
            ["outbox_messages.organisation_id", "outbox_messages.id"],
            name=op.f("fk_push_deliveries_organisation_id_message_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "message_id", "device_id", name=op.f("pk_push_deliveries")
        ),
    )
    op.create_table(
        "push_targets",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "fid",
                "token",
                name="targetkind",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.String(length=400), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "device_id"],
            ["devices.organisation_id", "devices.id"],
            name=op.f("fk_push_targets_organisation_id_device_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_push_targets_organisation_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "employee_id", "device_id", name=op.f("pk_push_targets")
        ),
    )


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("push_targets")
    op.drop_table("push_deliveries")
    with op.batch_alter_table("outbox_messages", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_messages_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_outbox_messages_organisation_id_recipient_id_id"))
        batch_op.drop_index(
            "ix_outbox_messages_in_order",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(
            "ix_outbox_messages_ended",
            sqlite_where=sa.text("state <> 'waiting'"),
            postgresql_where=sa.text("state <> 'waiting'"),
        )

    op.drop_table("outbox_messages")
