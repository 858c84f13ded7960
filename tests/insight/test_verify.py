"""Proof: a healthy evening has no finding, and every kind of damage is named."""

from importlib import import_module

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

from backend.foundation.db import Base, new_id
from backend.identity.permissions import Role
from backend.insight import verify
from backend.insight.queries import invariants
from backend.insight.queries.invariants.rollups import COUNTERS
from backend.insight.queries.invariants.structure import APPEND_ONLY
from backend.insight.verify import Finding
from backend.rewards.rules import REVERSIBLE_AFTER, AppealSubject, Reversible
from backend.rewards.services import adjustments, appeals
from tests.factories import make_arena, make_employee
from tests.insight import (
    damage,
    damage_to_gestures,
    damage_to_groups,
    damage_to_pay,
    damage_to_redemptions,
    damage_to_reviews,
)
from tests.insight.adjusted import ADJUSTED
from tests.insight.evening import RATED_AT, Evening, make_evening

DAMAGE = (
    damage.DAMAGE
    | damage_to_gestures.DAMAGE
    | damage_to_groups.DAMAGE
    | damage_to_pay.DAMAGE
    | damage_to_redemptions.DAMAGE
    | damage_to_reviews.DAMAGE
)


@pytest.fixture
def evening(scratch: Session) -> Evening:
    arena = make_arena(scratch)
    damage_to_groups.keep_groups(scratch, arena)
    return make_evening(scratch, arena)


def take_guards_down(session: Session, *statements: str) -> None:
    """Let ``statements`` write anything, as a careless repair by hand does."""
    engine = session.connection().dialect.name
    if engine == "sqlite":
        session.execute(text("pragma defer_foreign_keys = on"))
        session.execute(text("pragma ignore_check_constraints = on"))
        triggers = session.scalars(text("select name from sqlite_master where type = 'trigger'"))
        for trigger in triggers.all():
            session.execute(text(f"drop trigger {trigger}"))
        return
    session.execute(text("set local session_replication_role = replica"))
    touched = [table for table in Base.metadata.tables if table in " ".join(statements)]
    checks = text(
        "select relname, conname from pg_constraint c join pg_class t on t.oid = c.conrelid"
        " where c.contype = 'c' and t.relname = any(:tables)"
    )
    for table, name in session.execute(checks, {"tables": touched}).all():
        session.execute(text(f"alter table {table} drop constraint {name}"))


def run_sql(session: Session, evening: Evening, statement: str) -> None:
    ids = {
        "org": evening.arena.organisation_id,
        "usher": evening.usher.employee_id,
        "helper": evening.helper.employee_id,
        "greeting": evening.greeting_id,
        "request": evening.request_id,
        "in_hand": evening.open_request_id,
        "invitation": evening.invitation_id,
        "rating": evening.invitation_id,
        "event": evening.arena.event_id,
        "new": new_id(),
    }
    used = [
        bindparam(name, value, Uuid()) for name, value in ids.items() if f":{name}" in statement
    ]
    result = session.execute(text(statement).bindparams(*used))
    assert "drop" in statement or result.rowcount  # type: ignore[attr-defined]


def found_after(session: Session, evening: Evening, code: str, *statements: str) -> list[Finding]:
    """Return what the invariant ``code`` finds after damage is done."""
    take_guards_down(session, *statements)
    for statement in statements:
        run_sql(session, evening, statement)
    owner = evening.arena.organisation_id
    return list(verify.find_offenders(session, code=code, organisation_id=owner))


def test_a_healthy_evening_has_no_finding(scratch: Session, evening: Evening) -> None:
    owner = evening.arena.organisation_id
    report = verify.run(scratch, organisation_id=owner)
    assert report.findings == []
    assert [checked.code for checked in report.checked] == list(invariants.SENTENCES)
    assert all(checked.rows for checked in report.checked)


EVERY = DAMAGE | ADJUSTED


@pytest.mark.parametrize(("code", "table", "statements"), EVERY.values(), ids=EVERY.keys())
def test_damage_is_named(
    scratch: Session, evening: Evening, code: str, table: str, statements: tuple[str, ...]
) -> None:
    found = found_after(scratch, evening, code, *statements)
    assert table in {finding.table for finding in found}


