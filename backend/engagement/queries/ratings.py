"""Invitations by their code, and the few statements that one rating costs.

Ratings are a hot path that the bench names, so that what one writes goes to the driver prepared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Integer,
    String,
    bindparam,
    case,
    cast,
    select,
)
from sqlalchemy import update as plain_update
from sqlalchemy.orm import Session

from backend.engagement.models import (
    Invitation,
    InvitationShare,
    Rating,
    RatingAnswer,
    Tally,
)
from backend.engagement.rules import is_five, is_good
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared
from backend.integrity.queries import sightings, signals
from backend.integrity.rules.suspicions import TOO_QUICK, Before, Sighting, Suspicion


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a code is bound to, for ever, and whether it can still be used.

    It has ``lapsed`` where its season was closed first: then it can be used, and does not count.
    A card has no request, and one that nobody was bound to has no employee either. ``counted`` is
    how many ratings of its employee count at the event so far, ``paid`` how many were paid. Where
    the phone was looked at, ``before`` is what came before, and ``asked`` what was seen when its
    request was asked for; ``fresh`` is a code that was only just issued.
    """

    organisation_id: UUID
    id: UUID
    request_id: UUID | None
    employee_id: UUID | None
    event_id: UUID | None
    expired: bool
    used: bool
    lapsed: bool
    paid: int
    shares: Mapping[UUID, int]
    fresh: bool = False
    counted: int = 0
    before: Before | None = None
    asked: tuple[Suspicion, ...] = ()


def _flag(condition: Any) -> Any:
    return cast(case((condition, 1), else_=0), Integer)


# One row per credit share. Ids as text and conditions as numbers are the same on both drivers.
_by_code = (
    select(
        cast(Invitation.organisation_id, String),
        cast(Invitation.id, String),
        cast(Invitation.request_id, String),
        cast(Invitation.employee_id, String),
        cast(Invitation.event_id, String),
        _flag(Invitation.expires_at <= bindparam("now")),
        _flag(Rating.id.is_not(None)),
        _flag(Invitation.lapsed_at.is_not(None)),
        _flag(Invitation.issued_at > bindparam("fresh_since")),
        Tally.ratings,
        Tally.paid_ratings,
        cast(InvitationShare.employee_id, String),
        InvitationShare.percent,
    )
    .join(
        InvitationShare,
        (InvitationShare.organisation_id == Invitation.organisation_id)
        & (InvitationShare.invitation_id == Invitation.id),
    )
    .join(
        Tally,
        (Tally.organisation_id == Invitation.organisation_id)
        & (Tally.event_id == Invitation.event_id)
        & (Tally.employee_id == Invitation.employee_id),
    )
    .join(
        Rating,
        (Rating.organisation_id == Invitation.organisation_id) & (Rating.id == Invitation.id),
        isouter=True,
    )
    .where(Invitation.code_hash == bindparam("code_hash"))
)
_BY_CODE = Prepared(_by_code)
# One look at the code and at what came before; by itself the latter would be a round trip more.
_BY_CODE_AND_PHONE = Prepared(
    _by_code.add_columns(
        signals.seen_with(Invitation.organisation_id, Invitation.request_id),
        sightings.counting_before(Invitation.organisation_id, Invitation.employee_id),
    )
)
_COLUMNS = len(_by_code.selected_columns)


def find_bound(
    session: Session, *, code_hash: bytes, now: datetime, sighting: Sighting | None = None
) -> Bound | None:
    """Return what the code with ``code_hash`` is bound to, in whichever organisation, or None.

    The code itself is the proof: fans have no session that would name an organisation. With a
    ``sighting`` of the phone it says what came before, too.
    """
    values = {"code_hash": code_hash, "now": now, "fresh_since": now - TOO_QUICK}
    if sighting is None:
        rows = _BY_CODE.run(session, **values).fetchall()
    else:
        values |= sightings.values_of(sighting, now=now)
        rows = _BY_CODE_AND_PHONE.run(session, **values).fetchall()
    if not rows:
        return None
    seen = rows[0][_COLUMNS:]
    rows = [row[:_COLUMNS] for row in rows]
    *ids, expired, used, lapsed, fresh, counted, paid, _, _ = rows[0]
    organisation_id, invitation_id, request_id, employee_id, event_id = ids
    return Bound(
        organisation_id=UUID(organisation_id),
        id=UUID(invitation_id),
        request_id=UUID(request_id) if request_id else None,
        employee_id=UUID(employee_id),
        event_id=UUID(event_id),
        expired=bool(expired),
        used=bool(used),
        lapsed=bool(lapsed),
        paid=paid,
        shares={UUID(who): percent for *_, who, percent in rows},
        fresh=bool(fresh),
        counted=counted,
        before=sightings.before_of(seen[1]) if seen else None,
        asked=signals.suspicions_of(seen[0]) if seen else (),
    )


_RATING, _ANSWER = PreparedInsert(Rating), PreparedInsert(RatingAnswer)
_COUNT = Prepared(
    plain_update(Tally)
    .where(
        Tally.organisation_id == bindparam("its_organisation"),
        Tally.event_id == bindparam("its_event"),
        Tally.employee_id == bindparam("its_employee"),
        # Whoever waited here for the one that used the last code has lost.
        Tally.ratings < Tally.invitations,
        Tally.ratings.between(bindparam("seen_least"), bindparam("seen_most")),
        Tally.paid_ratings < bindparam("below"),
    )
    .values(
        ratings=Tally.ratings + 1,
        five_star=Tally.five_star + bindparam("fives", type_=Integer()),
        good=Tally.good + bindparam("goods", type_=Integer()),
        paid_ratings=Tally.paid_ratings + bindparam("paid", type_=Integer()),
    ),
    must_write=True,
)
_UNBOUNDED = 2**31 - 1


def add_rating(session: Session, row: Mapping[str, Any]) -> None:
    """Keep a rating; a second one of its invitation has the same id."""
    _RATING.run(session, [row])


def add_answer(
    session: Session, *, rating: Mapping[str, Any], answer_id: UUID, now: datetime
) -> None:
    """Keep the answer that ``rating``, a mapping of its columns, holds now in its history."""
    row = {name: rating[name] for name in ("organisation_id", "stars", "reason", "comment")}
    own = {"id": answer_id, "rating_id": rating["id"], "number": rating["answers"]}
    _ANSWER.run(session, [{**row, **own, "answered_at": now}])


def count(session: Session, *, bound: Bound, stars: int, paid_up_to: int | None) -> None:
    """Count an accepted rating; a paid one where fewer than ``paid_up_to`` are paid yet.

    One to a card that nobody was bound to is in nobody's tally. Raises RaceLost where every code
    was used meanwhile, or the cap was reached. Where the phone was looked at, also where another
    was counted meanwhile: of twenty that come at once each is to see those before it.
    """
    if bound.employee_id is None:
        return
    _COUNT.run(
        session,
        its_organisation=bound.organisation_id,
        its_event=bound.event_id,
        its_employee=bound.employee_id,
        fives=int(is_five(stars)),
        goods=int(is_good(stars)),
        paid=int(paid_up_to is not None),
        below=_UNBOUNDED if paid_up_to is None else paid_up_to,
        seen_least=bound.counted if bound.before else 0,
        seen_most=bound.counted if bound.before else _UNBOUNDED,
    )
