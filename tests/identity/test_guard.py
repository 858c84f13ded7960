"""The check of every request: genuine tokens pass, everything else is a typed 401."""

from flask import Flask

from backend.foundation.db import transaction
from tests.factories import make_arena, make_employee
from tests.http import headers_for


def test_a_signed_in_employee_is_known(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        actor = make_employee(session, make_arena(session))
    answer = app.test_client().get("/v1/me", headers=headers_for(app, actor))
    assert answer.status_code == 200, answer.json
    assert answer.get_json()["id"] == str(actor.employee_id)
    assert set(answer.get_json()["permissions"]) == actor.permissions
