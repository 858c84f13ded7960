"""The inbox over HTTP: mine alone, cheap to ask for again, read up to where it was seen."""

from datetime import datetime

import pytest
from flask import Flask

from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.notify.push import Answer, Said
from tests.engagement.stories import Evening
from tests.factories import make_employee
from tests.http import headers_for
from tests.notify.test_relay import Phones, reach, relay, send
from tests.notify.test_relay import evening as evening
from tests.notify.test_relay import now as now


def test_the_inbox_is_mine_and_costs_nothing_where_it_has_not_changed(
    app: Flask, evening: Evening, now: datetime
) -> None:
    client, headers = app.test_client(), headers_for(app, evening.alex)
    sent = send(app, evening.alex, now=now, times=3)
    send(app, evening.blair, now=now)
    answer = client.get("/v1/me/inbox?limit=2", headers=headers)
    page = answer.get_json()
    assert [one["id"] for one in page["items"]] == [str(one) for one in reversed(sent[1:])]
    assert page["unread"] == 3
    assert set(page["items"][0]) == {"id", "kind", "subject_id", "at", "read"}
    again = headers | {"If-None-Match": answer.headers["ETag"]}
    assert client.get("/v1/me/inbox?limit=2", headers=again).status_code == 304
    rest = client.get(f"/v1/me/inbox?cursor={page['next_cursor']}", headers=headers).get_json()
    assert [one["id"] for one in rest["items"]] == [str(sent[0])]
    read = {"up_to": str(sent[1])}
    left = client.post("/v1/me/inbox/read", json=read, headers=headers)
    assert left.get_json() == {"unread": 1}
    seen = client.get("/v1/me/inbox", headers=again).get_json()
    assert [one["read"] for one in seen["items"]] == [False, True, True]


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_messages_of_others_cannot_be_read(
    app: Flask, evening: Evening, now: datetime, whose: str
) -> None:
    [other] = send(app, evening.blair, now=now)
    wanted = {"up_to": str(other if whose == "somebody else's" else new_id())}
    answer = app.test_client().post(
        "/v1/me/inbox/read", json=wanted, headers=headers_for(app, evening.alex)
    )
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/message-not-found")


@pytest.mark.parametrize("value", ["", "a b", "x" * 401, "line\nbreak", 7, None])
def test_what_is_no_target_is_refused(app: Flask, evening: Evening, value: object) -> None:
    answer = app.test_client().put(
        "/v1/me/push-target",
        json={"kind": "fid", "value": value},
        headers=headers_for(app, evening.alex),
    )
    assert answer.status_code == 422


def test_a_phone_that_asks_for_peace_is_pushed_nothing(
    app: Flask, evening: Evening, now: datetime
) -> None:
    headers = reach(app, evening.alex, "phone")
    assert app.test_client().delete("/v1/me/push-target", headers=headers).status_code == 204
    send(app, evening.alex, now=now)
    phones = Phones()
    relay(app, phones, now=now)
    assert phones.notes == []


def test_dead_letters_are_in_sight_of_hr_alone(app: Flask, evening: Evening, now: datetime) -> None:
    client = app.test_client()
    reach(app, evening.alex, "strict")
    [sent] = send(app, evening.alex, now=now)
    refusing = Phones(says={"strict": Said(answer=Answer.REFUSED, reason="InvalidArgument: no")})
    relay(app, refusing, now=clock.now())
    with app.app_context(), transaction() as session:
        harper = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    hr = headers_for(app, harper)
    assert client.get("/v1/messages", headers=headers_for(app, evening.alex)).status_code == 403
    [dead] = client.get("/v1/messages?state=dead", headers=hr).get_json()["items"]
    assert (dead["id"], dead["last_failure"]) == (str(sent), "InvalidArgument: no")
    again = f"/v1/messages/{sent}/send-again"
    assert client.post(again, headers=hr).status_code == 204
    answer = client.post(again, headers=hr)
    assert (answer.status_code, answer.get_json()["type"]) == (409, "/problems/message-not-dead")
    in_console = client.put("/v1/me/push-target", json={"kind": "fid", "value": "desk"}, headers=hr)
    assert in_console.get_json()["type"] == "/problems/not-on-a-phone"
