"""Any history of accruals, confirmations and reversals keeps the books in order."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.rewards.models import Balance
from backend.rewards.services.ledger import accrue, confirm_due, reverse
from tests.factories import NOW, make_arena, make_employee
from tests.rewards.books import check_books, spend
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion, standings_of

accruals = st.tuples(
    st.just("accrue"),
    st.dictionaries(st.integers(0, 2), st.integers(0, 30), min_size=1),
)
confirmations = st.tuples(st.just("confirm"), st.integers(1, 5))
reversals = st.tuples(st.just("reverse"), st.integers(0, 20))
spendings = st.tuples(st.just("spend"), st.integers(1, 60))
waits = st.tuples(st.just("wait"), st.integers(1, 80))
histories = st.lists(
    st.one_of(accruals, accruals, confirmations, reversals, spendings, waits), max_size=30
)


@dataclass
class Model:
    """What should be in the books: each source with its points, and what became of it."""

    sources: list[tuple[UUID, dict[int, int]]] = field(default_factory=list)
    reversed: set[int] = field(default_factory=set)

    def given(self, usher: int) -> int:
        return sum(
            points.get(usher, 0)
            for place, (_, points) in enumerate(self.sources)
            if place not in self.reversed
        )


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(history=histories)
def test_any_history_keeps_the_books(app: Flask, history: list[tuple[str, object]]) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        ushers = [make_employee(session, arena) for _ in range(3)]
        occasion, model, now = an_occasion(session, arena), Model(), NOW
        for act, detail in history:
            if act == "accrue":
                assert isinstance(detail, dict)
                source = new_id()
                earnings = [an_earning(ushers[who], part, source) for who, part in detail.items()]
                accrue(session, occasion=occasion, earnings=earnings, now=now)
                model.sources.append((source, detail))
            elif act == "wait":
                assert isinstance(detail, int)
                now += timedelta(hours=detail)
            elif act == "confirm":
                assert isinstance(detail, int)
                confirm_due(session, now=now, limit=detail)
            elif act == "spend":
                assert isinstance(detail, int)
                spend(session, ushers[detail % 3], detail)
            elif isinstance(detail, int) and detail < len(model.sources):
                reverse(
                    session,
                    organisation_id=arena.organisation_id,
                    source_id=model.sources[detail][0],
                    reason="history",
                    now=now,
                )
                model.reversed.add(detail)
        while confirm_due(session, now=now + HOLD):
            pass
        check_books(session, arena.organisation_id)
        for place, usher in enumerate(ushers):
            check_usher(session, usher, model.given(place))


def check_usher(session: Session, usher: Actor, expected: int) -> None:
    """Assert that an usher has what the model says, now that everything is confirmed."""
    balance = session.execute(
        select(Balance.pending, Balance.available, Balance.paid, Balance.debt).where(
            Balance.organisation_id == usher.organisation_id,
            Balance.employee_id == usher.employee_id,
        )
    ).first()
    if balance is None:
        assert expected == 0
        return
    pending, available, paid, debt = balance
    assert pending == 0
    assert available + paid + debt == expected
    assert not (available and debt), "debt is repaid before anything becomes available"
    assert standings_of(session, usher) == {expected}
