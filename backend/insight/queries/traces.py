"""From money to the work that earned it, and back: entries with their requests and ratings."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.engagement.models import Greeting, Invitation, Rating, RatingAnswer
from backend.foundation.arrays import chunks
from backend.foundation.db import Owned
from backend.rewards.models import (
    Account,
    LedgerEntry,
    LedgerTransaction,
    PayrollBatch,
    PayrollLine,
    PayrollLineSource,
    TransactionKind,
)
from backend.rewards.queries import list_days_earned, select_ids_of
from backend.rewards.rules import SourceKind
from backend.rewards.workweeks import LineKind
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Gift:
    """Points that an employee was given once, and the work behind them.

    ``request_id`` is that of the request, also where its rating earned them; ``stars`` are what the
    answer said that did.
    """

    transaction_id: UUID
    employee_id: UUID
    points: int
    rule: str
    source_kind: SourceKind
    source_id: UUID
    event_id: UUID | None
    event: str | None
    earned_at: datetime
    earned_on: date
    request_id: UUID | None
    rating_id: UUID | None
    stars: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PaidLine:
    """A line of a batch into which points went, or a correction of it."""

    line_id: UUID
    batch_id: UUID
    batch_number: int
    line_number: int
    kind: LineKind
    amount_cents: int
    currency: str


def list_gifts(
    session: Session, *, organisation_id: UUID, transaction_ids: Collection[UUID]
) -> list[Gift]:
    """Return what ledger transactions gave, in the order in which they are named."""
    days = list_days_earned(
        session, organisation_id=organisation_id, transaction_ids=transaction_ids
    )
    found: dict[UUID, Gift] = {}
    for some in chunks(transaction_ids):
        query = (
            select(
                LedgerTransaction.id.label("transaction_id"),
                LedgerTransaction.employee_id,
                LedgerTransaction.points,
                LedgerTransaction.rule,
                LedgerTransaction.source_kind,
                LedgerTransaction.source_id,
                LedgerTransaction.event_id,
                Event.name.label("event"),
                LedgerTransaction.at.label("earned_at"),
                case(
                    (
                        LedgerTransaction.source_kind == SourceKind.REQUEST,
                        LedgerTransaction.source_id,
                    ),
                    else_=Invitation.request_id,
                ).label("request_id"),
                RatingAnswer.rating_id,
                RatingAnswer.stars,
            )
            .outerjoin(Event, _same(Event, LedgerTransaction.event_id))
            .outerjoin(
                RatingAnswer,
                _same(RatingAnswer, LedgerTransaction.source_id),
            )
            .outerjoin(
                Invitation,
                _same(Invitation, RatingAnswer.rating_id),
            )
            .where(
                LedgerTransaction.organisation_id == organisation_id,
                LedgerTransaction.id.in_(some),
            )
        )
        for row in session.execute(query):
            gift = Gift(**row._mapping, earned_on=days[row.transaction_id])
            found[gift.transaction_id] = gift
    return [found[transaction_id] for transaction_id in transaction_ids]


def find_giving(session: Session, *, organisation_id: UUID, source_id: UUID) -> list[UUID]:
    """Return the transactions that gave points for a thing, the oldest first.

    ``source_id`` is the id of a transaction itself, of a request (then also for its rating), of a
    rating, of one of its answers, or of a greeting.
    """
    answers = select(RatingAnswer.id).join(Rating, _same(Rating, RatingAnswer.rating_id))
    invited = answers.join(Invitation, _same(Invitation, Rating.id)).where(
        Invitation.organisation_id == organisation_id, Invitation.request_id == source_id
    )
    rated = answers.where(
        RatingAnswer.organisation_id == organisation_id, RatingAnswer.rating_id == source_id
    )
    greeted = select(Greeting.paid_with_id).where(
        Greeting.organisation_id == organisation_id,
        Greeting.id == source_id,
        Greeting.paid_with_id.is_not(None),
    )
    # One after the other: with "or", or all in one, SQLite reads every transaction there is.
    sources = [source_id, *session.scalars(union_all(invited, rated, greeted))]
    itself = select(LedgerTransaction.id).where(
        LedgerTransaction.organisation_id == organisation_id, LedgerTransaction.id == source_id
    )
    of_sources = (
        select_ids_of(kind, organisation_id=organisation_id, sources=sources)
        for kind in (TransactionKind.ACCRUAL, TransactionKind.ADJUSTMENT)
    )
    named = set(session.scalars(union_all(itself, *of_sources)))
    # Whatever its kind, what gives points takes them out of the mint.
    minted = select(LedgerEntry.line).where(
        LedgerEntry.organisation_id == LedgerTransaction.organisation_id,
        LedgerEntry.transaction_id == LedgerTransaction.id,
        LedgerEntry.account == Account.MINT,
        LedgerEntry.points < 0,
    )
    query = select(LedgerTransaction.id).where(
        LedgerTransaction.organisation_id == organisation_id,
        LedgerTransaction.id.in_(named),
        minted.exists(),
    )
    return list(session.scalars(query.order_by(LedgerTransaction.id)))


def list_line_parts(session: Session, *, organisation_id: UUID, line_id: UUID) -> dict[UUID, int]:
    """Return the points that a line was paid for, by what gave them."""
    rows = session.execute(
        select(PayrollLineSource.transaction_id, PayrollLineSource.points)
        .where(
            PayrollLineSource.organisation_id == organisation_id,
            PayrollLineSource.line_id == line_id,
        )
        .order_by(PayrollLineSource.earned_on, PayrollLineSource.transaction_id)
    )
    return dict(rows.all())


def list_paid_lines(
    session: Session, *, organisation_id: UUID, redemption_ids: Collection[UUID]
) -> Mapping[UUID, list[PaidLine]]:
    """Return by redemption the line that pays it, and the corrections of that line."""
    paying = select(PayrollLine.id, PayrollLine.redemption_id).where(
        PayrollLine.organisation_id == organisation_id,
        PayrollLine.redemption_id.in_(redemption_ids),
    )
    redemption_of = {row.id: row.redemption_id for row in session.execute(paying)}
    lines: dict[UUID, list[PaidLine]] = {one: [] for one in redemption_ids}
    query = (
        select(
            PayrollLine.id.label("line_id"),
            PayrollLine.batch_id,
            PayrollBatch.number.label("batch_number"),
            PayrollLine.number.label("line_number"),
            PayrollLine.kind,
            PayrollLine.amount_cents,
            PayrollBatch.currency,
            PayrollLine.corrects_id,
        )
        .join(
            PayrollBatch,
            _same(PayrollBatch, PayrollLine.batch_id),
        )
        .where(
            PayrollLine.organisation_id == organisation_id,
            or_(PayrollLine.id.in_(redemption_of), PayrollLine.corrects_id.in_(redemption_of)),
        )
        .order_by(PayrollBatch.number, PayrollLine.number)
    )
    for row in session.execute(query):
        said = dict(row._mapping)
        paying_id = said.pop("corrects_id") or row.line_id
        lines[redemption_of[paying_id]].append(PaidLine(**said))
    return lines


def _same(model: type[Owned], reference: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Return what joins a row of ``model`` to one of the same organisation that names it."""
    owner = reference.class_.organisation_id
    return and_(model.organisation_id == owner, model.id == reference)
