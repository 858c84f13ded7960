"""The ledger: points are accrued, confirmed after the hold, or reversed; each exactly once.

Boards, and the books of what is many and small, follow within a second: see `standings`.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, transaction
from backend.foundation.one_by_one import each
from backend.foundation.prepared import pipeline, together
from backend.rewards import queries
from backend.rewards.models import Account, TransactionKind
from backend.rewards.queries import Accrual, DueKey
from backend.rewards.rules import SourceKind, repay, take_back
from backend.rewards.services import expiries, on_the_way, postings
from backend.venues.queries import recall_event

# A chunk keeps SQLite's one writer busy for some milliseconds only.
CHUNK = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Earning:
    """Points that an employee earns for one source under one rule."""

    employee_id: UUID
    points: int
    rule: str
    source_kind: SourceKind
    source_id: UUID
    at: datetime

    def __post_init__(self) -> None:
        """Refuse punishment: points are only ever taken back by a reversal."""
        if self.points < 0:
            raise ValueError("an earning is never below zero")


@dataclass(frozen=True, kw_only=True, slots=True)
class Occasion:
    """Where points are earned: the event, and the rules in effect there."""

    organisation_id: UUID
    event_id: UUID
    rule_version_id: UUID
    hold: timedelta


def accrue(
    session: Session, *, occasion: Occasion, earnings: Sequence[Earning], now: datetime
) -> None:
    """Give ``earnings`` as pending points, due when the hold is over; the boards follow.

    Not so the boards of a season that is frozen: what comes then is in the books alone.
    Earnings of zero points are passed over. One that was given before, for the same source, rule
    and employee, fails on its unique index, and with it the whole transaction.
    """
    given = sorted(
        (earning for earning in earnings if earning.points),
        key=lambda earning: (earning.source_id, earning.rule, earning.employee_id),
    )
    accruals = [_accrual(occasion, earning, now) for earning in given]
    frozen = _is_frozen(session, occasion.organisation_id, occasion.event_id, now)
    entries = [
        entry
        for row in accruals
        for entry in postings.entries_of(
            row, {Account.MINT: -row["points"], Account.PENDING: row["points"]}
        )
    ]
    with together(session):
        postings.write(session, transactions=accruals, entries=entries)
        postings.add_pending(session, accruals=accruals)
        postings.wait(session, accruals=accruals)
        tell = on_the_way.keep_off if frozen else on_the_way.note
        tell(session, moved=[(row, row["points"]) for row in accruals])


def accrue_soon(session: Session, *, occasion: Occasion, earning: Earning, now: datetime) -> None:
    """Give ``earning`` as `accrue` does, but let its books follow with the boards.

    What is kept now is all that they will say, under the id that the accrual will have. For
    greetings, of which there are many, worth little: they wrote twice as much with their books.
    A source of this kind is not to be reversed before it is booked.
    """
    if earning.points:
        on_the_way.send(session, accruals=[_accrual(occasion, earning, now)])


def _accrual(occasion: Occasion, earning: Earning, now: datetime) -> postings.Row:
    return {
        "organisation_id": occasion.organisation_id,
        "id": new_id(),
        "kind": TransactionKind.ACCRUAL,
        "employee_id": earning.employee_id,
        "points": earning.points,
        "rule": earning.rule,
        "rule_version_id": occasion.rule_version_id,
        "source_kind": earning.source_kind,
        "source_id": earning.source_id,
        "event_id": occasion.event_id,
        "settles_id": None,
        "reverses_id": None,
        "reason": None,
        "at": earning.at,
        "recorded_at": now,
        "due_at": now + occasion.hold,
    }


def reverse(
    session: Session, *, organisation_id: UUID, source_id: UUID, reason: str, now: datetime
) -> int:
    """Take back every accrual of a source that was not taken back before; return how many.

    From pending points while they wait, else from available ones; what is gone already becomes
    debt, which later points repay, but for what has expired: nobody had anything for it. The boards
    lose the points too, unless they are frozen or never had them. ``reason`` has at most 500
    characters. Where a source is reversed and paid anew, reverse first: a reversal waits for a
    confirmation in progress, which must not wait for balances that the caller holds.
    """
    accruals = queries.lock_accruals(session, organisation_id=organisation_id, source_id=source_id)
    waiting = queries.lock_waiting(session, accruals=accruals)
    late = queries.list_late(session, organisation_id=organisation_id, accruals=accruals)
    on_boards: list[tuple[postings.Row, int]] = []
    off_boards: list[tuple[postings.Row, int]] = []
    movements = _Movements(session, accruals)
    expired = queries.find_expired(
        session, accruals=[one for one in accruals if one.id not in waiting]
    )
    for accrual in accruals:
        points, gone = accrual.points, expired.get(accrual.id, 0)
        if accrual.id in waiting:
            changes = {Account.PENDING: -points}
        else:
            available = movements.now_in(accrual, Account.AVAILABLE)
            taken, owed = take_back(points - gone, available=available)
            changes = {Account.EXPIRED: -gone, Account.AVAILABLE: -taken, Account.DEBT: -owed}
        row = _later_row(accrual, TransactionKind.REVERSAL, now) | {"reason": reason}
        movements.add(row, {**changes, Account.MINT: points})
        frozen = _is_frozen(session, organisation_id, accrual.event_id, now)
        (off_boards if frozen or accrual.id in late else on_boards).append((row, -points))
    movements.write(ended=[accrual for accrual in accruals if accrual.id in waiting])
    on_the_way.note(session, moved=on_boards)
    on_the_way.keep_off(session, moved=off_boards)
    return len(accruals)


def _is_frozen(session: Session, organisation_id: UUID, event_id: UUID, now: datetime) -> bool:
    event = recall_event(session, organisation_id=organisation_id, event_id=event_id)
    return event.is_frozen(now)


def confirm_due(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Settle at most ``limit`` accruals whose hold is over; return how many.

    Of every organisation, the longest due first. Debt is repaid before points become available.
    Several may run at once: each passes over what another has in hand.
    """
    return _confirm(session, queries.lock_due(session, now=now, limit=limit), now)


