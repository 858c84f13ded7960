"""The pages of payroll: what is due, a batch and its files, who has it, and corrections."""

import hashlib
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.models import Employee, SignedInSession
from backend.identity.permissions import Permission
from backend.identity.queries import WantedActs, list_acts
from backend.rewards import queries
from backend.rewards.rules import RedemptionStatus
from tests.browser.world import console_access
from tests.rewards.payrolls import Office, check, committed
from tests.web.test_console import OURS, sign_in

EXPORT = {"currency": "USD", "workweek_starts_on": "6"}
As = Callable[[Actor], FlaskClient]


@pytest.fixture
def office(app: Flask) -> Office:
    """Return an office with two approved bonuses of 10.00, of one usher each."""
    found, _ = committed(app, ushers=2)
    return found


@pytest.fixture
def as_(app: Flask) -> As:
    """Return how somebody signs in to the console."""

    def enter(who: Actor) -> FlaskClient:
        with app.app_context(), transaction() as session:
            email, totp = console_access(app, session, who)
        client = app.test_client()
        answer = sign_in(client, email, totp)
        home = "/hr" if who.may(Permission.SEE_PROGRAMME) else "/hr/payroll"
        assert answer.headers["Location"] == home
        return client

    return enter


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def post(client: FlaskClient, path: str, **form: str) -> Any:
    return client.post(path, data=form, headers=OURS)


def batch_page(client: FlaskClient) -> str:
    """Make a batch; return the address of its page."""
    done = post(client, "/hr/payroll", **EXPORT)
    assert done.headers["Location"] == "/hr/payroll?done=exported"
    newest = re.search(r'href="(/hr/payroll/[0-9a-f-]{36})"', client.get("/hr/payroll").text)
    assert newest
    return newest[1]


def file_page(batch: str) -> str:
    return f"/hr/exports/payroll?batch_id={batch.rpartition('/')[2]}"


def file_of(client: FlaskClient, batch: str, kind: str = "csv") -> Any:
    """Take a file of the batch, in a session that was confirmed a moment ago."""
    return post(client, file_page(batch), format=kind)


def confirm(app: Flask, who: Actor) -> None:
    """Let every session of somebody be one in which a one-time code was given once more."""
    with app.app_context(), transaction() as session:
        session.execute(
            update(SignedInSession)
            .where(SignedInSession.employee_id == who.employee_id)
            .values(confirmed_at=clock.now())
        )


def exports_of(app: Flask, office: Office) -> list[dict[str, Any]]:
    """Return what the audit says of files that were taken, the first one first."""
    wanted = WantedActs(act="table.exported")
    with app.app_context(), reading() as session:
        acts = list_acts(session, organisation_id=office.owner, wanted=wanted, before=None, limit=9)
        return [act.detail for act in reversed(acts)]


def line_pages(client: FlaskClient, batch: str) -> list[str]:
    return re.findall(rf'href="({batch}/[0-9a-f-]{{36}})"', client.get(batch).text)


def statuses(app: Flask, office: Office) -> set[RedemptionStatus]:
    with app.app_context(), reading() as session:
        found = queries.list_redemptions(session, organisation_id=office.owner)
        return {one.status for one in found}


def test_what_waits_becomes_a_batch_that_another_person_acknowledges(
    app: Flask, office: Office, as_: As
) -> None:
    hr, payroll = as_(office.hr[0]), as_(office.payroll[0])
    assert re.search(r"20.00.USD 2 approved bonuses", words(hr.get("/hr/payroll")))
    batch = batch_page(hr)
    page = hr.get("/hr/payroll")
    assert "Nothing. A cash bonus comes here when it is approved." in page.text
    assert re.search(r"Batch 1 .* by Harper 2 20.00.USD not yet", words(page))
    assert "Payroll acknowledges it." in hr.get(batch).text

    confirm(app, office.hr[0])
    confirm(app, office.payroll[0])
    csv = file_of(payroll, batch)
    assert csv.headers["Content-Disposition"] == 'attachment; filename="payroll-1.csv"'
    assert csv.data == file_of(hr, batch).data
    assert file_of(payroll, batch, kind="xlsx").data.startswith(b"PK")
    assert [(act["rows"], act["sha256"]) for act in exports_of(app, office)[:2]] == [
        (2, hashlib.sha256(csv.data).hexdigest())
    ] * 2
    wrong = post(payroll, f"{batch}/acknowledge", sha256="0" * 64)
    assert wrong.status_code == 409
    assert "not the hash of this batch" in wrong.text
    malformed = post(payroll, f"{batch}/acknowledge", sha256="abc")
    assert malformed.status_code == 422
    assert 'aria-describedby="sha256-wrong"' in malformed.text
    assert statuses(app, office) == {RedemptionStatus.APPROVED}

    sha256 = hashlib.sha256(csv.data).hexdigest()
    done = post(payroll, f"{batch}/acknowledge", sha256=f" {sha256.upper()} ")
    assert done.headers["Location"] == f"{batch}?done=acknowledged"
    assert "Paula has said so" in payroll.get(batch).text
    assert statuses(app, office) == {RedemptionStatus.FULFILLED}
    check(app, office)


