"""What nobody has decided on when a season is closed lapses, and the snapshot says how much."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.foundation.db import transaction
from tests.closing.stories import MORNING, Story, a_season
from tests.engagement.suspects import held

DECISION = {"decision": "accepted", "reason": "A real fan.", "seen_version": 1}


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with a_season(app) as story:
        yield story


def reviews(story: Story, state: str) -> list[Any]:
    found: list[Any] = story.call("GET", f"/reviews?state={state}", as_="harper")["items"]
    return found


def test_held_ratings_are_decided_before_a_season_is_closed_or_lapse(story: Story) -> None:
    with story.app.app_context(), transaction() as session:
        first, second = (held(session, story.evening.alex).id for _ in range(2))
    story.at(MORNING)
    assert story.standing()["waiting"]["held_ratings"] == 2
    story.call("POST", f"/reviews/{first}/decide", DECISION, as_="harper")
    assert story.standing()["waiting"]["held_ratings"] == 1

    story.close()
    story.at(MORNING + timedelta(minutes=2))
    story.call("POST", f"/reviews/{second}/decide", DECISION, as_="harper", expect=409)
    story.work()
    story.call("POST", f"/reviews/{second}/decide", DECISION, as_="harper", expect=409)
    assert reviews(story, "waiting") == []
    decided = {one["rating_id"]: one["decision"] for one in reviews(story, "decided")}
    assert decided == {str(first): "accepted", str(second): "lapsed"}

    story.finish()
    snapshot = story.open("GET", f"{story.season}/snapshots/1", as_="harper").get_json()
    assert snapshot["frozen"]["season"]["lapsed_ratings"] == 1
    [evening] = snapshot["frozen"]["events"]
    assert (evening["ratings"], evening["five_star"], evening["paid_ratings"]) == (1, 1, 1)
    assert snapshot["late"]["rating"] == 0
    assert story.verify() == []
