"""The migrations make exactly the tables that the models describe, and can be taken back."""

import hashlib
import re
from pathlib import Path

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

from backend import migrations
from backend.app import create_app
from backend.foundation.db import Base, db
from tests.conftest import a_database, settings_for


def test_the_migrations_make_what_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_revision_bears_the_hash_of_all() -> None:
    """Until a version is released revisions are edited in place: the last one is renamed then."""
    digest = hashlib.sha256()
    for path in sorted((migrations.HERE / "versions").glob("0*.py")):
        digest.update(re.sub(rb"(?m)^revision: .*$", b"", path.read_bytes()))
    assert migrations.newest() == f"0017{digest.hexdigest()[:8]}"


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_the_migrations_can_be_taken_back_and_made_again(engine: str, tmp_path: Path) -> None:
    with a_database(engine, tmp_path) as url:
        app = create_app(settings_for(url))
        migrations.upgrade(app)
        with app.app_context():
            flask_migrate.downgrade(directory=str(migrations.HERE), revision="base")
            assert inspect(db.engine).get_table_names() == ["alembic_version"]
            db.engine.dispose()
        migrations.upgrade(app)
        assert migrations.find_current(app) == migrations.newest()
