"""A fan's answer: kept once, counted, paid by what it says last."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingAnswer
from backend.engagement.problems import (
    CodeAlreadyUsed,
    CorrectionClosed,
    NotYetRated,
    TooManyCorrections,
    UnknownCode,
    WrongCorrectionToken,
)
from backend.engagement.queries.requests import list_history
from backend.engagement.rules import CommentState, InvitationState, RatingState, Reason, Step
from backend.engagement.services import ratings, requests
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.problems import Invalid
from backend.rewards.models import Balance
from tests.engagement.stories import (
    PRESENT,
    Evening,
    accepted,
    make_evening,
    resolve,
    resolved,
    tally_of,
)
from tests.factories import NOW
from tests.rewards.books import check_books

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


def pending(session: Session, actor: Actor) -> int:
    key = (actor.organisation_id, actor.employee_id)
    balance = session.get(Balance, key, populate_existing=True)
    return balance.pending if balance else 0


def five(comment: str | None = None) -> GivenAnswer:
    return GivenAnswer(stars=5, comment=comment)


def state_of(session: Session, evening: Evening, kept: ratings.Received) -> RatingState:
    return session.get_one(Rating, (evening.organisation_id, kept.rating_id)).state


def test_a_good_rating_is_kept_counted_and_paid(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    received = ratings.receive(
        session,
        code=done.code,
        given=GivenAnswer(stars=5, reason=Reason.PERSON, comment="Merci !"),
        now=NOW,
    )
    row = session.get_one(Rating, (evening.organisation_id, received.rating_id))
    assert (row.stars, row.reason, row.comment) == (5, Reason.PERSON, "Merci !")
    assert row.employee_id == evening.alex.employee_id
    assert row.state is RatingState.ACCEPTED
    assert row.comment_state is CommentState.WAITING
    assert received.correctable_until == NOW + timedelta(minutes=10)
    tally = tally_of(session, evening, evening.alex)
    assert (tally.invitations, tally.ratings, tally.good, tally.five_star) == (1, 1, 1, 1)
    assert (tally.resolved, tally.paid_resolved, tally.paid_ratings) == (1, 1, 1)
    assert pending(session, evening.alex) == 10 + 15
    steps = list_history(
        session, organisation_id=evening.organisation_id, request_id=done.request.id
    )
    assert [step.number for step in steps] == [1, 2, 3, 4]
    assert steps[-1].step is Step.RATED
    assert steps[-1].detail == {"answer": 1}
    check_books(session, evening.organisation_id)


def test_a_bad_rating_is_counted_and_earns_nothing(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    ratings.receive(session, code=done.code, given=GivenAnswer(stars=3), now=NOW)
    tally = tally_of(session, evening, evening.alex)
    assert (tally.ratings, tally.good, tally.five_star, tally.paid_ratings) == (1, 0, 0, 0)
    assert pending(session, evening.alex) == 10
    check_books(session, evening.organisation_id)


def test_a_helper_earns_the_share_that_the_invitation_holds(
    session: Session, evening: Evening
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
    done = resolve(session, evening.blair, request.id)
    ratings.receive(session, code=done.code, given=five(), now=NOW)
    assert pending(session, evening.alex) == 6 + 9
    assert pending(session, evening.blair) == 4 + 6
    assert tally_of(session, evening, evening.alex).ratings == 1
    check_books(session, evening.organisation_id)


def test_a_code_is_for_one_rating(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    ratings.receive(session, code=done.code, given=five(), now=NOW)
    with pytest.raises(CodeAlreadyUsed):
        ratings.receive(session, code=done.code, given=five(), now=NOW)


def test_a_code_expires(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    almost = done.expires_at - timedelta(seconds=1)
    kept = ratings.receive(session, code=done.code, given=five(), now=almost)
    assert state_of(session, evening, kept) is RatingState.ACCEPTED
    done = resolved(session, evening.alex)
    kept = ratings.receive(session, code=done.code, given=five(), now=done.expires_at)
    assert state_of(session, evening, kept) is RatingState.HELD
    assert tally_of(session, evening, evening.alex).ratings == 1
    assert pending(session, evening.alex) == 10 + 15 + 10


@pytest.mark.parametrize(
    "tamper",
    [
        lambda code: code[:-1] + ("0" if code[-1] != "0" else "1"),
        lambda code: code[:-1],
        lambda code: code + "0",
        lambda code: "U" + code[1:],
        lambda code: "ü" * 26,
        lambda code: "İ" + code[1:],
        lambda code: "\x00" * 26,
        lambda code: "\ud800" * 26,
        lambda code: "A" * 10_000,
        lambda code: "",
    ],
)
def test_a_tampered_code_is_unknown(session: Session, evening: Evening, tamper) -> None:
    code = tamper(resolved(session, evening.alex).code)
    with pytest.raises(UnknownCode):
        ratings.receive(session, code=code, given=five(), now=NOW)
    found = ratings.find_invitation(session, code=code, now=NOW)
    assert found == ratings.InvitationView(state=InvitationState.UNKNOWN)


def test_a_code_is_read_in_both_cases_and_with_look_alikes(
    session: Session, evening: Evening
) -> None:
    code = resolved(session, evening.alex).code
    typed = code.lower().replace("0", "o").replace("1", "l")
    spaced = "-".join([typed[:13], typed[13:]])
    view = ratings.find_invitation(session, code=spaced, now=NOW)
    assert view.code == code
    assert ratings.receive(session, code=typed, given=five(), now=NOW).stars == 5


def test_looking_says_what_is_rated_and_records_nothing(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    for _ in range(3):
        view = ratings.find_invitation(session, code=done.code, now=NOW)
    assert view.state is InvitationState.UNUSED
    assert (view.first_name, view.event_name) == ("Alex", "Home against Away")
    assert view.category == "seating"
    late = ratings.find_invitation(session, code=done.code, now=done.expires_at)
    assert late.state is InvitationState.EXPIRED
    ratings.receive(session, code=done.code, given=five(), now=NOW)
    assert ratings.find_invitation(session, code=done.code, now=NOW).state is InvitationState.USED
    late = ratings.find_invitation(session, code=done.code, now=done.expires_at)
    assert late.state is InvitationState.USED


def corrected(
    session: Session, code: str, token: str, stars: int, *, comment: str | None = None
) -> None:
    ratings.correct(
        session,
        code=code,
        correction_token=token,
        given=GivenAnswer(stars=stars, comment=comment),
        now=LATER,
    )


@pytest.mark.parametrize(
    ("answers", "earned", "counts"),
    [
        ([5, 1], 0, (1, 0, 0, 0)),
        ([1, 5], 15, (1, 1, 1, 1)),
        ([5, 4], 15, (1, 1, 0, 1)),
        ([5, 2, 4], 15, (1, 1, 0, 1)),
        ([5, 2, 5, 1], 0, (1, 0, 0, 0)),
        ([3, 4, 3, 5, 5], 15, (1, 1, 1, 1)),
        ([2, 3], 0, (1, 0, 0, 0)),
    ],
)
def test_a_correction_pays_by_what_is_said_last(
    session: Session,
    evening: Evening,
    answers: list[int],
    earned: int,
    counts: tuple[int, int, int, int],
) -> None:
    done = resolved(session, evening.alex)
    received = ratings.receive(
        session, code=done.code, given=GivenAnswer(stars=answers[0]), now=NOW
    )
    for stars in answers[1:]:
        corrected(session, done.code, received.correction_token, stars)
    tally = tally_of(session, evening, evening.alex)
    assert (tally.ratings, tally.good, tally.five_star, tally.paid_ratings) == counts
    assert pending(session, evening.alex) == 10 + earned
    check_books(session, evening.organisation_id)


def answers_of(session: Session, rating_id: UUID) -> list[tuple[int, int]]:
    rows = session.scalars(
        select(RatingAnswer).filter_by(rating_id=rating_id).order_by(RatingAnswer.number)
    )
    return [(row.number, row.stars) for row in rows]


def test_every_answer_stays_and_five_are_the_most(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    received = ratings.receive(session, code=done.code, given=GivenAnswer(stars=1), now=NOW)
    for stars in (2, 3, 4, 5):
        corrected(session, done.code, received.correction_token, stars)
    with pytest.raises(TooManyCorrections):
        corrected(session, done.code, received.correction_token, 1)
    corrected(session, done.code, received.correction_token, 5)
    assert answers_of(session, received.rating_id) == [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)]


def test_only_the_phone_that_rated_can_correct(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    with pytest.raises(NotYetRated):
        corrected(session, done.code, "x", 5)
    received = ratings.receive(session, code=done.code, given=GivenAnswer(stars=1), now=NOW)
    for token in ("", done.code, received.correction_token[:-1], "ü"):
        with pytest.raises(WrongCorrectionToken):
            corrected(session, done.code, token, 5)
    assert answers_of(session, received.rating_id) == [(1, 1)]


def test_a_correction_comes_within_ten_minutes(session: Session, evening: Evening) -> None:
    done = resolved(session, evening.alex)
    received = ratings.receive(session, code=done.code, given=five(), now=NOW)
    with pytest.raises(CorrectionClosed):
        ratings.correct(
            session,
            code=done.code,
            correction_token=received.correction_token,
            given=GivenAnswer(stars=1),
            now=received.correctable_until + timedelta(seconds=1),
        )


def test_no_more_than_the_cap_is_paid(session: Session, evening: Evening) -> None:
    for number in range(22):
        done = resolved(session, evening.alex)
        received = ratings.receive(session, code=done.code, given=five(), now=NOW)
        if number == 0:
            first = (done.code, received.correction_token)
    tally = tally_of(session, evening, evening.alex)
    assert (tally.ratings, tally.paid_ratings, tally.five_star) == (22, 20, 22)
    assert (tally.resolved, tally.paid_resolved) == (22, 20)
    assert pending(session, evening.alex) == 20 * 10 + 20 * 15
    # What a correction takes back makes room for another one.
    corrected(session, *first, 1)
    assert tally_of(session, evening, evening.alex).paid_ratings == 19
    corrected(session, done.code, received.correction_token, 1)
    corrected(session, done.code, received.correction_token, 5)
    assert tally_of(session, evening, evening.alex).paid_ratings == 20
    assert pending(session, evening.alex) == 20 * 10 + 20 * 15
    check_books(session, evening.organisation_id)


@pytest.mark.parametrize(
    "given",
    [
        {"stars": 0},
        {"stars": 6},
        {"stars": 5, "comment": "x" * 1001},
        {"stars": 5, "comment": "a\x00b"},
        {"stars": 5, "comment": "\ud83d"},
    ],
)
def test_what_cannot_be_kept_is_refused(given) -> None:
    with pytest.raises(Invalid):
        GivenAnswer(**given)


@pytest.mark.parametrize(
    "comment",
    [
        "<script>alert('x')</script>",
        "'; drop table ratings; --",
        "=cmd|' /C calc'!A0",
        "très bien, señor — naïve façade",
        "很好！非常感谢",
        "ممتاز شكراً",
        "👩‍👩‍👧‍👦🏒" * 30,
        "\u202ereversed\u202c and Z͑ͫ̓a̴l̵g̶o",
        "line one\r\nline two\ttabbed",
        "  spaces around  ",
        "{{ 7 * 7 }} ${x} %s %00 \\u0000",
        "y" * 1000,
    ],
)
def test_a_comment_is_kept_word_for_word(session: Session, evening: Evening, comment: str) -> None:
    done = resolved(session, evening.alex)
    received = ratings.receive(session, code=done.code, given=five(comment), now=NOW)
    session.expire_all()
    row = session.get_one(Rating, (evening.organisation_id, received.rating_id))
    assert row.comment == comment


def test_a_blank_comment_is_none_at_all() -> None:
    assert five(" \n ").comment is None
