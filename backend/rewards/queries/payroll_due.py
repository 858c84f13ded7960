"""What is to be paid next, and when it was earned."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, select, true, tuple_
from sqlalchemy.orm import Session

from backend.foundation.arrays import chunks
from backend.rewards.models import LedgerTransaction, PayrollLine, Redemption
from backend.rewards.rules import RedemptionStatus, RewardKind
from backend.venues.queries import find_time_zone, get_event


def list_unpaid(
    session: Session,
    *,
    organisation_id: UUID,
    currency: str | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Redemption]:
    """Return approved cash redemptions that no batch has, those asked for first.

    None for ``currency`` is any; ``after`` is the (asked_at, id) of the row before the first one
    wanted.
    """
    return session.scalars(_unpaid_in(organisation_id, currency, now, after).limit(limit)).all()


def lock_unpaid(
    session: Session,
    *,
    organisation_id: UUID,
    currency: str,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Redemption]:
    """Return what `list_unpaid` does, in hand.

    Passes over what others have in hand: another export, or somebody who takes one back.
    """
    unpaid = _unpaid_in(organisation_id, currency, now, after).limit(limit)
    return session.scalars(unpaid.with_for_update(skip_locked=True)).all()


def _unpaid_in(
    organisation_id: UUID,
    currency: str | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
) -> Select[Redemption]:
    place = tuple_(Redemption.asked_at, Redemption.id)
    return (
        select(Redemption)
        .where(
            Redemption.organisation_id == organisation_id,
            Redemption.status == RedemptionStatus.APPROVED,
            Redemption.kind == RewardKind.CASH,
            # What is over is not paid, whether or not the worker has come to it.
            Redemption.due_at > now,
        )
        .where(Redemption.currency == currency if currency else true())
        .where(place > after if after else true())
        .order_by(Redemption.asked_at, Redemption.id)
    )


def lock_paid(session: Session, *, organisation_id: UUID, batch_id: UUID) -> Sequence[Redemption]:
    """Return the redemptions that a batch pays, in hand, by id: the order of their locks."""
    paid = select(PayrollLine.redemption_id).where(
        PayrollLine.organisation_id == organisation_id,
        PayrollLine.batch_id == batch_id,
        PayrollLine.redemption_id.is_not(None),
    )
    return session.scalars(
        select(Redemption)
        .where(Redemption.organisation_id == organisation_id, Redemption.id.in_(paid))
        .order_by(Redemption.id)
        .with_for_update()
    ).all()


def list_days_earned(
    session: Session, *, organisation_id: UUID, transaction_ids: Collection[UUID]
) -> dict[UUID, date]:
    """Return on which day the points of ledger transactions were earned.

    The day of their event; where there is none, as with adjustments, the day on which they were
    recorded, by the clock of the organisation's first venue.
    """
    zone = find_time_zone(session, organisation_id=organisation_id)
    events: dict[UUID, date] = {}
    days: dict[UUID, date] = {}
    for some in chunks(transaction_ids):
        for row in session.execute(
            select(LedgerTransaction.id, LedgerTransaction.event_id, LedgerTransaction.recorded_at)
            .where(LedgerTransaction.organisation_id == organisation_id)
            .where(LedgerTransaction.id.in_(some))
        ):
            if row.event_id is None:
                days[row.id] = row.recorded_at.astimezone(zone).date()
                continue
            if row.event_id not in events:
                event = get_event(session, organisation_id=organisation_id, event_id=row.event_id)
                events[row.event_id] = event.held_on
            days[row.id] = events[row.event_id]
    return days
