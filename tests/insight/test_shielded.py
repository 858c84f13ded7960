"""What fans rated is told to employees in batches, and nowhere sooner."""

from typing import Any

from flask import Flask

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from backend.rewards.services import standings
from tests.engagement.stories import committed_evening, resolved
from tests.factories import make_employee
from tests.http import headers_for


def test_no_board_and_no_file_tells_a_single_rating(app: Flask) -> None:
    now = clock.now()
    evening = committed_evening(app, now=now)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
        done = resolved(session, evening.blair, moment=Moment.present(now))
    with app.app_context(), transaction() as session:
        ratings.receive(session, code=done.code, given=GivenAnswer(stars=2), now=clock.now())
    with app.app_context():
        standings.catch_up()

    def read(path: str, who: Actor) -> dict[str, Any]:
        answer = app.test_client().get(f"/v1{path}", headers=headers_for(app, who))
        assert answer.status_code == 200, answer.text
        return dict(answer.get_json())

    board = f"/leaderboards?kind=event&event_id={evening.arena.event_id}"
    for who in (evening.blair, evening.casey):
        seen = read(board, who)
        lines = [*seen["items"], *filter(None, [seen["me"]])]
        assert lines
        assert {(one["ratings"], one["five_star"]) for one in lines} == {(None, None)}
    [line] = read(board, hr)["items"]
    assert (line["ratings"], line["five_star"]) == (1, 0)
    parts = read("/me/data", evening.blair)["parts"]
    assert parts["ratings"] == []
    [tally] = parts["evenings"]
    assert tally.keys().isdisjoint({"ratings", "five_star", "good"})
