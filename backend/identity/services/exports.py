"""Tables that leave the house as files: who took which, when, and how much of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity.services.confirmations import Proof, confirm


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """A file of a table: which one, by what filter, of how many rows, and its SHA-256."""

    table: str
    format: str
    filter: Mapping[str, str]
    rows: int
    sha256: str


def hand_out(
    session: Session, *, actor: Actor, export: Export, proof: Proof | None, now: datetime
) -> None:
    """Write down that ``actor`` takes a table along that names people.

    Raises CredentialsWrong unless their session is confirmed, or ``proof`` confirms it.
    """
    confirmed_at = confirm(session, actor=actor, proof=proof, now=now)
    detail = asdict(export) | {"confirmed_at": confirmed_at.isoformat()}
    _record(session, actor, detail, now)


def hand_out_nameless(session: Session, *, actor: Actor, export: Export, now: datetime) -> None:
    """Write down that ``actor`` takes a table along in which nobody is named."""
    _record(session, actor, asdict(export), now)


def _record(session: Session, actor: Actor, detail: dict[str, object], now: datetime) -> None:
    audit.record(
        session, actor=actor, act="table.exported", subject_id=None, now=now, detail=detail
    )
