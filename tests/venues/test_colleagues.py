"""Who is on duty beside me: whom a request can be handed to."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.models import Employee
from backend.identity.rules import PayBasis
from backend.venues.models import Shift
from tests.engagement.stories import Evening, make_evening
from tests.factories import make_employee
from tests.http import headers_for


@pytest.fixture
def evening(app: Flask) -> Evening:
    with app.app_context(), transaction() as session:
        return make_evening(session, now=clock.now())


def beside(app: Flask, actor: Actor, **args: Any) -> dict[str, Any]:
    answer = app.test_client().get(
        "/v1/me/colleagues", query_string=args, headers=headers_for(app, actor)
    )
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.get_json()
    return page


def names(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["name"], one["zone"]["code"]) for one in page["items"]]


def shift(session: Session, evening: Evening, actor: Actor, **hours: timedelta) -> None:
    now = clock.now()
    session.add(
        Shift(
            organisation_id=evening.organisation_id,
            id=new_id(),
            event_id=evening.arena.event_id,
            employee_id=actor.employee_id,
            post_id=evening.arena.section_post_id,
            starts_at=now + hours["start"],
            ends_at=now + hours["end"],
        )
    )


def test_the_own_zone_comes_first_and_oneself_not_at_all(app: Flask, evening: Evening) -> None:
    assert names(beside(app, evening.alex)) == [("Blair Gates", "G1"), ("Casey Stands", "101")]
    casey = names(beside(app, evening.casey))
    assert sorted(casey) == [("Alex Usher", "G1"), ("Blair Gates", "G1")]


def test_pages_join_without_a_gap(app: Flask, evening: Evening) -> None:
    first = beside(app, evening.alex, limit=1)
    second = beside(app, evening.alex, limit=1, cursor=first["next_cursor"])
    assert names(first) + names(second) == names(beside(app, evening.alex))
    assert second["next_cursor"] is None


def test_who_is_called_elsewhere_is_there_once(app: Flask, evening: Evening) -> None:
    hour = timedelta(hours=1)
    with app.app_context(), transaction() as session:
        shift(session, evening, evening.blair, start=-hour / 4, end=hour)
    found = sorted(names(beside(app, evening.alex)))
    assert found == [("Blair Gates", "101"), ("Casey Stands", "101")]


def test_who_is_not_on_duty_now_or_has_left_is_not_there(app: Flask, evening: Evening) -> None:
    hour = timedelta(hours=1)
    with app.app_context(), transaction() as session:
        late = make_employee(session, evening.arena, name="Lou Late")
        shift(session, evening, late, start=hour, end=2 * hour)
        who = (evening.organisation_id, evening.casey.employee_id)
        session.get_one(Employee, who).deactivated_at = clock.now()
    assert names(beside(app, evening.alex)) == [("Blair Gates", "G1")]


def test_off_duty_there_is_nobody_and_salaried_staff_see_all(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        off = make_employee(session, evening.arena, name="Oli Off")
        president = make_employee(
            session, evening.arena, name="Vic President", pay_basis=PayBasis.SALARIED
        )
    assert names(beside(app, off)) == []
    assert len(names(beside(app, president))) == 3
