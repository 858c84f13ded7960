"""Programme seasons: the periods in which points count."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, take_turn
from backend.venues.models import Season
from backend.venues.problems import SeasonNameTaken, SeasonRefused, SeasonsOverlap
from backend.venues.queries import SeasonFacts
from backend.venues.rules import SeasonStatus


def create(
    session: Session, *, actor: Actor, name: str, starts_on: date, ends_on: date, now: datetime
) -> SeasonFacts:
    """Make a season from ``starts_on`` to ``ends_on``, both included.

    Raises SeasonRefused when it ends before it starts, SeasonsOverlap, SeasonNameTaken.
    """
    if ends_on < starts_on:
        message = "Must not be before the first day."
        raise SeasonRefused(errors={"json": {"ends_on": [message]}})
    # No constraint of both engines can hold that periods do not overlap.
    take_turn(session, actor.organisation_id, "seasons")
    others = session.execute(
        select(Season.name, Season.starts_on, Season.ends_on).where(
            Season.organisation_id == actor.organisation_id
        )
    ).all()
    if name in {other.name for other in others}:
        raise SeasonNameTaken
    for other in others:
        if starts_on <= other.ends_on and ends_on >= other.starts_on:
            raise SeasonsOverlap(f"{other.name} is from {other.starts_on} to {other.ends_on}.")
    made = SeasonFacts(
        id=new_id(),
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        status=SeasonStatus.OPEN,
        closes_at=None,
        freezes_at=None,
    )
    session.add(
        Season(
            organisation_id=actor.organisation_id,
            id=made.id,
            name=name,
            starts_on=starts_on,
            ends_on=ends_on,
        )
    )
    session.flush()
    detail = {"name": name, "starts_on": str(starts_on), "ends_on": str(ends_on)}
    audit.record(
        session, actor=actor, act="season.created", subject_id=made.id, now=now, detail=detail
    )
    return made
