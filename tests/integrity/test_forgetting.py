"""Salts end with their day, and what they hashed after some weeks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import select

from backend.foundation.db import new_id, reading, transaction
from backend.integrity.models import SightingRow, SignalSalt
from backend.integrity.queries import sightings as queries
from backend.integrity.queries.sightings import Seen
from backend.integrity.rules.retentions import SIGNAL_DAYS
from backend.integrity.rules.suspicions import Sighting, salt_day
from backend.integrity.services import salts, sightings
from tests.factories import make_arena, make_employee

NOON = datetime(2031, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_everybody_who_asks_at_once_gets_the_same_salt_of_the_day(app: Flask) -> None:
    def ask(_: int) -> bytes:
        with app.app_context():
            # As a process does that remembers nothing yet.
            return salts._make(salt_day(NOON))

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(ask, range(8)))
    assert len(found) == 1
    with app.app_context():
        assert salts.recall(now=NOON) == salts.recall(now=NOON + DAY / 3) == found.pop()
        assert salts.recall(now=NOON + DAY) != salts.recall(now=NOON)


def test_a_salt_is_deleted_when_its_day_is_over(app: Flask) -> None:
    with app.app_context():
        for day in range(3):
            salts.recall(now=NOON + day * DAY)
        with transaction() as session:
            sightings.forget_old(session, now=NOON + 2 * DAY)
        with reading() as session:
            days = session.scalars(select(SignalSalt.day).where(SignalSalt.day >= salt_day(NOON)))
            assert days.all() == [salt_day(NOON + 2 * DAY)]


def test_what_was_seen_of_phones_is_forgotten_after_some_weeks(app: Flask) -> None:
    ids = new_id(), new_id()
    with app.app_context():
        with transaction() as session:
            arena = make_arena(session)
            who = make_employee(session, arena).employee_id
            for rating_id, at in zip(ids, (NOON, NOON + DAY), strict=True):
                queries.add(
                    session,
                    organisation_id=arena.organisation_id,
                    seen=Seen(rating_id=rating_id, employee_id=who, at=at),
                    sighting=Sighting(browser=b"b" * 16, device=b"d" * 16),
                )
        with transaction() as session:
            sightings.forget_old(session, now=NOON + SIGNAL_DAYS * DAY + DAY / 2)
        with reading() as session:
            left = select(SightingRow.rating_id).where(
                SightingRow.organisation_id == arena.organisation_id
            )
            assert session.scalars(left).all() == [ids[1]]
