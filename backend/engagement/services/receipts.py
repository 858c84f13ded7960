"""Receipts: the short code of a gesture, shown by its giver and used once at the stand.

Derived from the gesture's id, as rating codes are, so that a phone can be shown it again although
only its hash is stored. Who uses one is signed in, so that fifty bits are enough.
"""

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.engagement.models import Gesture
from backend.engagement.problems import OwnGesture, ReceiptAlreadyUsed, UnknownReceipt
from backend.engagement.queries.gestures import GestureView, view_of
from backend.engagement.rules.gestures import GestureState
from backend.engagement.services.invitations import written
from backend.foundation.actor import Actor
from backend.identity.rules import as_written

LENGTH = 10
_BITS = 5 * LENGTH


def code_of(gesture_id: UUID, *, code_key: bytes) -> str:
    """Return the code of a gesture: 50 bits of HMAC-SHA256 in ten upper-case characters."""
    digest = hmac.digest(code_key, b"receipt" + gesture_id.bytes, "sha256")
    return written(int.from_bytes(digest) >> (8 * len(digest) - _BITS), length=LENGTH)


def hash_of(code: str) -> bytes:
    """Return what is stored of a code as it was issued: its SHA-256."""
    return hashlib.sha256(code.encode()).digest()


def claim(session: Session, *, actor: Actor, code: str, now: datetime) -> GestureView:
    """Use the receipt ``code`` up; of many who try at once one wins.

    Its giver may not: who hands out is somebody else. Raises UnknownReceipt, OwnGesture and
    ReceiptAlreadyUsed.
    """
    whose = (
        Gesture.organisation_id == actor.organisation_id,
        Gesture.code_hash == hash_of(as_written(code)),
        Gesture.state == GestureState.GIVEN,
    )
    claimed = session.scalar(
        update(Gesture)
        .where(*whose, Gesture.claimed_at.is_(None), Gesture.employee_id != actor.employee_id)
        .values(claimed_at=now, claimed_by=actor.employee_id)
        .returning(Gesture)
        .execution_options(populate_existing=True)
    )
    if claimed is not None:
        return view_of(claimed)
    found = session.scalar(select(Gesture).where(*whose).execution_options(populate_existing=True))
    if found is None:
        raise UnknownReceipt
    if found.employee_id == actor.employee_id:
        raise OwnGesture
    raise ReceiptAlreadyUsed(claimed_at=found.claimed_at, claimed_by=found.claimed_by)
