"""Ratings over HTTP: the fan without a sign-in, moderation, and what employees get to read."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from backend.engagement.models import Rating, RatingAnswer, RequestStep
from backend.engagement.rules import Moment, RatingState
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from tests.engagement.stories import Evening, accepted, committed_evening
from tests.factories import NOW, make_employee, make_shift
from tests.http import headers_for


@pytest.fixture
def evening(app: Flask) -> Iterator[Evening]:
    with time_machine.travel(NOW, tick=False):
        yield committed_evening(app)


def a_code(app: Flask, actor: Actor) -> str:
    """Let ``actor`` resolve a request, and return the code with this installation's key."""
    headers = headers_for(app, actor)
    with app.app_context(), transaction() as session:
        request = accepted(session, actor, moment=Moment.present(clock.now()))
    done = app.test_client().post(f"/v1/requests/{request.id}/resolve", headers=headers)
    return str(done.json["rating"]["code"])  # type: ignore[index]


def rate(app: Flask, actor: Actor, stars: int, **more: str) -> None:
    response = app.test_client().post(
        f"/v1/ratings/{a_code(app, actor)}", json={"stars": stars} | more
    )
    assert response.status_code == 201, response.text


def test_a_fan_looks_rates_and_corrects(app: Flask, evening: Evening) -> None:
    code = a_code(app, evening.alex)
    fan = app.test_client()
    asked = fan.get(f"/v1/ratings/{code.lower()}")
    assert asked.status_code == 200
    assert asked.json == {
        "state": "unused",
        "first_name": "Alex",
        "category": "seating",
        "event_name": "Home against Away",
        "held_on": "2026-11-21",
    }
    given = fan.post(f"/v1/ratings/{code}", json={"stars": 2, "comment": "Slow", "reason": "venue"})
    assert given.status_code == 201
    assert given.json is not None
    assert given.json["stars"] == 2
    token = given.json["correction_token"]
    again = fan.patch(f"/v1/ratings/{code}", json={"stars": 5, "correction_token": token})
    assert again.status_code == 200
    assert again.json == {"stars": 5, "correctable_until": "2026-11-21T19:40:00Z"}
    assert fan.get(f"/v1/ratings/{code}").json["state"] == "used"  # type: ignore[index]
    used = fan.post(f"/v1/ratings/{code}", json={"stars": 1})
    assert used.status_code == 409
    with time_machine.travel(NOW + timedelta(minutes=11), tick=False):
        late = fan.patch(f"/v1/ratings/{code}", json={"stars": 1, "correction_token": token})
    assert late.status_code == 410
    assert late.json["type"] == "/problems/correction-closed"  # type: ignore[index]
    wrong = fan.patch(f"/v1/ratings/{code}", json={"stars": 1, "correction_token": code})
    assert wrong.status_code == 403


def test_looking_records_nothing(app: Flask, evening: Evening) -> None:
    code = a_code(app, evening.alex)
    for _ in range(3):
        assert app.test_client().get(f"/v1/ratings/{code}").status_code == 200
        assert app.test_client().head(f"/v1/ratings/{code}").status_code == 200
    with app.app_context(), transaction() as session:
        owned = {"organisation_id": evening.organisation_id}
        counts = [
            session.scalar(select(func.count()).select_from(kept).filter_by(**owned))
            for kept in (Rating, RatingAnswer, RequestStep)
        ]
    assert counts == [0, 0, 3]


def test_a_code_expires_after_the_hours_of_the_settings(app: Flask, evening: Evening) -> None:
    code = a_code(app, evening.alex)
    fan = app.test_client()
    with time_machine.travel(NOW + timedelta(hours=72), tick=False):
        assert fan.get(f"/v1/ratings/{code}").json["state"] == "expired"  # type: ignore[index]
        given = fan.post(f"/v1/ratings/{code}", json={"stars": 5})
    # It waits for a person, and the fan is thanked all the same.
    assert (given.status_code, given.json["stars"]) == (201, 5)  # type: ignore[index]
    with app.app_context(), transaction() as session:
        whose = select(Rating).filter_by(employee_id=evening.alex.employee_id)
        assert session.scalars(whose).one().state is RatingState.HELD


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("GET", None),
        ("POST", {"stars": 5}),
        ("PATCH", {"stars": 5, "correction_token": "x"}),
    ],
)
@pytest.mark.parametrize("code", ["nonsense", "0" * 26, "%00", "%ED%A0%80", "x" * 3000])
def test_an_unknown_code_is_404(app: Flask, method: str, body, code: str) -> None:
    response = app.test_client().open(f"/v1/ratings/{code}", method=method, json=body)
    assert response.status_code == 404
    assert response.json["type"] == "/problems/unknown-code"  # type: ignore[index]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"stars": 0},
        {"stars": 6},
        {"stars": "5"},
        {"stars": 4.5},
        {"stars": True},
        {"stars": None},
        {"stars": 5, "reason": "weather"},
        {"stars": 5, "comment": "x" * 1001},
        {"stars": 5, "comment": "a\x00b"},
        {"stars": 5, "comment": ["five"]},
        {"stars": 5, "employee_id": "me"},
    ],
)
def test_a_bad_answer_is_refused_and_the_code_stays_good(app: Flask, evening, body) -> None:
    code = a_code(app, evening.alex)
    fan = app.test_client()
    refused = fan.post(f"/v1/ratings/{code}", json=body)
    assert refused.status_code == 422
    assert fan.post(f"/v1/ratings/{code}", json={"stars": 5}).status_code == 201


