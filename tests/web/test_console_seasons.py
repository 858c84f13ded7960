"""What the console says of seasons: how far a closing is, and which one a draft is tried on."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.venues.models import Season
from backend.venues.queries.closings import list_snapshots
from backend.venues.rules import SETTLING, SeasonStatus
from backend.venues.services import closings
from tests.browser.world import World, make_world
from tests.web.test_console import signed_in


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
