"""A season with everything in it that must end when it is closed, told over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend import closing
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.services import ledger, standings
from backend.venues.models import Season, SeasonSnapshot
from backend.venues.queries import forget_events
from tests.engagement.stories import Evening, make_evening
from tests.factories import NOW, make_employee
from tests.http import headers_for

# Long after midnight in New York: the season's last day is over.
MORNING = datetime.fromisoformat("2026-11-22T09:00:00+00:00")
NOTICE, SETTLING, HOLD = timedelta(seconds=60), timedelta(minutes=15), timedelta(hours=72)


@dataclass(kw_only=True)
class Story:
    """An arena whose season ends with its one evening; people of HR, and a stranger of another."""

    app: Flask
    travel: time_machine.Traveller
    evening: Evening
    people: dict[str, Actor]
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def season(self) -> str:
        return f"/seasons/{self.evening.arena.season_id}"

    def call(
        self, method: str, path: str, body: Any = None, *, as_: str = "alex", expect: int = 200
    ) -> Any:
        """Call an operation; what comes must have the status that is expected."""
        answer = self.open(method, path, body, as_=as_)
        assert answer.status_code == expect, answer.get_data(as_text=True)
        return answer.get_json()

    def open(self, method: str, path: str, body: Any = None, *, as_: str = "alex") -> TestResponse:
        """Call an operation, or with nobody's name as a fan."""
        headers = self.headers[as_] if as_ else {}
        return self.app.test_client().open(f"/v1{path}", method=method, json=body, headers=headers)

    def at(self, instant: datetime) -> None:
        """Let it be ``instant``; sessions are opened anew, and nobody remembers events so long."""
        self.travel.move_to(instant)
        forget_events()
        self.headers = {name: headers_for(self.app, who) for name, who in self.people.items()}

    def snapshots(self) -> int:
        """Return how many snapshots there are; other tests' seasons are in the same database."""
        count = select(func.count()).select_from(SeasonSnapshot)
        mine = SeasonSnapshot.organisation_id == self.evening.organisation_id
        with self.app.app_context(), reading() as session:
            return session.scalar(count.where(mine)) or 0

    def work(self) -> int:
        """Let the worker do once what it does; return how often it closed this season."""
        now, before = clock.now(), self.snapshots()
        with self.app.app_context():
            standings.catch_up()
            ledger.confirm_all_due(now=now)
            closing.close_seasons(now=now, chunk=2)
        return self.snapshots() - before

    def greet(self, **said: Any) -> Any:
        """Greet as Alex, at once unless ``said`` has another time."""
        return self.call("PUT", f"/greetings/{uuid4()}", {"party_size": 2, **said}, expect=201)

    def take(self, *, as_: str = "alex") -> str:
        """Open a request and take it; return its id."""
        request_id = str(uuid4())
        self.call("PUT", f"/requests/{request_id}", {"category": "seating"}, as_=as_, expect=201)
        self.call("POST", f"/requests/{request_id}/accept", as_=as_)
        return request_id

    def resolve(self, *, as_: str = "alex") -> str:
        """Take and resolve a request; return its rating code."""
        done = self.call("POST", f"/requests/{self.take(as_=as_)}/resolve", as_=as_)
        code: str = done["rating"]["code"]
        return code

    def close(self, **why: str) -> Any:
        """Let HR close the season."""
        return self.call("POST", f"{self.season}/close", why, as_="harper")

    def standing(self) -> Any:
        """Return how the season stands."""
        return self.call("GET", self.season, as_="harper")

    def finish(self) -> None:
        """Let the closing season come to its end, with points confirmed on the way."""
        self.at(clock.now() + NOTICE)
        self.work()
        self.at(clock.now() + SETTLING + HOLD + NOTICE)
        assert self.work() == 1

    def shown(self) -> tuple[bytes, bytes, bytes]:
        """Return the season's figures, its evenings and its board, byte for byte."""
        season_id = self.evening.arena.season_id
        return tuple(  # type: ignore[return-value]
            self.open("GET", path, as_="harper").get_data()
            for path in (
                f"/programme?season_id={season_id}",
                f"/programme/events?season_id={season_id}",
                f"/leaderboards?kind=season&season_id={season_id}",
            )
        )

    def verify(self) -> list[verify.Finding]:
        """Return what is wrong in the database of this organisation."""
        with self.app.app_context(), reading() as session:
            return list(verify.verify(session, organisation_id=self.evening.organisation_id))


@contextmanager
def a_season(app: Flask) -> Iterator[Story]:
    """Yield a story that begins during the last evening of a season."""
    with time_machine.travel(NOW, tick=False) as travel:
        with app.app_context(), transaction() as session:
            evening = make_evening(session)
            arena = evening.arena
            season = session.get_one(Season, (arena.organisation_id, arena.season_id))
            season.ends_on = date(2026, 11, 21)
            chiefs = (Role.EMPLOYEE, Role.HR)
            people = {
                "alex": evening.alex,
                "blair": evening.blair,
                "harper": make_employee(session, arena, name="Harper Reed", roles=chiefs),
                "robin": make_employee(session, arena, name="Robin Lane", roles=chiefs),
                "stranger": make_employee(session, make_evening(session).arena, roles=chiefs),
            }
        story = Story(app=app, travel=travel, evening=evening, people=people)
        story.at(NOW)
        yield story
        forget_events()
