"""Boards and figures over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.foundation.pages import cursor_for
from backend.identity.permissions import Role
from backend.insight.schemas.figures import LeaderboardOut
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.insight.rows import make_standing, make_tally, set_attendance, signed_in


def make_world(app: Flask, role: Role) -> tuple[Arena, Actor]:
    """Commit an arena with 13 people on the season board; the reader is the last of them."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        for points in range(130, 10, -10):
            make_standing(session, arena, make_employee(session, arena), points=points)
        reader = make_employee(session, arena, roles=(role,))
        make_standing(session, arena, reader, points=1)
        make_tally(session, arena, reader, fans_greeted=87, greetings=40)
        set_attendance(session, arena, 100)
    return arena, reader


def get(app: Flask, actor: Actor, path: str, **query: Any) -> Any:
    with signed_in(app, actor) as client:
        return client.get(path, query_string=query)


def test_an_employee_sees_the_top_and_their_own_line(app: Flask) -> None:
    arena, usher = make_world(app, Role.EMPLOYEE)
    answer = get(app, usher, "/v1/leaderboards", limit=200)
    assert answer.status_code == 200
    board = answer.get_json()
    assert board["board"] == f"season/{arena.season_id}"
    assert (board["kind"], board["everybody"], board["next_cursor"]) == ("season", False, None)
    assert [line["rank"] for line in board["items"]] == list(range(1, 11))
    assert {line["badge_number"] for line in board["items"]} == {None}
    me = board["me"]
    assert (me["employee_id"], me["rank"], me["points"]) == (str(usher.employee_id), 13, 1)
    assert (me["greetings"], me["department"]) == (40, "Guest services")


def test_an_employee_gets_no_further_page(app: Flask) -> None:
    _, usher = make_world(app, Role.EMPLOYEE)
    cursor = cursor_for(100, str(usher.employee_id))
    assert get(app, usher, "/v1/leaderboards", cursor=cursor).status_code == 403


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.HR])
@pytest.mark.parametrize("limit", [3, 10, 200])
def test_a_board_is_what_its_schema_would_give(app: Flask, role: Role, limit: int) -> None:
    _, reader = make_world(app, role)
    board = get(app, reader, "/v1/leaderboards", limit=limit).get_json()
    assert board["items"]
    assert board["me"]
    schema = LeaderboardOut()
    assert schema.dump(schema.load(board)) == board


@pytest.mark.parametrize("hr_comes_first", [True, False])
def test_who_asks_for_the_same_board_gets_only_what_they_may_see(
    app: Flask, *, hr_comes_first: bool
) -> None:
    arena, usher = make_world(app, Role.EMPLOYEE)
    _, stranger = make_world(app, Role.EMPLOYEE)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, arena, roles=(Role.HR,))
    readers = [hr, usher] if hr_comes_first else [usher, hr]
    # With 9 lines for HR and 10 for everybody else, the same number is read for both.
    for limit in (9, 10, 50):
        boards = {
            reader: get(app, reader, "/v1/leaderboards", limit=limit).get_json()
            for reader in [*readers, stranger]
        }
        seen = boards[usher]
        assert {line["badge_number"] for line in [*seen["items"], seen["me"]]} == {None}
        assert len(seen["items"]) <= 10
        assert not seen["everybody"]
        assert not seen["next_cursor"]
        assert all(line["badge_number"] for line in boards[hr]["items"])
        assert boards[hr]["me"] is None
        names = [
            {line["employee_id"] for line in boards[who]["items"]} for who in (usher, stranger)
        ]
        assert not names[0] & names[1]
        assert boards[stranger]["me"]["employee_id"] == str(stranger.employee_id)


def test_a_board_that_has_not_changed_is_not_sent_again(app: Flask) -> None:
    arena, usher = make_world(app, Role.EMPLOYEE)
    with signed_in(app, usher) as client:
        tag = client.get("/v1/leaderboards").headers["ETag"]
        known = {"If-None-Match": tag}
        assert client.get("/v1/leaderboards", headers=known).status_code == 304
    with app.app_context(), transaction() as session:
        make_standing(session, arena, make_employee(session, arena), points=2)
    with signed_in(app, usher, at=NOW + timedelta(seconds=2)) as client:
        answer = client.get("/v1/leaderboards", headers=known)
        assert (answer.status_code, answer.get_json()["me"]["rank"]) == (200, 14)


def test_hr_pages_through_everybody(app: Flask) -> None:
    _, hr = make_world(app, Role.HR)
    ranks, query = [], {"limit": 5}
    while True:
        page = get(app, hr, "/v1/leaderboards", **query).get_json()
        assert page["everybody"]
        assert all(line["badge_number"] for line in page["items"])
        ranks += [line["rank"] for line in page["items"]]
        if not page["next_cursor"]:
            break
        query["cursor"] = page["next_cursor"]
    assert ranks == list(range(1, 14))


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "year"},
        {"kind": "event"},
        {"kind": "week", "week": "2026-W54"},
        {"kind": "month", "month": "2026-02-30"},
        {"week": "2026-W47"},
        {"season_id": "not-an-id"},
        {"limit": 0},
        {"colour": "red"},
        {"cursor": "nonsense"},
        {"cursor": cursor_for(1, "not-an-id")},
        {"cursor": cursor_for(2**64 - 1, "0192c8a0-0000-7000-8000-000000000000")},
    ],
)
def test_a_board_that_cannot_be_is_refused_by_field(app: Flask, query: dict[str, Any]) -> None:
    _, hr = make_world(app, Role.HR)
    answer = get(app, hr, "/v1/leaderboards", **query)
    assert answer.status_code == 422
    assert answer.get_json()["errors"]
    again = get(app, hr, "/v1/leaderboards", **query)
    assert again.get_json()["errors"] == answer.get_json()["errors"]


