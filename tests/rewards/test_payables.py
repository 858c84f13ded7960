"""What a batch takes of what waits, and what it leaves out."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.foundation.db import transaction
from backend.rewards import queries
from backend.rewards.problems import NothingToExport
from backend.rewards.queries import BatchFacts
from backend.rewards.rules import FULFIL_WITHIN
from backend.rewards.services import payroll_exports
from tests.rewards.payrolls import SUNDAY, Office, bonus, check, make_office


def export_at(session: Session, office: Office, now: datetime) -> BatchFacts:
    """Export what waits at ``now``, foreseen as it is over HTTP."""
    foreseen = payroll_exports.foresee(
        session, organisation_id=office.owner, currency="USD", now=now
    )
    return payroll_exports.export(
        session,
        actor=office.hr[0],
        currency="USD",
        workweek_starts_on=SUNDAY,
        now=now,
        foreseen=foreseen,
    )


def test_what_is_over_is_not_paid_though_nobody_has_ended_it_yet(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        bonus(session, office, office.ushers[0])
        over = office.now + FULFIL_WITHIN
        assert queries.sum_unpaid(session, organisation_id=office.owner, now=over) == {}
        with pytest.raises(NothingToExport):
            export_at(session, office, over)
        just = over - timedelta(seconds=1)
        assert queries.sum_unpaid(session, organisation_id=office.owner, now=just) == {
            "USD": (1, 10_000)
        }
        assert export_at(session, office, just).total_cents == 10_000
    check(app, office)
