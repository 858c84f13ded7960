"""Connections: kept, closed by the database while they were idle, used after a rollback."""

from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from psycopg import OperationalError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from backend.foundation.db import db, glancing, line_of, new_id, reading, transaction
from backend.foundation.prepared import Prepared
from backend.identity.models import Organisation
from tests.factories import NOW, make_arena


def test_a_restarted_postgresql_is_not_noticed_by_the_next_request(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no server that could end a connection")
        with reading() as session:
            session.execute(text("select 1"))
        with db.engine.connect() as other:
            others = (
                "from pg_stat_activity where pid <> pg_backend_pid()"
                " and datname = current_database() and backend_type = 'client backend'"
            )
            assert other.scalar(text(f"select count(*) {others}"))
            # Who has left meanwhile answers no: what counts is that nobody is there any more.
            other.execute(text(f"select pg_terminate_backend(pid, 60000) {others}"))
            other.execute(text("select pg_stat_clear_snapshot()"))
            assert not other.scalar(text(f"select count(*) {others}"))
        for _ in range(5):
            with transaction() as session:
                make_arena(session)


@pytest.mark.parametrize("opened", [glancing, reading, transaction])
def test_a_connection_lost_in_use_is_not_used_again(app: Flask, opened: Any) -> None:
    look = Prepared(select(Organisation.id).limit(1))

    def lose() -> None:
        with opened() as session:
            look.first(session)
            pid = line_of(session).driver.info.backend_pid
            with db.engine.connect() as other:
                assert other.scalar(text(f"select pg_terminate_backend({pid}, 60000)"))
            look.first(session)

    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no server that could end a connection")
        with pytest.raises(OperationalError):
            lose()
        with opened() as session:
            look.first(session)


def test_what_postgresql_has_planned_outlives_a_rollback(app: Flask) -> None:
    planned = "select count(*) from pg_prepared_statements where statement = :statement"
    statement = "select 40 + 2"
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite plans within the driver")
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            for _ in range(2):
                connection.begin()
                driver.execute(statement, prepare=True)
                connection.rollback()
                connection.begin()
                assert connection.scalar(text(planned), {"statement": statement}) == 1
                connection.rollback()


def test_a_failed_transaction_leaves_its_connection_usable(app: Flask) -> None:
    with app.app_context():
        for _ in range(2):
            with pytest.raises(DBAPIError), reading() as session:
                session.execute(text("select no_such_thing"))
            with reading() as session:
                assert session.scalar(text("select 42")) == 42


def test_nothing_of_a_failed_transaction_is_in_the_next_on_its_connection(app: Flask) -> None:
    name = f"never {new_id()}"
    with app.app_context():
        for opened in (transaction, reading):
            with suppress(ZeroDivisionError), glancing() as session:
                session.scalar(text("select 1"))
                raise ZeroDivisionError
            with suppress(ZeroDivisionError), opened() as session:
                session.add(Organisation(id=new_id(), name=name, created_at=NOW))
                session.flush()
                session.add(Organisation(id=new_id(), name=name, created_at=NOW))
                raise ZeroDivisionError
            with transaction() as session:
                assert not session.new
                assert not session.identity_map
            with reading() as session:
                assert not session.scalars(select(Organisation.id).filter_by(name=name)).all()


def test_kept_connections_are_closed_when_the_engine_is_disposed_of(app: Flask) -> None:
    drivers: list[Any] = []
    with app.app_context():
        for opened in (transaction, reading):
            with opened() as session:
                drivers.append(session.connection().connection.driver_connection)
        db.engine.dispose()
        for driver in drivers:
            with pytest.raises(db.engine.dialect.dbapi.Error):  # type: ignore[union-attr]
                driver.execute("select 1")
        with reading() as session:
            assert session.scalar(text("select 1")) == 1
