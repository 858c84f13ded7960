"""Jobs over many things: what loses a race is run again, what is broken stops no other."""

import logging
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading
from backend.foundation.one_by_one import each
from backend.foundation.races import RaceLost
from backend.identity.models import Organisation
from tests.factories import NOW


def _add(session: Session, organisation_id: UUID) -> None:
    row = {"id": organisation_id, "name": f"Job {organisation_id}", "created_at": NOW}
    session.execute(insert(Organisation).values(row))


def test_what_is_there_already_is_soon_left_for_the_next_pass_and_stops_no_other(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    broken, sound = new_id(), new_id()
    tries: list[UUID] = []

    def act(session: Session, thing: UUID) -> int:
        tries.append(thing)
        _add(session, thing)
        if thing == broken:
            _add(session, thing)
        return 1

    with app.app_context():
        with caplog.at_level(logging.ERROR):
            assert each([broken, sound], act, job="add", id_of=lambda one: one) == 1
        with reading() as session:
            found = select(Organisation.id).where(Organisation.id.in_([broken, sound]))
            assert session.scalars(found).all() == [sound]
    assert tries == [broken] * 3 + [sound]
    assert [record.getMessage() for record in caplog.records] == [f"job add failed at {broken}"]


def test_what_lost_a_race_is_run_again_on_what_the_winner_left(app: Flask) -> None:
    lost = iter([True, True, False])

    def act(session: Session, thing: UUID) -> int:
        _add(session, thing)
        if next(lost):
            raise RaceLost
        return 1

    with app.app_context():
        assert each([new_id()], act, job="add", id_of=lambda one: one) == 1
