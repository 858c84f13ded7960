"""What the console says of seasons: how far a closing is, and which one a draft is tried on."""

import hashlib
import re
from datetime import timedelta

import pytest
from flask import Flask

from backend.engagement.models import Greeting
from backend.engagement.rules import Answer, Outcome
from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.venues.models import Event, Season
from backend.venues.queries.closings import list_snapshots
from backend.venues.rules import SETTLING, SeasonStatus
from backend.venues.services import closings
from tests.browser.world import World, make_world
from tests.web.test_console import OURS, signed_in
from tests.web.wishes import another_of_hr


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


def test_a_season_that_is_being_closed_says_what_it_waits_for(app: Flask, world: World) -> None:
    closes_at = clock.now()
    with app.app_context(), transaction() as session:
        arena = world.evening.arena
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.status = SeasonStatus.CLOSING
        season.closes_at, season.freezes_at = closes_at, closes_at + SETTLING
    page = signed_in(app, world).get("/hr").text
    assert f"does not count from {closes_at:%Y-%m-%d %H:%M} UTC on" in page
    # Seven requests at 10 points, five good ratings at 15.
    assert "Still to be settled: requests 1, codes 1, pending points 145" in page


def test_a_closed_season_shows_when_and_the_hash_of_what_it_came_to(
    app: Flask, world: World
) -> None:
    now, arena = clock.now(), world.evening.arena
    whose = {"organisation_id": arena.organisation_id, "season_id": arena.season_id}
    client = signed_in(app, world)
    assert "Closed on" not in client.get("/hr").text
    with app.app_context(), transaction() as session:
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.status = SeasonStatus.CLOSING
        season.closes_at, season.freezes_at = now - SETTLING, now
        closings.finish(session, **whose, document={"frozen": {}}, now=now)
        [snapshot] = list_snapshots(session, **whose)
    page = client.get("/hr").text
    assert f"Closed on {now:%Y-%m-%d %H:%M} UTC" in page
    assert snapshot.sha256 in page


def end(world: World, *, days_ago: int = 2) -> None:
    """Let the season, and its evening, be over."""
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.ends_on = (now - timedelta(days=days_ago)).date()
        season.starts_on = season.ends_on - timedelta(days=100)
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        event.ends_at = now - timedelta(days=days_ago)
        event.starts_at = event.doors_at = event.ends_at - timedelta(hours=3)


def test_a_season_is_closed_and_reopened_by_two_people(app: Flask, world: World) -> None:
    client, path = signed_in(app, world), f"/hr/seasons/{world.season_id}"
    assert path in client.get("/hr/seasons").text
    early = client.post(f"{path}/close", headers=OURS)
    assert early.status_code == 409
    assert "Its last day is" in early.text
    end(world)
    long = client.post(f"{path}/close", data={"reason": "x" * 501}, headers=OURS)
    assert long.status_code == 422
    assert 'aria-describedby="reason-wrong"' in long.text
    done = client.post(f"{path}/close", data={"reason": "Over."}, headers=OURS)
    assert done.headers["Location"] == f"{path}?done=closing"
    assert "Still to be settled: requests 1, codes 1, pending points 145" in client.get(path).text

    assert client.post(f"{path}/reopen", headers=OURS).status_code == 422
    client.post(f"{path}/reopen", data={"reason": "A game was missing."}, headers=OURS)
    assert "Another person must approve it." in client.get(path).text
    assert client.post(f"{path}/reopen/approve", headers=OURS).status_code == 409
    _, other = another_of_hr(world)
    assert "asks to reopen it: “A game was missing.”" in other.get(path).text
    again = other.post(f"{path}/reopen/approve", headers=OURS)
    assert again.headers["Location"] == f"{path}?done=reopened"
    assert "Everything counts." in client.get(path).text


def test_a_snapshot_is_given_as_it_was_hashed_and_what_came_late_is_named(
    app: Flask, world: World
) -> None:
    client, path = signed_in(app, world), f"/hr/seasons/{world.season_id}"
    assert client.get(f"{path}/snapshots/1").status_code == 404
    now, arena = clock.now(), world.evening.arena
    whose = {"organisation_id": arena.organisation_id, "season_id": arena.season_id}
    with app.app_context(), transaction() as session:
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.status = SeasonStatus.CLOSING
        season.closes_at, season.freezes_at = now - SETTLING, now
        closings.finish(session, **whose, document={"frozen": {}}, now=now)
        session.add(
            Greeting(
                organisation_id=arena.organisation_id,
                id=new_id(),
                employee_id=world.evening.alex.employee_id,
                event_id=arena.event_id,
                party_size=2,
                answer=Answer.NOTHING,
                greeted_at=now,
                received_at=now,
                outcome=Outcome.SEASON_CLOSED,
                points=0,
            )
        )
    given = client.get(f"{path}/snapshots/1")
    page = client.get(path).text
    assert hashlib.sha256(given.data).hexdigest() in page
    assert "1 greetings: kept, and in no figure." in page
    assert "Alex Usher" in page


def test_a_draft_is_tried_on_the_newest_season_that_has_an_evening(
    app: Flask, world: World
) -> None:
    arena, today = world.evening.arena, clock.now().date()
    with app.app_context(), transaction() as session:
        session.add(
            Season(
                organisation_id=arena.organisation_id,
                id=new_id(),
                name="The year to come",
                starts_on=today + timedelta(days=400),
                ends_on=today + timedelta(days=500),
            )
        )
    page = signed_in(app, world).get("/hr/rules").text
    [chosen] = re.findall(r'<option value="([^"]+)" selected>', page)
    assert chosen == str(arena.season_id)
    assert "The year to come" in page


def test_a_season_is_made_once_and_shares_no_day(app: Flask, world: World) -> None:
    client = signed_in(app, world)
    said = {"name": "2031-32", "starts_on": "2031-09-01", "ends_on": "2032-06-30"}
    done = client.post("/hr/seasons", data=said, headers=OURS)
    assert done.status_code == 303
    page = client.get(done.location).text
    assert "The season is made. Its events can be imported." in page
    assert re.search(r"2031-32</a></th>.*2031-09-01.*2032-06-30.*Open", page)
    for wrong, status, why in (
        ({}, 409, "Nothing was made."),
        ({"name": "Another"}, 409, "2031-32 is from 2031-09-01 to 2032-06-30."),
        ({"name": "B", "starts_on": "2033-09-01"}, 422, "Must not be before the first day."),
        ({"name": "B", "starts_on": "2033-02-30"}, 422, "Not a valid date."),
        ({"name": ""}, 422, 'aria-describedby="name-wrong"'),
    ):
        refused = client.post("/hr/seasons", data=said | wrong, headers=OURS)
        assert refused.status_code == status, wrong
        assert why in refused.text
        for name, value in (said | wrong).items():
            assert f'name="{name}"' in refused.text
            assert f'value="{value}"' in refused.text
    assert client.get("/hr/seasons").text.count('<th scope="row"') == 2
