"""HR's pages of adjustments and appeals: who may do what, and what it leaves in the books."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.queries import get_employee
from backend.rewards import queries
from backend.rewards.rules import AppealSubject
from backend.rewards.services import appeals, budgets
from backend.rewards.services.budgets import Wanted
from tests.browser.world import World, make_world
from tests.rewards.wallets import give_available
from tests.web.test_console import NOBODY, OURS, signed_in
from tests.web.wishes import another_of_hr, points_of


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def post(client: FlaskClient, path: str, **form: str) -> Any:
    return client.post(path, data=form, headers=OURS)


def page_of(who: Actor) -> str:
    return f"/hr/adjustments/of/{who.employee_id}"


def newest(client: FlaskClient, show: str = "waiting") -> str:
    """Return the address of the newest adjustment of a list."""
    listed = client.get(f"/hr/adjustments?show={show}").text
    found = re.search(r'href="(/hr/adjustments/[0-9a-f-]{36})"', listed)
    assert found
    return found[1]


def available(world: World, who: Actor) -> int:
    return points_of(world, who).available


def appealed(world: World, who: Actor) -> UUID:
    """Let somebody appeal against the newest thing that took points from them."""
    now = clock.now() + timedelta(seconds=1)
    whose = {"organisation_id": who.organisation_id, "employee_id": who.employee_id}
    with world.app.app_context(), transaction() as session:
        [taken, *_] = queries.list_own_adjustments(session, **whose, before=None, limit=1)
        return appeals.lodge(
            session,
            actor=who,
            subject_kind=AppealSubject.ADJUSTMENT,
            subject_id=taken.id,
            statement="<i>That was not me.</i>",
            now=now,
        ).id


def test_somebody_is_found_by_their_badge_and_given_points(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        whose = {"organisation_id": alex.organisation_id, "employee_id": alex.employee_id}
        badge = get_employee(session, **whose).badge_number
    assert page_of(alex) in client.get(f"/hr/adjustments?badge={badge}").text
    assert "Nobody here has this badge number." in client.get("/hr/adjustments?badge=Z%00").text
    before = available(world, alex)
    done = post(client, page_of(alex), points="25", reason="Stayed late.")
    assert done.headers["Location"] == "/hr/adjustments?done=adjusted"
    assert available(world, alex) == before + 25
    assert re.search(r"Adjusted “Stayed late.” \+25", words(client.get(page_of(alex))))


def once(client: FlaskClient, path: str) -> str:
    """Return under which name the form of a page is sent."""
    [*found] = re.findall(r'name="once" value="([0-9a-f]{32})"', client.get(path).text)
    assert found
    return str(found[0])


def test_a_form_that_is_sent_twice_gives_points_once(client: FlaskClient, world: World) -> None:
    alex = world.evening.alex
    before, path = available(world, alex), page_of(alex)
    form = {"points": "40", "reason": "Stayed late.", "once": once(client, path)}
    for _ in range(2):
        done = post(client, path, **form)
        assert done.headers["Location"] == "/hr/adjustments?done=adjusted"
    assert available(world, alex) == before + 40
    other = post(client, path, **form | {"points": "41"})
    assert other.status_code == 422
    assert "What was sent first is kept, and this is not." in other.text
    assert "Nothing was changed" in other.text
    assert "Idempotency-Key" not in other.text
    post(client, path, **form | {"once": once(client, path)})
    assert available(world, alex) == before + 80


@pytest.mark.parametrize("name", ["", "\x00", "x" * 256])
def test_a_form_under_a_bad_name_is_refused(client: FlaskClient, world: World, name: str) -> None:
    alex = world.evening.alex
    before = available(world, alex)
    answer = post(client, page_of(alex), points="5", reason="x", once=name)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.text
    assert available(world, alex) == before


def test_what_was_refused_can_be_sent_again_when_it_is_right(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    before, path = available(world, alex), page_of(alex)
    name = once(client, path)
    assert post(client, path, points="many", reason="x", once=name).status_code == 422
    assert post(client, path, points="5", reason="x", once=name).status_code == 303
    assert available(world, alex) == before + 5


def test_two_clicks_at_once_give_points_once(client: FlaskClient, world: World, app: Flask) -> None:
    alex = world.evening.alex
    before, path = available(world, alex), page_of(alex)
    form = {"points": "40", "reason": "Stayed late.", "once": once(client, path)}
    kept = client.get_cookie("console", path="/hr")
    assert kept is not None
    clients = [app.test_client() for _ in range(4)]
    for one in clients:
        one.set_cookie("console", kept.value, path="/hr")
    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(lambda one: post(one, path, **form), clients))
    assert [one.headers["Location"] for one in answers] == ["/hr/adjustments?done=adjusted"] * 4
    assert available(world, alex) == before + 40


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"points": "0", "reason": "x"}, "points"),
        ({"points": "many", "reason": "x"}, "points"),
        ({"points": "1.5", "reason": "x"}, "points"),
        ({"points": "5", "reason": " "}, "reason"),
        ({"points": "5", "reason": "x" * 501}, "reason"),
        ({}, "points"),
    ],
)
def test_a_bad_adjustment_is_shown_again_and_nothing_is_changed(
    client: FlaskClient, world: World, form: dict[str, str], field: str
) -> None:
    alex = world.evening.alex
    before = available(world, alex)
    page = post(client, page_of(alex), **form)
    assert page.status_code == 422
    assert f'aria-describedby="{field}-wrong' in page.text
    assert available(world, alex) == before


def test_from_a_hundred_points_another_person_decides(client: FlaskClient, world: World) -> None:
    alex = world.evening.alex
    before = available(world, alex)
    done = post(client, page_of(alex), points="100", reason="Saved a life.")
    assert done.headers["Location"] == "/hr/adjustments?done=adjustment_waits"
    path = newest(client)
    assert "You proposed this; another person decides on it." in client.get(path).text
    assert post(client, f"{path}/approve").status_code == 409
    _, other = another_of_hr(world)
    no_reason = post(other, f"{path}/decline", reason="")
    assert no_reason.status_code == 422
    assert 'aria-describedby="reason-wrong"' in no_reason.text
    assert post(other, f"{path}/approve").headers["Location"].endswith("done=adjustment_approved")
    assert available(world, alex) == before + 100
    assert "This is settled." in other.get(path).text
    assert post(other, f"{path}/decline", reason="Too late.").status_code == 409


def test_what_the_budget_holds_is_said_before_points_are_given_and_more_is_refused(
    client: FlaskClient, world: World
) -> None:
    alex, season_id = world.evening.alex, world.evening.arena.season_id
    of_season: dict[str, Any] = {"organisation_id": alex.organisation_id, "season_id": season_id}
    with world.app.app_context(), transaction() as session:
        issued = queries.sum_issued(session, **of_season)
        budgets.set_budget(
            session,
            actor=world.hr,
            season_id=season_id,
            wanted=Wanted(points=issued + 150, cents=0, currency="USD"),
            seen_version=0,
            now=clock.now(),
        )
    assert "holds 150 more points" in words(client.get(page_of(alex)))
    post(client, page_of(alex), points="140", reason="Saved a life.")
    path = newest(client)
    post(client, page_of(world.evening.blair), points="50", reason="Stayed late.")
    before = available(world, alex)
    _, other = another_of_hr(world)
    assert "holds 100 more points" in words(other.get(path))
    refused = post(other, f"{path}/approve")
    assert refused.status_code == 409
    assert "The season's budget does not hold as many points." in words(refused)
    assert available(world, alex) == before
    post(client, page_of(world.evening.casey), points="99", reason="Stayed late.")
    assert "holds 1 more point;" in words(other.get(path))
    post(client, page_of(world.evening.blair), points="1", reason="Stayed late.")
    assert "The season's budget of points is used up" in words(client.get(page_of(alex)))


def test_what_is_declined_changes_nothing_and_says_why(client: FlaskClient, world: World) -> None:
    alex = world.evening.alex
    before = available(world, alex)
    post(client, page_of(alex), points="-500", reason="A suspicion.")
    path = newest(client)
    _, other = another_of_hr(world)
    post(other, f"{path}/decline", reason="Not proven.")
    assert available(world, alex) == before
    assert "“Not proven.”" in words(client.get(path))
    assert newest(client, "declined") == path


def test_what_a_rating_earned_is_taken_back(client: FlaskClient, world: World) -> None:
    alex = world.evening.alex
    page = client.get(page_of(alex)).text
    sources = re.findall(r'name="source" value="(rating/[0-9a-f-]{36})"', page)
    assert len(sources) == 5
    none = post(client, f"{page_of(alex)}/reversals", reason="Friends.")
    assert none.status_code == 422
    assert "Choose what is to be taken back." in none.text
    # A fan may still correct what was just said.
    fresh = post(client, f"{page_of(alex)}/reversals", source=sources[0], reason="Friends.")
    assert fresh.status_code == 409
    assert f'value="{sources[0]}" required checked>' in fresh.text
    assert fresh.text.count(" checked>") == fresh.text.count(">Friends.</textarea>") == 1


def test_nobody_adjusts_their_own_points(client: FlaskClient, world: World) -> None:
    page = client.get(page_of(world.hr))
    assert "These are your own points; others adjust them." in page.text
    assert post(client, page_of(world.hr), points="5", reason="Me.").status_code == 409
    assert client.get(f"/hr/adjustments/of/{NOBODY}").status_code == 404
    assert client.get(f"/hr/adjustments/{NOBODY}").status_code == 404
    assert client.get("/hr/adjustments?show=none").status_code == 422


def test_an_appeal_is_decided_by_somebody_who_had_no_part_in_it(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        give_available(session, alex, points=50, now=clock.now())
    post(client, page_of(alex), points="-20", reason="A complaint.")
    left = available(world, alex)
    path = f"/hr/appeals/{appealed(world, alex)}"
    assert path in client.get("/hr/appeals").text
    assert "You had a part in what it is about" in client.get(path).text
    assert post(client, f"{path}/grant", reason="Sorry.").status_code == 409

    _, other = another_of_hr(world)
    page = other.get(path)
    assert "&lt;i&gt;That was not me.&lt;/i&gt;" in page.text
    # Who decides does not learn from whom before it is decided.
    assert re.search(r"Points \u221220 Why “A complaint.” By A colleague", words(page))
    assert "Harper" not in page.text
    assert post(other, f"{path}/grant", reason=" ").status_code == 422
    done = post(other, f"{path}/grant", reason="It was somebody else.")
    assert done.headers["Location"] == "/hr/appeals?done=granted"
    assert available(world, alex) == left + 20
    assert "Nothing waits." in other.get("/hr/appeals").text
    assert path in other.get("/hr/appeals?show=all").text
    assert "It was somebody else." in other.get(path).text
    assert "By Harper Hr" in words(other.get(path))
    assert post(other, f"{path}/uphold", reason="No.").status_code == 409


def test_an_appeal_that_is_upheld_leaves_things_as_they_were(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        give_available(session, alex, points=50, now=clock.now())
    post(client, page_of(alex), points="-20", reason="A complaint.")
    left = available(world, alex)
    path = f"/hr/appeals/{appealed(world, alex)}"
    _, other = another_of_hr(world)
    done = post(other, f"{path}/uphold", reason="Two saw it.")
    assert done.headers["Location"] == "/hr/appeals?done=upheld"
    assert available(world, alex) == left
    assert client.get(f"/hr/appeals/{NOBODY}").status_code == 404
