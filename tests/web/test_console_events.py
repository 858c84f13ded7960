"""HR's pages of events: what comes and what is over, its attendance, and who works at it."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.notify.models import OutboxMessage
from backend.venues.models import Event, Season, Shift
from backend.venues.rules import SeasonStatus
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee, make_shift
from tests.insight.rows import make_event
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_home import words, work
from tests.web.test_console_people import rows


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def event_path(world: World) -> str:
    return f"/hr/events/{world.evening.arena.event_id}"


def change_event(world: World, **to: object) -> None:
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        for name, value in to.items():
            setattr(event, name, value)


def attendance(world: World) -> int | None:
    with world.app.app_context(), reading() as session:
        arena = world.evening.arena
        return session.get_one(Event, (arena.organisation_id, arena.event_id)).attendance


def play(session: Session, world: World, at: datetime, attendance: int | None) -> UUID:
    """Make another event that begins ``at`` then."""
    arena = world.evening.arena
    return make_event(session, arena, held_on=at.date(), attendance=attendance, starts_at=at)


def close_season(world: World) -> None:
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.status, season.closes_at = SeasonStatus.CLOSING, now
        season.freezes_at = now + timedelta(days=1)


def hire(world: World, name: str = "Finn Free") -> tuple[UUID, UUID]:
    """Return somebody who works at the event and has done nothing yet, and their shift."""
    with world.app.app_context(), transaction() as session:
        actor = make_employee(session, world.evening.arena, name=name)
        return actor.employee_id, make_shift(session, world.evening.arena, actor)


def cancel(client: FlaskClient, world: World, shift_id: UUID, reason: str = "Wrong badge.") -> str:
    sent = client.post(
        f"{event_path(world)}/shifts/{shift_id}/cancel", data={"reason": reason}, headers=OURS
    )
    page = client.get(sent.location) if sent.status_code == 303 else sent
    return words(page)


def shifts(world: World) -> set[UUID]:
    with world.app.app_context(), reading() as session:
        return set(session.scalars(select(Shift.id)))


def test_events_stand_in_the_list_of_their_time_with_their_shifts(
    client: FlaskClient, world: World
) -> None:
    now = clock.now()
    change_event(world, attendance=None)
    with world.app.app_context(), transaction() as session:
        worked = play(session, world, now - timedelta(days=2), None)
        make_shift(session, world.evening.arena, world.evening.alex, event_id=worked)
        play(session, world, now - timedelta(days=9), 12_345)
        play(session, world, now - timedelta(days=10), None)
    [tonight] = rows(client.get("/hr/events"))
    assert "Home against Away" in tonight
    assert " The Arena " in tonight
    assert tonight.split()[-2:] == ["3", "–"]
    first, second, third = rows(client.get("/hr/events?show=over"))
    assert first.split()[-2:] == ["1", "–"]
    assert third.split()[-2:] == ["0", "–"]
    assert second.split()[-2:] == ["0", "12,345"]
    [uncounted] = rows(client.get("/hr/events?show=uncounted"))
    assert uncounted == first
    assert ("/hr/events?show=uncounted", 1) in work(client)
    close_season(world)
    assert "Every event at which people worked has its attendance." in words(
        client.get("/hr/events?show=uncounted")
    )
    assert client.get("/hr/events?show=other").status_code == 422


def test_lists_of_events_go_on_page_by_page(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.web.console.events.LINES", 2)
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        for days in (1, 2, 3, 4, 5):
            play(session, world, now - timedelta(days=days), None)
            play(session, world, now + timedelta(days=days), None)
    for shown, number in (("over", 5), ("coming", 6)):
        seen: list[str] = []
        address = f"/hr/events?show={shown}"
        while address:
            page = client.get(address)
            seen += rows(page)
            _, _, link = page.text.partition('<a class="button" href="')
            address = link.partition('"')[0].replace("&amp;", "&")
        assert len(seen) == len(set(seen)) == number


def test_attendance_is_said_kept_and_audited_with_what_it_was(
    client: FlaskClient, world: World
) -> None:
    said = {"attendance": "18123"}
    done = client.post(f"{event_path(world)}/attendance", data=said, headers=OURS)
    assert done.status_code == 303
    page = client.get(done.location)
    assert "The greeted share goes by it from now on." in page.text
    assert 'value="18123"' in page.text
    assert attendance(world) == 18_123
    unknown = client.post(f"{event_path(world)}/attendance", data={"attendance": " "}, headers=OURS)
    assert unknown.status_code == 303
    assert attendance(world) is None
    with world.app.app_context(), reading() as session:
        acts = session.scalars(
            select(AuditRow)
            .where(
                AuditRow.act == "event.attendance_set", AuditRow.actor_id == world.hr.employee_id
            )
            .order_by(AuditRow.id.desc())
            .limit(2)
        ).all()
    assert [act.detail for act in acts] == [
        {"from": 18_123, "to": None},
        {"from": 19_500, "to": 18_123},
    ]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("-1", "Must be greater than or equal to 0"),
        ("many", "Not a valid integer."),
        ("18.5", "Not a valid integer."),
        ("24376", "It must be at most 24375: a quarter more than the 19500 that the venue holds"),
        ("99999999999", "Not a valid integer."),
        ("\u0661\u0662", "Not a valid integer."),
    ],
)
def test_what_cannot_be_an_attendance_is_refused_and_shown_again(
    client: FlaskClient, world: World, said: str, why: str
) -> None:
    page = client.post(f"{event_path(world)}/attendance", data={"attendance": said}, headers=OURS)
    assert page.status_code in {409, 422}
    assert why in page.text
    assert "Nothing was changed." in page.text
    assert f'value="{said}"' in page.text
    assert attendance(world) == 19_500


def test_an_event_of_a_closed_season_stays_as_it_is(client: FlaskClient, world: World) -> None:
    _, shift_id = hire(world)
    close_season(world)
    page = client.get(event_path(world))
    assert "19,500 people came through the gates. The season is closed, so this stays." in page.text
    assert "Take away" not in page.text
    said = {"attendance": "1"}
    assert (
        client.post(f"{event_path(world)}/attendance", data=said, headers=OURS).status_code == 409
    )
    assert "Nothing was changed." in cancel(client, world, shift_id)
    assert attendance(world) == 19_500
    assert shift_id in shifts(world)


def test_shifts_are_listed_by_post_and_found_by_who_and_where(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = rows(client.get(event_path(world)))
    assert ["Casey Stands" in listed[0], "G1 / G1-1" in listed[1]] == [True, True]
    assert len(listed) == 3
    for word, who in (("aisle", "Casey"), ("blair", "Blair"), ("101 / 101-A", None), ("g1", None)):
        found = rows(client.get(f"{event_path(world)}?q={word}"))
        assert [one for one in listed if who and who in one] == found or who is None
    assert len(rows(client.get(f"{event_path(world)}?q=G1-1"))) == 2
    assert "No shift is found by that." in client.get(f"{event_path(world)}?q=nobody").text
    monkeypatch.setattr("backend.web.console.events.LINES", 2)
    page = client.get(event_path(world)).text
    _, _, link = page.partition('<a class="button" href="')
    rest = client.get(link.partition('"')[0].replace("&amp;", "&"))
    assert rows(rest) == listed[2:]


def test_a_shift_that_was_a_mistake_is_taken_away_and_its_employee_told(
    client: FlaskClient, world: World
) -> None:
    who, shift_id = hire(world)
    refused = cancel(client, world, shift_id, reason=" ")
    assert "Nothing was changed." in refused
    assert shift_id in shifts(world)
    assert "Taken away. The employee is told." in cancel(client, world, shift_id)
    assert shift_id not in shifts(world)
    with world.app.app_context(), reading() as session:
        told = session.execute(
            select(OutboxMessage.kind, OutboxMessage.subject_id).where(
                OutboxMessage.recipient_id == who
            )
        ).all()
    assert [tuple(one) for one in told] == [
        ("shift_cancelled", world.evening.arena.event_id),
    ]
    assert "There is no such shift here. Nothing was changed." in cancel(client, world, shift_id)


def test_a_shift_on_which_something_was_done_stays_and_the_reason_is_not_lost(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), reading() as session:
        shift_id = session.scalars(
            select(Shift.id).where(Shift.employee_id == world.evening.alex.employee_id)
        ).one()
    path = f"{event_path(world)}/shifts/{shift_id}/cancel"
    page = client.post(path, data={"reason": "Was never here"}, headers=OURS)
    assert page.status_code == 409
    assert "Something was done on this shift, so it stays. Nothing was changed." in words(page)
    assert 'value="Was never here"' in page.text
    assert page.text.count("<details open>") == 1
    assert shift_id in shifts(world)


def test_events_of_others_are_not_there_and_payroll_reads_none(
    app: Flask, client: FlaskClient, world: World
) -> None:
    assert client.get(f"/hr/events/{uuid4()}").status_code == 404
    other = make_world(app)
    assert client.get(event_path(other)).status_code == 404
    said = {"attendance": "1"}
    assert (
        client.post(f"{event_path(other)}/attendance", data=said, headers=OURS).status_code == 404
    )
    assert attendance(other) == 19_500
    with app.app_context(), transaction() as session:
        pay = make_employee(session, world.evening.arena, name="Pat Pay", roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, pay)
    reader = app.test_client()
    sign_in(reader, email, totp)
    assert reader.get("/hr/events").status_code == 403
    assert reader.get(event_path(world)).status_code == 403
