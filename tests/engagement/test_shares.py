"""Credit shares sum to 100 after any sequence of steps, and workloads count what is in hand."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Request, Workload
from backend.engagement.queries.requests import RequestView, get_request
from backend.engagement.rules import Status, part_given
from backend.engagement.services import requests
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.foundation.problems import Conflict, Invalid, NotAllowed
from tests.engagement.stories import (
    PRESENT,
    Evening,
    committed_evening,
    opened,
    resolve,
    shares_of,
)
from tests.rewards.books import check_books

WHO = st.integers(0, 3)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "add_helper", "hand_over", "release", "resolve", "cancel"]),
        WHO,
        WHO,
        st.integers(0, 100),
    ),
    max_size=12,
)


@given(percent=st.integers(0, 100), keep_percent=st.integers(0, 100))
def test_what_is_kept_and_what_is_given_are_the_whole(percent: int, keep_percent: int) -> None:
    kept, given_away = part_given(percent, keep_percent=keep_percent)
    assert kept + given_away == percent
    assert 0 <= kept <= percent


@pytest.fixture(scope="module")
def evening(app: Flask) -> Evening:
    return committed_evening(app)


def act(
    session: Session, step: tuple[str, int, int, int], crew: list[Actor], request: RequestView
) -> None:
    name, who, whom, percent = step
    key: dict[str, Any] = {"actor": crew[who], "request_id": request.id, "moment": PRESENT}
    colleague = crew[whom].employee_id
    acts: dict[str, Callable[[], object]] = {
        "accept": lambda: requests.accept(session, **key),
        "add_helper": lambda: requests.add_helper(
            session, **key, employee_id=colleague, percent=percent
        ),
        "hand_over": lambda: requests.hand_over(
            session, **key, employee_id=colleague, keep_percent=percent
        ),
        "release": lambda: requests.release(session, **key),
        "cancel": lambda: requests.cancel(session, **key, reason="enough"),
        "resolve": lambda: resolve(session, crew[who], request.id),
    }
    acts[name]()


def in_order(session: Session, evening: Evening, request: RequestView) -> None:
    owner = evening.organisation_id
    now = get_request(session, organisation_id=owner, request_id=request.id)
    shares = shares_of(now)
    assert sum(shares.values()) == (100 if now.owner_id else 0)
    assert now.owner_id is None or now.owner_id in shares
    hands = dict(
        session.execute(
            select(Workload.employee_id, Workload.in_hand).where(
                Workload.organisation_id == owner, Workload.in_hand > 0
            )
        ).all()
    )
    held = dict(
        session.execute(
            select(Request.owner_id, func.count())
            .where(Request.organisation_id == owner, Request.status == Status.ACCEPTED)
            .group_by(Request.owner_id)
        ).all()
    )
    assert hands == held


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_shares_sum_to_a_hundred_after_any_steps(
    app: Flask, evening: Evening, steps: list[tuple[str, int, int, int]]
) -> None:
    crew = [evening.alex, evening.blair, evening.casey, evening.supervisor]
    with app.app_context(), transaction() as session:
        request = opened(session, evening.alex)
        requests.accept(session, actor=evening.blair, request_id=request.id, moment=PRESENT)
        for step in steps:
            with suppress(Conflict, NotAllowed, Invalid), session.begin_nested():
                act(session, step, crew, request)
            in_order(session, evening, request)
        check_books(session, evening.organisation_id)
        if get_request(
            session, organisation_id=evening.organisation_id, request_id=request.id
        ).status in {Status.OPEN, Status.ACCEPTED}:
            requests.cancel(
                session,
                actor=evening.supervisor,
                request_id=request.id,
                reason="The end",
                moment=PRESENT,
            )
