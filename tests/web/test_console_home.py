"""What the console's first page says of work that waits, and of how the figures go."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import RatingAnswer, RequestFollowUp
from backend.engagement.rules import Moment
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from backend.rewards.rules import REVERSIBLE_AFTER, Reversible
from backend.rewards.services import adjustments
from backend.venues.models import Event
from tests.browser.world import World, console_access, make_world
from tests.engagement.stories import accepted
from tests.factories import make_employee
from tests.insight.rows import make_event
from tests.rewards.wallets import give_available
from tests.web.crews import hold_rating, make_nights
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_adjustments import appealed
from tests.web.wishes import another_of_hr


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def work(client: FlaskClient) -> list[tuple[str, int]]:
    """Return what the first page says that waits, in its order."""
    found = re.findall(
        r'<li><a href="(/hr/[a-z-]+(?:[?]show=[a-z]+)?)">[^<]*</a> '
        r'<span class="count">(\d+)</span>',
        client.get("/hr").text,
    )
    return [(address, int(number)) for address, number in found]


def leave_over(world: World) -> None:
    """Leave a request to its owner after the event, who has let a day go by."""
    evening, now = world.evening, clock.now()
    with world.app.app_context(), transaction() as session:
        left = accepted(session, evening.alex, moment=Moment.present(now))
        session.add(
            RequestFollowUp(
                organisation_id=evening.organisation_id,
                request_id=left.id,
                employee_id=evening.alex.employee_id,
                created_at=now - timedelta(days=2),
                due_at=now - timedelta(days=1),
            )
        )


def test_of_a_long_season_the_last_event_is_on_the_first_page(
    client: FlaskClient, world: World
) -> None:
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        for days in (*[3] * 200, 2):
            make_event(
                session,
                world.evening.arena,
                held_on=(now - timedelta(days=days)).date(),
                attendance=100,
                starts_at=now - timedelta(days=days),
            )
    last = f"Game of {(now - timedelta(days=2)).date()}"
    assert last in words(client.get("/hr"))


def test_what_waits_is_on_the_first_page_the_oldest_first_until_it_is_done(
    client: FlaskClient, world: World
) -> None:
    before = dict(work(client))
    assert "/hr/reviews" not in before
    held = hold_rating(world, world.evening.alex)
    hold_rating(world, world.evening.blair)
    leave_over(world)
    now = work(client)
    assert dict(now) == before | {"/hr/reviews": 2, "/hr/follow-ups": 1}
    addresses = [address for address, _ in now]
    assert addresses.index("/hr/follow-ups") < addresses.index("/hr/reviews")
    assert "Alex Usher –" in words(client.get("/hr/follow-ups"))
    assert "Nothing was followed up yet." in words(client.get("/hr/follow-ups?show=done"))
    assert client.get("/hr/follow-ups?show=none").status_code == 422
    form = {"reason": "It was not the fan.", "seen_version": "1"}
    client.post(f"/hr/reviews/{held}/reject", data=form, headers=OURS)
    assert dict(work(client))["/hr/reviews"] == 1


def test_a_proposed_adjustment_waits_for_another_person_alone(
    client: FlaskClient, world: World
) -> None:
    form = {"points": "100", "reason": "Saved a life."}
    path = f"/hr/adjustments/of/{world.evening.alex.employee_id}"
    assert client.post(path, data=form, headers=OURS).status_code == 303
    assert "/hr/adjustments" not in dict(work(client))
    _, theirs = another_of_hr(world)
    assert dict(work(theirs))["/hr/adjustments"] == 1


def test_the_figures_are_drawn_over_the_events_that_have_them(
    client: FlaskClient, world: World
) -> None:
    make_nights(world, greeted=(500, 870, 1_200))
    page = client.get("/hr").text
    said = re.search(r'aria-label="(Fans greeted: [^"]*)"', page)
    assert said
    assert "50.0\u202f% at Game of 2026-10-01" in said[1]
    [drawing] = re.findall(r"<svg[^>]*Fans greeted.*?</svg>", page, re.S)
    heights = [
        float(y) for y in re.findall(r'<circle class="dot" cx="[0-9.]+" cy="([0-9.]+)"', drawing)
    ]
    # A share that passes one is drawn at the top, and not outside.
    assert len(heights) == 4
    assert heights[:3] == sorted(heights[:3], reverse=True)
    assert min(heights) == 0
    assert max(heights) <= 240


def test_who_may_not_decide_is_told_of_no_work(app: Flask, world: World) -> None:
    hold_rating(world, world.evening.alex)
    with app.app_context(), transaction() as session:
        lead = make_employee(session, world.evening.arena, roles=(Role.EMPLOYEE, Role.SUPERVISOR))
        email, totp = console_access(app, session, lead)
    client = app.test_client()
    sign_in(client, email, totp)
    assert "/hr/reviews" not in client.get("/hr").text


def test_fives_that_were_taken_back_are_told_beside_the_share(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    assert "HR took back" not in words(client.get("/hr"))
    five = select(RatingAnswer.id).where(
        RatingAnswer.organisation_id == alex.organisation_id, RatingAnswer.stars == 5
    )
    with world.app.app_context(), transaction() as session:
        adjustments.reverse(
            session,
            actor=world.hr,
            source_kind=Reversible.RATING,
            source_id=session.scalars(five.limit(1)).one(),
            reason="Friends.",
            now=clock.now() + REVERSIBLE_AFTER,
        )
    page = words(client.get("/hr"))
    assert "Without 1 that HR took back" in page


def test_a_supervisor_reads_the_ten_at_the_top_without_their_ratings(
    app: Flask, world: World
) -> None:
    with app.app_context(), transaction() as session:
        roles = (Role.EMPLOYEE, Role.SUPERVISOR)
        who = make_employee(session, world.evening.arena, name="Sue Super", roles=roles)
        email, totp = console_access(app, session, who)
    reader = app.test_client()
    sign_in(reader, email, totp)
    page = reader.get("/hr")
    assert page.status_code == 200
    told = words(page)
    assert "Alex Usher" in told
    assert "The ten at the top; everybody is for HR." in told
    assert " Fives " not in told


def test_the_boards_beside_tonight_are_those_of_its_week_and_month(
    client: FlaskClient, world: World
) -> None:
    now, arena = clock.now(), world.evening.arena
    with world.app.app_context(), transaction() as session:
        last = session.get_one(Event, (arena.organisation_id, arena.event_id))
        last.doors_at = last.starts_at = now - timedelta(days=40)
        last.ends_at, last.held_on = now - timedelta(days=39), (now - timedelta(days=40)).date()
        tonight = make_event(
            session, arena, held_on=now.date(), starts_at=now - timedelta(minutes=5)
        )
    here, asked = client.get("/hr").text, client.get(f"/hr?event={tonight}").text
    assert "Tonight: Game of" in here
    for page in (here, asked):
        week = now.date().isocalendar()
        assert f">Week {week.week}, {week.year}</a>" in page
        assert f">{now:%B %Y}</a>" in page


def test_an_appeal_waits_for_those_who_had_no_part_in_it(client: FlaskClient, world: World) -> None:
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        give_available(session, alex, points=50, now=clock.now())
    said = {"points": "-20", "reason": "A complaint."}
    client.post(f"/hr/adjustments/of/{alex.employee_id}", data=said, headers=OURS)
    appealed(world, alex)
    assert work(client) == []
    assert work(another_of_hr(world)[1]) == [("/hr/appeals", 1)]
