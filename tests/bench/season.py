"""A large season, played through the services: how long its proof takes, and HR's pages.

``scripts/bench season [--engine NAME] [--requests N] [--ratings N] [--part N]``: 1,000 employees,
41 events, 700,000 greetings, 150,000 requests and 80,000 ratings, which leave a million entries in
the books.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend import migrations
from backend.engagement.rules import Category, Moment
from backend.engagement.services import greetings, ratings, requests
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.requests import NewRequest
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.sealing import Sealer
from backend.identity.permissions import Role
from backend.insight import verify
from backend.insight.queries.seals import CHAINS
from backend.integrity.rules import Verdict
from backend.rewards.models import LedgerEntry
from backend.rewards.services import ledger, standings
from backend.server import safe_app
from backend.settings import Secrets, Settings
from backend.venues.models import Shift
from backend.venues.queries import EventFacts
from backend.venues.services.events import NewEvent, create
from tests import factories
from tests.bench.__main__ import database, note
from tests.bench.arena import GENEROUS, analyse
from tests.bench.pages import table_of, time_pages

EMPLOYEES, EVENTS, ON_SHIFT = 1_000, 41, 430
GREETINGS, REQUESTS, RATINGS = 700_000, 150_000, 80_000
FIRST_EVENT = datetime(2026, 9, 20, 23, tzinfo=UTC)
PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Season:
    """A season that has been played: who worked, and HR."""

    arena: factories.Arena
    staff: Sequence[Actor]
    harper: Actor


# An event, and who works there.
Evening = tuple[EventFacts, list[Actor]]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is played in all."""

    greetings: int = GREETINGS
    requests: int = REQUESTS
    ratings: int = RATINGS

    def of_evening(self) -> "Size":
        """Return how much of it is one evening's."""
        return Size(
            greetings=self.greetings // EVENTS,
            requests=self.requests // EVENTS,
            ratings=self.ratings // EVENTS,
        )


def play(app: Flask, season: Season, events: Sequence[Evening], size: Size) -> None:
    """Play evenings of the season, confirm their points and bring its boards up."""
    with app.app_context():
        for event in events:
            _play(app, season, event, size.of_evening())
            note(f"{event[0].name} played")
        ledger.confirm_all_due(now=clock.now())
    seal(app, season.arena.organisation_id)
    analyse(app)


def _found(app: Flask) -> tuple[Season, list[Evening]]:
    with app.app_context(), transaction() as session:
        arena = factories.make_arena(session, now=FIRST_EVENT, rules=GENEROUS)
        staff = [factories.make_employee(session, arena) for _ in range(EMPLOYEES)]
        harper = factories.make_employee(session, arena, roles=(Role.EMPLOYEE, Role.HR))
        events = [
            _event(session, arena, staff, harper=harper, number=number) for number in range(EVENTS)
        ]
    return Season(arena=arena, staff=staff, harper=harper), events


def _event(
    session: Session,
    arena: factories.Arena,
    staff: Sequence[Actor],
    *,
    harper: Actor,
    number: int,
) -> Evening:
    """Make an event, with people in turn on shift."""
    starts_at = FIRST_EVENT + timedelta(days=number)
    new = NewEvent(
        code=f"E{number}",
        venue_id=arena.venue_id,
        season_id=arena.season_id,
        name=f"Game {number + 1}",
        doors_at=starts_at - timedelta(hours=1),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        attendance=19_000,
    )
    event = create(session, actor=harper, new=new, now=starts_at)
    working = [staff[(number * 97 + place) % EMPLOYEES] for place in range(ON_SHIFT)]
    posts = (arena.gate_post_id, arena.section_post_id)
    session.add_all(
        Shift(
            organisation_id=arena.organisation_id,
            id=new_id(),
            event_id=event.id,
            employee_id=actor.employee_id,
            post_id=posts[place % 2],
            starts_at=event.doors_at,
            ends_at=event.ends_at,
        )
        for place, actor in enumerate(working)
    )
    session.flush()
    return event, working


