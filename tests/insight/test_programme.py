"""The programme's figures: their denominators, and what is said without one."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from backend.engagement.rules import Status
from backend.foundation.problems import NotFound
from backend.insight.rules import NoFigure
from backend.insight.services import programme
from backend.insight.services.programme import Programme
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.insight.rows import make_event, make_request, make_tally, set_attendance


def of_season(session: Session, arena: Arena) -> Programme:
    return programme.read(
        session,
        organisation_id=arena.organisation_id,
        event_id=None,
        season_id=None,
        now=NOW,
    )


def of_event(session: Session, arena: Arena) -> Programme:
    return programme.read(
        session,
        organisation_id=arena.organisation_id,
        event_id=arena.event_id,
        season_id=None,
        now=NOW,
    )


def test_without_attendance_there_is_no_greeted_share(session: Session, arena: Arena) -> None:
    make_tally(session, arena, make_employee(session, arena), fans_greeted=100)
    greeted = of_event(session, arena).figures.greeted
    assert (greeted.share, greeted.no_figure) == (None, NoFigure.NO_ATTENDANCE)
    assert (greeted.fans_greeted, greeted.events_without_attendance) == (0, 1)


def test_an_attendance_of_nobody_is_no_denominator(session: Session, arena: Arena) -> None:
    set_attendance(session, arena, 0)
    assert of_event(session, arena).figures.greeted.no_figure is NoFigure.NO_ATTENDANCE


def test_fans_count_only_where_the_attendance_is_known(session: Session, arena: Arena) -> None:
    actor, colleague = make_employee(session, arena), make_employee(session, arena)
    set_attendance(session, arena, 1_000)
    unknown = make_event(session, arena, held_on=date(2026, 11, 19))
    make_event(session, arena, held_on=date(2026, 12, 1), starts_at=NOW + timedelta(days=10))
    make_tally(session, arena, actor, fans_greeted=500)
    make_tally(session, arena, colleague, fans_greeted=370)
    make_tally(session, arena, actor, event_id=unknown, fans_greeted=9_999)
    greeted = of_season(session, arena).figures.greeted
    assert (greeted.share, greeted.target) == (0.87, 0.87)
    assert (greeted.events_counted, greeted.events_without_attendance) == (1, 1)
    assert not greeted.over_counted


def test_more_greeted_than_came_is_shown_and_flagged(session: Session, arena: Arena) -> None:
    set_attendance(session, arena, 100)
    make_tally(session, arena, make_employee(session, arena), fans_greeted=150)
    make_event(session, arena, held_on=date(2026, 11, 19), attendance=900)
    greeted = of_season(session, arena).figures.greeted
    assert greeted.share == 0.15
    assert greeted.over_counted
    assert of_event(session, arena).figures.greeted.share == 1.5


def test_from_five_events_on_the_greeted_share_says_how_much_they_differ(
    session: Session, arena: Arena
) -> None:
    actor = make_employee(session, arena)
    set_attendance(session, arena, 1_000)
    make_tally(session, arena, actor, fans_greeted=900)
    for day, fans in ((16, 850), (17, 880), (18, 820)):
        event = make_event(session, arena, held_on=date(2026, 11, day), attendance=1_000)
        make_tally(session, arena, actor, event_id=event, fans_greeted=fans)
    four = of_season(session, arena).figures.greeted
    assert (four.events_counted, four.low, four.high) == (4, None, None)
    event = make_event(session, arena, held_on=date(2026, 11, 19), attendance=2_000)
    make_tally(session, arena, actor, event_id=event, fans_greeted=1_750)
    five = of_season(session, arena).figures.greeted
    # By hand: the residuals are 33.3, -16.7, 13.3, -46.7 and 16.7, and t is 2.776.
    assert five.share == pytest.approx(5_200 / 6_000)
    assert five.low == pytest.approx(0.8339, abs=0.0002)
    assert five.high == pytest.approx(0.8995, abs=0.0002)


def test_the_five_star_share_comes_with_its_interval(session: Session, arena: Arena) -> None:
    counts: dict[str, Any] = {"invitations": 200, "ratings": 100, "good": 98, "five_star": 97}
    make_tally(session, arena, make_employee(session, arena), **counts)
    figures = of_season(session, arena).figures
    assert (figures.five_star.share, figures.five_star.ratings) == (0.97, 100)
    assert figures.five_star.low == pytest.approx(0.9154806357094724)
    assert figures.five_star.high == pytest.approx(0.9897454759759611)
    assert (figures.answers.share, figures.answers.invitations) == (0.5, 200)


def test_without_ratings_there_is_no_five_star_share(session: Session, arena: Arena) -> None:
    figures = of_season(session, arena).figures
    assert (figures.five_star.share, figures.five_star.low) == (None, None)
    assert figures.five_star.no_figure is NoFigure.NO_RATINGS
    assert figures.answers.no_figure is NoFigure.NO_INVITATIONS


def test_times_are_the_median_and_the_ninetieth_percentile(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    for seconds in (70, 10, 90, 30, 50, 20, 100, 40, 60, 80):
        make_request(
            session,
            arena,
            actor,
            status=Status.RESOLVED,
            accept_seconds=seconds,
            resolve_seconds=seconds * 10,
        )
    make_request(session, arena, actor, status=Status.ACCEPTED, accept_seconds=5)
    make_request(session, arena, actor, status=Status.OPEN)
    for found in (of_season(session, arena), of_event(session, arena)):
        assert (found.accept.n, found.accept.median, found.accept.ninetieth) == (11, 50, 90)
        assert (found.resolve.n, found.resolve.median, found.resolve.ninetieth) == (10, 500, 900)
        assert found.requests == {
            Status.OPEN: 1,
            Status.ACCEPTED: 1,
            Status.RESOLVED: 10,
            Status.CANCELLED: 0,
        }


def test_without_requests_there_are_no_times(session: Session, arena: Arena) -> None:
    accept = of_season(session, arena).accept
    assert (accept.n, accept.median, accept.ninetieth) == (0, None, None)


def test_events_are_listed_by_day_and_page(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    early = make_event(session, arena, held_on=date(2026, 10, 1), attendance=10)
    middle = make_event(session, arena, held_on=date(2026, 10, 9))
    make_event(session, arena, held_on=date(2027, 1, 1), starts_at=NOW + timedelta(days=41))
    make_tally(session, arena, actor, event_id=early, fans_greeted=9)

    def listed(after: tuple[date, object] | None) -> list[object]:
        events = programme.list_events(
            session,
            organisation_id=arena.organisation_id,
            season_id=None,
            now=NOW,
            after=after,  # type: ignore[arg-type]
            limit=2,
        )
        return [(event.event_id, event.figures.greeted.share) for event in events]

    assert listed(None) == [(early, 0.9), (middle, None)]
    assert listed((date(2026, 10, 9), middle)) == [(arena.event_id, None)]


def test_another_organisations_events_are_not_found(session: Session, arena: Arena) -> None:
    with pytest.raises(NotFound):
        programme.read(
            session,
            organisation_id=arena.organisation_id,
            event_id=make_arena(session).event_id,
            season_id=None,
            now=NOW,
        )
