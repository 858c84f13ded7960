"""The catalogue: what points can be spent on; every change is a new version, and audited."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.rewards import queries
from backend.rewards.models import Reward
from backend.rewards.problems import OutOfStock, RewardChanged, RewardRefused
from backend.rewards.rules import RewardKind


def create(
    session: Session, *, actor: Actor, given: dict[str, Any], now: datetime
) -> queries.RewardFacts:
    """Put a reward with the columns in ``given`` into the catalogue; raises RewardRefused."""
    values = given | {"offered_from": given.get("offered_from") or now}
    _refuse_contradictions(values)
    row = Reward(
        organisation_id=actor.organisation_id,
        id=new_id(),
        version=1,
        created_at=now,
        withdrawn_at=None,
        **values,
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, act="reward.created", now=now)
    return queries.reward_facts(row)


def change(
    session: Session,
    *,
    actor: Actor,
    reward_id: UUID,
    to: dict[str, Any],
    now: datetime,
) -> queries.RewardFacts:
    """Change the columns in ``to`` of a reward that is still as ``to["version"]`` says.

    Taking one from the stock makes no other version, so a new stock comes with the one that was
    read, ``seen_stock``. ``withdrawn`` takes it out of the catalogue, or puts it back. What was
    asked for before keeps its terms. Raises RewardNotFound, RewardChanged, RewardRefused.
    """
    row = queries.lock_reward(session, organisation_id=actor.organisation_id, reward_id=reward_id)
    values = dict(to)
    seen = values.pop("version"), values.pop("seen_stock", row.stock)
    if seen != (row.version, row.stock):
        raise RewardChanged(version=row.version)
    if (withdrawn := values.pop("withdrawn", None)) is not None:
        row.withdrawn_at = (row.withdrawn_at or now) if withdrawn else None
    for name, value in values.items():
        setattr(row, name, value)
    _refuse_contradictions({column.key: getattr(row, column.key) for column in Reward.__table__.c})
    row.version += 1
    session.flush()
    _record(session, actor, row, act="reward.changed", now=now)
    return queries.reward_facts(row)


def take_one(reward: Reward) -> bool:
    """Take one of ``reward``, which is in hand, out of the stock; raises OutOfStock.

    Return whether there is a stock to take it from: of any number nothing is taken.
    """
    if reward.stock is None:
        return False
    if reward.stock == 0:
        raise OutOfStock
    reward.stock -= 1
    return True


def put_back(session: Session, *, organisation_id: UUID, reward_id: UUID) -> None:
    """Put one of a reward that was taken back into the stock, if it is still counted."""
    session.execute(
        update(Reward)
        .where(
            Reward.organisation_id == organisation_id,
            Reward.id == reward_id,
            Reward.stock.is_not(None),
        )
        .values(stock=Reward.stock + 1)
    )


def _refuse_contradictions(values: dict[str, Any]) -> None:
    errors: dict[str, list[str]] = {}
    if values["kind"] is RewardKind.CASH and not values["value_cents"]:
        errors["value_cents"] = ["A cash bonus is worth something."]
    if values.get("days_off") is not None and values["kind"] is not RewardKind.VACATION:
        errors["days_off"] = ["Only a vacation has days off."]
    if (until := values.get("offered_until")) and until <= values["offered_from"]:
        errors["offered_until"] = ["Must come after offered_from."]
    if errors:
        raise RewardRefused(errors={"json": errors})


def _record(session: Session, actor: Actor, row: Reward, *, act: str, now: datetime) -> None:
    shown = ("version", "name", "kind", "points", "value_cents", "currency", "stock", "taxable")
    detail = {name: getattr(row, name) for name in shown}
    detail["withdrawn"] = row.withdrawn_at is not None
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
