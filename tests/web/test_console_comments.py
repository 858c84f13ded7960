"""HR's page of what fans wrote: who decides, and what the employee reads of it."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import Rating
from backend.engagement.rules import CORRECTION_WINDOW, CommentState, Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.identity.queries import list_payroll_numbers
from tests.browser.world import World, console_access, make_world
from tests.engagement.stories import resolved
from tests.factories import make_employee, make_shift
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def write(world: World, words: str, *, waited: bool = True, whom: Actor | None = None) -> UUID:
    """Let a fan write about ``whom``, else Alex, so long ago that it stays, or just now."""
    past = Moment.present(clock.now() - CORRECTION_WINDOW * (2 if waited else 0))
    with world.app.app_context(), transaction() as session:
        code = resolved(session, whom or world.evening.alex, moment=past).code
        given = GivenAnswer(stars=5, comment=words)
        return ratings.receive(session, code=code, given=given, now=past.at).rating_id


def post(client: FlaskClient, rating_id: UUID, act: str, reason: str) -> Any:
    form = {"reason": reason}
    return client.post(f"/hr/comments/{rating_id}/{act}", data=form, headers=OURS)


def state_of(world: World, rating_id: UUID) -> CommentState:
    with world.app.app_context(), reading() as session:
        return session.scalars(select(Rating.comment_state).where(Rating.id == rating_id)).one()


def test_a_comment_is_shown_or_hidden_with_a_reason_and_either_may_be_changed(
    client: FlaskClient, world: World
) -> None:
    kind = write(world, "So kind!")
    assert "So kind!" in client.get("/hr/comments").text
    assert 'href="/hr/comments">Comments to show' in client.get("/hr").text
    done = post(client, kind, "show", "It names nobody.")
    assert done.headers["Location"] == "/hr/comments?done=comment_show"
    assert state_of(world, kind) is CommentState.SHOWN
    assert "So kind!" not in client.get("/hr/comments").text
    assert "So kind!" in client.get("/hr/comments?show=shown").text
    assert post(client, kind, "hide", "It does.").status_code == 303
    assert state_of(world, kind) is CommentState.HIDDEN
    with world.app.app_context(), reading() as session:
        acts = session.scalars(
            select(AuditRow.act).where(AuditRow.subject_id == kind).order_by(AuditRow.id)
        )
        assert acts.all() == ["comment.shown", "comment.hidden"]


def test_without_a_reason_nothing_is_changed_and_the_field_says_so(
    client: FlaskClient, world: World
) -> None:
    rude = write(world, "So rude!")
    other = write(world, "Fine.")
    page = post(client, rude, "hide", " ")
    assert page.status_code == 422
    assert page.text.count('aria-invalid="true"') == 1
    assert state_of(world, rude) is CommentState.WAITING
    assert state_of(world, other) is CommentState.WAITING


def test_what_the_fan_may_still_change_is_not_there_yet(client: FlaskClient, world: World) -> None:
    fresh = write(world, "Just now.", waited=False)
    assert "Just now." not in client.get("/hr/comments").text
    assert post(client, fresh, "show", "Fair.").status_code == 409
    assert post(client, NOBODY, "show", "Fair.").status_code == 404
    assert client.get("/hr/comments?show=all").status_code == 422


def test_nobody_reads_or_judges_what_is_said_of_them(
    app: Flask, client: FlaskClient, world: World
) -> None:
    with app.app_context(), transaction() as session:
        me = make_employee(session, world.evening.arena, roles=(Role.HR,))
        email, totp = console_access(app, session, me)
        number = list_payroll_numbers(
            session, organisation_id=me.organisation_id, employee_ids=[me.employee_id]
        )[me.employee_id]
        # The same person's other account.
        usher = make_employee(session, world.evening.arena, payroll_number=number)
        make_shift(session, world.evening.arena, usher)
    mine = app.test_client()
    assert sign_in(mine, email, totp).status_code == 303
    about_me = write(world, "So slow!", whom=usher)
    assert "So slow!" not in mine.get("/hr/comments").text
    assert "Comments to show" not in mine.get("/hr").text
    assert post(mine, about_me, "hide", "I was not.").status_code == 404
    assert state_of(world, about_me) is CommentState.WAITING
    assert "So slow!" in client.get("/hr/comments").text
    assert post(client, about_me, "show", "It names nobody.").status_code == 303
