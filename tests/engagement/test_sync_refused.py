"""The queue of somebody who is signed out or works here no more: refused, each with its reason."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.models import Employee
from backend.identity.services import sessions
from tests.engagement.test_sync import Phone, a_phone, books
from tests.http import headers_for

A_MOMENT = timedelta(seconds=2)


@pytest.fixture
def phone(app: Flask) -> Phone:
    return a_phone(app)


def end_sessions(phone: Phone, because: str) -> None:
    with phone.app.app_context(), transaction() as session:
        who = {
            "organisation_id": phone.actor.organisation_id,
            "employee_id": phone.actor.employee_id,
        }
        sessions.end_all_of_employee(session, **who, because=because, now=clock.now())


def refusals(phone: Phone, queue: Any) -> list[tuple[str | None, int, str]]:
    with time_machine.travel(clock.now() + A_MOMENT):
        answer = phone.sync(queue)
    assert answer.status_code == 401
    return [
        (one["id"], one["status"], one["problem"]["type"]) for one in answer.get_json()["results"]
    ]


def test_of_who_is_signed_out_each_is_refused_and_can_be_sent_after_signing_in(
    phone: Phone,
) -> None:
    queue = [phone.said("greet", seconds_ago=60), phone.said("greet", seconds_ago=30)]
    end_sessions(phone, "signed_out")
    assert refusals(phone, queue) == [(one["id"], 401, "/problems/session-ended") for one in queue]
    assert books(phone)["kept"] == 0
    again = Phone(**{**vars(phone), "headers": headers_for(phone.app, phone.actor)})
    assert again.statuses(queue) == [201, 201]


def test_of_who_was_deactivated_each_is_refused_because_they_work_here_no_more(
    phone: Phone,
) -> None:
    queue = [phone.said("greet", seconds_ago=60), phone.said("open", category="tickets")]
    with phone.app.app_context(), transaction() as session:
        who = (phone.actor.organisation_id, phone.actor.employee_id)
        session.get_one(Employee, who).deactivated_at = clock.now()
    end_sessions(phone, "deactivated")
    gone = "/problems/employment-ended"
    assert refusals(phone, queue) == [(one["id"], 401, gone) for one in queue]
    assert books(phone)["kept"] == 0


@pytest.mark.parametrize(
    ("actions", "ids"), [(None, []), ("x", []), ([None, {"id": 5}, {"id": "y" * 50}], [None] * 3)]
)
def test_a_body_that_nobody_validated_does_no_harm(
    phone: Phone, actions: Any, ids: list[None]
) -> None:
    end_sessions(phone, "signed_out")
    assert [one for one, _, _ in refusals(phone, actions)] == ids


def test_a_null_among_the_actions_spoils_no_other(phone: Phone) -> None:
    greeting = {"id": str(uuid4()), "kind": "greet", "at": clock.now().isoformat()}
    results = phone.results([None, greeting, None])
    assert [one["status"] for one in results] == [422, 201, 422]
