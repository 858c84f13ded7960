"""Many gestures at once: the cap holds, a receipt is used once, one supervisor adds it."""

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from tests.engagement.generosity import CAP, Generosity, make_generosity
from tests.engagement.test_races import at_once

PRICE = 400


def calling(
    generosity: Generosity, who: Any, path: str, body: Any = None
) -> Callable[[], tuple[int, str]]:
    generosity.headers(who)

    def call() -> tuple[int, str]:
        status, answer = generosity.call(who, "POST", path, body)
        return status, answer.get("type", "")

    return call


def test_thirty_two_gestures_at_once_never_pass_the_cap(app: Flask) -> None:
    generosity = make_generosity(app)
    alex = generosity.evening.alex
    requests = [generosity.helping(alex) for _ in range(4)]
    kind = {"kind_id": str(generosity.upgrade.id), "amount_cents": PRICE}
    calls = [
        calling(
            generosity,
            alex,
            f"/requests/{requests[number % 4]}/gestures",
            kind | {"id": str(uuid4())},
        )
        for number in range(32)
    ]
    fits = CAP // PRICE
    assert Counter(at_once(calls)) == {
        (201, ""): fits,
        (409, "/problems/over-gesture-cap"): 32 - fits,
    }
    assert generosity.spent() == {alex.employee_id: fits * PRICE}
    generosity.must_hold()


def test_one_gesture_sent_thirty_two_times_at_once_is_given_once(app: Flask) -> None:
    generosity = make_generosity(app)
    alex = generosity.evening.alex
    path = f"/requests/{generosity.helping(alex)}/gestures"
    body = {"kind_id": str(generosity.beer.id), "id": str(uuid4())}
    answers = at_once([calling(generosity, alex, path, body)] * 32)
    assert Counter(answers) == {(201, ""): 1, (200, ""): 31}
    assert generosity.spent() == {alex.employee_id: generosity.beer.cents}
    generosity.must_hold()


def test_one_of_many_who_hold_a_receipt_uses_it(app: Flask) -> None:
    generosity = make_generosity(app)
    alex = generosity.evening.alex
    _, given = generosity.give(alex, generosity.helping(alex), generosity.beer)
    stands = [generosity.evening.blair, generosity.evening.casey, generosity.lead]
    body = {"code": given["receipt_code"]}
    calls = [calling(generosity, who, "/gestures/claims", body) for who in stands * 8]
    assert Counter(at_once(calls)) == {
        (200, ""): 1,
        (409, "/problems/receipt-already-used"): 23,
    }


def test_one_of_many_supervisors_adds_a_gesture(app: Flask) -> None:
    generosity = make_generosity(app)
    alex = generosity.evening.alex
    said = {"amount_cents": 9_000, "needs_supervisor": True}
    _, asked = generosity.give(alex, generosity.helping(alex), generosity.upgrade, **said)
    leads = [generosity.lead, generosity.evening.supervisor, generosity.hr]
    path = f"/gestures/{asked['id']}/allow"
    calls = [calling(generosity, who, path) for who in leads * 8]
    assert Counter(at_once(calls)) == {
        (200, ""): 1,
        (409, "/problems/gesture-not-waiting"): 23,
    }
    assert generosity.spent() == {}
    generosity.must_hold()


@pytest.mark.parametrize("round_", range(3))
def test_allowing_a_gesture_and_ending_its_request_has_one_order(app: Flask, round_: int) -> None:
    generosity = make_generosity(app)
    alex = generosity.evening.alex
    request_id = generosity.helping(alex)
    said = {"amount_cents": 9_000, "needs_supervisor": True}
    _, asked = generosity.give(alex, request_id, generosity.upgrade, **said)
    path = f"/gestures/{asked['id']}"
    allowed, released, taken_back = at_once(
        [
            calling(generosity, generosity.lead, f"{path}/allow"),
            calling(generosity, alex, f"/requests/{request_id}/release"),
            calling(generosity, alex, f"{path}/withdraw"),
        ]
    )
    assert released == (200, "")
    state = generosity.call(alex, "GET", path)[1]["state"]
    lost = (409, "/problems/gesture-not-waiting")
    # What is withdrawn was not allowed first, and nothing is given after its request.
    assert (allowed, state) in [((200, ""), "given"), (lost, "withdrawn")]
    assert taken_back in [(200, ""), lost]
    assert [allowed, taken_back].count((200, "")) <= 1
    generosity.must_hold()
