"""Gestures over HTTP: given at once within one's authority, allowed, claimed, seen, counted."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.engagement.models import Gesture
from backend.engagement.rules import Moment
from backend.engagement.services import requests
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role, granted, held_with, on_phone
from backend.notify.messages import MessageKind
from tests.engagement.generosity import (
    BEER,
    CAP,
    Generosity,
    make_generosity,
    make_kind,
    make_salaried_lead,
    set_caps,
)
from tests.factories import make_employee


@pytest.fixture
def generosity(app: Flask) -> Generosity:
    return make_generosity(app)


def gestures_in(generosity: Generosity) -> int:
    with generosity.app.app_context(), reading() as session:
        owner = generosity.evening.organisation_id
        counting = select(func.count()).select_from(Gesture)
        return session.scalar(counting.where(Gesture.organisation_id == owner)) or 0


def inbox_of(generosity: Generosity, who: Any) -> list[tuple[str, str]]:
    _, inbox = generosity.call(who, "GET", "/me/inbox")
    return [(one["kind"], one["subject_id"]) for one in inbox["items"]]


def test_a_drink_within_the_cap_is_given_at_once_and_what_is_left_is_known_before(
    generosity: Generosity,
) -> None:
    alex = generosity.evening.alex
    request_id = generosity.helping(alex, seat="101, row 4")
    assert generosity.left(alex) == CAP
    status, given = generosity.give(alex, request_id, generosity.beer)
    assert (status, given["state"], given["cents"], given["seat"]) == (
        201,
        "given",
        BEER,
        "101, row 4",
    )
    assert len(given["receipt_code"]) == 10
    assert generosity.left(alex) == CAP - BEER
    generosity.must_hold()


def test_sending_a_gesture_again_gives_it_once_with_the_same_receipt(
    generosity: Generosity,
) -> None:
    alex, said = generosity.evening.alex, str(uuid4())
    request_id = generosity.helping(alex)
    status, first = generosity.give(alex, request_id, generosity.beer, id=said)
    assert (status, generosity.give(alex, request_id, generosity.beer, id=said)) == (
        201,
        (200, first),
    )
    other = generosity.give(alex, request_id, generosity.upgrade, id=said, amount_cents=500)
    assert (other[0], other[1]["type"]) == (409, "/problems/id-already-used")
    assert (gestures_in(generosity), generosity.left(alex)) == (1, CAP - BEER)


def test_what_i_gave_from_any_phone_is_listed_in_pages_without_receipts(
    generosity: Generosity,
) -> None:
    alex, blair = generosity.evening.alex, generosity.evening.blair
    request_id = generosity.helping(alex)
    more = {"amount_cents": 9_000, "needs_supervisor": True}
    given = [
        generosity.give(alex, request_id, generosity.beer)[1],
        generosity.give(alex, request_id, generosity.beer)[1],
        generosity.give(alex, request_id, generosity.upgrade, **more)[1],
    ]
    generosity.give(blair, generosity.helping(blair), generosity.beer)
    found, path = [], "/me/gestures/given?limit=2"
    event = f"&event_id={generosity.evening.arena.event_id}"
    for _ in range(2):
        status, page = generosity.call(alex, "GET", path + event)
        assert status == 200
        found += page["items"]
        path = f"/me/gestures/given?limit=2&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert [one["id"] for one in found] == [one["id"] for one in reversed(given)]
    assert [one["state"] for one in found] == ["waiting", "given", "given"]
    secrets = {"receipt_code", "repeats"}
    assert not any(secrets & one.keys() for one in found)
    elsewhere = generosity.call(alex, "GET", f"/me/gestures/given?event_id={uuid4()}")[1]
    assert elsewhere == {"items": [], "next_cursor": None}


def test_more_than_is_left_is_refused_and_says_what_is_left(generosity: Generosity) -> None:
    alex = generosity.evening.alex
    request_id = generosity.helping(alex)
    generosity.give(alex, request_id, generosity.beer)
    status, refused = generosity.give(
        alex, request_id, generosity.upgrade, amount_cents=CAP - BEER + 1
    )
    assert (status, refused["type"]) == (409, "/problems/over-gesture-cap")
    assert (refused["currency"], refused["cap_cents"], refused["left_cents"]) == (
        "USD",
        CAP,
        CAP - BEER,
    )
    assert gestures_in(generosity) == 1
    status, _ = generosity.give(alex, request_id, generosity.upgrade, amount_cents=CAP - BEER)
    assert (status, generosity.left(alex)) == (201, 0)
    generosity.must_hold()


def test_over_the_cap_a_supervisor_on_duty_is_asked_and_adds_it_in_one_tap(
    generosity: Generosity,
) -> None:
    evening, lead = generosity.evening, generosity.lead
    alex, off_duty = evening.alex, evening.supervisor
    with generosity.app.app_context(), transaction() as session:
        chief = make_salaried_lead(session, evening)
    request_id = generosity.helping(alex)
    status, asked = generosity.give(
        alex, request_id, generosity.upgrade, amount_cents=9_000, needs_supervisor=True
    )
    assert (status, asked["state"], asked["receipt_code"]) == (201, "waiting", None)
    told = (MessageKind.GESTURE_ASKED, asked["id"])
    assert [told in inbox_of(generosity, who) for who in (lead, chief, off_duty, alex)] == [
        True,
        True,
        False,
        False,
    ]
    path = f"/gestures/{asked['id']}"
    assert generosity.call(lead, "GET", path)[1]["receipt_code"] is None
    status, allowed = generosity.call(lead, "POST", f"{path}/allow")
    assert (status, allowed["state"], allowed["allowed_by"]) == (
        200,
        "given",
        str(lead.employee_id),
    )
    assert (MessageKind.GESTURE_ALLOWED, asked["id"]) in inbox_of(generosity, alex)
    _, mine = generosity.call(alex, "GET", path)
    assert len(mine["receipt_code"]) == 10
    assert generosity.left(alex) == CAP
    status, late = generosity.call(chief, "POST", f"{path}/allow")
    assert (status, late["type"]) == (409, "/problems/gesture-not-waiting")
    generosity.must_hold()


def test_asking_a_supervisor_for_what_is_within_the_cap_waits_for_nobody(
    generosity: Generosity,
) -> None:
    alex = generosity.evening.alex
    status, given = generosity.give(
        alex, generosity.helping(alex), generosity.beer, needs_supervisor=True
    )
    assert (status, given["state"]) == (201, "given")


def test_nobody_allows_their_own_gesture(generosity: Generosity) -> None:
    lead = generosity.lead
    _, asked = generosity.give(
        lead,
        generosity.helping(lead),
        generosity.upgrade,
        amount_cents=9_000,
        needs_supervisor=True,
    )
    status, refused = generosity.call(lead, "POST", f"/gestures/{asked['id']}/allow")
    assert (status, refused["type"]) == (403, "/problems/own-gesture")
    usher = generosity.evening.alex
    assert generosity.call(usher, "POST", f"/gestures/{asked['id']}/allow")[0] == 403


def test_a_receipt_is_used_once_by_somebody_else_however_it_is_typed(
    generosity: Generosity,
) -> None:
    alex, blair, casey = (getattr(generosity.evening, name) for name in ("alex", "blair", "casey"))
    _, given = generosity.give(alex, generosity.helping(alex), generosity.beer)
    code = given["receipt_code"]
    typed = f"{code[:5]}-{code[5:]}".lower().replace("0", "o")

    def claim(who: Any, said: str) -> tuple[int, Any]:
        return generosity.call(who, "POST", "/gestures/claims", {"code": said})

    status, own = claim(alex, code)
    assert (status, own["type"]) == (403, "/problems/own-gesture")
    status, claimed = claim(blair, typed)
    assert (status, claimed["claimed_by"]) == (200, str(blair.employee_id))
    status, late = claim(casey, code)
    assert (status, late["type"], late["claimed_by"]) == (
        409,
        "/problems/receipt-already-used",
        str(blair.employee_id),
    )
    status, unknown = claim(casey, "ZZZZZZZZZZ")
    assert (status, unknown["type"]) == (404, "/problems/unknown-receipt")


def test_a_receipt_is_good_in_its_own_organisation_and_only_once_it_is_given(
    app: Flask, generosity: Generosity
) -> None:
    alex, blair = generosity.evening.alex, generosity.evening.blair
    _, given = generosity.give(alex, generosity.helping(alex), generosity.beer)
    elsewhere = make_generosity(app)
    body = {"code": given["receipt_code"]}
    assert elsewhere.call(elsewhere.lead, "POST", "/gestures/claims", body)[0] == 404
    assert elsewhere.call(elsewhere.lead, "GET", f"/gestures/{given['id']}")[0] == 404
    assert elsewhere.call(elsewhere.lead, "POST", f"/gestures/{given['id']}/allow")[0] == 404
    assert generosity.call(blair, "GET", f"/gestures/{given['id']}")[0] == 404


def test_only_who_has_the_request_in_hand_gives(generosity: Generosity) -> None:
    evening = generosity.evening
    request_id = generosity.helping(evening.alex)
    status, refused = generosity.give(evening.blair, request_id, generosity.beer)
    assert (status, refused["type"]) == (403, "/problems/not-in-your-hands")
    assert generosity.give(evening.alex, uuid4(), generosity.beer)[0] == 404
    with generosity.app.app_context(), transaction() as session:
        moment = Moment.present(clock.now())
        requests.release(session, actor=evening.alex, request_id=request_id, moment=moment)
    status, refused = generosity.give(evening.alex, request_id, generosity.beer)
    assert (status, refused["type"]) == (409, "/problems/request-not-in-hand")


def test_who_is_off_duty_spends_nothing(generosity: Generosity) -> None:
    evening = generosity.evening
    with generosity.app.app_context(), transaction() as session:
        guest = make_employee(session, evening.arena)
    path = f"/requests/{uuid4()}"
    body = {"category": "seating", "zone_id": str(evening.arena.gate_id)}
    assert generosity.call(guest, "PUT", path, body)[0] == 201
    assert generosity.call(guest, "POST", f"{path}/accept")[0] == 200
    request_id = UUID(path.rsplit("/", 1)[1])
    status, refused = generosity.give(guest, request_id, generosity.beer)
    assert (status, refused["type"]) == (409, "/problems/gesture-off-duty")
    assert gestures_in(generosity) == 0


@pytest.mark.parametrize(
    "said",
    [
        {"amount_cents": 100},
        {"amount_cents": 1.5},
        {"amount_cents": "100"},
        {"amount_cents": 0},
        {"amount_cents": -5},
        {"amount_cents": 10**7},
        {"id": "7"},
        {"kind_id": None},
        {"needs_supervisor": "yes"},
        {"cents": 100},
    ],
)
def test_bad_amounts_and_fields_are_refused_and_nothing_is_written(
    generosity: Generosity, said: dict[str, Any]
) -> None:
    alex = generosity.evening.alex
    status, _ = generosity.give(alex, generosity.helping(alex), generosity.beer, **said)
    assert (status, gestures_in(generosity), generosity.spent()) == (422, 0, {})


def test_a_kind_without_a_price_needs_an_amount_and_a_withdrawn_one_is_not_given(
    generosity: Generosity,
) -> None:
    alex, hr = generosity.evening.alex, generosity.hr
    request_id = generosity.helping(alex)
    status, refused = generosity.give(alex, request_id, generosity.upgrade)
    assert (status, refused["type"]) == (422, "/problems/gesture-amount-refused")
    path = f"/gesture-kinds/{generosity.beer.id}"
    assert generosity.call(hr, "PATCH", path, {"active": False})[1]["active"] is False
    status, refused = generosity.give(alex, request_id, generosity.beer)
    assert (status, refused["type"]) == (409, "/problems/gesture-kind-withdrawn")
    _, mine = generosity.call(alex, "GET", "/me/gestures")
    assert [kind["name"] for kind in mine["kinds"]] == ["Better seats"]


def test_without_a_cap_nobody_gives_and_of_two_roles_the_larger_cap_counts(
    generosity: Generosity,
) -> None:
    alex, lead = generosity.evening.alex, generosity.lead
    with generosity.app.app_context(), transaction() as session:
        set_caps(session, generosity.hr, employee=1_000, supervisor=5_000)
        euros = make_kind(session, generosity.hr, "Bière", currency="EUR")
    assert (generosity.left(alex), generosity.left(lead)) == (1_000, 5_000)
    status, refused = generosity.give(alex, generosity.helping(alex), euros)
    assert (status, refused["currency"], refused["left_cents"]) == (409, "EUR", 0)
    with generosity.app.app_context(), transaction() as session:
        set_caps(session, generosity.hr)
    _, mine = generosity.call(alex, "GET", "/me/gestures")
    assert mine["authorities"] == []
    assert generosity.give(alex, generosity.helping(alex), generosity.beer)[0] == 409


def test_a_cap_that_is_lowered_takes_nothing_back(generosity: Generosity) -> None:
    alex = generosity.evening.alex
    request_id = generosity.helping(alex)
    generosity.give(alex, request_id, generosity.beer)
    with generosity.app.app_context(), transaction() as session:
        set_caps(session, generosity.hr, employee=1_000)
    status, refused = generosity.give(alex, request_id, generosity.upgrade, amount_cents=1)
    assert (status, refused["left_cents"]) == (409, 0)
    generosity.must_hold()


def test_a_cap_may_be_set_for_every_role(generosity: Generosity) -> None:
    caps = [{"role": role.value, "currency": "USD", "cents": 100} for role in sorted(Role)]
    said = {"items": caps}
    assert generosity.call(generosity.hr, "PUT", "/gesture-caps", said) == (200, said)


def test_hr_keeps_kinds_and_caps_and_both_are_audited(generosity: Generosity) -> None:
    hr, alex = generosity.hr, generosity.evening.alex
    ticket = {"name": "Another night", "category": "replacement_ticket", "currency": "USD"}
    status, kind = generosity.call(hr, "POST", "/gesture-kinds", ticket)
    assert (status, kind["cents"], kind["active"]) == (201, None, True)
    _, kinds = generosity.call(hr, "GET", "/gesture-kinds?limit=2")
    _, rest = generosity.call(hr, "GET", f"/gesture-kinds?cursor={kinds['next_cursor']}")
    names = [one["name"] for page in (kinds, rest) for one in page["items"]]
    assert names == ["Another night", "Beer", "Better seats"]
    caps = {"items": [{"role": "supervisor", "currency": "USD", "cents": 20_000}]}
    assert generosity.call(hr, "PUT", "/gesture-caps", caps) == (200, caps)
    assert generosity.call(hr, "GET", "/gesture-caps") == (200, caps)
    twice = {"items": caps["items"] * 2}
    status, refused = generosity.call(hr, "PUT", "/gesture-caps", twice)
    assert (status, refused["type"]) == (422, "/problems/gesture-caps-refused")
    _, audit = generosity.call(hr, "GET", "/audit?limit=2")
    assert [row["act"] for row in audit["items"]] == ["gesture_caps.set", "gesture_kind.created"]
    assert audit["items"][0]["detail"] == {
        "before": {"employee USD": CAP},
        "after": {"supervisor USD": 20_000},
    }
    for method, path in (("GET", "/gesture-kinds"), ("GET", "/gesture-caps"), ("GET", "/gestures")):
        assert generosity.call(alex, method, path)[0] == 403


def test_repeated_claims_for_one_seat_are_shown_and_not_blocked(generosity: Generosity) -> None:
    evening = generosity.evening
    seats = {"alex": "101, Row 4, 7", "blair": "101 row 4 7", "casey": "101, row 4, 8"}
    for name, seat in seats.items():
        who = getattr(evening, name)
        assert generosity.give(who, generosity.helping(who, seat=seat), generosity.beer)[0] == 201
    _, everything = generosity.call(generosity.hr, "GET", "/gestures")
    assert [one["repeats"] for one in everything["items"]] == [1, 2, 2]
    _, seat = generosity.call(generosity.hr, "GET", "/gestures?seat=101%20ROW%204%207&limit=1")
    _, rest = generosity.call(
        generosity.hr, "GET", f"/gestures?seat=101-row-4-7&cursor={seat['next_cursor']}"
    )
    givers = [one["employee_id"] for page in (seat, rest) for one in page["items"]]
    assert givers == [str(evening.blair.employee_id), str(evening.alex.employee_id)]
    nowhere = f"/gestures?event_id={uuid4()}"
    assert generosity.call(generosity.hr, "GET", nowhere)[1]["items"] == []


def test_hr_sees_what_gestures_cost_by_event_and_category(generosity: Generosity) -> None:
    alex, hr, event_id = generosity.evening.alex, generosity.hr, generosity.evening.arena.event_id
    request_id = generosity.helping(alex)
    _, beer = generosity.give(alex, request_id, generosity.beer)
    generosity.give(alex, request_id, generosity.beer)
    body = {"code": beer["receipt_code"]}
    generosity.call(generosity.evening.blair, "POST", "/gestures/claims", body)
    said = {"amount_cents": 9_000, "needs_supervisor": True}
    for _ in range(2):
        _, asked = generosity.give(alex, request_id, generosity.upgrade, **said)
    generosity.call(generosity.lead, "POST", f"/gestures/{asked['id']}/allow")
    status, costs = generosity.call(hr, "GET", f"/gestures/costs?event_id={event_id}")
    assert status == 200
    lines = [
        (one["category"], one["gestures"], one["cents"], one["allowed_cents"], one["claimed"])
        for one in costs["items"]
    ]
    assert lines == [("drink", 2, 2 * BEER, 0, 1), ("upgrade", 1, 9_000, 9_000, 0)]
    assert costs["totals"] == {"USD": 2 * BEER + 9_000}
    _, season = generosity.call(hr, "GET", "/gestures/costs")
    assert season["items"] == costs["items"]
    assert generosity.call(alex, "GET", "/gestures/costs")[0] == 403


def test_in_the_queue_a_gesture_is_given_once_and_one_over_the_cap_is_a_problem_of_its_own(
    generosity: Generosity,
) -> None:
    alex = generosity.evening.alex
    request_id, now = str(generosity.helping(alex)), clock.now()

    def queued(minutes: float, **said: Any) -> dict[str, Any]:
        at = (now - timedelta(minutes=minutes)).isoformat()
        return {
            "id": str(uuid4()),
            "kind": "give_gesture",
            "at": at,
            "request_id": request_id,
        } | said

    beer, upgrade = str(generosity.beer.id), str(generosity.upgrade.id)
    actions = [
        queued(1.5, kind_id=beer),
        queued(1.3, kind_id=upgrade, amount_cents=5_000),
        queued(1.2, kind_id=beer),
        queued(60 * 80, kind_id=upgrade, amount_cents=1),
        queued(1, kind_id=upgrade, amount_cents=5_000, needs_supervisor=True),
    ]
    body = {"sent_at": now.isoformat(), "actions": actions}
    _, first = generosity.call(alex, "POST", "/sync", body)
    results = first["results"]
    assert [one["status"] for one in results] == [201, 409, 201, 409, 201]
    assert [(one["problem"] or {}).get("type") for one in results[1:4:2]] == [
        "/problems/over-gesture-cap",
        "/problems/gesture-off-duty",
    ]
    assert (results[1]["problem"]["left_cents"], results[4]["result"]["state"]) == (
        CAP - BEER,
        "waiting",
    )
    codes = {one["result"]["receipt_code"] for one in results if one["result"]}
    assert len(codes - {None}) == 2
    _, again = generosity.call(alex, "POST", "/sync", body)
    assert [one["status"] for one in again["results"]] == [200, 409, 200, 409, 200]
    assert {one["result"]["receipt_code"] for one in again["results"] if one["result"]} == codes
    assert (gestures_in(generosity), generosity.left(alex)) == (3, CAP - 2 * BEER)
    generosity.must_hold()


def test_a_gesture_sent_by_itself_and_in_the_queue_is_one(generosity: Generosity) -> None:
    alex, said, now = generosity.evening.alex, str(uuid4()), clock.now().isoformat()
    request_id = generosity.helping(alex)
    _, first = generosity.give(alex, request_id, generosity.beer, id=said)
    action = {
        "id": said,
        "kind": "give_gesture",
        "at": now,
        "request_id": str(request_id),
        "kind_id": str(generosity.beer.id),
    }
    body = {"sent_at": now, "actions": [action]}
    [result] = generosity.call(alex, "POST", "/sync", body)[1]["results"]
    assert (result["status"], result["result"]) == (200, first)


def test_on_a_phone_hr_gives_what_a_supervisor_gives() -> None:
    everything = granted({Role.HR})
    assert held_with(everything) == {Role.EMPLOYEE, Role.SUPERVISOR, Role.HR}
    assert held_with(on_phone(everything)) == {Role.EMPLOYEE, Role.SUPERVISOR}
