"""Who is on duty where, and which event is on."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.identity.rules import PayBasis
from backend.venues import queries
from backend.venues.models import Event, Shift
from backend.venues.problems import EventNotFound, PostNotFound, ZoneNotFound
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift


def test_a_shift_gives_the_event_the_post_and_its_zone(session: Session, arena: Arena) -> None:
    actor = make_employee(session, arena)
    shift_id = make_shift(session, arena, actor, post_id=arena.section_post_id)
    duty = queries.find_duty(session, actor=actor, at=NOW)
    assert duty is not None
    assert (duty.shift_id, duty.post_id) == (shift_id, arena.section_post_id)
    assert duty.zone_id == arena.section_id
    facts = queries.get_event(
        session, organisation_id=arena.organisation_id, event_id=arena.event_id
    )
    assert duty.event == facts
    assert facts.time_zone == "America/New_York"
    assert facts.starts_at == NOW - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("minutes", "on_duty"), [(-121, False), (-120, True), (150, True), (151, False)]
)
def test_a_shift_covers_both_of_its_ends(
    session: Session, arena: Arena, minutes: int, on_duty: bool
) -> None:
    actor = make_employee(session, arena)
    make_shift(session, arena, actor)
    duty = queries.find_duty(session, actor=actor, at=NOW + timedelta(minutes=minutes))
    assert (duty is not None) == on_duty


def test_of_overlapping_shifts_the_one_that_started_last_counts(
    session: Session, arena: Arena
) -> None:
    actor = make_employee(session, arena)
    make_shift(session, arena, actor)
    relief = Shift(
        organisation_id=arena.organisation_id,
        id=new_id(),
        event_id=arena.event_id,
        employee_id=actor.employee_id,
        post_id=arena.section_post_id,
        starts_at=NOW - timedelta(minutes=5),
        ends_at=NOW + timedelta(minutes=5),
    )
    session.add(relief)
    session.flush()
    duty = queries.find_duty(session, actor=actor, at=NOW)
    assert duty is not None
    assert duty.shift_id == relief.id
    later = queries.find_duty(session, actor=actor, at=NOW + timedelta(minutes=10))
    assert later is not None
    assert later.post_id == arena.gate_post_id


def test_without_a_shift_only_salaried_staff_are_on_duty(session: Session, arena: Arena) -> None:
    hourly = make_employee(session, arena)
    salaried = make_employee(session, arena, pay_basis=PayBasis.SALARIED)
    assert queries.find_duty(session, actor=hourly, at=NOW) is None
    duty = queries.find_duty(session, actor=salaried, at=NOW)
    assert duty is not None
    assert duty.event.id == arena.event_id
    assert (duty.shift_id, duty.post_id, duty.zone_id) == (None, None, None)


@pytest.mark.parametrize(
    ("minutes", "on"), [(-211, False), (-210, True), (180, True), (181, False)]
)
def test_an_event_is_on_from_two_hours_before_doors_to_an_hour_after_its_end(
    session: Session, arena: Arena, minutes: int, on: bool
) -> None:
    at = NOW + timedelta(minutes=minutes)
    found = queries.find_event_on(session, organisation_id=arena.organisation_id, at=at)
    assert (found is not None) == on


def test_the_house_is_of_whose_people_are_in_it_before_it_is_of_who_is_yet_to_come(
    session: Session, arena: Arena
) -> None:
    key = arena.organisation_id, arena.event_id
    matinee = session.get_one(Event, key)
    matinee.ends_at = NOW + timedelta(minutes=20)
    doors_at = NOW + timedelta(minutes=110)
    evening = Event(
        organisation_id=arena.organisation_id,
        id=new_id(),
        code="EVENING",
        venue_id=arena.venue_id,
        season_id=arena.season_id,
        name="Evening",
        held_on=matinee.held_on,
        doors_at=doors_at,
        starts_at=doors_at + timedelta(hours=1),
        ends_at=doors_at + timedelta(hours=4),
    )
    session.add(evening)
    session.flush()
    boss = make_employee(session, arena, pay_basis=PayBasis.SALARIED)
    minutes = dict.fromkeys((0, 20, 21, 80), matinee.id) | dict.fromkeys((81, 110), evening.id)
    instants = [NOW + timedelta(minutes=one) for one in minutes]
    for at, expected in zip(instants, minutes.values(), strict=True):
        found = queries.find_event_on(session, organisation_id=arena.organisation_id, at=at)
        assert found is not None
        assert found.id == expected
    alone = [queries.find_duty(session, actor=boss, at=at) for at in instants]
    assert [duty.event.id for duty in alone if duty] == list(minutes.values())
    sightings = [(at, None) for at in instants]
    assert queries.list_duties(session, actor=boss, sightings=sightings) == alone


def test_another_organisation_is_not_seen(session: Session, arena: Arena) -> None:
    stranger = make_arena(session).organisation_id
    with pytest.raises(EventNotFound):
        queries.get_event(session, organisation_id=stranger, event_id=arena.event_id)
    with pytest.raises(ZoneNotFound):
        queries.get_zone(session, organisation_id=stranger, zone_id=arena.gate_id)
    with pytest.raises(PostNotFound):
        queries.get_post(session, organisation_id=stranger, post_id=arena.gate_post_id)


def test_a_venue_reads_as_zones_and_posts(session: Session, arena: Arena) -> None:
    owned = {"organisation_id": arena.organisation_id}
    gate = queries.get_zone(session, **owned, zone_id=arena.gate_id)
    post = queries.get_post(session, **owned, post_id=arena.gate_post_id)
    assert post.zone == gate
    assert [zone.code for zone in queries.list_zones(session, **owned)] == ["101", "G1"]
    assert [post.code for post in queries.list_posts(session, **owned)] == ["101-A", "G1-1"]
    (season,) = queries.list_seasons(session, organisation_id=arena.organisation_id)
    assert queries.get_season(session, **owned, season_id=season.id) == season


def test_events_are_listed_by_start_within_bounds_and_after_a_row(
    session: Session, arena: Arena
) -> None:
    first = session.get_one(Event, (arena.organisation_id, arena.event_id))
    for number in (1, 2):
        shift = timedelta(days=number)
        session.add(
            Event(
                organisation_id=arena.organisation_id,
                id=new_id(),
                code=f"more-{number}",
                venue_id=arena.venue_id,
                season_id=arena.season_id,
                name="More",
                held_on=first.held_on + shift,
                doors_at=first.doors_at + shift,
                starts_at=first.starts_at + shift,
                ends_at=first.ends_at + shift,
            )
        )
    session.flush()

    def listed(**matching: object) -> list[str]:
        facts = queries.list_events(
            session,
            organisation_id=arena.organisation_id,
            matching=queries.EventFilter(**matching),  # type: ignore[arg-type]
        )
        return [event.code for event in facts]

    assert listed() == ["2026-11-21", "more-1", "more-2"]
    assert listed(since=NOW) == ["more-1", "more-2"]
    assert listed(until=NOW + timedelta(days=1)) == ["2026-11-21", "more-1"]
    assert listed(after=(first.starts_at, first.id)) == ["more-1", "more-2"]
    assert listed(season_id=new_id()) == []


@pytest.mark.parametrize("pay_basis", PayBasis)
def test_many_instants_are_answered_as_each_alone(
    session: Session, arena: Arena, pay_basis: PayBasis
) -> None:
    actor = make_employee(session, arena, pay_basis=pay_basis)
    make_shift(session, arena, actor)
    relief = Shift(
        organisation_id=arena.organisation_id,
        id=new_id(),
        event_id=arena.event_id,
        employee_id=actor.employee_id,
        post_id=arena.section_post_id,
        starts_at=NOW - timedelta(minutes=5),
        ends_at=NOW + timedelta(minutes=5),
    )
    session.add(relief)
    session.flush()
    instants = [NOW + timedelta(minutes=minutes) for minutes in range(-240, 240, 5)]
    sightings = [(at, None) for at in instants]
    assert queries.list_duties(session, actor=actor, sightings=sightings) == [
        queries.find_duty(session, actor=actor, at=at) for at in instants
    ]
    assert queries.list_duties(session, actor=actor, sightings=[]) == []
