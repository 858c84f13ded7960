"""The bias report from the tables: whose work counts for which group, and who reads it."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.engagement.models import Rating
from backend.engagement.rules import RatingState, ReviewDecision
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.models import Department, Employee
from backend.identity.permissions import Role
from backend.identity.rules import EmploymentKind
from backend.insight.queries.comparisons import list_records
from backend.insight.rules.comparisons import Record
from tests.engagement.stories import Evening, make_evening
from tests.engagement.suspects import decide, held, rate
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.insight.rows import make_event, make_standing, make_tally, signed_in
from tests.insight.test_plans import EVENTFUL, plans, read_whole
from tests.rewards.books import catch_up

LATER = NOW + timedelta(hours=5)


def records_of(session: Session, arena: Arena, *, now: Any = NOW) -> list[Record]:
    return list_records(
        session, organisation_id=arena.organisation_id, season_id=arena.season_id, now=now
    )


def move(session: Session, who: Actor, *, department: str, kind: EmploymentKind) -> None:
    row = session.get_one(Employee, (who.organisation_id, who.employee_id))
    moved_to = Department(organisation_id=who.organisation_id, id=new_id(), name=department)
    session.add(moved_to)
    session.flush()
    row.department_id, row.employment_kind = moved_to.id, kind
    session.flush()


def test_somebodys_season_is_what_was_worked_earned_and_said(
    session: Session, arena: Arena
) -> None:
    usher = make_employee(session, arena)
    move(session, usher, department="Gates", kind=EmploymentKind.TEMP)
    for day in (1, 2):
        night = make_event(
            session, arena, held_on=date(2026, 10, day), starts_at=NOW - timedelta(days=30 - day)
        )
        make_shift(session, arena, usher, event_id=night, hours=(0, 3.5))
        make_tally(session, arena, usher, event_id=night, invitations=9, ratings=6, good=5)
    make_standing(session, arena, usher, points=170)
    make_employee(session, arena, name="Nobody Yet")
    [found] = records_of(session, arena)
    assert found == Record(
        department="Gates",
        employment_kind=EmploymentKind.TEMP,
        seconds=7 * 3_600,
        points=170,
        ratings=12,
        good=10,
        received=12,
        held=0,
    )


def test_of_an_event_that_is_on_only_the_hours_so_far_count(session: Session, arena: Arena) -> None:
    make_shift(session, arena, make_employee(session, arena), hours=(0, 3.5))
    assert [one.seconds for one in records_of(session, arena)] == [90 * 60]
    assert [one.seconds for one in records_of(session, arena, now=LATER)] == [210 * 60]


def test_another_season_and_another_organisation_are_in_none(
    session: Session, arena: Arena
) -> None:
    other = make_arena(session)
    usher = make_employee(session, other)
    make_shift(session, other, usher)
    make_tally(session, other, usher, invitations=3, ratings=3, good=3)
    make_standing(session, arena, make_employee(session, arena), points=5, board="month/2026-11")
    assert records_of(session, arena) == []
    assert len(records_of(session, other)) == 1


@pytest.mark.parametrize(
    ("decision", "accepted"),
    [(None, 1), (ReviewDecision.ACCEPTED, 2), (ReviewDecision.REJECTED, 1)],
)
def test_a_rating_that_was_held_stays_one_whatever_is_decided(
    session: Session, decision: ReviewDecision | None, accepted: int
) -> None:
    evening: Evening = make_evening(session)
    hr = make_employee(session, evening.arena, roles=(Role.HR,))
    rate(session, evening.alex, seen=None)
    suspect = held(session, evening.alex, stars=3)
    if decision:
        decide(session, hr, suspect.id, decision)
    catch_up(session)
    [found] = [one for one in records_of(session, evening.arena, now=LATER) if one.received]
    assert (found.ratings, found.received, found.held) == (accepted, 2, 1)
    assert found.good == 1


def test_a_late_rating_is_in_no_figure(session: Session) -> None:
    evening = make_evening(session)
    suspect = held(session, evening.alex)
    owner = evening.organisation_id
    session.get_one(Rating, (owner, suspect.id)).state = RatingState.SEASON_CLOSED
    session.flush()
    assert {one.received for one in records_of(session, evening.arena, now=LATER)} == {0}


def test_it_reads_what_was_worked_in_its_season_alone(session: Session, arena: Arena) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    with plans(session) as found:
        records_of(session, arena)
    assert any("tallies" in plan for plan in found.values())
    big = [table for table in EVENTFUL if table != "employees"]
    assert [step for plan in found.values() for step in read_whole(plan, big)] == []


def make_gates(app: Flask, role: Role, *, people: int = 6) -> tuple[Arena, Actor]:
    """Commit a season in which some people at gates were rated and worked."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        night = make_event(session, arena, held_on=date(2026, 10, 1))
        for number in range(people):
            usher = make_employee(session, arena)
            make_shift(session, arena, usher, event_id=night, hours=(0, 4))
            make_tally(session, arena, usher, event_id=night, invitations=10, ratings=10, good=9)
            make_standing(session, arena, usher, points=80 + number)
        reader = make_employee(session, arena, roles=(role,))
    return arena, reader


def get(app: Flask, actor: Actor, **query: Any) -> Any:
    with signed_in(app, actor) as client:
        return client.get("/v1/bias-report", query_string=query)


def test_hr_reads_groups_with_intervals(app: Flask) -> None:
    arena, hr = make_gates(app, Role.HR)
    answer = get(app, hr, season_id=arena.season_id)
    assert answer.status_code == 200, answer.text
    report = answer.get_json()
    assert (report["season"], report["fewest_people"], report["fewest_ratings"]) == (
        *("2026-27", 5, 30),
    )
    assert [one["by"] for one in report["comparisons"]] == ["department", "employment_kind"]
    for compared, name in zip(report["comparisons"], ("Guest services", "part_time"), strict=True):
        [group] = compared["groups"]
        assert group["name"] == name
        good = group["ratings"]["good"]
        assert (good["count"], good["out_of"], good["share"]) == (54, 60, 0.9)
        assert good["low"] < 0.9 < good["high"]
        hours = group["hours"]
        assert (hours["people"], hours["points"], hours["worked_minutes"]) == (6, 495, 6 * 240)
        assert hours["low"] < hours["points_per_hour"] == 20.625 < hours["high"]
        assert compared["together"]["ratings"] is compared["together"]["hours"] is None


def test_of_few_people_the_answer_has_no_number(app: Flask) -> None:
    _, hr = make_gates(app, Role.HR, people=4)
    compared, _ = get(app, hr).get_json()["comparisons"]
    for group in (*compared["groups"], compared["together"], compared["everybody"]):
        assert group["ratings"] is None
        assert group["hours"] is None
        assert (group["rating_showing"], group["hour_showing"]) == ("withheld", "withheld")


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR, Role.PAYROLL])
def test_it_is_for_hr(app: Flask, role: Role) -> None:
    _, reader = make_gates(app, role, people=0)
    assert get(app, reader).status_code == 403


def test_a_season_that_is_not_there_is_not_found(app: Flask) -> None:
    _, hr = make_gates(app, Role.HR, people=0)
    other, _ = make_gates(app, Role.HR, people=0)
    assert get(app, hr, season_id=new_id()).status_code == 404
    assert get(app, hr, season_id=other.season_id).status_code == 404
    assert get(app, hr, season_id="autumn").status_code == 422
