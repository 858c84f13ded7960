"""Reviews: a person decides whether a rating that was held counts, once and for ever.

Locked in the order of a correction: the rating, the tally of who was rated, then what it pays.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingDecision, RatingQuestion
from backend.engagement.problems import (
    OwnReview,
    RatingMayStillChange,
    ReviewChanged,
    ReviewClosed,
    ReviewNotFound,
)
from backend.engagement.queries import reviews as queries
from backend.engagement.queries.reviews import (
    AskedFacts,
    RatingGlance,
    ReviewFacts,
    ReviewFilter,
)
from backend.engagement.queries.tallies import lock_tally
from backend.engagement.rules import (
    CORRECTION_WINDOW,
    DECIDED,
    RatingState,
    ReviewDecision,
    is_five,
    is_good,
    worth_of_rating,
)
from backend.engagement.services import pay, suggestions
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.queries import list_accounts
from backend.identity.services import persons
from backend.integrity.queries.sightings import Seen, find_alike
from backend.rewards.queries import get_rules
from backend.rewards.rules import within_cap
from backend.rewards.services import ledger
from backend.venues.problems import SeasonClosed
from backend.venues.queries import recall_event

# More of the same phone say nothing new.
MOST_ALIKE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """A rating that was held, and ``similar`` ones: of the same browser, or of phones alike.

    ``signals`` say in words what fans said who were asked whether somebody suggested a score;
    ``questions`` are what somebody wanted to know before it is decided on.
    """

    facts: ReviewFacts
    similar: Sequence[RatingGlance]
    signals: Sequence[str]
    questions: Sequence[AskedFacts]


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """What somebody decides, why, and which version of the rating they have seen."""

    decision: ReviewDecision
    reason: str
    seen_version: int


def list_some(
    session: Session,
    *,
    actor: Actor,
    wanted: ReviewFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Review]:
    """Return held ratings as they came, each with similar ones beside it.

    None that are about ``actor``, on whatever account: nobody learns who is suspected of what.
    """
    owner = actor.organisation_id
    found = queries.list_reviews(
        session, organisation_id=owner, wanted=wanted, after=after, limit=limit
    )
    return _with_similar(session, owner, found, not_about=wanted.not_about)


def show(session: Session, *, actor: Actor, rating_id: UUID) -> Review:
    """Return a held rating with similar ones; raises ReviewNotFound, as for one's own."""
    owner = actor.organisation_id
    facts = queries.get_review(session, organisation_id=owner, rating_id=rating_id)
    shares = queries.get_shares(session, organisation_id=owner, rating_id=rating_id)
    accounts = accounts_of(session, actor=actor)
    if accounts & shares.keys():
        raise ReviewNotFound
    return _with_similar(session, owner, [facts], not_about=accounts)[0]


def ask(session: Session, *, actor: Actor, rating_id: UUID, question: str, now: datetime) -> Review:
    """Write down what somebody wants to know before it is decided on; it goes on waiting.

    Whoever decides reads it; nobody whom it is about. Raises ReviewNotFound, ReviewClosed.
    """
    owner = actor.organisation_id
    row = queries.lock_held(session, organisation_id=owner, rating_id=rating_id)
    if row.state is not RatingState.HELD:
        raise ReviewClosed
    session.add(
        RatingQuestion(
            organisation_id=owner,
            id=new_id(),
            rating_id=rating_id,
            asked_by=actor.employee_id,
            question=question,
            asked_at=now,
        )
    )
    audit.record(
        session,
        actor=actor,
        act="rating.asked",
        subject_id=rating_id,
        now=now,
        detail={"question": question},
    )
    session.flush()
    return show(session, actor=actor, rating_id=rating_id)


def accounts_of(session: Session, *, actor: Actor) -> set[UUID]:
    """Return every account of who is acting."""
    owner, who = actor.organisation_id, actor.employee_id
    return list_accounts(session, organisation_id=owner, employee_ids=[who])[who]


