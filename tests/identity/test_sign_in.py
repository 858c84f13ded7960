"""Enrolling, signing in on a phone, and what guessing meets."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.models import Device, Employee, PinTries, SignedInSession
from tests.identity.people import (
    PIN,
    Person,
    enrol,
    hire,
    issue_code,
    person,
    post,
    problem,
    refresh,
    who_am_i,
)

WRONG = (401, "credentials-wrong")
LOCKED = (401, "pin-locked")


def test_a_phone_is_enrolled_and_its_owner_is_signed_in(app: Flask) -> None:
    somebody = person(app)
    assert who_am_i(app, somebody.phone["access_token"]).get_json()["id"] == str(
        somebody.employee_id
    )
    answer = somebody.sign_in()
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["token_type"] == "Bearer"
    assert who_am_i(app, answer.get_json()["access_token"]).status_code == 200


def test_enrolling_is_on_record(app: Flask) -> None:
    somebody = person(app)
    with app.app_context(), transaction() as session:
        acts = session.scalars(
            select(AuditRow.act).where(
                AuditRow.organisation_id == somebody.arena.organisation_id,
                AuditRow.subject_id == Device.id,
            )
        ).all()
    assert acts == ["device.enrolled"]


def test_a_code_works_as_people_type_it(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    typed = f" {code[:5]}-{code[5:]} ".lower().replace("0", "o").replace("1", "l")
    body = {"code": typed, "pin": "4907", "label": "Phone"}
    assert post(app.test_client(), "/v1/devices", body).status_code == 201


def test_a_code_is_used_once_and_a_newer_one_replaces_it(app: Flask) -> None:
    _, actor, _ = hire(app)
    older, newer = issue_code(app, actor), issue_code(app, actor)
    tries = ((older, PIN), (newer, PIN), (newer, "5806"), ("0000000000", PIN))
    answers = [enrol(app, actor, code=code, pin=pin).status_code for code, pin in tries]
    assert answers == [401, 201, 401, 401]


def test_a_code_expires_after_seven_days(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1)):
        assert problem(enrol(app, actor, code=code)) == (401, "enrolment-code-refused")


@pytest.mark.parametrize("pin", ["123", "123456789", "1111", "1234", "9876", "7890", "12a4"])
def test_a_pin_that_is_easy_to_guess_is_refused(app: Flask, pin: str) -> None:
    answer = post(app.test_client(), "/v1/devices", {"code": "X", "pin": pin, "label": "P"})
    assert answer.status_code == 422
    assert "pin" in answer.get_json()["errors"]["json"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"email": "a@b.example", "pin": "4907"},
        {"email": "a@b.example", "password": "x", "totp": "123456", "pin": "4907"},
        {"email": "a@b.example", "password": "x\x00", "totp": "123456"},
        {"email": "a@b.example", "password": "x", "totp": "12345a"},
        {"badge_number": "1", "pin": 4907, "device_id": "1", "device_secret": "x"},
        {"unknown": True},
    ],
)
def test_a_sign_in_of_another_shape_is_refused(app: Flask, body: object) -> None:
    answer = app.test_client().post("/v1/sessions", json=body)
    assert answer.status_code == 422, answer.text


def test_ten_wrong_pins_lock_the_pair_and_nobody_else(app: Flask) -> None:
    somebody = person(app)
    colleague = person(app, somebody.arena)
    elsewhere = enrol(app, somebody.actor).get_json()
    answers = [problem(somebody.sign_in(pin="0001")) for _ in range(11)]
    assert answers == [WRONG] * 9 + [LOCKED] * 2
    assert problem(somebody.sign_in()) == LOCKED
    here = {name: somebody.phone[name] for name in ("device_id", "device_secret")}
    there = {name: elsewhere[name] for name in ("device_id", "device_secret")}
    assert colleague.sign_in(**here).status_code == 201
    assert somebody.sign_in(**there).status_code == 201


def test_a_new_enrolment_code_unlocks_the_phone(app: Flask) -> None:
    somebody = person(app)
    for _ in range(10):
        somebody.sign_in(pin="0001")
    same = {name: somebody.phone[name] for name in ("device_id", "device_secret")}
    answer = enrol(app, somebody.actor, **same)
    assert answer.get_json()["device_id"] == somebody.phone["device_id"]
    assert somebody.sign_in().status_code == 201


def test_a_right_pin_forgets_the_wrong_ones(app: Flask) -> None:
    somebody = person(app)
    for _ in range(2):
        for _ in range(9):
            assert problem(somebody.sign_in(pin="0001")) == WRONG
        assert somebody.sign_in().status_code == 201


def test_an_unknown_badge_is_answered_like_a_wrong_pin(app: Flask) -> None:
    somebody = person(app)
    unknown, wrong = somebody.sign_in(badge_number="nobody"), somebody.sign_in(pin="0001")
    assert problem(unknown) == problem(wrong) == WRONG
    assert unknown.get_json() == wrong.get_json()


def test_a_pin_needs_an_enrolled_phone_of_the_same_organisation(app: Flask) -> None:
    somebody, stranger = person(app), person(app)
    refused = (401, "device-not-enrolled")
    assert problem(somebody.sign_in(device_id=str(uuid4()))) == refused
    assert problem(somebody.sign_in(device_secret="guessed")) == refused
    theirs = {name: stranger.phone[name] for name in ("device_id", "device_secret")}
    assert problem(somebody.sign_in(**theirs)) == WRONG
    code = issue_code(app, somebody.actor)
    assert problem(enrol(app, somebody.actor, code=code, **theirs)) == refused
    assert enrol(app, somebody.actor, code=code).status_code == 201, "a refusal uses nothing up"


def test_whose_contract_is_over_cannot_sign_in(app: Flask) -> None:
    somebody = person(app)
    with app.app_context(), transaction() as session:
        session.execute(
            update(Employee)
            .where(Employee.id == somebody.employee_id)
            .values(contract_ends_on=(clock.now() - timedelta(days=2)).date())
        )
    assert problem(somebody.sign_in()) == (401, "employment-ended")


def test_parallel_guesses_are_all_counted(app: Flask) -> None:
    somebody = person(app)
    with ThreadPoolExecutor(5) as pool:
        answers = pool.map(lambda _: problem(somebody.sign_in(pin="0001")), range(15))
    assert sorted(answers) == [WRONG] * 9 + [LOCKED] * 6
    with app.app_context(), transaction() as session:
        failed = session.scalars(
            select(PinTries.failed).where(PinTries.employee_id == somebody.employee_id)
        ).all()
    assert failed == [10]


def test_one_code_enrols_one_phone_when_four_race(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: enrol(app, actor, code=code), range(4)))
    # Whoever comes so late that the PIN is known sends it again, and the one before is nobody's.
    assert {answer.status_code for answer in answers} <= {201, 401}
    assert len(usable_phones(app, actor)) == 1


def usable_phones(app: Flask, actor: Actor) -> list[UUID]:
    """Return the devices that are not revoked and on which a session is open."""
    query = select(Device.id).join(SignedInSession, SignedInSession.device_id == Device.id)
    with app.app_context(), reading() as session:
        found = session.scalars(
            query.where(
                Device.enrolled_by == actor.employee_id,
                Device.revoked_at.is_(None),
                SignedInSession.revoked_at.is_(None),
            )
        )
        return list(found)


def test_an_enrolment_whose_answer_was_lost_is_sent_again(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    lost = enrol(app, actor, code=code).get_json()
    again = enrol(app, actor, code=code)
    assert again.status_code == 201, again.text
    arrived = again.get_json()
    assert usable_phones(app, actor) == [UUID(arrived["device_id"])]
    assert problem(who_am_i(app, lost["access_token"])) == (401, "session-ended")
    assert who_am_i(app, arrived["access_token"]).status_code == 200
    with app.app_context(), reading() as session:
        acts = session.scalars(
            select(AuditRow.act)
            .where(AuditRow.organisation_id == actor.organisation_id)
            .order_by(AuditRow.id)
        )
        assert list(acts) == ["device.enrolled", "device.revoked", "device.enrolled"]


def test_a_code_whose_session_went_on_is_used_up(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    phone = enrol(app, actor, code=code).get_json()
    assert refresh(app, phone["refresh_token"]).status_code == 200
    assert problem(enrol(app, actor, code=code)) == (401, "enrolment-code-refused")
    assert usable_phones(app, actor) == [UUID(phone["device_id"])]


def test_a_code_is_used_up_by_a_sign_in_on_its_phone(app: Flask) -> None:
    arena, actor, badge_number = hire(app)
    code = issue_code(app, actor)
    phone = enrol(app, actor, code=code).get_json()
    somebody = Person(app=app, arena=arena, actor=actor, badge_number=badge_number, phone=phone)
    assert somebody.sign_in().status_code == 201
    assert problem(enrol(app, actor, code=code)) == (401, "enrolment-code-refused")
    assert set(usable_phones(app, actor)) == {UUID(phone["device_id"])}


def test_an_enrolment_is_sent_again_for_ten_minutes_and_with_its_pin_alone(app: Flask) -> None:
    _, actor, _ = hire(app)
    code = issue_code(app, actor)
    phone = enrol(app, actor, code=code).get_json()
    refused = (401, "enrolment-code-refused")
    assert problem(enrol(app, actor, code=code, pin="5806")) == refused
    with time_machine.travel(clock.now() + timedelta(minutes=10)):
        assert problem(enrol(app, actor, code=code)) == refused
    assert usable_phones(app, actor) == [UUID(phone["device_id"])]


def test_the_same_phone_stays_enrolled_when_its_answer_is_lost(app: Flask) -> None:
    somebody = person(app)
    same = {name: somebody.phone[name] for name in ("device_id", "device_secret")}
    code = issue_code(app, somebody.actor)
    for _ in range(2):
        answer = enrol(app, somebody.actor, code=code, **same)
        assert answer.status_code == 201, answer.text
        assert answer.get_json()["device_id"] == same["device_id"]
    assert somebody.sign_in().status_code == 201
