"""What waits for a supervisor is given, declined, taken back, or ends with its request."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from backend.engagement.services import timers
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading
from backend.notify.messages import MessageKind
from tests.engagement.generosity import Generosity, make_generosity
from tests.engagement.test_gestures_http import inbox_of


@pytest.fixture
def generosity(app: Flask) -> Generosity:
    return make_generosity(app)


WAYS: dict[str, tuple[str, Any]] = {
    "cancel": ("cancel", {"reason": "The fan left."}),
    "safety": ("safety", {"concern": "medical"}),
    "release": ("release", None),
    "resolve": ("resolve", None),
}


def waiting(generosity: Generosity, who: Actor, request_id: UUID) -> str:
    """Let ``who`` ask a supervisor for better seats; return the gesture's id."""
    said = {"amount_cents": 9_000, "needs_supervisor": True}
    status, asked = generosity.give(who, request_id, generosity.upgrade, **said)
    assert (status, asked["state"]) == (201, "waiting")
    return str(asked["id"])


def seen(generosity: Generosity, who: Actor, gesture_id: str) -> dict[str, Any]:
    status, gesture = generosity.call(who, "GET", f"/gestures/{gesture_id}")
    assert status == 200
    return dict(gesture)


@pytest.mark.parametrize("way", WAYS)
def test_what_waits_is_withdrawn_when_its_request_is_over(generosity: Generosity, way: str) -> None:
    alex, lead = generosity.evening.alex, generosity.lead
    request_id = generosity.helping(alex)
    gesture_id = waiting(generosity, alex, request_id)
    step, body = WAYS[way]
    assert generosity.call(alex, "POST", f"/requests/{request_id}/{step}", body)[0] == 200
    gesture = seen(generosity, alex, gesture_id)
    assert (gesture["state"], gesture["withdrawal"]) == ("withdrawn", "request_over")
    assert (gesture["withdrawn_by"], gesture["receipt_code"]) == (None, None)
    for act, said in (("allow", None), ("decline", {"reason": "Too much."})):
        status, refused = generosity.call(lead, "POST", f"/gestures/{gesture_id}/{act}", said)
        assert (status, refused["type"]) == (409, "/problems/gesture-not-waiting")
    generosity.must_hold()


def test_a_timer_withdraws_what_waits_for_a_request_that_it_puts_back(
    generosity: Generosity,
) -> None:
    alex = generosity.evening.alex
    gesture_id = waiting(generosity, alex, generosity.helping(alex))
    with generosity.app.app_context():
        timers.release_idle(now=clock.now() + timedelta(minutes=46), idle_minutes=45)
    assert seen(generosity, alex, gesture_id)["withdrawal"] == "request_over"
    generosity.must_hold()


@pytest.mark.parametrize("keep", [50, 0])
def test_what_waits_is_withdrawn_when_its_request_is_handed_over(
    generosity: Generosity, keep: int
) -> None:
    alex, blair = generosity.evening.alex, generosity.evening.blair
    request_id = generosity.helping(alex)
    gesture_id = waiting(generosity, alex, request_id)
    body = {"employee_id": str(blair.employee_id), "keep_percent": keep}
    assert generosity.call(alex, "POST", f"/requests/{request_id}/hand-over", body)[0] == 200
    assert seen(generosity, alex, gesture_id)["withdrawal"] == "request_over"
    generosity.must_hold()


def test_what_was_given_stays_given_when_its_request_is_over(generosity: Generosity) -> None:
    alex = generosity.evening.alex
    request_id = generosity.helping(alex)
    gesture_id = waiting(generosity, alex, request_id)
    generosity.call(generosity.lead, "POST", f"/gestures/{gesture_id}/allow")
    generosity.call(alex, "POST", f"/requests/{request_id}/resolve")
    assert seen(generosity, alex, gesture_id)["state"] == "given"


def test_who_asked_may_take_it_back_and_nobody_else(generosity: Generosity) -> None:
    alex, lead = generosity.evening.alex, generosity.lead
    gesture_id = waiting(generosity, alex, generosity.helping(alex))
    path = f"/gestures/{gesture_id}/withdraw"
    for other in (generosity.evening.blair, lead):
        status, refused = generosity.call(other, "POST", path)
        assert (status, refused["type"]) == (403, "/problems/not-your-gesture")
    for _ in range(2):
        status, gesture = generosity.call(alex, "POST", path)
        assert (status, gesture["state"], gesture["withdrawal"]) == (
            200,
            "withdrawn",
            "taken_back",
        )
        assert gesture["withdrawn_by"] == str(alex.employee_id)
    assert generosity.call(lead, "POST", f"/gestures/{gesture_id}/allow")[0] == 409
    generosity.must_hold()


def test_a_supervisor_declines_with_a_reason_that_its_giver_reads(
    generosity: Generosity,
) -> None:
    alex, lead = generosity.evening.alex, generosity.lead
    gesture_id = waiting(generosity, alex, generosity.helping(alex))
    path = f"/gestures/{gesture_id}/decline"
    assert generosity.call(lead, "POST", path, {"reason": ""})[0] == 422
    assert generosity.call(alex, "POST", path, {"reason": "Mine."})[0] == 403
    for _ in range(2):
        status, gesture = generosity.call(lead, "POST", path, {"reason": "No seats are left."})
        assert (status, gesture["withdrawal"]) == (200, "declined")
    assert seen(generosity, alex, gesture_id)["decline_reason"] == "No seats are left."
    told = inbox_of(generosity, alex)
    assert told.count((MessageKind.GESTURE_DECLINED, gesture_id)) == 1
    with generosity.app.app_context(), reading() as session:
        [row] = session.scalars(select(AuditRow).where(AuditRow.subject_id == UUID(gesture_id)))
        assert (row.act, row.detail["reason"]) == ("gesture.declined", "No seats are left.")
    status, refused = generosity.call(generosity.hr, "POST", path, {"reason": "Me too."})
    assert (status, refused["type"]) == (409, "/problems/gesture-not-waiting")
    own = waiting(generosity, lead, generosity.helping(lead))
    status, refused = generosity.call(lead, "POST", f"/gestures/{own}/decline", {"reason": "x"})
    assert (status, refused["type"]) == (403, "/problems/own-gesture")
    generosity.must_hold()


def test_supervisors_list_what_waits_at_their_venue_the_oldest_first(
    generosity: Generosity,
) -> None:
    evening, lead = generosity.evening, generosity.lead
    ids = [
        waiting(generosity, who, generosity.helping(who, seat="7"))
        for who in (evening.alex, evening.blair, evening.alex)
    ]
    waiting(generosity, lead, generosity.helping(lead))
    generosity.call(lead, "POST", f"/gestures/{ids[1]}/allow")

    def listed(query: str = "") -> tuple[list[str], str | None]:
        status, page = generosity.call(lead, "GET", f"/gestures/waiting{query}")
        assert status == 200
        return [one["id"] for one in page["items"]], page["next_cursor"]

    assert listed() == ([ids[0], ids[2]], None)
    first, cursor = listed("?limit=1")
    second, end = listed(f"?limit=1&cursor={cursor}")
    assert (first + second, end) == ([ids[0], ids[2]], None)
    _, page = generosity.call(lead, "GET", "/gestures/waiting")
    assert [one["repeats"] for one in page["items"]] == [1, 1]
    assert listed(f"?venue_id={evening.arena.venue_id}")[0] == [ids[0], ids[2]]
    assert listed(f"?venue_id={uuid4()}")[0] == []
    assert generosity.call(evening.alex, "GET", "/gestures/waiting")[0] == 403
