"""Reads of cards and packs."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Card, CardPack, CardScan, Invitation, Rating
from backend.engagement.problems import CardPackNotFound, CardsNotFound
from backend.engagement.queries.ratings import Bound
from backend.engagement.rules import RatingState
from backend.engagement.rules.cards import written_serial
from backend.foundation.prepared import Prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class PackFacts:
    """A pack as it stands: how many of its cards are bound to somebody, and how many rated.

    Of those that nobody was bound to, ``unbound_ratings`` count for ``post_id`` only. Packs are
    sorted by ``number``, which is their first serial.
    """

    id: UUID
    first_serial: str
    last_serial: str
    count: int
    post_id: UUID | None
    note: str | None
    created_by: UUID
    created_at: datetime
    number: int
    bound: int
    ratings: int
    unbound_ratings: int
    unbound_five_star: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFacts:
    """A card in hand: bound by a scan already, or rated before anybody scanned it."""

    id: UUID
    serial: int
    code_hash: bytes
    bound: bool
    rated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who was bound to how many ``cards`` of a pack."""

    employee_id: UUID
    cards: int


_its_invitation = (Invitation.organisation_id == Card.organisation_id) & (Invitation.id == Card.id)
_LOOSE = Prepared(
    select(Card.organisation_id, Card.id, Rating.id)
    .outerjoin(Rating, (Rating.organisation_id == Card.organisation_id) & (Rating.id == Card.id))
    .where(Card.code_hash == bindparam("code_hash"))
)


def find_loose(session: Session, *, code_hash: bytes) -> Bound | None:
    """Return a card that nobody was bound to, as far as was seen; None if it is no card's code.

    Should somebody be bound to it meanwhile, its invitation is there already and cannot be added.
    """
    row = _LOOSE.first(session, code_hash=code_hash)
    if row is None:
        return None
    organisation_id, card_id, rating_id = row
    return Bound(
        organisation_id=organisation_id,
        id=card_id,
        request_id=None,
        employee_id=None,
        event_id=None,
        expired=False,
        used=rating_id is not None,
        lapsed=False,
        paid=0,
        shares={},
    )


def get_pack(session: Session, *, organisation_id: UUID, pack_id: UUID) -> CardPack:
    """Return the row of a pack; raises CardPackNotFound."""
    row = session.get(CardPack, (organisation_id, pack_id))
    if row is None:
        raise CardPackNotFound
    return row


def get_pack_by_code(session: Session, *, organisation_id: UUID, code_hash: bytes) -> CardPack:
    """Return the row of the pack with this code; raises CardPackNotFound."""
    query = select(CardPack).where(
        CardPack.organisation_id == organisation_id, CardPack.code_hash == code_hash
    )
    row = session.scalar(query)
    if row is None:
        raise CardPackNotFound
    return row


def get_origin(
    session: Session, *, organisation_id: UUID, serial: int
) -> tuple[UUID | None, datetime]:
    """Return the post that the pack of a card is for, None for any, and when it was made.

    Raises CardsNotFound.
    """
    found = session.execute(
        select(CardPack.post_id, CardPack.created_at)
        .where(CardPack.organisation_id == organisation_id, CardPack.first_serial <= serial)
        .order_by(CardPack.first_serial.desc())
        .limit(1)
    ).first()
    if found is None:
        raise CardsNotFound
    post_id, made_at = found
    return post_id, made_at


def list_printed(
    session: Session, *, organisation_id: UUID, pack_id: UUID
) -> Sequence[tuple[UUID, int]]:
    """Return id and serial of every card of a pack, in order."""
    rows = session.execute(
        select(Card.id, Card.serial)
        .where(Card.organisation_id == organisation_id, Card.pack_id == pack_id)
        .order_by(Card.serial)
    )
    return [(card_id, serial) for card_id, serial in rows]


def lock_cards(
    session: Session, *, organisation_id: UUID, first_serial: int, last_serial: int
) -> list[CardFacts]:
    """Return the cards of a range in hand, by serial: in one order, so that none wait in a ring."""
    rows = session.execute(
        select(Card.id, Card.serial, Card.code_hash, Card.scan_id, Invitation.id)
        .outerjoin(Invitation, _its_invitation)
        .where(
            Card.organisation_id == organisation_id,
            Card.serial.between(first_serial, last_serial),
        )
        .order_by(Card.serial)
        .with_for_update(of=Card)
    )
    return [
        CardFacts(
            id=card_id,
            serial=serial,
            code_hash=bytes(code_hash),
            bound=scan_id is not None,
            rated=scan_id is None and invitation_id is not None,
        )
        for card_id, serial, code_hash, scan_id, invitation_id in rows
    ]


