"""Drafts of the rules tried on a season over HTTP, before they are published."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.engagement.models import Request
from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.rewards.rules import Reversible
from backend.rewards.services import adjustments
from tests.engagement.stories import Evening, make_evening, resolved
from tests.factories import RULES, make_arena, make_employee
from tests.http import headers_for

RATING: dict[str, Any] = {"points_by_stars": [0, 0, 0, 15, 15], "cap_per_shift": 20}
TWICE = RATING | {"points_by_stars": [0, 0, 0, 30, 30]}
DOUBLED = RULES | {"rating": TWICE}


@dataclass(frozen=True, kw_only=True)
class Season:
    """A season of one evening, in which Alex was rated three times and Blair once."""

    app: Flask
    evening: Evening
    hr: Actor

    def ask(self, document: Any, *, by: Actor | None = None, **said: Any) -> Any:
        body = {"document": document, "season_id": str(self.evening.arena.season_id), **said}
        return self.app.test_client().post(
            "/v1/rules/simulate", json=body, headers=headers_for(self.app, by or self.hr)
        )

    def answer(self, document: Any, **said: Any) -> Any:
        answer = self.ask(document, **said)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_json()


@pytest.fixture
def season(app: Flask) -> Season:
    now = clock.now()
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=now)
        for who, stars in ((evening.alex, (5, 4, 5, 2)), (evening.blair, (5,))):
            for given in stars:
                done = resolved(session, who, moment=Moment.present(now))
                answer = GivenAnswer(stars=given)
                ratings.receive(session, code=done.code, given=answer, now=now)
        hr = make_employee(session, evening.arena, roles=(Role.HR,))
    return Season(app=app, evening=evening, hr=hr)


def points_of(comparison: Any) -> tuple[int, ...]:
    return tuple(comparison[name]["points"] for name in ("now", "draft", "difference"))


def by_source(answer: Any) -> dict[str, tuple[int, ...]]:
    return {one["source_kind"]: points_of(one) for one in answer["sources"]}


def test_the_rules_in_effect_change_nothing(season: Season) -> None:
    answer = season.answer(RULES)
    assert points_of(answer["total"]) == (110, 110, 0)
    assert answer["employees"] == {"gain": 0, "lose": 0, "stay": 2}
    assert (answer["most_gained"], answer["most_lost"]) == ([], [])
    assert (answer["season"], answer["most_per_shift"]["points"]) == ("2026-27", 540)


def test_what_hr_took_back_is_on_neither_side(season: Season) -> None:
    owner = season.evening.organisation_id
    with season.app.app_context(), transaction() as session:
        request_id = session.scalars(
            select(Request.id).where(
                Request.organisation_id == owner,
                Request.owner_id == season.evening.blair.employee_id,
            )
        ).one()
        adjustments.reverse(
            session,
            actor=season.hr,
            source_kind=Reversible.REQUEST,
            source_id=request_id,
            reason="Made up.",
            now=clock.now() + timedelta(hours=1),
        )
    answer = season.answer(RULES)
    assert by_source(answer)["request"] == (40, 40, 0)
    assert answer["employees"] == {"gain": 0, "lose": 0, "stay": 2}


def test_a_draft_that_doubles_ratings_doubles_what_ratings_earned(season: Season) -> None:
    answer = season.answer(DOUBLED)
    assert by_source(answer) == {
        "greeting": (0, 0, 0),
        "request": (50, 50, 0),
        "rating": (60, 120, 60),
    }
    assert points_of(answer["total"]) == (110, 170, 60)
    alex, blair = answer["most_gained"]
    assert (alex["name"], points_of(alex)) == ("Alex Usher", (85, 130, 45))
    assert (blair["name"], points_of(blair)) == ("Blair Gates", (25, 40, 15))
    assert alex["badge_number"]


def test_a_draft_pays_up_to_its_cap(season: Season) -> None:
    answer = season.answer(RULES | {"rating": TWICE | {"cap_per_shift": 2}})
    assert by_source(answer)["rating"] == (60, 90, 30)
    fewer = {"points": 10, "cap_per_shift": 1}
    answer = season.answer(RULES | {"resolved": fewer})
    assert by_source(answer)["request"] == (50, 20, -30)
    assert [(one["name"], points_of(one)[2]) for one in answer["most_lost"]] == [
        ("Alex Usher", -30)
    ]
    assert answer["employees"] == {"gain": 0, "lose": 1, "stay": 1}


def test_a_rate_says_what_it_costs(season: Season) -> None:
    answer = season.answer(DOUBLED, cents_per_point=3, currency="USD")
    assert (answer["cents_per_point"], answer["currency"]) == (3, "USD")
    assert answer["total"]["now"] == {"points": 110, "cents": 330}
    assert answer["total"]["difference"] == {"points": 60, "cents": 180}
    assert answer["most_per_shift"] == {"points": 840, "cents": 2520}
    without = season.answer(DOUBLED)
    assert (without["cents_per_point"], without["currency"]) == (None, None)
    assert without["total"]["now"]["cents"] is None


def test_a_season_without_work_compares_nothing(season: Season) -> None:
    with season.app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr = make_employee(session, arena, roles=(Role.HR,))
    answer = season.ask(RULES, by=hr, season_id=str(arena.season_id)).get_json()
    assert points_of(answer["total"]) == (0, 0, 0)
    assert answer["employees"] == {"gain": 0, "lose": 0, "stay": 0}


def test_a_simulation_leaves_no_trace(season: Season) -> None:
    season.answer(DOUBLED)
    with season.app.app_context(), reading() as session:
        owned = AuditRow.organisation_id == season.evening.organisation_id
        assert session.scalar(select(func.count()).where(owned)) == 0


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"document": RULES | {"rating": RATING | {"cap_per_shift": 1.0}}}, "cap_per_shift"),
        ({"document": RULES | {"rating": RATING | {"cap_per_shift": "20"}}}, "cap_per_shift"),
        ({"document": RULES | {"rating": RATING | {"cap_per_shift": -1}}}, "cap_per_shift"),
        ({"document": RULES | {"rating": RATING | {"colour": 1}}}, "colour"),
        ({"document": RULES | {"hold_hours": True}}, "hold_hours"),
        ({"document": RULES | {"bonus": 1}}, "bonus"),
        (
            {"document": RULES | {"rating": RATING | {"points_by_stars": [5, 4, 3, 2, 1]}}},
            "rating.points_by_stars",
        ),
        ({"season_id": "x"}, "season_id"),
        ({"season_id": None}, "season_id"),
        ({"event_id": str(new_id())}, "event_id"),
        ({"cents_per_point": 10_001, "currency": "USD"}, "cents_per_point"),
        ({"cents_per_point": 1.5, "currency": "USD"}, "cents_per_point"),
        ({"cents_per_point": 1, "currency": "usd"}, "currency"),
        ({"cents_per_point": 1, "currency": "DOLLAR"}, "currency"),
        ({"cents_per_point": 1}, "currency"),
        ({"currency": "USD"}, "currency"),
    ],
)
def test_what_cannot_be_simulated_is_refused_by_field(
    season: Season, said: dict[str, Any], field: str
) -> None:
    answer = season.ask(**{"document": RULES, **said})
    assert answer.status_code == 422
    assert f'"{field}"' in answer.get_data(as_text=True)


def test_another_organisations_season_is_not_found(season: Season) -> None:
    with season.app.app_context(), transaction() as session:
        elsewhere = make_arena(session)
    for season_id in (elsewhere.season_id, new_id()):
        answer = season.ask(RULES, season_id=str(season_id))
        assert answer.status_code == 404
        assert answer.get_json()["type"] == "/problems/season-not-found"


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR])
def test_simulating_is_for_hr(season: Season, role: Role) -> None:
    with season.app.app_context(), transaction() as session:
        reader = make_employee(session, season.evening.arena, roles=(role,))
    assert season.ask(RULES, by=reader).status_code == 403
