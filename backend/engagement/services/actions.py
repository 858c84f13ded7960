"""What phones did, under their own ids: the first time counts, again gets the first result.

The same store serves single calls and the queue, so that an action which went out both ways is
done once.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.queries import actions as queries
from backend.engagement.rules import ActionKind, Moment
from backend.foundation.actor import Actor
from backend.foundation.problems import Problem

CREATED, DONE = 201, 200
# When an action was sent says nothing about what it is; its own time is compared by itself,
# because a single call may leave it out.
_NOT_PRINTED = frozenset({"id", "kind", "at", "sent_at"})


def fingerprint_of(kind: ActionKind, body: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of what was asked: ``kind`` and ``body``, left-out fields as None."""
    asked = {key: value for key, value in body.items() if key not in _NOT_PRINTED}
    return hashlib.sha256(orjson.dumps([kind, _said(asked)], option=orjson.OPT_SORT_KEYS)).digest()


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``body`` without what was left open, all the way down."""
    return {
        key: _said(value) if isinstance(value, Mapping) else value
        for key, value in body.items()
        if value is not None
    }


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """Something a phone did; ``phone_at`` is the phone's own time for it, if it said one."""

    id: UUID
    kind: ActionKind
    fingerprint: bytes
    moment: Moment
    phone_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of an action: an HTTP status and a JSON body, which holds no secret."""

    status: int
    body: dict[str, Any]

    @classmethod
    def of(cls, view: Any, *, status: int = DONE) -> "Result":
        """Return the result that shows ``view``, a dataclass of plain values."""
        shown = orjson.dumps(view, option=orjson.OPT_UTC_Z)
        return cls(status=status, body=orjson.loads(shown))

    @classmethod
    def refused(cls, problem: Problem) -> "Result":
        """Return ``problem`` as a result."""
        shown = orjson.dumps(problem.document(), default=str)
        return cls(status=problem.status, body=orjson.loads(shown))


def find_first(session: Session, *, actor: Actor, action: Action) -> Result | None:
    """Return the first result of ``action``, or None when it is new.

    What was created (201) is now there (200). Raises IdAlreadyUsed when its id belongs to
    something else, or to somebody else.
    """
    known = find_known(session, actor=actor, actions=[action]).get(action.id)
    if isinstance(known, Problem):
        raise known
    return known


def find_known(
    session: Session, *, actor: Actor, actions: Sequence[Action]
) -> dict[UUID, Result | IdAlreadyUsed]:
    """Return by id the first results of those ``actions`` that are not new.

    IdAlreadyUsed stands where the id belongs to something else, or to somebody else.
    """
    by_id = {action.id: action for action in actions}
    rows = queries.list_actions(
        session, organisation_id=actor.organisation_id, action_ids=list(by_id)
    )
    return {row["id"]: first_result(row, by_id[row["id"]], actor) for row in rows}


def first_result(row: Mapping[str, Any], action: Action, actor: Actor) -> Result | IdAlreadyUsed:
    """Return the result in ``row`` when it is that of the very same ``action``."""
    times = {row["phone_at"], action.phone_at} - {None}
    same = (
        row["employee_id"] == actor.employee_id
        and row["fingerprint"] == action.fingerprint
        and len(times) < 2
    )
    if not same:
        return IdAlreadyUsed()
    status = DONE if row["status"] == CREATED else row["status"]
    return Result(status=status, body=row["result"])


def remember(session: Session, *, actor: Actor, action: Action, result: Result) -> None:
    """Keep the first result of ``action`` in the transaction that produced it."""
    remember_all(session, actor=actor, results=[(action, result)])


def remember_all(
    session: Session, *, actor: Actor, results: Iterable[tuple[Action, Result]]
) -> None:
    """Keep the first results of new actions.

    When another transaction took an id meanwhile this is a unique violation; running again will
    find what it left.
    """
    queries.add_actions(
        session,
        [
            {
                "organisation_id": actor.organisation_id,
                "id": action.id,
                "employee_id": actor.employee_id,
                "kind": action.kind,
                "fingerprint": action.fingerprint,
                "phone_at": action.phone_at,
                "received_at": action.moment.now,
                "verdict": action.moment.verdict,
                "status": result.status,
                "result": result.body,
            }
            for action, result in results
        ],
    )


def once(session: Session, *, actor: Actor, action: Action, act: Callable[[], Result]) -> Result:
    """Return the first result of ``action``; when it is new, ``act`` and remember.

    Raises IdAlreadyUsed, and whatever ``act`` raises, of which nothing is kept.
    """
    first = find_first(session, actor=actor, action=action)
    if first is not None:
        return first
    result = act()
    remember(session, actor=actor, action=action, result=result)
    return result
