"""HR's pages of redemptions: what waits, the evidence, and what a decision leaves in the books."""

import re
from datetime import timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.rewards.rules import RedemptionStatus, RewardKind
from backend.rewards.services import adjustments, ledger, payroll_exports
from backend.web.console import redemptions as pages
from tests.browser.world import World, make_world
from tests.factories import make_employee
from tests.identity.people import console_user
from tests.insight.rows import make_evening_before
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.wishes import (
    acts_on,
    another_of_hr,
    approve,
    ask,
    decide,
    now_is,
    points_of,
)

COUNT = re.compile(r'<span class="count">(\d+)<')


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def words(page: str) -> str:
    """Return what a reader of the page reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def rename(world: World, name: str) -> None:
    with world.app.app_context(), transaction() as session:
        alex = world.evening.alex
        row = session.get_one(Employee, (alex.organisation_id, alex.employee_id))
        row.name = name


def change_number(world: World, who: Actor, *, of: Actor) -> None:
    """Let an account be found to be another one's person."""
    with world.app.app_context(), transaction() as session:
        one, other = (
            session.get_one(Employee, (each.organisation_id, each.employee_id))
            for each in (who, of)
        )
        one.payroll_number = other.payroll_number


def test_the_queue_tells_what_waits_the_first_deadline_first(
    client: FlaskClient, world: World
) -> None:
    ask(world, name="Dinner")
    ask(world, world.evening.blair, name="Scarf", value_cents=26_000)
    page = client.get("/hr/redemptions")
    assert page.status_code == 200
    assert page.text.index("Alex Usher") < page.text.index("Blair Gates")
    assert COUNT.findall(page.text) == ["2"]
    text = words(page.text)
    assert re.search(
        r"Alex Usher B\d{5}, Guest services Dinner Perk, to be approved"
        r" 100 points 40.00.USD 40.00.USD 0 of 1",
        text,
    )
    assert re.search(r"100 points 260.00.USD 260.00.USD 0 of 2", text)


def test_what_was_asked_for_in_thirty_days_is_added_up(client: FlaskClient, world: World) -> None:
    ask(world)
    again = ask(world, value_cents=21_500)
    assert "255.00" in client.get("/hr/redemptions").text
    assert "two people approve" in client.get(f"/hr/redemptions/{again.id}").text


def test_one_click_approves_what_was_seen_and_puts_it_on_record(
    client: FlaskClient, world: World
) -> None:
    asked = ask(world)
    shown = client.get(f"/hr/redemptions/{asked.id}").text
    assert f'<input type="hidden" name="seen_version" value="{asked.version}">' in shown
    assert '<button accesskey="a">Approve</button>' in shown
    answer = decide(client, asked, "approve")
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/hr/redemptions?done=approved",
    )
    approved = now_is(world, asked)
    assert approved.status is RedemptionStatus.APPROVED
    assert approved.approved_by == [world.hr.employee_id]
    assert acts_on(world, asked.id) == [("redemption.approved", world.hr.employee_id)]
    page = client.get(answer.headers["Location"]).text
    assert '<p class="notice" role="status">Approved.</p>' in page
    assert "to be handed over" in page


@pytest.mark.parametrize("code", ["<script>", "unknown", ""])
def test_a_link_puts_no_words_on_the_page(client: FlaskClient, code: str) -> None:
    page = client.get("/hr/redemptions", query_string={"done": code})
    assert 'class="notice"' not in page.text
    assert "<script>" not in page.text


