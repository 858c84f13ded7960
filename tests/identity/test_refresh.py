"""Refresh tokens: rotation, the lost answer, theft."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select, update

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.models import Employee, SignedInSession
from tests.identity.people import person, problem, refresh, who_am_i

REUSED = (401, "refresh-token-reused")
ENDED = (401, "session-ended")


def test_a_refresh_token_gives_the_next_pair(app: Flask) -> None:
    token = person(app).phone["refresh_token"]
    for _ in range(3):
        answer = refresh(app, token)
        assert answer.status_code == 200, answer.text
        token = answer.get_json()["refresh_token"]
    assert who_am_i(app, answer.get_json()["access_token"]).status_code == 200


def test_a_lost_answer_does_not_log_an_honest_person_out(app: Flask) -> None:
    token = person(app).phone["refresh_token"]
    lost = refresh(app, token).get_json()["refresh_token"]
    again = refresh(app, token)
    assert again.status_code == 200
    assert refresh(app, again.get_json()["refresh_token"]).status_code == 200
    assert problem(refresh(app, lost)) == REUSED


def test_a_token_whose_successor_was_used_closes_the_session_for_good(app: Flask) -> None:
    somebody = person(app)
    stolen = somebody.phone["refresh_token"]
    second = refresh(app, stolen).get_json()["refresh_token"]
    third = refresh(app, second).get_json()
    assert problem(refresh(app, stolen)) == REUSED
    assert problem(refresh(app, third["refresh_token"])) == ENDED
    with time_machine.travel(clock.now() + timedelta(seconds=1)):
        assert problem(who_am_i(app, third["access_token"])) == ENDED
    assert somebody.sign_in().status_code == 201, "other sessions are not touched"
    with app.app_context(), transaction() as session:
        reasons = session.scalars(
            select(SignedInSession.revoked_because).where(
                SignedInSession.employee_id == somebody.employee_id
            )
        ).all()
    assert sorted(map(str, reasons)) == ["None", "refresh_token_reused"]


def test_a_session_ends_after_thirty_days_however_often_it_was_refreshed(app: Flask) -> None:
    somebody = person(app)
    start = clock.now()
    token = somebody.phone["refresh_token"]
    with time_machine.travel(start + timedelta(days=29)):
        token = refresh(app, token).get_json()["refresh_token"]
    with time_machine.travel(start + timedelta(days=30, seconds=1)):
        assert problem(refresh(app, token)) == (401, "token-expired")


def test_a_session_ends_with_the_contract(app: Flask) -> None:
    somebody = person(app)
    token = somebody.phone["refresh_token"]
    with app.app_context(), transaction() as session:
        session.execute(
            update(Employee)
            .where(Employee.id == somebody.employee_id)
            .values(contract_ends_on=clock.now().date())
        )
    token = refresh(app, token).get_json()["refresh_token"]
    with time_machine.travel(clock.now() + timedelta(days=3)):
        for _ in range(2):
            assert problem(refresh(app, token)) == (401, "employment-ended")


def test_signing_out_ends_the_session(app: Flask) -> None:
    tokens = person(app).phone
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert app.test_client().delete("/v1/sessions/current", headers=headers).status_code == 204
    with time_machine.travel(clock.now() + timedelta(seconds=1)):
        assert problem(who_am_i(app, tokens["access_token"])) == ENDED
    assert problem(refresh(app, tokens["refresh_token"])) == ENDED


def test_access_and_refresh_tokens_are_not_taken_for_each_other(app: Flask) -> None:
    tokens = person(app).phone
    assert problem(refresh(app, tokens["access_token"])) == (401, "token-invalid")
    assert problem(who_am_i(app, tokens["refresh_token"])) == (401, "token-invalid")


def test_two_racing_refreshes_leave_one_newest_token(app: Flask) -> None:
    for _ in range(5):
        token = person(app).phone["refresh_token"]
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(refresh, [app] * 2, [token] * 2))
        assert [answer.status_code for answer in answers] == [200, 200]
        outcomes = [
            refresh(app, answer.get_json()["refresh_token"]).status_code for answer in answers
        ]
        assert 401 in outcomes, "one of the two is a stranger"
