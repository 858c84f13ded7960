"""Points expire by season, on a day that HR has said long before.

Whose are to expire stands in `points_to_expire`: everybody who earned in the season, once its day
is over, and whoever gets some of them back, or confirmed, later. A worker takes such rows with the
balance in hand, finds by a replay of the books what is left, books it and deletes the row, in one
transaction: exactly once, in any number of workers. Where some of the points are kept for longer,
because others gave them back, the row stays for these. Balances are locked before these rows.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading
from backend.foundation.one_by_one import each
from backend.rewards import queries
from backend.rewards.models import (
    Account,
    PointsExpiry,
    PointsToExpire,
    Standing,
    TransactionKind,
)
from backend.rewards.problems import (
    ExpiryBegun,
    ExpiryChanged,
    ExpiryOnlyLater,
    ExpiryTooSoon,
)
from backend.rewards.queries import Accrual, Claim, ExpiryFacts
from backend.rewards.rules import EXPIRY_GRACE, EXPIRY_NOTICE, SourceKind, season_board
from backend.rewards.services import postings
from backend.venues.queries import find_time_zone, find_today, get_season, recall_event


def set_day(
    session: Session,
    *,
    actor: Actor,
    season_id: UUID,
    expires_on: date,
    seen_version: int,
    now: datetime,
) -> ExpiryFacts:
    """Say on which day the points of a season expire, the last on which they can be spent.

    At least 60 days after the season and from now; once it is said, it is only moved to a later
    one. Raises SeasonNotFound, ExpiryChanged, ExpiryBegun, ExpiryTooSoon, ExpiryOnlyLater.
    """
    owner = actor.organisation_id
    season = get_season(session, organisation_id=owner, season_id=season_id)
    row = session.get(
        PointsExpiry, (owner, season_id), populate_existing=True, with_for_update=True
    )
    version = row.version if row else 0
    if version != seen_version:
        raise ExpiryChanged(version=version)
    if row is None:
        today = find_today(session, organisation_id=owner, now=now)
        earliest = max(season.ends_on, today) + EXPIRY_NOTICE
        if expires_on < earliest:
            message = f"Must be {earliest} or later."
            raise ExpiryTooSoon(errors={"json": {"expires_on": [message]}})
        row = PointsExpiry(organisation_id=owner, season_id=season_id, begun_at=None)
        session.add(row)
    elif row.begun_at is not None:
        raise ExpiryBegun
    elif expires_on <= row.expires_on:
        raise ExpiryOnlyLater(expires_on=str(row.expires_on))
    row.version, row.expires_on = version + 1, expires_on
    session.flush()
    detail = {"version": row.version, "expires_on": str(expires_on)}
    audit.record(
        session, actor=actor, act="expiry.set", subject_id=season_id, now=now, detail=detail
    )
    return queries.expiry_facts(row)


def expect(session: Session, *, organisation_id: UUID, employee_id: UUID, due_at: datetime) -> None:
    """Let what an employee has of seasons whose day is over by ``due_at`` expire then.

    For who got points back, and with the balance in hand: whether a season's points have begun to
    expire is known only then.
    """
    expiries = queries.list_expiries(session, organisation_id=organisation_id)
    if not expiries:
        return
    zone = find_time_zone(session, organisation_id=organisation_id)
    _claim(
        session,
        [
            Claim(organisation_id=organisation_id, season_id=one.season_id, employee_id=employee_id)
            for one in expiries
            if one.begun_at is not None or one.over_at(zone) <= due_at
        ],
        due_at,
    )


def expect_late(session: Session, *, accruals: Collection[Accrual], now: datetime) -> None:
    """Give who has points of an expired season confirmed only now a month to spend them."""
    begun = {
        (organisation_id, one.season_id)
        for organisation_id in {one.organisation_id for one in accruals}
        for one in queries.list_expiries(session, organisation_id=organisation_id)
        if one.begun_at is not None
    }
    if not begun:
        return
    seasons = {
        one.event_id: recall_event(
            session, organisation_id=one.organisation_id, event_id=one.event_id
        ).season_id
        for one in accruals
    }
    late = {
        Claim(
            organisation_id=one.organisation_id,
            season_id=seasons[one.event_id],
            employee_id=one.employee_id,
        )
        for one in accruals
        if (one.organisation_id, seasons[one.event_id]) in begun
    }
    _claim(session, late, now + EXPIRY_GRACE)


def expire_all_due(*, now: datetime) -> int:
    """Let everything expire that is to, an employee in a transaction; return how many.

    An idle server does not take the turn of SQLite's one writer for it.
    """
    with reading() as session:
        unbegun = {owner for owner, _ in queries.list_unbegun(session, by=now.date())}

    def begin_in(session: Session, owner: UUID) -> int:
        begin(session, now=now, of=owner)
        return 0

    each(sorted(unbegun), begin_in, job="begin_expiry", id_of=lambda owner: owner)
    with reading() as session:
        claims = queries.list_claims(session, now=now)
    return each(
        claims,
        lambda session, claim: expire_one(session, claim, now=now),
        job="expire_points",
        id_of=lambda claim: claim.employee_id,
    )


def begin(session: Session, *, now: datetime, of: UUID | None = None) -> None:
    """Note everybody who earned in a season whose day is over, once; in one organisation, ``of``.

    To be called before any balance is in hand: whoever has noted somebody has the day's row.
    """
    unbegun = queries.list_unbegun(session, by=now.date(), organisation_id=of)
    for organisation_id, expiry in unbegun:
        zone = find_time_zone(session, organisation_id=organisation_id)
        if now < expiry.over_at(zone):
            continue
        begun = session.execute(
            update(PointsExpiry)
            .where(
                PointsExpiry.organisation_id == organisation_id,
                PointsExpiry.season_id == expiry.season_id,
                PointsExpiry.begun_at.is_(None),
                PointsExpiry.version == expiry.version,
            )
            .values(begun_at=now)
        )
        if begun.rowcount:  # type: ignore[attr-defined]
            _note_everybody(session, organisation_id, expiry.season_id, now)


def expire_first(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID], now: datetime
) -> None:
    """Let what is over by ``now`` expire, before any points of these employees are held or taken.

    What is over is over at the second that was told, whether or not the worker has come to it.
    Their balances are in hand from here on.
    """
    begin(session, now=now, of=organisation_id)
    owners = [(organisation_id, employee_id) for employee_id in employee_ids]
    queries.lock_balances(session, owners=owners)
    for claim in queries.list_claims_of(session, owners=owners, now=now):
        _expire(session, claim, now)


def expire_one(session: Session, claim: Claim, *, now: datetime) -> int:
    """Let what is over of an employee's season expire; return 1, or 0 where it was seen to."""
    queries.lock_balances(session, owners=[claim.owner])
    # A statement of its own: what another worker has done since is seen.
    if claim not in queries.list_claims_of(session, owners=[claim.owner], now=now):
        return 0
    _expire(session, claim, now)
    return 1


