"""Make covers, escalations and follow-ups."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "post_covers",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("left_by", sa.Uuid(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("covered_by", sa.Uuid(), nullable=True),
        sa.Column("covered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(asked_id is null) = (asked_at is null)", name=op.f("ck_post_covers_asked")
        ),
        sa.CheckConstraint(
            "(covered_by is null) = (covered_at is null)", name=op.f("ck_post_covers_covered")
        ),
        sa.CheckConstraint("covered_by <> left_by", name=op.f("ck_post_covers_own_post")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_post_covers_organisation_id_asked_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "covered_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_post_covers_organisation_id_covered_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_post_covers_organisation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "left_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_post_covers_organisation_id_left_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "post_id"],
            ["posts.organisation_id", "posts.id"],
            name=op.f("fk_post_covers_organisation_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["requests.organisation_id", "requests.id"],
            name=op.f("fk_post_covers_organisation_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_post_covers")),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("post_covers", schema=None) as batch_op:
        batch_op.create_index(
            "ix_post_covers_asked",
            ["organisation_id", "asked_id"],
            unique=False,
            sqlite_where=sa.text("ended_at is null and covered_by is null"),
            postgresql_where=sa.text("ended_at is null and covered_by is null"),
        )
        batch_op.create_index(
            "ix_post_covers_unanswered",
            ["left_at"],
            unique=False,
            sqlite_where=sa.text(
                "ended_at is null and covered_by is null and escalated_at is null"
            ),
            postgresql_where=sa.text(
                "ended_at is null and covered_by is null and escalated_at is null"
            ),
        )
        batch_op.create_index(
            "uq_post_covers_away",
            ["organisation_id", "left_by", "post_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.create_index(
            "uq_post_covers_covering",
            ["organisation_id", "covered_by"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.create_index(
            "uq_post_covers_request",
            ["organisation_id", "request_id"],
            unique=True,
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )

    op.create_table(
        "request_escalations",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("opening", sa.Integer(), nullable=False),
        sa.Column("near_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supervisors_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["requests.organisation_id", "requests.id"],
            name=op.f("fk_request_escalations_organisation_id_request_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "request_id", "opening", name=op.f("pk_request_escalations")
        ),
    )
    op.create_table(
        "request_follow_ups",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=280), nullable=True),
        sa.CheckConstraint(
            "(done_at is null) = (done_by is null)", name=op.f("ck_request_follow_ups_done_by")
        ),
        sa.CheckConstraint(
            "(done_at is null) = (note is null)", name=op.f("ck_request_follow_ups_done_note")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "done_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_request_follow_ups_organisation_id_done_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_request_follow_ups_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "request_id"],
            ["requests.organisation_id", "requests.id"],
            name=op.f("fk_request_follow_ups_organisation_id_request_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "request_id", name=op.f("pk_request_follow_ups")
        ),
    )
    with op.batch_alter_table("request_follow_ups", schema=None) as batch_op:
        batch_op.create_index(
            "ix_request_follow_ups_to_do",
            ["organisation_id", "due_at"],
            unique=False,
            sqlite_where=sa.text("done_at is null"),
            postgresql_where=sa.text("done_at is null"),
        )


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("request_follow_ups", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_request_follow_ups_to_do",
            sqlite_where=sa.text("done_at is null"),
            postgresql_where=sa.text("done_at is null"),
        )

    op.drop_table("request_follow_ups")
    op.drop_table("request_escalations")
    with op.batch_alter_table("post_covers", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_post_covers_request",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(
            "uq_post_covers_covering",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(
            "uq_post_covers_away",
            sqlite_where=sa.text("ended_at is null"),
            postgresql_where=sa.text("ended_at is null"),
        )
        batch_op.drop_index(
            "ix_post_covers_unanswered",
            sqlite_where=sa.text(
                "ended_at is null and covered_by is null and escalated_at is null"
            ),
            postgresql_where=sa.text(
                "ended_at is null and covered_by is null and escalated_at is null"
            ),
        )
        batch_op.drop_index(
            "ix_post_covers_asked",
            sqlite_where=sa.text("ended_at is null and covered_by is null"),
            postgresql_where=sa.text("ended_at is null and covered_by is null"),
        )

    op.drop_table("post_covers")
