"""The invariants of the books, checked by SQL alone: any test may ask after any story."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, select, text
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.rewards.models import Balance
from backend.rewards.services import holds, standings
from tests.factories import NOW

# Each statement finds offenders; no row means that the invariant holds.
CHECKS = {
    "I01 a transaction has two or more entries that sum to zero": """
        select t.id from ledger_transactions t
        left join ledger_entries e
          on e.organisation_id = t.organisation_id and e.transaction_id = t.id
        where t.organisation_id = :organisation_id
        group by t.id having count(e.line) < 2 or sum(e.points) <> 0""",
    "I02 no entry without its transaction": """
        select e.transaction_id from ledger_entries e
        left join ledger_transactions t
          on t.organisation_id = e.organisation_id and t.id = e.transaction_id
        where e.organisation_id = :organisation_id
          and (t.id is null or (e.employee_id is not null and e.employee_id <> t.employee_id))""",
    "I02 balances are the sums of the entries": """
        select b.employee_id from balances b
        left join (
          select employee_id,
            sum(case when account = 'pending' then points else 0 end) as pending,
            sum(case when account = 'available' then points else 0 end) as available,
            sum(case when account = 'held' then points else 0 end) as held,
            sum(case when account = 'paid' then points else 0 end) as paid,
            sum(case when account = 'debt' then points else 0 end) as debt
          from ledger_entries
          where organisation_id = :organisation_id and employee_id is not null
          group by employee_id) e on e.employee_id = b.employee_id
        where b.organisation_id = :organisation_id
          and (b.pending <> coalesce(e.pending, 0) or b.available <> coalesce(e.available, 0)
            or b.held <> coalesce(e.held, 0) or b.paid <> coalesce(e.paid, 0)
            or b.debt <> coalesce(e.debt, 0))""",
    "I02 whoever has entries has a balance": """
        select e.employee_id from ledger_entries e
        left join balances b
          on b.organisation_id = e.organisation_id and b.employee_id = e.employee_id
        where e.organisation_id = :organisation_id
          and e.employee_id is not null and b.employee_id is null""",
    "I03 pending, available and held are never negative, and debt never positive": """
        select transaction_id from (
          select transaction_id, account, sum(points) over (
            partition by employee_id, account order by transaction_id, line) as points
          from ledger_entries
          where organisation_id = :organisation_id
            and account in ('pending', 'available', 'held', 'debt')) history
        where (account = 'debt' and points > 0) or (account <> 'debt' and points < 0)""",
    "I04 one accrual for a source, rule and employee": """
        select source_id from ledger_transactions
        where organisation_id = :organisation_id and kind = 'accrual'
        group by source_id, rule, employee_id having count(*) > 1""",
    "I05 an accrual is settled once and reversed once, in full": """
        select t.id from ledger_transactions t
        left join ledger_transactions a on a.organisation_id = t.organisation_id
          and a.id = coalesce(t.settles_id, t.reverses_id)
        where t.organisation_id = :organisation_id and t.kind not in ('accrual', 'hold', 'expiry')
          and (a.id is null or a.points <> t.points
            or a.kind <> case when t.source_kind = 'redemption' then 'hold' else 'accrual' end
            or a.employee_id <> t.employee_id
            or exists (select 1 from ledger_transactions twin
              where twin.organisation_id = t.organisation_id and twin.id <> t.id
                and (twin.settles_id = t.settles_id or twin.reverses_id = t.reverses_id)))""",
    "an accrual waits exactly as long as it is neither settled nor reversed": """
        select a.id from ledger_transactions a
        left join pending_confirmations p
          on p.organisation_id = a.organisation_id and p.transaction_id = a.id
        where a.organisation_id = :organisation_id and a.kind = 'accrual'
          and (p.transaction_id is null) <> exists (
            select 1 from ledger_transactions later
            where later.organisation_id = a.organisation_id
              and (later.settles_id = a.id or later.reverses_id = a.id))""",
    "I15 a season's board is the sum of what was accrued and not reversed": """
        select b.employee_id from (
          select e.season_id, t.employee_id,
            sum(case when t.kind = 'accrual' then t.points else -t.points end) as points
          from ledger_transactions t
          join events e on e.organisation_id = t.organisation_id and e.id = t.event_id
          where t.organisation_id = :organisation_id and t.kind in ('accrual', 'reversal')
          group by e.season_id, t.employee_id) b
        left join (
          select board, employee_id, points from standings
          where organisation_id = :organisation_id and board like 'season/%'
        ) s on s.employee_id = b.employee_id
          and replace(s.board, '-', '') = 'season/' || replace(cast(b.season_id as text), '-', '')
        where coalesce(s.points, 0) <> b.points""",
    "I15 the boards of one kind hold the same points": """
        select employee_id from (
          select employee_id,
            case when board like 'venue/%' then 'venue'
              else substr(board, 1, 4) end as kind, sum(points) as points
          from standings where organisation_id = :organisation_id
          group by employee_id, 2) kinds
        group by employee_id having count(*) <> 5 or min(points) <> max(points)""",
}


def catch_up(session: Session) -> None:
    """Bring the boards up to the books within ``session``."""
    while standings.catch_up_some(session, limit=1_000):
        pass


def check_books(session: Session, organisation_id: UUID) -> None:
    """Assert that the books of one organisation are in order, naming what is not.

    The boards are brought up to them first.
    """
    catch_up(session)
    offenders = {}
    for name, statement in CHECKS.items():
        query = text(statement).bindparams(bindparam("organisation_id", type_=Uuid()))
        if found := session.execute(query, {"organisation_id": organisation_id}).all():
            offenders[name] = found
    assert not offenders


def spend(session: Session, who: Actor, points: int, now: datetime = NOW) -> None:
    """Pay with at most ``points`` of the available points, as a redemption does."""
    whose = Balance.organisation_id == who.organisation_id, Balance.employee_id == who.employee_id
    points = min(points, session.scalar(select(Balance.available).where(*whose)) or 0)
    if not points:
        return
    owner, redemption_id = who.organisation_id, new_id()
    holds.hold(
        session,
        organisation_id=owner,
        employee_id=who.employee_id,
        redemption_id=redemption_id,
        points=points,
        now=now,
    )
    holds.settle(session, organisation_id=owner, redemption_id=redemption_id, now=now)
