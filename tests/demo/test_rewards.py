"""The demo's rewards: what the programme gave, and people who asked for it."""

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from backend import migrations
from backend.app import create_app
from backend.demo import arena as building
from backend.demo import cast, rewards, spending
from backend.foundation.db import db, reading, transaction
from backend.insight import verify
from backend.rewards import queries
from backend.rewards.rules import RedemptionStatus, RewardKind
from tests.conftest import a_database, settings_for
from tests.factories import NOW, Arena, make_employee
from tests.rewards.wallets import give_available


def test_a_newcomer_finds_a_bonus_of_a_thousand_dollars_and_a_vacation(
    session: Session, arena: Arena
) -> None:
    rewards.put_up(session, actor=make_employee(session, arena), now=NOW)
    found = queries.list_rewards(
        session, organisation_id=arena.organisation_id, offered_at=NOW, after=None, limit=50
    )
    assert [one.points for one in found] == sorted(one["points"] for one in rewards.CATALOGUE)
    assert (RewardKind.CASH, 100_000) in {(one.kind, one.value_cents) for one in found}
    assert any(one.days_off == 5 for one in found if one.kind is RewardKind.VACATION)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_something_of_each_kind_became_of_what_was_asked_for_once(
    engine: str, tmp_path: Path
) -> None:
    with a_database(engine, tmp_path) as url:
        app = create_app(settings_for(url))
        migrations.upgrade(app)
        with app.app_context():
            with transaction() as session:
                office = building.build(session)
                people = cast.gather(session, office=office)
                # One has earned nothing, and does without.
                for badge in sorted({wish.badge for wish in spending.WISHES} - {"1052"}):
                    give_available(session, people.actors[badge], points=300, now=building.OPENED)
            for _ in range(2):
                spending.ensure(people, now=NOW)
                with reading() as session:
                    found = queries.list_redemptions(
                        session, organisation_id=office.organisation_id
                    )
                    broken = {one.invariant for one in verify.run(session).findings}
                # The points above were earned by nothing.
                assert broken <= {"I04"}
                assert {one.status for one in found} == set(RedemptionStatus)
                assert len(found) == len(spending.WISHES) - 1
            db.engine.dispose()
