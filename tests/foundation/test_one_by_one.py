"""Jobs over many things: what loses a race is run again, what is broken stops no other."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, transaction
from backend.foundation.one_by_one import each
from backend.foundation.races import RaceLost
from backend.identity.models import Organisation
from backend.worker import run
from tests.factories import NOW


def _add(session: Session, organisation_id: UUID) -> None:
    row = {"id": organisation_id, "name": f"Job {organisation_id}", "created_at": NOW}
    session.execute(insert(Organisation).values(row))


def test_what_is_there_already_is_soon_left_for_the_next_pass_and_stops_no_other(
    app: Flask, log_lines: Callable[[], list[dict[str, Any]]]
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
        assert each([broken, sound], act, job="add", id_of=lambda one: one) == 1
        with reading() as session:
            found = select(Organisation.id).where(Organisation.id.in_([broken, sound]))
            assert session.scalars(found).all() == [sound]
    assert tries == [broken] * 3 + [sound]
    (told,) = log_lines()
    assert (told["event"], told["job"], told["subject_id"]) == ("job failed", "add", str(broken))


def test_what_lost_a_race_is_run_again_on_what_the_winner_left(app: Flask) -> None:
    lost = iter([True, True, False])

    def act(session: Session, thing: UUID) -> int:
        _add(session, thing)
        if next(lost):
            raise RaceLost
        return 1

    with app.app_context():
        assert each([new_id()], act, job="add", id_of=lambda one: one) == 1


def test_a_job_that_fails_tells_nothing_of_what_people_wrote(
    app: Flask, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    def break_down(_now: datetime) -> None:
        with transaction() as session:
            session.execute(text("update nothing set name = :name"), {"name": "Kim Secret"})

    assert not run(app, break_down, NOW)
    (told,) = log_lines()
    assert (told["event"], told["job"]) == ("job failed", "break_down")
    assert "Kim" not in str(told)
    assert any("break_down" in place for place in told["trace"])


def test_what_a_statement_failed_with_is_in_no_message(app: Flask) -> None:
    with app.app_context(), pytest.raises(DBAPIError) as caught, reading() as session:
        session.execute(text("select :name from nothing"), {"name": "Kim Secret"})
    assert "Kim" not in str(caught.value)
