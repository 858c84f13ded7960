"""Who did what, and how far it is sealed, over HTTP."""

from typing import Any

import pytest
from flask import Flask

from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from tests.factories import make_arena, make_employee
from tests.insight.rows import signed_in
from tests.insight.sealed import Books, heads_of, make_books, seal


def get(app: Flask, reader: Actor, path: str, **query: Any) -> Any:
    with signed_in(app, reader) as client:
        return client.get(path, query_string=query)


def somebody(app: Flask, books: Books, role: Role) -> Actor:
    with app.app_context(), transaction() as session:
        return make_employee(session, books.arena, roles=(role,))


def test_an_act_bears_the_number_of_its_seal_once_it_has_one(app: Flask) -> None:
    books = make_books(app)
    hr = somebody(app, books, Role.HR)
    waiting = get(app, hr, "/v1/audit").get_json()["items"]
    assert [act["seal"] for act in waiting] == [None] * 9
    assert get(app, hr, "/v1/audit/seals").get_json() == {"items": []}
    seal(app)
    sealed = get(app, hr, "/v1/audit").get_json()["items"]
    assert [act["seal"] for act in sealed] == list(range(9, 0, -1))
    assert [act["id"] for act in sealed] == [act["id"] for act in waiting]


def test_hr_gets_the_ends_of_both_chains(app: Flask) -> None:
    books = make_books(app)
    seal(app)
    items = get(app, somebody(app, books, Role.HR), "/v1/audit/seals").get_json()["items"]
    assert [(one["chain"], one["number"]) for one in items] == [("ledger", 10), ("audit", 9)]
    heads = heads_of(app, books.owner)
    assert [one["hash"] for one in items] == [heads[one["chain"]].hash for one in items]


def test_another_organisation_sees_neither_acts_nor_seals(app: Flask) -> None:
    seal(app)
    with app.app_context(), transaction() as session:
        stranger = make_employee(session, make_arena(session), roles=(Role.HR,))
    assert get(app, stranger, "/v1/audit").get_json()["items"] == []
    assert get(app, stranger, "/v1/audit/seals").get_json()["items"] == []


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR])
@pytest.mark.parametrize("path", ["/v1/audit", "/v1/audit/seals"])
def test_who_is_not_hr_sees_neither(app: Flask, role: Role, path: str) -> None:
    assert get(app, somebody(app, make_books(app), role), path).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        {"subject": "not-an-id"},
        {"subject_kind": "Employee"},
        {"subject_kind": ""},
        {"subject_kind": "a" * 41},
        {"actor": "7"},
        {"from": "yesterday"},
        {"to": "2026-02-30T00:00:00Z"},
        {"colour": "brown"},
        {"cursor": "nonsense"},
    ],
)
def test_acts_that_cannot_be_looked_for_are_refused_by_field(
    app: Flask, query: dict[str, Any]
) -> None:
    answer = get(app, somebody(app, make_books(app), Role.HR), "/v1/audit", **query)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]["query"]) == list(query)
