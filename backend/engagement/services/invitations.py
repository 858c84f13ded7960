"""Rating codes: derived from an invitation's id, shown once resolved, stored as a hash."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import CardScan, Invitation, InvitationShare, Request
from backend.engagement.problems import NoRatingCode
from backend.engagement.rules import CORRECTION_WINDOW, WHOLE
from backend.foundation.db import new_id
from backend.foundation.inserts import PreparedInsert

# Crockford's base 32: no I, L, O or U, so that nothing is misread from a printed card.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 26
_BITS = 128
_LOOK_ALIKES = str.maketrans("OIL", "011", "- ")
_INVITATIONS, _SHARES = PreparedInsert(Invitation), PreparedInsert(InvitationShare)


@dataclass(frozen=True, kw_only=True, slots=True)
class Issued:
    """An invitation as its owner may show it."""

    invitation_id: UUID
    code: str
    expires_at: datetime


def code_of(invitation_id: UUID, *, code_key: bytes) -> str:
    """Return the code of an invitation: 128 bits of HMAC-SHA256 in 26 upper-case characters.

    It can be derived again at any time, so that it need not be stored in clear.
    """
    digest = hmac.digest(code_key, invitation_id.bytes, "sha256")
    return written(int.from_bytes(digest[: _BITS // 8]), length=CODE_LENGTH)


def written(number: int, *, length: int) -> str:
    """Return ``number`` in base 32, in ``length`` upper-case characters."""
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def read(plain: str) -> int:
    """Return the number that a normalised code writes in base 32."""
    number = 0
    for sign in plain:
        number = number << 5 | ALPHABET.index(sign)
    return number


def normalised(code: str, *, length: int = CODE_LENGTH) -> str | None:
    """Return ``code`` as it was issued, or None when it cannot be one of so many characters.

    Both cases are taken, O for 0, I and L for 1, and hyphens or spaces between.
    """
    if len(code) > 2 * length or not code.isascii():
        return None
    plain = code.upper().translate(_LOOK_ALIKES)
    return plain if len(plain) == length and set(plain) <= set(ALPHABET) else None


def hash_of(code: str) -> bytes:
    """Return what is stored of a normalised code: its SHA-256."""
    return hashlib.sha256(code.encode()).digest()


def issue(
    session: Session,
    *,
    request: Request,
    shares: Mapping[UUID, int],
    code_key: bytes,
    lives: timedelta,
    now: datetime,
) -> Issued:
    """Bind a fresh code to a resolved request: its owner, event and credit shares as they are."""
    if request.owner_id is None:
        raise NoRatingCode
    invitation_id = new_id()
    code = code_of(invitation_id, code_key=code_key)
    row = {
        "organisation_id": request.organisation_id,
        "id": invitation_id,
        "request_id": request.id,
        "employee_id": request.owner_id,
        "event_id": request.event_id,
        "code_hash": hash_of(code),
        "issued_at": now,
        "expires_at": now + lives,
        "lapsed_at": None,
    }
    key = {"organisation_id": request.organisation_id, "invitation_id": invitation_id}
    _INVITATIONS.run(session, [row])
    _SHARES.run(
        session,
        [{**key, "employee_id": who, "percent": percent} for who, percent in shares.items()],
    )
    return Issued(invitation_id=invitation_id, code=code, expires_at=now + lives)


def hand_out(
    session: Session, *, scan: CardScan, cards: Mapping[UUID, bytes], lives: timedelta
) -> None:
    """Bind ``cards``, code hashes by ids, to who scanned them and the event, with all the credit.

    Should one have been rated a moment ago, its invitation is there and this is a unique violation.
    """
    owner = {"organisation_id": scan.organisation_id}
    _INVITATIONS.run(
        session,
        [
            {
                **owner,
                "id": card_id,
                "request_id": None,
                "employee_id": scan.employee_id,
                "event_id": scan.event_id,
                "code_hash": code_hash,
                "issued_at": scan.received_at,
                "expires_at": scan.received_at + lives,
                "lapsed_at": None,
            }
            for card_id, code_hash in cards.items()
        ],
    )
    whole = {**owner, "employee_id": scan.employee_id, "percent": WHOLE}
    _SHARES.run(session, [{**whole, "invitation_id": card_id} for card_id in cards])


def leave_unbound(
    session: Session, *, organisation_id: UUID, card_id: UUID, code_hash: bytes, now: datetime
) -> None:
    """Let a card that is being rated belong to nobody, for ever.

    Should somebody have scanned it a moment ago, its invitation is there and this is a unique
    violation; run again, the rating finds whose it is.
    """
    row = {
        "organisation_id": organisation_id,
        "id": card_id,
        "request_id": None,
        "employee_id": None,
        "event_id": None,
        "code_hash": code_hash,
        "issued_at": now,
        # It is answered now; what can still come is a correction.
        "expires_at": now + CORRECTION_WINDOW,
        "lapsed_at": None,
    }
    _INVITATIONS.run(session, [row])


def get_issued(
    session: Session, *, organisation_id: UUID, request_id: UUID, code_key: bytes
) -> Issued:
    """Return the invitation of a resolved request, its code derived again; raises NoRatingCode."""
    row = session.scalar(
        select(Invitation).where(
            Invitation.organisation_id == organisation_id, Invitation.request_id == request_id
        )
    )
    if row is None:
        raise NoRatingCode
    return Issued(
        invitation_id=row.id,
        code=code_of(row.id, code_key=code_key),
        expires_at=row.expires_at,
    )
