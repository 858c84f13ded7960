"""The list of one's own ratings tells nothing of those that may not be read yet."""

from datetime import datetime, timedelta
from typing import Any

import time_machine
from flask import Flask
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment
from backend.engagement.services import feedback, ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.venues.models import Event
from tests.engagement.stories import Evening, committed_evening, make_evening, resolved
from tests.engagement.suspects import held, phone
from tests.factories import NOW, make_shift
from tests.http import headers_for

NEXT = NOW + timedelta(days=2)


def next_event(session: Session, evening: Evening) -> None:
    event = Event(
        organisation_id=evening.organisation_id,
        id=new_id(),
        code="next",
        venue_id=evening.arena.venue_id,
        season_id=evening.arena.season_id,
        name="Next",
        held_on=NEXT.date(),
        doors_at=NEXT - timedelta(hours=1),
        starts_at=NEXT,
        ends_at=NEXT + timedelta(hours=3),
        attendance=None,
    )
    session.add(event)
    session.flush()
    make_shift(session, evening.arena, evening.alex, event_id=event.id)


def rate(session: Session, who: Actor, at: datetime, **seen: Any) -> None:
    code = resolved(session, who, moment=Moment.present(at)).code
    answered_at = at + timedelta(minutes=1)
    ratings.receive(session, code=code, given=GivenAnswer(stars=4), now=answered_at, **seen)


def test_a_page_tells_no_rating_of_tonight_before_five_may_be_read(app: Flask) -> None:
    evening = committed_evening(app)
    alex = evening.alex
    with app.app_context(), transaction() as session:
        rate(session, alex, NOW)
        next_event(session, evening)

    def page() -> Any:
        with time_machine.travel(NEXT + timedelta(hours=1), tick=False):
            path = "/v1/me/ratings?limit=1"
            return app.test_client().get(path, headers=headers_for(app, alex)).get_json()

    before = page()
    assert len(before["items"]) == 1
    with app.app_context(), transaction() as session:
        rate(session, alex, NEXT, sighting=phone(staff=True))
    assert page() == before
    with app.app_context(), transaction() as session:
        for _ in range(4):
            rate(session, alex, NEXT)
    assert page() == before
    with app.app_context(), transaction() as session:
        rate(session, alex, NEXT)
    tonight = page()
    assert (tonight["items"][0]["event_name"], len(tonight["items"][0]["ratings"])) == ("Next", 5)
    assert tonight["next_cursor"] is not None


def test_an_event_of_which_nothing_may_be_read_is_never_counted(session: Session) -> None:
    evening = make_evening(session)
    alex = evening.alex
    held(session, alex)

    def events(at: datetime) -> int:
        found = feedback.list_own_events(session, actor=alex, before=None, limit=10, now=at)
        return len(found)

    assert events(NOW + timedelta(days=1)) == 0
    rate(session, alex, NOW + timedelta(hours=1, minutes=55))
    # It can still be corrected, and then it is released with its event.
    assert events(NOW + timedelta(hours=2, minutes=5)) == 0
    assert events(NOW + timedelta(hours=2, minutes=7)) == 1
