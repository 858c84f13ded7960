"""Proof that what was asked for and approved is what is paid: damage beside guards is named."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.permissions import Role
from backend.identity.services import personnel
from backend.insight import verify
from backend.insight.queries import invariants
from backend.rewards.queries import RedemptionFacts
from backend.rewards.rules import ROLLING, AppealSubject, Merit
from backend.rewards.services import appeals, catalogue, redemptions
from tests.factories import NOW, make_employee
from tests.insight.test_verify import take_guards_down
from tests.rewards.payrolls import Office, make_office
from tests.rewards.wallets import give_available, make_reward

SOON = NOW + timedelta(minutes=1)
ALONE = "rolling_cents = value_cents, approvals_needed = 1"


@pytest.fixture
def office(scratch: Session) -> Office:
    """Two accounts with points to spend, of two people."""
    office = make_office(scratch, ushers=2, now=NOW)
    for usher in office.ushers:
        give_available(scratch, usher, points=1_000, now=NOW)
    return office


def ask(
    session: Session, office: Office, who: Actor, cents: int, *, now: datetime = NOW
) -> RedemptionFacts:
    reward = make_reward(session, office.hr[0], now=now, value_cents=cents)
    asked = {"reward_id": reward.id, "reward_version": 1, "merit": Merit()}
    return redemptions.ask(session, actor=who, **asked, now=now)  # type: ignore[arg-type]


def approve(
    session: Session, office: Office, asked: RedemptionFacts, *, now: datetime = SOON
) -> RedemptionFacts:
    """Let as many approve as it takes."""
    for version, decider in enumerate(office.hr, start=1):
        asked = redemptions.approve(
            session, actor=decider, redemption_id=asked.id, seen_version=version, now=now
        )
        if len(asked.approved_by) == asked.approvals_needed:
            break
    return asked


def renumber(session: Session, office: Office, who: Actor, number: str) -> None:
    """Say that ``who`` is the person with another payroll number."""
    admin = make_employee(session, office.arena, roles=(Role.ADMIN,))
    personnel.change(
        session,
        actor=admin,
        employee_id=who.employee_id,
        changes={"payroll_number": number},
        now=SOON,
    )
    session.expire_all()


def number_of(session: Session, who: Actor) -> str:
    query = text("select payroll_number from employees where id = :id")
    return str(
        session.execute(query.bindparams(bindparam("id", who.employee_id, Uuid()))).scalar_one()
    )


def change(session: Session, redemption_id: UUID, to: str) -> None:
    take_guards_down(session, "redemptions")
    update(session, redemption_id, to)


def update(session: Session, redemption_id: UUID, to: str) -> None:
    statement = text(f"update redemptions set {to} where id = :id")
    session.execute(statement.bindparams(bindparam("id", redemption_id, Uuid())))


@pytest.mark.parametrize(
    "to",
    [
        "value_cents = value_cents - 1",
        "points = points + 1",
        "currency = 'CAD'",
        "asked_at = '2026-01-01 00:00:00.000000'",
        "rolling_cents = rolling_cents - 1",
        "approvals_needed = 1",
    ],
)
def test_the_database_refuses_other_terms(scratch: Session, office: Office, to: str) -> None:
    asked = ask(scratch, office, office.ushers[0], 30_000)
    with pytest.raises(DBAPIError, match="redemptions keeps its terms"):
        update(scratch, asked.id, to)


def test_a_missing_guard_of_terms_is_named(scratch: Session) -> None:
    sqlite = scratch.connection().dialect.name == "sqlite"
    trigger = "redemptions_keeps_terms"
    scratch.execute(text(f"drop trigger {trigger}" + ("" if sqlite else " on redemptions")))
    (finding,) = verify.find_offenders(scratch, code=invariants.TRIGGERS)
    assert (finding.table, finding.row) == ("redemptions", trigger)


def found(session: Session, office: Office) -> list[str]:
    session.flush()
    findings = verify.find_offenders(session, code="I10", organisation_id=office.owner)
    return sorted({one.what for one in findings if one.table == "redemptions"})


def too_few(stored: int, asked: int) -> str:
    return f"{stored} cents in thirty days, where at least {asked} were asked for"


def test_a_lowered_sum_of_thirty_days_is_named(scratch: Session, office: Office) -> None:
    usher = office.ushers[0]
    ask(scratch, office, usher, 20_000)
    second = ask(scratch, office, usher, 10_000, now=SOON)
    assert (second.rolling_cents, second.approvals_needed) == (30_000, 2)
    assert found(scratch, office) == []
    change(scratch, second.id, ALONE)
    assert found(scratch, office) == [too_few(10_000, 30_000)]


def test_what_was_given_back_later_counted_when_it_was_asked(
    scratch: Session, office: Office
) -> None:
    usher = office.ushers[0]
    first = ask(scratch, office, usher, 20_000)
    second = ask(scratch, office, usher, 10_000, now=SOON)
    redemptions.cancel(scratch, actor=usher, redemption_id=first.id, now=SOON)
    approve(scratch, office, second)
    third = ask(scratch, office, usher, 10_000, now=SOON)
    assert third.rolling_cents == 20_000
    assert found(scratch, office) == []
    change(scratch, second.id, ALONE)
    assert found(scratch, office) == [too_few(10_000, 30_000)]


@pytest.mark.parametrize(("seconds", "rolling", "named"), [(0, 10_000, 0), (-0.5, 30_000, 1)])
def test_a_month_is_thirty_days(
    scratch: Session, office: Office, seconds: float, rolling: int, named: int
) -> None:
    usher = office.ushers[0]
    ask(scratch, office, usher, 20_000)
    after = NOW + ROLLING + timedelta(seconds=seconds)
    second = ask(scratch, office, usher, 10_000, now=after)
    assert second.rolling_cents == rolling
    assert found(scratch, office) == []
    change(scratch, second.id, ALONE)
    assert len(found(scratch, office)) == named


def test_other_accounts_of_a_person_count(scratch: Session, office: Office) -> None:
    usher, other = office.ushers
    account = make_employee(
        scratch, office.arena, payroll_number=number_of(scratch, usher), name="Usher again"
    )
    give_available(scratch, account, points=1_000, now=NOW)
    for one in (usher, other):
        approve(scratch, office, ask(scratch, office, one, 20_000))
    later = SOON + timedelta(minutes=1)
    second = ask(scratch, office, account, 10_000, now=later)
    assert approve(scratch, office, second, now=later).rolling_cents == 30_000
    assert found(scratch, office) == []
    change(scratch, second.id, ALONE)
    assert found(scratch, office) == [too_few(10_000, 30_000)]


def test_accounts_that_turn_out_to_be_one_persons_change_nothing_of_before(
    scratch: Session, office: Office
) -> None:
    usher, other = office.ushers
    for one in (usher, other):
        approve(scratch, office, ask(scratch, office, one, 20_000))
    renumber(scratch, office, other, number_of(scratch, usher))
    assert found(scratch, office) == []
    later = SOON + timedelta(minutes=1)
    third = ask(scratch, office, other, 5_000, now=later)
    assert third.rolling_cents == 45_000
    approve(scratch, office, third, now=later)
    assert found(scratch, office) == []


def test_accounts_that_turn_out_to_be_one_persons_between_are_one_sum(
    scratch: Session, office: Office
) -> None:
    usher, other = office.ushers
    approve(scratch, office, ask(scratch, office, usher, 20_000))
    cancelled = ask(scratch, office, other, 9_000, now=SOON)
    second = ask(scratch, office, other, 10_000, now=SOON)
    redemptions.cancel(scratch, actor=other, redemption_id=cancelled.id, now=SOON)
    renumber(scratch, office, other, number_of(scratch, usher))
    # What was cancelled counted when it was asked, what the other account asked for counts now.
    assert approve(scratch, office, second).rolling_cents == 30_000
    assert found(scratch, office) == []


@pytest.mark.parametrize(
    ("to", "says"),
    [
        ("value_cents = 9000", "9000 cents for 100 points, where 10000 for 100 were approved"),
        ("points = 90", "10000 cents for 90 points, where 10000 for 100 were approved"),
        ("currency = 'CAD'", "10000 cents for 100 points, where 10000 for 100 were approved"),
    ],
)
def test_other_terms_than_were_approved_are_named(
    scratch: Session, office: Office, to: str, says: str
) -> None:
    asked = approve(scratch, office, ask(scratch, office, office.ushers[0], 10_000))
    assert found(scratch, office) == []
    change(scratch, asked.id, to)
    assert says in found(scratch, office)


@pytest.mark.parametrize(
    "to",
    [
        "value_cents = 9000",
        "points = 90",
        "currency = 'CAD'",
        "kind = 'perk'",
        "taxable = (1 = 0)",
        "reward_name = 'Another'",
    ],
)
def test_other_terms_than_the_reward_had_are_named(
    scratch: Session, office: Office, to: str
) -> None:
    asked = ask(scratch, office, office.ushers[0], 10_000)
    catalogue.change(
        scratch,
        actor=office.hr[0],
        reward_id=asked.reward_id,
        to={"version": 1, "points": 90, "value_cents": 9_000, "name": "Another"},
        now=SOON,
    )
    assert found(scratch, office) == []
    change(scratch, asked.id, to)
    assert found(scratch, office) == ["not on the terms that its reward had when it was asked for"]


def test_what_an_appeal_asks_for_anew_has_the_terms_of_before(
    scratch: Session, office: Office
) -> None:
    usher = office.ushers[0]
    asked = ask(scratch, office, usher, 10_000)
    harper, indira = office.hr
    redemptions.decline(
        scratch, actor=harper, redemption_id=asked.id, seen_version=1, reason="No.", now=SOON
    )
    catalogue.change(
        scratch,
        actor=harper,
        reward_id=asked.reward_id,
        to={"version": 1, "points": 900, "withdrawn": True},
        now=SOON,
    )
    lodged = appeals.lodge(
        scratch,
        actor=usher,
        subject_kind=AppealSubject.REDEMPTION,
        subject_id=asked.id,
        statement="Why?",
        now=SOON,
    )
    appeals.grant(scratch, actor=indira, appeal_id=lodged.id, reason="Right.", now=SOON)
    assert found(scratch, office) == []
