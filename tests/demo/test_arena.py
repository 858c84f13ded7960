"""The demo arena on both engines: built and played through the services, once, and on tonight."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, inspect, select, table

from backend import migrations
from backend.app import create_app
from backend.demo import cast, sign_ins, simulation, start
from backend.demo.sign_ins import SignIns
from backend.demo.tables import rows_of, text_of
from backend.engagement.models import Rating, RatingHold
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import db, reading, transaction
from backend.identity.services import enrolment
from backend.identity.services.enrolment import Phone
from backend.insight import verify
from backend.insight.services import simulations
from backend.rewards.rules import DEFAULT_DOCUMENT
from backend.settings import Settings
from backend.venues.queries import find_duty
from backend.venues.services.event_imports import import_events
from tests.conftest import a_database, settings_for
from tests.factories import NOW
from tests.rewards.books import check_books

PLAYED = "2018-10-09"


@dataclass(frozen=True, kw_only=True)
class Demo:
    """An installation whose demo arena has played one evening."""

    app: Flask
    settings: Settings
    path: Path
    known: SignIns

    def prepare(self, *, later: timedelta = timedelta()) -> SignIns:
        """Start again, ``later`` than the first time."""
        again = start.prepare(wanted(self.path), settings=self.settings, now=NOW + later)
        assert again
        return again

    def people(self) -> cast.Cast:
        """Return the people of the arena."""
        with reading() as session:
            return cast.gather(session, office=self.known.office())


def wanted(path: Path) -> start.Wanted:
    """Want one evening, and no progress shown."""
    return start.Wanted(evenings=1, progress=nullcontext, path=path)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def demo(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """Yield a demo arena in a database of its own, as its organisation's name is taken once."""
    folder = tmp_path_factory.mktemp("demo")
    with a_database(request.param, folder) as url:
        settings = settings_for(url)
        app = create_app(settings)
        migrations.upgrade(app)
        with app.app_context():
            path = folder / "demo.json"
            known = start.prepare(wanted(path), settings=settings, now=NOW)
            assert known
            yield Demo(app=app, settings=settings, path=path, known=known)
            db.engine.dispose()


def how_much_there_is() -> dict[str, int]:
    """Return the number of rows of every table."""
    with reading() as session:
        names = inspect(session.connection()).get_table_names()
        counts = {name: select(func.count()).select_from(table(name)) for name in names}
        return {name: session.scalar(count) or 0 for name, count in counts.items()}


def test_an_evening_played_through_the_services_keeps_the_books(demo: Demo):
    with reading() as session:
        check_books(session, organisation_id=demo.known.organisation_id)
        assert list(verify.verify(session)) == []
    there = how_much_there_is()
    assert there["greetings"] > 4000
    assert there["requests"] > 40
    assert there["ratings"] > 15
    assert there["pending_confirmations"] == 0


def test_simulating_the_rules_in_effect_changes_nothing(demo: Demo):
    owner = demo.known.organisation_id
    with reading() as session:
        played = next(event for event in demo.people().events() if event.code == PLAYED)
        simulated = simulations.simulate(
            session,
            organisation_id=owner,
            season_id=played.season_id,
            document=DEFAULT_DOCUMENT,
            rate=None,
        )
    assert simulated.total.now.points > 2000
    assert simulated.total.difference.points == 0
    assert all(one.points.difference.points == 0 for one in simulated.sources)
    assert (simulated.employees.gain, simulated.employees.lose) == (0, 0)


def test_the_evening_lies_near_the_programmes_own_figures(demo: Demo):
    with reading() as session:
        (fans,) = session.execute(select(func.sum(table_column("tallies", "fans_greeted")))).one()
        (five,) = session.execute(select(func.sum(table_column("tallies", "five_star")))).one()
        (rated,) = session.execute(select(func.sum(table_column("tallies", "ratings")))).one()
    attendance = int(next(game["attendance"] for game in rows_of("events")))
    assert abs(int(fans) / attendance - 0.87) < 0.02
    assert int(five) / int(rated) >= 0.9


def table_column(name: str, column: str):
    """Return a column of a table by name."""
    return db.metadata.tables[name].c[column]


