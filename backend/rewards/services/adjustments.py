"""Adjustments: HR gives or takes points, or takes back what a source paid, for a reason.

Below a threshold it takes effect at once, from there on when a second person has agreed. What was
proposed never changes, so whoever agrees has seen what will be done. Whoever proposes takes the
organisation's turn, so that the sum of a month cannot be outrun; then come the adjustment's row,
the ledger, balances, and a budget's turn: nothing that is locked here is locked by anybody who
waits for the first turn, and nobody who has the second one waits for any of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, take_turn
from backend.foundation.one_by_one import each
from backend.identity.queries import get_employee, list_accounts
from backend.identity.services import persons
from backend.rewards import queries
from backend.rewards.models import Adjustment, AdjustmentEnd, AdjustmentPart
from backend.rewards.problems import (
    AdjustmentClosed,
    NothingToReverse,
    OwnAdjustment,
    TooFreshToReverse,
)
from backend.rewards.queries import Accrual, AdjustmentFacts
from backend.rewards.rules import (
    DECIDE_WITHIN,
    REVERSIBLE_AFTER,
    AdjustmentKind,
    AdjustmentStatus,
    Reversible,
    SourceKind,
    takes_two,
)
from backend.rewards.services import amounts, budgets, ledger


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What is to be done: points by employee, for a reason, perhaps those of a source."""

    kind: AdjustmentKind
    points: Mapping[UUID, int]
    reason: str
    source_kind: SourceKind | None = None
    source_id: UUID | None = None


def adjust(
    session: Session, *, actor: Actor, employee_id: UUID, points: int, reason: str, now: datetime
) -> AdjustmentFacts:
    """Give an employee ``points``, or take them where they are below zero; never zero.

    Raises EmployeeUnknown, OwnAdjustment, PersonUnknown, PointsBudgetExceeded.
    """
    owner = actor.organisation_id
    get_employee(session, organisation_id=owner, employee_id=employee_id)
    take_turn(session, owner, "adjustments")
    draft = Draft(kind=AdjustmentKind.AMOUNT, points={employee_id: points}, reason=reason)
    return _make(session, actor=actor, draft=draft, now=now)


def reverse(
    session: Session,
    *,
    actor: Actor,
    source_kind: Reversible,
    source_id: UUID,
    reason: str,
    now: datetime,
) -> AdjustmentFacts:
    """Take back what a source, named as in the entries of whom it paid, has earned for everybody.

    Raises NothingToReverse, TooFreshToReverse, OwnAdjustment, PersonUnknown.
    """
    owner, kind = actor.organisation_id, SourceKind(source_kind.value)
    take_turn(session, owner, "adjustments")
    taken = _earned(session, owner, kind, source_id)
    accrued_at = queries.find_accrued_at(session, organisation_id=owner, source_id=source_id)
    if accrued_at is None or not taken:
        raise NothingToReverse
    if now < accrued_at + REVERSIBLE_AFTER:
        raise TooFreshToReverse
    draft = Draft(
        kind=AdjustmentKind.REVERSAL,
        points={who: -points for who, points in taken.items()},
        reason=reason,
        source_kind=kind,
        source_id=source_id,
    )
    return _make(session, actor=actor, draft=draft, now=now)


def give_back(
    session: Session, *, actor: Actor, employee_id: UUID, points: int, reason: str, now: datetime
) -> UUID:
    """Give an employee back what an appeal was granted for; return the adjustment's id.

    It takes no second person: ``actor`` is the second one to look at it. Raises PersonUnknown.
    """
    take_turn(session, actor.organisation_id, "adjustments")
    draft = Draft(kind=AdjustmentKind.AMOUNT, points={employee_id: points}, reason=reason)
    row, _ = _add(session, actor=actor, draft=draft, now=now)
    _apply(session, row, now=now)
    return row.id


