"""Keep what was seen of requests and suggested scores, and let words of fans go in time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import keep_to_organisations, let_be_emptied, refuse_again

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNED = ("request_signals", "retentions", "score_suggestions")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "request_signals",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column(
            "suspicion",
            sa.Enum(
                "staff_device",
                "staff_session",
                "too_quick",
                "several_from_one_device",
                "burst",
                "expired",
                "other_venue",
                "asked_by_staff",
                "asked_and_solved",
                "not_believed",
                name="suspicion",
                native_enum=False,
                create_constraint=True,
                length=30,
            ),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id", "request_id", "suspicion", name=op.f("pk_request_signals")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "score_suggestions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("rating_id", sa.Uuid(), nullable=False),
        sa.Column("suggested", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "organisation_id", "employee_id", "rating_id", name=op.f("pk_score_suggestions")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retentions",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("word_days", sa.Integer(), nullable=False),
        sa.Column("signal_days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("word_days between 30 and 1095", name=op.f("ck_retentions_word_days")),
        sa.CheckConstraint("signal_days between 7 and 30", name=op.f("ck_retentions_signal_days")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_retentions_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_retentions")),
    )
    let_be_emptied("rating_answers", "comment")
    let_be_emptied("phone_actions", "fingerprint")
    keep_to_organisations(OWNED)


def downgrade() -> None:
    """Go back to the revision before."""
    refuse_again(("rating_answers", "phone_actions"))
    op.drop_table("retentions")
    op.drop_table("score_suggestions")
    op.drop_table("request_signals")
