"""Protected groups in the bias report over HTTP: imported, compared, replaced, deleted."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import backend
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.identity.groups import HEADER, PURPOSE, badges_of
from tests.insight.rows import make_event, make_standing, make_tally, signed_in

STATED = {"attribute": "Age band", "purpose": PURPOSE, "deleted_on": "2027-03-01"}


def make_crew(app: Flask, *, people: int) -> tuple[Actor, list[str]]:
    """Commit a season in which people were rated and worked; return HR and their badges."""
    with app.app_context(), transaction() as session:
        arena: Arena = make_arena(session)
        night = make_event(session, arena, held_on=date(2026, 10, 1))
        crew = [make_employee(session, arena) for _ in range(people)]
        for usher in crew:
            make_shift(session, arena, usher, event_id=night, hours=(0, 4))
            make_tally(session, arena, usher, event_id=night, invitations=10, ratings=10, good=9)
            make_standing(session, arena, usher, points=80)
        hr = make_employee(session, arena, roles=(Role.HR,))
        return hr, badges_of(session, crew)


def send(app: Flask, who: Actor, rows: list[str], **stated: str) -> Any:
    with signed_in(app, who) as client:
        return client.post(
            "/v1/imports/protected-groups",
            query_string=STATED | stated,
            data="\n".join((HEADER, *rows)),
            content_type="text/csv",
        )


def compared(app: Flask, who: Actor, *, at: Any = NOW) -> dict[str, dict[str, Any]]:
    """Return how many rated people each group is told to have, by attribute."""
    with signed_in(app, who, at=at) as client:
        report = client.get("/v1/bias-report").get_json()
    return {
        one["attribute"]: {
            group["name"]: group["ratings"] and group["ratings"]["people"]
            for group in one["groups"]
        }
        for one in report["comparisons"]
        if one["by"] == "protected_group"
    }


def halves(badges: list[str]) -> list[str]:
    return [f"{badge},{('old', 'young')[n % 2]}" for n, badge in enumerate(badges)]


def test_imported_groups_are_compared_at_once_until_they_are_deleted(app: Flask) -> None:
    hr, badges = make_crew(app, people=30)
    assert compared(app, hr) == {}
    kept = send(app, hr, halves(badges[:20]))
    assert kept.status_code == 200, kept.text
    assert kept.get_json()["people"] == 20
    assert compared(app, hr) == {"Age band": {"old": 10, "young": 10, "not stated": 10}}
    send(app, hr, [f"{badge},all" for badge in badges[:20]])
    assert compared(app, hr) == {"Age band": {"all": 10, "not stated": 10}}
    with signed_in(app, hr) as client:
        [listed] = client.get("/v1/protected-attributes").get_json()["items"]
        assert listed["purpose"] == PURPOSE
        address = f"/v1/protected-attributes/{listed['id']}"
        assert client.delete(address).status_code == 204
        assert client.delete(address).status_code == 404
    assert compared(app, hr) == {}


def test_from_their_day_on_they_are_in_no_report(app: Flask) -> None:
    hr, badges = make_crew(app, people=10)
    send(app, hr, halves(badges), deleted_on="2026-11-25")
    assert set(compared(app, hr)) == {"Age band"}
    # No job has run; it is not even a minute later by the report that was remembered.
    assert compared(app, hr, at=NOW + timedelta(days=4)) == {}


def test_attributes_stand_beside_each_other_and_never_across(app: Flask) -> None:
    hr, badges = make_crew(app, people=20)
    send(app, hr, halves(badges))
    send(app, hr, [f"{badge},all" for badge in badges], attribute="Gender")
    assert compared(app, hr) == {"Age band": {"old": 10, "young": 10}, "Gender": {"all": 10}}


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"attribute": " "}, "attribute"),
        ({"attribute": "x" * 61}, "attribute"),
        ({"purpose": "to see"}, "purpose"),
        ({"purpose": "x" * 501}, "purpose"),
        ({"deleted_on": "soon"}, "deleted_on"),
        ({"why": "not"}, "why"),
    ],
)
def test_what_is_stated_of_a_file_is_checked(
    app: Flask, stated: dict[str, str], field: str
) -> None:
    hr, badges = make_crew(app, people=5)
    answer = send(app, hr, [f"{badge},all" for badge in badges], **stated)
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]["query"]


def test_a_day_out_of_reach_and_a_bad_row_are_refused(app: Flask) -> None:
    hr, badges = make_crew(app, people=5)
    rows = [f"{badge},all" for badge in badges]
    answer = send(app, hr, rows, deleted_on="2028-01-01")
    assert (answer.status_code, answer.get_json()["type"]) == (
        *(422, "/problems/deletion-day-out-of-reach"),
    )
    answer = send(app, hr, [*rows, "X-1,all"])
    assert answer.get_json()["errors"] == [
        {"line": 7, "column": "badge_number", "reason": "nobody here has this badge"}
    ]
    assert compared(app, hr) == {}


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR, Role.PAYROLL])
def test_they_are_for_hr(app: Flask, role: Role) -> None:
    with app.app_context(), transaction() as session:
        who = make_employee(session, make_arena(session), roles=(role,))
    assert send(app, who, ["1,all"]).status_code == 403
    with signed_in(app, who) as client:
        assert client.get("/v1/protected-attributes").status_code == 403


def test_nothing_but_the_report_and_ones_own_copy_reads_who_is_in_which_group() -> None:
    root = Path(backend.__file__).parent
    readers = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "ProtectedGroup" in path.read_text().replace("ProtectedGroups", "")
    }
    assert readers == {
        "identity/models.py",
        # Writes and deletes them.
        "identity/services/protected_groups.py",
        # One's own.
        "identity/queries/protected_groups.py",
        # The bias report.
        "insight/queries/comparisons.py",
    }
