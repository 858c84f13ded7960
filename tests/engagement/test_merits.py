"""What rewards ask for counts once an event is over: before, it would tell how fans rated."""

from datetime import timedelta

from sqlalchemy.orm import Session

from backend.engagement.queries.merits import find_merit
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.rewards.rules import Merit
from tests.engagement.stories import make_evening, resolved
from tests.factories import NOW


def test_no_rating_moves_what_is_missing_for_a_reward_as_it_comes(session: Session) -> None:
    evening = make_evening(session)
    alex = evening.alex
    whose = {"organisation_id": alex.organisation_id, "employee_id": alex.employee_id}
    codes = [resolved(session, alex).code for _ in range(3)]
    given = [
        ratings.receive(session, code=code, given=GivenAnswer(stars=stars), now=NOW)
        for code, stars in zip(codes, (5, 1), strict=False)
    ]
    assert find_merit(session, **whose, now=NOW + timedelta(minutes=1)) == Merit()
    ratings.correct(
        session,
        code=codes[1],
        correction_token=given[1].correction_token,
        given=GivenAnswer(stars=4),
        now=NOW + timedelta(minutes=2),
    )
    assert find_merit(session, **whose, now=NOW + timedelta(minutes=3)) == Merit()
    over = find_merit(session, **whose, now=NOW + timedelta(days=1))
    assert over == Merit(resolved=3, ratings=2, good=2)