def test_a_lone_surrogate_is_refused(app: Flask, evening: Evening) -> None:
    response = app.test_client().post(
        f"/v1/ratings/{a_code(app, evening.alex)}",
        data=b'{"stars": 5, "comment": "\\ud83d"}',
        content_type="application/json",
    )
    assert response.status_code in {400, 422}


def test_employees_read_ratings_in_batches_of_five(app: Flask, evening: Evening) -> None:
    headers = headers_for(app, evening.alex)

    def mine(after: timedelta):
        with time_machine.travel(NOW + after, tick=False):
            return app.test_client().get("/v1/me/ratings", headers=headers).json["items"]  # type: ignore[index]

    quarter = timedelta(minutes=14)
    for stars in (5, 3, 5, 4):
        rate(app, evening.alex, stars, comment="Not yet moderated")
    assert mine(quarter) == []
    rate(app, evening.alex, 1, reason="team")
    rate(app, evening.alex, 5)
    assert mine(timedelta(minutes=5)) == []
    [event] = mine(quarter)
    assert [one["stars"] for one in event["ratings"]] == [5, 5, 4, 3, 1]
    assert {one["comment"] for one in event["ratings"]} == {None}
    assert (event["held_on"], event["event_name"]) == ("2026-11-21", "Home against Away")
    assert set(event) == {"event_id", "event_name", "held_on", "ratings"}
    assert set(event["ratings"][0]) == {"stars", "reason", "comment"}


def test_after_the_event_employees_read_them_all(app: Flask, evening: Evening) -> None:
    rate(app, evening.alex, 4)
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        headers = headers_for(app, evening.alex)
        page = app.test_client().get("/v1/me/ratings?limit=1", headers=headers).json
    assert page is not None
    assert len(page["items"][0]["ratings"]) == 1
    assert page["next_cursor"] is None


def test_a_comment_is_read_once_somebody_has_looked(app: Flask, evening: Evening) -> None:
    rate(app, evening.alex, 5, comment="=2+2 <b>Danke</b>")
    rate(app, evening.alex, 4, comment="Rude words")
    rate(app, evening.alex, 3)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    moderator, fan = headers_for(app, hr), app.test_client()
    early = fan.get("/v1/comments", headers=moderator).json
    assert early == {"items": [], "next_cursor": None}
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        moderator = headers_for(app, hr)
        page = fan.get("/v1/comments?limit=1", headers=moderator).json
        assert page is not None
        cursor = page["next_cursor"]
        rest = fan.get(f"/v1/comments?cursor={cursor}", headers=moderator).json
        assert rest is not None
        first, second = page["items"] + rest["items"]
        assert {first["comment"], second["comment"]} == {"=2+2 <b>Danke</b>", "Rude words"}
        for comment, decision in ((first, "show"), (second, "hide")):
            decided = fan.post(
                f"/v1/comments/{comment['rating_id']}/decide",
                json={"decision": decision, "reason": "House rules"},
                headers=moderator,
            )
            assert decided.status_code == 200
        employee = headers_for(app, evening.alex)
        shown = fan.get("/v1/me/ratings", headers=employee).json
        assert shown is not None
        comments = [one["comment"] for one in shown["items"][0]["ratings"]]
        assert sorted(filter(None, comments)) == [first["comment"]]
        assert fan.get("/v1/comments", headers=employee).status_code == 403
        hidden = fan.get("/v1/comments?state=hidden", headers=moderator).json
        assert hidden is not None
        assert [one["rating_id"] for one in hidden["items"]] == [second["rating_id"]]
    with app.app_context(), transaction() as session:
        rows = session.scalars(
            select(AuditRow).filter_by(
                organisation_id=evening.organisation_id, actor_id=hr.employee_id
            )
        ).all()
        acts = {(row.act, row.detail["reason"]) for row in rows if row.act.startswith("comment.")}
        assert acts == {("comment.shown", "House rules"), ("comment.hidden", "House rules")}


def test_only_a_comment_that_stays_is_decided_on(app: Flask, evening: Evening) -> None:
    rate(app, evening.alex, 5, comment="Still typing")
    rate(app, evening.alex, 5)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
        rows = session.scalars(
            select(Rating).filter_by(organisation_id=evening.organisation_id)
        ).all()
        ids = {row.comment: row.id for row in rows}
    decision = {"decision": "show", "reason": "Fine"}
    client, headers = app.test_client(), headers_for(app, hr)
    for comment, status in (("Still typing", 409), (None, 404)):
        path = f"/v1/comments/{ids[comment]}/decide"
        assert client.post(path, json=decision, headers=headers).status_code == status


def test_the_history_hides_from_employees_when_a_fan_rated(app: Flask, evening: Evening) -> None:
    rate(app, evening.alex, 5)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
        row = session.scalars(
            select(Rating).filter_by(organisation_id=evening.organisation_id)
        ).one()
        path = f"/v1/requests/{row.request_id}/history"
    client = app.test_client()
    for actor, last in (
        (evening.alex, "resolved"),
        (evening.supervisor, "resolved"),
        (hr, "rated"),
    ):
        steps = client.get(path, headers=headers_for(app, actor)).json["items"]  # type: ignore[index]
        assert steps[-1]["step"] == last


def test_nor_does_it_tell_hr_of_what_they_have_a_part_in(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
        make_shift(session, evening.arena, hr)
    rate(app, hr, 5)
    with app.app_context(), reading() as session:
        request_id = session.scalars(
            select(Rating.request_id).filter_by(organisation_id=evening.organisation_id)
        ).one()
    path = f"/v1/requests/{request_id}/history"
    answer = app.test_client().get(path, headers=headers_for(app, hr))
    steps = [step["step"] for step in answer.json["items"]]  # type: ignore[index]
    assert steps == ["opened", "accepted", "resolved"]
