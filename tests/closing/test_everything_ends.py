"""Whatever an evening can leave behind ends with its season, and nothing of it keeps it open."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask

from backend.engagement.services import packs
from backend.engagement.services.packs import NewPack
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.settings import Settings
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
