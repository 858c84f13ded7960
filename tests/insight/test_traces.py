"""From a payroll line to the requests and ratings that earned it, and back, over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.rules import Merit, RewardKind
from backend.rewards.services import adjustments, budgets, payroll_exports, redemptions
from backend.rewards.services.budgets import Wanted
from backend.rewards.services.ledger import confirm_due
from tests.factories import NOW, make_arena, make_employee
from tests.http import headers_for
from tests.insight.evening import Evening, make_worked_evening
from tests.rewards.wallets import make_reward

HR = (Role.EMPLOYEE, Role.HR)
LATER = NOW + timedelta(days=5)


@dataclass(frozen=True, kw_only=True)
class Paid:
    """An evening whose helper asked for a bonus with 4 points of a request and 3 of its rating."""

    evening: Evening
    hr: Actor
    redemption_id: UUID
    batch_id: UUID


@pytest.fixture
def paid(app: Flask) -> Paid:
    with app.app_context(), transaction() as session:
        evening = make_worked_evening(session, make_arena(session))
        while confirm_due(session, now=LATER):
            pass
        hr, chief = (make_employee(session, evening.arena, roles=HR) for _ in range(2))
        budgets.set_budget(
            session,
            actor=hr,
            season_id=evening.arena.season_id,
            wanted=Wanted(points=1_000, cents=100_000, currency="USD"),
            seen_version=1,
            now=LATER,
        )
        reward = make_reward(session, hr, now=LATER, points=7, value_cents=2_000)
        asked = redemptions.ask(
            session,
            actor=evening.helper,
            reward_id=reward.id,
            reward_version=1,
            merit=Merit(),
            now=LATER,
        )
        redemptions.approve(session, actor=chief, redemption_id=asked.id, seen_version=1, now=LATER)
        batch = payroll_exports.export(
            session, actor=hr, currency="USD", workweek_starts_on=0, now=clock.now(), foreseen={}
        )
        return Paid(evening=evening, hr=hr, redemption_id=asked.id, batch_id=batch.id)


def get(app: Flask, who: Actor, path: str, status: int = 200) -> Any:
    answer = app.test_client().get(f"/v1{path}", headers=headers_for(app, who))
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.json


def line_of(app: Flask, paid: Paid) -> Any:
    lines = get(app, paid.hr, f"/payroll-exports/{paid.batch_id}")["lines"]
    [line] = [one for one in lines if one["redemption_id"] == str(paid.redemption_id)]
    return line


def test_from_a_line_one_call_shows_what_earned_it(app: Flask, paid: Paid) -> None:
    line = line_of(app, paid)
    by_line = get(app, paid.hr, f"/payroll-lines/{line['id']}/sources")
    by_redemption = get(app, paid.hr, f"/redemptions/{paid.redemption_id}/sources")
    assert by_line["parts"] == by_redemption["parts"]
    assert by_line["redemption_id"] == str(paid.redemption_id)
    assert (by_line["points"], by_line["earned_from"], by_line["earned_until"]) == (
        7,
        "2026-11-21",
        "2026-11-21",
    )
    request_id = str(paid.evening.request_id)
    told = [
        (
            part["points"],
            part["gift"]["points"],
            part["gift"]["source_kind"],
            part["gift"]["request_id"],
            part["gift"]["stars"],
            part["gift"]["event"],
        )
        for part in by_line["parts"]
    ]
    assert told == [
        (4, 4, "request", request_id, None, "Home against Away"),
        (3, 6, "rating", request_id, 5, "Home against Away"),
    ]
    assert by_line["parts"][1]["gift"]["rating_id"] == str(paid.evening.invitation_id)


def test_from_a_request_or_its_rating_one_call_shows_who_was_paid(app: Flask, paid: Paid) -> None:
    fates = get(app, paid.hr, f"/ledger/{paid.evening.request_id}/payments")["items"]
    whose = {
        (fate["gift"]["employee_id"], fate["gift"]["source_kind"]): (
            fate["available"],
            [(one["points"], one["redemption_id"]) for one in fate["payments"]],
        )
        for fate in fates
    }
    usher, helper = (str(one.employee_id) for one in (paid.evening.usher, paid.evening.helper))
    assert whose == {
        (usher, "request"): (6, []),
        (usher, "rating"): (9, []),
        (helper, "request"): (0, [(4, str(paid.redemption_id))]),
        (helper, "rating"): (3, [(3, str(paid.redemption_id))]),
    }
    rated = get(app, paid.hr, f"/ledger/{paid.evening.invitation_id}/payments")["items"]
    assert {fate["gift"]["source_kind"] for fate in rated} == {"rating"}
    [paying] = [one for fate in rated for one in fate["payments"]]
    line = line_of(app, paid)
    assert paying["lines"] == [
        {
            "line_id": line["id"],
            "batch_id": str(paid.batch_id),
            "batch_number": 1,
            "line_number": 2,
            "kind": "payment",
            "amount_cents": 2_000,
            "currency": "USD",
        }
    ]


def test_an_entry_and_a_greeting_lead_to_their_payments_too(app: Flask, paid: Paid) -> None:
    [greeted] = get(app, paid.hr, f"/ledger/{paid.evening.greeting_id}/payments")["items"]
    assert (greeted["gift"]["source_kind"], greeted["available"]) == ("greeting", 0)
    # The evening's own bonus was asked for first.
    [paying] = greeted["payments"]
    assert (paying["status"], paying["points"]) == ("approved", 1)
    assert [one["line_number"] for one in paying["lines"]] == [1]
    entry = greeted["gift"]["transaction_id"]
    assert get(app, paid.hr, f"/ledger/{entry}/payments")["items"] == [greeted]


def test_what_was_taken_back_has_no_sources(app: Flask, paid: Paid) -> None:
    helper, rating = paid.evening.helper, paid.evening.invitation_id
    with app.app_context(), transaction() as session:
        reward = make_reward(session, paid.hr, now=LATER, points=3, kind=RewardKind.PERK)
        asked = redemptions.ask(
            session, actor=helper, reward_id=reward.id, reward_version=1, merit=Merit(), now=LATER
        )
    where = f"/redemptions/{asked.id}/sources"
    sources = get(app, paid.hr, where)
    assert [(part["points"], part["gift"]["rating_id"]) for part in sources["parts"]] == [
        (3, str(rating))
    ]
    with app.app_context(), transaction() as session:
        redemptions.cancel(session, actor=helper, redemption_id=asked.id, now=LATER)
    sources = get(app, paid.hr, where)
    assert (sources["points"], sources["parts"], sources["earned_from"]) == (0, [], None)
    fates = get(app, paid.hr, f"/ledger/{rating}/payments")["items"]
    [fate] = [one for one in fates if one["gift"]["employee_id"] == str(helper.employee_id)]
    assert (fate["available"], len(fate["payments"])) == (3, 1)


def test_points_that_hr_gave_are_paid_in_the_week_in_which_they_were_recorded(
    app: Flask, paid: Paid
) -> None:
    # A Sunday in UTC is still Saturday evening in Philadelphia.
    night = datetime(2026, 11, 29, 1, tzinfo=UTC)
    with app.app_context(), transaction() as session:
        arena = paid.evening.arena
        who = make_employee(session, arena)
        hr, chief = (make_employee(session, arena, roles=HR) for _ in range(2))
        given, taken = (
            adjustments.adjust(
                session,
                actor=hr,
                employee_id=who.employee_id,
                points=points,
                reason="Seen by all.",
                now=night,
            )
            for points in (9, -2)
        )
        reward = make_reward(session, hr, now=night, points=7, value_cents=700)
        asked = redemptions.ask(
            session, actor=who, reward_id=reward.id, reward_version=1, merit=Merit(), now=night
        )
        redemptions.approve(session, actor=chief, redemption_id=asked.id, seen_version=1, now=night)
        batch = payroll_exports.export(
            session,
            actor=hr,
            currency="USD",
            workweek_starts_on=6,
            now=clock.now(),
            foreseen={},
        )
    [line] = get(app, paid.hr, f"/payroll-exports/{batch.id}")["lines"]
    assert [(week["starts_on"], week["cents"]) for week in line["weeks"]] == [("2026-11-22", 700)]
    [part] = get(app, paid.hr, f"/payroll-lines/{line['id']}/sources")["parts"]
    assert (part["points"], part["gift"]["points"]) == (7, 9)
    assert (part["gift"]["source_kind"], part["gift"]["event"]) == ("adjustment", None)
    assert part["gift"]["earned_on"] == "2026-11-28"
    [fate] = get(app, paid.hr, f"/ledger/{given.id}/payments")["items"]
    assert (fate["available"], len(fate["payments"])) == (0, 1)
    # What was taken gave nobody anything.
    get(app, paid.hr, f"/ledger/{taken.id}/payments", 404)
    with app.app_context(), reading() as session:
        owner = paid.evening.arena.organisation_id
        assert list(verify.find_offenders(session, code="I11", organisation_id=owner)) == []


def test_nothing_leads_out_of_an_organisation_or_to_employees(app: Flask, paid: Paid) -> None:
    line = line_of(app, paid)
    paths = {
        f"/redemptions/{paid.redemption_id}/sources": "redemption-not-found",
        f"/payroll-lines/{line['id']}/sources": "line-not-found",
        f"/ledger/{paid.evening.request_id}/payments": "nothing-given",
        f"/ledger/{new_id()}/payments": "nothing-given",
    }
    with app.app_context(), transaction() as session:
        stranger = make_employee(session, make_arena(session), roles=HR)
    for path, code in paths.items():
        assert get(app, stranger, path, 404)["type"] == f"/problems/{code}"
        get(app, paid.evening.helper, path, 403)
