"""Rules and points over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.rewards.rules import NOTICE
from backend.rewards.services.ledger import accrue, confirm_all_due, reverse
from tests.factories import RULES, Arena, make_arena, make_employee, make_shift
from tests.http import headers_for
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

World = tuple[Arena, Actor, Actor]


@pytest.fixture
def world(app: Flask) -> World:
    """Return an arena whose event is on now, an usher on duty there, and HR."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now())
        usher = make_employee(session, arena)
        make_shift(session, arena, usher)
        return arena, usher, make_employee(session, arena, roles=(Role.HR,))


def earn(app: Flask, arena: Arena, who: Actor, points: int) -> UUID:
    """Give points for a new source and return its id."""
    source_id = new_id()
    with app.app_context(), transaction() as session:
        earnings = [an_earning(who, points, source_id)]
        occasion = an_occasion(session, arena)
        accrue(session, occasion=occasion, earnings=earnings, now=clock.now())
    return source_id


def get(app: Flask, who: Actor, path: str) -> Any:
    answer = app.test_client().get(f"/v1{path}", headers=headers_for(app, who))
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.json


def test_who_has_earned_nothing_sees_nothing(app: Flask, world: World) -> None:
    arena, usher, _ = world
    assert get(app, usher, "/me/points") == {
        "pending": 0,
        "available": 0,
        "held": 0,
        "paid": 0,
        "debt": 0,
        "expired": 0,
        "expiring": [],
        "next_available_at": None,
        "this_evening": {
            "event_id": str(arena.event_id),
            "event": "Home against Away",
            "points": 0,
        },
    }
    assert get(app, usher, "/me/points/entries") == {"items": [], "next_cursor": None}


def test_every_point_is_explained_with_its_source(app: Flask, world: World) -> None:
    arena, usher, hr = world
    sources = [earn(app, arena, usher, points) for points in (10, 6, 4)]
    earn(app, arena, hr, 100)
    with app.app_context():
        with transaction() as session:
            reverse(
                session,
                organisation_id=arena.organisation_id,
                source_id=sources[0],
                reason="the fan corrected it",
                now=clock.now(),
            )
        points = get(app, usher, "/me/points")
        assert (points["pending"], points["available"]) == (10, 0)
        assert points["this_evening"]["points"] == 10
        assert points["next_available_at"].endswith("Z")
        confirm_all_due(now=clock.now() + HOLD)
    earn(app, arena, usher, 1)
    points = get(app, usher, "/me/points")
    assert (points["pending"], points["available"]) == (1, 10)
    first = get(app, usher, "/me/points/entries?limit=3")
    rest = get(app, usher, f"/me/points/entries?limit=3&cursor={first['next_cursor']}")
    assert rest["next_cursor"] is None
    entries = first["items"] + rest["items"]
    assert [(entry["points"], entry["state"]) for entry in entries] == [
        (1, "pending"),
        (4, "confirmed"),
        (6, "confirmed"),
        (10, "reversed"),
    ]
    assert [entry["source_id"] for entry in entries[1:]] == [str(one) for one in sources[::-1]]
    assert entries[0]["due_at"]
    assert entries[0]["confirmed_at"] is None
    assert entries[-1]["explanation"] == (
        "10 points for a request that was resolved at Home against Away: "
        "taken back (the fan corrected it)."
    )
    assert get(app, hr, f"/employees/{usher.employee_id}/points/entries")["items"] == entries


def test_the_points_of_others_are_not_for_employees(app: Flask, world: World) -> None:
    _, usher, hr = world
    client = app.test_client()
    path = f"/v1/employees/{hr.employee_id}/points/entries"
    assert client.get(path, headers=headers_for(app, usher)).status_code == 403
    assert client.get("/v1/me/points").status_code == 401


def test_another_organisations_employee_does_not_exist_here(app: Flask, world: World) -> None:
    _, _, hr = world
    with app.app_context(), transaction() as session:
        stranger = make_employee(session, make_arena(session))
    for unknown in (stranger.employee_id, new_id()):
        path = f"/v1/employees/{unknown}/points/entries"
        assert app.test_client().get(path, headers=headers_for(app, hr)).status_code == 404


@pytest.mark.parametrize("cursor", ["x", "WzFd", "WyJ4Il0", "bnVsbA", "e30", "%00"])
def test_a_foreign_cursor_is_refused(app: Flask, world: World, cursor: str) -> None:
    _, usher, _ = world
    path = f"/v1/me/points/entries?cursor={cursor}"
    answer = app.test_client().get(path, headers=headers_for(app, usher))
    assert answer.status_code == 422
    assert "cursor" in answer.get_json()["errors"]["query"]


