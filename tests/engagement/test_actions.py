"""What phones did, under their own ids."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.rules import ActionKind, Moment
from backend.engagement.services import actions
from backend.engagement.services.actions import Action, Result
from tests.factories import NOW, Arena, make_arena, make_employee


def an_action(
    action_id: UUID, *, kind: ActionKind = ActionKind.OPEN, note: str | None = "Row 5"
) -> Action:
    """Return an action of now."""
    return Action(
        id=action_id,
        kind=kind,
        fingerprint=actions.fingerprint_of(kind, {"note": note}),
        moment=Moment.present(NOW),
        phone_at=NOW,
    )


def created() -> Result:
    """Return a result as a use-case does."""
    return Result.of({"opened_at": NOW, "number": uuid4()}, status=201)


def never() -> Result:
    """Fail: this must not run."""
    raise AssertionError("done twice")


def test_an_action_that_is_sent_again_gets_the_first_result(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    action_id = uuid4()
    first = actions.once(session, actor=actor, action=an_action(action_id), act=created)
    again = actions.once(session, actor=actor, action=an_action(action_id), act=never)
    assert (first.status, again.status) == (201, 200)
    assert again.body == first.body
    assert first.body["opened_at"] == "2026-11-21T19:30:00Z"


def test_an_id_is_not_taken_for_anything_else(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    action_id = uuid4()
    actions.once(session, actor=actor, action=an_action(action_id), act=created)
    other_time = Action(
        id=action_id,
        kind=ActionKind.OPEN,
        fingerprint=an_action(action_id).fingerprint,
        moment=Moment.present(NOW),
        phone_at=NOW + timedelta(seconds=1),
    )
    for other in (
        an_action(action_id, note="Row 6"),
        an_action(action_id, note=None),
        an_action(action_id, kind=ActionKind.GREET),
        other_time,
    ):
        with pytest.raises(IdAlreadyUsed):
            actions.once(session, actor=actor, action=other, act=never)
    with pytest.raises(IdAlreadyUsed):
        actions.once(
            session,
            actor=make_employee(session, arena),
            action=an_action(action_id),
            act=never,
        )


def test_another_organisation_may_use_the_same_id(session: Session, arena: Arena) -> None:
    action_id = uuid4()
    for place in (arena, make_arena(session)):
        actor = make_employee(session, place)
        result = actions.once(session, actor=actor, action=an_action(action_id), act=created)
        assert result.status == 201


def test_left_out_and_null_are_the_same_body() -> None:
    short = {"zone_id": None, "request": {"note": None, "category": "other"}}
    assert actions.fingerprint_of(ActionKind.GREET, short) == actions.fingerprint_of(
        ActionKind.GREET, {"request": {"category": "other"}, "at": NOW, "sent_at": NOW}
    )
