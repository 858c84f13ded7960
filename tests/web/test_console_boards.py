"""HR's page of boards: both orders, every filter in the address, and the way to the evidence."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.identity.rules import PayBasis
from backend.venues.models import Season
from tests.browser.world import World, make_world
from tests.engagement.stories import resolved
from tests.engagement.suspects import phone
from tests.factories import make_employee, make_shift
from tests.identity.people import console_user
from tests.insight.rows import make_event, make_standing, make_tally
from tests.web.crews import make_crew
from tests.web.test_console import NOBODY, sign_in, signed_in
from tests.web.test_console_people import rows


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def names(page: Any) -> list[str]:
    """Return who is on the board, in the order of the page."""
    table = page.text.split('aria-label="The board as a table"')[1].split("</table>")[0]
    return [
        unescape(name)
        for name in re.findall(r'<th scope="row" class="text"><a [^>]+>([^<]+)<', table)
    ]


def links(page: Any, text: str) -> list[str]:
    found = re.findall(rf'<a href="([^"]+)"[^>]*>{text}', page.text)
    return [unescape(link) for link in found]


def test_the_fair_order_comes_first_and_points_are_one_click_away(
    client: FlaskClient, world: World
) -> None:
    make_crew(world)
    page = client.get("/hr/boards")
    assert page.status_code == 200
    assert "In the fair order" in page.text
    assert "less than <strong>12 hours</strong>" in page.text
    assert set(names(page)) == {"Usher 00", "Usher 01", "Usher 02"}
    [by_points] = links(page, "By points")
    raw = client.get(by_points)
    assert "By points" in raw.text
    assert names(raw)[:2] == ["Alex Usher", "Usher 02"]
    [fair] = links(raw, "Fair order")
    assert names(client.get(fair)) == names(page)


def test_before_the_first_season_there_is_no_board(
    app: Flask, client: FlaskClient, world: World
) -> None:
    with app.app_context(), transaction() as session:
        arena = world.evening.arena
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.starts_on = season.ends_on = clock.now().date() + timedelta(days=2)
    page = client.get("/hr/boards")
    assert page.status_code == 200
    assert "No season has begun yet." in page.text


@pytest.mark.parametrize("kind", ["event", "week", "month", "season"])
def test_there_is_a_board_for_every_period(client: FlaskClient, world: World, kind: str) -> None:
    make_crew(world)
    page = client.get("/hr/boards", query_string={"kind": kind, "post": "gate"})
    assert page.status_code == 200
    assert 'aria-current="page"' in page.text
    if kind != "season":
        of = re.findall(r'<option value="([^"]+)"', page.text.split('name="of"')[1])
        assert client.get("/hr/boards", query_string={"kind": kind, "of": of[0]}).status_code == 200


def test_without_a_word_it_is_the_last_evening_that_was_worked(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        at = clock.now() - timedelta(minutes=10)
        make_event(session, world.evening.arena, held_on=date(2027, 1, 30), starts_at=at)
    page = client.get("/hr/boards?kind=event&order=raw")
    assert "Home against Away</h1>" in page.text
    assert "Alex Usher" in page.text
    assert "Game of 2027-01-30</option>" in page.text


def test_lines_are_sorted_by_what_is_asked_for(client: FlaskClient, world: World) -> None:
    make_crew(world)
    by_name = client.get("/hr/boards?sort=name")
    assert names(by_name) == ["Usher 00", "Usher 01", "Usher 02"]
    assert 'aria-sort="ascending"' in by_name.text
    [turned] = links(by_name, "Name")
    assert names(client.get(turned)) == ["Usher 02", "Usher 01", "Usher 00"]
    assert names(client.get("/hr/boards?sort=helped"))[0] == "Usher 02"
    assert names(client.get("/hr/boards?sort=-helped"))[0] == "Usher 01"


def test_a_search_keeps_the_rank(client: FlaskClient, world: World) -> None:
    make_crew(world)
    order = names(client.get("/hr/boards"))
    page = client.get("/hr/boards", query_string={"search": order[2].upper()})
    assert names(page) == [order[2]]
    assert "<td>3</td>" in page.text
    assert "Nobody on this board" in client.get("/hr/boards?search=%25_").text


def test_pages_follow_each_other_with_all_that_was_asked(client: FlaskClient, world: World) -> None:
    make_crew(world, people=70)
    first = client.get("/hr/boards?sort=name&post=gate&search=usher")
    assert len(names(first)) == 35
    first = client.get("/hr/boards?sort=name&search=usher")
    [following] = links(first, "Next")
    second = client.get(following)
    assert len(names(first)) == 50
    assert names(first) + names(second) == [f"Usher {n:02}" for n in range(70)]


def test_a_class_of_posts_and_a_department_narrow_the_board(
    client: FlaskClient, world: World
) -> None:
    make_crew(world)
    assert names(client.get("/hr/boards?post=section")) == ["Usher 01"]
    everybody = names(client.get("/hr/boards"))
    own = client.get(f"/hr/boards?department={world.evening.arena.department_id}")
    assert names(own) == everybody
    assert "Guest services" in own.text


@pytest.mark.parametrize(
    "query",
    [
        "kind=year",
        "order=best",
        "sort=luck",
        "post=roof",
        "page=0",
        "page=99",
        "page=x",
        "department=7",
        f"season={NOBODY}",
        "kind=month&of=2020-01",
        f"kind=event&of={NOBODY}",
    ],
)
def test_a_board_that_is_not_there_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/hr/boards?{query}").status_code == 422


def test_what_is_of_another_organisation_is_not_found(client: FlaskClient) -> None:
    for name in ("department", "venue"):
        assert client.get(f"/hr/boards?{name}={new_id()}").status_code == 404


def test_who_has_not_worked_enough_is_named_apart(client: FlaskClient, world: World) -> None:
    make_crew(world, nights=2)
    page = client.get("/hr/boards")
    assert "Nobody has worked the minimum yet." in page.text
    assert "who have worked less than 12 hours" in page.text
    assert "Usher 01" in page.text


def test_beside_it_stand_the_improved_and_the_best(client: FlaskClient, world: World) -> None:
    crew = make_crew(world)
    with world.app.app_context(), transaction() as session:
        arena = world.evening.arena
        for actor in crew:
            make_shift(session, arena, actor)
        make_tally(session, arena, crew[0], resolved=9, paid_resolved=9)
        board = f"event/{arena.event_id}"
        make_standing(session, arena, crew[0], points=500, board=board)
        make_standing(session, arena, crew[1], points=1, board=board)
    page = client.get("/hr/boards", query_string={"kind": "event"}).text
    improved, bests = page.split('id="improved"')[1].split('id="bests"')
    assert "Usher 00" in improved
    assert "500 points, 10 at best before" in bests
    assert "Usher 01" not in bests
    season = client.get("/hr/boards").text
    best = re.findall(r'<li><a href="([^"]+)"', season.split('id="bests"')[1])
    assert len(best) == len(set(best)) == 5
    assert "500 points on" in season.split('id="bests"')[1]
    assert "There is no season before this one" in season


def test_a_rank_leads_to_the_entries_and_they_to_request_and_rating(
    client: FlaskClient, world: World
) -> None:
    board = client.get("/hr/boards?order=raw")
    [entries] = set(links(board, "Alex Usher"))
    listed = client.get(entries)
    [rated, *_] = links(listed, "Rating")
    deed = client.get(rated)
    assert deed.status_code == 200
    assert re.search(r"\d of 5", deed.text)
    assert "Rated" in deed.text
    assert "Accepted" in deed.text
    [done, *_] = links(listed, "Resolved")
    assert "Alex Usher" in client.get(done).text


def test_a_deed_that_is_not_there_is_not_found(client: FlaskClient) -> None:
    for path in (f"request/{NOBODY}", f"rating/{NOBODY}", f"greeting/{NOBODY}"):
        assert client.get(f"/hr/deeds/{path}").status_code == 404


def test_a_held_rating_says_that_it_waits(client: FlaskClient, world: World) -> None:
    with world.app.app_context(), transaction() as session:
        now = clock.now()
        done = resolved(session, world.evening.alex, moment=Moment.present(now))
        given = GivenAnswer(stars=5)
        ratings.receive(session, code=done.code, given=given, now=now, sighting=phone(staff=True))
    assert "Waits for a person" in client.get(f"/hr/deeds/request/{done.request.id}").text


def test_supervisors_see_no_boards_of_everybody(app: Flask) -> None:
    _, email, totp = console_user(app, Role.SUPERVISOR)
    client = app.test_client()
    sign_in(client, email, totp)
    assert client.get("/hr/boards").status_code == 403
    assert client.get(f"/hr/deeds/request/{NOBODY}").status_code == 403


def test_who_was_on_no_shift_did_not_help_nobody(client: FlaskClient, world: World) -> None:
    with world.app.app_context(), transaction() as session:
        vera = make_employee(
            session, world.evening.arena, name="Vera Vice", pay_basis=PayBasis.SALARIED
        )
        make_standing(session, world.evening.arena, vera, points=75)
    page = client.get("/hr/boards?order=raw&search=vera")
    [line] = rows(page)
    assert line.split()[-5:] == ["–", "–", "–", "–", "–"]
    assert " 75 " in line


def test_a_season_without_events_has_an_empty_board_under_every_tab(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        empty = Season(
            organisation_id=world.evening.organisation_id,
            id=new_id(),
            name="An empty one",
            starts_on=date(2020, 9, 1),
            ends_on=date(2021, 6, 30),
        )
        session.add(empty)
        session.flush()
        season_id = empty.id
    for kind in ("season", "month", "week", "event"):
        for of in ("", "&of=nothing"):
            page = client.get(f"/hr/boards?season={season_id}&kind={kind}{of}")
            assert page.status_code == 200
            assert "Nobody has worked the minimum yet." in page.text
    refused = client.get("/hr/boards?sort=beauty")
    assert refused.status_code == 422
    assert "sort: The board is not sorted by that." in refused.text
