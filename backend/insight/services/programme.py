"""The programme's two figures and what surrounds them, each with its denominator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.rules import Status
from backend.insight.queries import periods, programme
from backend.insight.queries.programme import EventCounts, Times
from backend.insight.rules import (
    FIVE_STAR_TARGET,
    GREETED_TARGET,
    NoFigure,
    Period,
    share,
)
from backend.insight.rules.formulas import CONFIDENCE, ratio, wilson

# With fewer, events would have to differ as these do by chance: Student's t is wide, and rough.
FEWEST_EVENTS = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class GreetedShare:
    """How many of the people through the gates were greeted; events without attendance are out.

    The same person greeted twice counts twice, so a share can pass 1: it is shown as it is, and
    ``over_counted`` says that this is so in at least one event. It is counted and no sample of
    fans, so ``low`` and ``high`` say how much events differ: with 95 % confidence the share of
    ever more such events comes to lie between them (Cochran 1977, see `formulas.ratio`). None with
    fewer than five.
    """

    share: float | None
    no_figure: NoFigure | None
    low: float | None
    high: float | None
    fans_greeted: int
    attendance: int
    events_counted: int
    events_without_attendance: int
    over_counted: bool
    target: float = GREETED_TARGET


@dataclass(frozen=True, kw_only=True, slots=True)
class FiveStarShare:
    """How many accepted ratings are fives, with the 95 % score interval (Wilson 1927).

    The ``taken_back`` are fives that are in neither number: HR found that no fan had said it, and
    took what they had earned. What is taken back of fewer stars counts on: else it would raise it.
    """

    share: float | None
    no_figure: NoFigure | None
    low: float | None
    high: float | None
    five_star: int
    ratings: int
    taken_back: int
    confidence: float = CONFIDENCE
    target: float = FIVE_STAR_TARGET


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerRate:
    """How many of the invitations to rate were answered."""

    share: float | None
    no_figure: NoFigure | None
    ratings: int
    invitations: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """The figures that need nothing but counts of events."""

    greeted: GreetedShare
    five_star: FiveStarShare
    answers: AnswerRate


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFigures:
    """The figures of one event of a list."""

    event_id: UUID
    name: str
    held_on: date
    figures: Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """Everything the programme says about one event or season."""

    event_id: UUID | None
    season_id: UUID | None
    figures: Figures
    requests: dict[Status, int]
    accept: Times
    resolve: Times


def read(
    session: Session,
    *,
    organisation_id: UUID,
    event_id: UUID | None,
    season_id: UUID | None,
    now: datetime,
) -> Programme:
    """Return the figures of an event or a season, over the events that have begun by ``now``.

    When neither is named it is the present season. Raises EventNotFound, SeasonNotFound and
    NoSeasonYet.
    """
    period = _period(session, organisation_id, event_id, season_id, now)
    events = programme.list_events(session, organisation_id=organisation_id, period=period, now=now)
    ids = [event.event_id for event in events]
    return Programme(
        event_id=period.event_id,
        season_id=period.season_id,
        figures=figures_of(events),
        requests=programme.count_requests(session, organisation_id=organisation_id, event_ids=ids),
        accept=programme.get_times_to_accept(
            session, organisation_id=organisation_id, period=period
        ),
        resolve=programme.get_times_to_resolve(
            session, organisation_id=organisation_id, period=period
        ),
    )


def list_events(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID | None,
    now: datetime,
    after: tuple[date, UUID] | None = None,
    limit: int | None = None,
) -> list[EventFigures]:
    """Return the figures of a season's events that have begun, in order of day.

    Up to ``limit`` of them, those ``after`` one of that day and id. Raises SeasonNotFound,
    NoSeasonYet.
    """
    events = programme.list_events(
        session,
        organisation_id=organisation_id,
        period=_period(session, organisation_id, None, season_id, now),
        now=now,
        after=after,
        limit=limit,
    )
    return [
        EventFigures(
            event_id=event.event_id,
            name=event.name,
            held_on=event.held_on,
            figures=figures_of([event]),
        )
        for event in events
    ]


def find_proven_season(session: Session, *, organisation_id: UUID, now: datetime) -> UUID | None:
    """Return the newest season with a greeted share: an event begun, its attendance known."""
    return periods.find_proven_season(session, organisation_id=organisation_id, now=now)


def figures_of(events: Sequence[EventCounts]) -> Figures:
    """Return the figures that these events make together."""
    ratings = sum(event.ratings for event in events)
    five_star = sum(event.five_star for event in events)
    invitations = sum(event.invitations for event in events)
    interval = wilson(five_star, ratings)
    return Figures(
        greeted=_greeted(events),
        five_star=FiveStarShare(
            share=share(five_star, ratings),
            no_figure=None if ratings else NoFigure.NO_RATINGS,
            low=interval[0] if interval else None,
            high=interval[1] if interval else None,
            five_star=five_star,
            ratings=ratings,
            taken_back=sum(event.taken_back for event in events),
        ),
        answers=AnswerRate(
            share=share(ratings, invitations),
            no_figure=None if invitations else NoFigure.NO_INVITATIONS,
            ratings=ratings,
            invitations=invitations,
        ),
    )


def _greeted(events: Sequence[EventCounts]) -> GreetedShare:
    # An attendance of nobody is no denominator either.
    counted = [event for event in events if event.attendance]
    greeted = sum(event.fans_greeted for event in counted)
    attendance = sum(event.attendance or 0 for event in counted)
    told = ratio([(event.fans_greeted, event.attendance or 0) for event in counted])
    spread = told if len(counted) >= FEWEST_EVENTS else None
    return GreetedShare(
        share=share(greeted, attendance),
        no_figure=None if attendance else NoFigure.NO_ATTENDANCE,
        low=spread.low if spread else None,
        high=spread.high if spread else None,
        fans_greeted=greeted,
        attendance=attendance,
        events_counted=len(counted),
        events_without_attendance=len(events) - len(counted),
        over_counted=any(event.fans_greeted > (event.attendance or 0) for event in counted),
    )


def _period(
    session: Session,
    organisation_id: UUID,
    event_id: UUID | None,
    season_id: UUID | None,
    now: datetime,
) -> Period:
    if event_id:
        periods.check_event(session, organisation_id=organisation_id, event_id=event_id)
        return Period(event_id=event_id)
    season = periods.get_season(
        session, organisation_id=organisation_id, season_id=season_id, now=now
    )
    return Period(season_id=season.id)