def test_only_a_played_evening_has_its_attendance(demo: Demo):
    events = {event.code: event for event in demo.people().events()}
    known = {code: event.attendance for code, event in events.items() if event.attendance}
    assert known == {PLAYED: 19133}
    assert len(events) == 41 + 1


def test_everybody_who_signs_in_is_on_duty_tonight(demo: Demo):
    people = demo.people()
    with reading() as session:
        for badge in sign_ins.PHONES:
            duty = find_duty(session, actor=people.actors[badge], at=NOW)
            assert duty, badge
            assert duty.event.doors_at <= NOW < duty.event.ends_at - timedelta(hours=4)


def test_a_second_start_changes_nothing(demo: Demo):
    before, kept = how_much_there_is(), demo.path.read_bytes()
    assert demo.prepare() == sign_ins.read(demo.path)
    assert how_much_there_is() == before
    assert demo.path.read_bytes() == kept
    assert demo.path.stat().st_mode & 0o777 == 0o600


def test_an_evening_that_was_broken_off_is_carried_on_without_doing_anything_twice(demo: Demo):
    people, before = demo.people(), how_much_there_is()
    event = next(event for event in people.events() if event.code == PLAYED)
    codes = simulation.Codes(key=demo.settings.secrets.code_key, hours=72)
    simulation.play(people, event=event, codes=codes)
    after = how_much_there_is()
    # Each import of a file is put on record.
    assert after.pop("audit_rows") > before.pop("audit_rows")
    assert after == before


def test_a_used_code_is_replaced_and_a_good_one_kept(demo: Demo):
    before = demo.prepare().enrolment_codes
    with transaction() as session:
        enrolment.enrol(
            session,
            code=before["1002"],
            pin_hash="unused",
            phone=Phone(label="A newcomer's phone"),
            expires_at=NOW + timedelta(days=30),
            now=NOW,
        )
    after = demo.prepare().enrolment_codes
    assert after["1002"] != before["1002"]
    assert {badge: after[badge] for badge in after if badge != "1002"} == {
        badge: before[badge] for badge in before if badge != "1002"
    }


def test_a_start_on_a_later_day_has_an_evening_of_its_own(demo: Demo):
    later = timedelta(days=1, hours=9, minutes=17)
    people, before = demo.people(), len(demo.people().events())
    demo.prepare(later=later)
    demo.prepare(later=later)
    assert len(people.events()) == before + 1
    with reading() as session:
        assert find_duty(session, actor=people.actors["1043"], at=NOW + later)


def test_all_41_games_can_be_imported_with_their_attendance_even_the_one_outdoors(demo: Demo):
    office = demo.known.office()
    with transaction() as session:
        result = import_events(session, actor=office, text=text_of("events"), now=NOW)
    assert (result.rows, result.added) == (41, 0)
    events = {event.code: event for event in demo.people().events()}
    assert events["2019-02-23"].attendance == 69620
    assert events["2019-02-23"].venue_id != events[PLAYED].venue_id
    indoors = text_of("events").replace("STADIUM", "ARENA")
    with pytest.raises(ImportRejected) as refused, transaction() as session:
        import_events(session, actor=office, text=indoors, now=NOW)
    assert [bad["column"] for bad in refused.value.document()["errors"]] == ["attendance"]


def test_a_friend_with_a_staff_phone_waits_and_no_fan_does(demo: Demo):
    careless = demo.people().actors["1052"].employee_id
    with reading() as session:
        held = session.execute(
            select(Rating.employee_id, RatingHold.suspicions).join(
                RatingHold,
                (RatingHold.organisation_id == Rating.organisation_id)
                & (RatingHold.rating_id == Rating.id),
            )
        ).all()
    assert held
    assert set(held) == {(careless, "staff_device")}


def test_a_database_with_something_else_in_it_is_left_alone(demo: Demo, tmp_path: Path):
    before = how_much_there_is()
    elsewhere = wanted(tmp_path / "demo.json")
    assert start.prepare(elsewhere, settings=demo.settings, now=NOW) is None
    assert how_much_there_is() == before