def test_another_organisations_board_is_not_found(app: Flask) -> None:
    _, hr = make_world(app, Role.HR)
    elsewhere, _ = make_world(app, Role.HR)
    answer = get(app, hr, "/v1/leaderboards", season_id=elsewhere.season_id)
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/season-not-found")


def test_the_programme_gives_its_figures(app: Flask) -> None:
    arena, supervisor = make_world(app, Role.SUPERVISOR)
    season = get(app, supervisor, "/v1/programme").get_json()
    assert (season["season_id"], season["event_id"]) == (str(arena.season_id), None)
    assert season["greeted"] == {
        "share": 0.87,
        "no_figure": None,
        "low": None,
        "high": None,
        "fans_greeted": 87,
        "attendance": 100,
        "events_counted": 1,
        "events_without_attendance": 0,
        "over_counted": False,
        "target": 0.87,
    }
    assert season["five_star"]["share"] is None
    assert season["five_star"]["no_figure"] == "no_ratings"
    assert season["requests"] == {"open": 0, "accepted": 0, "resolved": 0, "cancelled": 0}
    assert season["seconds_to_accept"] == {"n": 0, "median": None, "ninetieth": None}
    event = get(app, supervisor, "/v1/programme", event_id=arena.event_id).get_json()
    assert (event["event_id"], event["season_id"]) == (str(arena.event_id), None)
    assert event["greeted"] == season["greeted"]


def test_the_programme_lists_its_events(app: Flask) -> None:
    arena, supervisor = make_world(app, Role.SUPERVISOR)
    page = get(app, supervisor, "/v1/programme/events").get_json()
    assert [event["event_id"] for event in page["items"]] == [str(arena.event_id)]
    assert page["items"][0]["held_on"] == "2026-11-21"
    assert page["items"][0]["greeted"]["share"] == 0.87
    cursor = cursor_for("2026-11-21", str(arena.event_id))
    assert get(app, supervisor, "/v1/programme/events", cursor=cursor).get_json()["items"] == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/v1/programme/events", {"cursor": cursor_for("2026-02-30", "x")}),
        ("/v1/programme", {"event_id": "x"}),
        (
            "/v1/programme",
            {
                "event_id": "0192c8a0-0000-7000-8000-000000000000",
                "season_id": "0192c8a0-0000-7000-8000-000000000000",
            },
        ),
    ],
)
def test_a_programme_that_cannot_be_is_refused(
    app: Flask, path: str, query: dict[str, Any]
) -> None:
    _, supervisor = make_world(app, Role.SUPERVISOR)
    assert get(app, supervisor, path, **query).status_code == 422


def test_the_programme_is_not_for_ushers(app: Flask) -> None:
    _, usher = make_world(app, Role.EMPLOYEE)
    assert get(app, usher, "/v1/programme").status_code == 403
    assert get(app, usher, "/v1/programme/events").status_code == 403


def make_worked_evening(app: Flask, role: Role) -> tuple[Arena, Actor]:
    """Commit an event of which five have worked two hours; the reader is one of them."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        people = [make_employee(session, arena) for _ in range(4)]
        reader = make_employee(session, arena, roles=(role,))
        for helped, actor in enumerate([reader, *people]):
            make_shift(session, arena, actor)
            make_tally(
                session,
                arena,
                actor,
                resolved=helped,
                paid_resolved=helped,
                invitations=helped,
                ratings=helped,
                good=helped,
                five_star=helped,
            )
    return arena, reader


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.HR])
@pytest.mark.parametrize("order", ["fair", "raw"])
@pytest.mark.parametrize("post_class", [None, "gate", "parking"])
def test_a_fair_board_is_what_its_schema_would_give(
    app: Flask, role: Role, order: str, post_class: str | None
) -> None:
    arena, reader = make_worked_evening(app, role)
    query = {"kind": "event", "event_id": arena.event_id, "order": order, "limit": 3}
    answer = get(app, reader, "/v1/leaderboards", **query, post_class=post_class)
    board = answer.get_json()
    assert answer.status_code == 200
    assert (board["order"], board["post_class"]) == (order, post_class)
    schema = LeaderboardOut()
    assert schema.dump(schema.load(board)) == board
    there = order == "fair" and post_class != "parking"
    assert [line["rank"] for line in board["items"]] == ([1, 2, 3] if there else [])
    assert (board["me"] is not None) == there
    assert (board["next_cursor"] is not None) == (there and role is Role.HR)
    if there and role is Role.HR:
        second = get(app, reader, "/v1/leaderboards", **query, cursor=board["next_cursor"])
        assert [line["rank"] for line in second.get_json()["items"]] == [4, 5]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"order": "best"}, "order"),
        ({"post_class": "roof"}, "post_class"),
        ({"order": "fair", "kind": "week", "week": "2026-W54"}, "week"),
        ({"order": "fair", "kind": "month", "season_id": str(new_id())}, "season_id"),
    ],
)
def test_a_board_that_is_not_there_is_refused(app: Flask, query: dict[str, str], name: str) -> None:
    _, reader = make_worked_evening(app, Role.HR)
    answer = get(app, reader, "/v1/leaderboards", **query)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]["query"]) == [name]
