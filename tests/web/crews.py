"""People who have worked some evenings, in departments, and ratings that wait for a person."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.sharing import add_helper
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.models import Department, Employee
from backend.venues.models import Event
from tests.browser.world import World
from tests.engagement.stories import accepted, resolve
from tests.engagement.suspects import phone
from tests.factories import make_employee, make_shift
from tests.insight.rows import make_event, make_standing, make_tally


def hold_rating(world: World, who: Actor, *, helper: Actor | None = None) -> UUID:
    """Let ``who`` be rated on a phone of staff, so long ago that it may be decided on.

    A ``helper`` has half of it.
    """
    past = Moment.present(clock.now() - timedelta(minutes=20))
    with world.app.app_context(), transaction() as session:
        request = accepted(session, who, moment=past)
        if helper:
            whom: dict[str, Any] = {"employee_id": helper.employee_id, "percent": 50}
            add_helper(session, actor=who, request_id=request.id, **whom, moment=past)
        code = resolve(session, who, request.id, moment=past).code
        received = ratings.receive(
            session,
            code=code,
            given=GivenAnswer(stars=5),
            sighting=phone(staff=True),
            now=past.at + timedelta(minutes=1),
        )
    return received.rating_id


def make_nights(world: World, *, greeted: Sequence[int]) -> None:
    """Let evenings pass, to each of which a thousand fans came, so many of whom were greeted."""
    arena, alex = world.evening.arena, world.evening.alex
    with world.app.app_context(), transaction() as session:
        for night, fans in enumerate(greeted):
            event = make_event(session, arena, held_on=date(2026, 10, 1 + night), attendance=1_000)
            counts = {"greetings": fans, "fans_greeted": fans}
            rated = {"invitations": 40, "ratings": 20, "five_star": 19 - night, "good": 20}
            make_tally(session, arena, alex, event_id=event, **counts, **rated)


def make_crew(world: World, *, people: int = 3, nights: int = 4) -> list[Actor]:
    """Let people work evenings at the gate and in a section; later ones help more."""
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        evenings = [
            make_event(
                session,
                arena,
                held_on=date(2026, 10, 1 + night),
                starts_at=event.starts_at - timedelta(days=40 - night),
            )
            for night in range(nights)
        ]
        crew = [make_employee(session, arena, name=f"Usher {n:02}") for n in range(people)]
        for number, actor in enumerate(crew):
            post = arena.section_post_id if number % 2 else arena.gate_post_id
            helped = 1 + number if number % 2 else 10 + number
            for night in evenings:
                make_shift(session, arena, actor, event_id=night, post_id=post, hours=(0, 4))
                make_tally(
                    session,
                    arena,
                    actor,
                    event_id=night,
                    resolved=helped,
                    paid_resolved=helped,
                    invitations=helped,
                )
                board = f"event/{night}"
                make_standing(session, arena, actor, points=helped, board=board)
            make_standing(session, arena, actor, points=helped * nights)
    return crew


def make_departments(world: World, sizes: Mapping[str, int]) -> None:
    """Let departments of these sizes work four hours each, and be rated ten times each."""
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        night = make_event(
            session,
            arena,
            held_on=date(2026, 10, 1),
            starts_at=event.starts_at - timedelta(days=40),
        )
        for name, size in sizes.items():
            department = Department(organisation_id=arena.organisation_id, id=new_id(), name=name)
            session.add(department)
            session.flush()
            for number in range(size):
                actor = make_employee(session, arena, name=f"{name} {number}")
                row = session.get_one(Employee, (actor.organisation_id, actor.employee_id))
                row.department_id = department.id
                make_shift(session, arena, actor, event_id=night, hours=(0, 4))
                make_tally(
                    session, arena, actor, event_id=night, invitations=10, ratings=10, good=9
                )
                make_standing(session, arena, actor, points=80 + number)
