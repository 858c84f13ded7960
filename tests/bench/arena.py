"""What the product is measured on: an arena in the middle of an evening, made by its services."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from sqlalchemy import exists, func, insert, select, text
from sqlalchemy.orm import Session

from backend import worker
from backend.engagement.models import Rating
from backend.engagement.rules import Category, Moment, RatingState
from backend.engagement.services import greetings, ratings, requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import db, new_id, reading, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.rules import EmploymentKind, PayBasis
from backend.rewards.models import PointsOnTheWay, Standing
from tests import factories
from tests.http import headers_for

EMPLOYEES = 128
# More at once would be held as a burst, which costs less than paying them.
MOST_RATINGS_EACH = 4
CROWD = 100_000
CHUNK = 10_000
CHUNK_OF_REQUESTS = 200
# PostgreSQL's autovacuum_analyze_threshold.
AUTOANALYSED = 50
# Nothing is capped or spaced, so that every greeting and rating measured is a paid one.
GENEROUS = {
    "greeting": {"points": 1, "cap_per_shift": 1000, "spacing_seconds": 0},
    "resolved": {"points": 10, "cap_per_shift": 1000},
    "rating": {"points_by_stars": [0, 0, 0, 15, 15], "cap_per_shift": 1000},
    "hold_hours": 72,
}


@dataclass(frozen=True, kw_only=True)
class Evening:
    """An arena with people on shift, signed in."""

    arena: factories.Arena
    staff: list[Actor]
    headers: list[dict[str, str]]
    hr_headers: dict[str, str]


def make_evening(app: Flask) -> Evening:
    """Make an arena whose event is on now, with EMPLOYEES people on shift and signed in."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        arena = factories.make_arena(session, now=now, rules=GENEROUS)
        staff = [factories.make_employee(session, arena) for _ in range(EMPLOYEES)]
        for actor in staff:
            factories.make_shift(session, arena, actor)
        hr = factories.make_employee(session, arena, roles=(Role.EMPLOYEE, Role.HR))
    return Evening(
        arena=arena,
        staff=staff,
        headers=[headers_for(app, actor) for actor in staff],
        hr_headers=headers_for(app, hr),
    )


def resolve_requests(app: Flask, evening: Evening, *, count: int) -> list[str]:
    """Live ``count`` requests from opened to resolved; return their rating codes.

    By employees of whom each is rated a few times only.
    """
    settings = app.extensions["on_the_spot.settings"]
    codes = []
    with app.app_context():
        with transaction() as session:
            helpers = [
                factories.make_employee(session, evening.arena)
                for _ in range(count // MOST_RATINGS_EACH + 1)
            ]
            for helper in helpers:
                factories.make_shift(session, evening.arena, helper)
        for start in range(0, count, CHUNK_OF_REQUESTS):
            with transaction() as session:
                for number in range(start, min(start + CHUNK_OF_REQUESTS, count)):
                    actor = helpers[number % len(helpers)]
                    resolved = requests.resolve(
                        session,
                        actor=actor,
                        request_id=take_request(session, actor),
                        moment=Moment.present(clock.now()),
                        code_key=settings.secrets.code_key,
                        code_hours=settings.rating_code_hours,
                    )
                    codes.append(resolved.code)
    return codes


def begin(app: Flask, evening: Evening, *, codes: Sequence[str]) -> None:
    """Greet as many fans as there are ``codes``, and rate by each of them.

    A database that has never seen a greeting or a rating is no evening's, and PostgreSQL plans
    differently for it.
    """
    with app.app_context():
        for number, code in enumerate(codes):
            now, actor = clock.now(), evening.staff[number % len(evening.staff)]
            greeting = greetings.NewGreeting(id=new_id(), moment=Moment.present(now))
            with transaction() as session:
                greetings.greet(session, actor=actor, greeting=greeting, now=now)
                ratings.receive(session, code=code, given=ratings.GivenAnswer(stars=5), now=now)


def finish_jobs(app: Flask) -> None:
    """Do what the preparation has left to the worker: no evening begins with so much behind."""
    for job in worker.JOBS:
        while worker.run(app, job, clock.now()):
            pass


def count_held(app: Flask) -> int:
    """Return how many ratings were held, and so cost less than what is measured."""
    with app.app_context(), reading() as session:
        held = select(func.count()).select_from(Rating).where(Rating.state == RatingState.HELD)
        return session.scalar(held) or 0


def wait_for_books(app: Flask) -> None:
    """Return when the server has brought all points to books and boards."""
    while True:
        with app.app_context(), reading() as session:
            if not session.scalar(select(exists().select_from(PointsOnTheWay))):
                return
        time.sleep(0.1)


def open_requests(app: Flask, evening: Evening, *, count: int) -> list[UUID]:
    """Open ``count`` requests that wait for somebody; return their ids."""
    with app.app_context(), transaction() as session:
        return [open_request(session, evening.staff[0]) for _ in range(count)]


def open_request(session: Session, actor: Actor) -> UUID:
    """Open one request; return its id."""
    new = requests.NewRequest(id=new_id(), category=Category.DIRECTIONS)
    requests.open_request(session, actor=actor, new=new, moment=Moment.present(clock.now()))
    return new.id


def take_request(session: Session, actor: Actor) -> UUID:
    """Open one request and take it in hand; return its id."""
    request_id = open_request(session, actor)
    moment = Moment.present(clock.now())
    requests.accept(session, actor=actor, request_id=request_id, moment=moment)
    return request_id


def fill_boards(app: Flask, arena: factories.Arena) -> None:
    """Give the season's board CROWD employees with points of their own.

    Written in bulk: the board reads nothing but these rows and the names of the people on a page.
    """
    now = clock.now()
    with app.app_context():
        for start in range(0, CROWD, CHUNK):
            ids = [new_id() for _ in range(CHUNK)]
            people = [
                {
                    "organisation_id": arena.organisation_id,
                    "id": employee_id,
                    "badge_number": f"C{start + number:06}",
                    "name": f"Crowd {start + number}",
                    "department_id": arena.department_id,
                    "employment_kind": EmploymentKind.PART_TIME,
                    "pay_basis": PayBasis.HOURLY,
                    "language": "en",
                    "created_at": now,
                }
                for number, employee_id in enumerate(ids)
            ]
            standings = [
                {
                    "organisation_id": arena.organisation_id,
                    "board": f"season/{arena.season_id}",
                    "employee_id": employee_id,
                    "points": 1 + (start + number) * 7919 % 50_000,
                }
                for number, employee_id in enumerate(ids)
            ]
            with transaction() as session:
                session.execute(insert(Employee), people)
                session.execute(insert(Standing), standings)
    analyse(app)


def analyse(app: Flask) -> None:
    """Tell PostgreSQL how large its tables are, as it finds out by itself within a minute.

    Until then it may read a board for one line. Tables that are still small are left out, as it
    does: told that they are empty, it would read them from end to end while they grow.
    """
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            return
        for table in db.metadata.sorted_tables:
            with transaction() as session:
                rows = session.scalar(select(func.count()).select_from(table)) or 0
                if rows > AUTOANALYSED:
                    session.execute(text(f"analyze {table.name}"))
