"""Moderation: a comment is hidden from employees until somebody has decided to show it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import CommentMayStillChange, CommentNotFound
from backend.engagement.queries.feedback import CommentView, comment_of, lock_commented
from backend.engagement.queries.reviews import get_shares
from backend.engagement.rules import CORRECTION_WINDOW, CommentState, Decision
from backend.engagement.services.reviews import accounts_of
from backend.foundation import audit
from backend.foundation.actor import Actor

_STATES = {Decision.SHOW: CommentState.SHOWN, Decision.HIDE: CommentState.HIDDEN}


def decide(
    session: Session,
    *,
    actor: Actor,
    rating_id: UUID,
    decision: Decision,
    reason: str,
    now: datetime,
) -> CommentView:
    """Show a comment to the employee it is about, or hide it; a decision may be changed later.

    It is written into the audit with its reason. Raises CommentNotFound, as for one about
    oneself, and CommentMayStillChange within ten minutes of the rating: what is decided on must be
    what stays.
    """
    owner = actor.organisation_id
    row = lock_commented(session, organisation_id=owner, rating_id=rating_id)
    shares = get_shares(session, organisation_id=owner, rating_id=rating_id)
    if accounts_of(session, actor=actor) & shares.keys():
        raise CommentNotFound
    if now <= row.rated_at + CORRECTION_WINDOW:
        raise CommentMayStillChange
    before, after = row.comment_state, _STATES[decision]
    if before is not after:
        row.comment_state = after
        session.flush()
        audit.record(
            session,
            actor=actor,
            act=f"comment.{after}",
            subject_id=rating_id,
            now=now,
            detail={"reason": reason, "before": before},
        )
    return comment_of(row)
