"""A phone's queue over HTTP: in order, each action once, whatever is sent again."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend.engagement.models import Greeting, PhoneAction, Request, Tally
from backend.engagement.rules import Outcome
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.rewards.models import Balance, LedgerTransaction
from tests.factories import Arena, make_arena, make_employee, make_shift
from tests.http import headers_for
from tests.rewards.books import check_books


@dataclass(frozen=True, kw_only=True)
class Phone:
    """Somebody's phone at an event that is on."""

    app: Flask
    arena: Arena
    actor: Actor
    headers: dict[str, str]
    now: datetime

    def sync(self, actions: Any, **envelope: Any) -> TestResponse:
        """Send a queue."""
        body = {"sent_at": self.now.isoformat(), "actions": actions} | envelope
        return self.app.test_client().post(
            "/v1/sync",
            data=json.dumps(body),
            content_type="application/json",
            headers=self.headers,
        )

    def results(self, actions: Sequence[Any]) -> list[dict[str, Any]]:
        """Send a queue and return what came of each action."""
        answer = self.sync(actions)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        found: list[dict[str, Any]] = answer.get_json()["results"]
        assert [one["id"] for one in found] == [
            one.get("id") if isinstance(one, dict) else None for one in actions
        ]
        assert all((one["result"] is None) == (one["status"] >= 400) for one in found)
        assert all((one["problem"] is None) == (one["status"] < 400) for one in found)
        return found

    def statuses(self, actions: Sequence[Any]) -> list[int]:
        """Send a queue and return the status of each action."""
        return [one["status"] for one in self.results(actions)]

    def said(self, kind: str, *, seconds_ago: float = 0, **fields: Any) -> dict[str, Any]:
        """Return a queued action."""
        at = self.now - timedelta(seconds=seconds_ago)
        return {"id": str(uuid4()), "kind": kind, "at": at.isoformat()} | fields


