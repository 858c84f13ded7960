"""The page on which fans read what they asked for and what was done, and say whether it works.

A device is known by a cookie that it gets with its first answer; what is stored of it is another
hash for every entry.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import HeardAnswer
from backend.engagement.problems import HeardEntryNotFound, HeardUnknown, TooManyAnswers
from backend.engagement.queries import heard as queries
from backend.engagement.queries.heard import EntryFacts
from backend.engagement.rules import Category, CommentState
from backend.engagement.rules.heard import (
    ANSWERED_WITHIN,
    LEAST_SHOWN,
    LONGEST_WHY,
    MOST_ANSWERS,
    MOST_SHOWN_WHYS,
    Works,
    slug_of,
)
from backend.engagement.services import turns
from backend.foundation.db import new_id
from backend.foundation.memory import Memory
from backend.foundation.problems import Invalid
from backend.foundation.text import one_line, unstorable
from backend.venues.queries import (
    PublicVenue,
    SeasonFacts,
    find_current_season,
    list_public_venues,
    list_zones,
)

# A season's requests are counted at most once a minute, however many look.
_REMEMBERED_SECONDS = 60.0
_Counted = tuple[SeasonFacts | None, dict[Category, int]]
_counts: Memory[UUID, tuple[float, _Counted]] = Memory(size=100)


@dataclass(frozen=True, kw_only=True, slots=True)
class HeardEntryView:
    """An entry as fans read it, and what this device has said about it."""

    entry: EntryFacts
    whys: tuple[str, ...]
    answered: Works | None
    may_say_why: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """The page of a venue; ``wishes`` leaves out what too few have asked for to be told."""

    venue: PublicVenue
    season: SeasonFacts | None
    wishes: Mapping[Category, int]
    entries: tuple[HeardEntryView, ...]


def find_venue(session: Session, *, slug: str) -> PublicVenue:
    """Return the venue of a public address; raises HeardUnknown."""
    for venue in list_public_venues(session):
        if slug_of(venue.id, venue.code) == slug.lower():
            return venue
    raise HeardUnknown


def show(session: Session, *, slug: str, device: str | None, now: datetime) -> Heard:
    """Return the page of a venue as ``device`` sees it; looking changes nothing.

    Raises HeardUnknown.
    """
    venue = find_venue(session, slug=slug)
    season, wishes = _recall_counts(session, venue, now)
    owner = venue.organisation_id
    entries = queries.list_shown(session, organisation_id=owner, venue_id=venue.id)
    whys = queries.list_shown_whys(
        session, organisation_id=owner, entry_ids=[entry.id for entry in entries]
    )
    return Heard(
        venue=venue,
        season=season,
        wishes={what: count for what, count in wishes.items() if count >= LEAST_SHOWN},
        entries=tuple(_viewed(session, owner, entry, whys[entry.id], device) for entry in entries),
    )


def _viewed(
    session: Session, owner: UUID, entry: EntryFacts, whys: list[str], device: str | None
) -> HeardEntryView:
    mine = (
        queries.find_answer(
            session,
            organisation_id=owner,
            entry_id=entry.id,
            device_hash=hash_of_device(device, entry.id),
        )
        if device
        else None
    )
    return HeardEntryView(
        entry=entry,
        whys=tuple(whys[:MOST_SHOWN_WHYS]),
        answered=mine.works if mine else None,
        may_say_why=mine is not None and mine.works is Works.NOT_YET and mine.why is None,
    )


def answer(
    session: Session, *, slug: str, entry_id: UUID, device: str, works: Works, now: datetime
) -> None:
    """Keep whether an entry works for a device, the first time that it says so.

    Raises HeardUnknown, HeardEntryNotFound and TooManyAnswers.
    """
    venue, entry = _entry_of(session, slug, entry_id)
    row = {
        "organisation_id": venue.organisation_id,
        "id": new_id(),
        "entry_id": entry.id,
        "device_hash": hash_of_device(device, entry.id),
        "works": works,
        "why": None,
        "why_state": CommentState.NONE,
        "answered_at": now,
    }
    wait = turns.take(
        session,
        organisation_id=venue.organisation_id,
        subject_id=entry.id,
        most=MOST_ANSWERS,
        within=ANSWERED_WITHIN,
        now=now,
    )
    if wait is not None:
        raise TooManyAnswers(retry_after=wait)
    session.execute(insert(HeardAnswer).values(row).on_conflict_do_nothing())


def say_why(
    session: Session, *, slug: str, entry_id: UUID, device: str, why: str, now: datetime
) -> None:
    """Keep why an entry does not work yet for a device that said so, once; HR moderates it.

    It answers anew: what is written is kept from then on as long as any other words.
    Raises HeardUnknown, HeardEntryNotFound, and Invalid for what cannot be kept.
    """
    if (reason := unstorable(why)) or len(why) > LONGEST_WHY:
        raise Invalid(errors={"why": [reason or f"Must be at most {LONGEST_WHY} characters."]})
    words = one_line(why)
    venue, entry = _entry_of(session, slug, entry_id)
    if not words:
        return
    session.execute(
        update(HeardAnswer)
        .where(
            HeardAnswer.organisation_id == venue.organisation_id,
            HeardAnswer.entry_id == entry.id,
            HeardAnswer.device_hash == hash_of_device(device, entry.id),
            HeardAnswer.works == Works.NOT_YET,
            HeardAnswer.why.is_(None),
        )
        .values(why=words, why_state=CommentState.WAITING, answered_at=now)
        .execution_options(synchronize_session=False)
    )


def hash_of_device(device: str, entry_id: UUID) -> bytes:
    """Return what is stored of a device's cookie with an answer about an entry."""
    return hashlib.sha256(entry_id.bytes + device.encode("utf-8", "replace")).digest()


def _entry_of(session: Session, slug: str, entry_id: UUID) -> tuple[PublicVenue, EntryFacts]:
    venue = find_venue(session, slug=slug)
    entry = queries.get_entry(session, organisation_id=venue.organisation_id, entry_id=entry_id)
    if entry.venue_id != venue.id or entry.withdrawn:
        raise HeardEntryNotFound
    return venue, entry


def _recall_counts(session: Session, venue: PublicVenue, now: datetime) -> _Counted:
    instant, known = monotonic(), _counts.find(venue.id)
    if known is None or instant - known[0] > _REMEMBERED_SECONDS:
        known = (instant, _count(session, venue, now))
        _counts.keep(venue.id, known)
    return known[1]


def _count(session: Session, venue: PublicVenue, now: datetime) -> _Counted:
    owner = venue.organisation_id
    season = find_current_season(session, organisation_id=owner, now=now)
    if season is None:
        return None, {}
    zones = list_zones(session, organisation_id=owner, venue_id=venue.id)
    counted = queries.count_wishes(
        session,
        organisation_id=owner,
        season_id=season.id,
        zone_ids=[zone.id for zone in zones],
    )
    return season, counted
