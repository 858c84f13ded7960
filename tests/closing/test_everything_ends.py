"""Whatever an evening can leave behind ends with its season, and nothing of it keeps it open."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.engagement.models import PostCover
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import follow_ups, gesture_kinds, packs
from backend.engagement.services.packs import NewPack
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.insight.services import snapshots
from backend.settings import Settings
from backend.venues.models import Season
from tests.closing.stories import MORNING, NOTICE, SETTLING, Story, a_season
from tests.factories import NOW


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with a_season(app) as told:
        yield told


def cards_in_hand(story: Story) -> list[str]:
    """Let Alex hand out a pack of ten cards; return their codes."""
    settings: Settings = story.app.extensions["on_the_spot.settings"]
    key, harper = settings.secrets.code_key, story.people["harper"]
    with story.app.app_context(), transaction() as session:
        pack = packs.make(
            session, actor=harper, new=NewPack(count=10), code_key=key, now=clock.now()
        )
        printed = packs.get_printed(session, actor=harper, pack_id=pack.id, code_key=key)
    story.call("POST", "/cards/scans", {"id": str(uuid4()), "pack_id": str(pack.id)}, expect=201)
    return [card.code for card in printed.cards]


def rate(story: Story, code: str, *, stars: int = 5) -> None:
    story.call("POST", f"/ratings/{code}", {"stars": stars}, as_="", expect=201)


def test_cards_that_nobody_used_lapse_with_the_season(story: Story) -> None:
    codes = cards_in_hand(story)
    rate(story, codes[0])
    story.at(MORNING)
    assert story.standing()["waiting"]["invitations"] == 9
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    assert story.standing()["waiting"]["invitations"] == 0
    assert story.verify() == []
    # A fan who finds one in a pocket is thanked; it is kept, and named among what came late.
    rate(story, codes[1])
    story.finish()
    assert story.standing()["status"] == "closed"
    frozen = story.call("GET", f"{story.season}/snapshots/1", as_="harper")["frozen"]
    assert (frozen["events"][0]["ratings"], frozen["events"][0]["invitations"]) == (1, 10)
    assert story.call("GET", f"{story.season}/late", as_="harper")["counts"]["rating"] == 1
    assert story.verify() == []


def test_unused_cards_alone_do_not_keep_a_season_open(story: Story) -> None:
    cards_in_hand(story)
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    story.at(MORNING + NOTICE + SETTLING)
    # Long before their seventy-two hours are over.
    assert story.work() == 1
    assert story.verify() == []


def test_a_card_that_lapsed_counts_for_nothing_after_the_season_is_reopened(story: Story) -> None:
    codes = cards_in_hand(story)
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    reopen(story)
    rate(story, codes[0])
    assert story.call("GET", f"{story.season}/late", as_="harper")["counts"]["rating"] == 1
    assert story.call("GET", "/me/points")["pending"] == 0
    assert story.verify() == []


def reopen(story: Story) -> None:
    """Let two people of HR reopen the season, and a minute pass."""
    story.call("POST", f"{story.season}/reopen", {"reason": "Too soon."}, as_="harper", expect=201)
    story.call("POST", f"{story.season}/reopen/approve", as_="robin")
    story.at(clock.now() + timedelta(minutes=1))


def test_a_request_that_came_late_stays_so_after_the_season_is_reopened(story: Story) -> None:
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    request_id = str(uuid4())
    at = (NOW + timedelta(minutes=20)).isoformat()
    opened = {"id": request_id, "kind": "open", "at": at, "category": "seating"}
    queue = {"sent_at": clock.now().isoformat(), "actions": [opened]}
    assert story.call("POST", "/sync", queue)["results"][0]["result"]["status"] == "season_closed"
    reopen(story)
    for step, body in (
        ("cancel", {"reason": "The fan left."}),
        ("safety", {"concern": "medical"}),
        ("accept", None),
        ("release", None),
        ("resolve", None),
    ):
        refused = story.call("POST", f"/requests/{request_id}/{step}", body, expect=409)
        assert refused["type"] == "/problems/request-closed", step
    assert story.call("GET", f"/requests/{request_id}")["status"] == "season_closed"
    assert story.call("GET", f"{story.season}/late", as_="harper")["counts"]["request"] == 1
    assert story.verify() == []


def asks_for_too_much(story: Story, request_id: str) -> str:
    """Let Alex ask a supervisor for a drink, as nobody has a cap; return the gesture's id."""
    drink = {"category": GestureCategory.DRINK, "cents": 1_200, "currency": "USD", "name": "Beer"}
    with story.app.app_context(), transaction() as session:
        kind = gesture_kinds.create(
            session, actor=story.people["harper"], given=drink, now=clock.now()
        )
    wish = {"id": str(uuid4()), "kind_id": str(kind.id), "needs_supervisor": True}
    asked = story.call("POST", f"/requests/{request_id}/gestures", wish, expect=201)
    assert asked["state"] == "waiting"
    return str(asked["id"])


