"""Make what gestures need: kinds, caps, what was spent, and what was given."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "gesture_caps",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "employee",
                "supervisor",
                "hr",
                "payroll",
                "admin",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_gesture_caps_cents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_gesture_caps_organisation_id")
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "role", "currency", name=op.f("pk_gesture_caps")
        ),
    )
    op.create_table(
        "gesture_kinds",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "drink",
                "food",
                "upgrade",
                "replacement_ticket",
                "merchandise",
                "other",
                name="gesturecategory",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("cents", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("cents > 0", name=op.f("ck_gesture_kinds_cents")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_gesture_kinds_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_gesture_kinds")),
    )
    op.create_table(
        "gesture_spendings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("spent_cents", sa.Integer(), nullable=False),
        sa.Column("cap_cents", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "spent_cents between 0 and cap_cents", name=op.f("ck_gesture_spendings_cap")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_gesture_spendings_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_gesture_spendings_organisation_id_event_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id",
            "event_id",
            "employee_id",
            "currency",
            name=op.f("pk_gesture_spendings"),
        ),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "gestures",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("season_id", sa.Uuid(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("kind_id", sa.Uuid(), nullable=False),
        sa.Column("kind_name", sa.String(length=80), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "drink",
                "food",
                "upgrade",
                "replacement_ticket",
                "merchandise",
                "other",
                name="gesturecategory",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("cents", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("seat", sa.String(length=40), nullable=True),
        sa.Column("seat_key", sa.String(length=40), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "given",
                "withdrawn",
                name="gesturestate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("allowed_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "withdrawal",
            sa.Enum(
                "taken_back",
                "declined",
                "request_over",
                "season_closed",
                name="withdrawal",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.Column("decline_reason", sa.String(length=280), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(state = 'given') = (given_at is not null)", name=op.f("ck_gestures_given")
        ),
        sa.CheckConstraint(
            "allowed_by is null or state = 'given'", name=op.f("ck_gestures_allowed")
        ),
        sa.CheckConstraint(
            "claimed_at is null or state = 'given'", name=op.f("ck_gestures_claimed_state")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at is not null)",
            name=op.f("ck_gestures_withdrawn"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawal is null)", name=op.f("ck_gestures_withdrawn_why")
        ),
        sa.CheckConstraint(
            "(withdrawn_by is not null)"
            " = (withdrawal is not null and withdrawal in ('taken_back', 'declined'))",
            name=op.f("ck_gestures_withdrawn_by"),
        ),
        sa.CheckConstraint(
            "(decline_reason is not null) = (withdrawal is not null and withdrawal = 'declined')",
            name=op.f("ck_gestures_decline_reason"),
        ),
        sa.CheckConstraint(
            "(claimed_at is null) = (claimed_by is null)", name=op.f("ck_gestures_claimed")
        ),
        sa.CheckConstraint("allowed_by <> employee_id", name=op.f("ck_gestures_four_eyes")),
        sa.CheckConstraint("cents > 0", name=op.f("ck_gestures_cents")),
        sa.CheckConstraint("claimed_by <> employee_id", name=op.f("ck_gestures_claimed_by")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "allowed_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_gestures_organisation_id_allowed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "claimed_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_gestures_organisation_id_claimed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_gestures_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_gestures_organisation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "kind_id"],
            ["gesture_kinds.organisation_id", "gesture_kinds.id"],
            name=op.f("fk_gestures_organisation_id_kind_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["requests.organisation_id", "requests.id"],
            name=op.f("fk_gestures_organisation_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["seasons.organisation_id", "seasons.id"],
            name=op.f("fk_gestures_organisation_id_season_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "withdrawn_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_gestures_organisation_id_withdrawn_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "venue_id"],
            ["venues.organisation_id", "venues.id"],
            name=op.f("fk_gestures_organisation_id_venue_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_gestures")),
        sa.UniqueConstraint(
            "organisation_id", "code_hash", name=op.f("uq_gestures_organisation_id_code_hash")
        ),
    )
    with op.batch_alter_table("gestures", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_gestures_organisation_id_event_id_employee_id"),
            ["organisation_id", "event_id", "employee_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_gestures_organisation_id_season_id_seat_key"),
            ["organisation_id", "season_id", "seat_key"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_gestures_organisation_id_asked_at"),
            ["organisation_id", "asked_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_gestures_waiting",
            ["organisation_id", "request_id"],
            unique=False,
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("gestures", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_gestures_waiting",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index(batch_op.f("ix_gestures_organisation_id_asked_at"))
        batch_op.drop_index(batch_op.f("ix_gestures_organisation_id_season_id_seat_key"))
        batch_op.drop_index(batch_op.f("ix_gestures_organisation_id_event_id_employee_id"))

    op.drop_table("gestures")
    op.drop_table("gesture_spendings")
    op.drop_table("gesture_kinds")
    op.drop_table("gesture_caps")
