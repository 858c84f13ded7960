"""The database layer: instants, append-only rows, prepared statements, the writers' queue."""

import threading
from datetime import UTC

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, stand_still, transaction
from backend.foundation.prepared import Prepared, pipeline
from backend.identity.models import Organisation
from backend.venues.models import Event
from tests.factories import NOW, Arena, make_arena

APPEND = Prepared(insert(Organisation))


def test_instants_come_back_in_utc(session: Session, arena: Arena) -> None:
    event = session.get_one(Event, (arena.organisation_id, arena.event_id))
    session.refresh(event)
    assert event.starts_at.tzinfo is UTC
    assert event.starts_at < NOW


def test_published_rules_cannot_be_changed_or_deleted(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            make_arena(session)
        for change in ("update rule_versions set number = 2", "delete from rule_versions"):
            with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
                session.execute(text(change))


def test_a_prepared_statement_binds_through_the_column_types(session: Session) -> None:
    ids = [new_id(), new_id()]
    with pipeline(session):
        for number in ids:
            APPEND.run(session, id=number, name=f"Prepared {number}", created_at=NOW)
    kept = session.scalars(select(Organisation).where(Organisation.id.in_(ids))).all()
    assert {row.id for row in kept} == set(ids)
    assert all(row.created_at == NOW for row in kept)


def test_a_reader_that_stands_still_sees_nothing_that_is_committed_meanwhile(app: Flask) -> None:
    late = Organisation(id=new_id(), name=f"Later {new_id()}", created_at=NOW)
    found = select(Organisation.id).where(Organisation.name == late.name)

    def write() -> None:
        with app.app_context(), transaction() as session:
            session.add(late)

    with app.app_context(), reading() as session:
        stand_still(session)
        assert session.scalars(found).all() == []
        writer = threading.Thread(target=write)
        writer.start()
        writer.join()
        assert session.scalars(found).all() == []
    with app.app_context(), reading() as session:
        assert len(session.scalars(found).all()) == 1


def test_four_writers_lose_no_update(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)

    def add() -> None:
        for _ in range(25):
            with app.app_context(), transaction() as session:
                event = session.get_one(
                    Event, (arena.organisation_id, arena.event_id), with_for_update=True
                )
                event.attendance = (event.attendance or 0) + 1

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context(), transaction() as session:
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        assert event.attendance == 100