def test_rules_are_published_with_notice_and_their_bound(app: Flask, world: World) -> None:
    _, _, hr = world
    headers, client = headers_for(app, hr), app.test_client()
    document = RULES | {"resolved": {"points": 20, "cap_per_shift": 10}}
    published = client.post("/v1/rules", json={"document": document}, headers=headers)
    assert published.status_code == 201
    listed = get(app, hr, "/rules")["items"]
    assert [(one["number"], one["current"]) for one in listed] == [(2, False), (1, True)]
    assert [one["most_points_per_shift"] for one in listed] == [540, 540]
    assert listed[0] == published.json
    assert listed[0]["document"] == document
    page = get(app, hr, "/rules?limit=1")
    assert [one["number"] for one in page["items"]] == [2]
    page = get(app, hr, f"/rules?limit=1&cursor={page['next_cursor']}")
    assert [one["number"] for one in page["items"]] == [1]


def test_rules_never_reach_into_the_past(app: Flask, world: World) -> None:
    _, _, hr = world
    headers, client = headers_for(app, hr), app.test_client()
    soon = clock.now() + NOTICE - timedelta(seconds=5)
    body = {"document": RULES, "effective_from": soon.isoformat()}
    answer = client.post("/v1/rules", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (422, "/problems/rules-too-soon")
    body["effective_from"] = (clock.now() + timedelta(days=1)).isoformat()
    assert client.post("/v1/rules", json=body, headers=headers).status_code == 201
    answer = client.post("/v1/rules", json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/rules-moment-taken")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hold_hours": 0}, "hold_hours"),
        ({"hold_hours": 2**62}, "hold_hours"),
        ({"hold_hours": "72"}, "hold_hours"),
        ({"greeting": {"points": 1, "cap_per_shift": 40}}, "spacing_seconds"),
        ({"greeting": None}, "greeting"),
        ({"resolved": {"points": -1, "cap_per_shift": 20}}, "points"),
        ({"resolved": {"points": 10.0, "cap_per_shift": 20}}, "points"),
        ({"resolved": {"points": 10, "cap_per_shift": 20, "colour": 1}}, "colour"),
        (
            {"rating": {"points_by_stars": [5, 0, 0, 0, 0], "cap_per_shift": 1}},
            "rating.points_by_stars",
        ),
        (
            {"rating": {"points_by_stars": [1.5, 2, 2, 2, 2], "cap_per_shift": 1}},
            "points_by_stars",
        ),
        ({"bonus": 1}, "bonus"),
    ],
)
def test_rules_out_of_bounds_are_refused_by_field(
    app: Flask, world: World, change: dict[str, Any], field: str
) -> None:
    _, _, hr = world
    answer = app.test_client().post(
        "/v1/rules", json={"document": RULES | change}, headers=headers_for(app, hr)
    )
    assert answer.status_code == 422
    assert f'"{field}"' in answer.get_data(as_text=True)
    assert len(get(app, hr, "/rules")["items"]) == 1


def test_only_hr_reads_and_publishes_rules(app: Flask, world: World) -> None:
    _, usher, _ = world
    headers, client = headers_for(app, usher), app.test_client()
    assert client.get("/v1/rules", headers=headers).status_code == 403
    assert client.post("/v1/rules", json={"document": RULES}, headers=headers).status_code == 403


def test_a_stock_is_changed_by_whoever_read_what_is_left(app: Flask, world: World) -> None:
    _, usher, hr = world
    with app.app_context(), transaction() as session:
        reward = make_reward(session, hr, now=clock.now(), stock=3)
        give_available(session, usher, points=100, now=clock.now())
    path, asker = f"/v1/rewards/{reward.id}", headers_for(app, usher)
    headers, client = headers_for(app, hr), app.test_client()
    wanted = {"reward_id": str(reward.id), "reward_version": 1}
    assert client.post("/v1/redemptions", json=wanted, headers=asker).status_code == 201
    to = {"version": 1, "stock": 10}
    answer = client.patch(path, json=to, headers=headers)
    assert (answer.status_code, answer.get_json()["errors"]["json"].keys()) == (422, {"seen_stock"})
    answer = client.patch(path, json=to | {"seen_stock": 3}, headers=headers)
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/reward-changed")
    words = client.patch(path, json={"version": 1, "description": "Warm."}, headers=headers)
    assert (words.status_code, words.get_json()["stock"]) == (200, 2)
    to |= {"version": 2, "seen_stock": 2}
    counted = client.patch(path, json=to, headers=headers)
    assert (counted.status_code, counted.get_json()["stock"]) == (200, 10)
