"""A phone's queue, played in order: each action exactly once, whatever is sent again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import ActionKind, Moment
from backend.engagement.services import (
    actions,
    gestures,
    greetings,
    late,
    requests,
    safety,
    scans,
)
from backend.engagement.services.actions import CREATED, Action, Result
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.openings import NewRequest
from backend.engagement.services.safety import SafetyHandOver
from backend.engagement.services.scans import NewScan
from backend.foundation.actor import Actor
from backend.foundation.db import take_turn
from backend.foundation.problems import NotAllowed, Problem
from backend.identity.permissions import Permission

_STEPS: dict[ActionKind, Callable[..., RequestView | SafetyHandOver]] = {
    ActionKind.ACCEPT: requests.accept,
    ActionKind.ADD_HELPER: requests.add_helper,
    ActionKind.HAND_OVER: requests.hand_over,
    ActionKind.RELEASE: requests.release,
    ActionKind.CANCEL: requests.cancel,
    ActionKind.SAFETY: safety.hand_over,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Queued:
    """An action as it waited in a phone: what, when by the phone's clock, and with which fields."""

    id: UUID
    kind: ActionKind
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coding:
    """How rating codes are made: from which key, and for how many hours."""

    key: bytes
    hours: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Turn:
    actor: Actor
    sent_at: datetime
    coding: Coding
    now: datetime

    def moment(self, one: Queued) -> Moment:
        return actions.moment_of(one.at, sent_at=self.sent_at, now=self.now)

    def greeting(self, one: Queued) -> NewGreeting:
        said = {**one.body, "at": one.at, "sent_at": self.sent_at}
        return NewGreeting.said(one.id, said, now=self.now)

    def action(self, one: Queued) -> Action:
        if one.kind is ActionKind.GREET:
            return self.greeting(one).action
        if one.kind is ActionKind.OPEN:
            return NewRequest.said(one.id, one.body).action(self.moment(one), phone_at=one.at)
        return Action(
            id=one.id,
            kind=one.kind,
            fingerprint=actions.fingerprint_of(one.kind, one.body),
            moment=self.moment(one),
            phone_at=one.at,
        )


def play(
    session: Session,
    *,
    actor: Actor,
    queue: Sequence[Queued | Problem],
    sent_at: datetime,
    coding: Coding,
    now: datetime,
) -> list[Result]:
    """Play the actions of a queue that was sent at ``sent_at`` by the phone's clock, in order.

    Returns what came of each. A refusal undoes only its own action, and is remembered: sent again
    it is refused again. What could not even be read is a problem in ``queue``; it is refused and
    forgotten. Rating codes are secrets and in no result.
    """
    # Two phones with one queue would meet halfway, and lose more often than the edge tries anew.
    take_turn(session, actor.organisation_id, f"queue {actor.employee_id}")
    turn = _Turn(actor=actor, sent_at=sent_at, coding=coding, now=now)
    results: list[Result] = []
    for plain, run in groupby(queue, key=_is_plain_greeting):
        if plain:
            results += _greet(session, turn, [one for one in run if isinstance(one, Queued)])
        else:
            results += [_play(session, turn, one) for one in run]
    return results


def _is_plain_greeting(one: Queued | Problem) -> bool:
    """Tell whether ``one`` is a greeting without a wish; those in a row are recorded together."""
    return (
        isinstance(one, Queued) and one.kind is ActionKind.GREET and one.body.get("request") is None
    )


def _greet(session: Session, turn: _Turn, run: Sequence[Queued]) -> list[Result]:
    queue = [turn.greeting(one) for one in run]
    came = greetings.record(session, actor=turn.actor, greetings=queue, now=turn.now)
    refused = [
        (greeting.action, Result.refused(one))
        for greeting, one in zip(queue, came, strict=True)
        if isinstance(one, Problem) and not isinstance(one, IdAlreadyUsed)
    ]
    actions.remember_all(session, actor=turn.actor, results=refused)
    return [Result.refused(one) if isinstance(one, Problem) else one for one in came]


def _play(session: Session, turn: _Turn, one: Queued | Problem) -> Result:
    if isinstance(one, Problem):
        return Result.refused(one)
    action = turn.action(one)
    try:
        first = actions.find_first(session, actor=turn.actor, action=action)
    except IdAlreadyUsed as problem:
        return Result.refused(problem)
    if first is not None:
        return first
    try:
        with session.begin_nested():
            result = _act(session, turn, one)
    except Problem as problem:
        result = Result.refused(problem)
    actions.remember(session, actor=turn.actor, action=action, result=result)
    return result


def _act(session: Session, turn: _Turn, one: Queued) -> Result:
    """Do what ``one`` says; raises the problems of the use-case."""
    if one.kind is ActionKind.GREET:
        greeting = turn.greeting(one)
        return greetings.grant(session, actor=turn.actor, greeting=greeting, now=turn.now)
    if not turn.actor.may(Permission.HELP):
        raise NotAllowed
    actor, moment = turn.actor, turn.moment(one)
    if one.kind is ActionKind.OPEN:
        new = NewRequest.said(one.id, one.body)
        opened = requests.open_request(session, actor=actor, new=new, moment=moment)
        return Result.of(opened, status=CREATED)
    if one.kind is ActionKind.RESOLVE:
        done = late.resolve(
            session,
            actor=actor,
            moment=moment,
            code_key=turn.coding.key,
            code_hours=turn.coding.hours,
            **one.body,
        )
        if isinstance(done, Problem):
            # Not raised: what was written down of it stays.
            return Result.refused(done)
        return Result.of({"request": done.request})
    if one.kind is ActionKind.GIVE_GESTURE:
        gesture = NewGesture.said(one.id, one.body)
        key = turn.coding.key
        given = gestures.give(session, actor=actor, new=gesture, moment=moment, code_key=key)
        return Result.of(given, status=CREATED)
    if one.kind is ActionKind.SCAN_CARDS:
        new_scan, hours = NewScan.said(one.id, one.body), turn.coding.hours
        bound = scans.scan(session, actor=actor, new=new_scan, moment=moment, code_hours=hours)
        return Result.of(bound, status=CREATED)
    return Result.of(_STEPS[one.kind](session, actor=actor, moment=moment, **one.body))
