"""Not solved: what was resolved, and not to the fan, is opened anew for somebody else.

The one that was resolved stays as it is, and so do its points: what they are worth, the rating
says. The new one is a request of its own, and nobody who had a part in the first may take it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import Ask, Request
from backend.engagement.problems import (
    AskOver,
    NotResolvedYet,
)
from backend.engagement.queries import asks as queries
from backend.engagement.queries.requests import find_reopened, list_former, lock_request
from backend.engagement.rules import ENDED, Status
from backend.engagement.rules.asks import MOST_REOPENINGS
from backend.engagement.services import askers, asks
from backend.engagement.services.answers import find_bound, get_bound, proven, rating_of
from backend.engagement.services.invitations import normalised
from backend.engagement.services.openings import FanWish, open_for_fan
from backend.integrity.rules.suspicions import Suspicion
from backend.venues.queries import AFTER_END, EventFacts, recall_event


def say_unsolved(
    session: Session, *, token: str, now: datetime, asker: Suspicion | None = None
) -> None:
    """Open anew what a fan follows; the same again changes nothing.

    Where the ``asker`` is suspected to be no fan, the rating of the new one waits.
    Raises UnknownAsk, NotResolvedYet, and AskOver where nobody is there any more, or it was opened
    anew twice already.
    """
    found = asks.get_followed(session, token=token)
    owner = found.ask.organisation_id
    # Whoever says it twice at once meets here, and the second finds what the first has opened.
    lock_request(session, organisation_id=owner, request_id=found.ask.request_id)
    found = asks.get_followed(session, token=token)
    row = found.request
    if row.status is not Status.RESOLVED:
        if row.reopens_id is not None and row.status not in ENDED:
            return
        raise AskOver if row.status in ENDED else NotResolvedYet
    anew = _reopen(session, row, post_id=found.ask.post_id, now=now)
    askers.suspect(session, anew, asker, now=now)
    found.ask.request_id = anew.id
    session.flush()


def say_rating_unsolved(
    session: Session,
    *,
    code: str,
    correction_token: str,
    code_key: bytes,
    now: datetime,
    asker: Suspicion | None = None,
) -> str:
    """Open anew what somebody has rated with ``code``, and return the token to follow it by.

    The same again gives the same token. Raises UnknownCode, NotYetRated, WrongCorrectionToken,
    NotResolvedYet and AskOver, the latter for cards, too, which have no request.
    """
    bound = get_bound(session, code, now)
    proven(session.scalar(rating_of(bound)), correction_token)
    if bound.request_id is None:
        raise AskOver
    owner = bound.organisation_id
    row = lock_request(session, organisation_id=owner, request_id=bound.request_id)
    followed = _find_ask(session, owner, row.id)
    if followed is None:
        followed = Ask(
            organisation_id=owner,
            id=bound.id,
            event_id=row.event_id,
            zone_id=row.zone_id,
            post_id=None,
            fingerprint=None,  # No body was sent that could be sent again.
            asked_at=now,
        )
        asks.begin(session, followed, row, code_key=code_key)
    token = asks.token_of(followed, code_key=code_key)
    say_unsolved(session, token=token, now=now, asker=asker)
    return token


def _find_ask(session: Session, owner: UUID, request_id: UUID) -> Ask | None:
    """Return the ask that follows a request, or what was opened since because of it."""
    latest: UUID | None = request_id
    while latest is not None:
        if found := queries.find_ask_of(session, organisation_id=owner, request_id=latest):
            return found
        latest = find_reopened(session, organisation_id=owner, request_id=latest)
    return None


def find_anew(session: Session, *, code: str, code_key: bytes, now: datetime) -> str | None:
    """Return the token by which is followed what was opened anew after it was rated with ``code``.

    None where nothing was: whoever asked from a code and is content has nothing more to follow.
    """
    bound = find_bound(session, normalised(code), now)
    if bound is None or bound.request_id is None:
        return None
    owner = bound.organisation_id
    latest = find_reopened(session, organisation_id=owner, request_id=bound.request_id)
    followed = _find_ask(session, owner, latest) if latest else None
    return asks.token_of(followed, code_key=code_key) if followed else None


def may_reopen(session: Session, *, row: Request, now: datetime) -> bool:
    """Tell whether a request can be opened anew: it is resolved, and people are still there."""
    return row.status is Status.RESOLVED and _event_for(session, row, now) is not None


def may_reopen_rated(session: Session, *, code: str, now: datetime) -> bool:
    """Tell whether what was rated with ``code`` can be opened anew."""
    bound = find_bound(session, normalised(code), now)
    if bound is None or bound.request_id is None:
        return False
    row = session.get(Request, (bound.organisation_id, bound.request_id))
    return row is not None and may_reopen(session, row=row, now=now)


def _event_for(session: Session, row: Request, now: datetime) -> EventFacts | None:
    owner = row.organisation_id
    event = recall_event(session, organisation_id=owner, event_id=row.event_id)
    former = list_former(session, organisation_id=owner, request_id=row.id)
    over = event.is_late(now) or now > event.ends_at + AFTER_END
    return None if over or len(former) > MOST_REOPENINGS else event


def _reopen(session: Session, row: Request, *, post_id: UUID | None, now: datetime) -> Request:
    event = _event_for(session, row, now)
    if event is None:
        raise AskOver
    wish = FanWish(
        event=event,
        zone_id=row.zone_id,
        category=row.category,
        seat=row.seat,
        note=row.note,
        reopens_id=row.id,
    )
    anew = open_for_fan(session, wish=wish, now=now)
    asks.call_nearest(session, row=anew, event=event, post_id=post_id, now=now)
    return anew
