"""On PostgreSQL a transaction of one organisation has no other: a wall behind every query."""

from contextlib import ExitStack, suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import ProgrammingError

from backend.foundation.db import Base, db, glancing, new_id, reading, transaction
from backend.identity.models import Department, Employee, Organisation
from tests.factories import Arena, make_arena, make_employee


@pytest.fixture
def arenas(app: Flask) -> tuple[Arena, Arena]:
    """Return two organisations with an employee each."""
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no policies: the queries alone keep organisations apart")
        with transaction() as session:
            arenas = make_arena(session), make_arena(session)
            for arena in arenas:
                make_employee(session, arena)
            return arenas


def test_every_table_keeps_to_the_organisation_that_was_named(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no policies")
        with reading() as session:
            kept = session.scalars(
                text(
                    "select c.relname from pg_class c join pg_policy p on p.polrelid = c.oid"
                    " where c.relrowsecurity and c.relforcerowsecurity"
                )
            )
            # A salt is the installation's: whose code it is, is known only after the look.
            assert set(kept) == Base.metadata.tables.keys() - {"signal_salts"}


def test_a_query_that_forgets_its_organisation_sees_no_other(
    app: Flask, arenas: tuple[Arena, Arena]
) -> None:
    mine, others = arenas
    with app.app_context():
        for opened in (glancing, reading, transaction):
            with opened(mine.organisation_id) as session:
                assert set(session.scalars(select(Employee.organisation_id))) == {
                    mine.organisation_id
                }
                assert session.scalars(select(Organisation.id)).all() == [mine.organisation_id]
            with opened() as session:
                everybody = set(session.scalars(select(Employee.organisation_id)))
            assert everybody >= {mine.organisation_id, others.organisation_id}


def test_a_write_that_names_another_organisation_is_refused(
    app: Flask, arenas: tuple[Arena, Arena]
) -> None:
    mine, others = arenas
    with app.app_context():
        with transaction(mine.organisation_id) as session:
            changed = session.execute(
                update(Employee).values(name="Taken").returning(Employee.name)
            )
            assert len(changed.all()) == 1
        row = {"organisation_id": others.organisation_id, "id": new_id(), "name": "Theirs"}
        with (
            pytest.raises(ProgrammingError, match="row-level security"),
            transaction(mine.organisation_id) as session,
        ):
            session.execute(insert(Department), [row])
        with reading(others.organisation_id) as session:
            assert "Taken" not in session.scalars(select(Employee.name)).all()


def test_a_connection_keeps_to_nobody_after_a_failure_either(
    app: Flask, arenas: tuple[Arena, Arena]
) -> None:
    mine, others = arenas
    with app.app_context():
        for _ in range(3):
            with suppress(ZeroDivisionError), transaction(mine.organisation_id) as session:
                session.execute(text("select 1"))
                raise ZeroDivisionError
            with reading(others.organisation_id) as session:
                owners = set(session.scalars(select(Employee.organisation_id)))
            assert owners == {others.organisation_id}


def test_what_goes_back_to_the_pool_is_kept_to_nobody(
    app: Flask, arenas: tuple[Arena, Arena]
) -> None:
    mine, others = arenas
    with app.app_context(), ExitStack() as opened:
        # More at once than are kept open.
        pool: Any = db.engine.pool
        for _ in range(pool.size()):
            opened.enter_context(reading(mine.organisation_id))
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as another:
        for connection in (one, another):
            owners = set(connection.scalars(select(Employee.organisation_id)))
            assert owners >= {mine.organisation_id, others.organisation_id}
