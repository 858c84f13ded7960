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
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.rules import PayBasis
from backend.venues.models import Event
from tests.engagement.generosity import Generosity, make_generosity
from tests.engagement.stories import opened
from tests.engagement.theatres import make_theatre
from tests.factories import make_employee, make_shift


class Town:
    """The arena, and a theatre next to it whose doors opened last."""

    def __init__(self, app: Flask) -> None:
        """Open both, with a president who is salaried and has no shift."""
        self.generosity: Generosity = make_generosity(app)
        self.app, self.arena = app, self.generosity.evening.arena
        with app.app_context(), transaction() as session:
            self.theatre = make_theatre(session, self.arena)
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
    places = [town.arena.gate_id, town.theatre.stalls_id, None]
    greetings = [town.greet(place) for place in places]
    main, play = str(town.arena.event_id), str(town.theatre.play_id)
    assert [one["event_id"] for one in greetings] == [main, play, play]
    assert [one["outcome"] for one in greetings] == ["paid", "paid", "too_soon"]
    town.generosity.must_hold()


def test_so_does_each_of_a_queue(town: Town) -> None:
    now = clock.now()
    places = [town.theatre.stalls_id, town.arena.section_id, None, town.arena.gate_id]
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
    main, play = str(town.arena.event_id), str(town.theatre.play_id)
    found = [one["result"]["event_id"] for one in answer["results"]]
    assert found == [play, main, play, main]
    assert {one["result"]["outcome"] for one in answer["results"]} == {"paid"}
    town.generosity.must_hold()


def test_whoever_is_on_shift_stays_at_its_venue(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        usher = make_employee(session, town.arena, pay_basis=PayBasis.SALARIED)
        make_shift(session, town.arena, usher)
    body = {"zone_id": str(town.theatre.stalls_id)}
    status, refused = town.generosity.call(usher, "PUT", f"/greetings/{uuid4()}", body)
    assert (status, refused["type"]) == (422, "/problems/zone-elsewhere")


def test_a_zone_where_no_event_is_on_is_refused_while_one_is_on_elsewhere(town: Town) -> None:
    with town.app.app_context(), transaction() as session:
        play = session.get_one(Event, (town.arena.organisation_id, town.theatre.play_id))
        play.doors_at -= timedelta(days=1)
        play.starts_at -= timedelta(days=1)
        play.ends_at -= timedelta(days=1)
    body = {"zone_id": str(town.theatre.stalls_id)}
    path = f"/greetings/{uuid4()}"
    status, refused = town.generosity.call(town.president, "PUT", path, body)
    assert (status, refused["type"]) == (422, "/problems/zone-elsewhere")


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
    assert bound == [str(town.arena.event_id), str(town.theatre.play_id)]
    generosity.must_hold()


def test_whoever_says_where_they_are_sees_what_is_there(town: Town) -> None:
    generosity, evening = town.generosity, town.generosity.evening
    with town.app.app_context(), transaction() as session:
        near = opened(session, evening.alex, moment=Moment.present(clock.now()))
    town.greet(town.arena.gate_id)

    def seen(who: Actor, path: str, *, arena: bool = False) -> Any:
        there = f"venue_id={town.arena.venue_id}" if arena else ""
        status, answer = generosity.call(who, "GET", path + there)
        assert status == 200
        return answer

    def found(who: Actor, *, arena: bool) -> list[Any]:
        points = seen(who, "/me/points?", arena=arena)["this_evening"]
        return [
            seen(who, "/me/duty?", arena=arena)["event"]["id"],
            seen(who, "/me/tally?", arena=arena)["event_id"],
            seen(who, "/me/gestures?", arena=arena)["event_id"],
            points["event_id"],
            points["points"],
            [one["id"] for one in seen(who, "/requests?", arena=arena)["items"]],
            len(seen(who, "/me/colleagues?", arena=arena)["items"]),
        ]

    main, play = str(town.arena.event_id), str(town.theatre.play_id)
    assert found(town.president, arena=False) == [play, play, play, play, 0, [], 0]
    assert found(town.president, arena=True) == [main, main, main, main, 1, [str(near.id)], 4]
    elsewhere = seen(town.president, "/me/duty?", arena=True)["elsewhere"]
    assert [one["id"] for one in elsewhere] == [play]
    on_shift = seen(evening.alex, f"/me/duty?venue_id={town.theatre.venue_id}")
    assert (on_shift["event"]["id"], on_shift["elsewhere"]) == (main, [])
