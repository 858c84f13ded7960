"""What HR does with people, over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from backend.identity.queries import get_employee, list_employees_by_badge
from tests.factories import Arena, make_arena, make_employee
from tests.http import headers_for
from tests.identity.people import enrol, hire, person, problem

NEW = {
    "badge_number": "T-1",
    "name": "Taylor Temp",
    "department": "Parking",
    "employment_kind": "temp",
    "pay_basis": "hourly",
}


class Desk:
    """A person of HR (or an administrator) at their desk."""

    def __init__(self, app: Flask, arena: Arena | None = None, *roles: Role) -> None:
        """Open a console session in an arena."""
        self.arena, self.actor, _ = hire(app, arena, *(roles or (Role.HR,)))
        self.headers = headers_for(app, self.actor)
        self.client = app.test_client()

    def ask(self, method: str, path: str, body: object = None) -> TestResponse:
        """Send a request."""
        return self.client.open(f"/v1{path}", method=method, headers=self.headers, json=body)

    def acts(self, **args: Any) -> list[dict[str, Any]]:
        """Return the audit, the newest first."""
        answer = self.client.get("/v1/audit", headers=self.headers, query_string=args)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.get_json()["items"]
        return items


def colleague(app: Flask, arena: Arena, *roles: Role, name: str = "Alex Usher") -> Actor:
    with app.app_context(), transaction() as session:
        return make_employee(session, arena, name=name, roles=roles or (Role.EMPLOYEE,))


def test_somebody_is_hired_and_it_is_on_record(app: Flask) -> None:
    desk = Desk(app)
    answer = desk.ask("POST", "/employees", NEW)
    assert answer.status_code == 201, answer.text
    hired = answer.get_json()
    assert hired["department"] == "Parking"
    assert hired["roles"] == ["employee"]
    assert hired["active"] is True
    assert desk.ask("GET", f"/employees/{hired['id']}").get_json() == hired
    [act] = desk.acts()
    assert (act["act"], act["subject_id"]) == ("employee.hired", hired["id"])
    assert act["actor_id"] == str(desk.actor.employee_id)


def test_a_badge_number_is_given_once_in_an_organisation(app: Flask) -> None:
    desk = Desk(app)
    assert desk.ask("POST", "/employees", NEW).status_code == 201
    assert problem(desk.ask("POST", "/employees", NEW)) == (409, "badge-taken")
    assert Desk(app).ask("POST", "/employees", NEW).status_code == 201


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "   "},
        {"name": "x\x00y"},
        {"name": "x" * 121},
        {"roles": []},
        {"roles": ["owner"]},
        {"contract_ends_on": "2026-02-30"},
        {"contract_ends_on": "9999-01-01"},
        {"employment_kind": 1},
        {"language": "xx"},
        {"salary": 1},
        {"organisation_id": str(uuid4())},
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(app: Flask, wrong: dict[str, Any]) -> None:
    desk = Desk(app)
    answer = desk.ask("POST", "/employees", {**NEW, **wrong})
    assert answer.status_code == 422, answer.text
    assert list(answer.get_json()["errors"]["json"]) == list(wrong)
    assert desk.acts() == []


def test_a_lone_surrogate_is_refused(app: Flask) -> None:
    desk = Desk(app)
    answer = desk.client.post(
        "/v1/employees",
        headers=desk.headers,
        data=b'{"name": "\\ud800"}',
        content_type="application/json",
    )
    assert answer.status_code in {400, 422}


def test_what_changes_is_on_record(app: Flask) -> None:
    desk = Desk(app)
    somebody = colleague(app, desk.arena)
    path = f"/employees/{somebody.employee_id}"
    answer = desk.ask(
        "PATCH", path, {"name": "Alex Guest", "department": "Suites", "pay_basis": "salaried"}
    )
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["department"] == "Suites"
    assert desk.ask("PATCH", path, {"name": "Alex Guest"}).status_code == 200
    assert desk.ask("PATCH", path, {"roles": ["employee", "supervisor"]}).get_json()["roles"] == [
        "employee",
        "supervisor",
    ]
    turned, changed = desk.acts()
    assert changed["act"] == "employee.changed"
    assert changed["detail"]["name"] == "Alex Guest"
    assert turned["detail"] == {"before": ["employee"], "after": ["employee", "supervisor"]}


def test_deactivating_and_reactivating_is_on_record_once(app: Flask) -> None:
    desk = Desk(app)
    path = f"/employees/{colleague(app, desk.arena).employee_id}"
    for active in (False, False, True, True):
        assert desk.ask("PATCH", path, {"active": active}).get_json()["active"] is active
    assert [act["act"] for act in desk.acts()] == ["employee.reactivated", "employee.deactivated"]


def test_whoever_is_deactivated_can_neither_sign_in_nor_go_on(app: Flask) -> None:
    desk = Desk(app)
    somebody = person(app, desk.arena)
    desk.ask("PATCH", f"/employees/{somebody.employee_id}", {"active": False})
    assert problem(somebody.sign_in()) == (401, "employment-ended")
    answer = app.test_client().post(
        "/v1/sessions/refresh", json={"refresh_token": somebody.phone["refresh_token"]}
    )
    assert problem(answer) == (401, "employment-ended")
    path = f"/employees/{somebody.employee_id}/enrolment-codes"
    assert problem(desk.ask("POST", path)) == (409, "employee-inactive")


def test_nobody_changes_their_own_roles(app: Flask) -> None:
    for role in (Role.HR, Role.ADMIN):
        desk = Desk(app, None, role)
        path = f"/employees/{desk.actor.employee_id}"
        for change in ({"roles": ["admin"]}, {"active": False}):
            assert problem(desk.ask("PATCH", path, change)) == (403, "own-roles-kept")


def test_nobody_ends_their_own_contract_at_once(app: Flask) -> None:
    desk = Desk(app, None, Role.ADMIN)
    path = f"/employees/{desk.actor.employee_id}"
    today = clock.now().date()
    over = {"contract_ends_on": str(today - timedelta(days=2))}
    assert problem(desk.ask("PATCH", path, over)) == (403, "own-roles-kept")
    other = Desk(app, desk.arena, Role.ADMIN)
    coming = {"contract_ends_on": str(today + timedelta(days=30))}
    assert desk.ask("PATCH", path, coming).status_code == 200
    assert other.ask("PATCH", path, over).status_code == 200


def test_an_administrator_without_a_last_day_is_left(app: Flask) -> None:
    one = Desk(app, None, Role.ADMIN)
    kept = (409, "last-administrator")
    own, today = f"/employees/{one.actor.employee_id}", clock.now().date()
    coming = {"contract_ends_on": str(today + timedelta(days=30))}
    assert problem(one.ask("PATCH", own, coming)) == kept
    two = Desk(app, one.arena, Role.ADMIN)
    other = f"/employees/{two.actor.employee_id}"
    assert one.ask("PATCH", other, coming).status_code == 200
    assert problem(one.ask("PATCH", own, coming)) == kept
    assert problem(two.ask("PATCH", own, {"active": False})) == kept
    assert problem(two.ask("PATCH", own, {"roles": ["hr"]})) == kept
    assert one.ask("PATCH", other, {"contract_ends_on": None}).status_code == 200
    assert one.ask("PATCH", own, coming).status_code == 200


@pytest.mark.parametrize("role", [Role.HR, Role.PAYROLL, Role.ADMIN])
def test_only_an_administrator_makes_or_touches_hr_payroll_and_administrators(
    app: Flask, role: Role
) -> None:
    desk = Desk(app)
    boss = Desk(app, desk.arena, Role.ADMIN)
    needed = (403, "administrator-needed")
    path = f"/employees/{colleague(app, desk.arena, role).employee_id}"
    other = colleague(app, desk.arena)
    assert problem(desk.ask("PATCH", path, {"active": False})) == needed
    assert problem(desk.ask("PATCH", path, {"roles": ["employee"]})) == needed
    assert problem(desk.ask("POST", f"{path}/enrolment-codes")) == needed
    assert problem(desk.ask("POST", "/employees", {**NEW, "roles": [role]})) == needed
    promote = ("PATCH", f"/employees/{other.employee_id}", {"roles": [role]})
    assert problem(desk.ask(*promote)) == needed
    assert boss.ask(*promote).status_code == 200


def test_one_administrator_is_left_when_two_take_the_role_from_each_other(app: Flask) -> None:
    for _ in range(3):
        one = Desk(app, None, Role.ADMIN)
        two = Desk(app, one.arena, Role.ADMIN)
        ids = [desk.actor.employee_id for desk in (one, two)]
        with ThreadPoolExecutor(2) as pool:
            answers = list(
                pool.map(
                    lambda desk, other: desk.ask("PATCH", f"/employees/{other}", {"active": False}),
                    [one, two],
                    reversed(ids),
                )
            )
        won, lost = sorted(answer.status_code for answer in answers)
        # The slower one is refused, or finds that the session has ended.
        assert (won, lost in {401, 409}) == (200, True)


def test_an_enrolment_code_from_hr_enrols_a_phone_that_hr_can_revoke(app: Flask) -> None:
    desk = Desk(app)
    somebody = colleague(app, desk.arena)
    path = f"/employees/{somebody.employee_id}"
    answer = desk.ask("POST", f"{path}/enrolment-codes")
    assert answer.status_code == 201, answer.text
    assert len(answer.get_json()["code"]) == 10
    phone = enrol(app, somebody, code=answer.get_json()["code"]).get_json()
    [device] = desk.ask("GET", f"{path}/devices").get_json()["items"]
    assert device["id"] == phone["device_id"]
    assert (device["revoked_at"], device["locked"]) == (None, False)
    for _ in range(2):
        assert desk.ask("DELETE", f"/devices/{device['id']}").status_code == 204
    refreshed = app.test_client().post(
        "/v1/sessions/refresh", json={"refresh_token": phone["refresh_token"]}
    )
    assert problem(refreshed) == (401, "session-ended")
    acts = [act["act"] for act in desk.acts()]
    assert acts == ["device.revoked", "device.enrolled", "employee.enrolment_code_issued"]


def test_another_organisations_people_are_not_there(app: Flask) -> None:
    desk, stranger = Desk(app), person(app)
    path = f"/employees/{stranger.employee_id}"
    unknown = (404, "employee-unknown")
    assert problem(desk.ask("GET", path)) == unknown
    assert problem(desk.ask("PATCH", path, {"name": "X"})) == unknown
    assert problem(desk.ask("PATCH", path, {"active": False})) == unknown
    assert problem(desk.ask("POST", f"{path}/enrolment-codes")) == unknown
    assert problem(desk.ask("GET", f"{path}/devices")) == unknown
    device = f"/devices/{stranger.phone['device_id']}"
    assert problem(desk.ask("DELETE", device)) == (404, "device-unknown")


def test_an_employee_or_supervisor_manages_nobody(app: Flask) -> None:
    for role in (Role.EMPLOYEE, Role.SUPERVISOR):
        desk = Desk(app, None, role)
        for method, path in (
            ("GET", "/employees"),
            ("POST", "/employees"),
            ("GET", "/audit"),
            ("DELETE", f"/devices/{uuid4()}"),
        ):
            assert problem(desk.ask(method, path, {} if method == "POST" else None)) == (
                403,
                "not-allowed",
            )


def test_a_pin_alone_does_not_give_the_powers_of_hr(app: Flask) -> None:
    somebody = person(app, None, Role.HR)
    headers = {"Authorization": f"Bearer {somebody.phone['access_token']}"}
    me = app.test_client().get("/v1/me", headers=headers).get_json()
    assert "greet" in me["permissions"]
    assert "manage_employees" not in me["permissions"]
    assert app.test_client().get("/v1/employees", headers=headers).status_code == 403


def test_employees_are_listed_searched_and_paged(app: Flask) -> None:
    desk = Desk(app)
    for number in range(5):
        body = {**NEW, "badge_number": f"T-{number}", "name": f"Jo 100%_{number}"}
        desk.ask("POST", "/employees", body)
    gone = desk.ask("GET", "/employees?q=T-4").get_json()["items"][0]
    desk.ask("PATCH", f"/employees/{gone['id']}", {"active": False})

    def badges(query: str) -> list[str]:
        items = desk.ask("GET", f"/employees?{query}").get_json()["items"]
        return [item["badge_number"] for item in items]

    assert badges("department=Parking") == [f"T-{number}" for number in range(5)]
    assert badges("q=jo%20100%25_&active=true") == [f"T-{number}" for number in range(4)]
    assert badges("active=false") == ["T-4"]
    assert badges("q=%25%25") == []
    first = desk.ask("GET", "/employees?limit=2&department=Parking").get_json()
    assert badges(f"limit=2&department=Parking&cursor={first['next_cursor']}") == ["T-2", "T-3"]
    assert desk.ask("GET", "/employees?cursor=nonsense").status_code == 422


@pytest.mark.parametrize("typed", ["Émile", "émile", "straße", "STRASSE", "é-", "É-7"])
def test_small_letters_and_capitals_are_the_same_in_a_search(app: Flask, typed: str) -> None:
    desk = Desk(app)
    names = {"é-70": "Émile Rue", "É-71": "Zoë Émile Roy", "72": "Jo Straße", "73": "Emile"}
    for badge, name in names.items():
        desk.ask("POST", "/employees", {**NEW, "badge_number": badge, "name": name})
    answer = desk.client.get("/v1/employees", headers=desk.headers, query_string={"q": typed})
    found = {item["badge_number"] for item in answer.get_json()["items"]}
    expected = {"straße": {"72"}, "STRASSE": {"72"}}
    assert found == expected.get(typed, {"é-70", "É-71"})


def test_the_audit_is_filtered_and_paged(app: Flask) -> None:
    desk, stranger = Desk(app), Desk(app)
    for number in range(3):
        desk.ask("POST", "/employees", {**NEW, "badge_number": f"T-{number}"})
    everything = desk.acts()
    assert len(everything) == 3
    page = desk.ask("GET", "/audit?limit=2").get_json()
    rest = desk.ask("GET", f"/audit?limit=2&cursor={page['next_cursor']}").get_json()
    assert page["items"] + rest["items"] == everything
    assert desk.acts(act="employee.hired", actor=str(desk.actor.employee_id)) == everything
    assert desk.acts(actor=str(stranger.actor.employee_id)) == []
    assert desk.acts(**{"from": everything[0]["at"]}) == everything[:1]
    assert desk.acts(to=everything[0]["at"]) == everything[1:]
    hired = everything[0]["subject_id"]
    assert desk.acts(subject=hired) == everything[:1]
    assert desk.acts(subject_kind="employee") == everything
    assert desk.acts(subject_kind="employe_") == desk.acts(subject_kind="season") == []
    assert stranger.acts() == []
    assert stranger.ask("GET", f"/audit?cursor={page['next_cursor']}").get_json()["items"] == []


def test_everybody_chooses_their_own_language_and_nothing_else(app: Flask) -> None:
    desk = Desk(app, None, Role.EMPLOYEE)
    assert desk.ask("PATCH", "/me", {"language": "es"}).get_json()["language"] == "es"
    assert desk.ask("GET", "/me").get_json()["language"] == "es"
    assert desk.ask("PATCH", "/me", {"language": "de"}).status_code == 422
    assert desk.ask("PATCH", "/me", {"language": "en", "name": "X"}).status_code == 422


def test_employees_are_found_by_badge(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena, other = make_arena(session), make_arena(session)
        actor = make_employee(session, arena)
        stranger = make_employee(session, other)
        badges = [
            get_employee(
                session, organisation_id=who.organisation_id, employee_id=who.employee_id
            ).badge_number
            for who in (actor, stranger)
        ]
        [facts] = list_employees_by_badge(
            session, organisation_id=arena.organisation_id, badges=[*badges, "unknown"]
        ).values()
    assert facts.id == actor.employee_id
    assert facts.department == "Guest services"
