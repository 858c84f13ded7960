"""What a first answer and its corrections have in common: bounds, tokens, and their pay."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating
from backend.engagement.problems import NotYetRated, UnknownCode, WrongCorrectionToken
from backend.engagement.queries import cards
from backend.engagement.queries import ratings as queries
from backend.engagement.queries.ratings import Bound
from backend.engagement.rules import CORRECTION_WINDOW, LONGEST_COMMENT, CommentState, Reason
from backend.engagement.services import pay
from backend.engagement.services.invitations import hash_of, normalised
from backend.foundation.problems import Invalid
from backend.foundation.text import unstorable
from backend.integrity.rules.suspicions import Sighting
from backend.rewards.rules import Rules
from backend.rewards.services import ledger


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
class Received:
    """A rating that was kept, and what its correction takes."""

    rating_id: UUID
    stars: int
    correction_token: str
    correctable_until: datetime


def find_bound(
    session: Session, plain: str | None, now: datetime, sighting: Sighting | None = None
) -> Bound | None:
    """Return what a normalised code is bound to, or None."""
    if plain is None:
        return None
    code_hash = hash_of(plain)
    # Nearly all are bound to somebody; the others cost another look.
    bound = queries.find_bound(session, code_hash=code_hash, now=now, sighting=sighting)
    return bound or cards.find_loose(session, code_hash=code_hash)


def get_bound(session: Session, code: str, now: datetime) -> Bound:
    """Return what a code, as somebody wrote it, is bound to; raises UnknownCode."""
    bound = find_bound(session, normalised(code), now)
    if bound is None:
        raise UnknownCode
    return bound


def proven(row: Rating | None, correction_token: str) -> Rating:
    """Return a rating to the phone that gave it: whoever has seen the code lacks the token.

    Raises NotYetRated and WrongCorrectionToken.
    """
    if row is None:
        raise NotYetRated
    if not hmac.compare_digest(row.correction_hash, hash_of_token(correction_token)):
        raise WrongCorrectionToken
    return row


def rating_of(bound: Bound) -> Select[Rating]:
    """Return the query for the rating that a code was used for."""
    return select(Rating).where(
        Rating.organisation_id == bound.organisation_id, Rating.id == bound.id
    )


def received(rating_id: UUID, stars: int, token: str, rated_at: datetime) -> Received:
    """Return what is answered to a rating of the instant ``rated_at``."""
    return Received(
        rating_id=rating_id,
        stars=stars,
        correction_token=token,
        correctable_until=rated_at + CORRECTION_WINDOW,
    )


def hash_of_token(token: str) -> bytes:
    """Return what is stored of a correction token: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()


def comment_state_of(comment: str | None) -> CommentState:
    """Return where a new comment stands: nobody reads it before it was moderated."""
    return CommentState.NONE if comment is None else CommentState.WAITING


def accrue(
    session: Session, bound: Bound, *, rules: Rules, points: int, answer_id: UUID, now: datetime
) -> None:
    """Pay an answer, which is the source of its points: a later one reverses just them.

    One to a card that nobody was bound to pays nobody.
    """
    if bound.event_id is None:
        return
    ledger.accrue(
        session,
        occasion=pay.occasion_of(
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
