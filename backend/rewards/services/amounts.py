"""Amounts that people give or take: booked at once, on no board and for no event.

Boards show work. What is given repays debt first; what is taken and is not there becomes debt.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.rewards import queries
from backend.rewards.models import Account, TransactionKind
from backend.rewards.rules import SourceKind, repay, take_back
from backend.rewards.services import expiries, postings

RULE = "adjustment"


def book(
    session: Session,
    *,
    organisation_id: UUID,
    adjustment_id: UUID,
    points: Mapping[UUID, int],
    now: datetime,
) -> None:
    """Give ``points``, by employee, or take them where they are below zero.

    An employee's part of an adjustment is booked once: a second time fails on its unique index.
    """
    owners = [(organisation_id, employee_id) for employee_id in sorted(points)]
    expiries.expire_first(
        session, organisation_id=organisation_id, employee_ids=points.keys(), now=now
    )
    postings.open_balances(session, owners=owners)
    # Locked before any id is made: an employee's rows stand in the order of their effects.
    balances = queries.lock_balances(session, owners=owners)
    rows: list[postings.Row] = []
    entries: list[postings.Row] = []
    moved = {}
    for owner in owners:
        amount = points[owner[1]]
        row = _row(owner, adjustment_id=adjustment_id, points=abs(amount), now=now)
        changes = _changes(amount, balances[owner])
        rows.append(row)
        entries += postings.entries_of(row, changes | {Account.MINT: -amount})
        moved[owner] = changes
    postings.write(session, transactions=rows, entries=entries)
    postings.move(session, moved=moved)


def _changes(amount: int, balance: Mapping[Account, int]) -> dict[Account, int]:
    if amount > 0:
        repaid, left = repay(amount, debt=balance[Account.DEBT])
        return {Account.DEBT: repaid, Account.AVAILABLE: left}
    taken, owed = take_back(-amount, available=balance[Account.AVAILABLE])
    return {Account.AVAILABLE: -taken, Account.DEBT: -owed}


def _row(
    owner: tuple[UUID, UUID], *, adjustment_id: UUID, points: int, now: datetime
) -> postings.Row:
    organisation_id, employee_id = owner
    nothing = ("rule_version_id", "event_id", "settles_id", "reverses_id", "reason", "due_at")
    return {
        "organisation_id": organisation_id,
        "id": new_id(),
        "kind": TransactionKind.ADJUSTMENT,
        "employee_id": employee_id,
        "points": points,
        "rule": RULE,
        "source_kind": SourceKind.ADJUSTMENT,
        "source_id": adjustment_id,
        "at": now,
        "recorded_at": now,
        **dict.fromkeys(nothing),
    }