def test_from_two_hundred_and_fifty_on_two_people_approve_and_the_second_sees_the_first(
    client: FlaskClient, world: World
) -> None:
    asked = ask(world, value_cents=25_000)
    assert decide(client, asked, "approve").headers["Location"].endswith("done=approved_once")
    once = now_is(world, asked)
    assert once.status is RedemptionStatus.ASKED
    own = client.get(f"/hr/redemptions/{asked.id}").text
    assert "You have approved this; another person must approve it, too." in own
    assert ">Approve<" not in own
    assert ">Decline<" in own
    assert COUNT.findall(own) == []
    again = decide(client, once, "approve")
    assert again.status_code == 409
    assert "You have approved this already; another person must." in again.text
    _, second = another_of_hr(world)
    assert "1 of 2 approvals: Harper Hr." in words(second.get(f"/hr/redemptions/{asked.id}").text)
    assert decide(second, once, "approve").headers["Location"].endswith("done=approved")
    both = now_is(world, asked)
    assert (both.status, len(both.approved_by)) == (RedemptionStatus.APPROVED, 2)


def test_two_accounts_of_one_person_are_offered_one_approval(
    client: FlaskClient, world: World
) -> None:
    twin, second = another_of_hr(world, payroll_number="TWIN")
    with world.app.app_context(), transaction() as session:
        hr = session.get_one(Employee, (world.hr.organisation_id, world.hr.employee_id))
        hr.payroll_number = "TWIN"
    asked = ask(world, value_cents=25_000)
    decide(client, asked, "approve")
    page = second.get(f"/hr/redemptions/{asked.id}").text
    assert "You have approved this" in page
    assert ">Approve<" not in page
    assert COUNT.findall(page) == []
    theirs = ask(world, twin)
    assert "You asked for this yourself" in client.get(f"/hr/redemptions/{theirs.id}").text
    assert decide(client, theirs, "approve").status_code == 409


def test_who_has_no_payroll_number_is_offered_nothing_that_would_be_refused(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), transaction() as session:
        nobody = make_employee(session, world.evening.arena, name="No Number", payroll_number=None)
    asked = ask(world, nobody)
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "It cannot be approved while No Number has no payroll number." in page
    assert ">Approve<" not in page
    assert decide(client, asked, "approve").status_code == 409


def test_approvals_that_are_worth_no_more_are_told_and_only_a_refusal_is_offered(
    client: FlaskClient, world: World
) -> None:
    first, _ = another_of_hr(world)
    asked = approve(world, ask(world, value_cents=25_000), by=first)
    change_number(world, first, of=world.evening.alex)
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "one person approved it twice, or approved their own. Decline it;" in words(page)
    assert ">Approve<" not in page
    assert decide(client, asked, "approve").status_code == 409
    said = decide(client, asked, "decline", reason="Ask anew.")
    assert said.headers["Location"].endswith("done=declined")


def test_a_bonus_approved_for_another_payroll_number_is_told_and_not_approved_further(
    client: FlaskClient, world: World
) -> None:
    first, _ = another_of_hr(world)
    wish = ask(world, kind=RewardKind.CASH, value_cents=25_000)
    asked = approve(world, wish, by=first)
    change_number(world, world.evening.alex, of=world.evening.blair)
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "It was approved for another payroll number than the account has now" in words(page)
    assert ">Approve<" not in page
    assert ">Decline<" in page
    refused = decide(client, asked, "approve")
    assert refused.status_code == 409
    assert "another payroll number than the account has now; decline them." in words(refused.text)


def test_what_is_handed_over_is_paid(client: FlaskClient, world: World) -> None:
    asked = approve(world, ask(world), by=another_of_hr(world)[0])
    shown = client.get(f"/hr/redemptions/{asked.id}").text
    assert '<button accesskey="h">It was handed over</button>' in shown
    answer = decide(client, asked, "fulfil")
    assert answer.headers["Location"] == "/hr/redemptions?done=fulfilled"
    assert now_is(world, asked).status is RedemptionStatus.FULFILLED
    assert (points_of(world, world.evening.alex).paid) == 100
    over = client.get(f"/hr/redemptions/{asked.id}").text
    assert "<button>" not in over.replace('<button class="plain">', "")
    assert "Handed over by Harper Hr" in words(over)


def test_money_is_not_handed_over_and_waits_for_nobody(client: FlaskClient, world: World) -> None:
    asked = ask(world, kind=RewardKind.CASH)
    assert COUNT.findall(client.get("/hr/redemptions").text) == ["1"]
    approve(world, asked, by=another_of_hr(world)[0])
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "Money is paid by payroll, not by hand." in page
    assert "handed over" not in page
    assert COUNT.findall(page) == []
    assert "to be paid" in client.get("/hr/redemptions?show=open").text


