"""The bias report of a season: groups of people compared, small ones withheld."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.identity.queries.protected_groups import AttributeFacts, list_attributes
from backend.insight.queries import comparisons, periods
from backend.insight.rules.comparisons import (
    FEWEST_PEOPLE,
    FEWEST_RATINGS,
    Comparison,
    Grouping,
    compare,
)
from backend.insight.rules.formulas import CONFIDENCE
from backend.insight.rules.roundings import rounded
from backend.insight.services.remembered import Remembered
from backend.venues.queries import SeasonFacts

# What a season's 41,000 evenings come to moves little in a minute, and takes a tenth of a second.
_reports: Remembered["BiasReport"] = Remembered(seconds=60, lent_seconds=60, most=32)


@dataclass(frozen=True, kw_only=True, slots=True)
class BiasReport:
    """A season by every grouping, as it was at ``read_at``.

    ``attributes`` are those by which protected groups are compared, in the same order.
    """

    season_id: UUID
    season: str
    read_at: datetime
    comparisons: Sequence[Comparison]
    attributes: Sequence[AttributeFacts] = ()
    fewest_people: int = FEWEST_PEOPLE
    fewest_ratings: int = FEWEST_RATINGS
    confidence: float = CONFIDENCE


def read(
    session: Session, *, organisation_id: UUID, season_id: UUID | None, now: datetime
) -> BiasReport:
    """Return the report of a season as it was at most two minutes ago.

    Of the one that began last when none is named. Raises SeasonNotFound, NoSeasonYet.
    """
    season = periods.get_season(
        session, organisation_id=organisation_id, season_id=season_id, now=now
    )
    attributes = list_attributes(session, organisation_id=organisation_id, now=now)
    # Groups that were imported anew are other attributes: what was deleted is in no report at once.
    return _reports.get(
        (organisation_id, season.id, *(one.id for one in attributes)),
        now=now,
        make=lambda: _read(session, organisation_id, season, attributes, now),
    )


def _read(
    session: Session,
    organisation_id: UUID,
    season: SeasonFacts,
    attributes: Sequence[AttributeFacts],
    now: datetime,
) -> BiasReport:
    records = comparisons.list_records(
        session,
        organisation_id=organisation_id,
        season_id=season.id,
        now=now,
        attributes=attributes,
    )
    protected = Grouping.PROTECTED_GROUP
    return BiasReport(
        season_id=season.id,
        season=season.name,
        read_at=now,
        comparisons=[
            *(compare(records, by=by) for by in Grouping if by is not protected),
            *(rounded(compare(records, by=protected, attribute=one.name)) for one in attributes),
        ],
        attributes=attributes,
    )
