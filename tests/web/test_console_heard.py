"""HR's pages of what fans are told: written, changed, withdrawn, and what fans read of it."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend.engagement.models import HeardEntry, HeardVersion
from backend.engagement.rules import Category
from backend.engagement.rules.heard import LEAST_SHOWN, Works, slug_of
from backend.engagement.services import heard_entries, heard_pages
from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.venues.models import Venue
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in

ASKED, DONE = "Shorter queues for food", "Two more stands upstairs."


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def write(world: World, **said: Any) -> UUID:
    """Let HR write an entry for the fans of the arena."""
    given = {"venue_id": world.evening.arena.venue_id, "asked": ASKED, "done": DONE} | said
    with world.app.app_context(), transaction() as session:
        return heard_entries.write(session, actor=world.hr, given=given, now=clock.now()).id


def answered(world: World, entry_id: UUID, *, yes: int, no: int, why: str = "") -> None:
    """Let fans say whether it works for them; all for whom it does not say ``why``."""
    at: Any = {"slug": slug(world), "entry_id": entry_id}
    with world.app.app_context(), transaction() as session:
        for number in range(yes + no):
            at["device"] = f"device {number} of {why}"
            works = Works.YES if number < yes else Works.NOT_YET
            heard_pages.answer(session, **at, works=works, now=clock.now())
            if number >= yes and why:
                heard_pages.say_why(session, **at, why=why, now=clock.now())


def slug(world: World) -> str:
    return slug_of(world.evening.arena.venue_id, "ARENA")


def form(world: World, **said: str) -> dict[str, str]:
    venue_id = str(world.evening.arena.venue_id)
    return {"venue_id": venue_id, "category": "", "asked": ASKED, "done": DONE} | said


def post(client: FlaskClient, path: str, data: dict[str, str]) -> Any:
    return client.post(path, data=data, headers=OURS)


def fans_read(client: FlaskClient, world: World) -> str:
    return unescape(client.get(f"/heard/{slug(world)}").text)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def books(world: World, entry_id: UUID) -> tuple[int, list[str]]:
    """Return how many versions an entry has, and the acts on it in the audit."""
    with world.app.app_context(), reading() as session:
        versions = session.scalar(
            select(func.count()).where(HeardVersion.entry_id == entry_id).select_from(HeardVersion)
        )
        acts = select(AuditRow.act).where(AuditRow.subject_id == entry_id).order_by(AuditRow.id)
        return versions or 0, [act.removeprefix("heard_entry.") for act in session.scalars(acts)]


def count_entries(world: World) -> int:
    with world.app.app_context(), reading() as session:
        mine = HeardEntry.organisation_id == world.evening.organisation_id
        return session.scalar(select(func.count()).select_from(HeardEntry).where(mine)) or 0


def test_an_entry_is_written_and_fans_read_it_at_once(client: FlaskClient, world: World) -> None:
    page = client.get("/hr/heard")
    assert '<a href="/hr/heard" aria-current="page">Heard</a>' in page.text
    assert "Nothing has been written here yet." in page.text
    said = form(world, category="food_and_drink", done="Two stands.\r\nOne upstairs.")
    done = post(client, "/hr/heard/new", said)
    venue_id = world.evening.arena.venue_id
    assert done.headers["Location"] == f"/hr/heard?done=heard_written&venue_id={venue_id}"
    page = client.get(done.headers["Location"])
    assert 'role="status">Written. Fans read it from now on.' in page.text
    assert "Shorter queues for food" in page.text
    assert "Food and drink. Written" in words(page)
    assert f'href="/heard/{slug(world)}"' in page.text
    assert "Two stands.\nOne upstairs." in fans_read(client, world)
    [entry_id] = {UUID(found) for found in re.findall(r"/hr/heard/([0-9a-f-]{36})", page.text)}
    assert books(world, entry_id) == (1, ["written"])


def test_how_many_it_works_for_is_said_with_all_who_answered(
    client: FlaskClient, world: World
) -> None:
    entry_id = write(world)
    quiet = write(world, asked="More shade")
    answered(world, entry_id, yes=3, no=1)
    for path in ("/hr/heard", f"/hr/heard/{entry_id}"):
        assert "It works for 3 of 4 who answered, 75.0 %." in words(client.get(path))
    assert "Nobody has answered yet." in words(client.get(f"/hr/heard/{quiet}"))
    # What is told to HR at once, fans read when enough have said it.
    assert LEAST_SHOWN > 3
    assert "It works for me: 3" not in fans_read(client, world)


def test_a_change_is_a_version_and_nothing_different_is_none(
    client: FlaskClient, world: World
) -> None:
    entry_id = write(world, category=Category.CLEANING)
    path = f"/hr/heard/{entry_id}"
    same = form(world, category="cleaning", seen_version="1")
    assert post(client, path, same).headers["Location"] == f"{path}?done=unchanged"
    assert books(world, entry_id) == (1, ["written"])
    done = post(client, path, same | {"category": "", "done": "Three more stands."})
    assert done.headers["Location"] == f"{path}?done=heard_changed"
    assert "Three more stands." in fans_read(client, world)
    assert books(world, entry_id) == (2, ["written", "changed"])
    assert not re.search(r"<option[^>]* selected", client.get(path).text)


def test_a_form_does_not_overwrite_what_its_reader_has_not_seen(
    client: FlaskClient, world: World
) -> None:
    entry_id = write(world)
    path = f"/hr/heard/{entry_id}"
    post(client, path, form(world, done="Four stands.", seen_version="1"))
    late = post(client, path, form(world, done="Five <stands>.", seen_version="1"))
    assert late.status_code == 409
    assert 'role="alert"' in late.text
    assert "Read it again" in late.text
    # What was typed is not lost, and is still of the version that was read.
    assert "Five &lt;stands&gt;." in late.text
    assert 'name="seen_version" value="1"' in late.text
    assert "Four stands." in fans_read(client, world)


def test_what_is_withdrawn_is_read_by_no_fan_and_changed_by_nobody(
    client: FlaskClient, world: World
) -> None:
    entry_id = write(world)
    path = f"/hr/heard/{entry_id}"
    for _ in range(2):
        done = post(client, f"{path}/withdraw", {})
        assert done.headers["Location"] == f"{path}?done=heard_withdrawn"
    assert ASKED not in fans_read(client, world)
    assert books(world, entry_id) == (2, ["written", "withdrawn"])
    assert "Withdrawn." in client.get("/hr/heard").text
    page = client.get(path).text
    assert 'name="done"' not in page
    assert "Withdraw it" not in page
    for said in (form(world, done="Again.", seen_version="2"), form(world, seen_version="2")):
        refused = post(client, path, said)
        assert refused.status_code == 409
    assert books(world, entry_id)[0] == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"asked": " "}, "asked"),
        ({"asked": "x" * 201}, "asked"),
        ({"done": ""}, "done"),
        ({"done": "x" * 501}, "done"),
        ({"done": "nul\x00"}, "done"),
        ({"category": "worst"}, "category"),
        ({"venue_id": "x"}, "venue_id"),
    ],
)
def test_what_cannot_be_told_is_refused_at_its_field(
    client: FlaskClient, world: World, wrong: dict[str, str], field: str
) -> None:
    kept = {"done": '"><script>alert(1)</script>'} if field != "done" else {}
    page = post(client, "/hr/heard/new", form(world, **kept, **wrong))
    assert page.status_code == 422
    assert re.findall(r'name="([a-z_]+)"[^>]* aria-invalid="true"', page.text) == [field]
    assert f'id="{field}-wrong"' in page.text
    assert "<script>alert" not in page.text
    assert count_entries(world) == 0


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "9" * 30, "2"])
def test_a_version_that_is_not_there_changes_nothing(
    client: FlaskClient, world: World, version: str
) -> None:
    entry_id = write(world)
    said = form(world, done="Other.", seen_version=version)
    assert post(client, f"/hr/heard/{entry_id}", said).status_code in {409, 422}
    assert books(world, entry_id) == (1, ["written"])


def test_each_venue_has_its_own_entries_and_address(client: FlaskClient, world: World) -> None:
    write(world)
    with world.app.app_context(), transaction() as session:
        hall = Venue(
            organisation_id=world.evening.organisation_id,
            id=new_id(),
            code="HALL",
            name="The <Hall>",
            time_zone="Europe/Paris",
            capacity=900,
        )
        session.add(hall)
        session.flush()
        hall_id = hall.id
    first, second = client.get("/hr/heard"), client.get(f"/hr/heard?venue_id={hall_id}")
    assert ASKED in first.text
    assert ASKED not in second.text
    assert f'href="/heard/{slug_of(hall_id, "HALL")}"' in second.text
    assert "The &lt;Hall&gt;" in second.text
    new = client.get(f"/hr/heard/new?venue_id={hall_id}").text
    assert f'<option value="{hall_id}" selected>' in new
    post(client, "/hr/heard/new", form(world, venue_id=str(hall_id), asked="A lift"))
    assert "A lift" in client.get(f"/hr/heard?venue_id={hall_id}").text
    assert "A lift" not in client.get("/hr/heard").text


def test_what_was_asked_for_most_stands_beside_as_fans_read_it(
    client: FlaskClient, world: World
) -> None:
    fans = re.findall(r"<span>([^<]+)</span><b>(\d+)</b>", fans_read(client, world))
    beside = re.findall(r"<li><span>([^<]+)</span> <b>(\d+)</b>", client.get("/hr/heard").text)
    assert [number for _, number in beside] == [number for _, number in fans]
    assert beside == [("Seats", "8")]


def test_everything_holds_after_all_that_hr_does(client: FlaskClient, world: World) -> None:
    venue_id, entry_id = world.evening.arena.venue_id, write(world)
    answered(world, entry_id, yes=0, no=1, why="Too far.")
    [why] = re.findall(r'formaction="([^"]+/show)"', client.get("/hr/heard/whys").text)
    for path, said in (
        ("/hr/heard/new", form(world)),
        (f"/hr/heard/{entry_id}", form(world, done="More.", seen_version="1")),
        (f"/hr/heard/{entry_id}/withdraw", {}),
        (why, {"reason": "Fair."}),
        ("/hr/cards", {"count": "10"}),
        (f"/hr/places/{venue_id}/renew", {}),
    ):
        assert post(client, path, said).status_code == 303, path
    with world.app.app_context(), reading() as session:
        owner = world.evening.organisation_id
        assert list(verify.verify(session, organisation_id=owner)) == []


def test_pages_follow_each_other(client: FlaskClient, world: World) -> None:
    for number in range(27):
        write(world, asked=f"Wish {number:02}")
    seen: list[list[str]] = []
    path = "/hr/heard"
    while path:
        text = client.get(path).text
        seen.append(re.findall(r"Wish ([0-9]+)</a>", text))
        following = re.findall(r'href="([^"]+after=[^"]+)"', text)
        path = unescape(following[0]) if following else ""
    assert [len(one) for one in seen] == [25, 2]
    assert [int(one) for page in seen for one in page] == list(range(26, -1, -1))


def test_another_organisations_are_neither_read_nor_touched(
    app: Flask, client: FlaskClient, world: World
) -> None:
    other = make_world(app)
    theirs = write(other)
    path = f"/hr/heard/{theirs}"
    for asked in (
        path,
        f"/hr/heard/{NOBODY}",
        f"/hr/heard?venue_id={other.evening.arena.venue_id}",
    ):
        assert client.get(asked).status_code == 404
    assert client.get("/hr/heard?venue_id=x").status_code == 422
    assert client.get("/hr/heard?after=x").status_code == 422
    venue_id = str(other.evening.arena.venue_id)
    assert post(client, "/hr/heard/new", form(world, venue_id=venue_id)).status_code == 404
    for act in (path, f"{path}/withdraw"):
        assert post(client, act, form(world, seen_version="1", done="Ours.")).status_code == 404
    assert books(other, theirs) == (1, ["written"])
    assert count_entries(world) == 0


def test_a_form_of_another_site_is_refused(client: FlaskClient, world: World) -> None:
    entry_id = write(world)
    for path in ("/hr/heard/new", f"/hr/heard/{entry_id}", f"/hr/heard/{entry_id}/withdraw"):
        elsewhere = {"Origin": "https://elsewhere.test"}
        said = form(world, seen_version="1", done="Theirs.")
        assert client.post(path, data=said, headers=elsewhere).status_code == 403
    assert (books(world, entry_id)[0], count_entries(world)) == (1, 1)


def test_only_who_writes_to_fans_may_look(app: Flask, world: World) -> None:
    entry_id = write(world)
    with app.app_context(), transaction() as session:
        paying = make_employee(session, world.evening.arena, roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, paying)
    client = app.test_client()
    assert client.get("/hr/heard").headers["Location"] == "/hr/sign-in"
    sign_in(client, email, totp)
    for path in ("/hr/heard", "/hr/heard/new", f"/hr/heard/{entry_id}", "/hr/heard/whys"):
        assert client.get(path).status_code == 403
    assert post(client, f"/hr/heard/{entry_id}/withdraw", {}).status_code == 403
    assert "/hr/heard" not in client.get("/hr/payroll").text
    assert books(world, entry_id)[0] == 1