def _confirm(session: Session, accruals: Sequence[Accrual], now: datetime) -> int:
    movements = _Movements(session, accruals)
    for accrual in accruals:
        repaid, left = repay(accrual.points, debt=movements.now_in(accrual, Account.DEBT))
        movements.add(
            _later_row(accrual, TransactionKind.SETTLEMENT, now),
            {Account.PENDING: -accrual.points, Account.DEBT: repaid, Account.AVAILABLE: left},
        )
    movements.write(ended=accruals)
    expiries.expect_late(session, accruals=accruals, now=now)
    return len(accruals)


def confirm_all_due(*, now: datetime, chunk: int = CHUNK) -> int:
    """Settle everything that is due, ``chunk`` accruals per transaction; return how many.

    Where some of these cannot be settled, the rest is settled one by one: none waits for another.
    """
    confirmed = 0
    while True:
        try:
            with transaction() as session:
                done = confirm_due(session, now=now, limit=chunk)
        except Exception:  # noqa: BLE001 - which of them it is, is found out and named
            return confirmed + _confirm_each(now)
        confirmed += done
        if done < chunk:
            return confirmed


def _confirm_each(now: datetime) -> int:
    with reading() as session:
        due = queries.list_due(session, now=now)

    def confirm(session: Session, key: DueKey) -> int:
        return _confirm(session, queries.lock_due(session, now=now, limit=1, key=key), now)

    return each(due, confirm, job="confirm_points", id_of=lambda key: key.transaction_id)


def _later_row(accrual: Accrual, kind: TransactionKind, now: datetime) -> dict[str, Any]:
    """Return the row of the settlement or reversal of ``accrual``."""
    return {
        "organisation_id": accrual.organisation_id,
        "id": new_id(),
        "kind": kind,
        "employee_id": accrual.employee_id,
        "points": accrual.points,
        "rule": accrual.rule,
        "rule_version_id": accrual.rule_version_id,
        "source_kind": accrual.source_kind,
        "source_id": accrual.source_id,
        "event_id": accrual.event_id,
        "settles_id": accrual.id if kind is TransactionKind.SETTLEMENT else None,
        "reverses_id": accrual.id if kind is TransactionKind.REVERSAL else None,
        "reason": None,
        "at": now,
        "recorded_at": now,
        "due_at": None,
    }


class _Movements:
    """Settlements or reversals in the making, on balances that are locked.

    Locking before any id is made keeps an employee's rows in the order of their effects.
    """

    def __init__(self, session: Session, accruals: Sequence[Accrual]) -> None:
        self._session = session
        owners = {(accrual.organisation_id, accrual.employee_id) for accrual in accruals}
        self._balances = queries.lock_balances(session, owners=owners)
        self._moved: dict[tuple[UUID, UUID], dict[Account, int]] = {
            owner: defaultdict(int) for owner in owners
        }
        self._rows: list[dict[str, Any]] = []
        self._entries: list[dict[str, Any]] = []

    def now_in(self, accrual: Accrual, account: Account) -> int:
        owner = (accrual.organisation_id, accrual.employee_id)
        return self._balances[owner][account] + self._moved[owner][account]

    def add(self, row: dict[str, Any], changes: dict[Account, int]) -> None:
        self._rows.append(row)
        self._entries += postings.entries_of(row, changes)
        moved = self._moved[row["organisation_id"], row["employee_id"]]
        for account, points in changes.items():
            moved[account] += points

    def write(self, *, ended: Iterable[Accrual]) -> None:
        keys = [(one.due_at, one.organisation_id, one.id) for one in ended]
        if keys:
            postings.end_wait(self._session, keys=keys)
        with pipeline(self._session):
            postings.write(self._session, transactions=self._rows, entries=self._entries)
            postings.move(self._session, moved=self._moved)
