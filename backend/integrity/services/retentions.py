"""Setting for how long an organisation keeps what fans wrote, and signals."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.integrity.models import Retention
from backend.integrity.queries.retentions import lock_periods
from backend.integrity.rules.retentions import Periods


def change(session: Session, *, actor: Actor, to: Periods, now: datetime) -> Periods:
    """Keep words and signals for as long as ``to`` says from now on; the same changes nothing.

    What is older goes with the next pass of the job, and does not come back where the periods are
    made longer again. It is written into the audit.
    """
    owner = actor.organisation_id
    # Of two at once the second is to write down what the first has set.
    before = lock_periods(session, organisation_id=owner)
    if before == to:
        return to
    changed = asdict(to) | {"changed_at": now}
    session.execute(
        insert(Retention)
        .values(organisation_id=owner, **changed)
        .on_conflict_do_update(index_elements=["organisation_id"], set_=changed)
    )
    session.expire_all()
    audit.record(
        session,
        actor=actor,
        act="retention.changed",
        subject_id=owner,
        now=now,
        detail={"before": asdict(before), "after": asdict(to)},
    )
    return to
