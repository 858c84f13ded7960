"""Requests over HTTP: who may see what, lists in pages, and the code as a picture."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.venues.queries import get_post
from tests.engagement.bowls import make_bowl
from tests.engagement.stories import Evening, committed_evening, decoded
from tests.http import headers_for


@pytest.fixture
def evening(app: Flask) -> Evening:
    return committed_evening(app, now=clock.now())


class Phone:
    """Somebody's phone: signed in, and ready to call the API."""

    def __init__(self, app: Flask, actor: Actor) -> None:
        self.client: FlaskClient = app.test_client()
        self.headers = headers_for(app, actor)

    def get(self, path: str, status: int = 200):
        response = self.client.get(f"/v1{path}", headers=self.headers)
        assert response.status_code == status, response.text
        return response

    def send(self, method: str, path: str, body=None, *, status: int = 200):
        response = self.client.open(f"/v1{path}", method=method, headers=self.headers, json=body)
        assert response.status_code == status, response.text
        return response.json

    def open(self, **body) -> str:
        request_id = str(new_id())
        self.send("PUT", f"/requests/{request_id}", {"category": "seating"} | body, status=201)
        return request_id

    def step(self, request_id: str, step: str, body=None, *, status: int = 200):
        return self.send("POST", f"/requests/{request_id}/{step}", body, status=status)


@pytest.fixture
def alex(app: Flask, evening: Evening) -> Phone:
    return Phone(app, evening.alex)


@pytest.fixture
def blair(app: Flask, evening: Evening) -> Phone:
    return Phone(app, evening.blair)


@pytest.fixture
def supervisor(app: Flask, evening: Evening) -> Phone:
    return Phone(app, evening.supervisor)


def test_a_phone_may_send_a_request_again(alex: Phone, blair: Phone, evening: Evening) -> None:
    request_id = str(new_id())
    body = {"category": "cleaning", "seat": "101-12", "note": "Spilled soda"}
    first = alex.send("PUT", f"/requests/{request_id}", body, status=201)
    assert first["status"] == "open"
    assert first["shares"] == []
    assert alex.send("PUT", f"/requests/{request_id}", body) == first
    assert alex.get(f"/requests/{request_id}").json == first
    for phone, other in ((alex, body | {"seat": "1"}), (blair, body)):
        problem = phone.send("PUT", f"/requests/{request_id}", other, status=409)
        assert problem["type"] == "/problems/id-already-used"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "category"),
        ({"category": "vip"}, "category"),
        ({"category": "other", "note": "a\x00b"}, "note"),
        ({"category": "other", "seat": "x" * 41}, "seat"),
        ({"category": "other", "zone_id": "G1"}, "zone_id"),
        ({"category": "other", "at": "9999-01-01T00:00:00Z"}, "at"),
        ({"category": "other", "at": "2026-02-30T00:00:00Z"}, "at"),
        ({"category": "other", "owner_id": str(new_id())}, "owner_id"),
        ({"category": "other", "greeting_id": str(new_id())}, "greeting_id"),
    ],
)
def test_bad_input_is_named(alex: Phone, body, field: str) -> None:
    problem = alex.send("PUT", f"/requests/{new_id()}", body, status=422)
    assert field in problem["errors"]["json"]


def test_a_lone_surrogate_is_refused(alex: Phone) -> None:
    response = alex.client.put(
        f"/v1/requests/{new_id()}",
        headers=alex.headers | {"Content-Type": "application/json"},
        data=b'{"category": "other", "note": "\\ud83d"}',
    )
    assert response.status_code in {400, 422}


def test_resolving_answers_the_code_and_its_picture(
    app: Flask, alex: Phone, blair: Phone, supervisor: Phone, evening: Evening
) -> None:
    request_id = alex.open()
    assert alex.step(request_id, "accept")["owner_id"] == str(evening.alex.employee_id)
    helper = {"employee_id": str(evening.blair.employee_id), "percent": 20}
    alex.step(request_id, "helpers", helper)
    alex.get(f"/requests/{request_id}/rating-code.svg", 404)
    done = alex.step(request_id, "resolve")
    rating = done["rating"]
    assert done["request"]["status"] == "resolved"
    assert rating["url"] == f"HTTP://ARENA.TEST/R/{rating['code']}"
    assert blair.step(request_id, "resolve") == done
    assert rating["qr_png"] == f"/v1/requests/{request_id}/rating-code.png"
    for phone in (alex, blair):
        png = phone.get(f"/requests/{request_id}/rating-code.png")
        assert png.headers["Cache-Control"] == "no-store"
        assert png.content_type == "image/png"
        assert decoded(png.data) == rating["url"]
    svg = alex.get(f"/requests/{request_id}/rating-code.svg")
    assert svg.content_type == "image/svg+xml"
    assert svg.data.startswith(b"<?xml") or svg.data.startswith(b"<svg")
    problem = supervisor.get(f"/requests/{request_id}/rating-code.svg", 403)
    assert problem.json["type"] == "/problems/not-in-your-hands"