def _expire(session: Session, claim: Claim, now: datetime) -> None:
    whose = {"organisation_id": claim.organisation_id, "employee_id": claim.employee_id}
    found = queries.list_left(session, **whose, season_ids=[claim.season_id])
    left = found[claim.season_id]
    if due := left.due(now):
        _book(session, claim, points=due, now=now)
    later = min((until for until in left.kept if until > now), default=None)
    its_row = (
        PointsToExpire.organisation_id == claim.organisation_id,
        PointsToExpire.season_id == claim.season_id,
        PointsToExpire.employee_id == claim.employee_id,
    )
    if later is None:
        session.execute(delete(PointsToExpire).where(*its_row))
    else:
        session.execute(update(PointsToExpire).where(*its_row).values(due_at=later))


def _book(session: Session, claim: Claim, *, points: int, now: datetime) -> None:
    whose = {"organisation_id": claim.organisation_id, "employee_id": claim.employee_id}
    row = {
        **whose,
        "id": new_id(),
        "kind": TransactionKind.EXPIRY,
        "points": points,
        "rule": f"expiry.{_count(session, claim) + 1}",
        "rule_version_id": None,
        "source_kind": SourceKind.SEASON,
        "source_id": claim.season_id,
        "event_id": None,
        "settles_id": None,
        "reverses_id": None,
        "reason": None,
        "at": now,
        "recorded_at": now,
        "due_at": None,
    }
    changes = {Account.AVAILABLE: -points, Account.EXPIRED: points}
    postings.write(session, transactions=[row], entries=postings.entries_of(row, changes))
    postings.move(session, moved={claim.owner: changes})


def _count(session: Session, claim: Claim) -> int:
    before = queries.select_ids_of(
        TransactionKind.EXPIRY,
        organisation_id=claim.organisation_id,
        sources=[claim.season_id],
        employee_id=claim.employee_id,
    )
    return session.scalars(select(func.count()).select_from(before.subquery())).one()


def _note_everybody(
    session: Session, organisation_id: UUID, season_id: UUID, now: datetime
) -> None:
    """Who is on the season's board earned in it. Who stands there for later has to be looked at."""
    columns = ("organisation_id", "season_id", "employee_id", "due_at")
    everybody = (
        select(
            Standing.organisation_id,
            literal(season_id, PointsToExpire.season_id.type),
            Standing.employee_id,
            literal(now, PointsToExpire.due_at.type),
        )
        .where(
            Standing.organisation_id == organisation_id, Standing.board == season_board(season_id)
        )
        .order_by(Standing.employee_id)
    )
    _add_claims(session, upsert(PointsToExpire).from_select(list(columns), everybody))


def _claim(session: Session, claims: Collection[Claim], due_at: datetime) -> None:
    """Note ``claims`` for ``due_at`` at the latest."""
    if not claims:
        return
    rows = [
        {
            "organisation_id": one.organisation_id,
            "season_id": one.season_id,
            "employee_id": one.employee_id,
            "due_at": due_at,
        }
        for one in sorted(claims, key=lambda one: (*one.owner, one.season_id))
    ]
    _add_claims(session, upsert(PointsToExpire).values(rows))


def _add_claims(session: Session, new: Insert) -> None:
    """Add rows; of two for one employee and season the earlier counts.

    Too early is not too soon: what is kept for longer than that is seen in the books.
    """
    session.execute(
        new.on_conflict_do_update(
            index_elements=["organisation_id", "season_id", "employee_id"],
            set_={"due_at": new.excluded.due_at},
            where=PointsToExpire.due_at > new.excluded.due_at,
        )
    )
