"""Make cards: their serials, packs, scans, and each of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import refuse_changes

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("card_packs", "card_scans")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "card_serials",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("last_serial", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_card_serials_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_card_serials")),
    )
    op.create_table(
        "card_packs",
        sa.Column("first_serial", sa.Integer(), nullable=False),
        sa.Column("last_serial", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("first_serial > 0", name=op.f("ck_card_packs_first_serial")),
        sa.CheckConstraint(
            "last_serial - first_serial between 9 and 499", name=op.f("ck_card_packs_size")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "created_by"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_card_packs_organisation_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "post_id"],
            ["posts.organisation_id", "posts.id"],
            name=op.f("fk_card_packs_organisation_id_post_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_card_packs")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_card_packs_code_hash")),
        sa.UniqueConstraint(
            "organisation_id",
            "first_serial",
            name=op.f("uq_card_packs_organisation_id_first_serial"),
        ),
    )
    op.create_table(
        "card_scans",
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("shift_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("first_serial", sa.Integer(), nullable=False),
        sa.Column("last_serial", sa.Integer(), nullable=False),
        sa.Column("bound", sa.Integer(), nullable=False),
        sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "bound between 0 and last_serial - first_serial + 1", name=op.f("ck_card_scans_bound")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_card_scans_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "event_id"],
            ["events.organisation_id", "events.id"],
            name=op.f("fk_card_scans_organisation_id_event_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "post_id"],
            ["posts.organisation_id", "posts.id"],
            name=op.f("fk_card_scans_organisation_id_post_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "shift_id"],
            ["shifts.organisation_id", "shifts.id"],
            name=op.f("fk_card_scans_organisation_id_shift_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_card_scans")),
    )
    op.create_table(
        "cards",
        sa.Column("pack_id", sa.Uuid(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "pack_id"],
            ["card_packs.organisation_id", "card_packs.id"],
            name=op.f("fk_cards_organisation_id_pack_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "scan_id"],
            ["card_scans.organisation_id", "card_scans.id"],
            name=op.f("fk_cards_organisation_id_scan_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_cards")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_cards_code_hash")),
        sa.UniqueConstraint(
            "organisation_id", "serial", name=op.f("uq_cards_organisation_id_serial")
        ),
        postgresql_with={"fillfactor": 70},
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cards_organisation_id_pack_id"),
            ["organisation_id", "pack_id"],
            unique=False,
        )

    # Their invitations are of no request, so that a season finds them by its events.
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitations_unlapsed",
            ["organisation_id", "event_id", "expires_at"],
            unique=False,
            sqlite_where=sa.text("lapsed_at is null"),
            postgresql_where=sa.text("lapsed_at is null"),
        )

    refuse_changes(TABLES)


def downgrade() -> None:
    """Go back to the revision before."""
    with op.batch_alter_table("invitations", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_invitations_unlapsed",
            sqlite_where=sa.text("lapsed_at is null"),
            postgresql_where=sa.text("lapsed_at is null"),
        )

    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cards_organisation_id_pack_id"))

    op.drop_table("cards")
    op.drop_table("card_scans")
    op.drop_table("card_packs")
    op.drop_table("card_serials")
