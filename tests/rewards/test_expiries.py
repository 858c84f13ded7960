"""Points expire by season: on the day that was said, what is left, once, and nothing else."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import transaction
from backend.insight import verify
from backend.rewards import queries
from backend.rewards.models import (
    Account,
    Balance,
    LedgerEntry,
    LedgerTransaction,
    PointsToExpire,
    Standing,
    TransactionKind,
)
from backend.rewards.problems import (
    ExpiryBegun,
    ExpiryChanged,
    ExpiryOnlyLater,
    ExpiryTooSoon,
    NotEnoughPoints,
)
from backend.rewards.rules import Merit, RedemptionStatus
from backend.rewards.services import expiries, reach, redemptions
from backend.rewards.services.ledger import accrue, confirm_due, reverse
from backend.venues.problems import SeasonNotFound
from backend.venues.services.venue_imports import import_venues
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.http import headers_for
from tests.rewards.books import check_books, spend
from tests.rewards.expiring import DAY, LAST, OVER, earn, expire, next_season, say
from tests.rewards.test_adjustments import adjust
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.test_redemptions import HR
from tests.rewards.wallets import make_reward
from tests.venues.test_venue_imports import a_file


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena)


@pytest.fixture
def harper(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, name="Harper Reed", roles=HR)


def buckets(session: Session, who: Actor) -> tuple[int, int, int, int]:
    """Return available, held, debt, and what has expired."""
    session.expire_all()
    row = session.get_one(Balance, (who.organisation_id, who.employee_id))
    whose = {"organisation_id": who.organisation_id, "employee_id": who.employee_id}
    return row.available, row.held, row.debt, queries.sum_expired(session, **whose)


def expiring(session: Session, who: Actor, now: object = NOW) -> list[tuple[int, date]]:
    found = queries.list_expiring(
        session,
        organisation_id=who.organisation_id,
        employee_id=who.employee_id,
        now=now,  # type: ignore[arg-type]
    )
    return [(one.points, one.expires_on) for one in found]


def boards(session: Session, who: Actor) -> list[tuple[str, int]]:
    rows = session.execute(
        select(Standing.board, Standing.points)
        .where(Standing.employee_id == who.employee_id)
        .order_by(Standing.board)
    )
    return [(board, points) for board, points in rows]


def check(session: Session, arena: Arena) -> None:
    """Assert that the books and what `verify` says of them are in order."""
    check_books(session, arena.organisation_id)
    for code in ("I01", "I02", "I03", "I05", "I14", "I15"):
        found = verify.find_offenders(session, code=code, organisation_id=arena.organisation_id)
        # The points were given here without work that a tally could have counted.
        assert {one.table for one in found} <= {"tallies"}


def test_the_day_is_said_in_time_moved_only_later_and_put_on_record(
    session: Session, arena: Arena, harper: Actor
) -> None:
    with pytest.raises(ExpiryTooSoon):
        say(session, harper, arena, day=DAY - timedelta(days=1))
    assert say(session, harper, arena).version == 1
    with pytest.raises(ExpiryChanged):
        say(session, harper, arena, day=DAY + timedelta(days=1))
    for day in (DAY, DAY - timedelta(days=1)):
        with pytest.raises(ExpiryOnlyLater) as refused:
            say(session, harper, arena, day=day, seen=1)
        assert refused.value.members == {"expires_on": str(DAY)}
    assert say(session, harper, arena, day=DAY + timedelta(days=1), seen=1).version == 2
    with pytest.raises(SeasonNotFound):
        say(session, harper, make_arena(session))
    rows = session.scalars(
        select(AuditRow).where(
            AuditRow.act == "expiry.set", AuditRow.actor_id == harper.employee_id
        )
    ).all()
    assert [row.detail["expires_on"] for row in rows] == [str(DAY), str(DAY + timedelta(days=1))]


def test_another_venue_whose_day_is_over_sooner_takes_nothing_from_what_was_promised(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 50)
    say(session, harper, arena)
    row = "AFAR,Afar,Pacific/Kiritimati,100,G1,Gate 1,gate,A,Lane A"
    import_venues(session, actor=harper, text=a_file(row), now=NOW)
    expire(session, now=LAST)
    assert buckets(session, usher) == (50, 0, 0, 0)
    expire(session)
    assert buckets(session, usher) == (0, 0, 0, 50)


def test_long_after_a_season_there_are_still_two_months_of_notice(
    session: Session, arena: Arena, harper: Actor
) -> None:
    later = {
        "actor": harper,
        "season_id": arena.season_id,
        "seen_version": 0,
        "now": OVER + timedelta(days=300),
    }
    soon = (OVER + timedelta(days=359)).date()
    with pytest.raises(ExpiryTooSoon):
        expiries.set_day(session, expires_on=soon, **later)  # type: ignore[arg-type]
    in_time = soon + timedelta(days=1)
    assert expiries.set_day(session, expires_on=in_time, **later).version  # type: ignore[arg-type]


def test_what_is_left_of_a_season_expires_when_its_day_is_over(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    summer = next_season(session, arena)
    earn(session, arena, usher, 100)
    earn(session, arena, usher, 7, event_id=summer, at=LAST - 2 * HOLD)
    spend(session, usher, 30)
    say(session, harper, arena)
    assert expiring(session, usher, LAST - timedelta(days=61)) == []
    assert expiring(session, usher, LAST - timedelta(days=60)) == [(70, DAY)]
    spend(session, usher, 5)
    assert expiring(session, usher, LAST - timedelta(days=60)) == [(65, DAY)]
    before = boards(session, usher)
    expire(session, now=LAST)
    assert buckets(session, usher) == (72, 0, 0, 0)
    expire(session)
    assert buckets(session, usher) == (7, 0, 0, 65)
    assert expiring(session, usher, OVER) == []
    [row] = session.scalars(
        select(LedgerTransaction).where(
            LedgerTransaction.organisation_id == arena.organisation_id,
            LedgerTransaction.kind == TransactionKind.EXPIRY,
        )
    )
    assert (row.source_id, row.rule, row.points) == (arena.season_id, "expiry.1", 65)
    assert boards(session, usher) == before
    check(session, arena)
    expire(session, now=OVER + timedelta(days=1))
    assert buckets(session, usher) == (7, 0, 0, 65)
    with pytest.raises(ExpiryBegun):
        say(session, harper, arena, day=DAY + timedelta(days=9), seen=1)


def test_who_has_spent_everything_loses_nothing(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    spend(session, usher, 100)
    say(session, harper, arena)
    expire(session)
    assert buckets(session, usher) == (0, 0, 0, 0)
    assert not session.scalar(
        select(func.count())
        .select_from(PointsToExpire)
        .where(PointsToExpire.organisation_id == arena.organisation_id)
    )
    check(session, arena)


def test_a_season_without_a_day_never_expires(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    expire(session, now=OVER + timedelta(days=9_000))
    assert buckets(session, usher) == (100, 0, 0, 0)


def test_pending_points_expire_a_month_after_they_were_confirmed(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    occasion = an_occasion(session, arena)
    accrue(session, occasion=occasion, earnings=[an_earning(usher, 9)], now=OVER)
    say(session, harper, arena)
    expire(session)
    assert buckets(session, usher) == (0, 0, 0, 100)
    confirmed = OVER + HOLD
    assert confirm_due(session, now=confirmed) == 1
    month = timedelta(days=30)
    assert expiring(session, usher, confirmed) == [(9, (confirmed + month).date())]
    expire(session, now=confirmed + month - timedelta(seconds=1))
    assert buckets(session, usher) == (9, 0, 0, 100)
    expire(session, now=confirmed + month)
    assert buckets(session, usher) == (0, 0, 0, 109)
    rules = session.scalars(
        select(LedgerTransaction.rule).where(
            LedgerTransaction.organisation_id == arena.organisation_id,
            LedgerTransaction.kind == TransactionKind.EXPIRY,
        )
    )
    assert sorted(rules) == ["expiry.1", "expiry.2"]
    check(session, arena)


@pytest.mark.parametrize(("end", "days"), [("decline", 30), ("expire", 30), ("cancel", 0)])
def test_held_points_do_not_expire_and_have_a_month_when_others_give_them_back(
    session: Session, arena: Arena, usher: Actor, harper: Actor, end: str, days: int
) -> None:
    earn(session, arena, usher, 100)
    reward = make_reward(session, harper, now=NOW, points=60)
    asked = redemptions.ask(
        session,
        actor=usher,
        reward_id=reward.id,
        reward_version=1,
        merit=Merit(),
        now=OVER - timedelta(days=3),
    )
    say(session, harper, arena)
    expire(session)
    assert buckets(session, usher) == (0, 60, 0, 40)
    back = OVER + timedelta(days=2)
    at = {"redemption_id": asked.id, "now": back}
    if end == "decline":
        redemptions.decline(session, actor=harper, seen_version=1, reason="No.", **at)  # type: ignore[arg-type]
    elif end == "cancel":
        redemptions.cancel(session, actor=usher, **at)  # type: ignore[arg-type]
    else:
        back = asked.due_at or back
        row = queries.lock_redemption(
            session, organisation_id=arena.organisation_id, redemption_id=asked.id
        )
        redemptions._ended(session, row, RedemptionStatus.EXPIRED, actor_id=None, now=back)
    gone = back + timedelta(days=days)
    if days:
        assert expiring(session, usher, back) == [(60, (gone - timedelta(hours=4)).date())]
        expire(session, now=gone - timedelta(seconds=1))
        assert buckets(session, usher) == (60, 0, 0, 40)
    expire(session, now=gone)
    assert buckets(session, usher) == (0, 0, 0, 100)
    check(session, arena)


def test_a_cancellation_of_before_midnight_that_comes_after_the_job_keeps_nothing(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    say(session, harper, arena)
    reward = make_reward(session, harper, now=NOW, points=60)
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=LAST
    )
    expire(session)
    redemptions.cancel(session, actor=usher, redemption_id=asked.id, now=LAST)
    expire(session)
    assert buckets(session, usher) == (0, 0, 0, 100)
    check(session, arena)


def test_what_comes_back_just_before_the_day_has_a_month_too_and_nothing_else_has(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    say(session, harper, arena)
    eve = OVER - timedelta(days=1)
    decline_at(session, usher, harper, points=60, now=eve)
    assert expiring(session, usher, eve) == [(40, DAY), (60, date(2027, 9, 28))]
    expire(session)
    assert buckets(session, usher) == (60, 0, 0, 40)
    assert expiring(session, usher, OVER) == [(60, date(2027, 9, 28))]
    expire(session, now=eve + timedelta(days=30))
    assert buckets(session, usher) == (0, 0, 0, 100)
    check(session, arena)


def test_asking_for_little_again_and_again_keeps_little(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    say(session, harper, arena)
    decline_at(session, usher, harper, points=1, now=OVER - timedelta(days=9))
    decline_at(session, usher, harper, points=1, now=OVER - timedelta(days=1))
    expire(session)
    assert buckets(session, usher) == (2, 0, 0, 98)
    expire(session, now=OVER + timedelta(days=21))
    assert buckets(session, usher) == (1, 0, 0, 99)
    expire(session, now=OVER + timedelta(days=29))
    assert buckets(session, usher) == (0, 0, 0, 100)
    check(session, arena)


def test_points_that_were_kept_are_spent_like_any(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    say(session, harper, arena)
    decline_at(session, usher, harper, points=60, now=OVER - timedelta(days=1))
    expire(session)
    spend(session, usher, 50)
    assert expiring(session, usher, OVER) == [(10, date(2027, 9, 28))]
    expire(session, now=OVER + timedelta(days=30))
    assert buckets(session, usher) == (0, 0, 0, 50)
    check(session, arena)


def decline_at(
    session: Session, usher: Actor, harper: Actor, *, points: int, now: datetime
) -> None:
    """Let the usher ask for something, which HR declines."""
    reward = make_reward(session, harper, now=NOW, points=points)
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=now
    )
    redemptions.decline(
        session, actor=harper, redemption_id=asked.id, seen_version=1, reason="No.", now=now
    )


def test_what_has_expired_is_not_taken_a_second_time_by_a_reversal(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    summer = next_season(session, arena)
    source_id = earn(session, arena, usher, 100)
    spend(session, usher, 30)
    earn(session, arena, usher, 50, event_id=summer, at=LAST - 2 * HOLD)
    say(session, harper, arena)
    expire(session)
    assert buckets(session, usher) == (50, 0, 0, 70)
    owner = arena.organisation_id
    reverse(session, organisation_id=owner, source_id=source_id, reason="Not so.", now=OVER)
    # 70 of them have expired; the 30 that were spent are taken from what is there.
    assert buckets(session, usher)[:3] == (20, 0, 0)
    gone = session.scalar(
        select(func.sum(LedgerEntry.points)).where(
            LedgerEntry.organisation_id == owner, LedgerEntry.account == Account.EXPIRED
        )
    )
    assert gone == 0
    check(session, arena)


def test_debt_from_a_season_is_repaid_before_anything_expires(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    source_id = earn(session, arena, usher, 40)
    spend(session, usher, 40)
    owner = arena.organisation_id
    reverse(session, organisation_id=owner, source_id=source_id, reason="Not so.", now=NOW)
    earn(session, arena, usher, 100)
    assert buckets(session, usher) == (60, 0, 0, 0)
    say(session, harper, arena)
    expire(session)
    assert buckets(session, usher) == (0, 0, 0, 60)
    check(session, arena)


def test_hr_sees_how_many_will_expire_at_most(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    other = make_employee(session, arena)
    earn(session, arena, usher, 100)
    earn(session, arena, other, 40)
    earn(session, arena, other, 60, event_id=next_season(session, arena), at=LAST - 2 * HOLD)
    spend(session, usher, 70)
    at_most = queries.bound_available(
        session, organisation_id=arena.organisation_id, season_id=arena.season_id
    )
    assert at_most == 30 + 40


@pytest.mark.parametrize("begun", [False, True])
def test_what_is_over_is_spent_by_nobody_though_no_worker_has_come_to_it(
    session: Session, arena: Arena, usher: Actor, harper: Actor, begun: bool
) -> None:
    earn(session, arena, usher, 100)
    earn(session, arena, usher, 30, event_id=next_season(session, arena), at=LAST - HOLD)
    say(session, harper, arena)
    asks: dict[str, Any] = {"actor": usher, "reward_version": 1, "merit": Merit()}
    dear, cheap = (make_reward(session, harper, now=NOW, points=points) for points in (31, 20))
    if begun:
        expiries.begin(session, now=OVER)
    late = OVER + timedelta(days=7)
    with pytest.raises(NotEnoughPoints), session.begin_nested():
        redemptions.ask(session, reward_id=dear.id, now=late, **asks)
    redemptions.ask(session, reward_id=cheap.id, now=late, **asks)
    assert buckets(session, usher) == (10, 20, 0, 100)
    expire(session, now=late)
    assert buckets(session, usher) == (10, 20, 0, 100)
    check(session, arena)


def test_what_is_over_is_not_shown_as_available_though_no_worker_has_come_to_it(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    earn(session, arena, usher, 30, event_id=next_season(session, arena), at=LAST - HOLD)
    say(session, harper, arena)
    dear = make_reward(session, harper, now=NOW, points=131)
    whose: Any = {"organisation_id": arena.organisation_id, "employee_id": usher.employee_id}
    for now, over in ((LAST, 0), (OVER, 100), (OVER + timedelta(days=7), 100)):
        assert queries.sum_overdue(session, **whose, now=now) == over
        [seen] = reach.list_in_view(session, actor=usher, rewards=[dear], merit=Merit(), now=now)
        assert seen.missing.points == 1 + over
    assert expiring(session, usher, LAST) == [(100, DAY)]
    assert expiring(session, usher, OVER) == []


def test_points_are_not_taken_out_of_what_is_over(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    earn(session, arena, usher, 100)
    earn(session, arena, usher, 30, event_id=next_season(session, arena), at=LAST - HOLD)
    say(session, harper, arena)
    adjust(session, harper, usher, -10, now=OVER)
    assert buckets(session, usher) == (20, 0, 0, 100)
    check(session, arena)


def test_my_points_say_what_is_over_as_expired(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        who, hr = make_employee(session, arena), make_employee(session, arena, roles=HR)
        earn(session, arena, who, 100)
        say(session, hr, arena)
    for now, said in ((LAST, (100, 0, 1)), (OVER, (0, 100, 0))):
        with time_machine.travel(now, tick=False):
            answer = app.test_client().get("/v1/me/points", headers=headers_for(app, who))
        told = answer.get_json()
        assert (told["available"], told["expired"], len(told["expiring"])) == said