def decide(
    session: Session,
    *,
    actor: Actor,
    rating_id: UUID,
    judgement: Judgement,
    now: datetime,
) -> Review:
    """Let a held rating count and pay from now on, or never.

    It pays by the rules of when it came, within the cap as it stands, and waits out the hold from
    now. Raises ReviewNotFound, OwnReview, PersonUnknown, ReviewClosed, SeasonClosed,
    RatingMayStillChange within ten minutes of the rating, and ReviewChanged.
    """
    owner = actor.organisation_id
    row = queries.lock_held(session, organisation_id=owner, rating_id=rating_id)
    shares = queries.get_shares(session, organisation_id=owner, rating_id=row.id)
    circle = persons.around(session, actor=actor, concerned=list(shares))
    if circle.has_actor:
        raise OwnReview
    _refuse_unready(session, row, seen_version=judgement.seen_version, now=now)
    _settle(
        session,
        row,
        RatingDecision(
            decision=judgement.decision,
            decided_by=actor.employee_id,
            decided_person=circle.actor_person,
            reason=judgement.reason,
            decided_at=now,
        ),
    )
    detail = {"reason": judgement.reason, "stars": row.stars, "answers": row.answers}
    audit.record(
        session,
        actor=actor,
        act=f"rating.{judgement.decision}",
        subject_id=row.id,
        now=now,
        detail=detail,
    )
    if judgement.decision is ReviewDecision.ACCEPTED:
        _count(session, row, shares, now=now)
    facts = queries.get_review(session, organisation_id=owner, rating_id=row.id)
    accounts = accounts_of(session, actor=actor)
    return _with_similar(session, owner, [facts], not_about=accounts)[0]


def lapse(session: Session, *, row: Rating, now: datetime) -> None:
    """Let a held rating, which is locked, never count: its season was closed first."""
    _settle(session, row, RatingDecision(decision=ReviewDecision.LAPSED, decided_at=now))
    audit.record_job(
        session,
        organisation_id=row.organisation_id,
        act="rating.lapsed",
        subject_id=row.id,
        now=now,
    )


def _refuse_unready(session: Session, row: Rating, *, seen_version: int, now: datetime) -> None:
    if row.state is not RatingState.HELD or row.event_id is None:
        raise ReviewClosed
    event = recall_event(session, organisation_id=row.organisation_id, event_id=row.event_id)
    if event.is_late(now):
        raise SeasonClosed
    if now <= row.rated_at + CORRECTION_WINDOW:
        raise RatingMayStillChange
    if row.answers != seen_version:
        raise ReviewChanged


def _settle(session: Session, row: Rating, decided: RatingDecision) -> None:
    decided.organisation_id, decided.rating_id = row.organisation_id, row.id
    decided.answers = row.answers
    row.state = DECIDED[decided.decision]
    session.add(decided)
    session.flush()


def _count(session: Session, row: Rating, shares: Mapping[UUID, int], *, now: datetime) -> None:
    """Count a rating that was accepted, and pay it, in the tally of its evening."""
    tally = lock_tally(session, row)
    rules = get_rules(session, organisation_id=row.organisation_id, at=row.rated_at)
    worth = worth_of_rating(rules, state=row.state, stars=row.stars)
    points = within_cap(points=worth, paid=tally.paid_ratings, cap=rules.rating.cap_per_shift)
    tally.ratings += 1
    tally.five_star += is_five(row.stars)
    tally.good += is_good(row.stars)
    tally.paid_ratings += int(points > 0)
    session.flush()
    if points:
        answer_id = queries.get_answer_id(session, rating=row)
        ledger.accrue(
            session,
            occasion=pay.occasion_of(
                organisation_id=row.organisation_id, event_id=tally.event_id, rules=rules
            ),
            earnings=pay.earnings_of(
                points=points, shares=shares, rule=pay.RATING_RULE, source_id=answer_id, at=now
            ),
            now=now,
        )


def _with_similar(
    session: Session, owner: UUID, found: Sequence[ReviewFacts], *, not_about: Collection[UUID]
) -> list[Review]:
    seen = [
        Seen(rating_id=one.rating_id, employee_id=one.employee_id, at=one.rated_at) for one in found
    ]
    alike = find_alike(session, organisation_id=owner, seen=seen)
    wanted = set().union(*alike.values())
    signals = suggestions.in_words(session, organisation_id=owner, reviewed=seen)
    asked = queries.list_questions(
        session, organisation_id=owner, rating_ids=[one.rating_id for one in found]
    )
    known = queries.list_glances(
        session, organisation_id=owner, rating_ids=wanted, not_about=not_about
    )
    return [
        Review(
            facts=one,
            similar=[each for each in known if each.rating_id in alike.get(one.rating_id, set())][
                -MOST_ALIKE:
            ],
            signals=signals[one.rating_id],
            questions=[each for each in asked if each.rating_id == one.rating_id],
        )
        for one in found
    ]
