"""Keep for a while, and for a purpose, who is in which protected group."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from backend.migrations.guards import keep_to_organisations

revision: str = "00177f9bb589"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

OWNED = ("protected_attributes", "protected_groups")


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "protected_attributes",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("purpose", sa.String(length=500), nullable=False),
        sa.Column("deleted_on", sa.Date(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_protected_attributes_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", "id", name=op.f("pk_protected_attributes")),
        sa.UniqueConstraint(
            "organisation_id", "name", name=op.f("uq_protected_attributes_organisation_id_name")
        ),
    )
    op.create_table(
        "protected_groups",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("employee_id", sa.Uuid(), nullable=False),
        sa.Column("attribute_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "employee_id"],
            ["employees.organisation_id", "employees.id"],
            name=op.f("fk_protected_groups_organisation_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "attribute_id"],
            ["protected_attributes.organisation_id", "protected_attributes.id"],
            name=op.f("fk_protected_groups_organisation_id_attribute_id"),
        ),
        sa.PrimaryKeyConstraint(
            "organisation_id", "employee_id", "attribute_id", name=op.f("pk_protected_groups")
        ),
        sqlite_with_rowid=False,
    )
    keep_to_organisations(OWNED)


def downgrade() -> None:
    """Go back to the revision before."""
    op.drop_table("protected_groups")
    op.drop_table("protected_attributes")