def _play(app: Flask, season: Season, evening: Evening, size: Size) -> None:
    event, working = evening
    settings: Settings = app.extensions["on_the_spot.settings"]
    for actor in working:
        with transaction() as session:
            news = list(_greetings(event, size.greetings // ON_SHIFT))
            greetings.record(session, actor=actor, greetings=news, now=event.ends_at)
    codes = []
    for start in range(0, size.requests, PAGE):
        with transaction() as session:
            for number in range(start, min(start + PAGE, size.requests)):
                at = event.doors_at + timedelta(seconds=number % 10_000)
                code = _help(session, working[number % ON_SHIFT], at, settings)
                codes.append((code, at + timedelta(minutes=9)))
    for start in range(0, size.ratings, PAGE):
        with transaction() as session:
            for code, at in codes[start : min(start + PAGE, size.ratings)]:
                given = GivenAnswer(stars=5 - (hash(code) % 23 == 0) * 2)
                ratings.receive(session, code=code, given=given, now=at)
    standings.catch_up()


def _greetings(event: EventFacts, count: int) -> Iterator[NewGreeting]:
    for number in range(count):
        at = event.doors_at + timedelta(seconds=15 * number)
        moment = Moment(at=at, verdict=Verdict.VERIFIED, now=event.ends_at)
        yield NewGreeting(id=new_id(), moment=moment, party_size=1 + number % 4, phone_at=at)


def _help(session: Session, actor: Actor, at: datetime, settings: Settings) -> str:
    """Live a request from opened to resolved; return its code."""
    new = NewRequest(id=new_id(), category=tuple(Category)[at.second % len(Category)])
    take = {"actor": actor, "request_id": new.id}
    requests.open_request(session, actor=actor, new=new, moment=Moment.present(at))
    accepted = Moment.present(at + timedelta(seconds=40))
    requests.accept(session, **take, moment=accepted)  # type: ignore[arg-type]
    done = requests.resolve(
        session,
        actor=actor,
        request_id=new.id,
        moment=Moment.present(at + timedelta(minutes=5)),
        code_key=settings.secrets.code_key,
        code_hours=settings.rating_code_hours,
    )
    return done.code


def seal(app: Flask, organisation_id: UUID) -> None:
    """Seal everything, as the worker does."""
    sealer = Sealer()
    with app.app_context():
        for chain in CHAINS:
            while sealer.seal(chain, organisation_id=organisation_id, now=clock.now()):
                pass


def measure(engine: str, folder: Path, size: Size) -> None:
    """Play a season on ``engine``; print how long `verify` takes for it, and HR's pages.

    The pages are timed after the first evening, too: what they cost does not follow the books.
    """
    with database(engine, folder) as url:
        secrets = Secrets.keep(folder / "instance" / "secrets.json")
        app = safe_app(Settings(database_url=url, secrets=secrets))
        migrations.upgrade(app)
        season, events = _found(app)
        pages, played = {}, 0.0
        for some in (events[:1], events[1:]):
            started = time.perf_counter()
            play(app, season, some, size)
            played += time.perf_counter() - started
            pages[f"{count_entries(app):,} entries"] = time_pages(app, season.harper)
        with app.app_context(), reading() as session:
            started = time.perf_counter()
            report = verify.run(session)
            proved = time.perf_counter() - started
        assert not report.findings, report.findings[:3]
        print(  # noqa: T201
            f"{engine}: played and sealed in {played:.0f} s; {count_entries(app):,} entries"
            f" verified in {proved:.0f} s\n\n{table_of(pages)}\n"
        )


def count_entries(app: Flask) -> int:
    """Return how many entries the books have."""
    with app.app_context(), reading() as session:
        return session.scalar(select(func.count()).select_from(LedgerEntry)) or 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="scripts/bench season", description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--ratings", type=int, default=RATINGS)
    parser.add_argument("--part", type=int, default=1, help="play one part of so many only")
    options = parser.parse_args()
    size = Size(
        greetings=GREETINGS // options.part,
        requests=options.requests // options.part,
        ratings=options.ratings // options.part,
    )
    for engine in options.engine or ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            measure(engine, Path(folder), size)


if __name__ == "__main__":
    main()
