"""The demo's catalogue holds what the programme gave, from a meal to a vacation."""

from sqlalchemy.orm import Session

from backend.demo import rewards
from backend.rewards import queries
from backend.rewards.rules import RewardKind
from tests.factories import NOW, Arena, make_employee


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