def go_away(story: Story) -> str:
    """Let Alex leave the gate for a section; return the request."""
    request_id = str(uuid4())
    section = str(story.evening.arena.section_id)
    wish = {"category": "seating", "zone_id": section}
    story.call("PUT", f"/requests/{request_id}", wish, expect=201)
    taken = story.call("POST", f"/requests/{request_id}/accept")
    assert taken["left_post_id"] is not None
    return request_id


def open_covers(story: Story) -> int:
    owner = story.evening.organisation_id
    count = select(func.count()).select_from(PostCover)
    with story.app.app_context(), reading() as session:
        return (
            session.scalar(
                count.where(PostCover.organisation_id == owner, PostCover.ended_at.is_(None))
            )
            or 0
        )


def test_a_season_with_everything_in_it_closes_and_settles_it(story: Story) -> None:
    story.greet()
    rated, unanswered = story.resolve(), story.resolve()
    rate(story, rated)
    cards = cards_in_hand(story)
    rate(story, cards[0])
    follow_up = story.take(as_="blair")
    gesture_id = asks_for_too_much(story, request_id := go_away(story))
    assert open_covers(story) == 1
    story.at(MORNING)
    with story.app.app_context():
        follow_ups.name_owners(now=clock.now())
    assert story.call("GET", f"/requests/{follow_up}")["status"] == "open"
    story.call("POST", f"/requests/{request_id}/accept")
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    for code in (unanswered, cards[1]):
        rate(story, code)
    story.finish()

    assert story.standing()["status"] == "closed"
    assert story.call("GET", f"/requests/{request_id}")["status"] == "cancelled"
    gesture = story.call("GET", f"/gestures/{gesture_id}")
    assert gesture["state"] == "withdrawn"
    refused = story.call("POST", f"/gestures/{gesture_id}/allow", as_="harper", expect=409)
    assert refused["type"] == "/problems/season-closed"
    assert open_covers(story) == 0
    left = story.call("GET", "/follow-ups?state=open", as_="harper")["items"]
    assert left == []
    counts = story.call("GET", f"{story.season}/late", as_="harper")["counts"]
    assert counts["rating"] == 2
    assert story.verify() == []


def test_the_season_withdraws_what_waits_and_brings_back_who_is_away(story: Story) -> None:
    gesture_id = asks_for_too_much(story, go_away(story))
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    # Its requests are late already, and the worker was slower.
    refused = story.call("POST", f"/gestures/{gesture_id}/allow", as_="harper", expect=409)
    assert refused["type"] == "/problems/season-closed"
    assert open_covers(story) == 1
    story.work()
    gesture = story.call("GET", f"/gestures/{gesture_id}")
    assert (gesture["state"], gesture["withdrawal"]) == ("withdrawn", "season_closed")
    assert open_covers(story) == 0
    assert story.verify() == []


@pytest.mark.parametrize("failing", ["harper", "stranger"])
def test_a_season_that_fails_is_told_and_keeps_no_other_open(
    story: Story,
    monkeypatch: pytest.MonkeyPatch,
    log_lines: Callable[[], list[dict[str, Any]]],
    failing: str,
) -> None:
    seasons = {}
    with story.app.app_context(), transaction() as session:
        for who in ("harper", "stranger"):
            owner = story.people[who].organisation_id
            season = session.scalars(select(Season).where(Season.organisation_id == owner)).one()
            season.ends_on = date(2026, 11, 21)
            seasons[who] = f"/seasons/{season.id}"
    story.at(MORNING)
    for who, season_path in seasons.items():
        story.call("POST", f"{season_path}/close", {}, as_=who)
    story.at(clock.now() + NOTICE + SETTLING + NOTICE)
    make = snapshots.make

    def make_others(session: Any, **whose: Any) -> Any:
        if whose["organisation_id"] == story.people[failing].organisation_id:
            raise RuntimeError("out of order")
        return make(session, **whose)

    def standings() -> dict[str, str]:
        return {who: story.call("GET", path, as_=who)["status"] for who, path in seasons.items()}

    with monkeypatch.context() as patched:
        patched.setattr(snapshots, "make", make_others)
        story.work()
    assert standings() == dict.fromkeys(seasons, "closed") | {failing: "closing"}
    told = ("close_seasons", seasons[failing].rpartition("/")[2])
    assert told in [(line["job"], line["subject_id"]) for line in log_lines()]
    story.work()
    assert standings() == dict.fromkeys(seasons, "closed")
