"""Hold ratings: what was seen of phones, why a rating waits, and what was decided."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import keep_to_organisations, refuse_changes

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("rating_decisions", "rating_holds", "rating_questions")
OWNED = (*TABLES, "sightings")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "signal_salts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_signal_salts")),
    )
    op.create_table(
        "sightings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("browser", sa.LargeBinary(length=16), nullable=False),
        sa.Column("device", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id", "employee_id", "seen_at", "rating_id", name=op.f("pk_sightings")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rating_holds",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("suspicions", sa.String(length=200), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("suspicions <> ''", name=op.f("ck_rating_holds_suspicions")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rating_id"],
            ["ratings.organisation_id", "ratings.id"],
            name=op.f("fk_rating_holds_organisation_id_rating_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "rating_id", name=op.f("pk_rating_holds")),
    )
    op.create_table(
        "rating_decisions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column(
            "decision",
            sa.Enum(
                "accepted",
                "rejected",
                "lapsed",
                name="reviewdecision",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_person", sa.String(length=40), nullable=True),
        sa.Column("reason", sa.String(length=280), nullable=True),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(decision = 'lapsed') = (decided_by is null)",
            name=op.f("ck_rating_decisions_decided_by"),
        ),
        sa.CheckConstraint(
            "(decided_by is null) = (reason is null)", name=op.f("ck_rating_decisions_reason")
        ),
        sa.CheckConstraint(
            "(decided_by is null) = (decided_person is null)",
            name=op.f("ck_rating_decisions_decided_person"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "decided_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_rating_decisions_organisation_id_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rating_id"],
            ["ratings.organisation_id", "ratings.id"],
            name=op.f("fk_rating_decisions_organisation_id_rating_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "rating_id", name=op.f("pk_rating_decisions")),
    )
    op.create_table(
        "rating_questions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=280), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "asked_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_rating_questions_organisation_id_asked_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "rating_id"],
            ["ratings.organisation_id", "ratings.id"],
            name=op.f("fk_rating_questions_organisation_id_rating_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_rating_questions")),
    )
    op.create_index(
        op.f("ix_rating_questions_organisation_id_rating_id"),
        "rating_questions",
        ["organisation_id", "rating_id"],
    )

    refuse_changes(TABLES)
    keep_to_organisations(OWNED)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("rating_questions")
    op.drop_table("rating_decisions")
    op.drop_table("rating_holds")
    op.drop_table("sightings")
    op.drop_table("signal_salts")
