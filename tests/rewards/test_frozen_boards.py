"""Points that move after a season's boards were frozen are in the books, and on no board ever."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.insight import verify
from backend.insight.verify import Finding
from backend.rewards.models import LateMovement
from backend.rewards.services.ledger import accrue, confirm_due, reverse
from backend.venues.models import Season
from backend.venues.queries import forget_events
from backend.venues.rules import SETTLING, SeasonStatus
from tests.factories import NOW, Arena, make_employee
from tests.rewards.books import catch_up
from tests.rewards.test_ledger import an_earning, an_occasion, balance_of, standings_of

DAY = timedelta(days=1)


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena)


def freeze(session: Session, arena: Arena, *, at: datetime | None) -> None:
    """Let the season's boards freeze at an instant; None opens it again."""
    season = session.get_one(Season, (arena.organisation_id, arena.season_id))
    season.status = SeasonStatus.CLOSING if at else SeasonStatus.OPEN
    season.closes_at, season.freezes_at = at and at - SETTLING, at
    session.flush()
    forget_events()


def moved(session: Session, arena: Arena) -> list[int]:
    """Return what came too late for the boards."""
    query = select(LateMovement.points).where(LateMovement.organisation_id == arena.organisation_id)
    return sorted(session.scalars(query))


def of_boards(session: Session, arena: Arena) -> list[Finding]:
    """Return what is wrong with boards; the works that would earn the points were never done."""
    found = verify.find_offenders(session, code="I15", organisation_id=arena.organisation_id)
    return [one for one in found if one.table in {"standings", "late_movements"}]


def test_a_reversal_before_the_boards_freeze_reaches_them(
    session: Session, arena: Arena, usher: Actor
) -> None:
    earning = an_earning(usher, 10)
    accrue(session, occasion=an_occasion(session, arena), earnings=[earning], now=NOW)
    freeze(session, arena, at=NOW + DAY)
    whose = {"organisation_id": arena.organisation_id, "source_id": earning.source_id}
    reverse(session, **whose, reason="corrected", now=NOW + DAY - timedelta(seconds=1))
    catch_up(session)
    assert standings_of(session, usher) == {0}
    assert moved(session, arena) == []
    assert of_boards(session, arena) == []


def test_a_reversal_after_that_moves_the_books_alone(
    session: Session, arena: Arena, usher: Actor
) -> None:
    source = new_id()
    earning = an_earning(usher, 10, source)
    accrue(session, occasion=an_occasion(session, arena), earnings=[earning], now=NOW)
    catch_up(session)
    freeze(session, arena, at=NOW + DAY)
    reverse(
        session,
        organisation_id=arena.organisation_id,
        source_id=source,
        reason="Nobody was helped.",
        now=NOW + DAY,
    )
    catch_up(session)
    assert balance_of(session, usher) == (0, 0, 0)
    assert standings_of(session, usher) == {10}
    assert moved(session, arena) == [-10]
    assert of_boards(session, arena) == []


def test_points_that_are_given_late_are_spendable_and_on_no_board(
    session: Session, arena: Arena, usher: Actor
) -> None:
    freeze(session, arena, at=NOW)
    earning = an_earning(usher, 7)
    accrue(session, occasion=an_occasion(session, arena), earnings=[earning], now=NOW)
    confirm_due(session, now=NOW + 4 * DAY, limit=10_000)
    catch_up(session)
    assert balance_of(session, usher) == (0, 7, 0)
    assert standings_of(session, usher) == set()
    assert of_boards(session, arena) == []


def test_what_was_given_late_is_taken_back_late_even_in_a_reopened_season(
    session: Session, arena: Arena, usher: Actor
) -> None:
    occasion = an_occasion(session, arena)
    accrue(session, occasion=occasion, earnings=[an_earning(usher, 3)], now=NOW)
    freeze(session, arena, at=NOW)
    late = an_earning(usher, 7)
    accrue(session, occasion=occasion, earnings=[late], now=NOW)
    freeze(session, arena, at=None)
    reverse(
        session,
        organisation_id=arena.organisation_id,
        source_id=late.source_id,
        reason="By mistake.",
        now=NOW + DAY,
    )
    catch_up(session)
    assert standings_of(session, usher) == {3}
    assert moved(session, arena) == [-7, 7]
    assert of_boards(session, arena) == []
