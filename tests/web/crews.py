"""A crew that has worked some evenings, for boards."""

from datetime import date, timedelta

from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.venues.models import Event
from tests.browser.world import World
from tests.factories import make_employee, make_shift
from tests.insight.rows import make_event, make_standing, make_tally


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
