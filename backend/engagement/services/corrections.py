"""Corrections: within ten minutes a fan may think again, and the pay follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingAnswer, Tally
from backend.engagement.problems import (
    CorrectionClosed,
    TooManyCorrections,
)
from backend.engagement.queries import ratings as queries
from backend.engagement.queries.ratings import Bound
from backend.engagement.queries.tallies import lock_tally
from backend.engagement.rules import (
    CORRECTION_WINDOW,
    MOST_ANSWERS,
    RatingState,
    is_five,
    is_good,
    worth_of_rating,
)
from backend.engagement.services.answers import (
    GivenAnswer,
    Received,
    accrue,
    comment_state_of,
    get_bound,
    proven,
    rating_of,
    received,
)
from backend.foundation.db import new_id
from backend.rewards.queries import get_rules
from backend.rewards.rules import within_cap
from backend.rewards.services import ledger


def correct(
    session: Session, *, code: str, correction_token: str, given: GivenAnswer, now: datetime
) -> Received:
    """Replace the answer to ``code`` within ten minutes of the first, four times at most.

    The token proves the phone that rated: the employee has seen the code. Saying the same again
    changes nothing. Raises UnknownCode, NotYetRated, WrongCorrectionToken, CorrectionClosed and
    TooManyCorrections.
    """
    bound = get_bound(session, code, now)
    locked = rating_of(bound).with_for_update().execution_options(populate_existing=True)
    row = proven(session.scalar(locked), correction_token)
    if now > row.rated_at + CORRECTION_WINDOW:
        raise CorrectionClosed
    if (row.stars, row.reason, row.comment) != (given.stars, given.reason, given.comment):
        if row.answers >= MOST_ANSWERS:
            raise TooManyCorrections
        _replace(session, bound, row, given=given, now=now)
    return received(row.id, row.stars, correction_token, row.rated_at)


def _replace(
    session: Session, bound: Bound, row: Rating, *, given: GivenAnswer, now: datetime
) -> None:
    corrections = session.scalars(
        select(RatingAnswer.id).where(
            RatingAnswer.organisation_id == row.organisation_id,
            RatingAnswer.rating_id == row.id,
            RatingAnswer.number > 1,
        )
    ).all()
    earlier = [row.id, *corrections]
    stars_before = row.stars
    if given.comment != row.comment:
        row.comment_state = comment_state_of(given.comment)
    row.stars, row.reason, row.comment = given.stars, given.reason, given.comment
    row.answers += 1
    session.flush()
    answer_id = new_id()
    as_given = {column.key: getattr(row, column.key) for column in Rating.__table__.columns}
    queries.add_answer(session, rating=as_given, answer_id=answer_id, now=now)
    if row.state is RatingState.ACCEPTED and bound.employee_id is not None:
        tally = lock_tally(session, bound)
        tally.five_star += is_five(row.stars) - is_five(stars_before)
        tally.good += is_good(row.stars) - is_good(stars_before)
        change = _Change(stars_before=stars_before, earlier=earlier, answer_id=answer_id, at=now)
        _pay_anew(session, bound, row, tally, change)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Change:
    """Stars before and after a correction, the answers before it, and its own."""

    stars_before: int
    earlier: Sequence[UUID]
    answer_id: UUID
    at: datetime


def _pay_anew(session: Session, bound: Bound, row: Rating, tally: Tally, change: _Change) -> None:
    """Take back what earlier answers earned and pay the new one, where they differ.

    By the rules of the first answer, whose points a correction replaces. Points are taken back
    before any are given: a reversal must not wait with balances in its hands.
    """
    rules = get_rules(session, organisation_id=row.organisation_id, at=row.rated_at)
    before = worth_of_rating(rules, state=row.state, stars=change.stars_before)
    worth = worth_of_rating(rules, state=row.state, stars=row.stars)
    if before == worth:
        session.flush()
        return
    taken_back = sum(
        ledger.reverse(
            session,
            organisation_id=row.organisation_id,
            source_id=answer_id,
            reason="the fan corrected the rating",
            now=change.at,
        )
        for answer_id in change.earlier
    )
    if taken_back:
        tally.paid_ratings -= 1
    cap = rules.rating.cap_per_shift
    points = within_cap(points=worth, paid=tally.paid_ratings, cap=cap)
    tally.paid_ratings += int(points > 0)
    session.flush()
    if points:
        accrue(
            session,
            bound,
            rules=rules,
            points=points,
            answer_id=change.answer_id,
            now=change.at,
        )
