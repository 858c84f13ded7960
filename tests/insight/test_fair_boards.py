"""Fair boards through the service: what counts for whom, in which class, and who sees what."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Invitation
from backend.engagement.rules import ReviewDecision
from backend.engagement.services import ratings, reopenings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.problems import NotAllowed
from backend.identity.models import Department, Employee
from backend.identity.permissions import Role
from backend.insight.queries.fair import list_cells
from backend.insight.rules import BoardKind, BoardOrder, Period
from backend.insight.rules.fair_orders import HOUR, MINIMUM_SECONDS, Cell
from backend.insight.services import snapshots
from backend.insight.services.boards import read
from backend.insight.services.choosing import Asked
from backend.insight.services.sheets import BoardPage, Line
from backend.rewards.rules import REVERSIBLE_AFTER, Reversible
from backend.rewards.services import adjustments
from backend.venues.rules import ZoneKind
from tests.engagement.stories import CODE_KEY, make_evening, resolved
from tests.engagement.suspects import decide, held, phone
from tests.factories import NOW, RULES, Arena, make_arena, make_employee, make_shift
from tests.insight.rows import make_event, make_standing, make_tally

FAIR = Asked(now=NOW, order=BoardOrder.FAIR)


def make_nights(session: Session, arena: Arena, count: int = 4) -> list[UUID]:
    """Make evenings of the season that are over, each three hours long after an hour of doors."""
    return [
        make_event(
            session, arena, held_on=date(2026, 10, day), starts_at=NOW - timedelta(days=40 - day)
        )
        for day in range(1, count + 1)
    ]


def work(
    session: Session,
    arena: Arena,
    actor: Actor,
    nights: list[UUID],
    *,
    post_id: UUID | None = None,
    helped: int = 0,
    rated: tuple[int, int] = (0, 0),
) -> Actor:
    """Let somebody work four hours each night, and resolve so many requests in each.

    ``rated`` are the good ratings and the ratings of each night.
    """
    good, answers = rated
    for night in nights:
        make_shift(session, arena, actor, event_id=night, post_id=post_id, hours=(0, 4))
        make_tally(
            session,
            arena,
            actor,
            event_id=night,
            resolved=helped,
            paid_resolved=helped,
            invitations=max(helped, answers),
            ratings=answers,
            good=good,
        )
    return actor


def cells_of(
    session: Session, arena: Arena, asked: Period | None = None, *, now: datetime = NOW
) -> dict[UUID, Cell]:
    period = asked or Period(season_id=arena.season_id)
    found = list_cells(session, organisation_id=arena.organisation_id, period=period, now=now)
    assert len({cell.employee_id for cell in found}) == len(found)
    return {cell.employee_id: cell for cell in found}


def as_hr(session: Session, arena: Arena, asked: Asked = FAIR, **part: Any) -> BoardPage:
    hr = make_employee(session, arena, name="Harper HR", roles=(Role.HR,))
    how: dict[str, Any] = {"after": None, "limit": 50} | part
    return read(lambda: session, actor=hr, asked=asked, **how)


def lines_of(page: BoardPage) -> list[Line]:
    return list(page.sheet.lines.values())


def index_of(line: Line) -> int:
    assert line.fair is not None
    return line.fair.index


@pytest.fixture
def nights(session: Session, arena: Arena) -> list[UUID]:
    return make_nights(session, arena)


def usher(session: Session, arena: Arena, name: str = "Alex Usher") -> Actor:
    return make_employee(session, arena, name=name)


def test_who_does_most_in_an_hour_for_their_class_leads(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    gate = [
        work(session, arena, usher(session, arena), nights, helped=10 + n, rated=(5, 5))
        for n in range(4)
    ]
    quiet: dict[str, Any] = {"post_id": arena.section_post_id, "rated": (1, 1)}
    section = [
        work(session, arena, usher(session, arena), nights, helped=helped, **quiet)
        for helped in (1, 1, 1, 4)
    ]
    for actor in gate:
        make_standing(session, arena, actor, points=900)
    for actor in section:
        make_standing(session, arena, actor, points=90)
    lines = lines_of(as_hr(session, arena))
    assert lines[0].employee_id == section[3].employee_id
    assert index_of(lines[0]) > index_of(lines[1])
    assert [line.rank for line in lines] == sorted(line.rank for line in lines)
    raw = lines_of(as_hr(session, arena, Asked(now=NOW)))
    assert {line.employee_id for line in raw[:4]} == {actor.employee_id for actor in gate}


def test_equals_share_a_rank_over_all_pages(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    for helped in (9, 3, 3, 3, 3, 1):
        work(session, arena, usher(session, arena), nights, helped=helped)
    seen: list[Line] = []
    after = None
    while True:
        page = lines_of(as_hr(session, arena, after=after, limit=2))
        seen += page[:2]
        if len(page) <= 2:
            break
        after = (index_of(seen[-1]), seen[-1].employee_id)
    assert [line.rank for line in seen] == [1, 2, 2, 2, 2, 6]
    assert len({line.employee_id for line in seen}) == 6


def test_who_has_not_worked_the_minimum_has_no_place(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    regular = work(session, arena, usher(session, arena), nights, helped=2)
    temp = work(session, arena, usher(session, arena), nights[:1], helped=5, rated=(5, 5))
    make_standing(session, arena, temp, points=400)
    page = as_hr(session, arena)
    assert set(page.sheet.lines) == {regular.employee_id}
    assert page.sheet.fairness is not None
    assert page.sheet.fairness.minimum_minutes * 60 == MINIMUM_SECONDS[BoardKind.SEASON]
    assert page.sheet.fairness.left_out == 1
    mine = read(lambda: session, actor=temp, asked=FAIR, after=None, limit=10)
    assert (mine.me, mine.my_minutes) == (None, 4 * 60)


def test_an_employee_sees_ten_at_the_top_and_themselves(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    people = [
        work(session, arena, usher(session, arena), nights, helped=30 - 2 * n, rated=(1, 1))
        for n in range(12)
    ]
    page = read(lambda: session, actor=people[-1], asked=FAIR, after=None, limit=50)
    assert [line.rank for line in lines_of(page)] == list(range(1, 11))
    assert page.me is not None
    assert (page.me.rank, page.my_minutes) == (12, 16 * 60)
    assert page.me.fair is not None
    assert (page.me.fair.helped, page.me.fair.good, page.me.badge_number) == (None, None, None)
    assert page.sheet.fairness is not None
    assert page.sheet.fairness.usual == []
    with pytest.raises(NotAllowed):
        read(lambda: session, actor=people[0], asked=FAIR, after=(1000, new_id()), limit=5)


def test_hr_is_told_what_is_usual(session: Session, arena: Arena, nights: list[UUID]) -> None:
    for helped, good in ((8, 4), (4, 2)):
        work(session, arena, usher(session, arena), nights, helped=helped, rated=(good, 4))
    work(session, arena, usher(session, arena), nights, post_id=arena.section_post_id)
    fairness = as_hr(session, arena).sheet.fairness
    assert fairness is not None
    gate, section = fairness.usual
    assert (gate.post_class, gate.people, gate.worked_minutes) == (ZoneKind.GATE, 2, 32 * 60)
    assert (gate.helped_per_hour, gate.good_share) == (1.5, 0.75)
    assert (section.helped_per_hour, section.good_share) == (0, None)


def test_a_department_ranks_its_own_by_what_is_usual_for_all(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    people = [
        work(session, arena, usher(session, arena), nights, helped=helped)
        for helped in (20, 16, 12, 2)
    ]
    suites = Department(organisation_id=arena.organisation_id, id=new_id(), name="Suites")
    session.add(suites)
    session.flush()
    for actor in people[1::2]:
        row = session.get_one(Employee, (arena.organisation_id, actor.employee_id))
        row.department_id = suites.id
    session.flush()
    everybody = {line.employee_id: line for line in lines_of(as_hr(session, arena))}
    asked = Asked(now=NOW, order=BoardOrder.FAIR, department_id=suites.id)
    own = lines_of(as_hr(session, arena, asked))
    assert [line.rank for line in own] == [1, 2]
    assert [index_of(line) for line in own] == [
        index_of(everybody[actor.employee_id]) for actor in people[1::2]
    ]


def test_a_class_of_posts_has_its_own_board_in_both_orders(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    section = arena.section_post_id
    there = work(session, arena, usher(session, arena), nights, post_id=section, helped=3)
    both = usher(session, arena)
    work(session, arena, both, nights[:2], helped=5)
    work(session, arena, both, nights[2:], post_id=section, helped=1)
    gate = work(session, arena, usher(session, arena), nights, helped=9)
    for actor, points in ((there, 20), (both, 30), (gate, 99)):
        make_standing(session, arena, actor, points=points)
    asked = Asked(
        now=NOW,
        kind=BoardKind.MONTH,
        month="2026-10",
        post_class=ZoneKind.SECTION,
        order=BoardOrder.FAIR,
    )
    fair = lines_of(as_hr(session, arena, asked))
    assert [line.employee_id for line in fair] == [there.employee_id, both.employee_id]
    assert fair[1].fair
    assert [(at.post_class, at.worked_minutes) for at in fair[1].fair.posts] == [
        (ZoneKind.SECTION, 8 * 60)
    ]
    raw = lines_of(as_hr(session, arena, Asked(now=NOW, post_class=ZoneKind.SECTION)))
    assert [(line.rank, line.points) for line in raw] == [(1, 30), (2, 20)]


def test_an_evening_counts_where_its_longest_shift_was(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    actor = usher(session, arena)
    for night, (gate, section) in zip(nights, ((3, 1), (1, 3), (2, 2), (0, 4)), strict=True):
        if gate:
            make_shift(session, arena, actor, event_id=night, hours=(0, gate))
        make_shift(
            session,
            arena,
            actor,
            event_id=night,
            post_id=arena.section_post_id,
            hours=(gate, gate + section),
        )
        make_tally(session, arena, actor, event_id=night, resolved=1, paid_resolved=1)
    found = list_cells(
        session,
        organisation_id=arena.organisation_id,
        period=Period(season_id=arena.season_id),
        now=NOW,
    )
    assert {cell.post_class: (cell.seconds, cell.helped) for cell in found} == {
        ZoneKind.GATE: (8 * HOUR, 2),
        ZoneKind.SECTION: (8 * HOUR, 2),
    }


def test_a_shift_counts_as_far_as_it_has_come(session: Session, arena: Arena) -> None:
    on, later = usher(session, arena), usher(session, arena)
    make_shift(session, arena, on, hours=(0, 4))
    make_shift(session, arena, later, hours=(2, 4))
    assert {who: cell.seconds for who, cell in cells_of(session, arena).items()} == {
        on.employee_id: 90 * 60
    }


def test_cards_that_were_rated_count_as_help(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    actor = usher(session, arena)
    work(session, arena, actor, nights[:1], rated=(3, 4))
    work(session, arena, actor, nights[1:2], helped=5, rated=(3, 4))
    cell = cells_of(session, arena)[actor.employee_id]
    assert (cell.helped, cell.good, cell.ratings) == (3 + 5, 6, 8)


def test_who_has_no_shift_is_on_the_raw_board_alone(session: Session, arena: Arena) -> None:
    boss = usher(session, arena)
    make_tally(session, arena, boss, resolved=9, paid_resolved=9)
    make_standing(session, arena, boss, points=90)
    assert lines_of(as_hr(session, arena)) == []
    assert len(lines_of(as_hr(session, arena, Asked(now=NOW)))) == 1


def test_what_is_not_believed_or_was_taken_back_does_not_count(session: Session) -> None:
    evening = make_evening(session)
    arena, alex = evening.arena, evening.alex
    done = [resolved(session, alex) for _ in range(5)]
    for one, stars in zip(done, (5, 5, 4, 2), strict=False):
        ratings.receive(
            session,
            code=one.code,
            given=GivenAnswer(stars=stars),
            now=NOW + timedelta(minutes=stars),
        )
    before = cells_of(session, arena)[alex.employee_id]
    assert (before.helped, before.good, before.ratings) == (5, 3, 4)
    hr = make_employee(session, arena, name="Harper HR", roles=(Role.HR,))
    for kind, source_id in (
        (Reversible.REQUEST, done[4].request.id),
        (Reversible.RATING, _rating_of(session, arena, done[0].request.id)),
    ):
        adjustments.reverse(
            session,
            actor=hr,
            source_kind=kind,
            source_id=source_id,
            reason="Nobody was helped.",
            now=NOW + timedelta(minutes=6) + REVERSIBLE_AFTER,
        )
    after = cells_of(session, arena)[alex.employee_id]
    assert (after.helped, after.good, after.ratings) == (4, 2, 3)


def _rating_of(session: Session, arena: Arena, request_id: UUID) -> UUID:
    return session.scalars(
        select(Invitation.id).where(
            Invitation.organisation_id == arena.organisation_id,
            Invitation.request_id == request_id,
        )
    ).one()


def test_a_request_that_the_fan_says_is_not_solved_does_not_count(session: Session) -> None:
    evening = make_evening(session)
    arena, alex = evening.arena, evening.alex
    done = [resolved(session, alex) for _ in range(2)]
    given = ratings.receive(session, code=done[0].code, given=GivenAnswer(stars=2), now=NOW)
    assert cells_of(session, arena)[alex.employee_id].helped == 2
    reopenings.say_rating_unsolved(
        session,
        code=done[0].code,
        correction_token=given.correction_token,
        code_key=CODE_KEY,
        now=NOW + timedelta(minutes=1),
    )
    cell = cells_of(session, arena)[alex.employee_id]
    assert (cell.helped, cell.ratings, cell.good) == (1, 1, 0)


@pytest.mark.parametrize(
    ("decision", "helped"),
    [(None, 2), (ReviewDecision.ACCEPTED, 3), (ReviewDecision.REJECTED, 2)],
)
def test_what_praise_of_staff_is_for_counts_when_a_person_believes_it(
    session: Session, decision: ReviewDecision | None, helped: int
) -> None:
    evening = make_evening(session)
    arena, alex = evening.arena, evening.alex
    resolved(session, alex)
    praised = held(session, alex)
    # Blame that is not believed says nothing against what was done.
    held(session, alex, stars=1)
    if decision:
        hr = make_employee(session, arena, name="Harper HR", roles=(Role.HR,))
        decide(session, hr, praised.id, decision)
    # Nobody sees it while the event is on.
    assert cells_of(session, arena)[alex.employee_id].helped == 3
    over = cells_of(session, arena, now=NOW + timedelta(hours=3))
    assert over[alex.employee_id].helped == helped


def test_a_fair_board_is_read_again_after_twenty_seconds(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    work(session, arena, usher(session, arena), nights, helped=2)
    assert len(lines_of(as_hr(session, arena))) == 1
    work(session, arena, usher(session, arena), nights, helped=2)
    soon = Asked(now=NOW + timedelta(seconds=19), order=BoardOrder.FAIR)
    later = Asked(now=NOW + timedelta(seconds=20), order=BoardOrder.FAIR)
    assert [len(lines_of(as_hr(session, arena, asked))) for asked in (soon, later)] == [1, 2]


def test_a_snapshot_keeps_the_order_that_the_board_shows(
    session: Session, arena: Arena, nights: list[UUID]
) -> None:
    for helped in (9, 3, 3, 1):
        work(session, arena, usher(session, arena), nights, helped=helped, rated=(1, 1))
    work(session, arena, usher(session, arena), nights[:1], helped=9)
    shown = [
        [str(line.employee_id), line.rank, index_of(line)]
        for line in lines_of(as_hr(session, arena))
    ]
    kept = snapshots.frozen(
        session, organisation_id=arena.organisation_id, season_id=arena.season_id
    )
    for board in kept["fair_boards"].values():
        assert board["order"] == shown
        assert len(board["worked"]) == 5
    assert len(kept["fair_boards"]) == 2


def test_what_was_never_counted_is_not_taken_away(session: Session) -> None:
    rules = RULES | {"resolved": {"points": 10, "cap_per_shift": 1}}
    arena = make_arena(session, rules=rules)
    alex = make_employee(session, arena)
    make_shift(session, arena, alex)
    _, above_the_cap = resolved(session, alex), resolved(session, alex)
    ratings.receive(
        session,
        code=above_the_cap.code,
        given=GivenAnswer(stars=5),
        sighting=phone(staff=True),
        now=NOW + timedelta(minutes=5),
    )
    session.flush()
    [cell] = list_cells(
        session,
        organisation_id=arena.organisation_id,
        period=Period(event_id=arena.event_id),
        now=NOW + timedelta(hours=3),
    )
    assert cell.helped == 1
