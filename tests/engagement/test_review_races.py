"""Decisions, corrections, answers and the end of a season at once: one truth each time."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from backend import closing
from backend.engagement.models import Rating, RatingDecision, RatingHold
from backend.engagement.problems import ReviewChanged, ReviewClosed
from backend.engagement.rules import RatingState, ReviewDecision
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.races import until_won
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.services import standings
from backend.venues.models import Season
from backend.venues.problems import SeasonClosed
from backend.venues.queries import forget_events
from backend.venues.rules import SeasonStatus
from tests.engagement.stories import Evening, committed_evening, resolved, tally_of
from tests.engagement.suspects import DECIDED, RATED, decide, held, phone
from tests.engagement.test_races import at_once
from tests.factories import make_employee

ACCEPTED, REJECTED = ReviewDecision.ACCEPTED, ReviewDecision.REJECTED


@pytest.fixture
def evening(app: Flask) -> Evening:
    return committed_evening(app)


@pytest.fixture
def deciders(app: Flask, evening: Evening) -> list[Actor]:
    with app.app_context(), transaction() as session:
        return [make_employee(session, evening.arena, roles=(Role.HR,)) for _ in range(8)]


def acting(app: Flask, act: Callable[..., Any]) -> Callable[[], str]:
    """Return what does ``act`` in a transaction of its own, and says how it ended."""

    def run() -> Any:
        with transaction() as session:
            return act(session)

    def start() -> str:
        with app.app_context():
            try:
                until_won(run)
            except Problem as refusal:
                return refusal.code()
        return "done"

    return start


def deciding(
    app: Flask, who: Actor, rating_id: UUID, decision: ReviewDecision = ACCEPTED, **more: Any
) -> Callable[[], str]:
    return acting(app, lambda session: decide(session, who, rating_id, decision, **more))


def must_hold(app: Flask, evening: Evening) -> None:
    with app.app_context():
        standings.catch_up()
        with reading() as session:
            report = verify.run(session, organisation_id=evening.organisation_id)
    assert report.findings == []


def test_one_of_many_decides(app: Flask, evening: Evening, deciders: list[Actor]) -> None:
    with app.app_context(), transaction() as session:
        one = held(session, evening.alex)
    choices = [ACCEPTED, REJECTED] * 4
    ends = at_once(
        [
            deciding(app, who, one.id, decision)
            for who, decision in zip(deciders, choices, strict=True)
        ]
    )
    assert Counter(ends) == {"done": 1, ReviewClosed.code(): 7}
    winner = choices[ends.index("done")]
    with app.app_context(), reading() as session:
        owned = {"organisation_id": evening.organisation_id}
        made = session.scalars(select(RatingDecision).filter_by(**owned)).one()
        assert made.decision is winner
        acts = session.scalars(select(AuditRow.act).filter_by(**owned, subject_id=one.id)).all()
        assert acts == [f"rating.{winner}"]
        paid = tally_of(session, evening, evening.alex).paid_ratings
        assert paid == int(winner is ACCEPTED)
    must_hold(app, evening)


def test_many_that_are_accepted_at_once_are_all_counted_and_paid_up_to_the_cap(
    app: Flask, evening: Evening, deciders: list[Actor]
) -> None:
    with app.app_context(), transaction() as session:
        ids = [held(session, evening.alex).id for _ in range(24)]
    ends = at_once(
        [deciding(app, deciders[number % 8], rating_id) for number, rating_id in enumerate(ids)]
    )
    assert Counter(ends) == {"done": 24}
    with app.app_context(), reading() as session:
        tally = tally_of(session, evening, evening.alex)
        assert (tally.ratings, tally.paid_ratings) == (24, 20)
    must_hold(app, evening)


@pytest.mark.parametrize("round_", range(4))
def test_a_correction_and_a_decision_at_once_leave_one_truth(
    app: Flask, evening: Evening, deciders: list[Actor], round_: int
) -> None:
    with app.app_context(), transaction() as session:
        one = held(session, evening.alex, stars=5)

    def correct(session: Any) -> None:
        ratings.correct(
            session,
            code=one.code,
            correction_token=one.received.correction_token,
            given=GivenAnswer(stars=1),
            # It began in time, and waited for the decision.
            now=RATED + timedelta(minutes=10),
        )

    acts = [acting(app, correct), deciding(app, deciders[0], one.id)]
    ends = at_once(acts if round_ % 2 else acts[::-1])
    assert set(ends) <= {"done", ReviewChanged.code()}
    with app.app_context(), reading() as session:
        rating = session.get_one(Rating, (evening.organisation_id, one.id))
        tally = tally_of(session, evening, evening.alex)
        assert rating.stars == 1
        accepted = rating.state is RatingState.ACCEPTED
        assert (tally.ratings, tally.good, tally.paid_ratings) == (int(accepted), 0, 0)
        assert accepted == (ReviewChanged.code() not in ends)
    must_hold(app, evening)


@pytest.mark.parametrize("round_", range(4))
def test_decisions_and_the_end_of_the_season_at_once_settle_every_rating_once(
    app: Flask, evening: Evening, deciders: list[Actor], round_: int
) -> None:
    with app.app_context(), transaction() as session:
        ids = [held(session, evening.alex).id for _ in range(8)]
    with app.app_context(), transaction() as session:
        audit.record(
            session,
            actor=deciders[0],
            act="season.closing",
            subject_id=evening.arena.season_id,
            now=DECIDED,
        )
        session.execute(
            update(Season)
            .where(
                Season.organisation_id == evening.organisation_id,
                Season.id == evening.arena.season_id,
            )
            .values(
                status=SeasonStatus.CLOSING,
                closes_at=DECIDED + timedelta(seconds=1),
                freezes_at=DECIDED + timedelta(minutes=15),
            )
        )
    forget_events()

    def close() -> str:
        with app.app_context():
            closing.close_seasons(now=DECIDED + timedelta(seconds=2), chunk=3)
        return "closed"

    acts = [
        deciding(app, who, rating_id, now=DECIDED + timedelta(seconds=number % 2))
        for number, (who, rating_id) in enumerate(zip(deciders, ids, strict=True))
    ]
    ends = at_once([*acts[:round_], close, *acts[round_:]])
    assert set(ends) <= {"done", "closed", ReviewClosed.code(), SeasonClosed.code()}
    close()
    with app.app_context(), reading() as session:
        owned = {"organisation_id": evening.organisation_id}
        states = Counter(session.scalars(select(Rating.state).filter_by(**owned)))
        assert states[RatingState.ACCEPTED] == ends.count("done")
        assert states[RatingState.ACCEPTED] + states[RatingState.LAPSED] == 8
        lapsed = select(func.count()).select_from(AuditRow).filter_by(**owned, act="rating.lapsed")
        assert session.scalar(lapsed) == states[RatingState.LAPSED]
    must_hold(app, evening)


def test_of_twenty_from_one_browser_at_once_one_is_believed(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        codes = [resolved(session, evening.alex).code for _ in range(20)]

    def rating(code: str, number: int) -> Callable[[], str]:
        def act(session: Any) -> None:
            ratings.receive(
                session,
                code=code,
                given=GivenAnswer(stars=5),
                sighting=phone(number, browser=1),
                now=RATED,
            )

        return acting(app, act)

    ends = at_once([rating(code, number) for number, code in enumerate(codes)])
    assert ends == ["done"] * 20
    with app.app_context(), reading() as session:
        owned = {"organisation_id": evening.organisation_id}
        assert tally_of(session, evening, evening.alex).ratings == 1
        assert len(session.scalars(select(RatingHold).filter_by(**owned)).all()) == 19
    must_hold(app, evening)


def test_of_sixty_four_answers_to_one_suspect_code_one_is_held(
    app: Flask, evening: Evening
) -> None:
    with app.app_context(), transaction() as session:
        code = resolved(session, evening.alex).code

    def answer(session: Any) -> None:
        ratings.receive(
            session,
            code=code,
            given=GivenAnswer(stars=5),
            sighting=phone(staff=True),
            now=RATED,
        )

    ends = at_once([acting(app, answer)] * 64)
    assert Counter(ends) == {"done": 1, "code-already-used": 63}
    with app.app_context(), reading() as session:
        owned = {"organisation_id": evening.organisation_id}
        assert session.scalars(select(Rating).filter_by(**owned)).one().state is RatingState.HELD
        assert len(session.scalars(select(RatingHold).filter_by(**owned)).all()) == 1
    must_hold(app, evening)