def approve(
    session: Session, *, actor: Actor, adjustment_id: UUID, now: datetime
) -> AdjustmentFacts:
    """Agree, as the second person, to what waits; it takes effect at once.

    Raises AdjustmentNotFound, AdjustmentClosed, OwnAdjustment, PersonUnknown, NothingToReverse,
    PointsBudgetExceeded.
    """
    row, person = _lock_for(session, actor, adjustment_id)
    if row.due_at is not None and row.due_at <= now:
        # The worker has not come to it yet.
        raise AdjustmentClosed
    _record(session, actor, row, act="adjustment.approved", now=now)
    _give(session, row, now=now, decider_id=actor.employee_id, decider_person=person)
    return _facts(session, row)


def decline(
    session: Session, *, actor: Actor, adjustment_id: UUID, reason: str, now: datetime
) -> AdjustmentFacts:
    """Refuse, as the second person, what waits, for a ``reason``.

    Raises AdjustmentNotFound, AdjustmentClosed, OwnAdjustment, PersonUnknown.
    """
    row, person = _lock_for(session, actor, adjustment_id)
    _record(session, actor, row, act="adjustment.declined", now=now, reason=reason)
    _end(
        session,
        row,
        AdjustmentStatus.DECLINED,
        at=now,
        decider_id=actor.employee_id,
        decider_person=person,
        reason=reason,
    )
    return _facts(session, row)


def expire_forgotten(*, now: datetime) -> int:
    """End every adjustment that nobody has decided on in its time; return how many."""
    with reading() as session:
        found = queries.list_overdue(session, now=now)

    def expire(session: Session, key: tuple[UUID, UUID]) -> int:
        owner, adjustment_id = key
        row = queries.lock_adjustment(session, organisation_id=owner, adjustment_id=adjustment_id)
        # Looked at again, in hand: somebody may have decided just before.
        if _is_over(session, row):
            return 0
        _end(session, row, AdjustmentStatus.EXPIRED, at=now)
        return 1

    return each(found, expire, job="expire_adjustments", id_of=itemgetter(1))


def _make(session: Session, *, actor: Actor, draft: Draft, now: datetime) -> AdjustmentFacts:
    row, waits = _add(session, actor=actor, draft=draft, now=now)
    if not waits:
        _give(session, row, now=now)
    return _facts(session, row)


def _add(session: Session, *, actor: Actor, draft: Draft, now: datetime) -> tuple[Adjustment, bool]:
    """Add an adjustment and its parts; return it, and whether it takes a second person."""
    owner = actor.organisation_id
    circle = persons.around(session, actor=actor, concerned=list(draft.points))
    if circle.has_actor:
        raise OwnAdjustment
    rolling = _sum_rolling(session, owner, draft, now)
    waits = takes_two(max(rolling.values()))
    author = {"author_id": actor.employee_id, "author_person": circle.actor_person}
    row = Adjustment(
        organisation_id=owner,
        id=new_id(),
        kind=draft.kind,
        **author,
        reason=draft.reason,
        source_kind=draft.source_kind,
        source_id=draft.source_id,
        season_id=budgets.find_charged_season(session, organisation_id=owner, now=now),
        made_at=now,
        due_at=now + DECIDE_WITHIN if waits else None,
    )
    session.add(row)
    session.flush()
    session.add_all(
        AdjustmentPart(
            organisation_id=owner,
            adjustment_id=row.id,
            employee_id=who,
            employee_person=circle.person_of(who),
            **author,
            points=points,
            rolling_points=rolling[who],
        )
        for who, points in sorted(draft.points.items())
    )
    session.flush()
    _record(session, actor, row, act=f"{_NAMES[draft.kind]}.made", now=now)
    return row, waits


def _sum_rolling(
    session: Session, organisation_id: UUID, draft: Draft, now: datetime
) -> dict[UUID, int]:
    """Return by employee what a month comes to with ``draft``, on all accounts of the person."""
    accounts = list_accounts(
        session, organisation_id=organisation_id, employee_ids=list(draft.points)
    )
    before = queries.sum_rolling_points(
        session,
        organisation_id=organisation_id,
        employee_ids=set().union(*accounts.values()),
        now=now,
    )
    return {
        who: sum(before.get(one, 0) + abs(draft.points.get(one, 0)) for one in accounts[who])
        for who in draft.points
    }


