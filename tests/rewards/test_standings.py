"""Boards follow the books: every change reaches them exactly once, soon after it was made."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, transaction
from backend.insight import verify
from backend.rewards.models import PointsOnTheWay, Standing
from backend.rewards.queries import (
    Entry,
    Points,
    find_evening,
    find_next_due,
    get_points,
    list_entries,
)
from backend.rewards.services import standings
from backend.rewards.services.ledger import accrue, accrue_soon, reverse
from backend.venues.models import Event
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.rewards.books import check_books
from tests.rewards.test_ledger import an_earning, an_occasion
from tests.rewards.test_races import World, at_once, check, earn, world

__all__ = ["world"]


def count_changes(session: Session, arena: Arena) -> int:
    mine = PointsOnTheWay.organisation_id == arena.organisation_id
    return session.scalar(select(func.count()).where(mine)) or 0


def boards(session: Session, arena: Arena) -> dict[str, int]:
    """Return the sum of the standings of each board."""
    mine = Standing.organisation_id == arena.organisation_id
    rows = session.execute(
        select(Standing.board, func.sum(Standing.points)).where(mine).group_by(Standing.board)
    )
    return {board: int(points) for board, points in rows}


def points_on_boards(app: Flask, arena: Arena) -> set[int]:
    with app.app_context(), reading() as session:
        assert count_changes(session, arena) == 0
        found = boards(session, arena)
        assert len(found) == 5
        return set(found.values())


def test_a_transaction_leaves_one_change_for_each_who_earned(
    session: Session, arena: Arena
) -> None:
    usher, helper = make_employee(session, arena), make_employee(session, arena)
    earnings = [an_earning(usher, 6), an_earning(usher, 5), an_earning(helper, 4)]
    accrue(session, occasion=an_occasion(session, arena), earnings=earnings, now=NOW)
    assert count_changes(session, arena) == 2
    assert boards(session, arena) == {}
    while standings.catch_up_some(session, limit=100):
        pass
    assert count_changes(session, arena) == 0
    assert boards(session, arena) == {
        f"event/{arena.event_id}": 15,
        "week/2026-W47": 15,
        "month/2026-11": 15,
        f"season/{arena.season_id}": 15,
        f"venue/{arena.venue_id}/season/{arena.season_id}": 15,
    }


def test_a_reversal_takes_points_off_the_boards(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    source = new_id()
    earn(app, occasion, *[an_earning(usher, 3, source) for usher in ushers])
    earn(app, occasion, an_earning(ushers[0], 2))
    with app.app_context():
        standings.catch_up()
        assert points_on_boards(app, arena) == {11}
        with transaction() as session:
            reverse(
                session,
                organisation_id=arena.organisation_id,
                source_id=source,
                reason="corrected",
                now=NOW,
            )
        standings.catch_up()
    assert points_on_boards(app, arena) == {2}


def test_catching_up_many_at_once_counts_every_change_once(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    for _ in range(20):
        earn(app, occasion, *[an_earning(usher, 1) for usher in ushers])

    def work() -> None:
        for _ in range(10):
            earn(app, occasion, *[an_earning(usher, 1) for usher in ushers[::-1]])

    def follow() -> int:
        return sum(standings.catch_up(chunk=7) for _ in range(3))

    answers = at_once(app, follow, work, follow, work, follow)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    with app.app_context():
        standings.catch_up()
    assert points_on_boards(app, arena) == {120}
    check(app, arena)


def be_cut_off() -> None:
    with transaction() as session:
        assert standings.catch_up_some(session, limit=1_000) >= 3
        raise RuntimeError("the power went")


def test_what_was_cut_off_is_counted_by_the_next(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    earn(app, occasion, *[an_earning(usher, 4) for usher in ushers])
    with app.app_context():
        with pytest.raises(RuntimeError, match="the power went"):
            be_cut_off()
        with reading() as session:
            assert count_changes(session, arena) == 3
            assert boards(session, arena) == {}
        assert standings.catch_up() >= 3
        assert standings.catch_up() == 0
    assert points_on_boards(app, arena) == {12}


def test_nothing_to_count_takes_no_writers_turn(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise AssertionError("there is nothing to write")

    with app.app_context():
        standings.catch_up()
        monkeypatch.setattr(standings, "transaction", refused)
        assert standings.catch_up() == 0


def test_own_points_are_exact_before_and_after_the_boards_follow(
    session: Session, arena: Arena
) -> None:
    usher, colleague = make_employee(session, arena), make_employee(session, arena)
    make_shift(session, arena, usher)
    occasion, source = an_occasion(session, arena), new_id()

    def mine() -> int:
        evening = find_evening(session, actor=usher, now=NOW)
        assert evening is not None
        return evening.points

    assert mine() == 0
    for total in (5, 10):
        earnings = [an_earning(usher, 5, source), an_earning(colleague, 3, source)]
        accrue(session, occasion=occasion, earnings=earnings, now=NOW)
        assert mine() == total
        while standings.catch_up_some(session, limit=1):
            assert mine() == total
        assert mine() == total
        source = new_id()
    accrue(session, occasion=occasion, earnings=[an_earning(usher, 7, source)], now=NOW)
    owner = arena.organisation_id
    reverse(session, organisation_id=owner, source_id=source, reason="corrected", now=NOW)
    assert mine() == 10


def test_a_greeting_on_its_way_to_the_books_is_shown_as_it_will_be(
    session: Session, arena: Arena
) -> None:
    usher = make_employee(session, arena)
    who: dict[str, Any] = {
        "organisation_id": arena.organisation_id,
        "employee_id": usher.employee_id,
    }

    def shown() -> tuple[Points, list[Entry], datetime | None]:
        entries = list_entries(session, **who)
        return get_points(session, **who), entries, find_next_due(session, **who)

    occasion = an_occasion(session, arena)
    for points in (1, 2, 3):
        accrue_soon(session, occasion=occasion, earning=an_earning(usher, points), now=NOW)
    before = shown()
    assert before[0] == Points(pending=6)
    assert [entry.points for entry in before[1]] == [3, 2, 1]
    assert before[2] == NOW + occasion.hold
    assert verify_own(session, arena) == []
    while standings.catch_up_some(session, limit=2):
        assert shown() == before
        assert verify_own(session, arena) == []
    check_books(session, arena.organisation_id)
    newest = before[1][0].id
    older = list_entries(session, **who, before=newest)
    assert [entry.points for entry in older] == [2, 1]


def verify_own(session: Session, arena: Arena) -> list[str]:
    """Return what is wrong with balances and boards; the earnings here have no real source."""
    return [
        one.what
        for code in ("I02", "I03", "I15")
        for one in verify.find_offenders(session, code=code, organisation_id=arena.organisation_id)
        if one.table in {"balances", "ledger_entries", "standings"}
    ]


def test_what_was_cut_off_is_booked_by_the_next(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    with app.app_context():
        with transaction() as session:
            for usher in ushers:
                accrue_soon(session, occasion=occasion, earning=an_earning(usher, 4), now=NOW)
        with pytest.raises(RuntimeError, match="the power went"):
            be_cut_off()
        at_once(app, *[lambda: standings.catch_up(chunk=2)] * 4)
        standings.catch_up()
        with reading() as session:
            paid = [
                get_points(
                    session, organisation_id=arena.organisation_id, employee_id=usher.employee_id
                )
                for usher in ushers
            ]
    assert paid == [Points(pending=4)] * 3
    assert points_on_boards(app, arena) == {12}
    check(app, arena)


def test_the_proof_holds_at_any_moment(app: Flask) -> None:
    """Standings and changes are read in one statement, so a job in between moves nothing."""
    with app.app_context():
        with transaction() as session:
            arena = make_arena(session)
            usher = make_employee(session, arena)
            occasion = an_occasion(session, arena)
        owner = arena.organisation_id

        def work() -> None:
            for _ in range(25):
                earn(app, occasion, an_earning(usher, 1))
                standings.catch_up(chunk=3)

        def prove() -> list[str]:
            found = []
            for _ in range(15):
                with reading() as session:
                    offenders = verify.find_offenders(session, code="I15", organisation_id=owner)
                    found += [one.what for one in offenders if one.table == "standings"]
            return found

        assert at_once(app, work, prove, work) == [None, [], None]


def test_a_change_touches_no_index_but_its_own_count(session: Session) -> None:
    """Appending must stay one page: what is small today is what every greeting pays for."""
    if session.connection().dialect.name == "sqlite":
        rows = session.execute(text("select name from pragma_index_list('points_on_the_way')"))
        assert rows.all() == []
    else:
        where = text("select indexname from pg_indexes where tablename = 'points_on_the_way'")
        assert session.scalars(where).all() == ["pk_points_on_the_way"]


def test_points_of_a_hundred_evenings_reach_the_boards_at_once(
    session: Session, arena: Arena
) -> None:
    who = make_employee(session, arena)
    first = session.get_one(Event, (arena.organisation_id, arena.event_id))
    names = ("venue_id", "season_id", "doors_at", "starts_at", "ends_at")
    kept = {name: getattr(first, name) for name in names}
    for number in range(101):
        event = Event(
            organisation_id=arena.organisation_id,
            id=new_id(),
            code=f"game-{number}",
            name=f"Game {number}",
            held_on=first.held_on + timedelta(days=number),
            **kept,
        )
        session.add(event)
        session.flush()
        occasion = replace(an_occasion(session, arena), event_id=event.id)
        accrue(session, occasion=occasion, earnings=[an_earning(who, 2)], now=NOW)
    standings.catch_up_some(session, limit=1_000)
    assert boards(session, arena)[f"season/{arena.season_id}"] == 202
    check_books(session, arena.organisation_id)
