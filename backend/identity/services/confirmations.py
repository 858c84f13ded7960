"""The second factor once more, for what an open console alone must not be enough for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.models import SignedInSession
from backend.identity.problems import CredentialsWrong
from backend.identity.rules import CONFIRMED_FOR, SessionKind
from backend.identity.services.console import Claim, take_code


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """The time step of a one-time code that was right, and whose it is."""

    claim: Claim
    step: int


def find_confirmed(session: Session, *, actor: Actor, now: datetime) -> datetime | None:
    """Return when the actor's session was last confirmed, None if that is over five minutes ago."""
    row = session.get(
        SignedInSession, (actor.organisation_id, actor.session_id), populate_existing=True
    )
    at = row.confirmed_at if row else None
    return at if at and now - CONFIRMED_FOR < at <= now else None


def confirm(session: Session, *, actor: Actor, proof: Proof | None, now: datetime) -> datetime:
    """Return when the actor's session was confirmed: a moment ago, or now by ``proof``.

    A code is taken once, of whatever session, sign-ins included. Raises CredentialsWrong.
    """
    if at := find_confirmed(session, actor=actor, now=now):
        return at
    if proof is None or proof.claim.employee_id != actor.employee_id:
        raise CredentialsWrong
    if not take_code(session, claim=proof.claim, step=proof.step):
        raise CredentialsWrong
    confirmed = session.scalar(
        update(SignedInSession)
        .where(
            SignedInSession.organisation_id == actor.organisation_id,
            SignedInSession.id == actor.session_id,
            SignedInSession.employee_id == actor.employee_id,
            SignedInSession.kind == SessionKind.CONSOLE,
            SignedInSession.revoked_at.is_(None),
        )
        .values(confirmed_at=now)
        .returning(SignedInSession.id)
    )
    if confirmed is None:
        raise CredentialsWrong
    return now