_NAMES = {AdjustmentKind.AMOUNT: "adjustment", AdjustmentKind.REVERSAL: "reversal"}


def _lock_for(session: Session, actor: Actor, adjustment_id: UUID) -> tuple[Adjustment, str]:
    """Return an adjustment that waits, in hand of a second person, and which person that is."""
    owner = actor.organisation_id
    row = queries.lock_adjustment(session, organisation_id=owner, adjustment_id=adjustment_id)
    parts = queries.list_parts(session, organisation_id=owner, adjustment_id=row.id)
    concerned = [row.author_id, *(part.employee_id for part in parts)]
    known = {row.author_person, *(part.employee_person for part in parts)}
    circle = persons.around(session, actor=actor, concerned=concerned, known=known)
    if circle.has_actor:
        raise OwnAdjustment
    if _is_over(session, row):
        raise AdjustmentClosed
    return row, circle.actor_person


def _is_over(session: Session, row: Adjustment) -> bool:
    whose = {"organisation_id": row.organisation_id, "adjustment_id": row.id}
    return queries.find_end(session, **whose) is not None


def _give(session: Session, row: Adjustment, *, now: datetime, **decider: Any) -> None:
    """Let an adjustment take effect, as far as the season's budget holds what it gives."""
    given = _apply(session, row, now=now, **decider)
    budgets.commit_points(
        session, organisation_id=row.organisation_id, season_id=row.season_id, points=given
    )


def _apply(session: Session, row: Adjustment, *, now: datetime, **decider: Any) -> int:
    """Let an adjustment take effect; return how many points it gives."""
    owner = row.organisation_id
    parts = queries.list_parts(session, organisation_id=owner, adjustment_id=row.id)
    points = {part.employee_id: part.points for part in parts}
    if row.source_kind is None or row.source_id is None:
        amounts.book(session, organisation_id=owner, adjustment_id=row.id, points=points, now=now)
    else:
        # What it has earned since then, or lost, was not what was agreed to.
        earned = _earned(session, owner, row.source_kind, row.source_id)
        if earned != {who: -taken for who, taken in points.items()}:
            raise NothingToReverse
        ledger.reverse(
            session,
            organisation_id=owner,
            source_id=row.source_id,
            reason=row.reason,
            now=now,
        )
    _end(session, row, AdjustmentStatus.APPLIED, at=now, **decider)
    return sum(max(0, given) for given in points.values())


def _earned(
    session: Session, organisation_id: UUID, kind: SourceKind, source_id: UUID
) -> dict[UUID, int]:
    """Return what a source has earned, by employee, and is not taken back; in hand."""
    accruals = queries.lock_accruals(session, organisation_id=organisation_id, source_id=source_id)
    # Before any balance is in hand: a confirmation in progress waits for balances.
    queries.lock_waiting(session, accruals=accruals)
    return _sums([accrual for accrual in accruals if accrual.source_kind is kind])


def _sums(accruals: list[Accrual]) -> dict[UUID, int]:
    points: dict[UUID, int] = {}
    for one in accruals:
        points[one.employee_id] = points.get(one.employee_id, 0) + one.points
    return points


def _end(
    session: Session, row: Adjustment, status: AdjustmentStatus, *, at: datetime, **values: Any
) -> None:
    end = AdjustmentEnd(
        organisation_id=row.organisation_id,
        adjustment_id=row.id,
        status=status,
        author_id=row.author_id,
        author_person=row.author_person,
        at=at,
        **values,
    )
    session.add(end)
    session.flush()


def _facts(session: Session, row: Adjustment) -> AdjustmentFacts:
    return queries.get_adjustment(
        session, organisation_id=row.organisation_id, adjustment_id=row.id
    )


def _record(
    session: Session,
    actor: Actor,
    row: Adjustment,
    *,
    act: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    whose = {"organisation_id": row.organisation_id, "adjustment_id": row.id}
    detail = {
        "points": {
            str(part.employee_id): part.points for part in queries.list_parts(session, **whose)
        },
        "source_id": row.source_id and str(row.source_id),
        "reason": reason or row.reason,
    }
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
