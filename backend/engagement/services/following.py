"""What a fan sees of an ask: how far it is, who is on the way, and the way to rate it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backend.engagement.models import Ask
from backend.engagement.queries.asks import Followed
from backend.engagement.rules import Category, Status
from backend.engagement.rules.asks import GOING_ON, AskState, look_again_seconds
from backend.engagement.services import asks, places, reopenings
from backend.engagement.services.asks import BY_FAN
from backend.engagement.services.invitations import get_issued
from backend.identity.queries import get_employee
from backend.venues.queries import SiteFacts, list_sites, recall_event

_STATES = {
    Status.OPEN: AskState.RECEIVED,
    Status.ACCEPTED: AskState.ON_THE_WAY,
    Status.RESOLVED: AskState.DONE,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class AskView:
    """An ask as its fan sees it.

    ``first_name`` is of who is on the way, or was there. ``rating_code`` is there to be used once
    it is done, until it was; ``again`` says that it was opened anew.
    """

    token: str
    state: AskState
    category: Category
    seat: str | None
    note: str | None
    place: str
    place_code: str
    site: SiteFacts
    event_name: str
    first_name: str | None
    asked_at: datetime
    changed_at: datetime
    look_again_seconds: int | None
    rating_code: str | None
    rated: bool
    again: bool
    can_cancel: bool
    can_reopen: bool


def show(session: Session, *, token: str, code_key: bytes, now: datetime) -> AskView:
    """Return what is followed by ``token``; looking changes nothing. Raises UnknownAsk."""
    found = asks.get_followed(session, token=token)
    ask, row, state = found.ask, found.request, _state_of(found)
    [site] = list_sites(
        session,
        organisation_id=ask.organisation_id,
        place_id=ask.post_id or ask.zone_id,
    )
    event = recall_event(session, organisation_id=ask.organisation_id, event_id=ask.event_id)
    until = found.rateable_until
    rateable = until is not None and now < until and not found.rated
    return AskView(
        token=asks.token_of(ask, code_key=code_key),
        state=state,
        category=row.category,
        seat=row.seat,
        note=row.note,
        place=site.name,
        place_code=places.code_of_site(session, site=site, code_key=code_key),
        site=site,
        event_name=event.name,
        first_name=_first_name(session, found),
        asked_at=ask.asked_at,
        changed_at=found.since,
        look_again_seconds=look_again_seconds(state, since=found.since, now=now),
        rating_code=_code_of(session, ask, code_key) if rateable else None,
        rated=bool(found.rated),
        again=row.reopens_id is not None,
        can_cancel=state in GOING_ON and not event.is_late(now),
        can_reopen=reopenings.may_reopen(session, row=row, now=now),
    )


def _state_of(found: Followed) -> AskState:
    if found.request.status is Status.CANCELLED and found.detail == BY_FAN:
        return AskState.CANCELLED
    return _STATES.get(found.request.status, AskState.CLOSED)


def _first_name(session: Session, found: Followed) -> str | None:
    if found.request.owner_id is None:
        return None
    employee = get_employee(
        session,
        organisation_id=found.ask.organisation_id,
        employee_id=found.request.owner_id,
    )
    return employee.name.split()[0]


def _code_of(session: Session, ask: Ask, code_key: bytes) -> str:
    owner = ask.organisation_id
    issued = get_issued(
        session, organisation_id=owner, request_id=ask.request_id, code_key=code_key
    )
    return issued.code
