"""Who asks and is no fan: helped like everybody, and what they rate waits for a person."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from backend.engagement.models import Rating, RatingHold, Request
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.guard import marks
from backend.integrity.models import RequestSignal
from backend.integrity.rules.suspicions import (
    SOLVED_AT_ONCE_SECONDS,
    SOLVED_BEFORE,
    solved_at_once,
)
from backend.integrity.services import sightings
from backend.settings import Settings
from tests.engagement.fans import Stand, make_stand

LATER = timedelta(minutes=3)


@pytest.fixture
def stand(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """Return a stand whose phones are looked at."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    monkeypatch.setitem(app.extensions, "on_the_spot.settings", _screening(settings))
    return make_stand(app)


def _screening(settings: Settings) -> Settings:
    values = {name: getattr(settings, name) for name in settings.__dataclass_fields__}
    return Settings(**values | {"screening": True})


def help_and_rate(stand: Stand, token: str, helper: Actor, *, after: timedelta = LATER) -> str:
    """Let ``helper`` solve what was asked, and a phone of nobody in particular rate it."""
    began = clock.now()
    with time_machine.travel(began + after):
        request_id = stand.solve(helper)
    with time_machine.travel(began + after + timedelta(minutes=2)):
        code = stand.follow(token)["rating_code"]
        fan = stand.app.test_client()
        answer = fan.post(
            f"/v1/ratings/{code}",
            json={"stars": 5},
            headers={"User-Agent": f"a phone of {token}"},
        )
        assert answer.status_code == 201
        return request_id


def held_for(stand: Stand, request_id: str) -> tuple[str, str]:
    """Return how the rating of a request stands, and why it waits."""
    with stand.app.app_context(), reading() as session:
        state, why = session.execute(
            select(Rating.state, RatingHold.suspicions)
            .outerjoin(
                RatingHold,
                (RatingHold.organisation_id == Rating.organisation_id)
                & (RatingHold.rating_id == Rating.id),
            )
            .where(
                Rating.organisation_id == stand.owner,
                Rating.request_id == UUID(request_id),
            )
        ).one()
    return str(state), why or ""


def test_what_a_fan_asks_for_is_believed(stand: Stand) -> None:
    request_id = help_and_rate(stand, stand.asked(), stand.bowl.alex)
    assert held_for(stand, request_id) == ("accepted", "")


@pytest.mark.parametrize("by", ["themselves", "a colleague"])
def test_what_a_phone_of_staff_asks_for_waits_whoever_solves_it(stand: Stand, by: str) -> None:
    browser = stand.app.test_client()
    for path in marks.PATHS:
        browser.set_cookie(marks.COOKIE, "1", path=path, domain="localhost")
    page = browser.get(f"/ask/{stand.section_code}").text
    ask_id = page.partition('name="id" value="')[2].partition('"')[0]
    asked = browser.post(f"/ask/{stand.section_code}", data={"id": ask_id, "category": "cleaning"})
    assert asked.status_code == 303
    token = asked.headers["Location"].rsplit("/", 1)[-1]
    helper = stand.bowl.alex if by == "themselves" else stand.bowl.blair
    points = stand.points(helper)
    request_id = help_and_rate(stand, token, helper)
    assert held_for(stand, request_id) == ("held", "asked_by_staff")
    resolved_only = stand.points(helper) - points
    [waiting] = stand.call(stand.hr, "GET", "/reviews")[1]["items"]
    assert waiting["suspicions"] == ["asked_by_staff"]
    assert 0 < resolved_only < 25
    stand.must_hold()


def test_so_does_what_a_session_of_staff_asks_for(stand: Stand) -> None:
    body = {"place_code": stand.section_code, "category": "cleaning"}
    body["id"] = "0192f0a0-0000-7000-8000-00000000a5ce"
    status, ask = stand.call(stand.bowl.alex, "POST", "/asks", body)
    assert status == 201
    request_id = help_and_rate(stand, ask["token"], stand.bowl.alex)
    assert held_for(stand, request_id) == ("held", "asked_by_staff")


def test_what_is_solved_as_soon_as_it_is_asked_waits(stand: Stand) -> None:
    quick = timedelta(seconds=SOLVED_AT_ONCE_SECONDS - 1)
    request_id = help_and_rate(stand, stand.asked(), stand.bowl.alex, after=quick)
    assert held_for(stand, request_id) == ("held", "asked_and_solved")


def test_what_one_person_solves_again_and_again_at_one_place_waits(stand: Stand) -> None:
    began, held = clock.now(), []
    tokens = [stand.asked() for _ in range(SOLVED_BEFORE + 1)]
    for number, token in enumerate(tokens):
        with time_machine.travel(began + timedelta(minutes=1, seconds=20 * number)):
            held.append((token, stand.solve(stand.bowl.alex)))
    with time_machine.travel(began + timedelta(minutes=30)):
        for token, request_id in held:
            code = stand.follow(token)["rating_code"]
            stand.app.test_client().post(
                f"/v1/ratings/{code}", json={"stars": 5}, headers={"User-Agent": request_id}
            )
    assert [held_for(stand, one)[1] for _, one in held] == [""] * SOLVED_BEFORE + [
        "asked_and_solved"
    ]


def test_what_was_opened_anew_by_a_phone_of_staff_waits(stand: Stand) -> None:
    token = stand.asked()
    with time_machine.travel(clock.now() + LATER):
        stand.solve(stand.bowl.alex)
        status, _ = stand.call(stand.bowl.alex, "POST", f"/asks/{token}/unsolved")
        assert status == 200
    with time_machine.travel(clock.now() + LATER):
        request_id = help_and_rate(stand, token, stand.bowl.blair)
    assert held_for(stand, request_id) == ("held", "asked_by_staff")


def test_it_is_forgotten_with_the_other_signals(stand: Stand) -> None:
    help_and_rate(stand, stand.asked(), stand.bowl.alex, after=timedelta(seconds=1))

    def left(now: datetime) -> int:
        with stand.app.app_context():
            with transaction() as session:
                sightings.forget_old(session, now=now)
            with reading() as session:
                kept = select(RequestSignal).where(RequestSignal.organisation_id == stand.owner)
                return len(session.scalars(kept).all())

    assert left(clock.now() + timedelta(days=29)) == 1
    assert left(clock.now() + timedelta(days=31)) == 0


@pytest.mark.parametrize(
    ("seconds", "before", "suspected"),
    [(29, 0, True), (30, 0, False), (600, 2, False), (600, 3, True)],
)
def test_solved_sooner_than_people_can(seconds: int, before: int, suspected: bool) -> None:
    assert solved_at_once(seconds=seconds, before=before) is suspected


def test_who_opened_it_is_still_nobody(stand: Stand) -> None:
    stand.asked()
    with stand.app.app_context(), reading() as session:
        rows = select(Request.opened_by).where(Request.organisation_id == stand.owner)
        assert session.scalars(rows).all() == [None]
