"""Rewards that were asked for, and people of HR in front of the console."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.rewards import queries
from backend.rewards.queries import Points, RedemptionFacts
from backend.rewards.rules import Merit, RewardKind
from backend.rewards.services import redemptions
from tests.browser.world import World, console_access
from tests.factories import make_employee
from tests.rewards.wallets import give_available, make_reward
from tests.web.test_console import OURS, sign_in

PERK = {"name": "Dinner", "kind": RewardKind.PERK, "value_cents": 4_000}


def ask(
    world: World, who: Actor | None = None, *, days_ago: int = 0, **given: Any
) -> RedemptionFacts:
    """Let somebody, Alex unless ``who`` is given, ask for a perk with 1,000 points in hand."""
    now = clock.now() - timedelta(days=days_ago)
    who = who or world.evening.alex
    with world.app.app_context(), transaction() as session:
        give_available(session, who, points=1_000, now=now)
        reward = make_reward(session, world.hr, now=now, **{**PERK, **given})
        return redemptions.ask(
            session,
            actor=who,
            reward_id=reward.id,
            reward_version=reward.version,
            merit=Merit(),
            now=now,
        )


def approve(world: World, asked: RedemptionFacts, *, by: Actor) -> RedemptionFacts:
    """Let somebody approve what was asked for, as it is."""
    with world.app.app_context(), transaction() as session:
        return redemptions.approve(
            session,
            actor=by,
            redemption_id=asked.id,
            seen_version=asked.version,
            now=clock.now(),
        )


def another_of_hr(world: World, name: str = "Robin Hr", **given: Any) -> tuple[Actor, FlaskClient]:
    """Return somebody else of HR, signed in."""
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        actor = make_employee(session, arena, name=name, roles=(Role.EMPLOYEE, Role.HR), **given)
        email, totp = console_access(world.app, session, actor)
    client = world.app.test_client()
    assert sign_in(client, email, totp).status_code == 303
    return actor, client


def decide(
    client: FlaskClient, asked: RedemptionFacts, act: str, **said: str | int
) -> TestResponse:
    """Send the form of a decision, as the page of ``asked`` has it unless ``said`` otherwise."""
    form = {"seen_version": asked.version, **said}
    return client.post(f"/hr/redemptions/{asked.id}/{act}", data=form, headers=OURS)


def now_is(world: World, asked: RedemptionFacts) -> RedemptionFacts:
    """Return how a redemption stands."""
    with world.app.app_context(), reading() as session:
        owner = world.evening.organisation_id
        return queries.get_redemption(session, organisation_id=owner, redemption_id=asked.id)


def points_of(world: World, who: Actor) -> Points:
    """Return somebody's points."""
    with world.app.app_context(), reading() as session:
        return queries.get_points(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        )


def acts_on(world: World, subject_id: UUID) -> list[tuple[str, UUID | None]]:
    """Return what the audit says was done to something, and by whom."""
    with world.app.app_context(), reading() as session:
        rows = session.scalars(
            select(AuditRow)
            .where(
                AuditRow.organisation_id == world.evening.organisation_id,
                AuditRow.subject_id == subject_id,
            )
            .order_by(AuditRow.id)
        )
        return [(row.act, row.actor_id) for row in rows]
