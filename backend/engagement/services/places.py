"""The code of a place: says which zone or post it is, and that this installation has printed it.

It is the place's id, the version of its venue's codes, and 80 bits of HMAC-SHA-256 over both. A
forged one is known before the database is asked; one of an older version is good no more.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import AskVersion
from backend.engagement.problems import UnknownPlace
from backend.engagement.rules.asks import PrintedPlace
from backend.engagement.services.invitations import normalised, read, written
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity.queries import get_organisation_name
from backend.venues.problems import PlaceNotFound
from backend.venues.queries import SiteFacts, find_site, get_venue, list_sites

FIRST_VERSION = 1
_ID, _VERSION, _SIGNATURE = 16, 2, 10
_SIZE = _ID + _VERSION + _SIGNATURE
PLACE_CODE_LENGTH = -(-_SIZE * 8 // 5)
# So that no signature of a place is the code of anything else.
_PURPOSE = b"place\x00"


def place_code(place_id: UUID, *, version: int, code_key: bytes) -> str:
    """Return the code of a zone or post, as it is printed, in 45 upper-case characters."""
    said = place_id.bytes + version.to_bytes(_VERSION)
    whole = int.from_bytes(said + _signature(said, code_key))
    return written(whole, length=PLACE_CODE_LENGTH)


def _signature(said: bytes, code_key: bytes) -> bytes:
    return hmac.digest(code_key, _PURPOSE + said, "sha256")[:_SIGNATURE]


def get_site(session: Session, *, code: str, code_key: bytes) -> tuple[SiteFacts, str]:
    """Return the place of ``code``, and the code as it was printed; raises UnknownPlace."""
    plain = normalised(code, length=PLACE_CODE_LENGTH)
    whole = read(plain) if plain else 0
    if plain is None or whole >> 8 * _SIZE:
        raise UnknownPlace
    sent = whole.to_bytes(_SIZE)
    said, signature = sent[:-_SIGNATURE], sent[-_SIGNATURE:]
    if not hmac.compare_digest(signature, _signature(said, code_key)):
        raise UnknownPlace
    site = find_site(session, place_id=UUID(bytes=said[:_ID]))
    if site is None or _version(session, site) != int.from_bytes(said[_ID:]):
        raise UnknownPlace
    return site, plain


def code_of_site(session: Session, *, site: SiteFacts, code_key: bytes) -> str:
    """Return the code that is good now for a place."""
    return place_code(site.place_id, version=_version(session, site), code_key=code_key)


def list_printed(
    session: Session, *, actor: Actor, place_id: UUID, code_key: bytes
) -> Sequence[PrintedPlace]:
    """Return what is printed for a zone or post, or all those of a venue; raises PlaceNotFound."""
    owner = actor.organisation_id
    sites = list_sites(session, organisation_id=owner, place_id=place_id)
    if not sites:
        raise PlaceNotFound
    name = get_organisation_name(session, organisation_id=owner)
    version = _version(session, sites[0])
    return [
        PrintedPlace(
            organisation=name,
            venue=site.venue_name,
            name=site.name,
            label=site.code,
            zone=site.zone_name if site.post_id else None,
            code=place_code(site.place_id, version=version, code_key=code_key),
        )
        for site in sites
    ]


def renew(session: Session, *, actor: Actor, venue_id: UUID, now: datetime) -> int:
    """Let no code that was printed for a venue so far be good any more; return the new version.

    Raises VenueNotFound.
    """
    owner = actor.organisation_id
    get_venue(session, organisation_id=owner, venue_id=venue_id)
    counting = insert(AskVersion).values(
        organisation_id=owner, venue_id=venue_id, version=FIRST_VERSION + 1, renewed_at=now
    )
    version = session.scalar(
        counting.on_conflict_do_update(
            index_elements=["organisation_id", "venue_id"],
            set_={"version": AskVersion.version + 1, "renewed_at": now},
        ).returning(AskVersion.version)
    )
    audit.record(
        session,
        actor=actor,
        act="ask_codes.renewed",
        subject_id=venue_id,
        now=now,
        detail={"version": version},
    )
    return int(version or 0)


def _version(session: Session, site: SiteFacts) -> int:
    row = session.get(AskVersion, (site.organisation_id, site.venue_id))
    return row.version if row else FIRST_VERSION