def test_whoever_made_a_batch_is_told_that_another_acknowledges_it(office: Office, as_: As) -> None:
    payroll = as_(office.payroll[0])
    batch = batch_page(payroll)
    assert "You made this batch; another person acknowledges it." in payroll.get(batch).text
    refused = post(payroll, f"{batch}/acknowledge", sha256="0" * 64)
    assert refused.status_code == 409


def test_a_line_shows_the_work_behind_it_and_its_workweeks(office: Office, as_: As) -> None:
    hr = as_(office.hr[0])
    batch = batch_page(hr)
    lines = line_pages(hr, batch)
    assert len(lines) == 2
    page = words(hr.get(lines[0]))
    assert re.search(r"2026-11-08 to 2026-11-14 5.00.USD, for 50 points", page)
    assert re.search(r"2026-11-15 to 2026-11-21 5.00.USD, for 50 points", page)
    assert re.search(r"Game of 2026-11-15 .* Resolved 50", page)


def test_a_correction_is_asked_for_by_one_and_approved_by_another(
    app: Flask, office: Office, as_: As
) -> None:
    hr, payroll = as_(office.hr[0]), as_(office.payroll[0])
    [line, _] = line_pages(hr, batch_page(hr))
    asked = post(hr, f"{line}/corrections", amount="-2.50", reason="A day too many.")
    assert asked.headers["Location"] == f"{line}?done=correction_asked"
    assert "You asked for this; another person decides on it." in hr.get(line).text
    assert re.search(r"Usher 0: \u22122.50.USD", words(payroll.get("/hr/payroll")))
    decide = re.findall(rf'action="({line}/corrections/[^"]+/approve)"', payroll.get(line).text)
    assert post(hr, decide[0]).status_code == 409
    done = post(payroll, decide[0])
    assert done.headers["Location"] == f"{line}?done=correction_approved"
    assert re.search(r"it comes to 7.50.USD", words(hr.get(line)))
    assert re.search(
        r"\u22122.50.USD 0 approved bonuses, 1 correction", words(hr.get("/hr/payroll"))
    )
    batch_page(hr)
    assert "goes into the next batch" not in hr.get(line).text
    check(app, office)


def test_what_went_to_another_number_is_only_taken_back_and_not_by_who_has_it(
    app: Flask, office: Office, as_: As
) -> None:
    hr, other, payroll = as_(office.hr[0]), as_(office.hr[1]), as_(office.payroll[0])
    [line, _] = line_pages(hr, batch_page(hr))
    post(hr, f"{line}/corrections", amount="2.50", reason="A day too few.")
    with app.app_context(), transaction() as session:
        usher, robin = (
            session.get_one(Employee, (office.owner, who.employee_id))
            for who in (office.ushers[0], office.hr[1])
        )
        usher.payroll_number, robin.payroll_number = "MENDED", usher.payroll_number
    page = payroll.get(line)
    assert words(page).count("It went to another payroll number than the account has now") == 2
    assert ">Approve<" not in page.text
    assert ">Decline<" in page.text
    refused = post(payroll, f"{line}/corrections", amount="2.50", reason="A day too few.")
    assert refused.status_code == 409
    assert "it can only be taken back. Nothing was changed." in words(refused)
    assert "This is your own pay" in words(other.get(line))


