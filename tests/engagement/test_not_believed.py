"""Requests that are not believed: neither they nor their ratings pay by themselves."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating
from backend.engagement.rules import Moment, RatingState, ReviewDecision
from backend.engagement.services import ratings, requests, timers
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.requests import Resolved
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.integrity.rules import Verdict
from backend.rewards.models import LedgerTransaction
from tests.engagement.stories import (
    PRESENT,
    Evening,
    accepted,
    committed_evening,
    make_evening,
    opened,
    resolve,
    tally_of,
)
from tests.engagement.suspects import DECIDED, decide, phone, suspicions_of
from tests.factories import NOW, make_employee
from tests.rewards.books import check_books

SOON = NOW + timedelta(minutes=1)
FIVE = GivenAnswer(stars=5)


def points(session: Session, who: Actor) -> int:
    mine = select(func.sum(LedgerTransaction.points)).where(
        LedgerTransaction.employee_id == who.employee_id
    )
    return session.scalar(mine) or 0


def done_off_duty(session: Session, evening: Evening, who: Actor) -> Resolved:
    request = opened(session, who, zone_id=evening.arena.gate_id)
    requests.accept(session, actor=who, request_id=request.id, moment=PRESENT)
    return resolve(session, who, request.id)


def test_the_rating_of_what_was_done_off_duty_waits_for_a_person(session: Session) -> None:
    evening = make_evening(session)
    resting = make_employee(session, evening.arena)
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    done = done_off_duty(session, evening, resting)
    assert done.request.verdict is Verdict.UNVERIFIED
    given = ratings.receive(session, code=done.code, given=FIVE, now=SOON, sighting=phone())
    assert suspicions_of(session, evening, given.rating_id) == "not_believed"
    assert (points(session, resting), tally_of(session, evening, resting).ratings) == (0, 0)
    decide(session, hr, given.rating_id, ReviewDecision.ACCEPTED, now=DECIDED)
    assert points(session, resting) == 15
    check_books(session, evening.organisation_id)


def test_so_does_that_of_what_a_phone_told_too_late(session: Session) -> None:
    evening = make_evening(session)
    long_ago = Moment(at=NOW - timedelta(hours=80), verdict=Verdict.REJECTED, now=NOW)
    done = resolve(session, evening.alex, accepted(session, evening.alex).id, moment=long_ago)
    given = ratings.receive(session, code=done.code, given=FIVE, now=SOON, sighting=phone())
    kept = session.get_one(Rating, (evening.organisation_id, given.rating_id))
    assert (kept.state, points(session, evening.alex)) == (RatingState.HELD, 0)


def test_whoever_takes_and_puts_back_off_duty_costs_the_next_one_nothing(app: Flask) -> None:
    evening = committed_evening(app)
    alex = evening.alex
    with app.app_context(), transaction() as session:
        resting = make_employee(session, evening.arena)
        by_hand, by_time = (opened(session, evening.blair) for _ in range(2))
        for request in (by_hand, by_time):
            requests.accept(session, actor=resting, request_id=request.id, moment=PRESENT)
        requests.release(session, actor=resting, request_id=by_hand.id, moment=PRESENT)
    with app.app_context():
        timers.release_idle(now=NOW + timedelta(minutes=46), idle_minutes=45)
    later = Moment.present(NOW + timedelta(minutes=50))
    with app.app_context(), transaction() as session:
        for request in (by_hand, by_time):
            requests.accept(session, actor=alex, request_id=request.id, moment=later)
            done = resolve(session, alex, request.id, moment=later)
            assert done.request.verdict is Verdict.VERIFIED
        assert points(session, alex) == 20
    with app.app_context(), reading() as session:
        assert list(verify.verify(session, organisation_id=evening.organisation_id)) == []


def test_what_was_opened_off_duty_is_not_believed_after_it_was_put_back_either(
    session: Session,
) -> None:
    evening = make_evening(session)
    resting = make_employee(session, evening.arena)
    request = opened(session, resting, zone_id=evening.arena.gate_id)
    requests.accept(session, actor=resting, request_id=request.id, moment=PRESENT)
    requests.release(session, actor=resting, request_id=request.id, moment=PRESENT)
    requests.accept(session, actor=evening.alex, request_id=request.id, moment=PRESENT)
    assert resolve(session, evening.alex, request.id).request.verdict is Verdict.UNVERIFIED


def test_whoever_did_it_off_duty_while_a_timer_put_it_back_is_not_believed(app: Flask) -> None:
    evening = committed_evening(app)
    with app.app_context(), transaction() as session:
        resting = make_employee(session, evening.arena)
        request = opened(session, evening.blair)
        requests.accept(session, actor=resting, request_id=request.id, moment=PRESENT)
    late = NOW + timedelta(minutes=46)
    with app.app_context():
        timers.release_idle(now=late, idle_minutes=45)
    told = Moment(at=NOW + timedelta(minutes=9), verdict=Verdict.VERIFIED, now=late)
    with app.app_context(), transaction() as session:
        done = resolve(session, resting, request.id, moment=told)
        assert done.request.verdict is Verdict.UNVERIFIED
