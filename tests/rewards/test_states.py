"""Whatever is earned, asked for and decided, in any order: the invariants hold after every step."""

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
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.foundation.problems import Problem
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.queries import (
    BatchFacts,
    RewardFacts,
    get_attribution,
    get_points,
    get_redemption,
)
from backend.rewards.rules import Merit, RewardKind
from backend.rewards.services import (
    expiries,
    payroll_acknowledgements,
    payroll_exports,
    redemptions,
)
from backend.rewards.services.ledger import accrue, confirm_due, reverse
from backend.rewards.workweeks import FileFormat
from tests.factories import NOW, make_arena, make_employee
from tests.rewards.books import check_books
from tests.rewards.expiring import say
from tests.rewards.test_ledger import an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

CHECKED = ("I01", "I02", "I03", "I05", "I09", "I10", "I11", "I14", "I15")
PRICES = {20: 9_900, 50: 24_900, 120: 60_000}
# The cheapest is handed over, the others are money.
KINDS = (RewardKind.PERK, RewardKind.CASH, RewardKind.CASH)
who = st.integers(0, 1)


class Programme(RuleBasedStateMachine):
    """Two employees who earn and ask, three of HR who decide, export and acknowledge."""

    sources = Bundle("sources")
    asked = Bundle("asked")
    batches = Bundle("batches")

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

    @rule(
        redemption_id=asked, decider=st.integers(0, 2), act=st.sampled_from(["approve", "fulfil"])
    )
    def decide(self, redemption_id: UUID | None, decider: int, act: str) -> None:
        self._decide(getattr(redemptions, act), redemption_id, self.hr[decider])

    @rule(redemption_id=consumes(asked), decider=st.integers(0, 2))
    def decline(self, redemption_id: UUID | None, decider: int) -> None:
        self._decide(redemptions.decline, redemption_id, self.hr[decider], reason="No.")

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


def test_the_invariants_hold_after_every_step(app: Flask) -> None:
    class OnThisDatabase(Programme):
        def __init__(self) -> None:
            super().__init__(app)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(max_examples=12, stateful_step_count=20, deadline=None, derandomize=True),
    )
