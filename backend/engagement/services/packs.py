"""Packs of cards: made with gap-free serials, and printed as often as it takes.

A card's code is derived from its id as a rating code is, so that only its hash is stored.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import Card, CardPack, CardSerial
from backend.engagement.queries import cards as queries
from backend.engagement.queries.cards import PackFacts
from backend.engagement.rules.cards import PrintedCard, PrintedPack, written_serial
from backend.engagement.services.invitations import code_of, hash_of
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.inserts import PreparedInsert
from backend.identity.queries import get_organisation_name
from backend.venues.queries import get_post

_CARDS = PreparedInsert(Card)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewPack:
    """How many cards to print, for which post, and what HR wants to remember."""

    count: int
    post_id: UUID | None = None
    note: str | None = None


def make(
    session: Session, *, actor: Actor, new: NewPack, code_key: bytes, now: datetime
) -> PackFacts:
    """Make a pack of fresh cards with the next serials; raises PostNotFound."""
    owner = actor.organisation_id
    if new.post_id is not None:
        get_post(session, organisation_id=owner, post_id=new.post_id)
    last = _take_serials(session, owner, new.count)
    pack = CardPack(
        organisation_id=owner,
        id=new_id(),
        first_serial=last - new.count + 1,
        last_serial=last,
        post_id=new.post_id,
        note=new.note,
        created_by=actor.employee_id,
        created_at=now,
    )
    pack.code_hash = hash_of(code_of(pack.id, code_key=code_key))
    session.add(pack)
    session.flush()
    ids = [new_id() for _ in range(new.count)]
    _CARDS.run(
        session,
        [
            {
                "organisation_id": owner,
                "id": card_id,
                "pack_id": pack.id,
                "serial": serial,
                "code_hash": hash_of(code_of(card_id, code_key=code_key)),
                "scan_id": None,
            }
            for serial, card_id in enumerate(ids, start=pack.first_serial)
        ],
    )
    made = queries.get_pack_facts(session, organisation_id=owner, pack_id=pack.id)
    detail = {"first_serial": made.first_serial, "last_serial": made.last_serial}
    audit.record(
        session, actor=actor, act="card_pack.made", subject_id=pack.id, now=now, detail=detail
    )
    return made


def get_printed(session: Session, *, actor: Actor, pack_id: UUID, code_key: bytes) -> PrintedPack:
    """Return what is printed of a pack, its codes derived again; raises CardPackNotFound."""
    owner = actor.organisation_id
    pack = queries.get_pack(session, organisation_id=owner, pack_id=pack_id)
    post = get_post(session, organisation_id=owner, post_id=pack.post_id) if pack.post_id else None
    printed = queries.list_printed(session, organisation_id=owner, pack_id=pack_id)
    cards = tuple(
        PrintedCard(
            serial=written_serial(serial, organisation_id=owner),
            code=code_of(card_id, code_key=code_key),
        )
        for card_id, serial in printed
    )
    return PrintedPack(
        organisation=get_organisation_name(session, organisation_id=owner),
        first_serial=cards[0].serial,
        last_serial=cards[-1].serial,
        code=code_of(pack.id, code_key=code_key),
        post=post.name if post else None,
        note=pack.note,
        cards=cards,
    )


def _take_serials(session: Session, organisation_id: UUID, count: int) -> int:
    """Count ``count`` serials on and return the last; the row is locked until the end.

    Whoever fails gives them back: no serial is ever left out.
    """
    counting = insert(CardSerial).values(organisation_id=organisation_id, last_serial=count)
    last = session.scalar(
        counting.on_conflict_do_update(
            index_elements=["organisation_id"],
            set_={"last_serial": CardSerial.last_serial + count},
        ).returning(CardSerial.last_serial)
    )
    return int(last or 0)
