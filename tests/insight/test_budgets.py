"""A season's budget beside what it has given and committed, and its forecast."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.insight.rules.forecasts import Level, NoForecast
from backend.insight.services import budgets as reports
from backend.insight.services.budgets import Elsewhere, Report
from backend.insight.services.forecasts import Liability
from backend.rewards.rules import Merit
from backend.rewards.services import budgets, ledger, redemptions
from backend.rewards.services.budgets import Wanted
from backend.venues.models import Event, Season
from backend.venues.problems import SeasonNotFound
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.http import headers_for
from tests.rewards.books import catch_up
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.wallets import make_reward

HR = (Role.EMPLOYEE, Role.HR)
LATER = NOW + HOLD


def make_event(session: Session, arena: Arena, *, days: int) -> Event:
    """Make an event that ended, or will begin, so many days from now."""
    start = NOW + timedelta(days=days)
    event = Event(
        organisation_id=arena.organisation_id,
        id=new_id(),
        code=f"E{days}",
        venue_id=arena.venue_id,
        season_id=arena.season_id,
        name="Another night",
        held_on=start.date(),
        doors_at=start,
        starts_at=start + timedelta(hours=1),
        ends_at=start + timedelta(hours=3),
    )
    session.add(event)
    session.flush()
    return event


def earn(session: Session, arena: Arena, who: Actor, **by_event: int) -> None:
    """Let ``who`` earn so many points at the event with each code."""
    codes = {one.code: one for one in session.query(Event).filter_by(venue_id=arena.venue_id)}
    for code, points in by_event.items():
        occasion = an_occasion(session, arena)
        at = ledger.Occasion(
            organisation_id=arena.organisation_id,
            event_id=codes[code.replace("_", "-")].id,
            rule_version_id=occasion.rule_version_id,
            hold=HOLD,
        )
        ledger.accrue(session, occasion=at, earnings=[an_earning(who, points)], now=NOW)


def read(session: Session, arena: Arena, *, now: Any = NOW) -> Report:
    """Read as a report does, which begins a transaction of its own."""
    return reports.read(
        session, organisation_id=arena.organisation_id, season_id=arena.season_id, now=now
    )


@pytest.fixture
def season(app: Flask) -> tuple[Arena, Actor, Actor]:
    """Commit three events that earned 100, 110 and 120, one that is on with 30, and two to come."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        usher, hr = make_employee(session, arena), make_employee(session, arena, roles=HR)
        for days in (-30, -20, -10, 10, 20):
            make_event(session, arena, days=days)
        earn(session, arena, usher, E_30=100, E_20=110)
        catch_up(session)
        earn(session, arena, usher, **{"E_10": 120, "2026_11_21": 30})
        return arena, usher, hr


def test_points_are_counted_by_event_and_what_is_on_is_not_counted_twice(
    app: Flask, season: tuple[Arena, Actor, Actor]
) -> None:
    arena, _, _ = season
    with app.app_context(), reading() as session:
        found = read(session, arena)
    assert (found.points.issued, found.points.outstanding.pending) == (360, 360)
    assert found.budget is None
    assert (found.currency, found.cents) == (None, None)
    assert (found.points.used.share, found.points.used.level) == (None, None)
    assert found.forecast is not None
    assert (found.forecast.events_ended, found.forecast.events_left) == (3, 3)
    assert found.forecast.points_per_event.expected == 110
    # 3 x 110, less the 30 of tonight; 4.303 x 10 x sqrt(3 + 9/3) either way.
    assert found.forecast.points_to_come.expected == 300
    assert (found.forecast.points_to_come.low, found.forecast.points_to_come.high) == (194, 406)
    assert found.forecast.points_at_end.expected == 660
    assert found.forecast.liability == Liability(expected=None, highest=None)
    assert "no price" in found.forecast.assumptions[-1]


