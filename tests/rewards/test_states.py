"""Whatever is earned, asked for, adjusted and decided, in any order: the invariants hold."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.spreadsheets import FileFormat
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.models import (
    Appeal,
    AppealDecision,
    LedgerTransaction,
    Redemption,
    TransactionKind,
)
from backend.rewards.queries import (
    BatchFacts,
    RewardFacts,
    get_attribution,
    get_points,
    get_redemption,
)
from backend.rewards.rules import (
    REVERSIBLE_AFTER,
    AppealStatus,
    AppealSubject,
    Merit,
    RedemptionStatus,
    Reversible,
    RewardKind,
    SourceKind,
)
from backend.rewards.services import (
    adjustments,
    appeals,
    expiries,
    payroll_acknowledgements,
    payroll_exports,
    redemptions,
)
from backend.rewards.services.ledger import accrue, confirm_due, reverse
from tests.factories import NOW, make_arena, make_employee
from tests.rewards.books import check_books
from tests.rewards.expiring import say
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

CHECKED = ("I01", "I02", "I03", "I05", "I09", "I10", "I11", "I14", "I15")
PRICES = {20: 9_900, 50: 24_900, 120: 60_000}
# The cheapest is handed over, the others are money.
KINDS = (RewardKind.PERK, RewardKind.CASH, RewardKind.CASH)
DECIDED = (AppealStatus.GRANTED, AppealStatus.UPHELD)
who = st.integers(0, 1)


class Programme(RuleBasedStateMachine):
    """Two employees who earn and ask, three of HR who decide, export and acknowledge."""

    sources = Bundle("sources")
    asked = Bundle("asked")
    batches = Bundle("batches")
    adjusted = Bundle("adjusted")
    appealed = Bundle("appealed")

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app, self.now = app, NOW
        with app.app_context(), transaction() as session:
            self.arena = make_arena(session)
            self.occasion = an_occasion(session, self.arena)
            self.ushers = [make_employee(session, self.arena) for _ in range(2)]
            for usher in self.ushers:
                give_available(session, usher, points=150, now=NOW)
            hr = (Role.EMPLOYEE, Role.HR)
            self.hr = [make_employee(session, self.arena, roles=hr) for _ in range(3)]
            say(session, self.hr[0], self.arena)
            self.rewards: list[RewardFacts] = [
                make_reward(
                    session,
                    self.hr[0],
                    now=NOW,
                    kind=kind,
                    points=price,
                    value_cents=cents,
                    stock=3,
                )
                for kind, (price, cents) in zip(KINDS, PRICES.items(), strict=True)
            ]

    @rule(target=sources, usher=who, points=st.integers(1, 90))
    def earn(self, usher: int, points: int) -> UUID:
        source_id = new_id()
        earning = an_earning(self.ushers[usher], points, source_id)
        with self.app.app_context(), transaction() as session:
            accrue(session, occasion=self.occasion, earnings=[earning], now=self.now)
        return source_id

    @rule(target=sources, usher=who, points=st.integers(20, 90))
    def earn_and_wait_until_it_counts(self, usher: int, points: int) -> Any:
        source_id = self.earn(usher, points)
        self.now += HOLD
        self.confirm()
        return source_id

    @rule(hours=st.sampled_from([1, 30, 73, 24 * 15, 24 * 290]))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def confirm(self) -> None:
        with self.app.app_context(), transaction() as session:
            confirm_due(session, now=self.now)

    @rule(source_id=sources)
    def take_back(self, source_id: UUID) -> None:
        owner = self.arena.organisation_id
        with self.app.app_context(), transaction() as session:
            reverse(
                session, organisation_id=owner, source_id=source_id, reason="Wrong.", now=self.now
            )

    @rule(target=adjusted, source_id=sources, by=st.integers(0, 2))
    def take_back_for_a_reason(self, source_id: UUID, by: int) -> UUID | None:
        return self._made(
            adjustments.reverse,
            actor=self.hr[by],
            source_kind=Reversible.REQUEST,
            source_id=source_id,
            reason="False.",
        )

    @rule(
        target=adjusted,
        usher=who,
        by=st.integers(0, 2),
        points=st.sampled_from([-150, -90, -40, 40, 90, 150]),
    )
    def adjust(self, usher: int, by: int, points: int) -> UUID | None:
        employee_id = self.ushers[usher].employee_id
        return self._made(
            adjustments.adjust,
            actor=self.hr[by],
            employee_id=employee_id,
            points=points,
            reason="Why.",
        )

    @rule(adjustment_id=adjusted, by=st.integers(0, 2), agrees=st.booleans())
    def decide_on_an_adjustment(self, adjustment_id: UUID | None, by: int, agrees: bool) -> None:
        if adjustment_id:
            act: Any = adjustments.approve if agrees else adjustments.decline
            given = {} if agrees else {"reason": "No."}
            self._do(act, actor=self.hr[by], adjustment_id=adjustment_id, **given)

    @rule(target=appealed, usher=who, subject_id=st.one_of(adjusted, asked))
    def appeal(self, usher: int, subject_id: UUID | None) -> UUID | None:
        for kind in AppealSubject:
            lodged = subject_id and self._made(
                appeals.lodge,
                actor=self.ushers[usher],
                subject_kind=kind,
                subject_id=subject_id,
                statement="No.",
            )
            if lodged:
                return lodged
        return None

    @rule(target=adjusted, usher=who, by=st.integers(0, 2), granted=st.booleans())
    def lose_points_and_appeal(self, usher: int, by: int, granted: bool) -> Any:
        lost = self.adjust(usher, by, -40)
        self.decide_on_an_adjustment(lost, (by + 1) % 3, agrees=True)
        self.decide_on_an_appeal(self.appeal(usher, lost), (by + 2) % 3, granted)
        return lost

    @rule(target=adjusted, source_id=sources, usher=who, by=st.integers(0, 2))
    def take_back_and_let_it_be_appealed(self, source_id: UUID, usher: int, by: int) -> Any:
        self.now += REVERSIBLE_AFTER
        taken = self.take_back_for_a_reason(source_id, by)
        self.decide_on_an_appeal(self.appeal(usher, taken), (by + 1) % 3, granted=True)
        return taken

    @rule(
        target=asked,
        usher=who,
        place=st.integers(0, 1),
        by=st.integers(0, 2),
        granted=st.booleans(),
    )
    def be_declined_and_appeal(self, usher: int, place: int, by: int, granted: bool) -> Any:
        declined = self.ask(usher, place)
        self.decline(declined, by)
        self.decide_on_an_appeal(self.appeal(usher, declined), (by + 1) % 3, granted)
        return declined

    @rule(appeal_id=appealed, by=st.integers(0, 2), granted=st.booleans())
    def decide_on_an_appeal(self, appeal_id: UUID | None, by: int, granted: bool) -> None:
        if appeal_id:
            act = appeals.grant if granted else appeals.uphold
            self._do(act, actor=self.hr[by], appeal_id=appeal_id, reason="I looked again.")

    @rule(target=asked, usher=who, place=st.integers(0, 2))
    def ask(self, usher: int, place: int) -> UUID | None:
        reward = self.rewards[place]
        found = self._do(
            redemptions.ask,
            actor=self.ushers[usher],
            reward_id=reward.id,
            reward_version=1,
            merit=Merit(),
        )
        return found.id if found else None

    @rule(target=asked, usher=who, place=st.integers(0, 2), by=st.integers(0, 2))
    def ask_and_see_it_through(self, usher: int, place: int, by: int) -> Any:
        asked = self.ask(usher, place)
        for decider in (by, (by + 1) % 3):
            self.decide(asked, decider, "approve")
        self.decide(asked, by, "fulfil")
        return asked

    @rule(maker=st.integers(0, 2))
    def pay(self, maker: int) -> None:
        self.acknowledge(self.export(maker), (maker + 1) % 3)

    @rule(
        redemption_id=asked, decider=st.integers(0, 2), act=st.sampled_from(["approve", "fulfil"])
    )
    def decide(self, redemption_id: UUID | None, decider: int, act: str) -> None:
        self._decide(getattr(redemptions, act), redemption_id, self.hr[decider])

    @rule(redemption_id=consumes(asked), decider=st.integers(0, 2))
    def decline(self, redemption_id: UUID | None, decider: int) -> None:
        self._decide(redemptions.decline, redemption_id, self.hr[decider], reason="No.")

    @rule(usher=who, place=st.integers(0, 2))
    def ask_and_think_better_of_it(self, usher: int, place: int) -> None:
        self.cancel(self.ask(usher, place), usher)

    @rule(redemption_id=asked, usher=who)
    def cancel(self, redemption_id: UUID | None, usher: int) -> None:
        if redemption_id:
            self._do(redemptions.cancel, actor=self.ushers[usher], redemption_id=redemption_id)

    @rule(target=batches, maker=st.integers(0, 2))
    def export(self, maker: int) -> BatchFacts | None:
        found: BatchFacts | None = self._do(
            payroll_exports.export,
            actor=self.hr[maker],
            currency="USD",
            workweek_starts_on=6,
            foreseen={},
        )
        return found

    @rule(batch=batches, who=st.integers(0, 2))
    def acknowledge(self, batch: BatchFacts | None, who: int) -> None:
        if batch:
            self._do(
                payroll_acknowledgements.acknowledge,
                actor=self.hr[who],
                batch_id=batch.id,
                sha256=batch.sha256[FileFormat.CSV],
            )

    @rule()
    def expire(self) -> None:
        with self.app.app_context():
            redemptions.expire_forgotten(now=self.now)
            adjustments.expire_forgotten(now=self.now)

    @rule()
    def let_everything_expire(self) -> None:
        self.now += timedelta(days=290)
        self.expire()
        self.let_points_expire()

    @rule()
    def let_points_expire(self) -> None:
        with self.app.app_context():
            expiries.expire_all_due(now=self.now)

    @invariant()
    def nothing_is_wrong(self) -> None:
        owner = self.arena.organisation_id
        with self.app.app_context(), transaction() as session:
            check_books(session, owner)
            found = [
                offender
                for code in CHECKED
                for offender in verify.find_offenders(session, code=code, organisation_id=owner)
            ]
            found += [
                offender
                for offender in verify.find_offenders(session, code="I04", organisation_id=owner)
                if offender.table == "adjustments"
            ]
            for usher in self.ushers:
                check_attribution(session, usher)
        # These points were earned by nothing that a tally could have counted.
        assert {one.table for one in found} <= {"tallies"}

    def _decide(self, act: Any, redemption_id: UUID | None, decider: Actor, **values: Any) -> None:
        if redemption_id:
            with self.app.app_context(), transaction() as session:
                seen = get_redemption(
                    session,
                    organisation_id=self.arena.organisation_id,
                    redemption_id=redemption_id,
                )
            values |= {"redemption_id": redemption_id, "seen_version": seen.version}
            self._do(act, actor=decider, **values)

    def _made(self, act: Any, **values: Any) -> UUID | None:
        made = self._do(act, **values)
        return made.id if made else None

    def _do(self, act: Any, **values: Any) -> Any:
        """Do something that may be refused; a refusal leaves nothing behind."""
        try:
            with self.app.app_context(), transaction() as session:
                return act(session, now=self.now, **values)
        except Problem:
            return None


def check_attribution(session: Session, who: Actor) -> None:
    """Assert that every point that can be spent, is held or was paid has one source."""
    whose = {"organisation_id": who.organisation_id, "employee_id": who.employee_id}
    points, found = get_points(session, **whose), get_attribution(session, **whose)
    assert sum(found.available.values()) == points.available
    assert sum(sum(parts.values()) for parts in found.held.values()) == points.held
    assert sum(sum(parts.values()) for parts in found.paid.values()) == points.paid


# What the rules above are there for. A run in which some of it never happened proves nothing of it.
PLAYED = {
    *((kind, None) for kind in TransactionKind),
    (TransactionKind.SETTLEMENT, SourceKind.REQUEST),
    (TransactionKind.SETTLEMENT, SourceKind.REDEMPTION),
    (RedemptionStatus.FULFILLED, RewardKind.PERK),
    (RedemptionStatus.FULFILLED, RewardKind.CASH),
    (RedemptionStatus.DECLINED, RewardKind.CASH),
    (RedemptionStatus.CANCELLED, RewardKind.CASH),
    (RedemptionStatus.EXPIRED, RewardKind.CASH),
    *((status, subject) for status in DECIDED for subject in AppealSubject),
}


def list_played(session: Session, owners: list[UUID]) -> set[tuple[Any, ...]]:
    """Return what happened in the books of these organisations, and to what."""
    books = session.execute(
        select(LedgerTransaction.kind, LedgerTransaction.source_kind).where(
            LedgerTransaction.organisation_id.in_(owners)
        )
    )
    moved = {tuple(row) for row in books}
    wishes = session.execute(
        select(Redemption.status, Redemption.kind).where(Redemption.organisation_id.in_(owners))
    )
    appealed = session.execute(
        select(AppealDecision.status, Appeal.adjustment_id)
        .join(
            Appeal,
            (Appeal.organisation_id == AppealDecision.organisation_id)
            & (Appeal.id == AppealDecision.appeal_id),
        )
        .where(AppealDecision.organisation_id.in_(owners))
    )
    decided = {
        (status, AppealSubject.ADJUSTMENT if adjustment else AppealSubject.REDEMPTION)
        for status, adjustment in appealed
    }
    return moved | {(kind, None) for kind, _ in moved} | {tuple(row) for row in wishes} | decided


def test_the_invariants_hold_after_every_step(app: Flask) -> None:
    owners: list[UUID] = []

    class OnThisDatabase(Programme):
        def __init__(self) -> None:
            super().__init__(app)
            owners.append(self.arena.organisation_id)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, derandomize=True),
    )
    with app.app_context(), reading() as session:
        assert PLAYED - list_played(session, owners) == set()
