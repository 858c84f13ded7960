"""The fan's answer: one per code, correctable for ten minutes, paid by what it says last.

Who is rated was fixed when the code was issued; nothing here looks it up.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingAnswer, Tally
from backend.engagement.problems import (
    CodeAlreadyUsed,
    CodeExpired,
    CorrectionClosed,
    NotYetRated,
    TooManyCorrections,
    UnknownCode,
    WrongCorrectionToken,
)
from backend.engagement.queries import ratings as queries
from backend.engagement.queries.ratings import Bound
from backend.engagement.queries.requests import get_request
from backend.engagement.rules import (
    CORRECTION_WINDOW,
    LONGEST_COMMENT,
    MOST_ANSWERS,
    Category,
    CommentState,
    RatingState,
    Reason,
    Step,
    is_five,
    is_good,
)
from backend.engagement.rules import (
    InvitationState as InvitationState,
)
from backend.engagement.services import pay
from backend.engagement.services.invitations import hash_of, normalised
from backend.foundation.db import new_id, pipeline
from backend.foundation.problems import Invalid
from backend.foundation.text import unstorable
from backend.identity.queries import get_employee
from backend.rewards.queries import get_rules
from backend.rewards.rules import Rules
from backend.rewards.services import ledger
from backend.venues.queries import get_event


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationView:
    """What a fan is asked to rate; an unknown code tells nothing else.

    It never says what was answered: the employee has seen the code, too.
    """

    state: InvitationState
    code: str | None = None
    first_name: str | None = None
    category: Category | None = None
    event_name: str | None = None
    held_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenAnswer:
    """What a fan answers; raises Invalid where it is not one that can be kept."""

    stars: int
    reason: Reason | None = None
    comment: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is out of bounds; a blank comment is none."""
        errors = {}
        if not 1 <= self.stars <= 5:
            errors["stars"] = ["Must be 1 to 5."]
        if self.comment is not None:
            if len(self.comment) > LONGEST_COMMENT:
                errors["comment"] = [f"Must be at most {LONGEST_COMMENT} characters."]
            elif reason := unstorable(self.comment):
                errors["comment"] = [f"Text {reason}."]
            elif not self.comment.strip():
                object.__setattr__(self, "comment", None)
        if errors:
            raise Invalid(errors={"json": errors})


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAnswer:
    """An answer as its giver sees it again, and whether it may still be corrected."""

    stars: int
    reason: Reason | None
    comment: str | None
    correctable: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """A rating that was kept, and what its correction takes."""

    rating_id: UUID
    stars: int
    correction_token: str
    correctable_until: datetime


def find_invitation(session: Session, *, code: str, now: datetime) -> InvitationView:
    """Return what ``code`` asks a fan to rate; looking records nothing."""
    plain = normalised(code)
    bound = _find(session, plain, now)
    if bound is None:
        return InvitationView(state=InvitationState.UNKNOWN)
    state = InvitationState.EXPIRED if bound.expired else InvitationState.UNUSED
    owner = bound.organisation_id
    employee = get_employee(session, organisation_id=owner, employee_id=bound.employee_id)
    request = get_request(session, organisation_id=owner, request_id=bound.request_id)
    event = get_event(session, organisation_id=owner, event_id=bound.event_id)
    return InvitationView(
        state=InvitationState.USED if bound.used else state,
        code=plain,
        first_name=employee.name.split()[0],
        category=request.category,
        event_name=event.name,
        held_on=event.held_on,
    )


def find_own_answer(
    session: Session, *, code: str, correction_token: str, now: datetime
) -> OwnAnswer | None:
    """Return the answer to ``code`` as it stands to the phone that gave it; None to any other."""
    bound = _find(session, normalised(code), now)
    row = session.scalar(_rating_of(bound)) if bound else None
    if row is None or not hmac.compare_digest(row.correction_hash, _hash(correction_token)):
        return None
    return OwnAnswer(
        stars=row.stars,
        reason=row.reason,
        comment=row.comment,
        correctable=now <= row.rated_at + CORRECTION_WINDOW and row.answers < MOST_ANSWERS,
    )


def _find(session: Session, plain: str | None, now: datetime) -> Bound | None:
    if plain is None:
        return None
    return queries.find_bound(session, code_hash=hash_of(plain), now=now)


