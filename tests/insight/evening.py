"""A whole evening in the tables, as the services leave it: greeted, helped, rated, paid."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import (
    CreditShare,
    Greeting,
    Invitation,
    InvitationShare,
    PhoneAction,
    PostCover,
    Rating,
    RatingAnswer,
    Request,
    RequestFollowUp,
    RequestStep,
    Workload,
)
from backend.engagement.queries.gestures import CapFacts
from backend.engagement.rules import (
    ActionKind,
    Answer,
    Category,
    CommentState,
    Moment,
    Outcome,
    RatingState,
    ReviewDecision,
    Status,
    Step,
)
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import gesture_kinds, gestures, packs, ratings, reviews, scans
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.packs import NewPack
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.reviews import Judgement
from backend.engagement.services.scans import NewScan
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.permissions import Role
from backend.integrity.rules import Verdict
from backend.integrity.rules.suspicions import Sighting, Suspicion
from backend.rewards.models import RuleVersion
from backend.rewards.rules import AppealSubject, Merit, SourceKind
from backend.rewards.services import adjustments, appeals, budgets, expiries, ledger, redemptions
from backend.rewards.services.budgets import Wanted
from backend.rewards.services.ledger import Earning, Occasion
from tests.engagement.stories import CODE_KEY
from tests.factories import NOW, Arena, make_employee, make_shift
from tests.insight.rows import make_tally
from tests.rewards.books import catch_up
from tests.rewards.expiring import expire
from tests.rewards.wallets import make_reward

HOLD = timedelta(hours=72)
LAST_DAY = date(2027, 8, 29)
RESOLVED_AT = NOW + timedelta(minutes=5)
RATED_AT = RESOLVED_AT + timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Evening:
    """Two employees who helped a fan together, and the ids of what they left behind."""

    arena: Arena
    usher: Actor
    helper: Actor
    greeting_id: UUID
    request_id: UUID
    open_request_id: UUID
    invitation_id: UUID


def make_evening(session: Session, arena: Arena) -> Evening:
    """Make a worked evening whose points are partly taken, given back on appeal, and expired."""
    evening = make_worked_evening(session, arena)
    _adjust(session, evening)
    _expire(session, evening)
    return evening


def make_worked_evening(session: Session, arena: Arena) -> Evening:
    """Let an usher greet, help with a colleague, be rated five, and see the greeting confirmed.

    Another request of the usher's is still in hand, and the rating has not reached the boards. What
    the usher asked for is approved. For that request one drink was given, and HR added
    another. Of ten cards five were handed out.
    """
    usher, helper = make_employee(session, arena), make_employee(session, arena)
    evening = Evening(
        arena=arena,
        usher=usher,
        helper=helper,
        greeting_id=new_id(),
        request_id=new_id(),
        open_request_id=new_id(),
        invitation_id=new_id(),
    )
    _greet(session, evening)
    _help(session, evening)
    _take(session, evening)
    _rate(session, evening)
    counts: dict[str, Any] = {
        "greetings": 1,
        "fans_greeted": 3,
        "paid_greetings": 1,
        "accepted": 2,
        "resolved": 1,
    }
    paid: dict[str, Any] = {"paid_resolved": 1, "invitations": 1}
    paid |= {"ratings": 1, "five_star": 1, "good": 1}
    make_tally(session, arena, usher, last_greeted_at=NOW, **counts, **paid, paid_ratings=1)
    session.flush()
    _pay(session, evening)
    _redeem(session, evening)
    _give(session, evening)
    _hand_out(session, evening)
    session.flush()
    return evening


def _greet(session: Session, evening: Evening) -> None:
    owned = {"organisation_id": evening.arena.organisation_id}
    session.add(
        PhoneAction(
            **owned,
            id=evening.greeting_id,
            employee_id=evening.usher.employee_id,
            kind=ActionKind.GREET,
            fingerprint=b"-" * 32,
            received_at=NOW,
            verdict=Verdict.VERIFIED,
            status=201,
            result={},
        )
    )
    session.add(
        Greeting(
            **owned,
            id=evening.greeting_id,
            employee_id=evening.usher.employee_id,
            event_id=evening.arena.event_id,
            zone_id=evening.arena.gate_id,
            party_size=3,
            answer=Answer.HELP,
            greeted_at=NOW,
            received_at=NOW,
            outcome=Outcome.PAID,
            points=1,
            paid_with_id=evening.greeting_id,
        )
    )
    session.flush()


def _request(session: Session, evening: Evening, request_id: UUID, *, steps: int) -> Request:
    request = Request(
        organisation_id=evening.arena.organisation_id,
        id=request_id,
        event_id=evening.arena.event_id,
        season_id=evening.arena.season_id,
        zone_id=evening.arena.gate_id,
        category=Category.DIRECTIONS,
        status=Status.ACCEPTED,
        opened_by=evening.usher.employee_id,
        owner_id=evening.usher.employee_id,
        verdict=Verdict.VERIFIED,
        opened_at=NOW,
        accepted_at=NOW,
        accept_seconds=0,
        steps=steps,
    )
    session.add(request)
    session.flush()
    return request


def _steps(session: Session, evening: Evening, request_id: UUID, *steps: Step) -> None:
    session.add_all(
        RequestStep(
            organisation_id=evening.arena.organisation_id,
            request_id=request_id,
            number=number,
            step=step,
            employee_id=evening.usher.employee_id,
            other_id=evening.helper.employee_id if step is Step.HELPER_ADDED else None,
            detail={},
            at=RESOLVED_AT if step is Step.RESOLVED else NOW,
            recorded_at=NOW,
        )
        for number, step in enumerate(steps, start=1)
    )
    session.flush()


def _share(
    session: Session, evening: Evening, request_id: UUID, percents: dict[Actor, int]
) -> None:
    session.add_all(
        CreditShare(
            organisation_id=evening.arena.organisation_id,
            request_id=request_id,
            employee_id=actor.employee_id,
            percent=percent,
        )
        for actor, percent in percents.items()
    )
    session.flush()


def _help(session: Session, evening: Evening) -> None:
    request = _request(session, evening, evening.request_id, steps=4)
    request.greeting_id = evening.greeting_id
    request.status = Status.RESOLVED
    request.closed_at = RESOLVED_AT
    request.resolve_seconds = 300
    steps = (Step.OPENED, Step.ACCEPTED, Step.HELPER_ADDED, Step.RESOLVED)
    _steps(session, evening, request.id, *steps)
    percents = {evening.usher: 60, evening.helper: 40}
    _share(session, evening, request.id, percents)
    owned = {"organisation_id": evening.arena.organisation_id}
    session.add(
        Invitation(
            **owned,
            id=evening.invitation_id,
            request_id=request.id,
            employee_id=evening.usher.employee_id,
            event_id=evening.arena.event_id,
            code_hash=evening.invitation_id.bytes * 2,
            issued_at=RESOLVED_AT,
            expires_at=RESOLVED_AT + HOLD,
        )
    )
    session.flush()
    session.add_all(
        InvitationShare(
            **owned,
            invitation_id=evening.invitation_id,
            employee_id=actor.employee_id,
            percent=percent,
        )
        for actor, percent in percents.items()
    )
    session.flush()


def _take(session: Session, evening: Evening) -> None:
    request = _request(session, evening, evening.open_request_id, steps=2)
    request.left_post_id = evening.arena.section_post_id
    session.flush()
    session.add(
        PostCover(
            organisation_id=evening.arena.organisation_id,
            id=new_id(),
            event_id=evening.arena.event_id,
            post_id=evening.arena.section_post_id,
            request_id=request.id,
            left_by=evening.usher.employee_id,
            left_at=NOW,
            covered_by=evening.helper.employee_id,
            covered_at=NOW,
        )
    )
    session.add(
        RequestFollowUp(
            organisation_id=evening.arena.organisation_id,
            request_id=request.id,
            employee_id=evening.usher.employee_id,
            created_at=NOW,
            due_at=NOW + timedelta(hours=24),
        )
    )
    _steps(session, evening, request.id, Step.OPENED, Step.ACCEPTED)
    _share(session, evening, request.id, {evening.usher: 100})
    session.add(
        Workload(
            organisation_id=evening.arena.organisation_id,
            employee_id=evening.usher.employee_id,
            in_hand=1,
        )
    )
    session.flush()


def _rate(session: Session, evening: Evening) -> None:
    owned = {"organisation_id": evening.arena.organisation_id}
    session.add(
        Rating(
            **owned,
            id=evening.invitation_id,
            request_id=evening.request_id,
            employee_id=evening.usher.employee_id,
            event_id=evening.arena.event_id,
            stars=5,
            comment_state=CommentState.NONE,
            state=RatingState.ACCEPTED,
            answers=1,
            correction_hash=b"-" * 32,
            rated_at=RATED_AT,
        )
    )
    session.flush()
    session.add(
        RatingAnswer(
            **owned,
            id=evening.invitation_id,
            rating_id=evening.invitation_id,
            number=1,
            stars=5,
            answered_at=RATED_AT,
        )
    )
    session.flush()


def _pay(session: Session, evening: Evening) -> None:
    arena = evening.arena
    version = session.query(RuleVersion).filter_by(organisation_id=arena.organisation_id).one()
    occasion = Occasion(
        organisation_id=arena.organisation_id,
        event_id=arena.event_id,
        rule_version_id=version.id,
        hold=HOLD,
    )
    usher, helper = evening.usher.employee_id, evening.helper.employee_id
    greeting = ("greeting", SourceKind.GREETING, evening.greeting_id)
    resolved = ("resolved", SourceKind.REQUEST, evening.request_id)
    rating = ("rating", SourceKind.RATING, evening.invitation_id)
    earned = {(usher, *greeting): 1, (usher, *resolved): 6, (helper, *resolved): 4}
    earned |= {(usher, *rating): 9, (helper, *rating): 6}
    earned_at = {
        # Old enough to be confirmed by now.
        SourceKind.GREETING: NOW - HOLD,
        SourceKind.REQUEST: RESOLVED_AT,
        SourceKind.RATING: RATED_AT,
    }
    for (who, rule, kind, source_id), points in earned.items():
        if (who, kind) == (usher, SourceKind.RATING):
            catch_up(session)
        now = earned_at[kind]
        earning = Earning(
            employee_id=who,
            points=points,
            rule=rule,
            source_kind=kind,
            source_id=source_id,
            at=now,
        )
        ledger.accrue(session, occasion=occasion, earnings=[earning], now=now)
    ledger.confirm_due(session, now=NOW + timedelta(seconds=1), limit=10_000)


def _redeem(session: Session, evening: Evening) -> None:
    """Let the usher ask for what the confirmed point can buy, and HR approve within a budget."""
    roles = (Role.EMPLOYEE, Role.HR)
    chief = make_employee(session, evening.arena, roles=roles)
    reward = make_reward(session, chief, now=NOW, points=1)
    asked = redemptions.ask(
        session,
        actor=evening.usher,
        reward_id=reward.id,
        reward_version=1,
        merit=Merit(),
        now=RESOLVED_AT,
    )
    budgets.set_budget(
        session,
        actor=chief,
        season_id=evening.arena.season_id,
        wanted=Wanted(points=1_000, cents=10_000, currency="USD"),
        seen_version=0,
        now=RESOLVED_AT,
    )
    redemptions.approve(
        session, actor=chief, redemption_id=asked.id, seen_version=1, now=RESOLVED_AT
    )


def _adjust(session: Session, evening: Evening) -> None:
    """Let two of HR take points from the helper, and a third one give them back."""
    roles = (Role.EMPLOYEE, Role.HR)
    first, second, third = (make_employee(session, evening.arena, roles=roles) for _ in range(3))
    now = RESOLVED_AT + timedelta(hours=1)
    taken = adjustments.adjust(
        session,
        actor=first,
        employee_id=evening.helper.employee_id,
        points=-120,
        reason="A mistake.",
        now=now,
    )
    adjustments.approve(session, actor=second, adjustment_id=taken.id, now=now)
    lodged = appeals.lodge(
        session,
        actor=evening.helper,
        subject_kind=AppealSubject.ADJUSTMENT,
        subject_id=taken.id,
        statement="It was none.",
        now=now,
    )
    appeals.grant(session, actor=third, appeal_id=lodged.id, reason="It was not.", now=now)
    session.flush()


def _expire(session: Session, evening: Evening) -> None:
    """Confirm what the request has earned, and let it expire with its season."""
    chief = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    expiries.set_day(
        session,
        actor=chief,
        season_id=evening.arena.season_id,
        expires_on=LAST_DAY,
        seen_version=0,
        now=RESOLVED_AT,
    )
    ledger.confirm_due(session, now=RESOLVED_AT + HOLD, limit=10_000)
    over = datetime(2027, 8, 30, 4, tzinfo=UTC)
    expire(session, now=over)


def _give(session: Session, evening: Evening) -> None:
    """Let the usher give a drink within their authority, and another by the word of HR."""
    make_shift(session, evening.arena, evening.usher)
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    drink = {
        "name": "A drink",
        "category": GestureCategory.DRINK,
        "cents": 1_200,
        "currency": "USD",
    }
    kind = gesture_kinds.create(session, actor=hr, given=drink, now=NOW)
    cap = CapFacts(role=Role.EMPLOYEE, currency="USD", cents=2_000)
    gesture_kinds.put_caps(session, actor=hr, caps=[cap], now=NOW)
    for _ in range(2):
        gesture = NewGesture(
            id=new_id(),
            request_id=evening.open_request_id,
            kind_id=kind.id,
            needs_supervisor=True,
        )
        gestures.give_once(
            session,
            actor=evening.usher,
            new=gesture,
            moment=Moment.present(NOW),
            code_key=CODE_KEY,
        )
    gestures.allow(session, actor=hr, gesture_id=gesture.id, now=NOW)


def _hand_out(session: Session, evening: Evening) -> None:
    """Let the usher hand out five of ten cards; one is rated, and one that nobody scanned.

    Three more are rated on the usher's own phone: one of these waits, the others are decided on.
    """
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    pack = packs.make(session, actor=hr, new=NewPack(count=10), code_key=CODE_KEY, now=NOW)
    scans.scan_once(
        session,
        actor=evening.usher,
        new=NewScan(id=new_id(), first_serial="1", last_serial="5"),
        moment=Moment.present(NOW),
        code_hours=72,
    )
    printed = packs.get_printed(session, actor=hr, pack_id=pack.id, code_key=CODE_KEY)
    for card in (printed.cards[0], printed.cards[6]):
        ratings.receive(session, code=card.code, given=GivenAnswer(stars=3), now=RESOLVED_AT)
    own_phone = Sighting(browser=b"b" * 16, device=b"d" * 16, staff=Suspicion.STAFF_DEVICE)
    held = [
        ratings.receive(
            session,
            code=card.code,
            given=GivenAnswer(stars=3),
            sighting=own_phone,
            now=RESOLVED_AT,
        )
        for card in printed.cards[2:5]
    ]
    first = held[0].rating_id
    reviews.ask(session, actor=hr, rating_id=first, question="Whose was it?", now=RESOLVED_AT)
    for one, decision in zip(held, ReviewDecision, strict=True):
        if decision is ReviewDecision.LAPSED:
            break
        reviews.decide(
            session,
            actor=hr,
            rating_id=one.rating_id,
            judgement=Judgement(decision=decision, reason="Looked at.", seen_version=1),
            now=RESOLVED_AT + timedelta(minutes=11),
        )
