"""Not solved: somebody else sees to it, the points of the first stay, and it ends somewhere."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from backend.engagement.models import Request
from backend.engagement.services import timers
from backend.foundation import clock
from backend.foundation.db import reading
from backend.notify.messages import MessageKind
from tests.engagement.bowls import told
from tests.engagement.fans import Stand, make_stand


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


def unsolved(stand: Stand, token: str) -> tuple[int, Any]:
    return stand.call(None, "POST", f"/asks/{token}/unsolved")


def test_what_was_not_solved_is_opened_for_somebody_else(stand: Stand) -> None:
    bowl, token = stand.bowl, stand.asked(seat="9", note="Wet seat")
    first = stand.solve(bowl.casey)
    points = stand.points(bowl.casey)
    status, ask = unsolved(stand, token)
    assert (status, ask["state"], ask["again"]) == (200, "received", True)
    assert (ask["seat"], ask["note"], ask["first_name"]) == ("9", "Wet seat", None)
    [anew] = stand.open_near(bowl.dana)
    assert stand.open_near(bowl.casey) == []
    assert (anew["reopens_id"], anew["opened_by"]) == (first, None)
    status, refusal = stand.step(bowl.casey, anew["id"], "accept")
    assert (status, refusal["type"]) == (409, "/problems/somebody-else-needed")
    with stand.app.app_context(), reading() as session:
        assert len(told(session, [bowl.dana, bowl.casey], MessageKind.REQUEST_NEAR)) == 2
        assert [subject for _, subject in told(session, bowl.dana)] != []
    second = stand.solve(bowl.dana)
    assert second == anew["id"]
    assert stand.follow(token)["first_name"] == "Dana"
    assert (stand.points(bowl.casey), stand.points(bowl.dana)) == (points, 10)
    stand.must_hold()


def test_neither_is_it_handed_to_who_did_not_solve_it_nor_shared_with_them(stand: Stand) -> None:
    bowl, token = stand.bowl, stand.asked()
    stand.solve(bowl.casey)
    unsolved(stand, token)
    [anew] = stand.open_near(bowl.dana)
    stand.step(bowl.dana, anew["id"], "accept")
    casey = str(bowl.casey.employee_id)
    for step, body in (
        ("hand-over", {"employee_id": casey}),
        ("helpers", {"employee_id": casey, "percent": 10}),
    ):
        status, refusal = stand.step(bowl.dana, anew["id"], step, body)
        assert (status, refusal["type"]) == (409, "/problems/somebody-else-needed")
    ellis = {"employee_id": str(bowl.ellis.employee_id)}
    assert stand.step(bowl.dana, anew["id"], "hand-over", ellis)[0] == 200
    stand.must_hold()


def test_after_three_people_a_fan_is_sent_to_a_supervisor(stand: Stand) -> None:
    bowl, token = stand.bowl, stand.asked()
    people = (bowl.casey, bowl.dana, bowl.ellis)
    for solved, who in enumerate(people):
        # Whoever had a part in it is not shown it again, however often it was opened anew.
        shown = [bool(stand.open_near(one)) for one in people]
        assert shown == [place >= solved for place in range(len(people))]
        stand.solve(who)
        last = unsolved(stand, token)
    assert (last[0], last[1]["type"]) == (409, "/problems/ask-over")
    assert stand.follow(token)["can_reopen"] is False
    stand.must_hold()


def test_what_nobody_has_resolved_is_not_opened_anew(stand: Stand) -> None:
    token = stand.asked()
    status, refusal = unsolved(stand, token)
    assert (status, refusal["type"]) == (409, "/problems/not-resolved-yet")
    stand.call(None, "POST", f"/asks/{token}/cancel")
    assert unsolved(stand, token)[1]["type"] == "/problems/ask-over"


def test_when_everybody_has_gone_home_nothing_is_opened_anew(stand: Stand) -> None:
    token = stand.asked()
    stand.solve(stand.bowl.casey)
    with time_machine.travel(clock.now() + timedelta(hours=4)):
        assert unsolved(stand, token)[1]["type"] == "/problems/ask-over"
        assert stand.follow(token)["can_reopen"] is False


def test_said_by_many_at_once_it_is_opened_anew_once(app: Flask, stand: Stand) -> None:
    token = stand.asked()
    stand.solve(stand.bowl.casey)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: unsolved(stand, token)[0], range(16)))
    assert set(statuses) == {200}
    with app.app_context(), reading() as session:
        anew = select(func.count()).where(
            Request.organisation_id == stand.owner, Request.reopens_id.is_not(None)
        )
        assert session.scalar(anew) == 1
    stand.must_hold()


def test_whoever_has_rated_says_it_on_that_page_and_follows_it(stand: Stand) -> None:
    bowl = stand.bowl
    wish = {"category": "seating", "zone_id": str(bowl.arena.section_id)}
    request_id = "0192f0a0-0000-4000-8000-00000000abcd"
    stand.call(bowl.casey, "PUT", f"/requests/{request_id}", wish)
    stand.step(bowl.casey, request_id, "accept")
    code = stand.step(bowl.casey, request_id, "resolve")[1]["rating"]["code"]
    path, unknown = "/unsolved-ratings", {"code": code, "correction_token": "x"}
    early = stand.call(None, "POST", path, unknown)
    assert early[1]["type"] == "/problems/not-yet-rated"
    _, given = stand.call(None, "POST", f"/ratings/{code}", {"stars": 2})
    assert stand.call(None, "POST", path, unknown)[0] == 403
    said = {"code": code, "correction_token": given["correction_token"]}
    status, ask = stand.call(None, "POST", path, said)
    assert (status, ask["state"], ask["again"]) == (200, "received", True)
    assert stand.call(None, "POST", path, said)[1]["token"] == ask["token"]
    stand.solve(bowl.dana)
    done = stand.follow(ask["token"])
    assert (done["state"], done["first_name"]) == ("done", "Dana")
    assert done["rating_code"] != code
    stand.must_hold()


def test_whoever_followed_and_rated_follows_on_at_the_same_address(stand: Stand) -> None:
    token = stand.asked()
    stand.solve(stand.bowl.casey)
    code = stand.follow(token)["rating_code"]
    _, given = stand.call(None, "POST", f"/ratings/{code}", {"stars": 1})
    said = {"code": code, "correction_token": given["correction_token"]}
    _, ask = stand.call(None, "POST", "/unsolved-ratings", said)
    assert ask["token"] == token
    stand.must_hold()


def test_timers_call_everybody_near_but_who_did_not_solve_it(stand: Stand) -> None:
    bowl, token = stand.bowl, stand.asked()
    first = stand.solve(bowl.casey)
    unsolved(stand, token)
    [anew] = stand.open_near(bowl.dana)
    later = clock.now() + timedelta(minutes=5)
    with stand.app.app_context():
        timers.call_for_help(now=later, near_seconds=60, supervisor_seconds=180)
        with reading() as session:
            asked = [str(subject) for _, subject in told(session, bowl.casey)]
            assert anew["id"] not in asked
            assert first in asked
            supervisors = told(session, bowl.robin, MessageKind.REQUEST_ESCALATED)
            assert anew["id"] in {str(subject) for _, subject in supervisors}
