"""What phones did, under their own ids: the first time counts, again gets the first result.

What somebody wrote in a request is kept with the request alone, so that it goes in time: first
results are remembered without it, and shown again with what is still there.

The same store serves single calls and the queue, so that an action which went out both ways is
done once.
"""

import copy
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.queries import actions as queries
from backend.engagement.queries.actions import FirstResult
from backend.engagement.rules import ActionKind, Moment
from backend.foundation.actor import Actor
from backend.foundation.problems import Problem
from backend.integrity.rules import judge_time

CREATED, DONE = 201, 200
_WORDS = ("seat", "note")
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


def moment_of(at: datetime | None, *, sent_at: datetime | None, now: datetime) -> Moment:
    """Judge when something happened that a phone says was ``at``, sent at ``sent_at``.

    Both by the phone's clock; without ``at`` it happens now, without ``sent_at`` it was sent at
    once.
    """
    if at is None or sent_at is None:
        return Moment.present(now)
    judged = judge_time(phone_at=at, sent_at=sent_at, received_at=now)
    return Moment(at=judged.at, verdict=judged.verdict, now=now)


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
        shown = orjson.dumps(view, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)
        return cls(status=status, body=orjson.loads(shown))

    @classmethod
    def refused(cls, problem: Problem) -> "Result":
        """Return ``problem`` as a result."""
        shown = orjson.dumps(problem.document(), default=str)
        return cls(status=problem.status, body=orjson.loads(shown))


class Known:
    """First results by the ids of their actions, as far as somebody asked for them."""

    def __init__(self, actor: Actor, rows: Iterable[FirstResult]) -> None:
        """Keep ``rows`` for ``actor``, who gets only their own results."""
        self._actor = actor
        self._by_id = {row.id: row for row in rows}

    def result_of(self, action: Action) -> Result | IdAlreadyUsed | None:
        """Return the first result of ``action``, or None when it is new.

        What was created (201) is now there (200). IdAlreadyUsed stands for it when its id belongs
        to something else, or to somebody else.
        """
        first = self._by_id.get(action.id)
        if first is None:
            return None
        # A single call may leave out the phone's time.
        times = {first.phone_at, action.phone_at} - {None}
        theirs = first.employee_id == self._actor.employee_id
        same = first.fingerprint in {action.fingerprint, None}
        if not (theirs and same) or len(times) > 1:
            return IdAlreadyUsed()
        return Result(status=DONE if first.status == CREATED else first.status, body=first.body)

    def add(self, action: Action, result: Result) -> None:
        """Know from now on what came of ``action``, unless its id is known already."""
        first = FirstResult(
            id=action.id,
            employee_id=self._actor.employee_id,
            fingerprint=action.fingerprint,
            phone_at=action.phone_at,
            status=result.status,
            body=result.body,
        )
        self._by_id.setdefault(action.id, first)


def find_first(session: Session, *, actor: Actor, action: Action) -> Result | None:
    """Return the first result of ``action``, or None when it is new.

    What was created (201) is now there (200). Raises IdAlreadyUsed when its id belongs to
    something else, or to somebody else.
    """
    first = known_of(session, actor=actor, asked=[action]).result_of(action)
    if isinstance(first, Problem):
        raise first
    return first


def known_of(session: Session, *, actor: Actor, asked: Sequence[Action]) -> Known:
    """Return which actions in ``asked`` are known."""
    ids, owner = list({action.id for action in asked}), actor.organisation_id
    rows = queries.list_actions(session, organisation_id=owner, action_ids=ids)
    shown = [one for row in rows for one in _worded_in(row.body)]
    if shown:
        ids = list({_request_of(one) for one in shown})
        words = queries.list_words(session, organisation_id=owner, request_ids=ids)
        by_request = {found.request_id: found for found in words}
        for one in shown:
            _say(one, by_request.get(_request_of(one)))
    return Known(actor, rows)


def _worded_in(body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a result shows of what somebody wrote: requests, and gestures with their seat."""
    for value in (body, *body.values()):
        if isinstance(value, dict) and "seat" in value:
            yield value


def _request_of(shown: Mapping[str, Any]) -> UUID:
    return UUID(shown["request_id"] if "request_id" in shown else shown["id"])


def _say(shown: dict[str, Any], words: queries.Words | None) -> None:
    """Let what is shown have the words of its request, as far as it has room for them."""
    shown.update({name: getattr(words, name, None) for name in _WORDS if name in shown})


def _wordless(body: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what somebody wrote in its request."""
    if not any(one.get(name) for one in _worded_in(body) for name in _WORDS):
        return body
    kept = copy.deepcopy(body)
    for one in _worded_in(kept):
        _say(one, None)
    return kept


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
                "result": _wordless(result.body),
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
