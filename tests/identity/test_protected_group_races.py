"""Imports of protected groups at once with each other, with deletions, and with who leaves."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from backend.foundation.actor import Actor
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.races import until_won
from backend.identity.models import ProtectedAttribute
from backend.identity.permissions import Role
from backend.identity.problems import ProtectedAttributeUnknown
from backend.identity.services import personnel
from backend.identity.services.protected_groups import delete_due, delete_groups, import_groups
from tests.factories import NOW, make_arena, make_employee
from tests.files import bad_rows
from tests.identity.groups import HEADER, badges_of, kept_of, make_people, put_in, stated
from tests.rewards.test_races import at_once

LATER = NOW.replace(year=2028)


@pytest.fixture
def stage(app: Flask) -> tuple[Actor, list[Actor], list[str]]:
    """Commit HR and eight people of whom nothing is kept."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr = make_employee(session, arena, roles=(Role.HR,))
        people = make_people(session, arena, 8)
        return hr, people, badges_of(session, people)


def once(hr: Actor, badges: list[str], group: str) -> Any:
    """Import as the edge does: again after a lost race, and a refusal is an answer."""

    def run() -> Any:
        with transaction(hr.organisation_id) as session:
            rows = [f"{badge},{group}" for badge in badges]
            text = "\n".join((HEADER, *rows))
            return import_groups(session, actor=hr, stated=stated(), text=text, now=NOW)

    try:
        return until_won(run)
    except Problem as problem:
        return problem


def kept(app: Flask, hr: Actor) -> tuple[int, dict[Any, str]]:
    with app.app_context(), reading() as session:
        attributes = select(ProtectedAttribute.id).where(
            ProtectedAttribute.organisation_id == hr.organisation_id
        )
        return len(session.scalars(attributes).all()), kept_of(session, hr.organisation_id)


def test_of_many_imports_at_once_one_is_kept_whole(
    app: Flask, stage: tuple[Actor, list[Actor], list[str]]
) -> None:
    hr, people, badges = stage
    done = at_once(app, *(partial(once, hr, badges, f"group {n}") for n in range(8)))
    assert [one for one in done if isinstance(one, Exception)] == []
    number, groups = kept(app, hr)
    assert number == 1
    assert len(groups) == len(people)
    assert len(set(groups.values())) == 1


def test_who_leaves_while_a_list_is_imported_is_in_no_group(
    app: Flask, stage: tuple[Actor, list[Actor], list[str]]
) -> None:
    hr, people, badges = stage
    leavers = people[:3]

    def leave(who: Actor) -> Any:
        def run() -> Any:
            with transaction(hr.organisation_id) as session:
                personnel.change(
                    session,
                    actor=hr,
                    employee_id=who.employee_id,
                    changes={"active": False},
                    now=NOW,
                )

        return until_won(run)

    leave_all = [partial(leave, who) for who in leavers]
    lists = [partial(once, hr, badges, f"group {n}") for n in range(4)]
    for one in at_once(app, *leave_all, *lists):
        if isinstance(one, Exception):
            assert isinstance(one, ImportRejected)
            assert {column for _, column, _ in bad_rows(one)} == {"badge_number"}
    _, groups = kept(app, hr)
    assert {who.employee_id for who in leavers}.isdisjoint(groups)


def test_what_is_imported_deleted_and_due_at_once_leaves_nothing_half(
    app: Flask, stage: tuple[Actor, list[Actor], list[str]]
) -> None:
    hr, people, badges = stage
    with app.app_context(), transaction() as session:
        first = put_in(session, hr, {"first": people})

    def remove() -> Any:
        def run() -> Any:
            with transaction(hr.organisation_id) as session:
                delete_groups(session, actor=hr, attribute_id=first.id, now=NOW)

        try:
            return until_won(run)
        except Problem as problem:
            return problem

    done = at_once(
        app,
        remove,
        remove,
        partial(until_won, partial(delete_due, now=LATER)),
        partial(once, hr, badges, "second"),
        partial(once, hr, badges, "third"),
    )
    refusals = [one for one in done if isinstance(one, Exception)]
    assert {type(one) for one in refusals} <= {ProtectedAttributeUnknown}
    number, groups = kept(app, hr)
    assert number in (0, 1)
    assert len(groups) == number * len(people)
    assert len(set(groups.values())) == number
