"""What stands beside a board."""

import pytest
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.models import Department, Employee
from backend.insight.rules import BoardKind
from backend.insight.services import highlights, whole_boards
from backend.insight.services.choosing import Asked, choose
from tests.factories import NOW, make_arena, make_employee
from tests.insight.rows import make_standing


def test_a_small_department_has_its_own_best_evenings(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highlights, "_LOOK", 3)
    arena = make_arena(session)
    owner = arena.organisation_id
    parking = Department(organisation_id=owner, id=new_id(), name="Parking")
    session.add(parking)
    session.flush()

    def earned(who: Actor, points: int) -> None:
        for board in (f"event/{arena.event_id}", f"season/{arena.season_id}"):
            make_standing(session, arena, who, points=points, board=board)

    for place in range(4):
        earned(make_employee(session, arena), 100 + place)
    parker = make_employee(session, arena, name="Parker")
    session.get_one(Employee, (owner, parker.employee_id)).department_id = parking.id
    session.flush()
    earned(parker, 30)
    asked = Asked(
        now=NOW, kind=BoardKind.SEASON, season_id=arena.season_id, department_id=parking.id
    )
    board = choose(lambda: session, organisation_id=owner, asked=asked)
    whole = whole_boards.read(lambda: session, organisation_id=owner, board=board, now=NOW)
    found = highlights.read(session, organisation_id=owner, whole=whole, asked=asked)
    assert [(entry.person.name, best.points) for entry, best in found.evenings] == [("Parker", 30)]
