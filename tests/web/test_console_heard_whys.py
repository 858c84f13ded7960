"""HR's page of why something does not work yet: who decides, and what everybody reads of it."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import HeardAnswer
from backend.engagement.rules import CommentState
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading
from tests.browser.world import World, make_world
from tests.web.test_console import NOBODY, OURS, signed_in
from tests.web.test_console_heard import answered, fans_read, write
from tests.web.test_hostile_words import CORPUS, as_text


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def say(world: World, why: str, entry_id: UUID | None = None) -> UUID:
    """Let a fan say why something does not work yet; return the id of the answer."""
    answered(world, entry_id or write(world), yes=0, no=1, why=why)
    with world.app.app_context(), reading() as session:
        newest = select(HeardAnswer.id).order_by(HeardAnswer.id.desc()).limit(1)
        return session.scalars(newest).one()


def post(client: FlaskClient, answer_id: UUID, act: str, reason: str = "Fair.") -> Any:
    path = f"/hr/heard/whys/{answer_id}/{act}"
    return client.post(path, data={"reason": reason}, headers=OURS)


def state_of(world: World, answer_id: UUID) -> CommentState:
    with world.app.app_context(), reading() as session:
        rows = select(HeardAnswer.why_state).where(HeardAnswer.id == answer_id)
        return session.scalars(rows).one()


def test_words_are_shown_or_hidden_with_a_reason_and_either_may_be_changed(
    client: FlaskClient, world: World
) -> None:
    why = say(world, "They close at half time.")
    listed = client.get("/hr/heard/whys").text
    assert "They close at half time." in listed
    assert "Shorter queues for food" in listed
    assert '1<span class="quiet"> waiting</span>' in client.get("/hr/heard").text
    done = post(client, why, "show", "It names nobody.")
    assert done.headers["Location"] == "/hr/heard/whys?done=why_show"
    assert state_of(world, why) is CommentState.SHOWN
    assert "half time" in fans_read(client, world)
    assert "half time" in client.get("/hr/heard").text
    assert "half time" not in client.get("/hr/heard/whys").text
    assert "half time" in client.get("/hr/heard/whys?show=shown").text
    assert post(client, why, "hide", "It does.").status_code == 303
    assert "half time" not in fans_read(client, world)
    assert "half time" in client.get("/hr/heard/whys?show=hidden").text
    with world.app.app_context(), reading() as session:
        rows = select(AuditRow).where(AuditRow.subject_id == why).order_by(AuditRow.id)
        acts = [(row.act, row.detail["reason"]) for row in session.scalars(rows)]
    assert acts == [("heard_why.shown", "It names nobody."), ("heard_why.hidden", "It does.")]


def test_what_waits_stands_on_the_first_page(client: FlaskClient, world: World) -> None:
    assert "does not work yet, to show" not in client.get("/hr").text
    why = say(world, "Too far.")
    assert 'href="/hr/heard/whys">What fans say does not work yet' in client.get("/hr").text
    post(client, why, "hide")
    assert "does not work yet, to show" not in client.get("/hr").text


@pytest.mark.parametrize("reason", ["", "  ", "x" * 281, "nul\x00"])
def test_without_a_reason_that_can_be_kept_nothing_is_changed(
    client: FlaskClient, world: World, reason: str
) -> None:
    entry_id = write(world)
    say(world, "Too far.", entry_id)
    why = say(world, "Too dear.", entry_id)
    page = post(client, why, "show", reason)
    assert page.status_code == 422
    [wrong] = re.findall(
        r"(Too [a-z]+)\.</blockquote>\s<form(?:(?!</form>).)*aria-invalid", page.text, re.S
    )
    assert wrong == "Too dear"
    assert state_of(world, why) is CommentState.WAITING


def test_they_come_in_the_order_in_which_they_were_said(client: FlaskClient, world: World) -> None:
    entry_id = write(world)
    for number in range(27):
        say(world, f"Reason {number:02}", entry_id)
    first = client.get("/hr/heard/whys")
    [following] = re.findall(r'href="([^"]+after=[^"]+)"', first.text)
    second = client.get(unescape(following))
    found = [
        int(one) for page in (first, second) for one in re.findall("Reason ([0-9]+)<", page.text)
    ]
    assert found == list(range(27))
    assert client.get("/hr/heard/whys?show=all").status_code == 422
    assert client.get("/hr/heard/whys?after=x").status_code == 422


def test_another_organisations_words_are_neither_read_nor_decided_on(
    app: Flask, client: FlaskClient
) -> None:
    other = make_world(app)
    theirs = say(other, "Elsewhere only.")
    assert "Elsewhere only." not in client.get("/hr/heard/whys").text
    for answer_id in (theirs, NOBODY):
        assert post(client, answer_id, "show").status_code == 404
    assert state_of(other, theirs) is CommentState.WAITING


def test_hostile_words_of_fans_and_of_hr_are_text_on_every_page(
    client: FlaskClient, world: World
) -> None:
    for said in CORPUS.values():
        entry_id = write(world, asked=said[:200], done=said[:500])
        why = say(world, said[:280], entry_id)
        as_text(client.get("/hr/heard/whys").text)
        assert post(client, why, "show", said[:280]).status_code == 303
        for path in (
            "/hr/heard",
            "/hr/heard/whys?show=shown",
            f"/hr/heard/{entry_id}",
            "/hr/audit",
        ):
            page = client.get(path)
            assert page.status_code == 200
            as_text(page.text)
        assert client.get(f"/hr/heard/{entry_id}").text.count("</textarea>") == 1
