"""What HR took back is in no figure, asks nothing of rewards, and is told beside the share."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import RatingAnswer
from backend.engagement.queries.merits import find_merit
from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.identity.permissions import Role
from backend.insight import verify
from backend.insight.queries.comparisons import list_records
from backend.insight.services import programme
from backend.insight.services.programme import FiveStarShare
from backend.rewards.rules import REVERSIBLE_AFTER, Merit, Reversible
from backend.rewards.services import adjustments
from tests.engagement.stories import Evening, make_evening, resolved, tally_of
from tests.factories import NOW, make_employee

STARS = (5, 5, 4, 2)
LATER = NOW + timedelta(hours=1) + REVERSIBLE_AFTER


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


@pytest.fixture
def requests(session: Session, evening: Evening) -> list[UUID]:
    """Return what Alex resolved: four rated by fans, and one more."""
    done = [
        resolved(session, evening.alex, moment=Moment.present(NOW + timedelta(minutes=minutes)))
        for minutes in range(5)
    ]
    for minutes, (one, stars) in enumerate(zip(done, STARS, strict=False), start=10):
        at = NOW + timedelta(minutes=minutes)
        ratings.receive(session, code=one.code, given=GivenAnswer(stars=stars), now=at)
    return [one.request.id for one in done]


@pytest.fixture
def take_back(session: Session, evening: Evening) -> Callable[[Reversible, UUID], object]:
    hr = make_employee(session, evening.arena, roles=(Role.HR,))

    def one(kind: Reversible, source_id: UUID) -> object:
        return adjustments.reverse(
            session, actor=hr, source_kind=kind, source_id=source_id, reason="Made up.", now=LATER
        )

    return one


def answers_of(session: Session, evening: Evening, stars: int) -> list[UUID]:
    row = RatingAnswer
    own = (row.organisation_id == evening.organisation_id, row.stars == stars)
    return list(session.scalars(select(row.id).where(*own)))


def fives_of(session: Session, evening: Evening, event_id: UUID | None) -> FiveStarShare:
    return programme.read(
        session,
        organisation_id=evening.organisation_id,
        event_id=event_id,
        season_id=None if event_id else evening.arena.season_id,
        now=LATER,
    ).figures.five_star


def merit_of(session: Session, evening: Evening) -> Merit:
    return find_merit(
        session,
        organisation_id=evening.organisation_id,
        employee_id=evening.alex.employee_id,
        now=NOW + timedelta(days=1),
    )


def test_a_five_that_was_taken_back_is_in_no_figure_and_a_four_makes_none_better(
    session: Session,
    evening: Evening,
    requests: list[UUID],
    take_back: Callable[[Reversible, UUID], object],
) -> None:
    assert merit_of(session, evening) == Merit(resolved=5, ratings=4, good=3)
    take_back(Reversible.RATING, answers_of(session, evening, 5)[0])
    for event_id in (None, evening.arena.event_id):
        fives = fives_of(session, evening, event_id)
        assert (fives.five_star, fives.ratings, fives.taken_back) == (1, 3, 1)
    assert merit_of(session, evening) == Merit(resolved=5, ratings=3, good=2)
    take_back(Reversible.RATING, answers_of(session, evening, 4)[0])
    fives = fives_of(session, evening, None)
    assert (fives.five_star, fives.ratings, fives.taken_back) == (1, 3, 1)
    assert merit_of(session, evening) == Merit(resolved=5, ratings=2, good=1)
    [record] = list_records(
        session,
        organisation_id=evening.organisation_id,
        season_id=evening.arena.season_id,
        now=LATER,
    )[:1]
    assert (record.ratings, record.good, record.received) == (2, 1, 4)


def test_a_request_that_was_taken_back_asks_nothing_of_rewards_and_leaves_its_rating(
    session: Session,
    evening: Evening,
    requests: list[UUID],
    take_back: Callable[[Reversible, UUID], object],
) -> None:
    take_back(Reversible.REQUEST, requests[4])
    assert merit_of(session, evening) == Merit(resolved=4, ratings=4, good=3)
    fives = fives_of(session, evening, None)
    assert (fives.five_star, fives.ratings, fives.taken_back) == (2, 4, 0)


def test_the_tally_stays_the_record_of_what_was_done(
    session: Session,
    evening: Evening,
    requests: list[UUID],
    take_back: Callable[[Reversible, UUID], object],
) -> None:
    take_back(Reversible.RATING, answers_of(session, evening, 5)[0])
    take_back(Reversible.REQUEST, requests[4])
    tally = tally_of(session, evening, evening.alex)
    assert (tally.resolved, tally.ratings, tally.five_star) == (5, 4, 2)
    found = verify.find_offenders(session, code="I15", organisation_id=evening.organisation_id)
    assert [one for one in found if one.table == "tallies"] == []
