"""Venues, seasons, events and shifts over HTTP."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from backend.venues.problems import SeasonsOverlap
from backend.venues.services import seasons
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.http import headers_for

GAME = {
    "code": "G2",
    "name": "Another game",
    "doors_at": "2026-12-01T23:00:00Z",
    "starts_at": "2026-12-02T00:00:00Z",
    "ends_at": "2026-12-02T03:00:00Z",
}

INSTANTS = ("doors_at", "starts_at", "ends_at")


@dataclass(frozen=True, kw_only=True)
class World:
    """A committed arena and its people, signed in."""

    client: FlaskClient
    arena: Arena
    people: dict[str, Actor]
    headers: dict[str, dict[str, str]]

    def call(self, method: str, path: str, body: Any = None, *, as_: str = "hr") -> Any:
        return self.client.open(f"/v1{path}", method=method, json=body, headers=self.headers[as_])


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """Yield a world in which it is NOW."""
    with time_machine.travel(NOW, tick=False):
        with app.app_context(), transaction() as session:
            arena = make_arena(session)
            people = {
                "hr": make_employee(session, arena, roles=(Role.HR,)),
                "lead": make_employee(session, arena, roles=(Role.SUPERVISOR,)),
                "usher": make_employee(session, arena),
                "stranger": make_employee(session, make_arena(session), roles=(Role.HR,)),
            }
            make_shift(session, arena, people["usher"])
        headers = {name: headers_for(app, actor) for name, actor in people.items()}
        yield World(client=app.test_client(), arena=arena, people=people, headers=headers)


def a_game(world: World, **changes: Any) -> dict[str, Any]:
    return GAME | {"venue_id": str(world.arena.venue_id)} | changes


def test_an_event_is_made_listed_and_read(world: World) -> None:
    made = world.call("POST", "/events", a_game(world))
    assert made.status_code == 201
    event = made.json
    assert event["held_on"] == "2026-12-01"
    assert event["season_id"] == str(world.arena.season_id)
    assert event["attendance"] is None
    assert world.call("GET", f"/events/{event['id']}", as_="usher").json == event
    listed = world.call("GET", "/events?from=2026-11-30T00:00:00Z", as_="usher").json
    assert listed == {"items": [event], "next_cursor": None}


@pytest.mark.parametrize("typed", ["Game 7 ", " Game  7", "Game\t7", "Game\u200b 7", "Game\u00a07"])
def test_what_is_made_by_hand_is_named_as_by_file(world: World, typed: str) -> None:
    days = {"starts_on": "2027-07-01", "ends_on": "2028-06-30"}
    assert world.call("POST", "/seasons", {"name": typed} | days).json["name"] == "Game 7"
    event = world.call("POST", "/events", a_game(world, code=typed, name=typed)).json
    assert (event["code"], event["name"]) == ("Game 7", "Game 7")
    renamed = world.call("PATCH", f"/events/{event['id']}", {"name": f"{typed} "}).json
    assert renamed["name"] == "Game 7"
    cells = ",".join(str(event[name]) for name in INSTANTS)
    columns = "code,venue_code,season,name,doors_at,starts_at,ends_at"
    answer = world.client.post(
        "/v1/imports/events",
        data=f'{columns}\n"{typed}",ARENA,2026-27,Game 7,{cells}\n'.replace("\t", " "),
        headers=world.headers["hr"] | {"Content-Type": "text/csv"},
    )
    assert answer.json == {"rows": 1, "added": 0, "changed": 0, "unchanged": 1}


def test_events_come_in_pages(world: World) -> None:
    world.call("POST", "/events", a_game(world))
    first = world.call("GET", "/events?limit=1").json
    second = world.call("GET", f"/events?limit=1&cursor={first['next_cursor']}").json
    assert [event["code"] for event in first["items"] + second["items"]] == ["2026-11-21", "G2"]
    assert second["next_cursor"] is None
    for cursor in ("x", "W10", "WyIyMDI2LTExLTIxIiwgIngiXQ", "WyI5OTk5LTEyLTMxVDIzOjU5IiwgIngiXQ"):
        assert world.call("GET", f"/events?cursor={cursor}").status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"doors_at": "2026-12-02T00:00:01Z"}, "doors_at"),
        ({"ends_at": "2026-12-02T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2026-12-03T00:00:00Z"}, "ends_at"),
        ({"attendance": 24_376}, "attendance"),
        ({"attendance": -1}, "attendance"),
        ({"attendance": 1.0}, "attendance"),
        ({"starts_at": "9999-12-31T23:59:59Z"}, "starts_at"),
        ({"starts_at": "2026-02-30T00:00:00Z"}, "starts_at"),
        ({"starts_at": "2026-12-02T00:00:00"}, "starts_at"),
        ({"name": "A\x00B"}, "name"),
        ({"held_on": "2026-12-01"}, "held_on"),
    ],
)
def test_what_cannot_be_an_event_is_refused_by_field(
    world: World, change: dict[str, Any], field: str
) -> None:
    answer = world.call("POST", "/events", a_game(world, **change))
    assert answer.status_code == 422
    assert field in answer.json["errors"]["json"]


def test_an_event_needs_its_own_code_a_venue_and_a_season(world: World) -> None:
    again = world.call("POST", "/events", a_game(world, code="2026-11-21"))
    assert (again.status_code, again.json["type"]) == (409, "/problems/event-code-taken")
    foreign = world.call("POST", "/events", a_game(world), as_="stranger")
    assert (foreign.status_code, foreign.json["type"]) == (404, "/problems/venue-not-found")
    year = {
        name: GAME[name].replace("2026", "2028") for name in ("doors_at", "starts_at", "ends_at")
    }
    summer = world.call("POST", "/events", a_game(world, **year))
    assert summer.json["errors"] == {"json": {"starts_at": ["No season covers 2028-12-01."]}}


def test_attendance_is_set_by_hr_and_every_change_of_it_is_audited(
    app: Flask, world: World
) -> None:
    path = f"/events/{world.arena.event_id}"
    assert world.call("PATCH", path, {"attendance": 19_000}).json["attendance"] == 19_000
    assert world.call("PATCH", path, {"attendance": 19_000}).status_code == 200
    assert world.call("PATCH", path, {"attendance": None}).json["attendance"] is None
    too_many = world.call("PATCH", path, {"attendance": 24_376}).json
    assert "standing room" in too_many["errors"]["json"]["attendance"][0]
    assert world.call("PATCH", path, {"attendance": 1}, as_="usher").status_code == 403
    assert world.call("PATCH", path, {"attendance": 1}, as_="lead").status_code == 403
    assert world.call("PATCH", path, {"attendance": 1}, as_="stranger").status_code == 404
    with app.app_context(), transaction() as session:
        rows = session.scalars(
            select(AuditRow)
            .where(AuditRow.subject_id == world.arena.event_id)
            .order_by(AuditRow.id)
        ).all()
        assert {(row.act, row.actor_id) for row in rows} == {
            ("event.attendance_set", world.people["hr"].employee_id)
        }
        assert [row.detail for row in rows] == [
            {"from": None, "to": 19_000},
            {"from": 19_000, "to": None},
        ]


def test_an_event_that_has_begun_keeps_its_day(world: World) -> None:
    path = f"/events/{world.arena.event_id}"
    assert world.call("PATCH", path, {"ends_at": "2026-11-21T23:00:00Z"}).status_code == 200
    later = {name: GAME[name] for name in INSTANTS}
    moved = world.call("PATCH", path, later)
    assert (moved.status_code, moved.json["type"]) == (409, "/problems/event-begun")
    future = world.call("POST", "/events", a_game(world)).json
    moved = world.call("PATCH", f"/events/{future['id']}", {"doors_at": "2026-12-01T22:00:00Z"})
    assert moved.json["doors_at"] == "2026-12-01T22:00:00Z"


def test_seasons_are_made_listed_and_do_not_overlap(world: World) -> None:
    season = {"name": "2027-28", "starts_on": "2027-07-01", "ends_on": "2028-06-30"}
    made = world.call("POST", "/seasons", season)
    assert made.status_code == 201
    first = world.call("GET", "/seasons?limit=1", as_="usher").json
    assert first["items"] == [made.json]
    second = world.call("GET", f"/seasons?limit=1&cursor={first['next_cursor']}").json
    assert [one["name"] for one in second["items"]] == ["2026-27"]
    for change, status, code in (
        ({"name": "Other"}, 409, "seasons-overlap"),
        ({"starts_on": "2030-07-01", "ends_on": "2030-08-01"}, 409, "season-name-taken"),
        ({"name": "Other", "ends_on": "2027-06-30"}, 422, "season-refused"),
        ({"name": "Other", "ends_on": "9999-06-30"}, 422, "invalid"),
    ):
        answer = world.call("POST", "/seasons", season | change)
        assert (answer.status_code, answer.json["type"]) == (status, f"/problems/{code}")
    assert world.call("POST", "/seasons", season, as_="usher").status_code == 403


def test_of_overlapping_seasons_made_at_once_one_is_made(app: Flask, world: World) -> None:
    gate = threading.Barrier(4)
    made: list[bool] = []

    def create(number: int) -> None:
        gate.wait()
        try:
            with app.app_context(), transaction() as session:
                seasons.create(
                    session,
                    actor=world.people["hr"],
                    name=f"Season {number}",
                    starts_on=date(2030, 1, 1) + timedelta(days=number),
                    ends_on=date(2030, 12, 31),
                    now=NOW,
                )
            made.append(True)
        except SeasonsOverlap:
            made.append(False)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False, False, False, True]


def test_a_venue_is_read_with_its_zones_and_posts(world: World) -> None:
    (venue,) = world.call("GET", "/venues", as_="usher").json["items"]
    assert (venue["code"], venue["capacity"]) == ("ARENA", 19_500)
    whole = world.call("GET", f"/venues/{venue['id']}", as_="usher").json
    section, gate = whole["zones"]
    assert (section["kind"], gate["name"]) == ("section", "Gate 1")
    assert [post["code"] for post in gate["posts"]] == ["G1-1"]
    assert world.call("GET", f"/venues/{venue['id']}", as_="stranger").status_code == 404


def test_the_caller_learns_where_they_are_on_duty(world: World) -> None:
    duty = world.call("GET", "/me/duty", as_="usher").json
    assert duty["event"]["id"] == str(world.arena.event_id)
    assert (duty["post"]["code"], duty["zone"]["name"]) == ("G1-1", "Gate 1")
    assert world.call("GET", "/me/duty", as_="lead").json == {
        "event": None,
        "shift_id": None,
        "post": None,
        "zone": None,
        "elsewhere": [],
    }


def test_supervisors_see_the_shifts_of_an_event(world: World) -> None:
    path = f"/shifts?event_id={world.arena.event_id}"
    (shift,) = world.call("GET", path, as_="lead").json["items"]
    assert shift["employee_id"] == str(world.people["usher"].employee_id)
    assert world.call("GET", path, as_="usher").status_code == 403
    assert world.call("GET", path, as_="stranger").status_code == 404
    assert world.call("GET", "/shifts").status_code == 422
