"""From points to a reward, in a real browser: asked for, approved by two, handed over, seen."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.rewards import queries
from backend.rewards.queries import RedemptionFacts, RewardFacts
from backend.rewards.rules import Merit, RedemptionStatus, RewardKind
from backend.rewards.services import catalogue, redemptions
from tests.browser.axe import small_targets
from tests.browser.conftest import Live
from tests.browser.staff import enrol, open_view
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.insight.rows import make_evening_before
from tests.rewards.wallets import give_available, make_reward

GLASS = {
    "name": "Two seats at the glass",
    "kind": RewardKind.PERK,
    "points": 220,
    "value_cents": 26_000,
}


@pytest.fixture
def world(live: Live) -> World:
    """Return an evening at which Alex has 300 points to spend, and resolved six requests."""
    made = make_world(live.app)
    with live.app.app_context(), transaction() as session:
        give_available(session, made.evening.alex, points=300, now=clock.now())
    return made


def put_up(world: World, **given: Any) -> RewardFacts:
    with world.app.app_context(), transaction() as session:
        return make_reward(session, world.hr, now=clock.now(), **{**GLASS, **given})


def wishes_of(world: World, who: Actor) -> list[RedemptionFacts]:
    with world.app.app_context(), reading() as session:
        return queries.list_redemptions(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        )


def open_rewards(page: Page, live: Live) -> None:
    open_view(page, live, "rewards")
    expect(page.get_by_role("heading", name="What I asked for")).to_be_visible()
    expect(page.get_by_text("Looking…")).to_have_count(0)


def asked(page: Page) -> Locator:
    return page.get_by_role("list", name="What I asked for")


def has(page: Page, bucket: str, points: str) -> None:
    """Expect a bucket of the points to hold so many."""
    expect(page.locator(".figures div").filter(has_text=bucket)).to_contain_text(points)


def said(page: Page) -> Locator:
    return page.locator(".said")


def choose(page: Page, name: str) -> None:
    page.get_by_role("list", name="In reach").get_by_role("link", name=name).first.tap()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def ask(page: Page, name: str) -> None:
    """Ask with two taps: the reward, and yes."""
    choose(page, name)
    page.get_by_role("button", name="Ask for it").tap()


def press_with_alt(page: Page, key: str) -> None:
    """Press a key as a keyboard does: Playwright leaves out the letter that Alt hides."""
    pressed = {"type": "keyDown", "modifiers": 1, "key": key, "text": key, "unmodifiedText": key}
    page.context.new_cdp_session(page).send("Input.dispatchKeyEvent", pressed)


def desk_of_hr(desks: Callable[[], Page], live: Live, world: World, name: str) -> Page:
    with world.app.app_context(), transaction() as session:
        actor = make_employee(session, world.evening.arena, name=name, roles=(Role.HR,))
        email, totp = console_access(world.app, session, actor)
    desk = desks()
    sign_in_to_console(desk, live, email, totp)
    return desk


def test_a_reward_is_asked_for_with_two_taps_approved_by_two_and_handed_over(
    page: Page, desks: Callable[[], Page], live: Live, world: World
) -> None:
    put_up(world)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    ask(page, "Two seats at the glass")
    expect(said(page)).to_contain_text("Asked. Decided by ")
    expect(asked(page)).to_contain_text("Asked for. Decided by ")
    has(page, "Held", "220")

    first = desks()
    sign_in_to_console(first, live, world.email, world.totp)
    first.get_by_role("link", name="Redemptions 1 waiting for you").click()
    first.get_by_role("link", name="Alex Usher").click()
    expect(first.get_by_text("two people approve")).to_be_visible()
    press_with_alt(first, "a")
    notice = "Approved. Another person must approve it, too."
    expect(first.get_by_role("status")).to_have_text(notice)
    expect(first.get_by_text("Nothing waits for you.")).to_be_visible()

    second = desk_of_hr(desks, live, world, "Robin Hr")
    second.get_by_role("link", name="Redemptions 1 waiting for you").click()
    second.get_by_role("link", name="Alex Usher").click()
    expect(second.get_by_text("1 of 2 approvals: Harper Hr.")).to_be_visible()
    second.get_by_role("button", name="Approve").click()
    expect(second.get_by_role("status")).to_have_text("Approved.")

    page.reload()
    expect(asked(page)).to_contain_text("Approved. Yours by ")

    second.get_by_role("link", name="Alex Usher").click()
    second.get_by_role("button", name="It was handed over").click()
    expect(second.get_by_role("status")).to_have_text("Handed over. The points are paid.")

    page.reload()
    expect(asked(page)).to_contain_text("Yours since ")
    has(page, "Held", "0")
    has(page, "Available", "80")
    [wish] = wishes_of(world, world.evening.alex)
    assert (wish.status, len(wish.approved_by)) == (RedemptionStatus.FULFILLED, 2)


def test_what_is_missing_is_said_in_words(page: Page, live: Live, world: World) -> None:
    put_up(world, name="Nine needed", points=10, least_resolved=9)
    put_up(world, name="Dear", points=420)
    put_up(world, name="Good ones only", points=10, least_good_percent=99)
    put_up(world, name="For temps", points=10, employment_kinds=["temp"])
    put_up(world, name="Gone", points=10, stock=0)
    # What was done tonight counts when tonight is over.
    with world.app.app_context(), transaction() as session:
        make_evening_before(session, world.evening.arena, world.evening.alex, now=clock.now())
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    expect(page.get_by_text("Nothing yet. Every resolved request counts.")).to_be_visible()
    for name, words in (
        ("Nine needed", "3 resolved requests to go"),
        ("Dear", "120 points to go"),
        ("Good ones only", "99 % good ratings this season to reach"),
        ("For temps", "not for how you are employed"),
        ("Gone", "none left"),
    ):
        line = (
            page.get_by_role("list", name="Not yet").get_by_role("listitem").filter(has_text=name)
        )
        expect(line).to_contain_text(words)
        expect(line.get_by_role("link")).to_have_count(0)
    expect(page.get_by_text("tonight is not in it yet")).to_be_visible()


def test_the_second_tap_shows_the_price_and_what_is_left_and_no_is_no(
    page: Page, live: Live, world: World
) -> None:
    put_up(world)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    judge(page, 360)
    page.get_by_role("link", name="Two seats at the glass").tap()
    expect(page.get_by_text("220 of your 300 points. You keep 80.")).to_be_visible()
    judge(page, 360)
    assert small_targets(page) == []
    page.get_by_role("link", name="Not now").tap()
    expect(page.get_by_role("list", name="In reach")).to_be_visible()
    assert wishes_of(world, world.evening.alex) == []


def test_every_target_of_the_rewards_is_large(page: Page, live: Live, world: World) -> None:
    put_up(world, points=20)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    ask(page, "Two seats at the glass")
    expect(page.get_by_role("link", name="Take back")).to_be_visible()
    judge(page, 360)
    assert small_targets(page) == []


@pytest.mark.holds_up_requests
def test_asking_whose_answer_was_lost_happens_once(page: Page, live: Live, world: World) -> None:
    put_up(world)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.header_value("Idempotency-Key"))
            if len(keys) == 1:
                route.fetch()
                route.abort()
                return
        route.continue_()

    page.route("**/v1/redemptions", lose_the_first)
    ask(page, "Two seats at the glass")
    expect(page.get_by_role("alert")).to_contain_text("No network.")
    page.get_by_role("button", name="Ask for it").tap()
    expect(said(page)).to_contain_text("Asked. Decided by ")
    assert len(keys) == 2
    assert len(set(keys)) == 1
    assert len(wishes_of(world, world.evening.alex)) == 1


@pytest.mark.holds_up_requests
def test_without_a_connection_the_question_stays_and_yes_can_be_tapped_again(
    page: Page, live: Live, world: World
) -> None:
    put_up(world)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    page.route("**/v1/redemptions", lambda route: route.abort())
    ask(page, "Two seats at the glass")
    expect(page.get_by_role("alert")).to_contain_text("No network. Nothing was lost")
    page.unroute("**/v1/redemptions")
    page.get_by_role("button", name="Ask for it").tap()
    expect(asked(page)).to_contain_text("Asked for. Decided by ")
    assert len(wishes_of(world, world.evening.alex)) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stock": 0}, "Nothing of this is left. Your points are untouched."),
        ({"points": 230}, "This reward has changed. Here it is as it is now."),
        ({"withdrawn": True}, "This reward is not offered any more."),
    ],
)
def test_what_changed_since_it_was_shown_is_said_in_plain_words(
    page: Page, live: Live, world: World, change: dict[str, Any], words: str
) -> None:
    reward = put_up(world, stock=1)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    choose(page, "Two seats at the glass")
    with world.app.app_context(), transaction() as session:
        if "stock" in change:
            give_available(session, world.evening.blair, points=300, now=clock.now())
            redemptions.ask(
                session,
                actor=world.evening.blair,
                reward_id=reward.id,
                reward_version=reward.version,
                merit=Merit(),
                now=clock.now(),
            )
        else:
            to = {"version": reward.version, **change}
            catalogue.change(session, actor=world.hr, reward_id=reward.id, to=to, now=clock.now())
    page.get_by_role("button", name="Ask for it").tap()
    expect(said(page)).to_have_text(words)
    assert wishes_of(world, world.evening.alex) == []
    has(page, "Available", "300")


def test_a_reason_is_read_by_who_asked_and_what_was_asked_for_is_taken_back(
    page: Page, desks: Callable[[], Page], live: Live, world: World
) -> None:
    put_up(world, points=20, value_cents=1_000)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    for _ in range(2):
        ask(page, "Two seats at the glass")
        expect(said(page)).to_contain_text("Asked.")
        expect(page.get_by_role("list", name="In reach")).to_be_visible()
    desk = desks()
    sign_in_to_console(desk, live, world.email, world.totp)
    desk.goto(f"{live.url}/hr/redemptions")
    desk.get_by_role("link", name="Alex Usher").first.click()
    desk.get_by_label("Why not?").fill("Only <b>one</b> a month.")
    desk.get_by_role("button", name="Decline").click()
    expect(desk.get_by_role("status")).to_have_text("Declined. The points are free again.")
    page.get_by_role("link", name="Take back").last.tap()
    page.get_by_role("button", name="Take it back").tap()
    expect(said(page)).to_contain_text("Somebody was quicker")
    expect(asked(page)).to_contain_text(": Only <b>one</b> a month.")
    page.get_by_role("link", name="Take back").tap()
    page.get_by_role("button", name="Take it back").tap()
    expect(said(page)).to_have_text("Taken back.")
    has(page, "Available", "300")
    judge(page, 360)
    statuses = {one.status for one in wishes_of(world, world.evening.alex)}
    assert statuses == {RedemptionStatus.DECLINED, RedemptionStatus.CANCELLED}


def test_hr_keeps_the_catalogue_and_every_page_is_accessible(
    page: Page, desks: Callable[[], Page], live: Live, world: World
) -> None:
    put_up(world)
    enrol(page, live, world, world.evening.alex)
    open_rewards(page, live)
    ask(page, "Two seats at the glass")
    expect(said(page)).to_contain_text("Asked.")
    desk = desks()
    sign_in_to_console(desk, live, world.email, world.totp)
    desk.get_by_role("navigation", name="Console").get_by_role("link", name="Redemptions").click()
    judge(desk, 768, 1280)
    desk.get_by_role("link", name="Alex Usher").click()
    judge(desk, 768, 1280)
    desk.get_by_role("link", name="Rewards").click()
    desk.get_by_role("link", name="New reward").click()
    desk.get_by_label("Name").fill("A scarf")
    desk.get_by_label("Price in points").fill("80")
    desk.get_by_label("Value").fill("25.00")
    desk.get_by_label("Days off").fill("1")
    desk.get_by_role("button", name="Put it into the catalogue").click()
    expect(desk.get_by_text("Only a vacation has days off.")).to_be_visible()
    judge(desk, 768, 1280)
    desk.get_by_label("Days off").fill("")
    desk.get_by_role("button", name="Put it into the catalogue").click()
    expect(desk.get_by_role("status")).to_have_text("The reward is in the catalogue.")
    desk.get_by_role("link", name="A scarf").click()
    desk.get_by_label("How many are left").fill("3")
    judge(desk, 768, 1280)
    desk.get_by_role("button", name="Change it").click()
    expect(desk.get_by_role("row", name=re.compile("A scarf"))).to_contain_text("3")
    desk.get_by_role("button", name="Withdraw: A scarf").click()
    expect(desk.get_by_role("status")).to_have_text("The reward was withdrawn.")
    judge(desk, 768, 1280)
    desk.get_by_role("button", name="Put back: A scarf").click()
    expect(desk.get_by_role("status")).to_have_text("The reward is back in the catalogue.")
