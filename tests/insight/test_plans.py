"""What is asked for often, or while locks are held, reads no table from end to end.

On SQLite, which has no statistics and plans before it knows a bound value, so that an index is used
only where the statement itself says so. PostgreSQL chooses by what is in the tables.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.queries import list_accounts, list_payroll_numbers
from backend.insight.queries import fair, seasons, traces
from backend.insight.rules import BoardKind, Period
from backend.rewards import queries
from backend.rewards.queries import expiries, lots
from backend.rewards.rules import Merit
from backend.rewards.services import ledger, redemptions
from tests.factories import NOW, Arena, make_employee
from tests.rewards.test_adjustments import adjust, earned, harper
from tests.rewards.wallets import give_available, make_reward

__all__ = ["harper"]

BIG = ("employees", "ledger_entries", "ledger_transactions")
# Whatever grows with what is done, but for the rollups of the period.
EVENTFUL = (*BIG, "greetings", "requests", "ratings", "rating_answers", "shifts", "tallies")
# An index of nothing but what was opened anew, of which there is little.
FEW = "uq_requests_reopens"
# A key of which only the organisation is known: every row that it has.
ONLY_ITS_OWNER = re.compile(r"\(organisation_id=\?\)$")

Read = Callable[[Session, Arena, Actor], Any]


def whose(who: Actor) -> dict[str, Any]:
    return {"organisation_id": who.organisation_id, "employee_id": who.employee_id}


def asked(session: Session, who: Actor) -> UUID:
    """Let ``who`` ask for something; return the redemption."""
    [reward] = queries.list_rewards(session, **of(who), offered_at=None, after=None, limit=1)
    return redemptions.ask(
        session, actor=who, reward_id=reward.id, reward_version=1, merit=Merit(), now=NOW
    ).id


def of(who: Actor) -> dict[str, Any]:
    return {"organisation_id": who.organisation_id}


HOT: dict[str, Read] = {
    "accruals of a source, in hand": lambda session, _, who: queries.lock_accruals(
        session, **of(who), source_id=new_id()
    ),
    "when a source was paid": lambda session, _, who: queries.find_accrued_at(
        session, **of(who), source_id=new_id()
    ),
    "own adjustments": lambda session, _, who: queries.list_own_adjustments(
        session, **whose(who), before=None, limit=9
    ),
    "what was given and taken in thirty days": lambda session, _, who: queries.sum_rolling_points(
        session, **of(who), employee_ids=[who.employee_id], now=NOW
    ),
    "what was asked for in thirty days": lambda session, _, who: queries.sum_rolling_cents(
        session, **of(who), employee_ids=[who.employee_id], now=NOW
    ),
    "own entries": lambda session, _, who: queries.list_entries(session, **whose(who)),
    "own points": lambda session, _, who: queries.get_points(session, **whose(who)),
    "when points are due next": lambda session, _, who: queries.find_next_due(
        session, **whose(who)
    ),
    "which points were spent": lambda session, _, who: lots.get_attribution(session, **whose(who)),
    "which points expire": lambda session, arena, who: expiries.list_left(
        session, **whose(who), season_ids=[arena.season_id]
    ),
    "which points have expired": lambda session, arena, who: expiries.count_expired(
        session, **whose(who), season_ids=[arena.season_id]
    ),
    "what gave points for a thing": lambda session, _, who: traces.find_giving(
        session, **of(who), source_id=new_id()
    ),
    "what transactions gave": lambda session, _, who: traces.list_gifts(
        session,
        **of(who),
        transaction_ids=[one.id for one in queries.list_entries(session, **whose(who))],
    ),
    "a source that is reversed": lambda session, arena, who: ledger.reverse(
        session,
        organisation_id=arena.organisation_id,
        source_id=earned(session, arena, who),
        reason="It was nothing.",
        now=NOW,
    ),
    "a wish taken back": lambda session, _, who: redemptions.cancel(
        session, actor=who, redemption_id=asked(session, who), now=NOW
    ),
    "the accounts of a person": lambda session, _, who: list_accounts(
        session, organisation_id=who.organisation_id, employee_ids=[who.employee_id]
    ),
    "who somebody is": lambda session, _, who: list_payroll_numbers(
        session, **of(who), employee_ids=[who.employee_id]
    ),
}


@contextmanager
def plans(session: Session) -> Iterator[dict[str, str]]:
    """Collect what SQLite says it does for every statement, a step in a line."""
    found: dict[str, str] = {}
    connection = session.connection()

    def explain(
        _connection: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        if not many and statement.lstrip().lower().startswith(("select", "with")):
            beside = cursor.connection.cursor()
            beside.execute(f"explain query plan {statement}", parameters)
            found[statement] = "\n".join(row[3] for row in beside.fetchall())

    event.listen(connection, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(connection, "before_cursor_execute", explain)


def read_whole(plan: str, big: Sequence[str] = BIG) -> list[str]:
    """Return the steps of a plan that read all rows of a big table, or all of an organisation."""
    aliases = "|".join(f"{table}(?:_\\d+)?" for table in big)
    whole = re.compile(rf"(?:SCAN|SEARCH) (?:{aliases})\b(.*)")
    return [
        step
        for step in plan.splitlines()
        if (found := whole.match(step))
        and (step.startswith("SCAN") or ONLY_ITS_OWNER.search(found[1]))
    ]


@pytest.mark.parametrize("name", HOT)
def test_nothing_that_is_read_often_reads_a_whole_table(
    session: Session, arena: Arena, harper: Actor, name: str
) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    usher = make_employee(session, arena)
    give_available(session, usher, points=20, now=NOW)
    adjust(session, harper, usher, -5, now=NOW + timedelta(hours=1))
    make_reward(session, harper, now=NOW, points=10)
    with plans(session) as found:
        HOT[name](session, arena, usher)
    assert found
    whole = {statement: read_whole(plan) for statement, plan in found.items()}
    assert {statement: steps for statement, steps in whole.items() if steps} == {}


@pytest.mark.parametrize("kind", BoardKind)
def test_a_fair_board_reads_what_was_worked_in_its_period_alone(
    session: Session, arena: Arena, kind: BoardKind
) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    day = date(2026, 11, 21)
    period = {
        BoardKind.EVENT: Period(event_id=arena.event_id),
        BoardKind.WEEK: Period(first_day=day, last_day=day),
        BoardKind.MONTH: Period(first_day=day, last_day=day),
        BoardKind.SEASON: Period(season_id=arena.season_id, venue_id=arena.venue_id),
    }[kind]
    with plans(session) as found:
        fair.list_cells(session, organisation_id=arena.organisation_id, period=period, now=NOW)
    assert any("shifts" in plan for plan in found.values())
    steps = [step for plan in found.values() for step in read_whole(plan, EVENTFUL)]
    assert [step for step in steps if FEW not in step] == []


def test_what_came_too_late_is_found_without_what_came_in_time(
    session: Session, arena: Arena
) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    with plans(session) as found:
        seasons.count_late(
            session, organisation_id=arena.organisation_id, season_id=arena.season_id
        )
    [plan] = found.values()
    for index in ("ix_greetings_late", "ix_request_steps_late", "ix_ratings_late"):
        assert index in plan


def test_a_plan_that_reads_a_whole_table_is_recognised(session: Session, arena: Arena) -> None:
    if session.connection().dialect.name != "sqlite":
        pytest.skip("PostgreSQL plans by what is in its tables")
    with plans(session) as found:
        for condition in ("points > 3", "organisation_id = 'x' and points > 3"):
            sql = f"select id from ledger_transactions where {condition}"
            session.connection().exec_driver_sql(sql)
    assert [len(read_whole(plan)) for plan in found.values()] == [1, 1]
