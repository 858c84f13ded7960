"""Appeals: somebody who had no part in it looks again, and decides for good."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.identity.models import Employee
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.models import Reward
from backend.rewards.problems import (
    AdjustmentNotFound,
    AlreadyAppealed,
    AppealDecided,
    AppealNotFound,
    AppealTooLate,
    NotAppealable,
    NotEnoughPoints,
    NotImpartial,
    OutOfStock,
    RedemptionNotFound,
)
from backend.rewards.queries import AppealFacts, RedemptionFacts, RewardFacts
from backend.rewards.rules import (
    ANSWER_WITHIN,
    APPEAL_WITHIN,
    REVERSIBLE_AFTER,
    AppealStatus,
    AppealSubject,
    Merit,
    RedemptionStatus,
)
from backend.rewards.services import adjustments, appeals, catalogue, redemptions
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.expiring import LAST, OVER, earn, expire, say
from tests.rewards.test_adjustments import (
    HR,
    adjust,
    approve,
    buckets,
    check,
    earned,
    harper,
    indira,
    reverse,
    usher,
)
from tests.rewards.wallets import give_available, make_reward

__all__ = ["harper", "indira", "usher"]

GRANTED, UPHELD = AppealStatus.GRANTED, AppealStatus.UPHELD


@pytest.fixture
def jo(session: Session, arena: Arena) -> Actor:
    """Return a third person of HR."""
    return make_employee(session, arena, name="Jo Third", roles=HR)


def appeal(
    session: Session,
    who: Actor,
    subject_id: UUID,
    *,
    kind: str = "adjustment",
    hours: int = 1,
    at: datetime = NOW,
) -> AppealFacts:
    return appeals.lodge(
        session,
        actor=who,
        subject_kind=AppealSubject(kind),
        subject_id=subject_id,
        statement="That was not me.",
        now=at + timedelta(hours=hours),
    )


def decide(
    session: Session, by: Actor, appeal_id: UUID, status: AppealStatus, *, at: datetime = NOW
) -> AppealFacts:
    act = appeals.grant if status is GRANTED else appeals.uphold
    later = at + timedelta(hours=2)
    return act(session, actor=by, appeal_id=appeal_id, reason="I looked again.", now=later)


def declined(session: Session, who: Actor, by: Actor, reward: RewardFacts) -> RedemptionFacts:
    """Let ``who`` ask for a reward, and ``by`` decline it."""
    asked = redemptions.ask(
        session,
        actor=who,
        reward_id=reward.id,
        reward_version=reward.version,
        merit=Merit(),
        now=NOW,
    )
    return redemptions.decline(
        session, actor=by, redemption_id=asked.id, seen_version=1, reason="Not yet.", now=NOW
    )


def test_what_was_taken_is_given_back_when_the_appeal_is_granted(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    give_available(session, usher, points=20, now=NOW)
    taken = adjust(session, harper, usher, -50)
    lodged = appeal(session, usher, taken.id)
    assert (lodged.status, lodged.due_at) == ("waiting", lodged.made_at + ANSWER_WITHIN)
    done = decide(session, indira, lodged.id, GRANTED)
    assert (done.status, done.decided_by, done.reason) == (
        GRANTED,
        indira.employee_id,
        "I looked again.",
    )
    assert buckets(session, usher) == (0, 20, 0, 0, 0)
    assert done.adjustment_id
    back = queries.get_adjustment(
        session, organisation_id=arena.organisation_id, adjustment_id=done.adjustment_id
    )
    assert (back.points, back.appeal_id, back.decided_by) == (50, lodged.id, None)
    acts = session.scalars(select(AuditRow.act).where(AuditRow.subject_id == lodged.id))
    assert acts.all() == ["appeal.granted"]
    check(session, arena)


def test_each_beneficiary_of_a_reversal_appeals_for_their_own_part(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor, jo: Actor
) -> None:
    helper = make_employee(session, arena)
    taken = reverse(session, harper, earned(session, arena, usher, helper, points=120))
    approve(session, indira, taken.id)
    lodged = appeal(session, helper, taken.id)
    appeal(session, usher, taken.id)
    for partial in (harper, indira):
        with pytest.raises(NotImpartial):
            decide(session, partial, lodged.id, UPHELD)
    decide(session, jo, lodged.id, GRANTED)
    assert buckets(session, helper) == (0, 120, 0, 0, 0)
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    check(session, arena)


def test_only_what_a_reversal_took_from_the_employee_is_given_back(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    say(session, harper, arena)
    source_id = earn(session, arena, usher, 60)
    reward = make_reward(session, harper, now=NOW, points=20)
    redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=LAST
    )
    expire(session)
    assert buckets(session, usher) == (0, 0, 20, 0, 0)
    # Of the sixty, forty were nobody's any more, and twenty are held: they become debt.
    taken = reverse(session, harper, source_id, now=OVER)
    assert buckets(session, usher) == (0, 0, 20, 0, -20)
    lodged = appeal(session, usher, taken.id, at=OVER)
    decide(session, indira, lodged.id, GRANTED, at=OVER)
    assert buckets(session, usher) == (0, 0, 20, 0, 0)
    check(session, arena)


def test_who_lost_nothing_has_nothing_to_appeal_against(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    say(session, harper, arena)
    source_id = earn(session, arena, usher, 60)
    expire(session)
    taken = reverse(session, harper, source_id, now=OVER)
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    with pytest.raises(NotAppealable):
        appeal(session, usher, taken.id, at=OVER)
    [shown] = queries.list_own_adjustments(
        session,
        organisation_id=arena.organisation_id,
        employee_id=usher.employee_id,
        before=None,
        limit=9,
    )
    assert (shown.points, shown.lost, shown.appeal_until) == (-60, 0, None)
    check(session, arena)


def test_what_is_upheld_stays_as_it_was_for_good(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    taken = adjust(session, harper, usher, -50)
    lodged = appeal(session, usher, taken.id)
    done = decide(session, indira, lodged.id, UPHELD)
    assert (done.status, done.adjustment_id, done.redemption_id) == (UPHELD, None, None)
    with pytest.raises(AppealDecided):
        decide(session, indira, lodged.id, GRANTED)
    with pytest.raises(AlreadyAppealed):
        appeal(session, usher, taken.id, hours=3)
    assert buckets(session, usher) == (0, 0, 0, 0, -50)
    check(session, arena)


def test_nobody_decides_who_had_a_part_in_it_or_is_the_same_person(
    session: Session, arena: Arena, indira: Actor
) -> None:
    usher = make_employee(session, arena, payroll_number="P-USHER")
    author = make_employee(session, arena, roles=HR, payroll_number="P-AUTHOR")
    lodged = appeal(session, usher, adjust(session, author, usher, -50).id)
    partial = [
        author,
        make_employee(session, arena, roles=HR, payroll_number="P-AUTHOR"),
        make_employee(session, arena, roles=HR, payroll_number="P-USHER"),
        usher,
    ]
    # The number that the author had then counts, whatever it is now.
    session.get_one(Employee, (arena.organisation_id, author.employee_id)).payroll_number = "P-3"
    session.flush()
    for status in (GRANTED, UPHELD):
        for one in partial:
            with pytest.raises(NotImpartial):
                decide(session, one, lodged.id, status)
        unknown = make_employee(session, arena, roles=HR, payroll_number=None)
        with pytest.raises(PersonUnknown):
            decide(session, unknown, lodged.id, status)
    assert decide(session, indira, lodged.id, UPHELD).status is UPHELD


def test_an_appeal_is_against_what_took_something_from_oneself(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    other = make_employee(session, arena)
    taken = adjust(session, harper, usher, -50)
    with pytest.raises(AdjustmentNotFound):
        appeal(session, other, taken.id)
    with pytest.raises(NotAppealable):
        appeal(session, other, adjust(session, harper, other, 50).id)
    with pytest.raises(AdjustmentNotFound):
        appeal(session, other, adjust(session, harper, other, -5_000).id)
    with pytest.raises(AdjustmentNotFound):
        appeal(session, other, new_id())
    give_available(session, usher, points=100, now=NOW)
    reward = make_reward(session, harper, now=NOW, points=20)
    refused = declined(session, usher, harper, reward)
    with pytest.raises(RedemptionNotFound):
        appeal(session, other, refused.id, kind="redemption")
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=NOW
    )
    with pytest.raises(NotAppealable):
        appeal(session, usher, asked.id, kind="redemption")


def test_after_fourteen_days_it_is_too_late_to_appeal(
    session: Session, usher: Actor, harper: Actor
) -> None:
    taken = adjust(session, harper, usher, -50)
    last = APPEAL_WITHIN // timedelta(hours=1)
    with pytest.raises(AppealTooLate):
        appeal(session, usher, taken.id, hours=last + 1)
    appeal(session, usher, taken.id, hours=last)


def test_what_is_late_waits_in_front_and_can_still_be_granted(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    subjects = [adjust(session, harper, usher, -10).id for _ in range(3)]
    lodged = [appeal(session, usher, one, hours=hour).id for hour, one in enumerate(subjects)]
    decide(session, indira, lodged[1], UPHELD)
    owner = arena.organisation_id
    late = NOW + ANSWER_WITHIN + timedelta(hours=1)
    page: dict[str, Any] = {"organisation_id": owner, "now": late, "limit": 10}
    waiting = queries.list_waiting_appeals(session, after=None, **page)
    assert [(one.id, one.overdue) for one in waiting] == [(lodged[0], True), (lodged[2], False)]
    rest = queries.list_waiting_appeals(session, after=(waiting[0].made_at, waiting[0].id), **page)
    assert rest == waiting[1:]
    everything = queries.list_appeals(session, before=None, **page)
    assert [one.id for one in everything] == lodged[::-1]
    done = appeals.grant(session, actor=indira, appeal_id=lodged[0], reason="Yes.", now=late)
    assert (done.status, done.overdue) == (GRANTED, False)


def test_a_declined_wish_is_granted_on_its_own_terms_though_it_is_offered_no_more(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    give_available(session, usher, points=100, now=NOW)
    reward = make_reward(session, harper, now=NOW, stock=1)
    refused = declined(session, usher, harper, reward)
    changes = {"version": 1, "points": 900, "withdrawn": True}
    catalogue.change(session, actor=harper, reward_id=reward.id, to=changes, now=NOW)
    lodged = appeal(session, usher, refused.id, kind="redemption")
    with pytest.raises(NotImpartial):
        decide(session, harper, lodged.id, GRANTED)
    done = decide(session, indira, lodged.id, GRANTED)
    assert done.redemption_id
    renewed = queries.get_redemption(
        session, organisation_id=arena.organisation_id, redemption_id=done.redemption_id
    )
    assert (renewed.employee_id, renewed.points) == (usher.employee_id, 100)
    assert (renewed.status, renewed.approved_by) == (
        RedemptionStatus.APPROVED,
        [indira.employee_id],
    )
    assert buckets(session, usher) == (0, 0, 100, 0, 0)
    assert session.get_one(Reward, (arena.organisation_id, reward.id)).stock == 0
    check(session, arena)


def test_a_dear_wish_that_is_granted_still_takes_a_second_person(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor, jo: Actor
) -> None:
    give_available(session, usher, points=100, now=NOW)
    reward = make_reward(session, harper, now=NOW, value_cents=30_000)
    lodged = appeal(session, usher, declined(session, usher, harper, reward).id, kind="redemption")
    renewed_id = decide(session, indira, lodged.id, GRANTED).redemption_id
    assert renewed_id
    approved = redemptions.approve(
        session, actor=jo, redemption_id=renewed_id, seen_version=2, now=NOW
    )
    assert approved.status is RedemptionStatus.APPROVED
    check(session, arena)


@pytest.mark.parametrize("missing", ["points", "stock"])
def test_a_wish_that_cannot_be_granted_now_says_why_and_the_appeal_stays_open(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor, missing: str
) -> None:
    give_available(session, usher, points=100, now=NOW)
    reward = make_reward(session, harper, now=NOW, stock=1)
    lodged = appeal(session, usher, declined(session, usher, harper, reward).id, kind="redemption")
    taker = usher
    if missing == "stock":
        taker = make_employee(session, arena)
        give_available(session, taker, points=100, now=NOW)
    else:
        to = {"version": 1, "stock": 2, "seen_stock": 1}
        catalogue.change(session, actor=harper, reward_id=reward.id, to=to, now=NOW)
    version = 1 if missing == "stock" else 2
    redemptions.ask(
        session, actor=taker, reward_id=reward.id, reward_version=version, merit=Merit(), now=NOW
    )
    savepoint = session.begin_nested()
    with pytest.raises(OutOfStock if missing == "stock" else NotEnoughPoints):
        decide(session, indira, lodged.id, GRANTED)
    savepoint.rollback()
    again = queries.get_appeal(
        session, organisation_id=arena.organisation_id, appeal_id=lodged.id, now=NOW
    )
    assert again.status is AppealStatus.WAITING
    check(session, arena)


def test_what_is_another_organisations_is_not_decided_here(
    session: Session, usher: Actor, harper: Actor
) -> None:
    stranger = make_employee(session, make_arena(session), roles=HR)
    lodged = appeal(session, usher, adjust(session, harper, usher, -10).id)
    for appeal_id in (lodged.id, new_id()):
        with pytest.raises(AppealNotFound):
            decide(session, stranger, appeal_id, UPHELD)


def test_an_employee_sees_what_was_taken_and_until_when_they_may_appeal(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    taken = adjust(session, harper, usher, -10)
    adjust(session, harper, usher, 5)
    adjust(session, harper, usher, 5_000)
    source_id = earned(session, arena, usher)
    adjustments.decline(
        session,
        actor=indira,
        adjustment_id=adjust(session, harper, usher, -90).id,
        reason="No.",
        now=NOW,
    )
    lodged = appeal(session, usher, taken.id)
    later = NOW + REVERSIBLE_AFTER
    waiting = reverse(session, harper, source_id, now=later)
    approve(session, indira, waiting.id)
    mine = queries.list_own_adjustments(
        session,
        organisation_id=arena.organisation_id,
        employee_id=usher.employee_id,
        before=None,
        limit=10,
    )
    assert {(one.points, one.appeal_until, one.appeal_id) for one in mine} == {
        (-10, NOW + APPEAL_WITHIN, lodged.id),
        (5, None, None),
        (-10, NOW + APPEAL_WITHIN, None),
    }
    assert {one.source_id for one in mine} == {None, source_id}


def test_whoever_declined_stays_who_they_were(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    row = session.get_one(Employee, (arena.organisation_id, harper.employee_id))
    again = make_employee(session, arena, roles=HR, payroll_number=row.payroll_number)
    give_available(session, usher, points=100, now=NOW)
    wish = declined(session, usher, harper, make_reward(session, harper, now=NOW))
    lodged = appeal(session, usher, wish.id, kind="redemption")
    row.payroll_number = "ELSE"
    session.flush()
    assert not appeals.is_impartial(session, actor=again, appeal_id=lodged.id)
    for status in (UPHELD, GRANTED):
        with pytest.raises(NotImpartial):
            decide(session, again, lodged.id, status)