def test_a_reason_is_kept_and_shown_as_text(client: FlaskClient, world: World) -> None:
    asked = ask(world)
    reason = "=cmd()|<script>alert(1)</script>\r\nAsk in May."
    answer = decide(client, asked, "decline", reason=reason)
    assert answer.headers["Location"] == "/hr/redemptions?done=declined"
    declined = now_is(world, asked)
    assert declined.status is RedemptionStatus.DECLINED
    assert declined.steps[-1].reason == "=cmd()|<script>alert(1)</script>\nAsk in May."
    alex = points_of(world, world.evening.alex)
    assert (alex.available, alex.held) == (1_000, 0)
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "<script>" not in page
    assert "=cmd()|<script>alert(1)</script> Ask in May." in words(page)


@pytest.mark.parametrize("reason", ["", "  \r\n ", "x" * 501, "nul\x00"])
def test_without_a_reason_nothing_is_declined(
    client: FlaskClient, world: World, reason: str
) -> None:
    asked = ask(world)
    page = decide(client, asked, "decline", reason=reason)
    assert page.status_code == 422
    assert 'id="reason-wrong"' in page.text
    assert now_is(world, asked) == asked


def test_what_changed_meanwhile_is_told_beside_what_waits_and_changes_nothing(
    client: FlaskClient, world: World
) -> None:
    asked, other = ask(world, value_cents=25_000), ask(world, world.evening.blair, name="Scarf")
    approve(world, asked, by=another_of_hr(world)[0])
    for act in ("approve", "decline"):
        page = decide(client, asked, act, reason="Because <b>.")
        assert page.status_code == 409
        assert "The redemption has changed since you read it; read it again." in page.text
        assert f"/hr/redemptions/{other.id}" in page.text
        assert now_is(world, asked).version == asked.version + 1
    assert "Because &lt;b&gt;." in page.text
    closed = decide(client, asked, "fulfil", seen_version=asked.version + 1)
    assert closed.status_code == 409
    assert "in a state in which that cannot be done" in closed.text


@pytest.mark.parametrize("act", ["approve", "decline", "fulfil"])
def test_nobody_is_offered_or_allowed_their_own(world: World, act: str) -> None:
    robin, own = another_of_hr(world)
    asked = ask(world, robin)
    page = own.get(f"/hr/redemptions/{asked.id}").text
    assert "You asked for this yourself; others decide on it." in page
    assert 'name="seen_version"' not in page
    assert COUNT.findall(page) == []
    answer = decide(own, asked, act, reason="x")
    assert answer.status_code == 409
    assert "Nobody decides on what they asked for themselves." in answer.text
    assert now_is(world, asked) == asked


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", None])
@pytest.mark.parametrize("act", ["approve", "decline", "fulfil"])
def test_a_form_of_another_site_decides_nothing(
    client: FlaskClient, world: World, origin: str | None, act: str
) -> None:
    asked = ask(world)
    answer = client.post(
        f"/hr/redemptions/{asked.id}/{act}",
        data={"seen_version": asked.version, "reason": "x"},
        headers={"Origin": origin} if origin else {},
    )
    assert answer.status_code == 403
    assert now_is(world, asked) == asked


@pytest.mark.parametrize("version", ["", "x", "-1", "1.0", "99999999999", "\u0661"])
def test_a_version_that_is_none_is_refused(client: FlaskClient, world: World, version: str) -> None:
    asked = ask(world)
    assert decide(client, asked, "approve", seen_version=version).status_code == 422
    assert now_is(world, asked) == asked


