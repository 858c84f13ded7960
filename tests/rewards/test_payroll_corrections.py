"""What payroll was told is put right by new lines, with four eyes, and never below zero."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from backend.foundation.actor import Actor
from backend.foundation.db import db, transaction
from backend.identity.models import Employee
from tests.factories import make_employee
from tests.rewards.payrolls import HR, Office, bonus, check, make_office
from tests.rewards.test_payroll_http import USD, call, done, file_of, lines_of, refused, rows_of

HERE = "/payroll-corrections"


@pytest.fixture
def office(app: Flask) -> Office:
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=1)
        bonus(session, office, office.ushers[0], points=100, value_cents=10_001)
        return office


@pytest.fixture
def line(app: Flask, office: Office) -> Any:
    """Return the line that paid the bonus."""
    batch = done(call(app, office.hr[0], "/payroll-exports", USD))
    return lines_of(app, office, batch)[0]


def ask(app: Flask, who: Actor, line: Any, cents: int, reason: str = "A mistake.") -> Any:
    body = {"line_id": line["id"], "amount_cents": cents, "reason": reason}
    return call(app, who, HERE, body)


def decide(app: Flask, who: Actor, correction: Any, act: str = "approve") -> Any:
    return call(app, who, f"{HERE}/{correction['id']}/{act}")


def test_a_correction_is_a_line_of_the_next_batch(app: Flask, office: Office, line: Any) -> None:
    harper, indira = office.hr
    asked = done(ask(app, harper, line, -2_001))
    assert (asked["approved"], asked["carried_by_id"]) == (None, None)
    refused(call(app, harper, "/payroll-exports", USD), "nothing-to-export")
    approved = done(decide(app, indira, asked))
    assert (approved["approved"], approved["decided_by"]) == (True, str(indira.employee_id))
    refused(call(app, harper, "/payroll-exports", USD | {"currency": "CAD"}), "nothing-to-export")
    batch = done(call(app, harper, "/payroll-exports", USD))
    assert (batch["number"], batch["total_cents"]) == (2, -2_001)
    [carried] = lines_of(app, office, batch)
    assert (carried["kind"], carried["corrects_id"]) == ("correction", line["id"])
    assert (carried["amount_cents"], carried["points"]) == (-2_001, 0)
    # In proportion to the weeks of the payment, 50 points each; the odd cent goes to the first.
    assert [week["cents"] for week in carried["weeks"]] == [-1_001, -1_000]
    assert [week["starts_on"] for week in carried["weeks"]] == [
        week["starts_on"] for week in line["weeks"]
    ]
    rows = rows_of(file_of(app, harper, batch, "csv"))
    assert {(row["corrects_batch"], row["corrects_line"]) for row in rows} == {("1", "1")}
    assert [row["week_amount"] for row in rows] == ["-10.01", "-10.00"]
    [listed] = done(call(app, harper, HERE, method="GET"))["items"]
    assert listed["carried_by_id"] == carried["id"]
    refused(call(app, harper, "/payroll-exports", USD), "nothing-to-export")
    check(app, office)


def test_many_corrections_are_read_together(app: Flask, office: Office, line: Any) -> None:
    harper, indira = office.hr

    def reads_of_a_batch(corrections: int) -> int:
        for _ in range(corrections):
            done(decide(app, indira, done(ask(app, harper, line, -1))))
        said: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            said.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            batch = done(call(app, harper, "/payroll-exports", USD))
        finally:
            event.remove(engine, "before_cursor_execute", note)
        assert (batch["line_count"], batch["total_cents"]) == (corrections, -corrections)
        return sum(statement.startswith("SELECT") for statement in said)

    assert reads_of_a_batch(1) == reads_of_a_batch(4)
    check(app, office)


def test_nobody_corrects_their_own_pay_or_decides_on_what_they_asked_for(
    app: Flask, office: Office
) -> None:
    harper, indira = office.hr
    with app.app_context(), transaction() as session:
        bonus(session, office, harper, value_cents=1_000)
        session.flush()
        number = session.get_one(Employee, (office.owner, harper.employee_id)).payroll_number
        twin = make_employee(session, office.arena, roles=HR, payroll_number=number)
    batch = done(call(app, indira, "/payroll-exports", USD))
    own = next(
        one for one in lines_of(app, office, batch) if one["employee_id"] == str(harper.employee_id)
    )
    refused(ask(app, harper, own, 100), "own-pay")
    refused(ask(app, twin, own, 100), "own-pay")
    asked = done(ask(app, indira, own, 100))
    refused(decide(app, indira, asked), "own-correction")
    refused(decide(app, harper, asked), "own-pay")
    refused(decide(app, twin, asked, "decline"), "own-pay")
    paula = office.payroll[0]
    done(decide(app, paula, asked, "decline"))
    refused(decide(app, office.payroll[1], asked), "correction-decided")
    refused(call(app, indira, "/payroll-exports", USD), "nothing-to-export")


def test_a_payment_and_its_corrections_are_never_below_zero(
    app: Flask, office: Office, line: Any
) -> None:
    harper, indira = office.hr
    answer = ask(app, harper, line, -10_002)
    refused(answer, "paid-below-zero")
    assert answer.json["left_cents"] == 10_001
    # Each is possible by itself; both are not.
    first, second = (done(ask(app, harper, line, -6_000)) for _ in range(2))
    done(decide(app, indira, first))
    refused(decide(app, indira, second), "paid-below-zero")
    done(decide(app, indira, second, "decline"))
    refused(ask(app, harper, line, -4_002), "paid-below-zero")
    rest = done(ask(app, harper, line, -4_001))
    done(decide(app, indira, rest))
    done(call(app, harper, "/payroll-exports", USD))
    check(app, office)


def test_a_correction_is_not_corrected_but_its_payment_again(
    app: Flask, office: Office, line: Any
) -> None:
    harper, indira = office.hr
    done(decide(app, indira, done(ask(app, harper, line, 500))))
    batch = done(call(app, harper, "/payroll-exports", USD))
    [carried] = lines_of(app, office, batch)
    refused(ask(app, harper, carried, 1), "not-a-payment")


@pytest.mark.parametrize("cents", [0, 1.5, "100", True, None, 10**9, -(10**9)])
def test_bad_amounts_are_refused(app: Flask, office: Office, line: Any, cents: Any) -> None:
    refused(ask(app, office.hr[0], line, cents), "invalid", 422)
    assert done(call(app, office.hr[0], HERE, method="GET"))["items"] == []


@pytest.mark.parametrize("reason", ["", "x" * 501, "a\x00b", None, 7])
def test_a_correction_has_a_reason(app: Flask, office: Office, line: Any, reason: Any) -> None:
    refused(ask(app, office.hr[0], line, 1, reason), "invalid", 422)
