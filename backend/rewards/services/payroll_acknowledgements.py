"""Payroll says that it has a batch: what the batch pays is fulfilled, once.

Locks are taken in one order: the batch's redemptions by id, then the balances by key.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.spreadsheets import FileFormat
from backend.identity.services import persons
from backend.rewards import queries
from backend.rewards.models import PayrollAcknowledgement
from backend.rewards.problems import AlreadyAcknowledged, OwnBatch, WrongFile
from backend.rewards.queries import BatchFacts
from backend.rewards.services import redemptions


def acknowledge(
    session: Session, *, actor: Actor, batch_id: UUID, sha256: str, now: datetime
) -> BatchFacts:
    """Say that payroll has the batch whose CSV file has the hash ``sha256``.

    Its redemptions are fulfilled, and their points are paid. Raises BatchNotFound, OwnBatch,
    PersonUnknown, AlreadyAcknowledged, WrongFile.
    """
    owner = actor.organisation_id
    batch = queries.get_batch(session, organisation_id=owner, batch_id=batch_id)
    circle = persons.around(
        session, actor=actor, concerned=[batch.made_by], known=[batch.made_by_person]
    )
    if circle.has_actor:
        raise OwnBatch
    acknowledged_by, made_by = circle.actor_person, circle.person_of(batch.made_by)
    if batch.acknowledged_at is not None:
        raise AlreadyAcknowledged
    if batch.sha256[FileFormat.CSV] != sha256:
        raise WrongFile
    session.add(
        PayrollAcknowledgement(
            organisation_id=owner,
            batch_id=batch_id,
            made_by=batch.made_by,
            acknowledged_by=actor.employee_id,
            made_by_person=made_by,
            acknowledged_by_person=acknowledged_by,
            sha256=sha256,
            at=now,
        )
    )
    # Of two at once the other stops here at the key, and is run again.
    session.flush()
    rows = queries.lock_paid(session, organisation_id=owner, batch_id=batch_id)
    redemptions.pay_out(session, rows, actor=actor, now=now)
    detail = {
        "number": batch.number,
        "sha256": sha256,
        "redemptions": len(rows),
        "total_cents": batch.total_cents,
        "currency": batch.currency,
    }
    audit.record(
        session,
        actor=actor,
        act="payroll.acknowledged",
        subject_id=batch_id,
        now=now,
        detail=detail,
    )
    return queries.get_batch(session, organisation_id=owner, batch_id=batch_id)
