"""Proof of what payroll was told: healthy batches have no finding, and every damage is named."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.foundation.spreadsheets import FileFormat
from backend.insight import verify
from backend.insight.queries import invariants
from backend.insight.queries.invariants.payroll import CHECKS, PAYROLL
from backend.insight.verify import Finding
from backend.rewards.problems import NothingToExport, SourcesUnknown
from backend.rewards.queries import list_lines
from backend.rewards.rules import AppealStatus
from backend.rewards.services import payroll_acknowledgements, payroll_corrections
from backend.rewards.services.payables import Due, sum_due
from tests.factories import NOW
from tests.insight.payroll_damage import PAYROLL_DAMAGE, UNAUDITED
from tests.insight.test_verify import take_guards_down
from tests.rewards.payrolls import Office, bonus, earn, export, make_office
from tests.rewards.test_appeals import appeal, decide, declined
from tests.rewards.wallets import make_reward


@dataclass(frozen=True, kw_only=True)
class Paid:
    """An office that has exported twice."""

    office: Office
    paid_id: UUID
    waiting_id: UUID


@pytest.fixture
def paid(scratch: Session) -> Paid:
    """Pay two bonuses and acknowledge that; export a third with a correction of the first."""
    office = make_office(scratch, ushers=3, now=NOW)
    harper, indira = office.hr
    ids = [bonus(scratch, office, who, value_cents=1_000) for who in office.ushers[:2]]
    first = export(scratch, office)
    payroll_acknowledgements.acknowledge(
        scratch,
        actor=office.payroll[0],
        batch_id=first.id,
        sha256=first.sha256[FileFormat.CSV],
        now=NOW,
    )
    line = list_lines(scratch, organisation_id=office.owner, batch_id=first.id)[0]
    asked = payroll_corrections.ask(
        scratch, actor=harper, line_id=line.id, amount_cents=-300, reason="Less.", now=NOW
    )
    payroll_corrections.approve(scratch, actor=indira, correction_id=asked.id, now=NOW)
    refused = payroll_corrections.ask(
        scratch, actor=harper, line_id=line.id, amount_cents=-200, reason="Less.", now=NOW
    )
    payroll_corrections.decline(scratch, actor=indira, correction_id=refused.id, now=NOW)
    waiting = bonus(scratch, office, office.ushers[2], value_cents=1_000)
    export(scratch, office)
    scratch.flush()
    assert line.redemption_id in ids
    return Paid(office=office, paid_id=line.redemption_id, waiting_id=waiting)


def found(session: Session, paid: Paid, code: str) -> list[Finding]:
    return list(verify.find_offenders(session, code=code, organisation_id=paid.office.owner))


def damage(session: Session, paid: Paid, *statements: str) -> None:
    take_guards_down(session, *statements)
    ids = {
        "org": paid.office.owner,
        "paid": paid.paid_id,
        "waiting": paid.waiting_id,
        "hr": paid.office.hr[0].employee_id,
        "new": new_id(),
    }
    for statement in statements:
        used = [
            bindparam(name, one, Uuid()) for name, one in ids.items() if f":{name}" in statement
        ]
        result = session.execute(text(statement).bindparams(*used))
        assert "drop" in statement or result.rowcount  # type: ignore[attr-defined]


def test_what_the_books_do_not_explain_is_left_out_and_the_rest_is_paid(
    scratch: Session, paid: Paid
) -> None:
    office = paid.office
    sound = bonus(scratch, office, office.ushers[0], value_cents=1_000)
    broken = bonus(scratch, office, office.ushers[1], value_cents=1_000)
    take_guards_down(scratch)
    scratch.execute(
        text(
            "update ledger_entries set points = points * 9 / 10 where transaction_id in"
            " (select id from ledger_transactions where kind = 'hold' and source_id = :broken)"
        ).bindparams(bindparam("broken", broken, Uuid()))
    )
    batch = export(scratch, office)
    lines = list_lines(scratch, organisation_id=office.owner, batch_id=batch.id)
    assert [line.redemption_id for line in lines] == [sound]
    detail = scratch.scalars(
        select(AuditRow.detail).where(
            AuditRow.subject_id == batch.id, AuditRow.act == "payroll.exported"
        )
    ).one()
    assert detail["left_out"] == [str(broken)]
    with pytest.raises(SourcesUnknown) as refused:
        export(scratch, office)
    assert refused.value.members == {"redemption_ids": [str(broken)]}


def test_a_correction_that_was_approved_for_another_number_is_left_out(
    scratch: Session, paid: Paid
) -> None:
    office = paid.office
    harper, indira = office.hr
    bonus(scratch, office, office.ushers[0])
    batch = export(scratch, office)
    [line] = list_lines(scratch, organisation_id=office.owner, batch_id=batch.id)
    asked = payroll_corrections.ask(
        scratch, actor=harper, line_id=line.id, amount_cents=500, reason="More.", now=NOW
    )
    payroll_corrections.approve(scratch, actor=indira, correction_id=asked.id, now=NOW)
    due = Due(currency="USD", corrections=1, cents=500)
    assert sum_due(scratch, organisation_id=office.owner, now=NOW) == ([due], 0)
    damage(
        scratch,
        paid,
        "update payroll_correction_decisions set employee_person = 'P0'"
        " where organisation_id = :org",
    )
    assert sum_due(scratch, organisation_id=office.owner, now=NOW) == ([], 1)
    with pytest.raises(NothingToExport):
        export(scratch, office)


def test_whoever_declined_and_decided_on_the_appeal_with_another_number_is_found(
    scratch: Session, paid: Paid
) -> None:
    (usher, *_), (harper, indira) = paid.office.ushers, paid.office.hr
    earn(scratch, paid.office, usher, 100, event_id=paid.office.events[0])
    wish = declined(scratch, usher, harper, make_reward(scratch, harper, now=NOW))
    lodged = appeal(scratch, usher, wish.id, kind="redemption")
    decide(scratch, indira, lodged.id, AppealStatus.UPHELD)
    assert found(scratch, paid, "I10") == []
    damage(
        scratch,
        paid,
        "update redemption_steps set actor_person = (select decider_person from appeal_decisions d"
        " where d.organisation_id = :org) where organisation_id = :org and step = 'declined'",
    )
    assert [one.table for one in found(scratch, paid, "I10")] == ["appeal_decisions"]


def test_healthy_batches_have_no_finding(scratch: Session, paid: Paid) -> None:
    for code in (PAYROLL, "I09", "I10", "I12", "I14"):
        assert found(scratch, paid, code) == []


def test_a_line_paid_to_another_person_than_was_approved_is_named(
    scratch: Session, paid: Paid
) -> None:
    damage(
        scratch, paid, "update payroll_lines set payroll_number = 'P0' where redemption_id = :paid"
    )
    assert "payroll_lines" in {one.table for one in found(scratch, paid, "I10")}


@pytest.mark.parametrize(("table", "statements"), PAYROLL_DAMAGE.values(), ids=PAYROLL_DAMAGE)
def test_damage_of_payroll_is_named(
    scratch: Session, paid: Paid, table: str, statements: tuple[str, ...]
) -> None:
    damage(scratch, paid, *statements)
    assert table in {one.table for one in found(scratch, paid, PAYROLL)}


def test_every_check_is_met_by_some_damage(scratch: Session, paid: Paid) -> None:
    """A check that nothing ever fails proves nothing."""
    named = set()
    for table, statements in PAYROLL_DAMAGE.values():
        with scratch.begin_nested() as undone:
            damage(scratch, paid, *statements)
            named |= {
                check.statement
                for check in CHECKS
                if list(
                    invariants.find_offenders(
                        scratch.connection(), check, organisation_id=paid.office.owner
                    )
                )
            }
            undone.rollback()
        assert table
    assert [check for check in CHECKS if check.statement not in named] == []


@pytest.mark.parametrize(("act", "table"), UNAUDITED.items())
def test_an_act_of_payroll_without_its_audit_row_is_named(
    scratch: Session, paid: Paid, act: str, table: str
) -> None:
    statement = f"delete from audit_rows where organisation_id = :org and act = '{act}'"
    damage(scratch, paid, statement)
    assert table in {one.table for one in found(scratch, paid, "I14")}