def test_a_reversal_that_took_back_something_else_is_named(
    scratch: Session, evening: Evening
) -> None:
    arena = evening.arena
    roles = (Role.EMPLOYEE, Role.HR)
    author, second = (make_employee(scratch, arena, roles=roles) for _ in range(2))
    now = RATED_AT + REVERSIBLE_AFTER
    waiting = adjustments.reverse(
        scratch,
        actor=author,
        source_kind=Reversible.RATING,
        source_id=evening.invitation_id,
        reason="False.",
        now=now,
    )
    adjustments.approve(scratch, actor=second, adjustment_id=waiting.id, now=now)
    owner = arena.organisation_id
    assert verify.run(scratch, organisation_id=owner).findings == []
    damage = "update adjustment_parts set points = -8 where organisation_id = :org and points = -9"
    (found,) = found_after(scratch, evening, "I04", damage)
    assert found.what == "-8 points taken back, where 9 were"


def test_points_that_nobody_lost_are_named_where_an_appeal_gave_them_back(
    scratch: Session, evening: Evening
) -> None:
    roles = (Role.EMPLOYEE, Role.HR)
    author, other = (make_employee(scratch, evening.arena, roles=roles) for _ in range(2))
    now = RATED_AT + REVERSIBLE_AFTER
    taken = adjustments.adjust(
        scratch,
        actor=author,
        employee_id=evening.usher.employee_id,
        points=-9,
        reason="No.",
        now=now,
    )
    lodged = appeals.lodge(
        scratch,
        actor=evening.usher,
        subject_kind=AppealSubject.ADJUSTMENT,
        subject_id=taken.id,
        statement="Why?",
        now=now,
    )
    appeals.grant(scratch, actor=other, appeal_id=lodged.id, reason="Right.", now=now)
    scratch.flush()
    assert verify.run(scratch, organisation_id=evening.arena.organisation_id).findings == []
    # As if most of them had expired before.
    damage = "update ledger_entries set points = -2 where points = -9 and organisation_id = :org"
    (found,) = found_after(scratch, evening, "I10", damage)
    assert found.what == "granted with 9 points where 2 were lost"


@pytest.mark.parametrize("counter", COUNTERS)
def test_every_counter_of_a_tally_is_recounted(
    scratch: Session, evening: Evening, counter: str
) -> None:
    change = f"update tallies set {counter} = {counter} + 1 where employee_id = :usher"
    (finding,) = found_after(scratch, evening, "I15", change)
    assert (finding.invariant, finding.table) == ("I15", "tallies")
    assert f"{counter} " in finding.what


def test_a_finding_names_the_row(scratch: Session, evening: Evening) -> None:
    damage = "update requests set steps = 9 where id = :in_hand"
    found = found_after(scratch, evening, "I15", damage)
    assert found == [
        Finding(
            invariant="I15",
            table="requests",
            organisation_id=evening.arena.organisation_id,
            row=f"id={evening.open_request_id}",
            what="stored 9 steps; its history has 2, the last numbered 2",
        )
    ]


def test_a_reference_into_another_organisation_is_named(scratch: Session, evening: Evening) -> None:
    elsewhere = make_arena(scratch).gate_id
    take_guards_down(scratch)
    move = text("update requests set zone_id = :zone where id = :id").bindparams(
        bindparam("zone", elsewhere, Uuid()), bindparam("id", evening.request_id, Uuid())
    )
    scratch.execute(move)
    owner = evening.arena.organisation_id
    (finding,) = verify.find_offenders(scratch, code="I12", organisation_id=owner)
    assert (finding.invariant, finding.table) == ("I12", "requests")


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_a_missing_guard_of_history_is_named(scratch: Session, table: str) -> None:
    sqlite = scratch.connection().dialect.name == "sqlite"
    trigger = f"{table}_no_update" if sqlite else f"{table}_append_only"
    on_table = "" if sqlite else f" on {table}"
    scratch.execute(text(f"drop trigger {trigger}{on_table}"))
    (finding,) = verify.find_offenders(scratch, code=invariants.TRIGGERS)
    assert (finding.invariant, finding.row) == (invariants.TRIGGERS, trigger)


def test_every_table_of_history_is_guarded() -> None:
    guarding = [
        import_module(f"backend.migrations.versions.{name}")
        for name in (
            "0002_append_only",
            "0003_seal_the_books",
            "0004_make_the_catalogue",
            "0005_hand_over_to_payroll",
            "0006_make_adjustments",
            "0007_close_seasons",
            "0012_print_cards",
            "0014_hold_ratings",
            "0015_let_fans_ask",
        )
    ]
    assert set(APPEND_ONLY) == {table for migration in guarding for table in migration.TABLES}


def test_every_check_belongs_to_an_invariant() -> None:
    everything = [check for code in invariants.SENTENCES for check in invariants.list_checks(code)]
    assert all(
        any(check.code == code for check in everything)
        for code in invariants.SENTENCES
        if code not in {invariants.TRIGGERS, invariants.SEALS}
    )
