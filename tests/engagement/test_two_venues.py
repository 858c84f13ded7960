"""Events at two venues at once: whoever is salaried is at the one where they act."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from backend.engagement.models import PostCover
from backend.engagement.rules import Moment
from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from backend.identity.rules import PayBasis
from backend.venues.models import Event, Venue, Zone
from backend.venues.rules import ZoneKind
from tests.engagement.generosity import Generosity, make_generosity
from tests.engagement.stories import opened
from tests.factories import make_employee, make_shift


class Town:
    """The arena, and a theatre next to it whose doors opened last."""

    def __init__(self, app: Flask) -> None:
        """Open both, with a president who is salaried and has no shift."""
        self.generosity: Generosity = make_generosity(app)
        self.app, self.arena = app, self.generosity.evening.arena
        with app.app_context(), transaction() as session:
            owned = {"organisation_id": self.arena.organisation_id}
            main = session.get_one(Event, (self.arena.organisation_id, self.arena.event_id))
            theatre = Venue(
                **owned,
                id=new_id(),
                code="THEATRE",
                name="The Theatre",
                time_zone="America/New_York",
                capacity=2_000,
            )
            session.add(theatre)
            session.flush()
            stalls = Zone(
                **owned,
                id=new_id(),
                venue_id=theatre.id,
                code="ST",
                name="Stalls",
                kind=ZoneKind.SECTION,
            )
            play = Event(
                **owned,
                id=new_id(),
                code="PLAY",
                venue_id=theatre.id,
                season_id=self.arena.season_id,
                name="A play",
                held_on=main.held_on,
                doors_at=main.doors_at + timedelta(minutes=30),
                starts_at=main.starts_at + timedelta(minutes=15),
                ends_at=main.ends_at,
            )
            session.add_all([stalls, play])
            session.flush()
            self.stalls_id, self.play_id = stalls.id, play.id
            self.president = make_employee(session, self.arena, pay_basis=PayBasis.SALARIED)

    def greet(self, zone_id: UUID | None, **said: Any) -> dict[str, Any]:
        """Let the president greet; return the greeting, which must have been taken."""
        body = {"zone_id": str(zone_id)} if zone_id else {}
        status, greeting = self.generosity.call(
            self.president, "PUT", f"/greetings/{uuid4()}", body | said
        )
        assert status == 201
        return dict(greeting)


@pytest.fixture
def town(app: Flask) -> Town:
    """Return two venues with an event each."""
    return Town(app)


def test_a_greeting_counts_where_it_was(town: Town) -> None:
    places = [town.arena.gate_id, town.stalls_id, None]
    greetings = [town.greet(place) for place in places]
    main, play = str(town.arena.event_id), str(town.play_id)
    assert [one["event_id"] for one in greetings] == [main, play, play]
    assert [one["outcome"] for one in greetings] == ["paid", "paid", "too_soon"]
    town.generosity.must_hold()


def test_so_does_each_of_a_queue(town: Town) -> None:
    now = clock.now()
    places = [town.stalls_id, town.arena.section_id, None, town.arena.gate_id]
    actions = [
        {
            "id": str(uuid4()),
            "kind": "greet",
            "at": (now - timedelta(minutes=9 - number)).isoformat(),
        }
        | ({"zone_id": str(place)} if place else {})
        for number, place in enumerate(places)
    ]
    body = {"sent_at": now.isoformat(), "actions": actions}
    status, answer = town.generosity.call(town.president, "POST", "/sync", body)
    assert status == 200
    main, play = str(town.arena.event_id), str(town.play_id)
    found = [one["result"]["event_id"] for one in answer["results"]]
    assert found == [play, main, play, main]
    assert {one["result"]["outcome"] for one in answer["results"]} == {"paid"}
    town.generosity.must_hold()


def test_whoever_is_on_shift_stays_at_its_venue(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        usher = make_employee(session, town.arena, pay_basis=PayBasis.SALARIED)
        make_shift(session, town.arena, usher)
    body = {"zone_id": str(town.stalls_id)}
    status, refused = town.generosity.call(usher, "PUT", f"/greetings/{uuid4()}", body)
    assert (status, refused["type"]) == (422, "/problems/zone-elsewhere")


def test_a_venue_with_no_event_on_is_no_duty(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        play = session.get_one(Event, (town.arena.organisation_id, town.play_id))
        play.doors_at -= timedelta(days=1)
        play.starts_at -= timedelta(days=1)
        play.ends_at -= timedelta(days=1)
    greeting = town.greet(town.stalls_id)
    assert (greeting["outcome"], greeting["event_id"]) == ("unverified", None)
    assert greeting["zone_id"] == str(town.stalls_id)


def test_gestures_and_covers_are_where_the_request_is(town: Town) -> None:
    generosity, evening = town.generosity, town.generosity.evening
    moment = Moment.present(clock.now())
    with town.app.app_context(), transaction() as session:
        for_president, for_casey = (opened(session, evening.alex, moment=moment) for _ in range(2))
    for who, request in ((town.president, for_president), (evening.casey, for_casey)):
        assert generosity.call(who, "POST", f"/requests/{request.id}/accept", {})[0] == 200
    status, gesture = generosity.give(town.president, for_president.id, generosity.beer)
    assert (status, gesture["state"]) == (201, "given")
    with town.app.app_context(), reading() as session:
        cover_id = session.scalars(
            select(PostCover.id).where(PostCover.left_by == evening.casey.employee_id)
        ).one()
    assert generosity.call(town.president, "POST", f"/covers/{cover_id}/take", {})[0] == 200
    generosity.must_hold()


def test_cards_are_bound_at_the_venue_of_their_post(town: Town) -> None:
    generosity = town.generosity
    bound = []
    for post_id in (town.arena.gate_post_id, None):
        body = {"count": 10} | ({"post_id": str(post_id)} if post_id else {})
        status, pack = generosity.call(generosity.hr, "POST", "/cards/packs", body)
        assert status == 201
        scan = {"id": str(uuid4()), "pack_id": pack["id"]}
        status, scanned = generosity.call(town.president, "POST", "/cards/scans", scan)
        assert (status, scanned["bound"]) == (201, 10)
        bound.append(scanned["event_id"])
    assert bound == [str(town.arena.event_id), str(town.play_id)]
    generosity.must_hold()
