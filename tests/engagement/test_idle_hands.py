"""Whoever gives something to a fan, or asks for it, has not forgotten them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask

from backend.engagement.models import Request
from backend.engagement.queries import waiting
from backend.engagement.rules import Moment, Status
from backend.engagement.services import gestures, timers
from backend.engagement.services.gestures import NewGesture
from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from tests.engagement.generosity import Generosity, make_generosity
from tests.engagement.stories import CODE_KEY


@pytest.fixture
def generosity(app: Flask) -> Generosity:
    return make_generosity(app)


def give(generosity: Generosity, request_id: UUID, at: datetime, *, cents: int) -> UUID:
    """Let the owner give an upgrade, or ask for one that is more than they may give."""
    alex = generosity.evening.alex
    new = NewGesture(
        id=new_id(),
        request_id=request_id,
        kind_id=generosity.upgrade.id,
        amount_cents=cents,
        needs_supervisor=True,
    )
    moment = Moment.present(at)
    with generosity.app.app_context(), transaction() as session:
        gestures.give(session, actor=alex, new=new, moment=moment, code_key=CODE_KEY)
    return new.id


def status_after(generosity: Generosity, request_id: UUID, at: datetime) -> Status:
    with generosity.app.app_context():
        timers.release_idle(now=at, idle_minutes=45)
        with reading() as session:
            key = (generosity.evening.organisation_id, request_id)
            return session.get_one(Request, key).status


@pytest.mark.parametrize("cents", [500, 9_000])
def test_a_gesture_keeps_a_request_in_hand(generosity: Generosity, cents: int) -> None:
    now = clock.now()
    request_id = generosity.helping(generosity.evening.alex)
    give(generosity, request_id, now + timedelta(minutes=40), cents=cents)
    assert status_after(generosity, request_id, now + timedelta(minutes=50)) is Status.ACCEPTED
    assert status_after(generosity, request_id, now + timedelta(minutes=86)) is Status.OPEN


def test_what_a_supervisor_adds_keeps_it_too(generosity: Generosity) -> None:
    now = clock.now()
    request_id = generosity.helping(generosity.evening.alex)
    asked = give(generosity, request_id, now + timedelta(minutes=10), cents=9_000)
    with generosity.app.app_context(), transaction() as session:
        allowed_at = now + timedelta(minutes=40)
        gestures.allow(session, actor=generosity.lead, gesture_id=asked, now=allowed_at)
    assert status_after(generosity, request_id, now + timedelta(minutes=60)) is Status.ACCEPTED


def test_a_gesture_that_comes_while_the_timer_looks_counts(
    generosity: Generosity, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    request_id = generosity.helping(generosity.evening.alex)
    look: Callable[..., list[waiting.Left]] = waiting.list_idle

    def look_too_early(*args: object, **kept: object) -> list[waiting.Left]:
        found = look(*args, **kept)
        assert request_id in {one.id for one in found}
        give(generosity, request_id, now + timedelta(minutes=49), cents=500)
        return found

    monkeypatch.setattr(waiting, "list_idle", look_too_early)
    assert status_after(generosity, request_id, now + timedelta(minutes=50)) is Status.ACCEPTED
