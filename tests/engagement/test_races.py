"""Many at once: one winner, and a typed answer to each of the others."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backend.engagement.models import (
    CreditShare,
    Invitation,
    Rating,
    RatingAnswer,
    Request,
    RequestStep,
    Workload,
)
from backend.engagement.queries.requests import list_history
from backend.engagement.rules import Moment, Status, Step
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from tests.engagement.stories import (
    Evening,
    accepted,
    committed_evening,
    opened,
    resolve,
    resolved,
    tally_of,
)
from tests.factories import make_employee, make_shift
from tests.http import headers_for
from tests.rewards.books import check_books


@pytest.fixture
def evening(app: Flask) -> Evening:
    return committed_evening(app, now=clock.now())


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run ``acts`` in threads that all start together; return what each of them returned."""
    barrier = Barrier(len(acts))

    def start(act: Callable[[], Any]) -> Any:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(start, acts))


def posting(
    app: Flask, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> Callable[[], tuple[int, str]]:
    def post() -> tuple[int, str]:
        response = app.test_client().post(f"/v1{path}", json=body, headers=headers)
        answer = response.json or {}
        return response.status_code, answer.get("type", "")

    return post


def present() -> Moment:
    return Moment.present(clock.now())


def test_whoever_takes_a_request_twice_at_once_has_it(app: Flask, evening: Evening) -> None:
    headers = headers_for(app, evening.alex)
    for _ in range(3):
        with app.app_context(), transaction() as session:
            request = opened(session, evening.blair, moment=present())
        path = f"/requests/{request.id}/accept"
        answers = at_once([posting(app, path, headers=headers) for _ in range(4)])
        assert answers == [(200, "")] * 4
        with app.app_context(), transaction() as session:
            key = {"organisation_id": evening.organisation_id, "request_id": request.id}
            steps = [step.step for step in list_history(session, **key)]
            assert steps == [Step.OPENED, Step.ACCEPTED]
            resolve(session, evening.alex, request.id, moment=present())


def test_one_of_thirty_two_gets_a_request(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        crew = []
        for _ in range(32):
            crew.append(make_employee(session, evening.arena))
            make_shift(session, evening.arena, crew[-1])
        request = opened(session, evening.alex, moment=present())
    path = f"/requests/{request.id}/accept"
    answers = at_once([posting(app, path, headers=headers_for(app, who)) for who in crew])
    assert Counter(answers) == {(200, ""): 1, (409, "/problems/request-already-taken"): 31}
    winner = crew[answers.index((200, ""))]
    with app.app_context(), transaction() as session:
        row = session.get_one(Request, (evening.organisation_id, request.id))
        assert row.owner_id == winner.employee_id
        hands = session.scalars(
            select(Workload).filter_by(organisation_id=evening.organisation_id)
        ).all()
        assert [(hand.employee_id, hand.in_hand) for hand in hands] == [(winner.employee_id, 1)]
        steps = session.scalars(select(RequestStep.number).filter_by(request_id=request.id)).all()
        assert sorted(steps) == [1, 2]


def test_one_of_sixty_four_rates(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        request = accepted(session, evening.alex, moment=present())
        code = resolve(session, evening.alex, request.id, moment=present()).code
    answers = at_once(
        [posting(app, f"/ratings/{code}", {"stars": 1 + turn % 5}) for turn in range(64)]
    )
    assert Counter(answers) == {(201, ""): 1, (409, "/problems/code-already-used"): 63}
    with app.app_context(), transaction() as session:
        owned = {"organisation_id": evening.organisation_id}
        rating = session.scalars(select(Rating).filter_by(**owned)).one()
        answer = session.scalars(select(RatingAnswer).filter_by(**owned)).one()
        assert rating.stars == answer.stars
        tally = tally_of(session, evening, evening.alex)
        assert (tally.ratings, tally.paid_ratings) == (1, int(rating.stars >= 4))
        history = list_history(
            session, organisation_id=evening.organisation_id, request_id=request.id
        )
        assert [step.step for step in history].count(Step.RATED) == 1
        check_books(session, evening.organisation_id)


def test_ratings_of_one_employee_at_once_are_all_kept_and_paid_up_to_the_cap(
    app: Flask, evening: Evening
) -> None:
    with app.app_context(), transaction() as session:
        codes = [resolved(session, evening.alex, moment=present()).code for _ in range(26)]
    answers = at_once([posting(app, f"/ratings/{code}", {"stars": 5}) for code in codes])
    assert Counter(answers) == {(201, ""): 26}
    with app.app_context(), transaction() as session:
        tally = tally_of(session, evening, evening.alex)
        assert (tally.ratings, tally.paid_ratings) == (26, 20)
        check_books(session, evening.organisation_id)


def test_nobody_gets_more_than_five_in_hand(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        ids = [opened(session, evening.blair, moment=present()).id for _ in range(12)]
    headers = headers_for(app, evening.alex)
    answers = at_once([posting(app, f"/requests/{one}/accept", headers=headers) for one in ids])
    assert Counter(answers) == {(200, ""): 5, (409, "/problems/too-many-in-hand"): 7}


@pytest.mark.parametrize("round_", range(3))
def test_resolving_releasing_and_handing_over_leave_one_truth(
    app: Flask, evening: Evening, round_: int
) -> None:
    with app.app_context(), transaction() as session:
        request = accepted(session, evening.alex, moment=present())
    mine, theirs = headers_for(app, evening.alex), headers_for(app, evening.blair)
    path = f"/requests/{request.id}"
    to_blair = {"employee_id": str(evening.blair.employee_id), "keep_percent": 30}
    acts = [
        posting(app, f"{path}/resolve", headers=mine),
        posting(app, f"{path}/release", headers=mine),
        posting(app, f"{path}/hand-over", to_blair, mine),
        posting(app, f"{path}/cancel", {"reason": "race"}, mine),
        posting(app, f"{path}/accept", headers=theirs),
        posting(app, f"{path}/resolve", headers=theirs),
    ]
    answers = at_once(acts * 2)
    assert {status for status, _ in answers} <= {200, 403, 409}
    with app.app_context(), transaction() as session:
        owned = {"organisation_id": evening.organisation_id}
        row = session.get_one(Request, (evening.organisation_id, request.id))
        percents = session.scalars(select(CreditShare.percent).filter_by(**owned)).all()
        assert sum(percents) == (100 if row.owner_id else 0)
        assert len(session.scalars(select(Invitation).filter_by(**owned)).all()) == int(
            row.status is Status.RESOLVED
        )
        hands = session.scalars(select(Workload.in_hand).filter_by(**owned)).all()
        assert sum(hands) == int(row.status is Status.ACCEPTED)
        numbers = session.scalars(select(RequestStep.number).filter_by(**owned)).all()
        assert sorted(numbers) == list(range(1, row.steps + 1))
        check_books(session, evening.organisation_id)


def test_colleagues_hand_over_to_each_other_at_once(app: Flask, evening: Evening) -> None:
    def have(actor: Actor) -> str:
        with app.app_context(), transaction() as session:
            return str(accepted(session, actor, moment=present()).id)

    pairs = [(evening.alex, evening.blair), (evening.blair, evening.alex)] * 4
    acts = [
        posting(
            app,
            f"/requests/{have(one)}/hand-over",
            {"employee_id": str(other.employee_id)},
            headers_for(app, one),
        )
        for one, other in pairs
    ]
    answers = at_once(acts)
    assert {status for status, _ in answers} <= {200, 409}
    with app.app_context(), transaction() as session:
        hands = session.scalars(
            select(Workload.in_hand).filter_by(organisation_id=evening.organisation_id)
        ).all()
        assert sum(hands) == 8


def test_corrections_at_once_keep_the_books(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        request = accepted(session, evening.alex, moment=present())
        code = resolve(session, evening.alex, request.id, moment=present()).code
    given = app.test_client().post(f"/v1/ratings/{code}", json={"stars": 5}).json
    assert given is not None
    token = given["correction_token"]

    def correcting(stars: int) -> Callable[[], int]:
        body = {"stars": stars, "correction_token": token}
        return lambda: app.test_client().patch(f"/v1/ratings/{code}", json=body).status_code

    statuses = at_once([correcting(1 + turn % 5) for turn in range(16)])
    assert set(statuses) <= {200, 409}
    with app.app_context(), transaction() as session:
        rating = session.scalars(
            select(Rating).filter_by(organisation_id=evening.organisation_id)
        ).one()
        assert rating.answers <= 5
        tally = tally_of(session, evening, evening.alex)
        assert (tally.ratings, tally.good, tally.five_star, tally.paid_ratings) == (
            1,
            int(rating.stars >= 4),
            int(rating.stars == 5),
            int(rating.stars >= 4),
        )
        check_books(session, evening.organisation_id)


def test_an_id_opened_by_two_phones_is_one_request(app: Flask, evening: Evening) -> None:
    with app.app_context(), transaction() as session:
        known = opened(session, evening.alex, moment=present())
    fresh = f"{known.id}"[:-4] + "beef"
    phones = [headers_for(app, who) for who in (evening.alex, evening.blair)] * 4

    def put(headers: dict[str, str]) -> Callable[[], int]:
        client, body = app.test_client(), {"category": "tickets"}
        path = f"/v1/requests/{fresh}"
        return lambda: client.put(path, json=body, headers=headers).status_code

    statuses = Counter(at_once([put(headers) for headers in phones]))
    assert statuses == {201: 1, 200: 3, 409: 4}
