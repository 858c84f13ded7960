"""Scans: cards taken to hand out are bound to their employee before they can be rated for points.

Who is rated is fixed here, as it is for a request when its code is issued, and never looked up
when a card is answered. The cards are locked by serial, then the tally; books are in no hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.engagement.models import Card, CardScan
from backend.engagement.problems import CardsNotFound, NotOnShift, ScanRefused, ScanTooOld
from backend.engagement.queries import cards as queries
from backend.engagement.queries import tallies
from backend.engagement.queries.cards import CardFacts
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import ActionKind, Moment
from backend.engagement.rules.cards import MOST_CARDS, read_serial, written_serial
from backend.engagement.services import actions, invitations
from backend.engagement.services.actions import CREATED, Action, Result
from backend.engagement.services.invitations import hash_of, normalised
from backend.foundation.actor import Actor
from backend.integrity.rules import Verdict
from backend.venues.problems import SeasonClosed
from backend.venues.queries import Duty, find_duty, get_post


@dataclass(frozen=True, kw_only=True, slots=True)
class NewScan:
    """Which cards a phone says are handed out: a pack, or a range of serials, ends included."""

    id: UUID
    pack_id: UUID | None = None
    pack_code: str | None = None
    first_serial: str | None = None
    last_serial: str | None = None

    @classmethod
    def said(cls, scan_id: UUID, body: Mapping[str, Any]) -> "NewScan":
        """Make a scan of what a phone said."""
        return cls(**{**body, "id": scan_id})

    def action(self, moment: Moment) -> Action:
        """Return what the phone did at ``moment``."""
        kind = ActionKind.SCAN_CARDS
        printed = actions.fingerprint_of(kind, asdict(self))
        return Action(id=self.id, kind=kind, fingerprint=printed, moment=moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanView:
    """What a scan bound, to where, and which cards it did not: their serials."""

    id: UUID
    event_id: UUID
    shift_id: UUID | None
    post_id: UUID | None
    first_serial: str
    last_serial: str
    bound: int
    already_bound: tuple[str, ...]
    already_rated: tuple[str, ...]


def scan_once(
    session: Session, *, actor: Actor, new: NewScan, moment: Moment, code_hours: int
) -> Result:
    """Bind cards unless this phone did already; then return the first result."""

    def act() -> Result:
        done = scan(session, actor=actor, new=new, moment=moment, code_hours=code_hours)
        return Result.of(done, status=CREATED)

    return actions.once(session, actor=actor, action=new.action(moment), act=act)


def scan(
    session: Session, *, actor: Actor, new: NewScan, moment: Moment, code_hours: int
) -> ScanView:
    """Bind the cards that are free to ``actor``, and to where they are on duty.

    Of many who scan one card one gets it; what somebody rated before belongs to nobody for ever.
    Their codes live ``code_hours`` from now. Raises ScanRefused, CardPackNotFound, CardsNotFound,
    ScanTooOld, NotOnShift and SeasonClosed.
    """
    first, last = _range(session, actor, new)
    duty = _duty(session, actor, moment, serial=first)
    found = queries.lock_cards(
        session, organisation_id=actor.organisation_id, first_serial=first, last_serial=last
    )
    if len(found) != last - first + 1:
        raise CardsNotFound
    free = [card for card in found if not card.bound and not card.rated]
    row = CardScan(
        organisation_id=actor.organisation_id,
        id=new.id,
        employee_id=actor.employee_id,
        event_id=duty.event.id,
        shift_id=duty.shift_id,
        post_id=duty.post_id,
        first_serial=first,
        last_serial=last,
        bound=len(free),
        scanned_at=moment.at,
        received_at=moment.now,
    )
    session.add(row)
    session.flush()
    if free:
        lives = timedelta(hours=code_hours)
        _bind(session, row, free, lives=lives)
    return _view(row, found)


def _duty(session: Session, actor: Actor, moment: Moment, *, serial: int) -> Duty:
    """Return where ``actor`` is on duty: at several events at once, where the card belongs.

    Nobody was anywhere with a card before it was made.
    """
    if moment.verdict is Verdict.REJECTED:
        raise ScanTooOld
    owner = actor.organisation_id
    post_id, made_at = queries.get_origin(session, organisation_id=owner, serial=serial)
    post = get_post(session, organisation_id=owner, post_id=post_id) if post_id else None
    duty = find_duty(
        session, actor=actor, at=moment.at, venue_id=post.zone.venue_id if post else None
    )
    if duty is None or moment.precedes(made_at):
        raise NotOnShift
    if duty.event.is_late(moment.now):
        raise SeasonClosed
    return duty


def _range(session: Session, actor: Actor, new: NewScan) -> tuple[int, int]:
    """Return the first and last serial that are meant, in one of the three ways of saying it."""
    owner = actor.organisation_id
    by_serial = new.first_serial is not None or new.last_serial is not None
    if (new.pack_id is not None) + (new.pack_code is not None) + by_serial != 1:
        message = "Name a pack by id or code, or else the first and the last serial."
        raise ScanRefused(errors={"json": {"_schema": [message]}})
    if new.pack_id is not None:
        pack = queries.get_pack(session, organisation_id=owner, pack_id=new.pack_id)
        return pack.first_serial, pack.last_serial
    if new.pack_code is not None:
        # The QR on the cover says an address that ends in the code.
        plain = normalised(new.pack_code.rstrip("/").rsplit("/", 1)[-1])
        pack = queries.get_pack_by_code(
            session, organisation_id=owner, code_hash=hash_of(plain or "")
        )
        return pack.first_serial, pack.last_serial
    first = read_serial(new.first_serial or "", organisation_id=owner)
    last = read_serial(new.last_serial or "", organisation_id=owner)
    for name, serial in (("first_serial", first), ("last_serial", last)):
        if serial is None:
            raise ScanRefused(errors={"json": {name: ["Not a serial of these cards."]}})
    if first is None or last is None or not 0 <= last - first < MOST_CARDS:
        message = f"Must not be before the first, nor more than {MOST_CARDS} cards."
        raise ScanRefused(errors={"json": {"last_serial": [message]}})
    return first, last


def _bind(session: Session, row: CardScan, free: Sequence[CardFacts], *, lives: timedelta) -> None:
    session.execute(
        update(Card)
        .where(
            Card.organisation_id == row.organisation_id,
            Card.serial.in_([card.serial for card in free]),
        )
        .values(scan_id=row.id)
        .execution_options(synchronize_session=False)
    )
    invitations.hand_out(
        session, scan=row, cards={card.id: card.code_hash for card in free}, lives=lives
    )
    evening = Evening(
        organisation_id=row.organisation_id, event_id=row.event_id, employee_id=row.employee_id
    )
    # A card in a fan's hand is an invitation like any other: the answer rate counts it.
    tallies.add(session, evening, invitations=len(free))


def _view(row: CardScan, found: Sequence[CardFacts]) -> ScanView:
    def written(serials: Sequence[int]) -> tuple[str, ...]:
        owner = row.organisation_id
        return tuple(written_serial(serial, organisation_id=owner) for serial in serials)

    first, last = written([row.first_serial, row.last_serial])
    return ScanView(
        id=row.id,
        event_id=row.event_id,
        shift_id=row.shift_id,
        post_id=row.post_id,
        first_serial=first,
        last_serial=last,
        bound=row.bound,
        already_bound=written([card.serial for card in found if card.bound]),
        already_rated=written([card.serial for card in found if card.rated]),
    )
