"""HR's form of how long words of fans, and signals, are kept."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.integrity.queries.retentions import get_periods
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_comments import write

PATH = "/hr/comments/retention"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def send(
    client: FlaskClient, *, words: str, signals: str, seen: tuple[int, int] = (365, 30)
) -> TestResponse:
    form = {"word_days": words, "signal_days": signals}
    shown = {"seen-word_days": str(seen[0]), "seen-signal_days": str(seen[1])}
    return client.post(PATH, data=form | shown, headers=OURS)


def periods(world: World) -> Periods:
    with world.app.app_context(), reading() as session:
        return get_periods(session, organisation_id=world.evening.organisation_id)


def acts(world: World) -> Sequence[dict[str, Any]]:
    with world.app.app_context(), reading() as session:
        return session.scalars(
            select(AuditRow.detail)
            .where(AuditRow.act == "retention.changed", AuditRow.actor_id == world.hr.employee_id)
            .order_by(AuditRow.id)
        ).all()


def test_the_days_are_set_once_audited_and_told_to_fans(client: FlaskClient, world: World) -> None:
    page = client.get("/hr/comments").text
    assert 'name="seen-word_days" value="365"' in page
    for notice in ("What is older is deleted within minutes.", "Nothing was different"):
        done = send(client, words="90", signals="14")
        assert done.status_code == 303
        page = client.get(done.location).text
        assert notice in page
    assert periods(world) == Periods(word_days=90, signal_days=14)
    assert acts(world) == [
        {
            "before": {"word_days": 365, "signal_days": 30},
            "after": {"word_days": 90, "signal_days": 14},
        }
    ]
    privacy = re.search(r'href="(/privacy/[^"]+)"', page)
    assert privacy
    assert "at most 90 days" in client.get(privacy[1]).text


@pytest.mark.parametrize("field", ["word_days", "signal_days"])
@pytest.mark.parametrize("text", ["", "2", "1096", "ten", "9.5", "99999999999", "\u0661\u0660"])
def test_days_that_cannot_be_are_refused_and_shown_again(
    client: FlaskClient, world: World, field: str, text: str
) -> None:
    comment = write(world, "Kind.")
    said = {"words": "100", "signals": "20"}
    said |= {"words" if field == "word_days" else "signals": text}
    page = send(client, **said)  # type: ignore[arg-type]
    assert page.status_code == 422
    assert f'id="{field}-wrong"' in page.text
    assert page.text.count('aria-invalid="true"') == 1
    assert "Nothing was changed." in page.text
    for value in said.values():
        assert f'value="{value}"' in page.text
    assert periods(world) == Periods()
    assert str(comment) in page.text


def test_days_that_somebody_else_has_set_are_not_overwritten_unseen(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        to = Periods(word_days=200, signal_days=10)
        retentions.change(session, actor=world.hr, to=to, now=clock.now())
    refused = send(client, words="300", signals="30")
    assert refused.status_code == 422
    assert "Somebody has changed this since you looked; it is 200 at present." in refused.text
    assert 'value="300"' in refused.text
    assert 'name="seen-word_days" value="200"' in refused.text
    assert periods(world) == to
    assert send(client, words="365", signals="12", seen=(365, 10)).status_code == 303
    assert periods(world) == Periods(word_days=200, signal_days=12)
    assert send(client, words="300", signals="12", seen=(200, 12)).status_code == 303
    assert periods(world) == Periods(word_days=300, signal_days=12)
    assert len(acts(world)) == 3


def test_a_refused_decision_leaves_the_days_as_they_are(client: FlaskClient, world: World) -> None:
    rating_id = write(world, "Kind.")
    page = client.post(f"/hr/comments/{rating_id}/show", data={"reason": " "}, headers=OURS)
    assert page.status_code == 422
    assert 'name="seen-signal_days" value="30"' in page.text
    assert page.text.count('aria-invalid="true"') == 1


def test_only_hr_sets_the_days_and_only_here(app: Flask, client: FlaskClient, world: World) -> None:
    form = {"word_days": "90", "signal_days": "14"}
    forged = {"Origin": "https://elsewhere.test"}
    assert client.post(PATH, data=form, headers=forged).status_code == 403
    with app.app_context(), transaction() as session:
        lead = make_employee(session, world.evening.arena, roles=(Role.SUPERVISOR,))
        email, totp = console_access(app, session, lead)
    theirs = app.test_client()
    sign_in(theirs, email, totp)
    assert theirs.post(PATH, data=form, headers=OURS).status_code == 403
    assert periods(world) == Periods()