def a_phone(app: Flask, arena: Arena | None = None, *, on_shift: bool = True) -> Phone:
    """Return the phone of a fresh employee, in a fresh arena unless said otherwise."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        arena = arena or make_arena(session, now=now)
        actor = make_employee(session, arena)
        if on_shift:
            make_shift(session, arena, actor)
    return Phone(app=app, arena=arena, actor=actor, headers=headers_for(app, actor), now=now)


@pytest.fixture
def phone(app: Flask) -> Phone:
    """Return the phone of an usher on shift."""
    return a_phone(app)


def books(phone: Phone) -> dict[str, Any]:
    """Return what the books say of an evening, after checking them."""
    whose = {"organisation_id": phone.arena.organisation_id}
    with phone.app.app_context(), reading() as session:
        check_books(session, phone.arena.organisation_id)
        tally = session.get(Tally, (*whose.values(), phone.arena.event_id, phone.actor.employee_id))
        balance = session.get(Balance, (*whose.values(), phone.actor.employee_id))
        return {
            "greetings": tally.greetings if tally else 0,
            "fans": tally.fans_greeted if tally else 0,
            "resolved": tally.resolved if tally else 0,
            "pending": balance.pending if balance else 0,
            "kept": session.scalar(select(func.count()).select_from(Greeting).filter_by(**whose)),
            "requests": session.scalar(
                select(func.count()).select_from(Request).filter_by(**whose)
            ),
            "actions": session.scalar(
                select(func.count()).select_from(PhoneAction).filter_by(**whose)
            ),
        }


def a_story(phone: Phone) -> list[dict[str, Any]]:
    """Return a queue that greets, opens, takes, resolves and cancels."""
    wished, opened, other = str(uuid4()), str(uuid4()), str(uuid4())
    section = str(phone.arena.section_id)
    wish = {"id": wished, "category": "seating", "zone_id": section}
    said = phone.said
    return [
        said("greet", seconds_ago=300, party_size=3),
        said("greet", seconds_ago=280, answer="help", request=wish),
        said("resolve", seconds_ago=260, request_id=wished),
        said("open", seconds_ago=250, category="other", zone_id=section, note="A lost scarf")
        | {"id": opened},
        said("accept", seconds_ago=240, request_id=opened),
        said("release", seconds_ago=230, request_id=opened),
        said("open", seconds_ago=220, category="cleaning") | {"id": other},
        said("cancel", seconds_ago=210, request_id=other, reason="Done already"),
        said("greet", seconds_ago=200),
    ]


def test_a_queue_is_played_in_order(phone: Phone) -> None:
    story = a_story(phone)
    results = phone.results(story)
    assert [one["status"] for one in results] == [201, 201, 200, 201, 200, 200, 201, 200, 201]
    greeted, helped, resolved, _, accepted, released, _, cancelled, _ = (
        one["result"] for one in results
    )
    assert (greeted["outcome"], greeted["points"]) == ("paid", 1)
    assert helped["request"]["status"] == "accepted"
    assert helped["request"]["greeting_id"] == helped["id"]
    assert helped["request"]["owner_id"] == str(phone.actor.employee_id)
    assert resolved["request"]["status"] == "resolved"
    assert len(resolved["rating"]["code"]) == 26
    assert accepted["status"] == "accepted"
    assert released["status"] == "open"
    assert cancelled["status"] == "cancelled"
    assert books(phone) == {
        "greetings": 3,
        "fans": 5,
        "resolved": 1,
        "pending": 13,
        "kept": 3,
        "requests": 3,
        "actions": 10,
    }


def test_a_queue_sent_again_gets_its_first_results_and_the_code_once_more(phone: Phone) -> None:
    story = a_story(phone)
    first = phone.results(story)
    before = books(phone)
    again = phone.results(story)
    assert [one["status"] for one in again] == [200] * len(story)
    assert [one["result"] for one in again] == [one["result"] for one in first]
    assert books(phone) == before
    with phone.app.app_context(), reading() as session:
        code = first[2]["result"]["rating"]["code"]
        kept = session.scalars(
            select(PhoneAction.result).filter_by(organisation_id=phone.arena.organisation_id)
        ).all()
        assert code not in json.dumps(kept, default=str)


def test_one_bad_action_spoils_no_other(phone: Phone) -> None:
    said = phone.said
    queue = [
        said("greet", seconds_ago=60, party_size=-1),
        said("greet", seconds_ago=50),
        said("greet", seconds_ago=40, zone_id=str(uuid4())),
        said("accept", seconds_ago=30, request_id=str(uuid4())),
        said("dance", seconds_ago=29),
        said("greet", seconds_ago=28) | {"id": "7"},
        said("greet", seconds_ago=27, note="What is this?"),
        said("greet", seconds_ago=26, answer="help"),
        said("open", seconds_ago=25, category="other", note="a\x00b"),
        said("cancel", seconds_ago=24),
        {"id": str(uuid4())},
        said("greet", seconds_ago=20),
    ]
    answer = phone.sync(["greet", 7, [], *queue])
    assert answer.status_code == 200, answer.get_data(as_text=True)
    results = answer.get_json()["results"]
    assert [one["status"] for one in results] == [
        *[422] * 3,
        *[422, 201, 404, 404, 422, 422, 422, 422, 422, 422, 422, 201],
    ]
    assert results[3]["problem"]["errors"] == {
        "json": {"party_size": ["Must be greater than or equal to 1 and less than or equal to 50."]}
    }
    assert results[8]["id"] is None
    assert results[5]["problem"]["type"] == "/problems/zone-not-found"
    assert books(phone)["kept"] == 2


def test_a_refused_action_is_refused_again_even_when_it_would_fit_now(phone: Phone) -> None:
    request_id = str(uuid4())
    accept = phone.said("accept", seconds_ago=9, request_id=request_id)
    assert phone.statuses([accept]) == [404]
    opened = phone.said("open", seconds_ago=8, category="other") | {"id": request_id}
    assert phone.statuses([opened, accept, accept]) == [201, 404, 404]
    fresh = phone.said("accept", request_id=request_id)
    assert phone.statuses([fresh]) == [200]


@pytest.mark.parametrize("zone", [None, "elsewhere"])
def test_an_id_that_comes_twice_is_one_action(phone: Phone, zone: str | None) -> None:
    fields: dict[str, Any] = {"zone_id": str(uuid4())} if zone else {}
    first, again = (404, 404) if zone else (201, 200)
    one = phone.said("greet", **fields)
    other = one | {"party_size": 9}
    later = one | {"at": (phone.now - timedelta(seconds=1)).isoformat()}
    step = phone.said("release", request_id=str(uuid4())) | {"id": one["id"]}
    assert phone.statuses([one, one, other, later, step]) == [first, again, 409, 409, 409]
    assert phone.statuses([other, step, one]) == [409, 409, again]


def test_a_single_call_and_the_queue_are_the_same_action(phone: Phone) -> None:
    client = phone.app.test_client()
    fields = {"party_size": 2, "zone_id": str(phone.arena.section_id)}
    for wish in (None, {"id": str(uuid4()), "category": "tickets", "seat": "12"}):
        more = {"answer": "help", "request": wish} if wish else {}
        first_put, first_queued = (
            phone.said("greet", seconds_ago=ago, **fields, **more) for ago in (40, 80)
        )
        if wish:
            first_queued["request"] = wish | {"id": str(uuid4())}
        put = [
            {key: value for key, value in one.items() if key not in {"id", "kind"}}
            | {"sent_at": phone.now.isoformat()}
            for one in (first_put, first_queued)
        ]
        one = client.put(f"/v1/greetings/{first_put['id']}", json=put[0], headers=phone.headers)
        assert one.status_code == 201, one.json
        queued = phone.results([first_put, first_queued])
        assert [result["status"] for result in queued] == [200, 201]
        assert queued[0]["result"] == one.json
        two = client.put(f"/v1/greetings/{first_queued['id']}", json=put[1], headers=phone.headers)
        assert (two.status_code, two.json) == (200, queued[1]["result"])


def test_somebody_elses_id_is_refused(phone: Phone) -> None:
    story = a_story(phone)
    phone.results(story)
    before = books(phone)
    thief = a_phone(phone.app, phone.arena)
    assert phone.statuses(story) == [200] * len(story)
    assert thief.statuses(story) == [409] * len(story)
    assert books(phone) == before


def test_the_queue_of_a_wrong_or_lying_clock(phone: Phone) -> None:
    fast = timedelta(days=400)
    said = phone.said
    queue = [
        said("greet", seconds_ago=-400 * 86_400 + 60),
        said("greet", seconds_ago=-400 * 86_400 - 60),
        said("greet", seconds_ago=-400 * 86_400 + 74 * 3600),
    ]
    answer = phone.sync(queue, sent_at=(phone.now + fast).isoformat())
    results = [one["result"]["outcome"] for one in answer.get_json()["results"]]
    assert results == ["paid", "unverified", "rejected"]
    assert books(phone)["pending"] == 1


def test_off_shift_a_queue_is_kept_and_earns_nothing(app: Flask) -> None:
    phone = a_phone(app, on_shift=False)
    results = phone.results([phone.said("greet", seconds_ago=ago) for ago in (60, 30)])
    assert {one["result"]["outcome"] for one in results} == {"unverified"}
    assert books(phone) | {"actions": 0} == {
        "greetings": 0,
        "fans": 0,
        "resolved": 0,
        "pending": 0,
        "kept": 2,
        "requests": 0,
        "actions": 0,
    }


def test_five_in_hand_are_the_most_and_the_sixth_wish_stays_open(phone: Phone) -> None:
    queue = [
        phone.said(
            "greet",
            seconds_ago=100 - 12 * number,
            answer="help",
            request={"id": str(uuid4()), "category": "other"},
        )
        for number in range(6)
    ]
    states = [one["result"]["request"]["status"] for one in phone.results(queue)]
    assert states == ["accepted"] * 5 + ["open"]
    assert books(phone)["greetings"] == 6


def test_a_wish_under_a_used_id_undoes_its_greeting_only(phone: Phone) -> None:
    used = str(uuid4())
    queue = [
        phone.said("open", seconds_ago=60, category="other") | {"id": used},
        phone.said(
            "greet",
            seconds_ago=50,
            answer="help",
            request={"id": used, "category": "other"},
        ),
        phone.said("greet", seconds_ago=40),
    ]
    assert phone.statuses(queue) == [201, 409, 201]
    assert books(phone)["kept"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"actions": []},
        {"sent_at": "2026-11-21T10:00:00Z"},
        {"sent_at": "yesterday", "actions": [{}]},
        {"sent_at": "2026-11-21T10:00:00Z", "actions": []},
        {"sent_at": "2026-11-21T10:00:00Z", "actions": {}},
        {"sent_at": "2026-11-21T10:00:00Z", "actions": [{}] * 501},
        {"sent_at": "2026-11-21T10:00:00Z", "actions": [{}], "organisation_id": str(UUID(int=7))},
    ],
)
def test_a_malformed_envelope_is_refused_as_a_whole(phone: Phone, body: Any) -> None:
    answer = phone.app.test_client().post("/v1/sync", json=body, headers=phone.headers)
    assert answer.status_code == 422
    assert books(phone)["actions"] == 0


def test_greetings_of_a_queue_are_paid_in_one_transaction_that_each_of_them_names(
    phone: Phone,
) -> None:
    greetings = [phone.said("greet", seconds_ago=60 * ago) for ago in (6, 5, 4)]
    assert phone.statuses([*greetings, phone.said("greet", seconds_ago=239)]) == [201] * 4
    whose = {"organisation_id": phone.arena.organisation_id}
    with phone.app.app_context(), reading() as session:
        check_books(session, phone.arena.organisation_id)
        accrual = session.scalars(select(LedgerTransaction).filter_by(**whose)).one()
        first_id = UUID(greetings[0]["id"])
        assert (accrual.points, accrual.source_id) == (3, first_id)
        kept = session.execute(
            select(Greeting.outcome, Greeting.points, Greeting.paid_with_id)
            .filter_by(**whose)
            .order_by(Greeting.greeted_at)
        ).all()
        assert kept == [(Outcome.PAID, 1, first_id)] * 3 + [(Outcome.TOO_SOON, 0, None)]


def test_four_threads_with_the_same_queue_do_each_action_once(phone: Phone) -> None:
    story = a_story(phone) + [phone.said("greet", seconds_ago=1000 + 20 * n) for n in range(30)]
    together = threading.Barrier(4)
    answers: list[TestResponse] = []

    def send() -> None:
        together.wait()
        answers.append(phone.sync(story))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    results = [answer.get_json()["results"] for answer in answers]
    for same in zip(*results, strict=True):
        assert all(one["result"] == same[0]["result"] for one in same)
        assert sorted(one["status"] for one in same)[:3] == [200] * 3
    assert books(phone) == {
        "greetings": 33,
        "fans": 35,
        "resolved": 1,
        "pending": 43,
        "kept": 33,
        "requests": 3,
        "actions": 40,
    }


def test_a_wish_by_the_id_of_its_greeting_is_refused_and_spoils_no_other_action(
    phone: Phone,
) -> None:
    wish = {"id": str(uuid4()), "category": "tickets"}
    one_id = phone.said("greet", seconds_ago=30, answer="help", request=wish) | {"id": wish["id"]}
    queue = [phone.said("open", category="tickets"), one_id, phone.said("greet")]
    first, refused, last = phone.results(queue)
    assert (first["status"], refused["status"], last["status"]) == (201, 409, 201)
    assert refused["problem"]["type"] == "/problems/id-already-used"
    assert phone.statuses(queue) == [200, 409, 200]
    kept = books(phone)
    assert (kept["kept"], kept["requests"], kept["actions"]) == (1, 1, 3)
