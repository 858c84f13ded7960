"""Greetings: judged, counted in the evening's tally, and paid; one or five hundred alike."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import IdAlreadyUsed, TooManyInHand
from backend.engagement.rules import Moment
from backend.engagement.services import actions, requests
from backend.engagement.services.actions import CREATED, Action, Result
from backend.engagement.services.judgements import GreetingView, open_page
from backend.engagement.services.judgements import NewGreeting as NewGreeting
from backend.engagement.services.judgements import Wish as Wish
from backend.engagement.services.openings import open_once
from backend.foundation.actor import Actor
from backend.foundation.prepared import together
from backend.foundation.problems import Problem
from backend.venues.problems import SeasonClosed


def record(
    session: Session, *, actor: Actor, greetings: Sequence[NewGreeting], now: datetime
) -> list[Result | Problem]:
    """Record greetings of ``actor`` without a wish in order, and return what came of each.

    A greeting that is known by its id gets its first result. Of one that is refused nothing is
    kept; its problem stands in its place: IdAlreadyUsed, ZoneNotFound or ZoneElsewhere.
    """
    page, asked = open_page(session, actor=actor, greetings=greetings)
    results: list[Result | Problem] = []
    fresh: list[tuple[Action, Result]] = []
    for one in asked:
        came = page.settle(session, one)
        if isinstance(came, GreetingView):
            came = Result.of(came, status=CREATED)
            page.known.add(one.action, came)
            fresh.append((one.action, came))
        elif isinstance(came, Problem):
            page.known.add(one.action, Result.refused(came))
        results.append(came)
    with together(session):
        page.write(session, now=now)
        actions.remember_all(session, actor=actor, results=fresh)
    return results


def greet(session: Session, *, actor: Actor, greeting: NewGreeting, now: datetime) -> Result:
    """Record one greeting, and with a wish open its request.

    Raises IdAlreadyUsed, ZoneNotFound, ZoneElsewhere, and with a wish NoEventOn and ZoneNeeded.
    """
    if greeting.wish:
        return actions.once(
            session,
            actor=actor,
            action=greeting.action,
            act=lambda: grant(session, actor=actor, greeting=greeting, now=now),
        )
    (result,) = record(session, actor=actor, greetings=[greeting], now=now)
    if isinstance(result, Problem):
        raise result
    return result


def grant(session: Session, *, actor: Actor, greeting: NewGreeting, now: datetime) -> Result:
    """Record a new greeting with a wish and open its request; the result is not remembered yet.

    With five requests in hand already the greeter does not get it; it stays open for others. After
    the season was closed nobody does. Raises IdAlreadyUsed, also for a wish by the greeting's id.
    """
    if greeting.wish and greeting.wish.new.id == greeting.id:
        # Both are actions. Left to the database, it would undo the whole queue they came in.
        raise IdAlreadyUsed
    page, (asked,) = open_page(session, actor=actor, greetings=[greeting])
    came = page.settle(session, asked)
    if isinstance(came, Problem):
        raise came
    if isinstance(came, Result) or greeting.wish is None:
        raise IdAlreadyUsed
    page.write(session, now=now)
    wish = greeting.wish
    zone_id = wish.new.zone_id or came.zone_id
    opened = open_once(
        session,
        actor=actor,
        new=replace(wish.new, greeting_id=greeting.id, zone_id=zone_id),
        moment=greeting.moment,
        phone_at=greeting.phone_at,
    )
    if opened.status != CREATED:
        raise IdAlreadyUsed
    if wish.take:
        opened = _taken(session, actor, wish.new.id, greeting.moment) or opened
    return Result.of(replace(came, request=opened.body), status=CREATED)


def _taken(session: Session, actor: Actor, request_id: UUID, moment: Moment) -> Result | None:
    try:
        with session.begin_nested():
            view = requests.accept(session, actor=actor, request_id=request_id, moment=moment)
    except (TooManyInHand, SeasonClosed):
        return None
    return Result.of(view)
