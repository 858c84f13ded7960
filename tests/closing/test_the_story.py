"""A season is closed: what is open ends, what comes later is kept, nothing moves any more."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from backend.engagement.queries.ratings import find_bound
from backend.engagement.services.invitations import hash_of
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.rewards.services import ledger
from tests.closing.stories import HOLD, MORNING, NOTICE, SETTLING, Story, a_season
from tests.factories import NOW


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with a_season(app) as told:
        yield told


def a_busy_evening(story: Story) -> dict[str, str]:
    """Greet, leave a request open and one in hand, resolve three, and let one fan answer."""
    story.greet()
    opened = str(uuid4())
    story.call("PUT", f"/requests/{opened}", {"category": "seating"}, expect=201)
    in_hand = story.take(as_="blair")
    answered, unanswered, later = story.resolve(), story.resolve(), story.resolve(as_="blair")
    story.call("POST", f"/ratings/{answered}", {"stars": 5}, as_="", expect=201)
    event = f"/events/{story.evening.arena.event_id}"
    story.call("PATCH", event, {"attendance": 18_000}, as_="harper")
    return {
        "opened": opened,
        "in_hand": in_hand,
        "answered": answered,
        "unanswered": unanswered,
        "later": later,
    }


def reverse(story: Story, code: str, *, what: str = "rating") -> int:
    """Take back what a rating, or its request, has earned, as HR would."""
    now = clock.now()
    with story.app.app_context(), transaction() as session:
        bound = find_bound(session, code_hash=hash_of(code), now=now)
        assert bound
        assert bound.request_id
        return ledger.reverse(
            session,
            organisation_id=bound.organisation_id,
            source_id=bound.id if what == "rating" else bound.request_id,
            reason="Not a fan's.",
            now=now,
        )


def test_it_is_closed_in_steps_that_say_what_they_wait_for(story: Story) -> None:
    a_busy_evening(story)
    story.at(MORNING)
    before = story.standing()
    assert (before["status"], before["closes_at"], before["snapshots"]) == ("open", None, [])
    assert before["waiting"]["requests"] == 2
    assert before["waiting"]["invitations"] == 2
    # 1 for the greeting, 3 x 10 for requests, 15 for the rating.
    assert before["waiting"]["points"] == 46

    closing = story.close(reason="The last game was played.")
    assert closing["status"] == "closing"
    assert closing["closes_at"] == "2026-11-22T09:01:00Z"
    # Until the notice is over nothing ends.
    assert story.work() == 0
    assert story.standing()["waiting"]["requests"] == 2

    story.at(MORNING + NOTICE)
    assert story.work() == 0
    waits = story.standing()
    assert waits["status"] == "closing"
    assert waits["waiting"] == {
        "requests": 0,
        "invitations": 0,
        "held_ratings": 0,
        "points": 46,
        "points_due_at": "2026-11-24T19:30:00Z",
    }
    assert story.verify() == []

    story.at(NOW + HOLD)
    assert story.work() == 1
    closed = story.standing()
    assert (closed["status"], closed["waiting"]["points"]) == ("closed", 0)
    [snapshot] = closed["snapshots"]
    assert snapshot["number"] == 1
    document = story.open("GET", f"{story.season}/snapshots/1", as_="harper")
    assert hashlib.sha256(document.get_data()).hexdigest() == snapshot["sha256"]
    assert story.verify() == []


def test_requests_end_with_a_reason_and_release_who_had_them(story: Story) -> None:
    ids = a_busy_evening(story)
    story.at(MORNING)
    story.close()
    story.finish()
    for name in ("opened", "in_hand"):
        ended = story.call("GET", f"/requests/{ids[name]}")
        assert (ended["status"], ended["owner_id"], ended["shares"]) == ("cancelled", None, [])
        last = story.call("GET", f"/requests/{ids[name]}/history")["items"][-1]
        assert (last["step"], last["employee_id"]) == ("cancelled", None)
        assert last["detail"] == {"reason": "season_closed"}


def test_a_snapshot_has_figures_evenings_and_whole_boards(story: Story) -> None:
    a_busy_evening(story)
    story.at(MORNING)
    story.close()
    story.finish()
    document = story.call("GET", f"{story.season}/snapshots/1", as_="harper")
    frozen, arena = document["frozen"], story.evening.arena
    alex, blair = (str(story.people[name].employee_id) for name in ("alex", "blair"))
    board = [[alex, 1, 36], [blair, 2, 10]]
    assert frozen["boards"] == {
        f"season/{arena.season_id}": board,
        f"venue/{arena.venue_id}/season/{arena.season_id}": board,
    }
    assert frozen["season"]["requests"] == {
        "open": 0,
        "accepted": 0,
        "resolved": 3,
        "cancelled": 2,
    }
    [event] = frozen["events"]
    counted = {"fans_greeted": 2, "attendance": 18_000, "ratings": 1, "invitations": 3}
    assert {name: event[name] for name in counted} == counted
    assert set(document["late"].values()) == {0}


def late_acts(story: Story, ids: dict[str, str]) -> dict[str, Any]:
    """Send what phones had kept since the evening, and let a fan answer."""
    opened, sent = str(uuid4()), clock.now()
    at = (NOW + timedelta(minutes=30)).isoformat()
    wish = {"id": str(uuid4()), "category": "cleaning"}
    actions: list[dict[str, Any]] = [
        {"id": str(uuid4()), "kind": "greet", "at": at, "party_size": 4},
        {"id": str(uuid4()), "kind": "greet", "at": at, "answer": "help", "request": wish},
        {"id": opened, "kind": "open", "at": at, "category": "directions"},
        {"id": str(uuid4()), "kind": "accept", "at": at, "request_id": opened},
        {"id": str(uuid4()), "kind": "resolve", "at": at, "request_id": opened},
        {"id": str(uuid4()), "kind": "resolve", "at": at, "request_id": ids["in_hand"]},
    ]
    queue: dict[str, Any] = {"sent_at": sent.isoformat(), "actions": actions}
    hers = {**queue, "actions": [{**actions[-1], "id": str(uuid4())}]}
    alex = story.call("POST", "/sync", queue)["results"]
    blair = story.call("POST", "/sync", hers, as_="blair")["results"]
    kept = story.call("POST", f"/ratings/{ids['unanswered']}", {"stars": 2}, as_="", expect=201)
    token = kept["correction_token"]
    answer = {"stars": 1, "correction_token": token}
    story.call("PATCH", f"/ratings/{ids['unanswered']}", answer, as_="")
    return {"alex": alex, "blair": blair, "queue": queue}


def test_what_comes_late_is_kept_and_named_and_moves_nothing(story: Story) -> None:
    ids = a_busy_evening(story)
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    story.at(MORNING + NOTICE + SETTLING)
    story.work()
    before = story.shown()
    came = late_acts(story, ids)
    alone, wished, opened, accepted, resolved, elsewhere = came["alex"]
    assert (alone["status"], alone["result"]["outcome"]) == (201, "season_closed")
    assert (alone["result"]["points"], alone["result"]["counted"]) == (0, False)
    assert wished["result"]["outcome"] == "season_closed"
    assert wished["result"]["request"]["status"] == "season_closed"
    assert (opened["status"], opened["result"]["status"]) == (201, "season_closed")
    for refused in (accepted, resolved):
        assert refused["problem"]["type"] == "/problems/season-closed"
    # Alex had no part in that one; Blair had.
    assert elsewhere["problem"]["type"] == "/problems/not-in-your-hands"
    assert came["blair"][0]["problem"]["type"] == "/problems/season-closed"
    history = story.call("GET", f"/requests/{ids['in_hand']}/history")["items"]
    assert history[-1]["step"] == "season_closed"
    assert history[-1]["detail"] == {"step": "resolved"}
    assert story.call("POST", "/sync", came["queue"])["results"] == [
        {**one, "status": 200 if one["status"] == 201 else one["status"]} for one in came["alex"]
    ]
    assert story.shown() == before
    assert story.verify() == []

    late = story.call("GET", f"{story.season}/late", as_="harper")
    assert late["counts"] == {
        "greeting": 2,
        "request": 2,
        "resolution": 2,
        "rating": 1,
        "points": 0,
    }
    assert len(late["items"]) == 7
    blair = story.people["blair"].employee_id
    [hers] = story.call("GET", f"{story.season}/late?employee_id={blair}", as_="harper")["items"]
    assert (hers["kind"], hers["id"]) == ("resolution", ids["in_hand"])

    story.at(MORNING + NOTICE + SETTLING + HOLD)
    assert story.work() == 1
    assert story.shown() == before
    document = story.call("GET", f"{story.season}/snapshots/1", as_="harper")
    assert document["late"] == late["counts"]
    assert story.verify() == []


def test_points_that_are_taken_back_late_leave_the_books_but_not_the_boards(story: Story) -> None:
    ids = a_busy_evening(story)
    story.at(MORNING)
    story.close()
    story.finish()
    before, points = story.shown(), story.call("GET", "/me/points")
    assert reverse(story, ids["answered"]) == 1
    story.work()
    assert story.call("GET", "/me/points")["available"] == points["available"] - 15
    assert story.shown() == before
    late = story.call("GET", f"{story.season}/late?kind=points", as_="harper")
    assert [one["points"] for one in late["items"]] == [-15]
    assert late["counts"]["points"] == 1
    assert story.verify() == []


def test_points_taken_back_while_it_settles_leave_the_boards_too(story: Story) -> None:
    ids = a_busy_evening(story)
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    assert reverse(story, ids["answered"], what="request") == 1
    story.finish()
    alex = str(story.people["alex"].employee_id)
    frozen = story.call("GET", f"{story.season}/snapshots/1", as_="harper")["frozen"]
    board = frozen["boards"][f"season/{story.evening.arena.season_id}"]
    assert [alex, 1, 26] in board
    assert story.verify() == []


def test_a_fan_may_correct_for_ten_minutes_whatever_closes_meanwhile(story: Story) -> None:
    ids = a_busy_evening(story)
    story.at(MORNING)
    story.close()
    kept = story.call("POST", f"/ratings/{ids['unanswered']}", {"stars": 1}, as_="", expect=201)
    story.at(MORNING + timedelta(minutes=9))
    story.work()
    answer = {"stars": 5, "correction_token": kept["correction_token"]}
    story.call("PATCH", f"/ratings/{ids['unanswered']}", answer, as_="")
    story.finish()
    frozen = story.call("GET", f"{story.season}/snapshots/1", as_="harper")["frozen"]
    assert (frozen["events"][0]["five_star"], frozen["events"][0]["paid_ratings"]) == (2, 2)
    assert story.verify() == []


def test_events_of_a_closed_season_stay_as_they_are(story: Story) -> None:
    a_busy_evening(story)
    story.at(MORNING)
    story.close()
    event = f"/events/{story.evening.arena.event_id}"
    refused = story.call("PATCH", event, {"attendance": 17_000}, as_="harper", expect=409)
    assert refused["type"] == "/problems/season-closed"
    header = "code,venue_code,season,name,doors_at,starts_at,ends_at,attendance"
    times = "2026-11-21T18:00:00Z,2026-11-21T19:00:00Z,2026-11-21T21:30:00Z"
    same = f"2026-11-21,ARENA,2026-27,Home against Away,{times},18000"
    new = "X,ARENA,2026-27,Another,2026-11-20 18:00,2026-11-20 19:00,2026-11-20 21:00,"
    for rows, lines in (([same], []), ([same, new], [3]), ([same.replace("18000", "1")], [2])):
        answer = story.app.test_client().post(
            "/v1/imports/events",
            data="\n".join((header, *rows, "")).encode(),
            content_type="text/csv",
            headers=story.headers["harper"],
        )
        errors = answer.get_json().get("errors", [])
        assert [(one["line"], one["column"]) for one in errors] == [
            (line, "season") for line in lines
        ]


def test_a_season_is_closed_only_when_it_is_over(story: Story) -> None:
    close = f"{story.season}/close"
    story.at(NOW + timedelta(hours=8))
    # It is past midnight in London, and not yet in New York.
    refused = story.call("POST", close, {}, as_="harper", expect=409)
    assert refused["type"] == "/problems/season-not-over"
    story.at(MORNING)
    story.call("POST", close, {}, as_="alex", expect=403)
    story.call("POST", close, {}, as_="stranger", expect=404)
    story.call("POST", f"/seasons/{UUID(int=7)}/close", {}, as_="harper", expect=404)
    story.close()
    refused = story.call("POST", close, {}, as_="robin", expect=409)
    assert refused["type"] == "/problems/season-closed"
    for path in ("", "/late", "/snapshots/1"):
        story.call("GET", f"{story.season}{path}", as_="stranger", expect=404)
    refused = story.call("GET", f"{story.season}/snapshots/1", as_="harper", expect=404)
    assert refused["type"] == "/problems/snapshot-not-found"
