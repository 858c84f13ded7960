"""Which points of an employee were spent on what, read from the books."""

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from functools import cache
from itertools import groupby
from uuid import UUID

from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from backend.rewards.lots import Attribution, Movement, replay
from backend.rewards.models import (
    Account,
    LedgerEntry,
    LedgerTransaction,
    PointsExpiry,
    Redemption,
    TransactionKind,
)
from backend.rewards.queries.own_ids import select_own_ids
from backend.rewards.rules import EXPIRY_GRACE, RedemptionStatus, SourceKind
from backend.venues.queries import list_event_ids

# An accrual moves pending points only, which are in no lot yet.
_WAITING = (Account.PENDING, Account.MINT)
# Not what the employee cancelled: by asking and cancelling, points could be kept for ever.
_GIVEN_BACK_BY_OTHERS = (RedemptionStatus.DECLINED, RedemptionStatus.EXPIRED)


def get_attribution(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Attribution:
    """Return which points of an employee are available, held and paid, by what gave them.

    What is held stays attributed as it is, whatever follows.
    """
    return replay(_movements(session, organisation_id=organisation_id, employee_id=employee_id))


def list_season_lots(
    session: Session, *, organisation_id: UUID, employee_id: UUID, season_id: UUID
) -> set[UUID]:
    """Return the accruals of an employee at the events of a season."""
    events = list_event_ids(session, organisation_id=organisation_id, season_id=season_id)
    own = select_own_ids(organisation_id=organisation_id, employee_id=employee_id)
    return set(
        session.scalars(
            select(LedgerTransaction.id).where(
                LedgerTransaction.organisation_id == organisation_id,
                LedgerTransaction.id.in_(own),
                LedgerTransaction.kind == TransactionKind.ACCRUAL,
                LedgerTransaction.event_id.in_(events),
            )
        )
    )


def _movements(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Iterator[Movement]:
    """Yield what the employee's transactions changed.

    Their ids are made while the balance is locked, so they stand in the order of their effects. A
    season of an employee is thousands of rows: no more ids are read than are needed.
    """
    row = LedgerTransaction
    spending = row.source_kind == SourceKind.REDEMPTION
    settling = and_(row.kind == TransactionKind.SETTLEMENT, ~spending)
    # The outer join, for SQLite would else begin with all entries of the organisation.
    own = select_own_ids(organisation_id=organisation_id, employee_id=employee_id)
    lots_of = cache(
        lambda season_id: list_season_lots(
            session,
            organisation_id=organisation_id,
            employee_id=employee_id,
            season_id=season_id,
        )
    )
    query = (
        select(
            case((settling, row.settles_id), else_=row.id).label("lot_id"),
            case((spending, row.source_id)).label("redemption_id"),
            row.reverses_id,
            case((row.kind == TransactionKind.EXPIRY, row.source_id)).label("season_id"),
            row.kind,
            row.at,
            LedgerEntry.line,
            LedgerEntry.account,
            LedgerEntry.points,
        )
        .outerjoin(
            LedgerEntry,
            and_(
                LedgerEntry.organisation_id == row.organisation_id,
                LedgerEntry.transaction_id == row.id,
                LedgerEntry.account.not_in(_WAITING),
            ),
        )
        .where(
            row.organisation_id == organisation_id,
            row.id.in_(own),
            row.kind != TransactionKind.ACCRUAL,
        )
        .order_by(row.id, LedgerEntry.line)
    )
    graces = _Graces(
        session, organisation_id=organisation_id, employee_id=employee_id, lots_of=lots_of
    )
    for (lot_id, redemption_id, reverses_id, season_id, kind, at), entries in groupby(
        session.execute(query), key=lambda found: found[:6]
    ):
        moved = {entry.account: entry.points for entry in entries}
        yield Movement(
            lot_id=lot_id,
            available=moved.get(Account.AVAILABLE, 0),
            held=moved.get(Account.HELD, 0),
            paid=moved.get(Account.PAID, 0),
            debt=moved.get(Account.DEBT, 0),
            redemption_id=redemption_id,
            reverses_id=reverses_id,
            first_from=lots_of(season_id) if season_id else (),
            at=at if season_id else None,
            kept_until=graces.find(kind, lot_id=lot_id, redemption_id=redemption_id, at=at),
        )


class _Graces:
    """Which points have a month in which they do not expire with the rest of their season.

    Those of a redemption that others declined or forgot, and those that are confirmed when their
    season's points have begun to expire.
    """

    def __init__(
        self,
        session: Session,
        *,
        organisation_id: UUID,
        employee_id: UUID,
        lots_of: Callable[[UUID], Collection[UUID]],
    ) -> None:
        self._lots_of = lots_of
        rows = session.execute(
            select(PointsExpiry.season_id, PointsExpiry.begun_at).where(
                PointsExpiry.organisation_id == organisation_id
            )
        )
        self._begun_at: dict[UUID, datetime | None] = dict(rows.all())
        given_back = select(Redemption.id).where(
            Redemption.organisation_id == organisation_id,
            Redemption.employee_id == employee_id,
            Redemption.status.in_(_GIVEN_BACK_BY_OTHERS),
        )
        self._given_back = set(session.scalars(given_back)) if self._begun_at else set()

    def find(
        self, kind: TransactionKind, *, lot_id: UUID, redemption_id: UUID | None, at: datetime
    ) -> datetime | None:
        """Return until when what a transaction gives is kept, if it is."""
        released = kind is TransactionKind.RELEASE and redemption_id in self._given_back
        confirmed = kind is TransactionKind.SETTLEMENT and redemption_id is None
        late = confirmed and any(
            begun_at is not None and begun_at <= at and lot_id in self._lots_of(season_id)
            for season_id, begun_at in self._begun_at.items()
        )
        return at + EXPIRY_GRACE if released or late else None
