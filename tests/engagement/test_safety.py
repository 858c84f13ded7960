"""A matter of safety or health goes to the command centre: closed, unpaid, unrated, on record."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from backend.engagement.models import Invitation, Request, Workload
from backend.engagement.rules import Moment
from backend.engagement.services import requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.insight import verify
from backend.notify.messages import MessageKind
from backend.rewards.models import LedgerTransaction
from backend.venues.models import Venue
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, told
from tests.engagement.stories import opened
from tests.http import headers_for

PHONE = "+1 215 555 0100"
MEDICAL = {"concern": "medical"}


@pytest.fixture
def bowl(app: Flask) -> Bowl:
    bowl = committed_bowl(app, now=clock.now())
    with app.app_context(), transaction() as session:
        session.execute(
            update(Venue).where(Venue.id == bowl.arena.venue_id).values(command_centre_phone=PHONE)
        )
    return bowl


def post(app: Flask, who: Actor, path: str, body: Any = None) -> Any:
    return app.test_client().post(f"/v1{path}", json=body, headers=headers_for(app, who))


def test_it_is_closed_and_never_paid_and_supervisors_know(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), transaction() as session:
        request = goes(session, bowl, bowl.casey, moment=Moment.present(clock.now()))
    path = f"/requests/{request.id}/safety"
    answer = post(app, bowl.casey, path, MEDICAL)
    assert answer.status_code == 200
    assert answer.json["command_centre_phone"] == PHONE
    assert answer.json["request"]["status"] == "cancelled"
    assert answer.json["request"]["shares"] == []
    assert post(app, bowl.casey, path, MEDICAL).json == answer.json
    for step in ("accept", "resolve"):
        refused = post(app, bowl.casey, f"/requests/{request.id}/{step}")
        assert refused.get_json()["type"] == "/problems/request-closed"
    headers = headers_for(app, bowl.casey)
    path = f"/v1/requests/{request.id}/history"
    history = app.test_client().get(path, headers=headers).get_json()
    last = history["items"][-1]
    assert (last["step"], last["detail"]) == ("safety", {"concern": "medical"})
    with app.app_context(), reading() as session:
        owned = {"organisation_id": bowl.organisation_id}
        assert covers_of(session, bowl) == []
        assert [hand.in_hand for hand in session.query(Workload).filter_by(**owned)] == [0]
        for table in (Invitation, LedgerTransaction):
            assert session.query(table).filter_by(**owned).count() == 0
        kind = MessageKind.SAFETY_HANDED_OVER
        assert told(session, (bowl.robin, bowl.supervisor), kind) == [(kind, request.id)]
        owner = bowl.organisation_id
        assert list(verify.find_offenders(session, code="I08", organisation_id=owner)) == []


def test_who_opened_it_may_and_a_bystander_may_not(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), transaction() as session:
        request = opened(session, bowl.alex, moment=Moment.present(clock.now()))
    path = f"/requests/{request.id}/safety"
    assert post(app, bowl.dana, path, MEDICAL).json["type"] == "/problems/not-in-your-hands"
    assert post(app, bowl.alex, path, {"concern": "safety"}).status_code == 200


def test_a_request_that_was_closed_otherwise_stays_so(app: Flask, bowl: Bowl) -> None:
    moment = Moment.present(clock.now())
    with app.app_context(), transaction() as session:
        request = opened(session, bowl.alex, moment=moment)
        requests.cancel(
            session, actor=bowl.alex, request_id=request.id, reason="gone", moment=moment
        )
    refused = post(app, bowl.alex, f"/requests/{request.id}/safety", MEDICAL)
    assert refused.json["type"] == "/problems/request-closed"


def test_a_phone_may_do_it_from_its_queue(app: Flask, bowl: Bowl) -> None:
    at = clock.now().isoformat()
    opened_id = str(new_id())
    step = {"at": at, "request_id": opened_id}
    queue = {
        "sent_at": at,
        "actions": [
            {"id": opened_id, "kind": "open", "at": at, "category": "other"},
            {"id": str(new_id()), "kind": "accept", **step},
            {"id": str(new_id()), "kind": "safety", **step, "concern": "medical"},
            {"id": str(new_id()), "kind": "safety", **step},
            {"id": str(new_id()), "kind": "resolve", **step},
        ],
    }
    answer = post(app, bowl.casey, "/sync", queue)
    results = answer.json["results"]
    assert [one["status"] for one in results] == [201, 200, 200, 422, 409]
    assert results[2]["result"]["command_centre_phone"] == PHONE
    again = post(app, bowl.casey, "/sync", queue).json["results"]
    assert again[2] == results[2]
    with app.app_context(), reading() as session:
        row = session.query(Request).filter_by(organisation_id=bowl.organisation_id).one()
        assert row.status == "cancelled"
