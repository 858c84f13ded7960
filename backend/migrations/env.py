"""Alembic's environment: the application's engine and every table of the product."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import JSON, Enum, Uuid

import backend.engagement.models
import backend.foundation.audit
import backend.foundation.idempotency
import backend.identity.models
import backend.rewards.models
import backend.venues.models  # noqa: F401
from backend.foundation.db import Base, UTCDateTime, db


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types by their plain SQLAlchemy names."""
    if kind != "type":
        return False
    if isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Uuid):
        return "sa.Uuid()"
    if isinstance(item, Enum):
        values = ", ".join(repr(value) for value in item.enums)
        name = f"name={item.name!r}"
        return f"sa.Enum({values}, {name}, native_enum=False, create_constraint=True, length=30)"
    if isinstance(item, JSON):
        autogen.imports.add("from sqlalchemy.dialects.postgresql import JSONB")
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        render_item=render_item,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
