"""What a batch takes of what waits, and what it leaves out."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow
from backend.foundation.db import transaction
from backend.rewards import queries
from backend.rewards.models import Redemption
from backend.rewards.problems import NothingToExport, PayeeChanged, SourcesUnknown
from backend.rewards.queries import BatchFacts
from backend.rewards.rules import FULFIL_WITHIN
from backend.rewards.services import payables, payroll_corrections, payroll_exports, payroll_lines
from backend.rewards.services.payables import Due
from backend.rewards.services.payroll_lines import Earned
from tests.rewards.payrolls import SUNDAY, Office, bonus, check, export, make_office
from tests.rewards.test_payees import number_of
from tests.rewards.test_persons import set_number


def export_at(session: Session, office: Office, now: datetime) -> BatchFacts:
    """Export what waits at ``now``, foreseen as it is over HTTP."""
    foreseen = payables.foresee(session, organisation_id=office.owner, currency="USD", now=now)
    return payroll_exports.export(
        session,
        actor=office.hr[0],
        currency="USD",
        workweek_starts_on=SUNDAY,
        now=now,
        foreseen=foreseen,
    )


def lines(session: Session, office: Office, batch: BatchFacts) -> list[UUID | None]:
    """Return which redemptions a batch pays."""
    found = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
    return [line.redemption_id for line in found]


def test_what_is_over_is_not_paid_though_nobody_has_ended_it_yet(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        bonus(session, office, office.ushers[0])
        over = office.now + FULFIL_WITHIN
        assert payables.sum_due(session, organisation_id=office.owner, now=over) == ([], 0)
        with pytest.raises(NothingToExport):
            export_at(session, office, over)
        just = over - timedelta(seconds=1)
        assert payables.sum_due(session, organisation_id=office.owner, now=just) == (
            [Due(currency="USD", bonuses=1, cents=10_000)],
            0,
        )
        assert export_at(session, office, just).total_cents == 10_000
    check(app, office)


def test_what_is_left_out_takes_no_place_in_a_batch(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payables, "MOST_LINES", 2)
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=8)
        moved = {who: bonus(session, office, who) for who in office.ushers[:5]}
        for who in moved:
            set_number(session, who, f"NEW-{who.employee_id}".upper())
        paid = [bonus(session, office, who) for who in office.ushers[5:]]
        first, second = (export_at(session, office, office.now) for _ in range(2))
        assert [lines(session, office, one) for one in (first, second)] == [paid[:2], paid[2:]]
        with pytest.raises(PayeeChanged) as refused:
            export_at(session, office, office.now)
        assert refused.value.members == {"redemption_ids": [str(which) for which in moved.values()]}
        audited = session.scalars(select(AuditRow).where(AuditRow.subject_id == second.id)).one()
        assert audited.detail["left_out"] == sorted(map(str, moved.values()))
        due = payables.sum_due(session, organisation_id=office.owner, now=office.now)
        assert due == ([], len(moved))
    check(app, office)


def test_what_is_left_out_takes_no_place_of_a_correction(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payables, "MOST_LINES", 2)
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=3)
        (usher, *others), (harper, indira) = office.ushers, office.hr
        bonus(session, office, usher)
        batch = export_at(session, office, office.now)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        asked = payroll_corrections.ask(
            session, actor=harper, line_id=line.id, amount_cents=-1, reason="So.", now=office.now
        )
        payroll_corrections.approve(session, actor=indira, correction_id=asked.id, now=office.now)
        for who in others:
            bonus(session, office, who)
            set_number(session, who, f"NEW-{who.employee_id}".upper())
        batch = export_at(session, office, office.now)
        assert (batch.line_count, batch.total_cents) == (1, -1)
    check(app, office)


def test_what_is_paid_goes_to_the_number_that_was_judged(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        [usher] = office.ushers
        bonus(session, office, usher)
        theirs, known = number_of(session, usher), payroll_lines.find_earned

        def find_earned(session: Session, **given: Any) -> dict[UUID, Earned]:
            set_number(session, usher, "NOT-JUDGED")
            return known(session, **given)

        monkeypatch.setattr(payables, "find_earned", find_earned)
        batch = export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        assert line.payroll_number == theirs
    check(app, office)


@pytest.mark.parametrize("foreseen", [True, False])
def test_what_the_books_do_not_explain_takes_no_place_in_a_batch(
    app: Flask, monkeypatch: pytest.MonkeyPatch, foreseen: bool
) -> None:
    monkeypatch.setattr(payables, "MOST_LINES", 2)
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=5)
        ids = [bonus(session, office, who) for who in office.ushers]
        known = payroll_lines.find_earned

        def find_earned(
            session: Session, *, organisation_id: UUID, redemptions: Iterable[Redemption]
        ) -> dict[UUID, Earned]:
            found = known(session, organisation_id=organisation_id, redemptions=redemptions)
            return {which: earned for which, earned in found.items() if which not in ids[:3]}

        monkeypatch.setattr(payables, "find_earned", find_earned)
        make = export_at if foreseen else lambda session, office, _now: export(session, office)
        batch = make(session, office, office.now)
        assert lines(session, office, batch) == ids[3:]
        with pytest.raises(SourcesUnknown) as refused:
            make(session, office, office.now)
        assert refused.value.members == {"redemption_ids": [str(which) for which in ids[:3]]}
    check(app, office)
