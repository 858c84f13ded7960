"""Adjustments and appeals over HTTP: who may, what is refused, what the employee sees."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.permissions import GRANTS, Permission, Role, on_phone
from backend.rewards.rules import Merit
from backend.rewards.services import budgets, redemptions
from backend.rewards.services.budgets import Wanted
from backend.venues.models import Season
from tests.factories import make_arena, make_employee
from tests.http import headers_for
from tests.identity.people import problem
from tests.rewards.wallets import give_available, make_reward

World = tuple[Actor, Actor, Actor]
HR = (Role.EMPLOYEE, Role.HR)


@pytest.fixture
def world(app: Flask) -> World:
    """Return an usher and two of HR."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now())
        usher = make_employee(session, arena)
        first, second = (make_employee(session, arena, roles=HR) for _ in range(2))
        return usher, first, second


def call(app: Flask, who: Actor, method: str, path: str, body: Any = None) -> TestResponse:
    client, headers = app.test_client(), headers_for(app, who)
    return client.open(f"/v1{path}", method=method, headers=headers, json=body)


def adjust(app: Flask, who: Actor, whom: Actor, **changed: Any) -> TestResponse:
    body = {"employee_id": str(whom.employee_id), "points": -20, "reason": "Counted twice."}
    return call(app, who, "POST", "/adjustments", body | changed)


def test_an_employee_sees_what_was_taken_appeals_and_has_it_back(app: Flask, world: World) -> None:
    usher, first, second = world
    made = adjust(app, first, usher).get_json()
    assert (made["status"], made["points"]) == ("applied", -20)
    assert call(app, usher, "GET", "/me/points").get_json()["debt"] == -20
    [mine] = call(app, usher, "GET", "/me/adjustments").get_json()["items"]
    assert (mine["id"], mine["reason"]) == (made["id"], "Counted twice.")
    assert "author_id" not in mine
    subject = {"subject_kind": "adjustment", "subject_id": mine["id"]}
    lodged = call(app, usher, "POST", "/appeals", subject | {"statement": " Once. "})
    assert (lodged.status_code, lodged.get_json()["statement"]) == (201, "Once.")
    [waiting] = call(app, second, "GET", "/appeals").get_json()["items"]
    assert (waiting["id"], waiting["overdue"]) == (lodged.get_json()["id"], False)
    path, answer = f"/appeals/{waiting['id']}/grant", {"reason": "It was once."}
    assert problem(call(app, first, "POST", path, answer)) == (409, "not-impartial")
    assert call(app, second, "POST", path, answer).get_json()["status"] == "granted"
    assert call(app, second, "GET", "/appeals").get_json()["items"] == []
    [decided] = call(app, second, "GET", "/appeals?waiting=false").get_json()["items"]
    assert call(app, usher, "GET", "/me/appeals").get_json()["items"] == [decided]
    entries = call(app, usher, "GET", "/me/points/entries").get_json()["items"]
    assert [(one["points"], one["event"], one["explanation"]) for one in entries] == [
        (20, None, "20 points given by HR (It was once)."),
        (-20, None, "20 points taken by HR (Counted twice)."),
    ]


@pytest.mark.parametrize(
    ("cents", "currency", "code"),
    [(100, "USD", "budget-exceeded"), (90_000, "EUR", "budget-in-other-currency")],
)
def test_an_appeal_that_the_budget_does_not_hold_is_refused_and_waits(
    app: Flask, world: World, cents: int, currency: str, code: str
) -> None:
    usher, first, second = world
    lodged = _declined_and_appealed(
        app, world, budget=Wanted(points=10, cents=cents, currency=currency)
    )
    path, answer = f"/appeals/{lodged}/grant", {"reason": "They did it."}
    assert problem(call(app, second, "POST", path, answer)) == (409, code)
    [waiting] = call(app, second, "GET", "/appeals").get_json()["items"]
    assert (waiting["id"], waiting["status"]) == (lodged, "waiting")
    assert call(app, usher, "GET", "/me/points").get_json()["held"] == 0
    assert call(app, first, "GET", "/redemptions?status=asked").get_json()["items"] == []


def _declined_and_appealed(app: Flask, world: World, *, budget: Wanted) -> str:
    """Return an appeal against a declined bonus of a season that has this budget."""
    usher, first, _ = world
    now = clock.now()
    with app.app_context(), transaction() as session:
        season = session.scalars(
            select(Season).where(Season.organisation_id == usher.organisation_id)
        ).one()
        season.starts_on, season.ends_on = date(2020, 1, 1), date(2099, 1, 1)
        give_available(session, usher, points=100, now=now)
        reward = make_reward(session, first, now=now)
        asked = redemptions.ask(
            session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=now
        )
        redemptions.decline(
            session, actor=first, redemption_id=asked.id, seen_version=1, reason="No.", now=now
        )
        budgets.set_budget(
            session, actor=first, season_id=season.id, wanted=budget, seen_version=0, now=now
        )
    subject = {"subject_kind": "redemption", "subject_id": str(asked.id)}
    lodged = call(app, usher, "POST", "/appeals", subject | {"statement": "I did."})
    return str(lodged.get_json()["id"])


def test_pages_of_adjustments_follow_each_other(app: Flask, world: World) -> None:
    usher, first, second = world
    made = [adjust(app, first, usher, points=points).get_json() for points in (1, -2, 300)]
    page = call(app, second, "GET", "/adjustments?limit=2").get_json()
    rest = call(app, second, "GET", f"/adjustments?limit=2&cursor={page['next_cursor']}").get_json()
    assert page["items"] + rest["items"] == made[::-1]
    assert rest["next_cursor"] is None
    [waiting] = call(app, second, "GET", "/adjustments?status=waiting").get_json()["items"]
    assert waiting == made[2]
    theirs = f"/adjustments?employee_id={first.employee_id}"
    assert call(app, second, "GET", theirs).get_json()["items"] == []
    own = call(app, usher, "GET", "/me/adjustments?limit=1").get_json()
    older = call(app, usher, "GET", f"/me/adjustments?limit=1&cursor={own['next_cursor']}")
    assert [one["points"] for one in own["items"] + older.get_json()["items"]] == [-2, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        {"points": 0},
        {"points": 10_001},
        {"points": -10_001},
        {"points": 1.0},
        {"points": "1"},
        {"reason": ""},
        {"reason": " \n "},
        {"reason": "x" * 501},
        {"source_id": None},
    ],
)
def test_what_is_no_adjustment_is_refused_by_field(
    app: Flask, world: World, wrong: dict[str, Any]
) -> None:
    usher, first, _ = world
    answer = adjust(app, first, usher, **wrong)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]["json"]) == list(wrong)
    assert call(app, first, "GET", "/adjustments").get_json()["items"] == []


def test_only_hr_adjusts_and_decides_and_never_with_a_pin_alone(app: Flask, world: World) -> None:
    usher, first, _ = world
    assert problem(adjust(app, usher, first)) == (403, "not-allowed")
    for path in ("/adjustments", "/appeals"):
        assert problem(call(app, usher, "GET", path)) == (403, "not-allowed")
    money = {Permission.ADJUST_POINTS, Permission.DECIDE_APPEALS}
    assert not money & on_phone(GRANTS[Role.HR])
    assert money < GRANTS[Role.HR]
