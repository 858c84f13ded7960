"""HR's pages of held ratings: why they wait, who decides, what it leaves in the books."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import Rating
from backend.engagement.rules import RatingState
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from tests.browser.world import World, console_access, make_world
from tests.engagement.suspects import state_of
from tests.factories import make_employee, make_shift
from tests.web.crews import hold_rating
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def post(client: FlaskClient, rating_id: UUID, act: str, **form: str) -> Any:
    return client.post(f"/hr/reviews/{rating_id}/{act}", data=form, headers=OURS)


def stands(world: World, rating_id: UUID) -> RatingState:
    with world.app.app_context(), reading() as session:
        return state_of(session, world.evening, rating_id)


def acts_on(world: World, rating_id: UUID) -> list[tuple[str, dict[str, Any]]]:
    with world.app.app_context(), reading() as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.subject_id == rating_id).order_by(AuditRow.id)
        )
        return [(row.act, row.detail) for row in rows]


def test_what_waits_is_shown_with_its_reasons_and_what_lies_beside_it(
    client: FlaskClient, world: World
) -> None:
    alex, blair = world.evening.alex, world.evening.blair
    first, second = hold_rating(world, alex), hold_rating(world, blair)
    listed = words(client.get("/hr/reviews"))
    assert "Alex Usher" in listed
    assert "It came from a phone that staff use." in listed
    page = words(client.get(f"/hr/reviews/{first}"))
    assert "Alex Usher: held rating" in page
    assert re.search(r"Similar ratings of that day .* Blair Gates 5 Waits for a person", page)
    assert f"/hr/reviews/{second}" in client.get("/hr/reviews").text


@pytest.mark.parametrize(
    ("act", "state"), [("accept", RatingState.ACCEPTED), ("reject", RatingState.REJECTED)]
)
def test_a_decision_is_made_once_and_is_in_the_audit(
    client: FlaskClient, world: World, act: str, state: RatingState
) -> None:
    held = hold_rating(world, world.evening.alex)
    done = post(client, held, act, reason="I have asked the usher.", seen_version="1")
    assert done.headers["Location"] == f"/hr/reviews?done=rating_{state}"
    assert stands(world, held) is state
    [(said, detail)] = acts_on(world, held)
    assert said == f"rating.{state}"
    assert detail["reason"] == "I have asked the usher."
    assert "Nothing waits." in words(client.get("/hr/reviews"))
    assert "I have asked the usher." in words(client.get(f"/hr/reviews/{held}"))
    again = post(client, held, "accept", reason="Once more.", seen_version="1")
    assert again.status_code == 409
    assert stands(world, held) is state


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"reason": " ", "seen_version": "1"}, "reason-wrong"),
        ({"reason": "x" * 281, "seen_version": "1"}, "reason-wrong"),
        ({"reason": "Fine.", "seen_version": "many"}, "Nothing was changed."),
        ({"reason": "Fine.", "seen_version": "2"}, "Nothing was changed."),
        ({}, "reason-wrong"),
    ],
)
def test_a_bad_decision_is_shown_again_and_nothing_is_changed(
    client: FlaskClient, world: World, form: dict[str, str], message: str
) -> None:
    held = hold_rating(world, world.evening.alex)
    page = post(client, held, "accept", **form)
    assert page.status_code in {409, 422}
    assert message in page.text
    assert stands(world, held) is RatingState.HELD


def test_what_somebody_asks_is_read_by_whoever_decides_and_it_goes_on_waiting(
    client: FlaskClient, world: World
) -> None:
    held = hold_rating(world, world.evening.alex)
    done = post(client, held, "ask", question="Who <stood> at the gate?")
    assert done.headers["Location"] == f"/hr/reviews/{held}?done=asked"
    assert "“Who <stood> at the gate?”" in words(client.get(f"/hr/reviews/{held}"))
    assert "1 asked" in words(client.get("/hr/reviews"))
    assert stands(world, held) is RatingState.HELD
    assert acts_on(world, held) == [("rating.asked", {"question": "Who <stood> at the gate?"})]
    assert post(client, held, "ask", question="  ").status_code == 422
    post(client, held, "reject", reason="Nobody did.", seen_version="1")
    assert post(client, held, "ask", question="Sure?").status_code == 409
    assert [act for act, _ in acts_on(world, held)] == ["rating.asked", "rating.rejected"]


def test_a_question_that_is_sent_twice_is_asked_once(client: FlaskClient, world: World) -> None:
    rating_id = hold_rating(world, world.evening.blair)
    form = re.findall(r'name="(once)" value="([^"]*)"', client.get(f"/hr/reviews/{rating_id}").text)
    for _ in range(2):
        done = post(client, rating_id, "ask", question="Who was there?", **dict(form))
        assert done.status_code == 303
    assert [act for act, _ in acts_on(world, rating_id)].count("rating.asked") == 1


def test_one_about_oneself_is_nowhere(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        arena = world.evening.arena
        hr = make_employee(session, arena, roles=(Role.EMPLOYEE, Role.HR))
        make_shift(session, arena, hr)
        email, totp = console_access(app, session, hr)
    client = app.test_client()
    assert sign_in(client, email, totp).status_code == 303
    held = hold_rating(world, hr)
    assert "Nothing waits." in words(client.get("/hr/reviews"))
    assert client.get(f"/hr/reviews/{held}").status_code == 404
    assert post(client, held, "ask", question="Who suspects me?").status_code == 404
    assert acts_on(world, held) == []


def test_a_stranger_and_a_forged_form_do_nothing(
    app: Flask, client: FlaskClient, world: World
) -> None:
    held = hold_rating(world, world.evening.alex)
    stranger = app.test_client()
    assert stranger.get("/hr/reviews").headers["Location"] == "/hr/sign-in"
    form = {"reason": "Mine.", "seen_version": "1"}
    assert client.post(f"/hr/reviews/{held}/accept", data=form).status_code == 403
    assert client.get(f"/hr/reviews/{NOBODY}").status_code == 404
    assert stands(world, held) is RatingState.HELD


def test_the_steps_of_a_deed_do_not_tell_its_helper_that_a_rating_is_held(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        make_shift(session, world.evening.arena, world.hr)
    rating_id = hold_rating(world, world.hr)
    with world.app.app_context(), reading(world.hr.organisation_id) as session:
        request_id = session.get_one(Rating, (world.hr.organisation_id, rating_id)).request_id
    page = client.get(f"/hr/deeds/request/{request_id}").text
    assert "It was not rated" in page
    assert "The fan" not in page