def test_the_losers_of_a_request_are_told(alex: Phone, blair: Phone, evening: Evening) -> None:
    request_id = alex.open()
    blair.step(request_id, "accept")
    problem = alex.step(request_id, "accept", status=409)
    assert problem["type"] == "/problems/request-already-taken"
    problem = alex.step(request_id, "release", status=403)
    assert problem["type"] == "/problems/not-in-your-hands"
    to_alex = {"employee_id": str(evening.alex.employee_id), "keep_percent": 30}
    handed = blair.step(request_id, "hand-over", to_alex)
    assert {share["percent"] for share in handed["shares"]} == {30, 70}
    assert alex.step(request_id, "release")["status"] == "open"
    assert alex.step(request_id, "cancel", {"reason": "Gone home"})["status"] == "cancelled"
    assert alex.step(request_id, "resolve", status=409)["type"] == "/problems/request-closed"
    history = alex.get(f"/requests/{request_id}/history").json["items"]
    assert [step["step"] for step in history] == [
        "opened",
        "accepted",
        "handed_over",
        "released",
        "cancelled",
    ]


def test_another_organisation_sees_nothing(app: Flask, alex: Phone) -> None:
    stranger = Phone(app, committed_evening(app, now=clock.now()).alex)
    request_id = alex.open()
    stranger.get(f"/requests/{request_id}", 404)
    stranger.get(f"/requests/{request_id}/history", 404)
    stranger.get(f"/requests/{request_id}/rating-code.png", 404)
    for step in ("accept", "release", "resolve"):
        problem = stranger.step(request_id, step, status=404)
        assert problem["type"] == "/problems/request-not-found"
    assert stranger.get("/requests").json["items"] == []


def walk(phone: Phone, query: str) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = phone.get(f"/requests?limit=2&{query}{cursor}").json
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


def test_near_is_the_own_zone_first_then_the_oldest(alex: Phone, evening: Evening) -> None:
    gate, section = str(evening.arena.gate_id), str(evening.arena.section_id)
    order = [gate, section, section, gate, section]
    ids = [alex.open(zone_id=zone_id) for zone_id in order]
    taken = alex.open()
    alex.step(taken, "accept")
    assert walk(alex, "scope=near") == [ids[0], ids[3], ids[1], ids[2], ids[4]]
    assert walk(alex, "scope=near&status=resolved") == []


def test_of_the_zones_in_a_row_the_nearest_comes_first(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        bowl = make_bowl(session, now=clock.now())
        codes = {bowl.posts[code]: code for code in ("101", "102", "103", "110")}
        zones = {
            code: get_post(session, organisation_id=bowl.organisation_id, post_id=post).zone.id
            for post, code in codes.items()
        }
    ellis = Phone(app, bowl.ellis)
    order = ["G1", "101", "110", "102", "103", "101"]
    zones["G1"] = bowl.arena.gate_id
    ids = [ellis.open(zone_id=str(zones[code])) for code in order]
    # Ellis is in 103, between 102 and 110; the gate is in no order with sections.
    assert walk(ellis, "scope=near") == [ids[place] for place in (4, 2, 3, 1, 5, 0)]


def test_mine_are_those_that_i_have_a_part_in(alex: Phone, blair: Phone, evening: Evening) -> None:
    ids = [alex.open() for _ in range(4)]
    for request_id in ids[:3]:
        alex.step(request_id, "accept")
    helper = {"employee_id": str(evening.blair.employee_id), "percent": 50}
    alex.step(ids[1], "helpers", helper)
    alex.step(ids[0], "resolve")
    assert walk(alex, "scope=mine") == [ids[2], ids[1], ids[0]]
    assert walk(alex, "scope=mine&status=accepted") == [ids[2], ids[1]]
    assert walk(blair, "scope=mine") == [ids[1]]


def test_all_are_for_supervisors(alex: Phone, supervisor: Phone) -> None:
    ids = [alex.open() for _ in range(3)]
    assert walk(supervisor, "scope=all") == ids[::-1]
    assert walk(supervisor, "scope=near") == ids
    alex.get("/requests?scope=all", 403)


@pytest.mark.parametrize(
    "query",
    [
        "scope=yours",
        "limit=0",
        "limit=x",
        "status=lost",
        "cursor=%00",
        "cursor=WzEsMiwzXQ",
        "cursor=WzEsIjIwMjYtMTEtMjFUMDA6MDA6MDAiLCJ4Il0",
        "page=2",
    ],
)
def test_a_bad_query_is_refused(alex: Phone, query: str) -> None:
    assert alex.get(f"/requests?{query}", 422).json["status"] == 422


def test_a_day_later_an_offline_request_has_no_event(alex: Phone) -> None:
    now = clock.now()
    body = {
        "category": "other",
        "at": (now - timedelta(days=2)).isoformat(),
        "sent_at": now.isoformat(),
    }
    problem = alex.send("PUT", f"/requests/{new_id()}", body, status=409)
    assert problem["type"] == "/problems/no-event-on"