def list_packs(
    session: Session, *, organisation_id: UUID, before: int | None, limit: int
) -> list[PackFacts]:
    """Return packs, the newest first; ``before`` is the first serial before the first wanted."""
    query = select(CardPack).where(CardPack.organisation_id == organisation_id)
    if before is not None:
        query = query.where(CardPack.first_serial < before)
    newest = query.order_by(CardPack.first_serial.desc()).limit(limit)
    return _facts(session, organisation_id, session.scalars(newest).all())


def get_pack_facts(session: Session, *, organisation_id: UUID, pack_id: UUID) -> PackFacts:
    """Return a pack as it stands; raises CardPackNotFound."""
    pack = get_pack(session, organisation_id=organisation_id, pack_id=pack_id)
    return _facts(session, organisation_id, [pack])[0]


def list_holders(
    session: Session, *, organisation_id: UUID, pack_ids: Collection[UUID]
) -> dict[UUID, list[Holder]]:
    """Return by pack who has scanned cards of it, who has most of them first."""
    number = func.count()
    rows = session.execute(
        select(Card.pack_id, CardScan.employee_id, number)
        .join(
            CardScan,
            (CardScan.organisation_id == Card.organisation_id) & (CardScan.id == Card.scan_id),
        )
        .where(Card.organisation_id == organisation_id, Card.pack_id.in_(pack_ids))
        .group_by(Card.pack_id, CardScan.employee_id)
        .order_by(number.desc(), CardScan.employee_id)
    )
    found: dict[UUID, list[Holder]] = {pack_id: [] for pack_id in pack_ids}
    for pack_id, employee_id, cards in rows:
        found[pack_id].append(Holder(employee_id=employee_id, cards=cards))
    return found


def _counts(
    session: Session, organisation_id: UUID, pack_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int, int, int]]:
    """Return by pack its cards that are bound, rated, rated unbound, and of these five of five.

    Asked for the packs of a page alone: all cards of an organisation are many.
    """
    unbound = (Rating.id.is_not(None)) & Card.scan_id.is_(None)
    rows = session.execute(
        select(
            Card.pack_id,
            func.count(Card.scan_id),
            func.count(Rating.id),
            func.sum(case((unbound, 1), else_=0)),
            func.sum(case((unbound & (Rating.stars == 5), 1), else_=0)),
        )
        .outerjoin(
            Rating,
            (Rating.organisation_id == Card.organisation_id)
            & (Rating.id == Card.id)
            & (Rating.state == RatingState.ACCEPTED),
        )
        .where(Card.organisation_id == organisation_id, Card.pack_id.in_(pack_ids))
        .group_by(Card.pack_id)
    )
    return {
        pack_id: (bound, ratings, int(loose), int(five_star))
        for pack_id, bound, ratings, loose, five_star in rows
    }


def _facts(session: Session, organisation_id: UUID, packs: Sequence[CardPack]) -> list[PackFacts]:
    counts = _counts(session, organisation_id, [pack.id for pack in packs])
    return [_fact(pack, *counts[pack.id]) for pack in packs]


def _fact(pack: CardPack, bound: int, ratings: int, unbound: int, five_star: int) -> PackFacts:
    owner = pack.organisation_id
    return PackFacts(
        id=pack.id,
        first_serial=written_serial(pack.first_serial, organisation_id=owner),
        last_serial=written_serial(pack.last_serial, organisation_id=owner),
        count=pack.last_serial - pack.first_serial + 1,
        post_id=pack.post_id,
        note=pack.note,
        created_by=pack.created_by,
        created_at=pack.created_at,
        number=pack.first_serial,
        bound=bound,
        ratings=ratings,
        unbound_ratings=unbound,
        unbound_five_star=five_star,
    )


def find_printed_post(session: Session, *, organisation_id: UUID, card_id: UUID) -> UUID | None:
    """Return the post that a card was printed for, or None where none was named."""
    return session.scalar(
        select(CardPack.post_id)
        .join(
            Card,
            (Card.organisation_id == CardPack.organisation_id) & (Card.pack_id == CardPack.id),
        )
        .where(Card.organisation_id == organisation_id, Card.id == card_id)
    )