def test_the_evidence_stands_beside_the_decision(client: FlaskClient, world: World) -> None:
    with world.app.app_context():
        ledger.confirm_all_due(now=clock.now() + timedelta(days=4))
        with transaction() as session:
            make_evening_before(session, world.evening.arena, world.evening.alex, now=clock.now())
    asked = ask(world, gift=0, points=33)
    text = words(client.get(f"/hr/redemptions/{asked.id}").text)
    assert "6 requests resolved, 6 ratings, 83.3 % of them good" in text
    assert "102 available, 0 pending, 33 held, 0 paid" in text
    # The oldest points go first: a request, its rating, and what is missing of the next request.
    evidence = text.split("What earned these points")[1].split("Steps")[0]
    assert re.findall(r"Resolved: Seats, Gate 1, seat 12 (\d+(?: of \d+)?)", evidence) == [
        "8 of 10",
        "10",
    ]
    assert "Rated 5 of 5: Seats, Gate 1, seat 12 15" in evidence
    assert "Home against Away" in evidence
    assert "Asked for by Alex Usher" in text
    again = ask(world, name="Scarf")
    assert "Dinner Asked for 33 points" in words(
        client.get(f"/hr/redemptions/{again.id}").text.split('id="others"')[1]
    )
    decide(client, asked, "decline", reason="No.")
    assert "Its points went back" in client.get(f"/hr/redemptions/{asked.id}").text


def test_each_line_of_the_evidence_bears_its_own_day(client: FlaskClient, world: World) -> None:
    now, casey = clock.now(), world.evening.casey
    days = [now - timedelta(days=days) for days in (2, 5, 9)]
    with world.app.app_context(), transaction() as session:
        for at in reversed(days):
            adjustments.adjust(
                session,
                actor=world.hr,
                now=at,
                employee_id=casey.employee_id,
                points=30,
                reason="A good deed.",
            )
    asked = ask(world, casey, gift=0, points=90)
    text = words(client.get(f"/hr/redemptions/{asked.id}").text)
    evidence = text.split("What earned these points")[1].split("Steps")[0]
    zone = ZoneInfo("America/New_York")
    told = [f"{at.astimezone(zone):%-d %b %Y, %H:%M} Corrected" for at in days]
    assert re.findall(r"\d+ \w+ \d{4}, \d\d:\d\d Corrected", evidence) == told


def test_a_budget_that_does_not_hold_it_is_told_before_and_offers_no_approval(
    client: FlaskClient, world: World
) -> None:
    asked = ask(world)
    form = {"season": world.season_id, "points": "1", "currency": "USD", "seen_version": "0"}
    assert (
        client.post("/hr/budget", data=form | {"money": "39.99"}, headers=OURS).status_code == 303
    )
    page = client.get(f"/hr/redemptions/{asked.id}")
    assert "39.99 USD left, \u22120.01 USD after this" in words(page.text)
    assert "The season's budget has not that much left." in words(page.text)
    assert ">Approve<" not in page.text
    refused = decide(client, asked, "approve")
    assert refused.status_code == 409
    assert now_is(world, asked) == asked
    more = form | {"money": "40", "seen_version": "1"}
    assert client.post("/hr/budget", data=more, headers=OURS).status_code == 303
    assert ">Approve<" in client.get(f"/hr/redemptions/{asked.id}").text


def test_what_payroll_has_is_nobodys_to_decline(client: FlaskClient, world: World) -> None:
    asked = approve(world, ask(world, kind=RewardKind.CASH), by=another_of_hr(world)[0])
    refused = decide(client, asked, "fulfil")
    assert refused.status_code == 409
    assert "payroll pays it" in refused.text
    with world.app.app_context(), transaction() as session:
        payroll_exports.export(
            session,
            actor=world.hr,
            currency="USD",
            workweek_starts_on=0,
            foreseen={},
            now=clock.now(),
        )
    exported = now_is(world, asked)
    page = client.get(f"/hr/redemptions/{asked.id}").text
    assert "Payroll has it in a batch; what is wrong is corrected there." in page
    assert 'name="seen_version"' not in page
    assert decide(client, exported, "decline", reason="No.").status_code == 409
    listed = client.get("/hr/redemptions?show=approved").text
    assert str(asked.id) in listed
    assert "with payroll" in listed


