"""Signing in to the console: e-mail address, password and one-time code."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.problems import EmailTaken
from backend.identity.services import console, vault
from backend.settings import Secrets
from tests.identity.people import PASSWORD, console_user, hire, post, problem, who_am_i

WRONG = (401, "credentials-wrong")


def sign_in(app: Flask, email: str, totp: str, password: str = PASSWORD) -> TestResponse:
    body = {"email": email, "password": password, "totp": totp}
    return post(app.test_client(), "/v1/sessions", body)


def test_hr_signs_in_with_password_and_one_time_code(app: Flask) -> None:
    actor, email, totp = console_user(app)
    answer = sign_in(app, f" {email.title()} ", totp.at(clock.now()))
    assert answer.status_code == 201, answer.text
    me = who_am_i(app, answer.get_json()["access_token"]).get_json()
    assert me["id"] == str(actor.employee_id)
    assert "manage_employees" in me["permissions"]


def test_wrong_in_any_part_is_the_same_refusal(app: Flask) -> None:
    _, email, totp = console_user(app)
    code = totp.at(clock.now())
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refusals = [
        sign_in(app, "nobody@arena.test", code),
        sign_in(app, email, code, "wrong"),
        sign_in(app, email, wrong),
    ]
    assert [problem(refusal) for refusal in refusals] == [WRONG] * 3
    assert refusals[0].get_json() == refusals[1].get_json() == refusals[2].get_json()


def test_a_one_time_code_is_taken_once_and_so_is_none_before_it(app: Flask) -> None:
    _, email, totp = console_user(app)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        assert sign_in(app, email, totp.at(now)).status_code == 201
        assert problem(sign_in(app, email, totp.at(now))) == WRONG
        assert problem(sign_in(app, email, totp.at(now - timedelta(seconds=30)))) == WRONG
        assert sign_in(app, email, totp.at(now + timedelta(seconds=30))).status_code == 201


def test_a_code_of_a_minute_ago_is_too_old(app: Flask) -> None:
    _, email, totp = console_user(app)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        assert problem(sign_in(app, email, totp.at(now - timedelta(seconds=60)))) == WRONG
        assert sign_in(app, email, totp.at(now - timedelta(seconds=30))).status_code == 201


def test_one_of_two_racing_sign_ins_with_one_code_wins(app: Flask) -> None:
    _, email, totp = console_user(app)
    code = totp.at(clock.now())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sign_in(app, email, code).status_code, range(4)))
    assert sorted(answers) == [201, 401, 401, 401]


def test_a_console_session_lasts_twelve_hours(app: Flask) -> None:
    _, email, totp = console_user(app)
    answer = sign_in(app, email, totp.at(clock.now())).get_json()
    with time_machine.travel(clock.now() + timedelta(hours=12, seconds=6)):
        body = {"refresh_token": answer["refresh_token"]}
        refused = post(app.test_client(), "/v1/sessions/refresh", body)
        assert problem(refused) == (401, "token-expired")


def test_an_address_belongs_to_one_employee(app: Flask) -> None:
    _, email, _ = console_user(app)
    _, other, _ = hire(app)
    with pytest.raises(EmailTaken), app.app_context(), transaction() as session:
        console.set_credentials(
            session,
            organisation_id=other.organisation_id,
            employee_id=other.employee_id,
            email=email,
            password_hash="",
            totp_secret="",
        )


def test_a_sealed_secret_is_read_with_its_own_key_only() -> None:
    mine, other = Secrets.make().vault_key, Secrets.make().vault_key
    sealed = vault.seal("JBSWY3DPEHPK3PXP", key=mine)
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert vault.unseal(sealed, key=mine) == "JBSWY3DPEHPK3PXP"
    assert vault.unseal(sealed, key=other) is None
    assert vault.unseal("never sealed", key=mine) is None
