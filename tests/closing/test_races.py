"""Closing survives what happens at the same time: other workers, slow writers, power cuts."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from threading import Thread
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from backend import closing
from backend.engagement.models import RequestStep
from backend.engagement.rules import Moment, Step
from backend.engagement.services import greetings
from backend.engagement.services.greetings import NewGreeting
from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from backend.integrity.rules import Verdict
from backend.rewards.services import ledger, standings
from backend.settings import Settings
from tests.closing.stories import HOLD, MORNING, NOTICE, SETTLING, Story, a_season
from tests.engagement.test_races import at_once
from tests.factories import NOW
from tests.servers import ROOT

# Runs what a worker runs, until the power goes in the middle of the named part.
CUT = """
import os, sys
from datetime import datetime
from backend import closing
from backend.app import create_app
from backend.engagement.services import endings as ends
from backend.venues.services import closings
from tests.conftest import settings_for

url, now, part = sys.argv[1:]
left = [3]

put_down = ends.put_down

def cut(*_, **__):
    left[0] -= 1
    if part == "finish" or not left[0]:
        os._exit(9)
    put_down(*_, **__)

if part == "finish":
    closings.audit.record_job = cut
else:
    ends.put_down = cut
with create_app(settings_for(url)).app_context():
    closing.close_seasons(now=datetime.fromisoformat(now), chunk=2)
"""


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with a_season(app) as told:
        yield told


def cancelled(story: Story) -> list[UUID]:
    """Return the requests that were cancelled, once for each time."""
    with story.app.app_context(), reading() as session:
        steps = select(RequestStep.request_id).where(
            RequestStep.organisation_id == story.evening.organisation_id,
            RequestStep.step == Step.CANCELLED,
        )
        return list(session.scalars(steps))


def settle(story: Story) -> None:
    """Bring points and boards home, without closing anything."""
    with story.app.app_context():
        standings.catch_up()
        ledger.confirm_all_due(now=clock.now())


def run_worker(story: Story, now: datetime) -> None:
    with story.app.app_context():
        closing.close_seasons(now=now, chunk=2)


def test_two_workers_at_once_end_everything_once(story: Story) -> None:
    for who in ("alex", "blair"):
        for _ in range(4):
            story.take(as_=who)
        story.resolve(as_=who)
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    at_once([lambda: run_worker(story, clock.now()) for _ in range(4)])
    # Whoever met another passed over it; the next pass finds nothing left to do.
    run_worker(story, clock.now())
    ended = cancelled(story)
    assert len(ended) == len(set(ended)) == 8
    story.at(NOW + HOLD + SETTLING)
    settle(story)
    at_once([lambda: run_worker(story, clock.now()) for _ in range(4)])
    run_worker(story, clock.now())
    assert story.snapshots() == 1
    assert story.verify() == []


@pytest.mark.parametrize("part", ["requests", "finish"])
def test_a_worker_that_is_cut_off_is_continued_by_the_next(story: Story, part: str) -> None:
    story.greet()
    for _ in range(5):
        story.take()
    story.at(MORNING)
    story.close()
    story.at(NOW + HOLD + SETTLING)
    settle(story)
    settings: Settings = story.app.extensions["on_the_spot.settings"]
    now = clock.now()
    cut = subprocess.run(
        [sys.executable, "-P", "-c", CUT, settings.database_url, now.isoformat(), part],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        check=False,
        timeout=120,
    )
    assert cut.returncode == 9
    assert story.snapshots() == 0
    assert len(cancelled(story)) == (5 if part == "finish" else 2)
    assert story.verify() == []
    run_worker(story, now)
    assert len(set(cancelled(story))) == len(cancelled(story)) == 5
    assert story.snapshots() == 1
    assert story.verify() == []


def test_a_writer_that_began_in_time_is_waited_for(story: Story) -> None:
    settings: Settings = story.app.extensions["on_the_spot.settings"]
    if settings.database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer: nobody else is between look and commit")
    story.at(MORNING)
    story.close()
    now = MORNING + NOTICE + SETTLING + HOLD
    with story.app.app_context(), transaction() as session:
        # As slow as can be: it looked at the clock before the season was closed.
        moment = Moment(at=NOW, verdict=Verdict.VERIFIED, now=MORNING)
        slow = NewGreeting(id=new_id(), moment=moment)
        greetings.record(session, actor=story.evening.alex, greetings=[slow], now=MORNING)
        session.execute(select(1))
        worker = Thread(target=run_worker, args=(story, now))
        worker.start()
        worker.join(60)
        assert not worker.is_alive()
        assert story.snapshots() == 0
    story.at(now)
    settle(story)
    run_worker(story, now)
    assert story.snapshots() == 1
    frozen = story.call("GET", f"{story.season}/snapshots/1", as_="harper")["frozen"]
    assert frozen["events"][0]["greetings"] == 1
    assert story.verify() == []


def test_attendance_and_closing_at_once(story: Story) -> None:
    story.at(MORNING)
    event = f"/events/{story.evening.arena.event_id}"

    def say() -> int:
        return story.open("PATCH", event, {"attendance": 18_000}, as_="robin").status_code

    def close() -> int:
        return story.open("POST", f"{story.season}/close", {}, as_="harper").status_code

    said, *closed = at_once([say, close, close])
    assert sorted(closed) == [200, 409]
    story.finish()
    frozen = story.call("GET", f"{story.season}/snapshots/1", as_="harper")["frozen"]
    assert frozen["events"][0]["attendance"] == {200: 18_000, 409: None}[said]
    assert story.verify() == []


def test_asking_and_approving_at_once_has_one_winner_each(story: Story) -> None:
    story.at(MORNING)
    story.close()

    def post(path: str, who: str) -> int:
        body = {"reason": "Too soon."} if path == "reopen" else None
        return story.open("POST", f"{story.season}/{path}", body, as_=who).status_code

    asked = at_once([partial(post, "reopen", who) for who in ("harper", "robin") * 2])
    assert sorted(asked) == [201, 409, 409, 409]
    wish = story.standing()["reopening"]
    harper = str(story.people["harper"].employee_id)
    other = "robin" if wish["asked_by"] == harper else "harper"
    approved = at_once([partial(post, "reopen/approve", other)] * 3)
    assert sorted(approved) == [200, 409, 409]
    assert story.verify() == []


def test_requests_and_their_end_at_once(story: Story) -> None:
    taken = [story.take(as_=who) for who in ("alex", "blair") for _ in range(3)]
    story.at(MORNING)
    story.close()
    late = MORNING + NOTICE

    def resolve(request_id: str, who: str) -> int:
        path = f"/requests/{request_id}/resolve"
        return story.open("POST", path, as_=who).status_code

    # Those that come first have begun before the season was closed: they count.
    owners = ["alex"] * 3 + ["blair"] * 3
    acts = [partial(resolve, *one) for one in zip(taken, owners, strict=True)]
    came = at_once([*acts, *[partial(run_worker, story, late)] * 2])
    run_worker(story, late)
    assert set(came[:6]) <= {200, 409}
    counts = story.call(
        "GET", f"/programme?season_id={story.evening.arena.season_id}", as_="harper"
    )["requests"]
    assert counts["resolved"] == came[:6].count(200)
    assert counts["cancelled"] == came[:6].count(409)
    assert story.verify() == []
