"""Connections that the database has closed while they were idle."""

import pytest
from flask import Flask
from sqlalchemy import text

from backend.foundation.db import db, reading, transaction
from tests.factories import make_arena


def test_a_restarted_postgresql_is_not_noticed_by_the_next_request(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no server that could end a connection")
        with reading() as session:
            session.execute(text("select 1"))
        with db.engine.connect() as other:
            others = "pid <> pg_backend_pid() and datname = current_database()"
            kill = f"select pg_terminate_backend(pid, 5000) from pg_stat_activity where {others}"
            assert all(ended for (ended,) in other.execute(text(kill)))
        for _ in range(5):
            with transaction() as session:
                make_arena(session)
