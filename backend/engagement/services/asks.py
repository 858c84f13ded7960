"""Asks: what a fan asks for from the code of a place, follows at one address, and may take back.

Whoever has the token of an ask is the fan; it is derived from the ask's id as a rating code is
from its invitation's, and only its hash is stored. The rating code is derived for the fan's page,
too, and is nowhere in clear.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from backend.engagement.models import Ask, Request
from backend.engagement.problems import (
    AskOver,
    IdAlreadyUsed,
    NothingOnHere,
    TooManyWaitHere,
    UnknownAsk,
)
from backend.engagement.queries import asks as queries
from backend.engagement.queries.asks import Followed
from backend.engagement.queries.colleagues import NOBODY, Spot, list_free
from backend.engagement.rules import ENDED, Category, Moment, Status, Step
from backend.engagement.rules.asks import (
    ASKED_WITHIN,
    LONGEST_NOTE,
    LONGEST_SEAT,
    MOST_ASKED,
    MOST_WAITING,
)
from backend.engagement.services import askers, places, turns
from backend.engagement.services.endings import Hands
from backend.engagement.services.invitations import hash_of, normalised, written
from backend.engagement.services.openings import FanWish, open_for_fan
from backend.engagement.services.steps import InHand, Mark, list_besides, take
from backend.foundation.problems import Invalid
from backend.foundation.text import one_line, unstorable
from backend.integrity.rules.suspicions import Suspicion
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import EventFacts, SiteFacts, find_event_on, recall_event
from backend.venues.rules import NEXT

TOKEN_LENGTH, _TOKEN_BITS = 26, 128
# So that no token is the code of anything else.
_PURPOSE = b"ask\x00"
BY_FAN = {"reason": "fan"}
_RETRY_SECONDS = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAsk:
    """What a fan asks for, under an id that the asking page or client has made.

    Raises Invalid where it is not something that can be kept.
    """

    id: UUID
    category: Category
    seat: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        """Trim what was typed, and refuse what is too long; blank is nothing."""
        errors = {}
        for name, longest in (("seat", LONGEST_SEAT), ("note", LONGEST_NOTE)):
            said: str = getattr(self, name) or ""
            if reason := unstorable(said):
                errors[name] = [f"Text {reason}."]
            elif len(words := one_line(said)) > longest:
                errors[name] = [f"Must be at most {longest} characters."]
            else:
                object.__setattr__(self, name, words or None)
        if errors:
            raise Invalid(errors={"json": errors})

    def fingerprint(self, place_id: UUID) -> bytes:
        """Return the SHA-256 of what is asked for at a place."""
        said = ["ask", str(place_id), self.category, self.seat, self.note]
        return hashlib.sha256(orjson.dumps(said)).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """An ask that was kept, now or before, and the token with which the fan follows it."""

    token: str
    again: bool


def token_of(ask: Ask, *, code_key: bytes) -> str:
    """Return the token of an ask: 128 bits of HMAC-SHA256 in 26 upper-case characters."""
    said = _PURPOSE + ask.organisation_id.bytes + ask.id.bytes
    digest = hmac.digest(code_key, said, "sha256")
    return written(int.from_bytes(digest[: _TOKEN_BITS // 8]), length=TOKEN_LENGTH)


def ask(
    session: Session,
    *,
    code: str,
    new: NewAsk,
    code_key: bytes,
    now: datetime,
    asker: Suspicion | None = None,
) -> Asked:
    """Open a request for a fan at the place of ``code``, once, and call the nearest who is free.

    Where the ``asker`` is suspected to be no fan, it is opened all the same, and its rating waits.
    Raises UnknownPlace, IdAlreadyUsed, NothingOnHere and TooManyWaitHere.
    """
    site, _ = places.get_site(session, code=code, code_key=code_key)
    owner, fingerprint = site.organisation_id, new.fingerprint(site.place_id)
    known = queries.find_ask(session, organisation_id=owner, ask_id=new.id)
    if known is not None:
        if not hmac.compare_digest(known.fingerprint or b"", fingerprint):
            raise IdAlreadyUsed
        return Asked(token=token_of(known, code_key=code_key), again=True)
    event = get_event_here(session, site=site, now=now)
    wait = turns.take(
        session,
        organisation_id=owner,
        subject_id=site.place_id,
        most=MOST_ASKED,
        within=ASKED_WITHIN,
        now=now,
    )
    if wait is not None:
        raise TooManyWaitHere(retry_after=wait)
    wish = FanWish(
        event=event,
        zone_id=site.zone_id,
        category=new.category,
        seat=new.seat or (site.post_name or "")[:LONGEST_SEAT] or None,
        note=new.note,
    )
    row = open_for_fan(session, wish=wish, now=now)
    askers.suspect(session, row, asker, now=now)
    made = Ask(
        organisation_id=owner,
        id=new.id,
        event_id=event.id,
        zone_id=site.zone_id,
        post_id=site.post_id,
        fingerprint=fingerprint,
        asked_at=now,
    )
    begin(session, made, row, code_key=code_key)
    # The turn has locked the place, so that nobody else is counted in at the same time.
    if queries.count_waiting(session, ask=made) > MOST_WAITING:
        raise TooManyWaitHere(retry_after=_RETRY_SECONDS)
    call_nearest(session, row=row, event=event, post_id=site.post_id, now=now)
    return Asked(token=token_of(made, code_key=code_key), again=False)


def begin(session: Session, made: Ask, row: Request, *, code_key: bytes) -> None:
    """Keep an ask that is about the request ``row``."""
    made.request_id = row.id
    made.token_hash = hash_of(token_of(made, code_key=code_key))
    session.add(made)
    session.flush()


def get_event_here(session: Session, *, site: SiteFacts, now: datetime) -> EventFacts:
    """Return the event that is on where ``site`` is; raises NothingOnHere."""
    event = find_event_on(
        session, organisation_id=site.organisation_id, at=now, venue_id=site.venue_id
    )
    if event is None or event.is_late(now):
        raise NothingOnHere
    return event


def call_nearest(
    session: Session, *, row: Request, event: EventFacts, post_id: UUID | None, now: datetime
) -> None:
    """Tell the nearest colleague who is free; when nobody takes it, timers tell more people."""
    spot = Spot(
        organisation_id=row.organisation_id,
        event_id=event.id,
        venue_id=event.venue_id,
        zone_id=row.zone_id,
        post_id=post_id or row.zone_id,
    )
    besides = list_besides(session, row)
    free = list_free(session, spot=spot, besides=NOBODY, now=now)
    near = [who for who, far in free.items() if far <= NEXT and who not in besides]
    messages.send(
        session,
        organisation_id=row.organisation_id,
        recipients=near[:1],
        kind=MessageKind.REQUEST_NEAR,
        subject_id=row.id,
        now=now,
    )


def get_followed(session: Session, *, token: str) -> Followed:
    """Return what is followed by ``token``; raises UnknownAsk."""
    plain = normalised(token, length=TOKEN_LENGTH)
    found = queries.find_followed(session, token_hash=hash_of(plain)) if plain else None
    if found is None:
        raise UnknownAsk
    return found


def cancel(session: Session, *, token: str, now: datetime) -> None:
    """Take an ask back that is not needed any more; whoever is on the way is told.

    The same again changes nothing. Raises UnknownAsk and AskOver.
    """
    found = get_followed(session, token=token)
    owner = found.ask.organisation_id
    held = InHand.of(session, organisation_id=owner, request_id=found.ask.request_id)
    if held.row.status in ENDED:
        if _was_taken_back(session, token):
            return
        raise AskOver
    event = recall_event(session, organisation_id=owner, event_id=held.row.event_id)
    if event.is_late(now):
        raise AskOver
    hands, who = Hands(held.row), held.row.owner_id
    moment = Moment.present(now)
    take(
        session,
        held.row,
        Mark(step=Step.CANCELLED, employee_id=None, moment=moment, detail=dict(BY_FAN)),
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=now,
    )
    hands.let_go(held, at=now)
    messages.send(
        session,
        organisation_id=owner,
        recipients=[who] if who else [],
        kind=MessageKind.REQUEST_CANCELLED,
        subject_id=held.row.id,
        now=now,
    )


def _was_taken_back(session: Session, token: str) -> bool:
    found = get_followed(session, token=token)
    return found.step is Step.CANCELLED and found.detail == BY_FAN
