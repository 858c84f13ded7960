"""Writes that travel as one statement: all of them are kept, or none, whatever comes after."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, transaction
from backend.foundation.prepared import Prepared, together
from backend.foundation.races import RaceLost
from backend.identity.models import Organisation
from backend.rewards.models import Balance
from tests.factories import NOW, Arena, make_arena, make_employee

_ADD = Prepared(
    insert(Organisation).values(
        {column.key: bindparam(column.key) for column in Organisation.__table__.columns}
    )
)
_TAKE = Prepared(
    update(Balance)
    .where(Balance.organisation_id == bindparam("owner"), Balance.available >= bindparam("points"))
    .values(available=Balance.available - bindparam("points")),
    must_write=True,
)


class Failed(Exception):
    """Something went wrong later."""


def add(session: Session, name: str) -> None:
    row = {"id": new_id(), "name": f"{name} {new_id()}", "created_at": NOW}
    _ADD.run(
        session, **{column.key: row.get(column.key) for column in Organisation.__table__.columns}
    )


def count(session: Session, name: str) -> Any:
    return session.scalar(select(func.count()).where(Organisation.name.startswith(name)))


@pytest.fixture
def world(app: Flask) -> Iterator[tuple[Arena, str]]:
    """Return an arena where somebody has ten points, and a name that nothing has yet."""
    with app.app_context():
        with transaction() as session:
            arena = make_arena(session)
            usher = make_employee(session, arena)
            key = {"organisation_id": arena.organisation_id, "employee_id": usher.employee_id}
            session.add(Balance(**key, available=10))
        yield arena, f"together {new_id()}"


def test_writes_that_nothing_follows_are_kept(world: tuple[Arena, str]) -> None:
    arena, name = world
    with transaction() as session, together(session):
        add(session, name)
        _TAKE.run(session, owner=arena.organisation_id, points=10)
    with reading() as session:
        assert count(session, name) == 1
        left = select(Balance.available).filter_by(organisation_id=arena.organisation_id)
        assert session.scalar(left) == 0


def test_nothing_is_kept_where_one_that_must_write_cannot(world: tuple[Arena, str]) -> None:
    arena, name = world

    def overdraw() -> None:
        with transaction() as session, together(session):
            add(session, name)
            _TAKE.run(session, owner=arena.organisation_id, points=11)

    with pytest.raises(RaceLost):
        overdraw()
    with reading() as session:
        assert count(session, name) == 0


def test_whatever_comes_after_them_sees_them(world: tuple[Arena, str]) -> None:
    _, name = world
    with transaction() as session:
        with together(session):
            add(session, name)
        assert count(session, name) == 1
        with together(session):
            add(session, name)
        with together(session):
            add(session, name)
        with session.begin_nested():
            assert count(session, name) == 3
    with reading() as session:
        assert count(session, name) == 3


def test_a_read_among_them_sees_those_before_it(world: tuple[Arena, str]) -> None:
    _, name = world
    with transaction() as session, together(session):
        add(session, name)
        assert count(session, name) == 1
        add(session, name)
    with reading() as session:
        assert count(session, name) == 2


def test_a_failure_after_them_undoes_them(world: tuple[Arena, str]) -> None:
    _, name = world
    with suppress(Failed), transaction() as session:
        with together(session):
            add(session, name)
        raise Failed
    with reading() as session:
        assert count(session, name) == 0


def test_a_failed_part_of_a_transaction_undoes_only_its_own(world: tuple[Arena, str]) -> None:
    _, name = world
    with transaction() as session:
        with together(session):
            add(session, name)
        with suppress(Failed), session.begin_nested():
            with together(session):
                add(session, name)
            raise Failed
        with together(session):
            add(session, name)
    with reading() as session:
        assert count(session, name) == 2


def test_what_an_undone_part_had_not_sent_yet_is_never_sent(world: tuple[Arena, str]) -> None:
    arena, name = world
    with transaction() as session:
        with together(session):
            add(session, name)
        # SQLite, which sends each at once, has lost the race before that.
        with suppress(Failed, RaceLost), session.begin_nested():
            with together(session):
                add(session, name)
                _TAKE.run(session, owner=arena.organisation_id, points=11)
            raise Failed
        assert count(session, name) == 1
    with reading() as session:
        assert count(session, name) == 1
