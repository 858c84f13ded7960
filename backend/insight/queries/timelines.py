"""Where the lines of an employee's timeline stand: the newest of every kind, in one statement.

Every kind is read along an index that knows the employee, and no further than the page reaches, so
that a line costs the same in the first week and after years.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Select,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from backend.engagement.models import CreditShare, Rating, Request, Tally
from backend.engagement.queries.reviews import is_about
from backend.engagement.rules import Status
from backend.foundation.audit import AuditRow
from backend.identity.models import Device, Employee
from backend.insight.rules.timelines import Happening, Mark
from backend.rewards.models import (
    Adjustment,
    AdjustmentPart,
    Appeal,
    LedgerTransaction,
    Redemption,
    RedemptionHistory,
    TransactionKind,
)
from backend.rewards.queries import select_ids_of
from backend.venues.models import Event, Season, Shift

_ONLY: Any = literal_column("0")


class _Part(NamedTuple):
    """The lines of one kind: when they are, of what, and under which conditions."""

    at: Any
    id: Any
    conditions: tuple[Any, ...]
    number: Any = _ONLY


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedLines:
    """Whose timeline, and which of its lines; evenings that have not begun at ``now`` are none.

    Nor are ratings in which an account of ``not_about`` has a share.
    """

    employee_id: UUID
    kinds: Collection[Happening]
    now: datetime
    not_about: Collection[UUID] = ()


def list_marks(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedLines,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[Mark]:
    """Return at most ``limit`` lines of an employee's timeline, the newest first.

    ``before`` is the place of the line before the first one wanted.
    """
    known = _parts(organisation_id, wanted)
    parts = [
        _newest(kind, known[kind], before, limit) for kind in Happening if kind in wanted.kinds
    ]
    if not parts:
        return []
    lines = union_all(*parts).subquery()
    newest = select(lines).order_by(lines.c.at.desc(), lines.c.id.desc(), lines.c.number.desc())
    return [
        Mark(kind=Happening(row.kind), at=row.at, id=row.id, number=row.number)
        for row in session.execute(newest.limit(limit))
    ]


def _newest(
    kind: Happening, part: _Part, before: tuple[datetime, UUID, int] | None, limit: int
) -> Select[Any]:
    query = select(
        literal(kind.value).label("kind"),
        part.at.label("at"),
        part.id.label("id"),
        part.number.label("number"),
    ).where(*part.conditions)
    if before is not None:
        query = query.where(tuple_(part.at, part.id, part.number) < tuple_(*before))
    # By position, for a bare number in ORDER BY would be one.
    return select(query.order_by(text("2 desc, 3 desc, 4 desc")).limit(limit).subquery())


def _parts(organisation_id: UUID, wanted: WantedLines) -> Mapping[Happening, _Part]:
    employee_id, now = wanted.employee_id, wanted.now

    # Whose they are is asked by itself: SQLite, which has no statistics, would else read the whole
    # organisation in the order of time.
    def own(table: Any, column: str) -> Select[Any]:
        one = aliased(table)
        whose = one.organisation_id == organisation_id, one.employee_id == employee_id
        return select(getattr(one, column)).where(*whose)

    def of(table: Any) -> tuple[Any, ...]:
        return table.organisation_id == organisation_id, table.employee_id == employee_id

    def among(table: Any, ids: Any, *, column: str = "id") -> tuple[Any, ...]:
        return table.organisation_id == organisation_id, getattr(table, column).in_(ids)

    # Looked up share by share: PostgreSQL, under row security, expects one request in all, and
    # would try every share with every one of them.
    resolved_at = (
        select(Request.closed_at)
        .where(
            Request.organisation_id == CreditShare.organisation_id,
            Request.id == CreditShare.request_id,
            Request.status == Status.RESOLVED,
        )
        .scalar_subquery()
    )
    shared = (*of(CreditShare), resolved_at.is_not(None))
    steps = among(RedemptionHistory, own(Redemption, "id"), column="redemption_id")
    adjusted = among(Adjustment, own(AdjustmentPart, "adjustment_id"))
    evenings = (*_evenings(organisation_id, employee_id), Event.doors_at <= now)
    expired = among(LedgerTransaction, _expired(organisation_id, employee_id))
    return {
        Happening.EVENING: _Part(Event.doors_at, Event.id, evenings),
        Happening.REQUEST: _Part(resolved_at, CreditShare.request_id, shared),
        Happening.RATING: _Part(
            Rating.rated_at, Rating.id, (*of(Rating), ~is_about(wanted.not_about))
        ),
        Happening.REDEMPTION: _Part(
            RedemptionHistory.at,
            RedemptionHistory.redemption_id,
            steps,
            RedemptionHistory.number,
        ),
        Happening.ADJUSTMENT: _Part(_unordered(Adjustment.made_at), Adjustment.id, adjusted),
        Happening.APPEAL: _Part(Appeal.made_at, Appeal.id, of(Appeal)),
        Happening.EXPIRY: _Part(LedgerTransaction.at, LedgerTransaction.id, expired),
        Happening.ACT: _Part(
            _unordered(AuditRow.at),
            AuditRow.id,
            among(AuditRow, _acts(organisation_id, employee_id)),
        ),
    }


def _unordered(at: Any) -> Any:
    """Return a column that no index knows: that of the time would be followed past everybody's."""
    return func.coalesce(at, at)


def _evenings(organisation_id: UUID, employee_id: UUID) -> tuple[Any, ...]:
    """Return the conditions of an event at which somebody had a shift, or did anything."""
    worked = exists().where(
        Shift.organisation_id == organisation_id,
        Shift.event_id == Event.id,
        Shift.employee_id == employee_id,
    )
    # Looked up event by event, by the key that begins with it.
    did = exists().where(
        Tally.organisation_id == organisation_id,
        Tally.event_id == Event.id,
        Tally.employee_id == employee_id,
    )
    return Event.organisation_id == organisation_id, or_(worked, did)


def _expired(organisation_id: UUID, employee_id: UUID) -> Select[UUID]:
    seasons = select(Season.id).where(Season.organisation_id == organisation_id)
    return select_ids_of(
        TransactionKind.EXPIRY,
        organisation_id=organisation_id,
        sources=seasons,
        employee_id=employee_id,
    )


def _acts(organisation_id: UUID, employee_id: UUID) -> Select[UUID]:
    """Return the query of the acts that were done to somebody, or to a phone of theirs."""
    row = aliased(AuditRow)
    phones = select(Device.id).where(
        Device.organisation_id == organisation_id, Device.enrolled_by == employee_id
    )
    itself = select(Employee.id).where(
        Employee.organisation_id == organisation_id, Employee.id == employee_id
    )
    subjects = union_all(itself, phones)
    return select(row.id).where(
        row.organisation_id == organisation_id, row.subject_id.in_(subjects)
    )