def receive(
    session: Session,
    *,
    code: str,
    given: GivenAnswer,
    now: datetime,
    correction_token: str | None = None,
) -> Received:
    """Keep a fan's answer to ``code``, count it and pay for it; of many at once one wins.

    ``correction_token`` is a fresh random one of the asking page, so that a tap sent twice can be
    told from a second rater; left out, one is made. Raises UnknownCode, CodeAlreadyUsed and
    CodeExpired.
    """
    bound = _find(session, normalised(code), now)
    if bound is None:
        raise UnknownCode
    if bound.used:
        raise CodeAlreadyUsed
    if bound.expired:
        raise CodeExpired
    token, state = correction_token or secrets.token_urlsafe(16), RatingState.ACCEPTED
    rating_id, answer_id = new_id(), new_id()
    row = {
        "organisation_id": bound.organisation_id,
        "id": rating_id,
        "invitation_id": bound.id,
        "request_id": bound.request_id,
        "employee_id": bound.employee_id,
        "event_id": bound.event_id,
        "stars": given.stars,
        "reason": given.reason,
        "comment": given.comment,
        "comment_state": _comment_state(given.comment),
        "state": state,
        "answers": 1,
        "correction_hash": _hash(token),
        "rated_at": now,
    }
    rules = get_rules(session, organisation_id=bound.organisation_id, at=now)
    points = pay.worth_of_rating(rules, state=state, stars=given.stars)
    with pipeline(session):
        kept = queries.add_rating(session, row)
        queries.add_answer(
            session,
            organisation_id=bound.organisation_id,
            rating_id=rating_id,
            answer_id=answer_id,
            now=now,
        )
        queries.add_step(session, bound=bound, step=Step.RATED, number=1, now=now)
        cap = rules.rating.cap_per_shift if points else 0
        paid = queries.count_paid(
            session, bound=bound, rating_id=rating_id, stars=given.stars, cap=cap
        )
    if kept.rowcount != 1:
        raise CodeAlreadyUsed
    if paid.rowcount == 1:
        _accrue(session, bound, rules=rules, points=points, answer_id=answer_id, now=now)
    elif state is RatingState.ACCEPTED:
        queries.count_unpaid(session, bound=bound, rating_id=rating_id, stars=given.stars)
    return _received(rating_id, given.stars, token, now)


def _received(rating_id: UUID, stars: int, token: str, rated_at: datetime) -> Received:
    return Received(
        rating_id=rating_id,
        stars=stars,
        correction_token=token,
        correctable_until=rated_at + CORRECTION_WINDOW,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _comment_state(comment: str | None) -> CommentState:
    return CommentState.NONE if comment is None else CommentState.WAITING


def _accrue(
    session: Session, bound: Bound, *, rules: Rules, points: int, answer_id: UUID, now: datetime
) -> None:
    """Pay an answer, which is the source of its points: a later one reverses just them."""
    ledger.accrue(
        session,
        occasion=pay.occasion_of(
            session,
            organisation_id=bound.organisation_id,
            event_id=bound.event_id,
            rules=rules,
        ),
        earnings=pay.earnings_of(
            points=points,
            shares=bound.shares,
            rule=pay.RATING_RULE,
            source_id=answer_id,
            at=now,
        ),
        now=now,
    )


def correct(
    session: Session, *, code: str, correction_token: str, given: GivenAnswer, now: datetime
) -> Received:
    """Replace the answer to ``code`` within ten minutes of the first, four times at most.

    The token proves the phone that rated: the employee has seen the code. Saying the same again
    changes nothing. Raises UnknownCode, NotYetRated, WrongCorrectionToken, CorrectionClosed and
    TooManyCorrections.
    """
    bound = _find(session, normalised(code), now)
    if bound is None:
        raise UnknownCode
    row = _lock_rating(session, bound)
    if not hmac.compare_digest(row.correction_hash, _hash(correction_token)):
        raise WrongCorrectionToken
    if now > row.rated_at + CORRECTION_WINDOW:
        raise CorrectionClosed
    if (row.stars, row.reason, row.comment) != (given.stars, given.reason, given.comment):
        if row.answers >= MOST_ANSWERS:
            raise TooManyCorrections
        _replace(session, bound, row, given=given, now=now)
    return _received(row.id, row.stars, correction_token, row.rated_at)


def _lock_rating(session: Session, bound: Bound) -> Rating:
    row = session.scalar(
        _rating_of(bound).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise NotYetRated
    return row


def _rating_of(bound: Bound) -> Select[Rating]:
    return select(Rating).where(
        Rating.organisation_id == bound.organisation_id, Rating.invitation_id == bound.id
    )


def _replace(
    session: Session, bound: Bound, row: Rating, *, given: GivenAnswer, now: datetime
) -> None:
    earlier = session.scalars(
        select(RatingAnswer.id).where(
            RatingAnswer.organisation_id == row.organisation_id, RatingAnswer.rating_id == row.id
        )
    ).all()
    stars_before = row.stars
    if given.comment != row.comment:
        row.comment_state = _comment_state(given.comment)
    row.stars, row.reason, row.comment = given.stars, given.reason, given.comment
    row.answers += 1
    session.flush()
    answer_id = new_id()
    queries.add_answer(
        session,
        organisation_id=row.organisation_id,
        rating_id=row.id,
        answer_id=answer_id,
        now=now,
    )
    queries.add_step(session, bound=bound, step=Step.CORRECTED, number=row.answers, now=now)
    if row.state is RatingState.ACCEPTED:
        tally = _lock_tally(session, bound)
        tally.five_star += is_five(row.stars) - is_five(stars_before)
        tally.good += is_good(row.stars) - is_good(stars_before)
        change = _Change(stars_before=stars_before, earlier=earlier, answer_id=answer_id, at=now)
        _pay_anew(session, bound, row, tally, change)


def _lock_tally(session: Session, bound: Bound) -> Tally:
    key = (bound.organisation_id, bound.event_id, bound.employee_id)
    return session.get_one(Tally, key, populate_existing=True, with_for_update=True)


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
    before = pay.worth_of_rating(rules, state=row.state, stars=change.stars_before)
    points = pay.worth_of_rating(rules, state=row.state, stars=row.stars)
    if before == points:
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
    pays = points > 0 and tally.paid_ratings < rules.rating.cap_per_shift
    tally.paid_ratings += int(pays)
    session.flush()
    if pays:
        _accrue(
            session,
            bound,
            rules=rules,
            points=points,
            answer_id=change.answer_id,
            now=change.at,
        )
