"""The supervisors' board: who is where, what is uncovered since when, and what waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event as events

from backend.engagement.rules import Moment
from backend.engagement.services import covers, timers
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import db, new_id, transaction
from backend.venues.rules import ZoneKind
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, make_post
from tests.engagement.stories import opened
from tests.factories import make_arena, make_employee, make_shift
from tests.insight.rows import signed_in


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def bowl(app: Flask, now: datetime) -> Bowl:
    return committed_bowl(app, now=now)


def read(app: Flask, who: Actor, at: datetime, *, query: str = "", etag: str | None = None) -> Any:
    headers = {"If-None-Match": etag} if etag else {}
    with signed_in(app, who, at=at) as client:
        return client.get(f"/v1/posts/coverage{query}", headers=headers)


def post_of(board: Any, code: str) -> Any:
    return next(line for line in board["posts"] if line["post"]["code"] == f"{code}-A")


def shown(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def test_a_post_is_uncovered_then_helping_then_covered(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    board = read(app, bowl.robin, now).json
    assert board["event"]["id"] == str(bowl.arena.event_id)
    assert [one["id"] for one in board["events"]] == [board["event"]["id"]]
    assert {line["state"] for line in board["posts"]} == {"covered"}
    assert len(board["posts"]) == 5
    gate = next(line for line in board["posts"] if line["post"]["code"] == "G1-1")
    assert sorted(person["name"] for person in gate["people"]) == [
        "Alex Usher",
        "Blair Gates",
        "Robin Super",
    ]
    with app.app_context(), transaction() as session:
        request = goes(session, bowl, bowl.casey, moment=Moment.present(now))
        (cover,) = covers_of(session, bowl)
        cover_id = cover.id
    line = post_of(read(app, bowl.robin, now + timedelta(seconds=2)).json, "101")
    assert (line["state"], line["since"]) == ("uncovered", shown(now))
    (away,) = line["away"]
    assert (away["cover_id"], away["request_id"]) == (str(cover_id), str(request.id))
    assert (away["left_by"]["name"], away["asked"]["name"]) == ("Casey Stands", "Dana Stands")
    assert away["covered_by"] is None
    assert [person["away"] for person in line["people"]] == [True]
    with app.app_context(), transaction() as session:
        covers.take(session, actor=bowl.dana, cover_id=cover_id, now=now)
    line = post_of(read(app, bowl.robin, now + timedelta(seconds=4)).json, "101")
    assert (line["state"], line["away"][0]["covered_by"]["name"]) == ("helping", "Dana Stands")


def test_open_requests_stand_by_age_with_who_was_told(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        ids = [
            opened(session, bowl.blair, moment=Moment.present(now + timedelta(seconds=wait))).id
            for wait in (0, 30)
        ]
    at = now + timedelta(seconds=61)
    with app.app_context():
        timers.call_for_help(now=at, near_seconds=60, supervisor_seconds=180)
    first, second = read(app, bowl.robin, at).json["requests"]
    assert [first["id"], second["id"]] == [str(one) for one in ids]
    assert (first["near_at"], first["supervisors_at"]) == (shown(at), None)
    assert (second["near_at"], second["zone"]["kind"]) == (None, "gate")


def test_nothing_has_changed_costs_no_body(app: Flask, bowl: Bowl, now: datetime) -> None:
    etag = read(app, bowl.robin, now).headers["ETag"]
    later = now + timedelta(seconds=5)
    same = read(app, bowl.robin, later, etag=etag)
    assert (same.status_code, same.data) == (304, b"")
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.casey, moment=Moment.present(later))
    changed = read(app, bowl.robin, later + timedelta(seconds=5), etag=etag)
    assert changed.status_code == 200


def test_it_is_for_supervisors_of_the_house(app: Flask, bowl: Bowl, now: datetime) -> None:
    assert read(app, bowl.casey, now).status_code == 403
    with app.app_context(), transaction() as session:
        elsewhere = make_arena(session, now=now).event_id
    for event_id in (elsewhere, new_id()):
        refused = read(app, bowl.robin, now, query=f"?event_id={event_id}")
        assert (refused.status_code, refused.json["type"]) == (404, "/problems/event-not-found")
    of_tonight = read(app, bowl.robin, now, query=f"?event_id={bowl.arena.event_id}")
    assert len(of_tonight.json["posts"]) == 5


def test_without_an_event_there_is_an_empty_board(app: Flask, bowl: Bowl, now: datetime) -> None:
    board = read(app, bowl.robin, now + timedelta(days=2)).json
    assert board == {"event": None, "events": [], "posts": [], "requests": []}


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    said: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    events.listen(engine, "before_cursor_execute", count)
    try:
        yield said
    finally:
        events.remove(engine, "before_cursor_execute", count)


def test_a_hundred_posts_take_as_many_statements_as_one(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with counted(app) as few:
        read(app, bowl.robin, now)
    with app.app_context(), transaction() as session:
        crew = []
        for number in range(300, 400):
            post_id = make_post(session, bowl.arena, str(number), kind=ZoneKind.SECTION)
            crew.append(make_employee(session, bowl.arena))
            make_shift(session, bowl.arena, crew[-1], post_id=post_id)
        for who in crew[:5]:
            goes(session, bowl, who, moment=Moment.present(now))
    with counted(app) as many:
        board = read(app, bowl.robin, now + timedelta(seconds=5)).json
    assert len(board["posts"]) == 105
    # One more, for the names of who is away and who was asked.
    assert len(many) == len(few) + 1 <= 6