def test_names_are_shown_as_text(client: FlaskClient, world: World) -> None:
    asked = ask(world, name='<script>alert("r")</script>')
    rename(world, '<img src=x onerror="alert(1)">')
    for path in ("/hr/redemptions", f"/hr/redemptions/{asked.id}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


@pytest.mark.parametrize("shown", pages.SHOWN)
def test_each_list_holds_what_it_says(client: FlaskClient, world: World, shown: str) -> None:
    asked = ask(world)
    page = client.get(f"/hr/redemptions?show={shown}")
    assert page.status_code == 200
    assert (str(asked.id) in page.text) == (shown in {"mine", "open", "asked"})
    decide(client, asked, "decline", reason="No.")
    after = client.get(f"/hr/redemptions?show={shown}").text
    assert (str(asked.id) in after) == (shown == "declined")


@pytest.mark.parametrize("shown", ["open", "declined"])
def test_a_long_list_goes_on(
    client: FlaskClient, world: World, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LINES", 1)
    wishes = [ask(world), ask(world), ask(world)]
    if shown == "declined":
        for asked in wishes:
            decide(client, asked, "decline", reason="No.")
        wishes.reverse()
    found, address = [], f"/hr/redemptions?show={shown}"
    for _ in wishes:
        page = client.get(unescape(address)).text
        found += re.findall(r'<th scope="row" class="text"><a href="/hr/redemptions/([^"]+)"', page)
        following = re.findall(r'href="([^"]+)">Next<', page)
        address = following[0] if following else ""
    assert found == [str(asked.id) for asked in wishes]
    assert address == ""


@pytest.mark.parametrize(
    "query", ["show=all", "after=x", "after=%00", "show=declined&after=WyJ4IiwgInkiXQ"]
)
def test_a_list_that_makes_no_sense_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/hr/redemptions?{query}").status_code == 422


def test_a_deadline_that_is_near_or_over_is_marked(client: FlaskClient, world: World) -> None:
    ask(world)
    assert 'class="soon"' not in client.get("/hr/redemptions").text
    ask(world, days_ago=12)
    assert "soon</span>" in client.get("/hr/redemptions").text
    over = ask(world, days_ago=15)
    assert "over</span>" in client.get("/hr/redemptions").text
    page = client.get(f"/hr/redemptions/{over.id}").text
    assert "Its deadline is over: it expires" in words(page)
    assert ">Approve<" not in page
    assert ">Decline<" not in page
    assert decide(client, over, "decline", reason="No.").status_code == 409


def test_another_house_is_not_seen(app: Flask, client: FlaskClient) -> None:
    elsewhere = make_world(app)
    asked = ask(elsewhere)
    for redemption_id in (asked.id, new_id()):
        assert client.get(f"/hr/redemptions/{redemption_id}").status_code == 404
        answer = client.post(
            f"/hr/redemptions/{redemption_id}/approve", data={"seen_version": 1}, headers=OURS
        )
        assert answer.status_code == 404
    assert now_is(elsewhere, asked) == asked


def test_a_stranger_is_led_to_the_sign_in(app: Flask, world: World) -> None:
    asked, stranger = ask(world), app.test_client()
    assert stranger.get("/hr/redemptions").headers["Location"] == "/hr/sign-in"
    assert decide(stranger, asked, "approve").headers["Location"] == "/hr/sign-in"
    assert now_is(world, asked) == asked


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR])
def test_redemptions_and_rewards_are_for_hr(app: Flask, role: Role) -> None:
    _, email, totp = console_user(app, role)
    reader = app.test_client()
    assert sign_in(reader, email, totp).status_code == 303
    for path in ("/hr/redemptions", "/hr/rewards", "/hr/rewards/new"):
        assert reader.get(path).status_code == 403
    assert reader.post("/hr/rewards/new", data={}, headers=OURS).status_code == 403
    if role is Role.SUPERVISOR:
        assert "/hr/redemptions" not in reader.get("/hr").text