def test_cents_are_committed_left_and_foreseen(
    app: Flask, season: tuple[Arena, Actor, Actor]
) -> None:
    arena, usher, hr = season
    with app.app_context(), transaction() as session:
        while ledger.confirm_due(session, now=LATER):
            pass
        budgets.set_budget(
            session,
            actor=hr,
            season_id=arena.season_id,
            wanted=Wanted(points=400, cents=50_000, currency="USD"),
            seen_version=0,
            now=LATER,
        )
        rewards = [
            make_reward(
                session,
                hr,
                now=LATER,
                kind="perk",
                points=points,
                value_cents=cents,
                currency=money,
            )
            for points, cents, money in ((50, 1_000, "USD"), (10, 500, "USD"), (10, 9_000, "EUR"))
        ]
        asked = [
            redemptions.ask(
                session,
                actor=usher,
                reward_id=one.id,
                reward_version=1,
                merit=Merit(),
                now=LATER,
            )
            for one in (rewards[0], rewards[0], rewards[0], rewards[1], rewards[2])
        ]
        for one in asked[:2]:
            redemptions.approve(session, actor=hr, redemption_id=one.id, seen_version=1, now=LATER)
        redemptions.fulfil(session, actor=hr, redemption_id=asked[0].id, seen_version=2, now=LATER)
    with app.app_context(), reading() as session:
        found = read(session, arena, now=LATER)
    assert found.cents is not None
    assert (found.cents.asked, found.cents.approved, found.cents.fulfilled) == (1_500, 1_000, 1_000)
    assert (found.cents.committed, found.cents.left) == (2_000, 48_000)
    assert (found.cents.used.share, found.cents.used.level) == (0.04, Level.WITHIN)
    assert (found.points.used.share, found.points.used.level) == (0.9, Level.NEAR)
    assert found.points.redeemed == 50
    assert found.elsewhere == []
    ahead = found.forecast
    assert ahead is not None
    # Tonight is over by now: four events earned 90 on average, and two are left.
    assert (ahead.events_ended, ahead.events_left) == (4, 2)
    assert ahead.points_to_come.expected == 180
    # 3,500 cents for 160 points in dollars; euros and what is declined say nothing.
    assert (ahead.mean_cents_per_point, ahead.highest_cents_per_point) == (21.875, 50)
    # 190 are open (360 less 50 paid and 120 held), 180 to come; what is asked for stands.
    assert ahead.liability.expected == -(-370 * 21_875 // 1_000) + 1_500
    assert ahead.points_to_come.high is not None
    assert ahead.liability.highest == (190 + ahead.points_to_come.high) * 50 + 1_500
    assert ahead.left_at_end.expected == 48_000 - ahead.liability.expected
    assert ahead.left_at_end.highest == 48_000 - ahead.liability.highest


def test_what_is_committed_in_another_currency_is_shown_beside_it(
    app: Flask, season: tuple[Arena, Actor, Actor]
) -> None:
    arena, usher, hr = season
    with app.app_context(), transaction() as session:
        while ledger.confirm_due(session, now=LATER):
            pass
        reward = make_reward(session, hr, now=LATER, points=50, currency="EUR")
        asked = redemptions.ask(
            session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=LATER
        )
        redemptions.approve(session, actor=hr, redemption_id=asked.id, seen_version=1, now=LATER)
    with app.app_context(), reading() as session:
        assert read(session, arena, now=LATER).currency == "EUR"
    with app.app_context(), transaction() as session:
        wanted = Wanted(points=1, cents=1, currency="USD")
        budgets.set_budget(
            session,
            actor=hr,
            season_id=arena.season_id,
            wanted=wanted,
            seen_version=0,
            now=LATER,
        )
    with app.app_context(), reading() as session:
        found = read(session, arena, now=LATER)
    assert found.elsewhere == [Elsewhere(currency="EUR", committed_cents=10_000)]
    assert found.cents is not None
    assert found.cents.committed == 0
    assert found.points.used.level is Level.REACHED


def test_where_no_event_has_ended_there_is_no_forecast(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
    with app.app_context(), reading() as session:
        found = read(session, arena)
    assert (found.forecast, found.no_forecast) == (None, NoForecast.NO_EVENT_ENDED)


def test_a_season_before_the_last_has_no_forecast(
    app: Flask, season: tuple[Arena, Actor, Actor]
) -> None:
    arena, _, _ = season
    with app.app_context(), transaction() as session:
        row = session.get_one(Season, (arena.organisation_id, arena.season_id))
        row.ends_on = NOW.date()
        session.add(
            Season(
                organisation_id=arena.organisation_id,
                id=new_id(),
                name="The next",
                starts_on=NOW.date() + timedelta(days=1),
                ends_on=NOW.date() + timedelta(days=99),
            )
        )
    with app.app_context(), reading() as session:
        assert read(session, arena).no_forecast is None
    with app.app_context(), reading() as session:
        found = read(session, arena, now=NOW + timedelta(days=2))
    assert (found.forecast, found.no_forecast) == (None, NoForecast.ANOTHER_SEASON)
    with app.app_context(), transaction() as session:
        elsewhere = make_arena(session)
    with app.app_context(), reading() as session, pytest.raises(SeasonNotFound):
        reports.read(
            session,
            organisation_id=elsewhere.organisation_id,
            season_id=arena.season_id,
            now=NOW,
        )


def test_hr_sets_and_reads_a_budget_over_http_and_nobody_else_does(
    app: Flask, season: tuple[Arena, Actor, Actor]
) -> None:
    arena, usher, hr = season
    path, client = f"/v1/seasons/{arena.season_id}/budget", app.test_client()
    body = {"points": 1_000, "cents": 50_000, "currency": "USD", "seen_version": 0}
    headers = headers_for(app, hr)
    assert client.put(path, json=body, headers=headers).get_json()["version"] == 1
    answer = client.put(path, json=body, headers=headers)
    assert (answer.status_code, answer.get_json()["version"]) == (409, 1)
    assert answer.get_json()["type"] == "/problems/budget-changed"
    report = client.get(path, headers=headers).get_json()
    assert report["budget"] == {
        "version": 1,
        "points": 1_000,
        "cents": 50_000,
        "currency": "USD",
    }
    assert report["points"]["issued"] == 360
    assert report["forecast"]["events_ended"] + report["forecast"]["events_left"] == 6
    assert report["expiry"] is None
    day, where = {"expires_on": "2031-01-31", "seen_version": 0}, f"/v1/seasons/{arena.season_id}"
    assert client.put(f"{where}/points-expiry", json=day, headers=headers).status_code == 200
    assert client.get(path, headers=headers).get_json()["expiry"] == {
        "version": 1,
        "expires_on": "2031-01-31",
        "begun_at": None,
        "expired": 0,
        "at_most": 0,
    }
    assert (
        client.put(f"{where}/points-expiry", json=day, headers=headers_for(app, usher)).status_code
        == 403
    )
    for wrong in ({"cents": 1.5}, {"cents": "5"}, {"currency": "usd"}, {"points": -1}, {"a": 1}):
        answer = client.put(path, json=body | {"seen_version": 1} | wrong, headers=headers)
        assert answer.status_code == 422
    for verb, given in ((client.get, {}), (client.put, {"json": body})):
        assert verb(path, headers=headers_for(app, usher), **given).status_code == 403
