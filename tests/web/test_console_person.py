"""HR's page of one employee: what it tells, to whom, and what is done there."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import db, reading, transaction
from backend.identity import queries
from backend.identity.permissions import Role
from backend.identity.queries import WantedActs, list_acts
from backend.identity.services import employees
from backend.web.console import frames
from tests.browser.world import World, console_access, make_world
from tests.engagement.stories import resolved
from tests.engagement.suspects import phone
from tests.factories import make_employee, make_shift
from tests.identity.people import enrol
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def page_of(who: Actor) -> str:
    return f"/hr/people/{who.employee_id}"


def post(client: FlaskClient, path: str, **form: str) -> Any:
    return client.post(path, data=form, headers=OURS)


def rated_on_a_staff_phone(world: World, who: Actor) -> None:
    """Let somebody help a fan, and the rating be held."""
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        code = resolved(session, who, moment=Moment.present(now)).code
        ratings.receive(
            session, code=code, given=GivenAnswer(stars=5), sighting=phone(staff=True), now=now
        )


def acts_about(world: World, subject_id: UUID) -> list[str]:
    with world.app.app_context(), reading() as session:
        found = list_acts(
            session,
            organisation_id=world.evening.organisation_id,
            wanted=WantedActs(subject_id=subject_id),
            before=None,
            limit=50,
        )
    return [one.act for one in found]


def facts(world: World, who: Actor) -> queries.EmployeeFacts:
    whose = {"organisation_id": who.organisation_id, "employee_id": who.employee_id}
    with world.app.app_context(), reading() as session:
        return queries.get_employee(session, **whose)


def administrator(world: World) -> FlaskClient:
    with world.app.app_context(), transaction() as session:
        actor = make_employee(session, world.evening.arena, name="Ada Admin", roles=(Role.ADMIN,))
        email, totp = console_access(world.app, session, actor)
    client = world.app.test_client()
    sign_in(client, email, totp)
    return client


def test_an_employee_is_told_on_one_page(client: FlaskClient, world: World) -> None:
    listed = client.get("/hr/people?q=Alex").text
    assert f'<a href="{page_of(world.evening.alex)}">Alex Usher</a>' in listed
    page = client.get(page_of(world.evening.alex))
    told = words(page)
    assert "Part time, by the hour" in told or "Full time, by the hour" in told
    assert "Pending 135 Held 0" in told
    assert "None is enrolled." in told
    assert f"/hr/adjustments/of/{world.evening.alex.employee_id}" in page.text


@pytest.mark.parametrize("query", ["show=none", "after=x", "after=WyJ4Il0"])
def test_lines_that_are_not_there_are_refused(
    client: FlaskClient, world: World, query: str
) -> None:
    assert client.get(f"{page_of(world.evening.alex)}?{query}").status_code == 422


def test_nobody_is_shown_who_is_not_of_this_house(app: Flask, client: FlaskClient) -> None:
    elsewhere = make_world(app).evening.alex
    assert client.get(page_of(elsewhere)).status_code == 404
    assert client.get(f"/hr/people/{NOBODY}").status_code == 404
    for act in ("slip", "end", "deactivate", "reactivate"):
        assert post(client, f"{page_of(elsewhere)}/{act}").status_code == 404


def test_a_rating_that_waits_is_shown_with_its_reasons_in_words(
    client: FlaskClient, world: World
) -> None:
    blair = world.evening.blair
    rated_on_a_staff_phone(world, blair)
    told = words(client.get(page_of(blair)))
    assert "Ratings that wait for a person" in told
    assert "5 of 5 It came from a phone that staff use." in told
    assert re.search("Rated 5 of 5 Home against Away ?[.] Waits for a person", told)


def test_nobody_learns_on_their_own_page_what_their_fans_said(world: World) -> None:
    with world.app.app_context(), transaction() as session:
        me = make_employee(session, world.evening.arena, name="Robin Both", roles=(Role.HR,))
        email, totp = console_access(world.app, session, me)
        # The same person's other account, as an usher.
        number = queries.list_payroll_numbers(
            session, organisation_id=me.organisation_id, employee_ids=[me.employee_id]
        )[me.employee_id]
        usher = make_employee(
            session, world.evening.arena, name="Robin Usher", payroll_number=number
        )
    client = world.app.test_client()
    sign_in(client, email, totp)
    with world.app.app_context(), transaction() as session:
        make_shift(session, world.evening.arena, usher)
    rated_on_a_staff_phone(world, usher)
    for address in (page_of(usher), f"{page_of(usher)}?show=ratings"):
        told = words(client.get(address))
        assert "Your own ratings are left out" in told or "Nothing yet." in told
        assert "Rated" not in told
        assert "ratings good" not in told
        assert "wait for a person" not in told
    other = signed_in(world.app, world)
    assert "Rated 5 of 5" in words(other.get(page_of(usher)))
    assert "0 of 0 ratings good" in words(other.get(page_of(usher)))


def test_a_last_day_is_set_and_taken_away_and_put_on_record(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    day = clock.now().date() + timedelta(days=30)
    done = post(client, f"{page_of(alex)}/end", contract_ends_on=str(day))
    assert done.headers["Location"] == f"{page_of(alex)}?done=end_said"
    assert facts(world, alex).contract_ends_on == day
    assert f"Until {day}, that day included." in words(client.get(page_of(alex)))
    post(client, f"{page_of(alex)}/end", contract_ends_on="")
    assert facts(world, alex).contract_ends_on is None
    assert acts_about(world, alex.employee_id).count("employee.changed") == 2
    bad = post(client, f"{page_of(alex)}/end", contract_ends_on="2026-02-30")
    assert bad.status_code == 422
    assert 'aria-describedby="end-wrong"' in bad.text
    assert facts(world, alex).contract_ends_on is None


def test_who_is_deactivated_is_locked_out_and_can_be_let_in_again(
    client: FlaskClient, world: World
) -> None:
    casey = world.evening.casey
    token = enrol(world.app, casey).get_json()["access_token"]
    assert post(client, f"{page_of(casey)}/deactivate").headers["Location"].endswith("deactivated")
    me = world.app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert me.status_code == 401
    page = client.get(page_of(casey))
    assert "Nobody can sign in as Casey Stands." in words(page)
    assert "Make an enrolment slip" not in page.text
    refused = post(client, f"{page_of(casey)}/slip")
    assert refused.status_code == 409
    assert "This employee is deactivated; reactivate them first." in words(refused)
    post(client, f"{page_of(casey)}/reactivate")
    assert facts(world, casey).active
    assert {"employee.deactivated", "employee.reactivated"} <= set(
        acts_about(world, casey.employee_id)
    )
    told = words(client.get(f"{page_of(casey)}?show=acts"))
    assert re.search("Let in again Harper Hr.*Deactivated Harper Hr.*Phone enrolled", told)


class Late(BytesIO):
    """A form that comes after something else has happened."""

    def __init__(self, form: bytes, *, after: Callable[[], object]) -> None:
        """Let ``after`` happen first."""
        super().__init__(form)
        self.after = after

    def readinto(self, into: Any) -> int:
        """Take what has come."""
        self.after()
        return super().readinto(into)


@pytest.mark.parametrize("roles", [set(), {Role.SUPERVISOR}])
def test_who_is_locked_out_while_their_form_comes_does_nothing(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch, roles: set[Role]
) -> None:
    casey, harper = world.evening.casey, world.hr
    whose = {"organisation_id": harper.organisation_id, "employee_id": harper.employee_id}

    def lock_out() -> None:
        with world.app.app_context(), transaction() as session:
            employees.set_roles(session, **whose, roles=roles)

    monkeypatch.setattr(frames, "monotonic", iter([5.0, 8.0]).__next__)
    answer = client.post(
        f"{page_of(casey)}/deactivate",
        input_stream=Late(b"a=1", after=lock_out),
        content_length=3,
        content_type="application/x-www-form-urlencoded",
        headers=OURS,
    )
    assert answer.status_code == (403 if roles else 303)
    assert facts(world, casey).active


def test_accounts_that_handle_money_are_touched_by_administrators_alone(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        other = make_employee(session, world.evening.arena, name="Hana Hr", roles=(Role.HR,))
    page = client.get(page_of(other))
    assert "Only an administrator changes accounts" in words(page)
    assert f"{page_of(other)}/" not in page.text
    for act in ("slip", "end", "deactivate"):
        assert post(client, f"{page_of(other)}/{act}").status_code == 403
    assert facts(world, other).active
    ada = administrator(world)
    assert post(ada, f"{page_of(other)}/deactivate").status_code == 303
    assert not facts(world, other).active


def test_nobody_ends_their_own_employment(world: World) -> None:
    ada = administrator(world)
    found = re.search(r'href="(/hr/people/[0-9a-f-]{36})">Ada', ada.get("/hr/people?q=Ada").text)
    assert found
    page = ada.get(found[1])
    assert "This is your own account; others deactivate it." in words(page)
    assert f"{found[1]}/deactivate" not in page.text
    assert post(ada, f"{found[1]}/deactivate").status_code == 403


def test_a_phone_is_revoked_for_who_has_used_it_alone(client: FlaskClient, world: World) -> None:
    alex, blair = world.evening.alex, world.evening.blair
    enrolled = enrol(world.app, alex).get_json()
    path = f"phones/{enrolled['device_id']}/revoke"
    assert f"{page_of(alex)}/{path}" in client.get(page_of(alex)).text
    assert post(client, f"{page_of(blair)}/{path}").status_code == 404
    done = post(client, f"{page_of(alex)}/{path}")
    assert done.headers["Location"] == f"{page_of(alex)}?done=phone_revoked"
    assert acts_about(world, UUID(enrolled["device_id"])) == ["device.revoked", "device.enrolled"]
    page = client.get(page_of(alex))
    assert path not in page.text
    assert re.search("My phone .* Revoked", words(page))


@pytest.mark.parametrize("act", ["slip", "end", "deactivate", "reactivate"])
def test_a_form_of_another_site_does_nothing(client: FlaskClient, world: World, act: str) -> None:
    alex = world.evening.alex
    forged = client.post(f"{page_of(alex)}/{act}", headers={"Origin": "https://elsewhere.test"})
    assert forged.status_code == 403
    assert facts(world, alex).active
    assert acts_about(world, alex.employee_id) == []


def lines_of(client: FlaskClient, who: Actor) -> int:
    return len(re.findall("<tr>", client.get(f"{page_of(who)}?show=work").text)) - 1


def test_a_page_asks_no_more_for_more_lines(client: FlaskClient, world: World) -> None:
    alex, casey = world.evening.alex, world.evening.casey

    def statements(who: Actor) -> int:
        asked = []

        def count(*_: Any) -> None:
            asked.append(1)

        with world.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", count)
        try:
            assert client.get(f"{page_of(who)}?show=work").status_code == 200
        finally:
            event.remove(engine, "before_cursor_execute", count)
        return len(asked)

    with world.app.app_context(), transaction() as session:
        resolved(session, casey, moment=Moment.present(clock.now()))
    assert lines_of(client, alex) > lines_of(client, casey) == 2
    statements(alex)
    assert statements(alex) == statements(casey)
