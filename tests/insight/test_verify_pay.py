"""Proof that work was paid by the rules: no finding where they changed between, whatever came."""

from datetime import timedelta

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment, ReviewDecision
from backend.engagement.services import greetings, ratings, requests
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.db import new_id
from backend.identity.permissions import Role
from backend.insight import verify
from tests.engagement.stories import PRESENT, Evening, accepted, make_evening, resolve
from tests.engagement.suspects import DECIDED, RATED, decide, held
from tests.factories import NOW, RULES, make_employee
from tests.insight.test_replays import a_busy_evening, publish
from tests.rewards.books import catch_up

DEAR = {
    "greeting": {"points": 2, "cap_per_shift": 1, "spacing_seconds": 0},
    "resolved": {"points": 7, "cap_per_shift": 2},
    "rating": {"points_by_stars": [0, 1, 2, 3, 50], "cap_per_shift": 2},
    "hold_hours": 1,
}


def found(session: Session, evening: Evening) -> list[str]:
    session.flush()
    owner = evening.organisation_id
    return [
        finding.what
        for finding in verify.find_offenders(session, code="I04", organisation_id=owner)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_a_busy_evening_in_which_the_rules_change_has_no_finding(
    scratch: Session, seed: int
) -> None:
    evening = a_busy_evening(scratch, seed)
    assert found(scratch, evening) == []
    catch_up(scratch)
    assert found(scratch, evening) == []


def test_a_rating_is_paid_by_the_rules_of_its_first_answer(scratch: Session) -> None:
    evening = make_evening(scratch)
    hr = make_employee(scratch, evening.arena, roles=(Role.HR,))
    request = accepted(scratch, evening.alex)
    for colleague in (evening.blair, evening.casey):
        requests.add_helper(
            scratch,
            actor=evening.alex,
            request_id=request.id,
            employee_id=colleague.employee_id,
            percent=33,
            moment=PRESENT,
        )
    code = resolve(scratch, evening.alex, request.id).code
    kept = ratings.receive(scratch, code=code, given=GivenAnswer(stars=5), now=RATED)
    waits = held(scratch, evening.blair)
    publish(scratch, evening, DEAR, minutes=2)
    for minutes, stars in ((3, 1), (4, 5), (5, 4)):
        ratings.correct(
            scratch,
            code=code,
            correction_token=kept.correction_token,
            given=GivenAnswer(stars=stars),
            now=NOW + timedelta(minutes=minutes),
        )
    decide(scratch, hr, waits.id, ReviewDecision.ACCEPTED, now=DECIDED)
    assert found(scratch, evening) == []
    paid = text(
        "select points from ledger_transactions where organisation_id = :org"
        " and kind = 'accrual' and source_kind = 'rating' order by points"
    ).bindparams(bindparam("org", evening.organisation_id, Uuid()))
    assert list(scratch.scalars(paid)) == [5, 5, 5, 5, 5, 5, 15]


def test_a_queue_of_greetings_under_two_versions_has_no_finding(scratch: Session) -> None:
    evening = make_evening(scratch)
    publish(scratch, evening, DEAR, minutes=-5)
    publish(scratch, evening, RULES, minutes=0)
    moments = [
        Moment(at=NOW + timedelta(minutes=minutes), verdict=PRESENT.verdict, now=NOW)
        for minutes in (-6, -4, -3, -1, 0)
    ]
    queue = [NewGreeting(id=new_id(), moment=moment) for moment in moments]
    greetings.record(scratch, actor=evening.alex, greetings=queue, now=NOW)
    assert found(scratch, evening) == []
