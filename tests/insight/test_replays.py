"""A season played again by the rules that were in effect comes to what the books hold."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, RatingAnswer, Tally
from backend.engagement.rules import Outcome
from backend.identity.permissions import Role
from backend.insight.queries.work import find_earned
from backend.insight.services.replays import Earned, replay
from backend.rewards.models import LedgerTransaction, TransactionKind
from backend.rewards.queries import get_rules
from backend.rewards.rules import Reversible, SourceKind, parse
from backend.rewards.services import adjustments, rule_versions
from tests.engagement.stories import Evening, make_evening
from tests.factories import NOW, RULES, make_employee
from tests.insight.seasons import TIGHT, Busy
from tests.rewards.books import catch_up, check_books


def publish(session: Session, evening: Evening, document: dict[str, object], *, minutes: int):
    """Publish rules that take effect ``minutes`` into the story."""
    hr = make_employee(session, evening.arena, roles=(Role.HR,))
    rule_versions.publish(
        session,
        actor=hr,
        document=document,
        effective_from=NOW + timedelta(minutes=minutes),
        now=NOW - timedelta(hours=1),
    )


def a_busy_evening(session: Session, seed: int) -> Evening:
    """Play an evening in which the rules change twice and every cap is reached."""
    evening = make_evening(session)
    publish(session, evening, TIGHT, minutes=-40)
    publish(session, evening, TIGHT | {"greeting": RULES["greeting"]}, minutes=20)
    Busy(session=session, evening=evening, rng=Random(seed)).play(150)
    return evening


def held(session: Session, evening: Evening) -> Earned:
    return find_earned(
        session, organisation_id=evening.organisation_id, season_id=evening.arena.season_id
    )


def by_published(session: Session, evening: Evening) -> Earned:
    owner = evening.organisation_id
    return replay(
        session,
        organisation_id=owner,
        season_id=evening.arena.season_id,
        rules_at=lambda at: get_rules(session, organisation_id=owner, at=at),
    )


def by_draft(session: Session, evening: Evening, document: dict[str, object]) -> Earned:
    rules = parse(document, version_id=evening.organisation_id, number=0)
    return replay(
        session,
        organisation_id=evening.organisation_id,
        season_id=evening.arena.season_id,
        rules_at=lambda _: rules,
    )


@pytest.mark.parametrize("seed", range(4))
def test_simulating_the_rules_in_effect_changes_nothing(session: Session, seed: int) -> None:
    evening = a_busy_evening(session, seed)
    assert by_published(session, evening) == held(session, evening)
    check_books(session, evening.organisation_id)


def take_back_some(session: Session, evening: Evening, rng: Random) -> None:
    """Let HR take back one in three of what requests and ratings earned."""
    hr = make_employee(session, evening.arena, roles=(Role.HR,))
    row = LedgerTransaction
    earned = session.execute(
        select(row.source_kind, row.source_id)
        .where(
            row.organisation_id == evening.organisation_id,
            row.kind == TransactionKind.ACCRUAL,
            row.source_kind.in_(list(Reversible)),
            row.id.not_in(select(row.reverses_id).where(row.reverses_id.is_not(None))),
        )
        .distinct()
        .order_by(row.source_id)
    ).all()
    for kind, source_id in earned:
        if rng.random() < 0.3:
            adjustments.reverse(
                session,
                actor=hr,
                source_kind=Reversible(kind),
                source_id=source_id,
                reason="Made up.",
                now=NOW + timedelta(days=1),
            )


@pytest.mark.parametrize("seed", range(2))
def test_what_hr_took_back_is_paid_by_no_rules_and_keeps_its_place_under_the_cap(
    session: Session, seed: int
) -> None:
    evening = a_busy_evening(session, seed)
    whole, drafted = by_published(session, evening), by_draft(session, evening, TIGHT)
    take_back_some(session, evening, Random(seed))
    kept = by_published(session, evening)
    assert kept == held(session, evening)
    assert sum(kept.values()) < sum(whole.values())
    assert sum(by_draft(session, evening, TIGHT).values()) < sum(drafted.values())


def test_that_story_has_everything_in_it_that_pay_depends_on(session: Session) -> None:
    evening = a_busy_evening(session, 0)
    catch_up(session)
    owner = evening.organisation_id
    outcomes = session.scalars(
        select(Greeting.outcome).where(Greeting.organisation_id == owner).distinct()
    )
    assert set(outcomes) >= {Outcome.PAID, Outcome.CAPPED, Outcome.TOO_SOON}
    counts = [
        session.scalar(select(func.count()).where(*conditions)) or 0
        for conditions in (
            (
                LedgerTransaction.organisation_id == owner,
                LedgerTransaction.kind == TransactionKind.REVERSAL,
            ),
            (Tally.organisation_id == owner, Tally.paid_resolved < Tally.resolved),
            (Tally.organisation_id == owner, Tally.paid_ratings < Tally.good),
            (RatingAnswer.organisation_id == owner, RatingAnswer.number > 2),
        )
    ]
    assert all(counts), counts
    earning = {SourceKind.GREETING, SourceKind.REQUEST, SourceKind.RATING}
    assert {kind for _, kind in held(session, evening)} == earning


def test_what_is_on_its_way_to_the_books_is_earned_already(session: Session) -> None:
    evening = a_busy_evening(session, 1)
    before = held(session, evening)
    catch_up(session)
    assert held(session, evening) == before


def test_a_replay_writes_nothing(session: Session) -> None:
    evening = a_busy_evening(session, 2)
    before = held(session, evening)
    by_draft(session, evening, RULES)
    assert not session.new
    assert not session.dirty
    assert held(session, evening) == before


def test_rules_that_pay_nothing_pay_nobody(session: Session) -> None:
    evening = a_busy_evening(session, 3)
    nothing = {
        "greeting": {"points": 0, "cap_per_shift": 40, "spacing_seconds": 10},
        "resolved": {"points": 10, "cap_per_shift": 0},
        "rating": {"points_by_stars": [0, 0, 0, 0, 0], "cap_per_shift": 20},
        "hold_hours": 72,
    }
    assert by_draft(session, evening, nothing) == {}


def test_no_spacing_and_no_cap_pay_every_greeting(session: Session) -> None:
    evening = a_busy_evening(session, 3)
    free = {"points": 3, "cap_per_shift": 1_000, "spacing_seconds": 0}
    earned = by_draft(session, evening, RULES | {"greeting": free})
    greetings = session.scalar(
        select(func.count()).where(Greeting.organisation_id == evening.organisation_id)
    )
    paid = sum(points for (_, kind), points in earned.items() if kind is SourceKind.GREETING)
    assert paid == 3 * (greetings or 0)
