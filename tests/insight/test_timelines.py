"""An employee's timeline: everything that happened around them, once, in one order of time."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity.permissions import Role
from backend.insight.queries.timelines import WantedLines
from backend.insight.rules.timelines import Happening
from backend.insight.services import timelines
from backend.insight.services.timelines import Line
from backend.rewards.rules import REVERSIBLE_AFTER, AppealStatus
from tests.engagement.stories import Evening, make_evening, resolved, tally_of
from tests.engagement.suspects import phone
from tests.factories import NOW, make_employee
from tests.insight.test_plans import EVENTFUL, plans, read_whole
from tests.rewards.books import catch_up
from tests.rewards.expiring import OVER, earn, expire, say
from tests.rewards.test_adjustments import adjust, buckets, confirm, reverse
from tests.rewards.test_appeals import appeal, decide, declined
from tests.rewards.wallets import give_available, make_reward

LATER = datetime(2028, 1, 1, tzinfo=UTC)
HR = (Role.EMPLOYEE, Role.HR)


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


@pytest.fixture
def harper(session: Session, evening: Evening) -> Actor:
    return make_employee(session, evening.arena, name="Harper Reed", roles=HR)


@pytest.fixture
def indira(session: Session, evening: Evening) -> Actor:
    return make_employee(session, evening.arena, name="Indira Lane", roles=HR)


def lines_of(
    session: Session,
    who: Actor,
    *,
    kinds: Collection[Happening] = tuple(Happening),
    before: tuple[datetime, UUID, int] | None = None,
    limit: int = 100,
    now: datetime = LATER,
) -> list[Line]:
    return timelines.list_lines(
        session,
        organisation_id=who.organisation_id,
        wanted=WantedLines(employee_id=who.employee_id, kinds=kinds, now=now),
        before=before,
        limit=limit,
    )


def rate(session: Session, who: Actor, *, stars: int, minutes: int, staff: bool = False) -> UUID:
    """Let ``who`` help a fan some minutes after the beginning, who rates it a minute later."""
    at = NOW + timedelta(minutes=minutes)
    done = resolved(session, who, moment=Moment.present(at))
    return ratings.receive(
        session,
        code=done.code,
        given=GivenAnswer(stars=stars),
        sighting=phone(minutes, staff=staff),
        now=at + timedelta(minutes=1),
    ).rating_id


def said(line: Line) -> dict[str, Any]:
    return {name: getattr(line.told, name) for name in line.told.__dataclass_fields__}


def test_an_evening_is_told_with_the_work_and_the_points_of_each_deed(
    session: Session, evening: Evening
) -> None:
    alex = evening.alex
    rate(session, alex, stars=5, minutes=1)
    rate(session, alex, stars=2, minutes=3)
    rate(session, alex, stars=5, minutes=6, staff=True)
    catch_up(session)
    lines = lines_of(session, alex)
    assert [line.mark.kind for line in lines] == ["rating", "request"] * 3 + ["evening"]
    assert [line.told.points for line in lines[:-1]] == [0, 10, 0, 10, 15, 10]
    assert [line.told.stars for line in lines[:-1:2]] == [5, 2, 5]
    assert [line.told.state for line in lines[:-1:2]] == ["held", "accepted", "accepted"]
    assert said(lines[1]) == {
        "event": "Home against Away",
        "category": "seating",
        "zone": "Gate 1",
        "seat": "12",
        "percent": 100,
        "points": 10,
    }
    tally = tally_of(session, evening, alex)
    assert said(lines[-1]) == {
        "event": "Home against Away",
        "posts": ["Gate 1, lane 1"],
        "greetings": 0,
        "resolved": tally.resolved,
        "ratings": 2,
        "good": 1,
        "points": 45,
    }


def test_a_corrected_rating_stands_with_what_it_is_worth_now(
    session: Session, evening: Evening
) -> None:
    done = resolved(session, evening.alex)
    at = NOW + timedelta(minutes=1)
    received = ratings.receive(
        session, code=done.code, given=GivenAnswer(stars=2), sighting=phone(), now=at
    )
    ratings.correct(
        session,
        code=done.code,
        correction_token=received.correction_token or "",
        given=GivenAnswer(stars=5),
        now=at + timedelta(minutes=1),
    )
    [line] = lines_of(session, evening.alex, kinds=[Happening.RATING])
    assert (line.told.stars, line.told.points) == (5, 15)


def test_money_is_told_step_by_step_with_who_decided(
    session: Session, evening: Evening, harper: Actor, indira: Actor
) -> None:
    blair = evening.blair
    give_available(session, blair, points=500, now=NOW - timedelta(days=1))
    taken = adjust(session, harper, blair, -50, now=NOW - timedelta(hours=3))
    reward = make_reward(session, harper, now=NOW - timedelta(days=1), points=100)
    asked = declined(session, blair, harper, reward)
    lodged = appeal(session, blair, taken.id)
    decide(session, indira, lodged.id, AppealStatus.UPHELD)
    lines = lines_of(session, blair)
    money = {Happening.REDEMPTION, Happening.ADJUSTMENT, Happening.APPEAL}
    told = [line for line in lines if line.mark.kind in money]
    assert [line.mark.kind for line in told] == ["appeal", *["redemption"] * 2, "adjustment"]
    granted, refused, wished, corrected = told
    assert (granted.told.against, granted.told.status) == ("adjustment", "upheld")
    assert granted.actor_id == indira.employee_id
    assert (refused.mark.id, refused.told.step, refused.told.reason) == (
        asked.id,
        "declined",
        "Not yet.",
    )
    assert refused.actor_id == harper.employee_id
    assert (wished.told.step, wished.told.points) == ("asked", 100)
    assert said(corrected) == {
        "kind": "amount",
        "points": -50,
        "status": "applied",
        "actor_id": harper.employee_id,
        "reason": "Why.",
    }


def test_what_was_taken_back_is_taken_off_and_what_waits_says_so(
    session: Session, evening: Evening, harper: Actor
) -> None:
    alex = evening.alex
    done = resolved(session, alex)
    [before] = lines_of(session, alex, kinds=[Happening.REQUEST])
    reverse(session, harper, done.request.id, now=NOW + REVERSIBLE_AFTER)
    adjust(session, harper, alex, 150, now=NOW + REVERSIBLE_AFTER + timedelta(hours=1))
    [after] = lines_of(session, alex, kinds=[Happening.REQUEST])
    assert (before.told.points, after.told.points) == (10, 0)
    waiting, reversal = lines_of(session, alex, kinds=[Happening.ADJUSTMENT])
    assert (waiting.told.status, waiting.told.points) == ("waiting", 150)
    assert reversal.told.reason == "It never happened."


def sums(session: Session, who: Actor) -> tuple[int, int]:
    """Return what the lines of a timeline come to, and what the books hold."""
    lines = lines_of(session, who)
    assert len(lines) < 100
    pending, available, held, _, debt = buckets(session, who)
    return sum(line.points or 0 for line in lines), pending + available + held + debt


def test_the_lines_come_to_what_the_books_hold_before_and_after_work_is_taken_back(
    session: Session, evening: Evening, harper: Actor
) -> None:
    alex = evening.alex
    moments = [Moment.present(NOW + timedelta(minutes=minutes)) for minutes in (1, 3)]
    first, second = (resolved(session, alex, moment=moment) for moment in moments)
    rate(session, alex, stars=5, minutes=6)
    adjust(session, harper, alex, 7)
    assert sums(session, alex) == (52, 52)
    reverse(session, harper, first.request.id, now=NOW + timedelta(hours=1))
    assert sums(session, alex) == (42, 42)
    confirm(session, NOW + timedelta(days=4))
    adjust(session, harper, alex, -42, now=NOW + timedelta(days=5))
    reverse(session, harper, second.request.id, now=NOW + timedelta(days=5))
    assert sums(session, alex) == (-10, -10)


def test_what_had_expired_before_it_was_taken_back_is_taken_off_once(
    session: Session, evening: Evening, harper: Actor
) -> None:
    alex = evening.alex
    done = resolved(session, alex, moment=Moment.present(NOW + timedelta(minutes=1)))
    resolved(session, alex, moment=Moment.present(NOW + timedelta(minutes=3)))
    confirm(session, NOW + timedelta(days=4))
    # The oldest go first: four of the ten that are taken back below were had.
    adjust(session, harper, alex, -4, now=NOW + timedelta(days=5))
    say(session, harper, evening.arena)
    catch_up(session)
    expire(session)
    assert sums(session, alex) == (0, 0)
    reverse(session, harper, done.request.id, now=OVER + timedelta(days=1))
    assert sums(session, alex) == (-4, -4)


def test_points_that_expired_are_told_with_their_season(
    session: Session, evening: Evening, harper: Actor
) -> None:
    earn(session, evening.arena, evening.alex, 30)
    say(session, harper, evening.arena)
    expire(session)
    [line] = lines_of(session, evening.alex, kinds=[Happening.EXPIRY])
    assert (line.told.season, line.told.points) == ("2026-27", 30)
    assert line.mark.at >= OVER - timedelta(days=1)
    assert lines_of(session, evening.blair, kinds=[Happening.EXPIRY]) == []


def test_acts_are_those_that_were_done_to_somebody(
    session: Session, evening: Evening, harper: Actor
) -> None:
    alex, blair = evening.alex, evening.blair
    for who, act in ((alex, "employee.changed"), (blair, "employee.deactivated")):
        audit.record(session, actor=harper, act=act, subject_id=who.employee_id, now=NOW)
    # Done by somebody, and not to them.
    audit.record(session, actor=alex, act="season.closed", subject_id=None, now=NOW)
    session.flush()
    [line] = lines_of(session, alex, kinds=[Happening.ACT])
    assert (line.told.act, line.actor_id) == ("employee.changed", harper.employee_id)


def test_an_evening_to_come_is_none_yet(session: Session, evening: Evening) -> None:
    doors = NOW - timedelta(minutes=90)
    only = [Happening.EVENING]
    assert len(lines_of(session, evening.alex, kinds=only, now=doors)) == 1
    assert lines_of(session, evening.alex, kinds=only, now=doors - timedelta(seconds=1)) == []


def test_another_organisations_timeline_is_empty_here(
    session: Session, evening: Evening, harper: Actor
) -> None:
    rate(session, evening.alex, stars=5, minutes=1)
    elsewhere = make_evening(session)
    lines = timelines.list_lines(
        session,
        organisation_id=elsewhere.organisation_id,
        wanted=WantedLines(employee_id=evening.alex.employee_id, kinds=list(Happening), now=LATER),
        before=None,
        limit=10,
    )
    assert lines == []


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_have_every_line_once_also_where_many_are_of_one_instant(
    session: Session, evening: Evening, harper: Actor, limit: int
) -> None:
    alex = evening.alex
    for minutes in (1, 3):
        rate(session, alex, stars=5, minutes=minutes)
    give_available(session, alex, points=300, now=NOW)
    declined(session, alex, harper, make_reward(session, harper, now=NOW, points=100))
    for _ in range(4):
        audit.record(
            session, actor=harper, act="employee.changed", subject_id=alex.employee_id, now=NOW
        )
    session.flush()
    whole = [line.mark for line in lines_of(session, alex)]
    assert len(whole) == 11
    assert [mark.place for mark in whole] == sorted((m.place for m in whole), reverse=True)
    paged, before = [], None
    while found := lines_of(session, alex, before=before, limit=limit):
        assert len(found) <= limit
        paged += [line.mark for line in found]
        before = found[-1].mark.place
    assert paged == whole


def test_a_page_of_a_timeline_reads_what_is_of_one_employee_alone(
    session: Session, evening: Evening, harper: Actor
) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    alex = evening.alex
    rate(session, alex, stars=5, minutes=1)
    give_available(session, alex, points=300, now=NOW)
    declined(session, alex, harper, make_reward(session, harper, now=NOW, points=100))
    taken = adjust(session, harper, alex, -50)
    appeal(session, alex, taken.id)
    audit.record(
        session, actor=harper, act="employee.changed", subject_id=alex.employee_id, now=NOW
    )
    session.flush()
    eventful = (*EVENTFUL, "audit_rows", "adjustments", "credit_shares", "redemption_steps")
    with plans(session) as found:
        first, *_, last = lines_of(session, alex)
        assert lines_of(session, alex, before=first.mark.place)
        assert lines_of(session, alex, before=last.mark.place) == []
    assert any("audit_rows" in plan for plan in found.values())
    steps = [step for plan in found.values() for step in plan.splitlines()]
    # Nor along the time of what happened to everybody.
    assert [step for step in steps if re.search(r"\(organisation_id=\? AND \w*at<\?", step)] == []
    assert [step for plan in found.values() for step in read_whole(plan, eventful)] == []
