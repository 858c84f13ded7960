"""What waits for a person: how much of it, and since when."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session


@dataclass(frozen=True, kw_only=True, slots=True)
class Backlog:
    """How many things wait, and ``since`` when the oldest does; None where nothing waits."""

    number: int
    since: datetime | None


def measure(
    session: Session, *conditions: ColumnElement[bool], since: InstrumentedAttribute[datetime]
) -> Backlog:
    """Return the backlog of the rows that meet all ``conditions``; each waits ``since`` then."""
    number, oldest = session.execute(select(func.count(), func.min(since)).where(*conditions)).one()
    return Backlog(number=number, since=oldest)
