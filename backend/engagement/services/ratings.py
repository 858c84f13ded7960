"""The fan's answer: one per code, correctable for ten minutes, paid by what it says last.

Who is rated was fixed when the code was issued; nothing here looks it up.
"""

import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import (
    CodeAlreadyUsed,
    UnknownCode,
)
from backend.engagement.queries import ratings as queries
from backend.engagement.queries.ratings import Bound
from backend.engagement.queries.requests import get_request
from backend.engagement.rules import (
    CORRECTION_WINDOW,
    MOST_ANSWERS,
    Category,
    RatingState,
    Reason,
    worth_of_rating,
)
from backend.engagement.rules import (
    InvitationState as InvitationState,
)
from backend.engagement.services import holds
from backend.engagement.services.answers import (
    GivenAnswer as GivenAnswer,
)
from backend.engagement.services.answers import (
    Received as Received,
)
from backend.engagement.services.answers import (
    accrue,
    comment_state_of,
    find_bound,
    hash_of_token,
    rating_of,
    received,
)
from backend.engagement.services.corrections import correct as correct
from backend.engagement.services.invitations import hash_of, leave_unbound, normalised
from backend.foundation.prepared import together
from backend.identity.queries import get_employee
from backend.integrity.rules.suspicions import Sighting
from backend.rewards.queries import get_rules
from backend.rewards.rules import within_cap
from backend.venues.queries import get_event, recall_event


@dataclass(frozen=True, kw_only=True, slots=True)
class InvitationView:
    """What a fan is asked to rate; an unknown code tells nothing else.

    It never says what was answered: the employee has seen the code, too. A card says nothing of a
    request, and nothing of anybody where nobody was bound to it.
    """

    state: InvitationState
    organisation_id: UUID | None = None
    code: str | None = None
    first_name: str | None = None
    category: Category | None = None
    event_name: str | None = None
    held_on: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAnswer:
    """An answer as its giver sees it again, and whether it may still be corrected."""

    organisation_id: UUID
    stars: int
    reason: Reason | None
    comment: str | None
    correctable: bool


def find_invitation(session: Session, *, code: str, now: datetime) -> InvitationView:
    """Return what ``code`` asks a fan to rate; looking records nothing."""
    plain = normalised(code)
    bound = find_bound(session, plain, now)
    if bound is None:
        return InvitationView(state=InvitationState.UNKNOWN)
    state = InvitationState.EXPIRED if bound.expired else InvitationState.UNUSED
    owner = bound.organisation_id
    state = InvitationState.USED if bound.used else state
    view = InvitationView(state=state, organisation_id=owner, code=plain)
    if bound.employee_id is None or bound.event_id is None:
        return view
    employee = get_employee(session, organisation_id=owner, employee_id=bound.employee_id)
    event = get_event(session, organisation_id=owner, event_id=bound.event_id)
    if bound.request_id is not None:
        request = get_request(session, organisation_id=owner, request_id=bound.request_id)
        view = replace(view, category=request.category)
    return replace(
        view,
        first_name=employee.name.split()[0],
        event_name=event.name,
        held_on=event.held_on,
    )


def find_own_answer(
    session: Session, *, code: str, correction_token: str, now: datetime
) -> OwnAnswer | None:
    """Return the answer to ``code`` as it stands to the phone that gave it; None to any other."""
    bound = find_bound(session, normalised(code), now)
    row = session.scalar(rating_of(bound)) if bound else None
    if row is None or not hmac.compare_digest(row.correction_hash, hash_of_token(correction_token)):
        return None
    return OwnAnswer(
        organisation_id=row.organisation_id,
        stars=row.stars,
        reason=row.reason,
        comment=row.comment,
        correctable=now <= row.rated_at + CORRECTION_WINDOW and row.answers < MOST_ANSWERS,
    )


def receive(
    session: Session,
    *,
    code: str,
    given: GivenAnswer,
    now: datetime,
    correction_token: str | None = None,
    sighting: Sighting | None = None,
) -> Received:
    """Keep a fan's answer to ``code``, count it and pay for it; of many at once one wins.

    Where the season was closed before it came it is kept and does not count. Where it is not to be
    believed by itself, by what was seen of the phone or because the code has expired, it waits for
    a person; whoever answers is thanked all the same.
    ``correction_token`` is a fresh random one of the asking page, so that a tap sent twice can be
    told from a second rater; left out, one is made. Who loses a race between two answers finds the
    code used when run again. Raises UnknownCode, CodeAlreadyUsed and RaceLost.
    """
    plain = normalised(code)
    bound = find_bound(session, plain, now, sighting)
    if bound is None or plain is None:
        raise UnknownCode
    if bound.used:
        raise CodeAlreadyUsed
    late = bound.lapsed or _is_late(session, bound, now)
    suspicions = () if late else holds.screened(session, bound=bound, sighting=sighting)
    state = _state(late=late, held=bool(suspicions))
    token = correction_token or secrets.token_urlsafe(16)
    row = {
        "organisation_id": bound.organisation_id,
        "id": bound.id,
        "request_id": bound.request_id,
        "employee_id": bound.employee_id,
        "event_id": bound.event_id,
        "stars": given.stars,
        "reason": given.reason,
        "comment": given.comment,
        "comment_state": comment_state_of(given.comment),
        "state": state,
        "answers": 1,
        "correction_hash": hash_of_token(token),
        "rated_at": now,
    }
    rules = get_rules(session, organisation_id=bound.organisation_id, at=now)
    cap = rules.rating.cap_per_shift
    worth = worth_of_rating(rules, state=state, stars=given.stars) if bound.employee_id else 0
    points = within_cap(points=worth, paid=bound.paid, cap=cap)
    if bound.employee_id is None:
        leave_unbound(
            session,
            organisation_id=bound.organisation_id,
            card_id=bound.id,
            code_hash=hash_of(plain),
            now=now,
        )
    with together(session):
        if state is RatingState.ACCEPTED:
            paid_up_to = cap if points else None
            queries.count(session, bound=bound, stars=given.stars, paid_up_to=paid_up_to)
        queries.add_rating(session, row)
        queries.add_answer(session, rating=row, answer_id=bound.id, now=now)
        holds.keep(session, bound=bound, sighting=sighting, suspicions=suspicions, now=now)
        if points:
            accrue(session, bound, rules=rules, points=points, answer_id=bound.id, now=now)
    return received(bound.id, given.stars, token, now)


def _state(*, late: bool, held: bool) -> RatingState:
    if late:
        return RatingState.SEASON_CLOSED
    return RatingState.HELD if held else RatingState.ACCEPTED


def _is_late(session: Session, bound: Bound, now: datetime) -> bool:
    """Tell whether the season was closed before now; a card that is nobody's has none."""
    if bound.event_id is None:
        return False
    event = recall_event(session, organisation_id=bound.organisation_id, event_id=bound.event_id)
    return event.is_late(now)
