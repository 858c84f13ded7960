"""Money goes to the person for whom it was approved, whatever numbers accounts get later."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import transaction
from backend.foundation.spreadsheets import FileFormat
from backend.identity.models import Employee
from backend.identity.services import personnel
from backend.rewards import queries
from backend.rewards.problems import (
    ApproverChanged,
    NothingToExport,
    OwnBatch,
    OwnCorrection,
    OwnPay,
    PaidToAnotherNumber,
    PayeeChanged,
)
from backend.rewards.queries import LineFacts
from backend.rewards.rules import Merit, RedemptionStatus
from backend.rewards.services import (
    payroll_acknowledgements,
    payroll_corrections,
    redemptions,
)
from tests.factories import NOW, Arena, make_employee
from tests.rewards.payrolls import Office, bonus, check, earn, export, make_office
from tests.rewards.test_persons import an_approver, approve, set_number
from tests.rewards.wallets import give_available, make_reward


def number_of(session: Session, who: Actor) -> str | None:
    key = who.organisation_id, who.employee_id
    return session.get_one(Employee, key, populate_existing=True).payroll_number


def change_number(session: Session, office: Office, of: Actor, to: str | None, by: Actor) -> None:
    """Change a payroll number as HR does."""
    personnel.change(
        session,
        actor=by,
        employee_id=of.employee_id,
        changes={"payroll_number": to},
        now=office.now,
    )


def test_what_was_approved_for_one_person_is_not_paid_to_another(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=2)
        (usher, other), (harper, indira) = office.ushers, office.hr
        moved = bonus(session, office, usher, value_cents=100_000)
        theirs = number_of(session, usher)
        change_number(session, office, usher, number_of(session, harper), harper)
        with pytest.raises(PayeeChanged) as refused:
            export(session, office, by=harper)
        assert refused.value.members == {"redemption_ids": [str(moved)]}
        bonus(session, office, other)
        batch = export(session, office, by=harper)
        assert (batch.line_count, batch.total_cents) == (1, 10_000)
        change_number(session, office, usher, theirs, indira)
        assert export(session, office, by=harper).total_cents == 100_000
    check(app, office)


@pytest.mark.parametrize("turns_out_to_be", ["the payee", "the other approver"])
def test_what_fewer_people_approved_than_it_takes_is_not_paid(
    app: Flask, turns_out_to_be: str
) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=2)
        (usher, other), (harper, indira) = office.ushers, office.hr
        doubtful = bonus(session, office, usher, value_cents=100_000)
        theirs = number_of(session, harper)
        same = usher if turns_out_to_be == "the payee" else indira
        set_number(session, harper, number_of(session, same))
        with pytest.raises(ApproverChanged) as refused:
            export(session, office, by=indira)
        assert refused.value.members == {"redemption_ids": [str(doubtful)]}
        set_number(session, harper, theirs)
        bonus(session, office, other)
        set_number(session, harper, number_of(session, same))
        batch = export(session, office, by=indira)
        assert (batch.line_count, batch.total_cents) == (1, 10_000)
        audited = session.scalars(select(AuditRow).where(AuditRow.subject_id == batch.id)).one()
        assert audited.detail["left_out"] == [str(doubtful)]
    check(app, office)


def test_two_approvals_are_for_one_and_the_same_payroll_number(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        [usher], (harper, indira) = office.ushers, office.hr
        earn(session, office, usher, 100, event_id=office.events[0])
        reward = make_reward(session, harper, now=office.now, value_cents=30_000)
        asked = redemptions.ask(
            session,
            actor=usher,
            reward_id=reward.id,
            reward_version=1,
            merit=Merit(),
            now=office.now,
        )
        seen: dict[str, Any] = {"redemption_id": asked.id, "now": office.now}
        redemptions.approve(session, actor=harper, seen_version=1, **seen)
        theirs = number_of(session, usher)
        change_number(session, office, usher, "MENDED", indira)
        with pytest.raises(PayeeChanged) as refused:
            redemptions.approve(session, actor=indira, seen_version=2, **seen)
        assert refused.value.members == {"redemption_ids": [str(asked.id)]}
        with session.begin_nested() as undone:
            redemptions.decline(session, actor=indira, seen_version=2, reason="Anew.", **seen)
            undone.rollback()
        change_number(session, office, usher, theirs, indira)
        redemptions.approve(session, actor=indira, seen_version=2, **seen)
        assert export(session, office).total_cents == 30_000
    check(app, office)


def test_accounts_that_are_found_to_be_one_persons_are_one_sum(
    session: Session, arena: Arena
) -> None:
    accounts = [make_employee(session, arena, payroll_number=None) for _ in range(2)]
    chief = an_approver(session, arena, "CHIEF")
    reward = make_reward(session, chief, now=NOW, value_cents=24_900)
    asked = []
    for who in accounts:
        give_available(session, who, points=100, now=NOW)
        asked.append(
            redemptions.ask(
                session, actor=who, reward_id=reward.id, reward_version=1, merit=Merit(), now=NOW
            ).id
        )
    for who in accounts:
        set_number(session, who, "P77")
    assert [approve(session, chief, each, 1) for each in asked] == [
        RedemptionStatus.APPROVED,
        RedemptionStatus.ASKED,
    ]
    assert approve(session, an_approver(session, arena, "COO"), asked[1], 2) == "approved"


def paid_to(session: Session, office: Office, number: str | None) -> LineFacts:
    """Pay the usher's account while it has somebody else's ``number``, then mend it."""
    [usher], indira = office.ushers, office.hr[1]
    theirs = number_of(session, usher)
    set_number(session, usher, number)
    earn(session, office, usher, 100, event_id=office.events[0])
    reward = make_reward(session, indira, now=office.now)
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=office.now
    )
    redemptions.approve(
        session, actor=indira, redemption_id=asked.id, seen_version=1, now=office.now
    )
    batch = export(session, office, by=indira)
    [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
    set_number(session, usher, theirs)
    return line


def correct(session: Session, office: Office, line: LineFacts, cents: int, *, by: Actor) -> UUID:
    """Ask for a correction of a line."""
    return payroll_corrections.ask(
        session, actor=by, line_id=line.id, amount_cents=cents, reason="So.", now=office.now
    ).id


def test_whoever_was_paid_by_mistake_neither_corrects_that_nor_decides_on_it(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        (harper, indira), paula = office.hr, office.payroll[0]
        line = paid_to(session, office, number_of(session, harper))
        for cents in (50_000, -100):
            with pytest.raises(OwnPay):
                correct(session, office, line, cents, by=harper)
        asked = correct(session, office, line, -100, by=indira)
        which: dict[str, Any] = {"correction_id": asked, "now": office.now}
        for decide in (payroll_corrections.approve, payroll_corrections.decline):
            with pytest.raises(OwnPay):
                decide(session, actor=harper, **which)
        payroll_corrections.approve(session, actor=paula, **which)
        [taken] = queries.list_lines(
            session, organisation_id=office.owner, batch_id=export(session, office).id
        )
        assert (taken.amount_cents, taken.payroll_number) == (-100, line.payroll_number)
    check(app, office)


def test_nothing_is_added_to_what_went_to_another_number_than_the_account_has(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        [usher], (harper, indira) = office.ushers, office.hr
        bonus(session, office, usher)
        batch = export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        asked = correct(session, office, line, 50_000, by=harper)
        set_number(session, usher, "MENDED")
        with pytest.raises(PaidToAnotherNumber):
            correct(session, office, line, 50_000, by=harper)
        with pytest.raises(PaidToAnotherNumber):
            payroll_corrections.approve(session, actor=indira, correction_id=asked, now=office.now)
        declined = payroll_corrections.decline(
            session, actor=indira, correction_id=asked, now=office.now
        )
        assert not declined.approved
        with pytest.raises(NothingToExport):
            export(session, office)
    check(app, office)


@pytest.mark.parametrize("cents", [50_000, -100])
@pytest.mark.parametrize(
    "found", ["the payee has another number", "the asker is the payee", "the asker approved"]
)
def test_a_correction_adds_only_if_it_is_of_the_people_who_were_seen(
    app: Flask, found: str, cents: int
) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=2)
        (usher, other), (harper, indira) = office.ushers, office.hr
        bonus(session, office, usher)
        batch = export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        asked = correct(session, office, line, cents, by=harper)
        payroll_corrections.approve(session, actor=indira, correction_id=asked, now=office.now)
        who = usher if found == "the payee has another number" else harper
        theirs, same = number_of(session, who), usher if "payee" in found else indira
        set_number(session, who, "MENDED" if who is usher else number_of(session, same))
        if cents < 0:
            assert export(session, office).total_cents == cents
            return
        with pytest.raises(NothingToExport):
            export(session, office)
        bonus(session, office, other)
        batch = export(session, office, by=indira)
        assert (batch.line_count, batch.total_cents) == (1, 10_000)
        audited = session.scalars(select(AuditRow).where(AuditRow.subject_id == batch.id)).one()
        assert audited.detail["left_out"] == [str(asked)]
        set_number(session, who, theirs)
        assert export(session, office).total_cents == cents
    check(app, office)


def test_whoever_asked_for_a_correction_stays_who_they_were(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        harper = office.hr[0]
        again = make_employee(session, office.arena, payroll_number=number_of(session, harper))
        bonus(session, office, office.ushers[0])
        batch = export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        asked = correct(session, office, line, 50_000, by=harper)
        set_number(session, harper, "ELSE")
        for decide in (payroll_corrections.approve, payroll_corrections.decline):
            with pytest.raises(OwnCorrection):
                decide(session, actor=again, correction_id=asked, now=office.now)


def test_whoever_made_a_batch_stays_who_they_were(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        harper = office.hr[0]
        again = make_employee(session, office.arena, payroll_number=number_of(session, harper))
        bonus(session, office, office.ushers[0])
        batch = export(session, office, by=harper)
        set_number(session, harper, "ELSE")
        with pytest.raises(OwnBatch):
            payroll_acknowledgements.acknowledge(
                session,
                actor=again,
                batch_id=batch.id,
                sha256=batch.sha256[FileFormat.CSV],
                now=office.now,
            )


def test_nobody_has_their_own_pay_corrected_by_an_account_that_is_found_to_be_theirs(
    app: Flask,
) -> None:
    with app.app_context(), transaction() as session:
        office = make_office(session)
        [usher], (harper, indira) = office.ushers, office.hr
        bonus(session, office, usher)
        batch = export(session, office, by=indira)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        set_number(session, harper, None)
        asked = payroll_corrections.ask(
            session,
            actor=harper,
            line_id=line.id,
            amount_cents=50_000,
            reason="More.",
            now=office.now,
        )
        set_number(session, harper, number_of(session, usher))
        with pytest.raises(OwnPay):
            payroll_corrections.approve(
                session, actor=indira, correction_id=asked.id, now=office.now
            )
        declined = payroll_corrections.decline(
            session, actor=indira, correction_id=asked.id, now=office.now
        )
        assert not declined.approved
    check(app, office)