def test_what_a_batch_would_leave_out_is_not_promised(app: Flask, office: Office, as_: As) -> None:
    with app.app_context(), transaction() as session:
        for usher in office.ushers:
            row = session.get_one(Employee, (office.owner, usher.employee_id))
            row.payroll_number = f"NEW-{row.badge_number}"
    page = words(as_(office.hr[0]).get("/hr/payroll"))
    assert "Nothing. A cash bonus comes here" in page
    assert f"Besides, {len(office.ushers)} are approved and not paid as they are" in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"amount": "a lot", "reason": "x"}, "amount"),
        ({"amount": "1.5", "reason": "x"}, "amount"),
        ({"amount": "0.00", "reason": "x"}, "amount"),
        ({"amount": "\u0661\u0662", "reason": "x"}, "amount"),
        ({"amount": "1.00", "reason": " "}, "reason"),
        ({"amount": "1.00", "reason": "x" * 501}, "reason"),
        ({}, "reason"),
        ({"amount": "100000.01", "reason": "Too much."}, "amount"),
    ],
)
def test_a_bad_correction_is_shown_again_with_what_is_wrong(
    office: Office, as_: As, form: dict[str, str], field: str
) -> None:
    hr = as_(office.hr[0])
    [line, _] = line_pages(hr, batch_page(hr))
    page = post(hr, f"{line}/corrections", **form)
    assert page.status_code == 422
    assert f'aria-describedby="{field}-wrong"' in page.text
    if form.get("amount"):
        assert f'value="{form["amount"]}"' in page.text


@pytest.mark.parametrize(
    "form",
    [
        {"currency": "usd", "workweek_starts_on": "6"},
        {"currency": "USD", "workweek_starts_on": "7"},
        {"currency": "USD", "workweek_starts_on": "Sunday"},
        {"currency": "USD"},
        {},
    ],
)
def test_a_bad_export_makes_no_batch(office: Office, as_: As, form: dict[str, str]) -> None:
    hr = as_(office.hr[0])
    assert post(hr, "/hr/payroll", **form).status_code == 422
    assert "None yet." in hr.get("/hr/payroll").text


def test_an_empty_export_says_so(office: Office, as_: As) -> None:
    hr = as_(office.hr[0])
    refused = post(hr, "/hr/payroll", currency="EUR", workweek_starts_on="6")
    assert refused.status_code == 409
    assert "waits for payroll" in refused.text


def test_payroll_sees_its_own_pages_only(office: Office, as_: As) -> None:
    payroll = as_(office.payroll[0])
    page = payroll.get("/hr/payroll")
    assert page.status_code == 200
    assert payroll.get("/hr").status_code == 403
    assert 'href="/hr/payroll"' in page.text
    for other in ("/hr/redemptions", "/hr/budget", "/hr/rules"):
        assert f'href="{other}"' not in page.text
        assert payroll.get(other).status_code == 403


def test_a_file_of_a_batch_asks_for_the_second_factor(office: Office, as_: As) -> None:
    payroll = as_(office.payroll[0])
    batch = batch_page(payroll)
    assert f'href="{file_page(batch)}"' in payroll.get(batch).text
    asked = payroll.get(file_page(batch))
    assert "One-time code" in asked.text
    assert f'href="{batch}"' in asked.text
    assert file_of(payroll, batch).status_code == 401
    assert payroll.get(f"{batch}/file.csv").status_code == 404


def test_another_organisations_batch_is_not_there(app: Flask, office: Office, as_: As) -> None:
    batch = batch_page(as_(office.hr[0]))
    other, _ = committed(app, ushers=1)
    stranger = as_(other.payroll[0])
    for path in (batch, file_page(batch), f"{batch}/{other.events[0]}"):
        assert stranger.get(path).status_code == 404
    confirm(app, other.payroll[0])
    assert file_of(stranger, batch).status_code == 404
    assert stranger.get("/hr/exports/payroll").status_code == 404
    assert post(stranger, f"{batch}/acknowledge", sha256="0" * 64).status_code == 404


def test_a_stranger_is_led_to_the_sign_in(app: Flask, office: Office, as_: As) -> None:
    batch = batch_page(as_(office.hr[0]))
    for path in ("/hr/payroll", batch, file_page(batch)):
        assert app.test_client().get(path).headers["Location"] == "/hr/sign-in"
