"""Boards: who may see whom, ranks across ties and pages, and every kind of period."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.problems import Invalid, NotAllowed, NotFound
from backend.identity.models import Department, Employee
from backend.identity.permissions import Role
from backend.insight.rules import BoardKind
from backend.insight.services import boards
from backend.insight.services.boards import read
from backend.insight.services.choosing import Asked
from backend.insight.services.sheets import BoardPage, Line
from backend.venues.models import Season
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.insight.rows import make_event, make_standing, make_tally

SEASON = Asked(now=NOW)


def make_board(session: Session, arena: Arena, points: list[int]) -> list[Actor]:
    people = [make_employee(session, arena, name=f"Usher {n}") for n in range(len(points))]
    for actor, value in zip(people, points, strict=True):
        make_standing(session, arena, actor, points=value)
    return people


def as_hr(
    session: Session,
    arena: Arena,
    asked: Asked = SEASON,
    *,
    after: tuple[int, UUID] | None = None,
    limit: int = 50,
) -> BoardPage:
    hr = make_employee(session, arena, name="Harper HR", roles=(Role.HR,))
    return read(lambda: session, actor=hr, asked=asked, after=after, limit=limit)


def as_reader(
    session: Session, actor: Actor, *, after: tuple[int, UUID] | None = None, limit: int = 10
) -> BoardPage:
    return read(lambda: session, actor=actor, asked=SEASON, after=after, limit=limit)


def lines_of(page: BoardPage) -> list[Line]:
    return list(page.sheet.lines.values())


def ids(*people: Actor) -> set[UUID]:
    return {actor.employee_id for actor in people}


def test_an_employee_sees_ten_at_the_top_and_themselves(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, list(range(120, 0, -10)))
    page = as_reader(session, people[-1], limit=50)
    assert [line.rank for line in lines_of(page)] == list(range(1, 11))
    assert {line.employee_id for line in lines_of(page)} == ids(*people[:10])
    assert page.me is not None
    assert (page.me.rank, page.me.points) == (12, 10)
    assert not page.sheet.everybody


def test_an_employee_never_pages_down(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, [30, 20, 10])
    with pytest.raises(NotAllowed):
        read(
            lambda: session,
            actor=people[0],
            asked=SEASON,
            after=(20, people[1].employee_id),
            limit=5,
        )


def test_badge_numbers_are_for_hr(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, [30])
    page = as_reader(session, people[0], limit=5)
    assert page.me is not None
    assert [line.badge_number for line in [*lines_of(page), page.me]] == [None, None]
    assert lines_of(as_hr(session, arena))[0].badge_number


def test_somebody_without_points_has_no_line(session: Session, arena: Arena) -> None:
    make_board(session, arena, [30])
    assert as_hr(session, arena).me is None


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_ranks_are_right_on_every_page(session: Session, arena: Arena, limit: int) -> None:
    people = make_board(session, arena, [50, 40, 40, 40, 40, 30, 20, 20])
    hr = make_employee(session, arena, roles=(Role.HR,))
    seen, after = [], None
    while True:
        page = as_reader(session, hr, after=after, limit=limit)
        seen += lines_of(page)[:limit]
        if len(lines_of(page)) <= limit:
            break
        after = (seen[-1].points, seen[-1].employee_id)
    assert [line.rank for line in seen] == [1, 2, 2, 2, 2, 6, 7, 7]
    assert {line.employee_id for line in seen} == ids(*people)


def test_my_rank_counts_those_with_more_points(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, [99] * 11 + [7, 7, 7])
    ranks = [page.me.rank for actor in people[-3:] if (page := as_reader(session, actor)).me]
    assert ranks == [12, 12, 12]


def test_a_rank_far_below_the_top_is_read_off_a_ladder(
    session: Session, arena: Arena, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boards, "NEAR", 3)
    people = make_board(session, arena, [99, 98, 97, 97, 97, 95, 94, 94, 90, 80])
    found = [page.me.rank for actor in people if (page := as_reader(session, actor)).me]
    assert found == [1, 2, 3, 3, 3, 6, 7, 7, 9, 10]


def test_a_board_is_read_again_after_a_second(session: Session, arena: Arena) -> None:
    make_board(session, arena, [30])
    assert len(lines_of(as_hr(session, arena))) == 1
    make_board(session, arena, [20])
    later = Asked(now=NOW + timedelta(seconds=1))
    assert [line.rank for line in lines_of(as_hr(session, arena, later))] == [1, 2]


def test_what_is_remembered_is_read_without_the_database(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, list(range(120, 0, -10)))

    def no_session() -> Session:
        raise AssertionError("this was just read")

    for actor in (people[0], people[-1], make_employee(session, arena, roles=(Role.HR,))):
        first = as_reader(session, actor)
        again = read(no_session, actor=actor, asked=SEASON, after=None, limit=10)
        assert (again.sheet, again.me) == (first.sheet, first.me)


def test_a_line_of_ones_own_is_read_again_after_a_second(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, [99] * 11 + [7, 6])
    ranks = []
    for seconds, points in ((0, 8), (0.9, 8), (1, 8)):
        asked = Asked(now=NOW + timedelta(seconds=seconds))
        page = read(lambda: session, actor=people[-1], asked=asked, after=None, limit=10)
        ranks.append(page.me and page.me.rank)
        make_standing(session, arena, make_employee(session, arena), points=points)
    assert ranks == [13, 13, 15]


def test_a_line_shows_the_work_of_that_period_only(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    other = make_event(session, arena, held_on=date(2026, 10, 30))
    counts: dict[str, Any] = {
        "greetings": 5,
        "resolved": 2,
        "invitations": 2,
        "ratings": 2,
        "good": 1,
    }
    make_tally(session, arena, actor, **counts, five_star=1)
    make_tally(session, arena, actor, event_id=other, greetings=100)
    kinds = {
        f"event/{arena.event_id}": Asked(now=NOW, kind=BoardKind.EVENT, event_id=arena.event_id),
        "week/2026-W47": Asked(now=NOW, kind=BoardKind.WEEK),
        "month/2026-11": Asked(now=NOW, kind=BoardKind.MONTH, month="2026-11"),
    }
    for board, asked in kinds.items():
        make_standing(session, arena, actor, points=60, board=board)
        (line,) = lines_of(as_hr(session, arena, asked))
        assert (line.greetings, line.resolved, line.ratings, line.five_star) == (5, 2, 2, 1)
    make_standing(session, arena, actor, points=60)
    assert lines_of(as_hr(session, arena))[0].greetings == 105


@pytest.mark.parametrize(
    ("now", "kind", "board"),
    [
        (datetime(2026, 11, 23, 4, 59, tzinfo=UTC), BoardKind.WEEK, "week/2026-W47"),
        (datetime(2026, 11, 23, 5, 0, tzinfo=UTC), BoardKind.WEEK, "week/2026-W48"),
        (datetime(2026, 12, 1, 4, 59, tzinfo=UTC), BoardKind.MONTH, "month/2026-11"),
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), BoardKind.MONTH, "month/2026-12"),
    ],
)
def test_a_week_and_a_month_last_until_midnight_in_the_arena(
    session: Session, arena: Arena, now: datetime, kind: BoardKind, board: str
) -> None:
    assert as_hr(session, arena, Asked(now=now, kind=kind)).sheet.board.key == board


def test_a_season_begins_at_midnight_in_the_arena(session: Session, arena: Arena) -> None:
    before = session.get_one(Season, (arena.organisation_id, arena.season_id))
    before.ends_on = date(2026, 11, 22)
    coming = Season(
        organisation_id=arena.organisation_id,
        id=new_id(),
        name="Late 2026-27",
        starts_on=date(2026, 11, 23),
        ends_on=date(2027, 6, 30),
    )
    session.add(coming)
    session.flush()
    midnight = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    for now, season_id in (
        (midnight - timedelta(minutes=1), arena.season_id),
        (midnight, coming.id),
    ):
        assert as_hr(session, arena, Asked(now=now)).sheet.board.key == f"season/{season_id}"


def test_a_venue_has_its_own_board_in_a_season(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    make_tally(session, arena, actor, greetings=3)
    board = f"venue/{arena.venue_id}/season/{arena.season_id}"
    make_standing(session, arena, actor, points=4, board=board)
    page = as_hr(session, arena, Asked(now=NOW, venue_id=arena.venue_id))
    assert [(line.points, line.greetings) for line in lines_of(page)] == [(4, 3)]


def test_a_department_ranks_its_own(session: Session, arena: Arena) -> None:
    people = make_board(session, arena, [50, 40, 30, 20])
    suites = Department(organisation_id=arena.organisation_id, id=new_id(), name="Suites")
    session.add(suites)
    session.flush()
    for actor in people[1::2]:
        employee = session.get_one(Employee, (arena.organisation_id, actor.employee_id))
        employee.department_id = suites.id
    session.flush()
    asked = Asked(now=NOW, department_id=suites.id)
    first = as_hr(session, arena, asked)
    assert [(line.rank, line.points) for line in lines_of(first)] == [(1, 40), (2, 20)]
    second = as_hr(session, arena, asked, after=(40, people[1].employee_id))
    assert [(line.rank, line.points) for line in lines_of(second)] == [(2, 20)]


def test_nobody_of_another_organisation_is_seen(session: Session, arena: Arena) -> None:
    elsewhere = make_arena(session)
    board = "week/2026-W47"
    make_standing(session, elsewhere, make_employee(session, elsewhere), points=9, board=board)
    assert lines_of(as_hr(session, arena, Asked(now=NOW, kind=BoardKind.WEEK))) == []
    for asked in (
        Asked(now=NOW, season_id=elsewhere.season_id),
        Asked(now=NOW, venue_id=elsewhere.venue_id),
        Asked(now=NOW, department_id=elsewhere.department_id),
        Asked(now=NOW, kind=BoardKind.EVENT, event_id=elsewhere.event_id),
    ):
        with pytest.raises(NotFound):
            as_hr(session, arena, asked)


@pytest.mark.parametrize(
    "asked",
    [
        Asked(now=NOW, kind=BoardKind.EVENT),
        Asked(now=NOW, kind=BoardKind.WEEK, week="2026-W54"),
        Asked(now=NOW, kind=BoardKind.MONTH, month="2026-13"),
        Asked(now=NOW, kind=BoardKind.MONTH, week="2026-W47"),
        Asked(now=NOW, week="2026-W47"),
        Asked(now=NOW, kind=BoardKind.WEEK, venue_id=new_id()),
    ],
)
def test_what_does_not_fit_together_is_refused(
    session: Session, arena: Arena, asked: Asked
) -> None:
    with pytest.raises(Invalid):
        as_hr(session, arena, asked)


def test_before_the_first_season_there_is_no_board(session: Session, arena: Arena) -> None:
    with pytest.raises(NotFound):
        as_hr(session, arena, Asked(now=datetime(2020, 1, 1, tzinfo=UTC)))
    assert as_hr(
        session, arena, Asked(now=datetime(2029, 1, 1, tzinfo=UTC))
    ).sheet.board.key.endswith(str(arena.season_id))
