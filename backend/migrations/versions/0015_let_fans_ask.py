"""Make what fans ask for themselves, and what is heard of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import keep_to_organisations, refuse_changes

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("heard_versions",)
OWNED = ("asks", "ask_versions", "fan_turns", "heard_entries", "heard_answers", *TABLES)


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "fan_turns",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken > 0", name=op.f("ck_fan_turns_taken")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_fan_turns_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "subject_id", name=op.f("pk_fan_turns")),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "ask_versions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("version between 2 and 65535", name=op.f("ck_ask_versions_version")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "venue_id"],
            ["venues.organisation_id", "venues.id"],
            name=op.f("fk_ask_versions_organisation_id_venue_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "venue_id", name=op.f("pk_ask_versions")),
    )
    op.create_table(
        "asks",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("zone_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["requests.organisation_id", "requests.id"],
            name=op.f("fk_asks_organisation_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_asks_organisation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "zone_id"],
            ["zones.organisation_id", "zones.id"],
            name=op.f("fk_asks_organisation_id_zone_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "post_id"],
            ["posts.organisation_id", "posts.id"],
            name=op.f("fk_asks_organisation_id_post_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_asks")),
        sa.UniqueConstraint(
            "organisation_id", "request_id", name=op.f("uq_asks_organisation_id_request_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_asks_token_hash")),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_asks_organisation_id_event_id_zone_id"),
            ["organisation_id", "event_id", "zone_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_asks_fingerprints",
            ["organisation_id", "asked_at"],
            unique=False,
            sqlite_where=sa.text("fingerprint is not null"),
            postgresql_where=sa.text("fingerprint is not null"),
        )

    op.create_table(
        "heard_entries",
        sa.Column("venue_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version > 0", name=op.f("ck_heard_entries_version")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "venue_id"],
            ["venues.organisation_id", "venues.id"],
            name=op.f("fk_heard_entries_organisation_id_venue_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_heard_entries")),
    )
    with op.batch_alter_table("heard_entries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_heard_entries_organisation_id_venue_id"),
            ["organisation_id", "venue_id"],
            unique=False,
        )

    op.create_table(
        "heard_versions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "category",
            sa.Enum(
                "directions",
                "seating",
                "food_and_drink",
                "cleaning",
                "lost_and_found",
                "accessibility",
                "tickets",
                "other",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=True,
        ),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("done", sa.String(length=500), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_heard_versions_number")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"],
            ["heard_entries.organisation_id", "heard_entries.id"],
            name=op.f("fk_heard_versions_organisation_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "written_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_heard_versions_organisation_id_written_by"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "entry_id", "number", name=op.f("pk_heard_versions")
        ),
    )
    op.create_table(
        "heard_answers",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("device_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "works",
            sa.Enum(
                "yes",
                "not_yet",
                name="works",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("why", sa.String(length=280), nullable=True),
        sa.Column(
            "why_state",
            sa.Enum(
                "none",
                "waiting",
                "shown",
                "hidden",
                name="commentstate",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(why is null) = (why_state = 'none')", name=op.f("ck_heard_answers_why")
        ),
        sa.CheckConstraint(
            "why is null or works = 'not_yet'", name=op.f("ck_heard_answers_not_yet")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "entry_id"],
            ["heard_entries.organisation_id", "heard_entries.id"],
            name=op.f("fk_heard_answers_organisation_id_entry_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_heard_answers")),
        sa.UniqueConstraint(
            "organisation_id",
            "entry_id",
            "device_hash",
            name=op.f("uq_heard_answers_organisation_id_entry_id_device_hash"),
        ),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("heard_answers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_heard_answers_organisation_id_why_state_answered_at"),
            ["organisation_id", "why_state", "answered_at"],
            unique=False,
        )

    refuse_changes(TABLES)
    keep_to_organisations(OWNED)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("heard_answers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_heard_answers_organisation_id_why_state_answered_at"))

    op.drop_table("heard_answers")
    op.drop_table("heard_versions")
    with op.batch_alter_table("heard_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_heard_entries_organisation_id_venue_id"))

    op.drop_table("heard_entries")
    with op.batch_alter_table("asks", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asks_organisation_id_event_id_zone_id"))

    op.drop_table("asks")
    op.drop_table("ask_versions")
    op.drop_table("fan_turns")
