"""Alembic migrations for both engines, and how to run them.

Loaded only by what migrates: Alembic costs the server a fifth of its time to start.
"""

from pathlib import Path

import flask_migrate
from flask import Flask
from sqlalchemy import inspect, text

from backend.foundation.db import db

HERE = Path(__file__).resolve().parent


def list_known() -> list[str]:
    """Return every revision, the newest last: file names begin with them."""
    return sorted(path.name.split("_")[0] for path in (HERE / "versions").glob("0*.py"))


def newest() -> str:
    """Return the revision that this version of the product needs."""
    return list_known()[-1]


def find_current(app: Flask) -> str | None:
    """Return the revision that the database of ``app`` is at, None when it is empty.

    Leaves no connection open, which a forked server must not share.
    """
    with app.app_context():
        with db.engine.connect() as connection:
            found: str | None = None
            if inspect(connection).has_table("alembic_version"):
                found = connection.scalar(text("select version_num from alembic_version"))
        db.engine.dispose()
        return found


def upgrade(app: Flask) -> None:
    """Bring the database of ``app`` to the newest revision."""
    # Alembic's configuration expands per cent signs, and a path may hold one.
    directory = str(HERE).replace("%", "%%")
    flask_migrate.Migrate(app, db, directory=directory)
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
