"""A rating that is not believed waits, pays nothing, and counts once a person says so."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.problems import (
    OwnReview,
    RatingMayStillChange,
    ReviewChanged,
    ReviewClosed,
    ReviewNotFound,
)
from backend.engagement.queries.reviews import ReviewFilter
from backend.engagement.rules import RatingState, ReviewDecision
from backend.engagement.services import feedback, ratings, requests, reviews, tallies
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.problems import PersonUnknown
from backend.insight import verify
from backend.insight.queries.work import find_earned
from backend.insight.services.replays import replay
from backend.rewards.models import Balance, LedgerTransaction
from backend.rewards.queries import get_rules
from backend.rewards.rules import SourceKind
from tests.engagement.stories import (
    PRESENT,
    Evening,
    accepted,
    make_evening,
    resolve,
    resolved,
    tally_of,
)
from tests.engagement.suspects import (
    DECIDED,
    RATED,
    decide,
    held,
    phone,
    rate,
    state_of,
    suspicions_of,
)
from tests.factories import NOW, make_employee, make_shift
from tests.rewards.books import check_books

LATER = RATED + timedelta(minutes=5)


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


@pytest.fixture
def hr(session: Session, evening: Evening) -> Actor:
    return make_employee(session, evening.arena, name="Harper Lane", roles=(Role.HR,))


def pending(session: Session, actor: Actor) -> int:
    key = (actor.organisation_id, actor.employee_id)
    balance = session.get(Balance, key, populate_existing=True)
    return balance.pending if balance else 0


def counts(session: Session, evening: Evening, who: Actor) -> tuple[int, int, int, int]:
    tally = tally_of(session, evening, who)
    return tally.ratings, tally.five_star, tally.good, tally.paid_ratings


def must_hold(session: Session, evening: Evening) -> None:
    check_books(session, evening.organisation_id)
    assert verify.run(session, organisation_id=evening.organisation_id).findings == []


def test_a_suspect_rating_waits_and_earns_nothing(session: Session, evening: Evening) -> None:
    one = held(session, evening.alex)
    assert one.received.stars == 5
    assert state_of(session, evening, one.id) is RatingState.HELD
    assert suspicions_of(session, evening, one.id) == "staff_device"
    assert counts(session, evening, evening.alex) == (0, 0, 0, 0)
    assert pending(session, evening.alex) == 10
    must_hold(session, evening)


def test_whom_a_held_rating_is_about_sees_nothing_of_it(
    session: Session, evening: Evening, hr: Actor
) -> None:
    one = held(session, evening.alex)
    over = NOW + timedelta(hours=3)

    def seen() -> list[int]:
        found = feedback.list_own(
            session, actor=evening.alex, event_ids=[evening.arena.event_id], now=over
        )
        return [rating.stars for event in found for rating in event.ratings]

    assert seen() == []
    assert tallies.get_own(session, actor=evening.alex, now=DECIDED).ratings == 0
    decide(session, hr, one.id)
    assert seen() == [5]


@pytest.mark.parametrize(
    ("stars", "earned", "expected"),
    [(5, 15, (1, 1, 1, 1)), (4, 15, (1, 0, 1, 1)), (3, 0, (1, 0, 0, 0))],
)
def test_an_accepted_one_counts_and_pays_as_if_it_had_never_been_held(
    session: Session,
    evening: Evening,
    hr: Actor,
    stars: int,
    earned: int,
    expected: tuple[int, int, int, int],
) -> None:
    one = held(session, evening.alex, stars=stars)
    review = decide(session, hr, one.id)
    assert (review.facts.decision, review.facts.decided_by) == ("accepted", hr.employee_id)
    assert state_of(session, evening, one.id) is RatingState.ACCEPTED
    assert counts(session, evening, evening.alex) == expected
    assert pending(session, evening.alex) == 10 + earned
    must_hold(session, evening)


def test_what_was_accepted_waits_out_the_hold_from_then_on(
    session: Session, evening: Evening, hr: Actor
) -> None:
    one = held(session, evening.alex)
    decide(session, hr, one.id)
    row = session.scalars(
        select(LedgerTransaction).where(
            LedgerTransaction.organisation_id == evening.organisation_id,
            LedgerTransaction.source_id == one.id,
        )
    ).one()
    assert row.due_at == DECIDED + timedelta(hours=72)


def test_a_rejected_one_never_counts(session: Session, evening: Evening, hr: Actor) -> None:
    one = held(session, evening.alex)
    review = decide(session, hr, one.id, ReviewDecision.REJECTED)
    assert review.facts.decided_because == "I have asked."
    assert state_of(session, evening, one.id) is RatingState.REJECTED
    assert counts(session, evening, evening.alex) == (0, 0, 0, 0)
    assert pending(session, evening.alex) == 10
    must_hold(session, evening)


@pytest.mark.parametrize("decision", [ReviewDecision.ACCEPTED, ReviewDecision.REJECTED])
def test_a_decision_is_audited_with_its_reason_and_stands_for_ever(
    session: Session, evening: Evening, hr: Actor, decision: ReviewDecision
) -> None:
    one = held(session, evening.alex)
    decide(session, hr, one.id, decision)
    session.flush()
    row = session.scalars(select(AuditRow).filter_by(subject_id=one.id)).one()
    assert (row.act, row.actor_id) == (f"rating.{decision}", hr.employee_id)
    assert row.detail == {"reason": "I have asked.", "stars": 5, "answers": 1}
    for again in (ReviewDecision.ACCEPTED, ReviewDecision.REJECTED):
        with pytest.raises(ReviewClosed):
            decide(session, hr, one.id, again)


def test_who_has_a_share_in_it_does_not_decide_on_any_account(
    session: Session, evening: Evening
) -> None:
    roles = (Role.EMPLOYEE, Role.HR)
    helper = make_employee(session, evening.arena, roles=roles, payroll_number="P-77")
    make_shift(session, evening.arena, helper)
    other_account = make_employee(session, evening.arena, roles=roles, payroll_number="P-77")
    nobody = make_employee(session, evening.arena, roles=roles, payroll_number=None)
    request = accepted(session, evening.alex)
    requests.add_helper(
        session,
        actor=evening.alex,
        request_id=request.id,
        employee_id=helper.employee_id,
        percent=40,
        moment=PRESENT,
    )
    code = resolve(session, evening.alex, request.id).code
    given = GivenAnswer(stars=5)
    kept = ratings.receive(session, code=code, given=given, sighting=phone(staff=True), now=RATED)
    for who in (evening.alex, helper, other_account):
        with pytest.raises(OwnReview):
            decide(session, who, kept.rating_id)
        accounts = reviews.accounts_of(session, actor=who)
        wanted = ReviewFilter(not_about=accounts)
        assert reviews.list_some(session, actor=who, wanted=wanted, after=None, limit=9) == []
    with pytest.raises(PersonUnknown):
        decide(session, nobody, kept.rating_id)
    assert state_of(session, evening, kept.rating_id) is RatingState.HELD


def test_a_helper_earns_their_share_when_it_is_accepted(
    session: Session, evening: Evening, hr: Actor
) -> None:
    request = accepted(session, evening.alex)
    requests.add_helper(
        session,
        actor=evening.alex,
        request_id=request.id,
        employee_id=evening.blair.employee_id,
        percent=40,
        moment=PRESENT,
    )
    code = resolve(session, evening.alex, request.id).code
    given = GivenAnswer(stars=5)
    kept = ratings.receive(session, code=code, given=given, sighting=phone(staff=True), now=RATED)
    decide(session, hr, kept.rating_id)
    assert (pending(session, evening.alex), pending(session, evening.blair)) == (6 + 9, 4 + 6)
    must_hold(session, evening)


def test_the_fan_may_correct_it_and_only_then_is_it_decided(
    session: Session, evening: Evening, hr: Actor
) -> None:
    one = held(session, evening.alex, stars=5)
    with pytest.raises(RatingMayStillChange):
        decide(session, hr, one.id, now=LATER)
    ratings.correct(
        session,
        code=one.code,
        correction_token=one.received.correction_token,
        given=GivenAnswer(stars=4),
        now=LATER,
    )
    assert state_of(session, evening, one.id) is RatingState.HELD
    assert pending(session, evening.alex) == 10
    with pytest.raises(ReviewChanged):
        decide(session, hr, one.id, version=1)
    decide(session, hr, one.id, version=2)
    assert counts(session, evening, evening.alex) == (1, 0, 1, 1)
    assert pending(session, evening.alex) == 10 + 15
    must_hold(session, evening)


def test_it_pays_within_the_cap_and_a_replay_of_the_season_pays_the_same(
    session: Session, evening: Evening, hr: Actor
) -> None:
    waiting = held(session, evening.alex)
    for number in range(20):
        ten_minutes = timedelta(minutes=10 * number)
        rate(session, evening.alex, seen=phone(number + 1), now=RATED + ten_minutes)
    assert counts(session, evening, evening.alex) == (20, 20, 20, 20)
    decide(session, hr, waiting.id, now=NOW + timedelta(hours=4))
    assert counts(session, evening, evening.alex) == (21, 21, 21, 20)
    owner, season_id = evening.organisation_id, evening.arena.season_id
    played = replay(
        session,
        organisation_id=owner,
        season_id=season_id,
        rules_at=lambda at: get_rules(session, organisation_id=owner, at=at),
    )
    earned = find_earned(session, organisation_id=owner, season_id=season_id)
    assert played == earned
    assert earned[evening.alex.employee_id, SourceKind.RATING] == 20 * 15
    must_hold(session, evening)


def test_what_was_never_held_is_not_decided_on(
    session: Session, evening: Evening, hr: Actor
) -> None:
    believed = rate(session, evening.alex, seen=phone())
    assert state_of(session, evening, believed.id) is RatingState.ACCEPTED
    stranger = make_employee(session, make_evening(session).arena, roles=(Role.HR,))
    suspect = held(session, evening.alex)
    for who, rating_id in ((hr, believed.id), (stranger, suspect.id)):
        with pytest.raises(ReviewNotFound):
            decide(session, who, rating_id)


def test_the_second_of_a_browser_waits_and_the_third_of_phones_alike(
    session: Session, evening: Evening
) -> None:
    def why(seen_as: int, browser: int, who: Actor = evening.alex, minute: int = 0) -> str:
        now = RATED + timedelta(minutes=minute)
        one = rate(session, who, seen=phone(seen_as, browser=browser), now=now)
        return suspicions_of(session, evening, one.id)

    several = "several_from_one_device"
    assert [why(1, 11), why(1, 12), why(1, 13)] == ["", "", several]
    assert why(2, 11) == several
    # Another employee's, and ten minutes later, it is somebody who was helped twice.
    assert why(1, 11, evening.blair) == ""
    assert why(3, 11, minute=11) == ""


def test_a_burst_on_one_employee_waits(session: Session, evening: Evening) -> None:
    found = [
        suspicions_of(session, evening, rate(session, evening.alex, seen=phone(number)).id)
        for number in range(7)
    ]
    assert found == [""] * 5 + ["burst"] * 2
    calm = rate(session, evening.alex, seen=phone(9), now=RATED + timedelta(minutes=6))
    assert suspicions_of(session, evening, calm.id) == ""


@pytest.mark.parametrize(("seconds", "why"), [(0, "too_quick"), (4, "too_quick"), (5, "")])
def test_nobody_answers_within_seconds(
    session: Session, evening: Evening, seconds: int, why: str
) -> None:
    one = rate(session, evening.alex, seen=phone(), now=NOW + timedelta(seconds=seconds))
    assert suspicions_of(session, evening, one.id) == why


def test_similar_ones_lie_beside_each_other_whoever_they_are_about(
    session: Session, evening: Evening, hr: Actor
) -> None:
    believed = rate(session, evening.blair, seen=phone(1, browser=5))
    suspect = rate(session, evening.alex, seen=phone(2, browser=5, staff=True))
    alike = rate(session, evening.casey, seen=phone(2, browser=6), stars=1)
    rate(session, evening.casey, seen=phone(3, browser=7))
    wanted = ReviewFilter()
    [review] = reviews.list_some(session, actor=hr, wanted=wanted, after=None, limit=9)
    assert review.facts.rating_id == suspect.id
    found = {(one.rating_id, one.stars, one.state) for one in review.similar}
    assert found == {(believed.id, 5, "accepted"), (alike.id, 1, "accepted")}


def test_an_expired_code_may_be_accepted_by_a_person_alone(
    session: Session, evening: Evening, hr: Actor
) -> None:
    done = resolved(session, evening.alex)
    kept = ratings.receive(session, code=done.code, given=GivenAnswer(stars=5), now=done.expires_at)
    assert suspicions_of(session, evening, kept.rating_id) == "expired"
    decide(session, hr, kept.rating_id, now=done.expires_at + timedelta(hours=1))
    assert counts(session, evening, evening.alex) == (1, 1, 1, 1)
    must_hold(session, evening)


def test_the_payroll_number_of_who_decided_is_kept_as_it_was(
    session: Session, evening: Evening, hr: Actor
) -> None:
    one = held(session, evening.alex)
    decide(session, hr, one.id)
    person = session.get_one(Employee, (hr.organisation_id, hr.employee_id))
    person.payroll_number = "P-MARRIED"
    session.flush()
    must_hold(session, evening)


def test_one_that_is_accepted_later_is_not_told_by_what_it_changes(
    session: Session, evening: Evening
) -> None:
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    waiting = held(session, evening.alex, stars=1)
    for number in range(1, 6):
        now = RATED + number * timedelta(minutes=6)
        rate(session, evening.alex, seen=phone(number), now=now)
    look = RATED + timedelta(hours=1)

    def own() -> list[int]:
        found = feedback.list_own(
            session, actor=evening.alex, event_ids=[evening.arena.event_id], now=look
        )
        return [rating.stars for one in found for rating in one.ratings]

    before = own()
    decide(session, hr, waiting.id, now=look)
    assert own() == before == [5] * 5


def test_a_batch_stays_as_it_was_when_what_came_before_the_decision_becomes_readable(
    session: Session, evening: Evening
) -> None:
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    waiting = held(session, evening.alex)
    for number in range(1, 5):
        now = RATED + number * timedelta(minutes=6)
        rate(session, evening.alex, seen=phone(number), now=now)
    rate(session, evening.alex, seen=phone(9), stars=1, now=RATED + timedelta(minutes=50))
    decide(session, hr, waiting.id, now=RATED + timedelta(minutes=55))

    def own(minutes: int) -> list[int]:
        found = feedback.list_own(
            session,
            actor=evening.alex,
            event_ids=[evening.arena.event_id],
            now=RATED + timedelta(minutes=minutes),
        )
        return [rating.stars for one in found for rating in one.ratings]

    assert own(56) == own(61) == [5] * 5
