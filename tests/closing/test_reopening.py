"""A season is reopened by two people; what came too late stays so, and it can be closed again."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.models import Employee
from tests.closing.stories import MORNING, NOTICE, Story, a_season
from tests.factories import NOW

WHY = {"reason": "The attendance was wrong."}
FORTNIGHT = timedelta(days=14)


@pytest.fixture
def story(app: Flask) -> Iterator[Story]:
    with a_season(app) as told:
        yield told


def reopen(story: Story, *, as_: str = "harper", expect: int = 201) -> str:
    """Ask to reopen the season; return the code of the refusal, if there is one."""
    answer = story.call("POST", f"{story.season}/reopen", WHY, as_=as_, expect=expect)
    return str(answer.get("type", "")).removeprefix("/problems/")


def approve(story: Story, *, as_: str = "robin", expect: int = 200) -> str:
    """Approve that it is reopened; return the code of the refusal, if there is one."""
    answer = story.call("POST", f"{story.season}/reopen/approve", as_=as_, expect=expect)
    return str(answer.get("type", "")).removeprefix("/problems/")


def acts(story: Story) -> list[str]:
    """Return what was put on record about the season, in order."""
    with story.app.app_context(), reading() as session:
        rows = session.scalars(
            select(AuditRow.act)
            .where(AuditRow.subject_id == story.evening.arena.season_id)
            .order_by(AuditRow.id)
        )
        return list(rows)


def test_an_open_season_cannot_be_reopened(story: Story) -> None:
    assert reopen(story, expect=409) == "season-open"
    assert approve(story, expect=409) == "season-open"


def test_it_takes_two_people_and_is_put_on_record(story: Story) -> None:
    story.greet()
    story.at(MORNING)
    story.close()
    story.finish()
    assert approve(story, expect=409) == "reopening-not-asked"
    reopen(story)
    assert reopen(story, as_="robin", expect=409) == "reopening-asked"
    assert approve(story, as_="harper", expect=409) == "own-reopening"
    story.call("POST", f"{story.season}/reopen", WHY, expect=403)
    story.call("POST", f"{story.season}/reopen/approve", expect=403)
    story.call("POST", f"{story.season}/reopen", WHY, as_="stranger", expect=404)
    story.call("POST", f"{story.season}/reopen/approve", as_="stranger", expect=404)
    story.call("POST", f"{story.season}/reopen", {}, as_="harper", expect=422)
    wish = story.standing()["reopening"]
    assert (wish["reason"], wish["asked_by"]) == (
        WHY["reason"],
        str(story.people["harper"].employee_id),
    )
    assert story.standing()["status"] == "closed"
    approve(story)
    standing = story.standing()
    assert (standing["status"], standing["reopening"]) == ("open", None)
    assert approve(story, expect=409) == "season-open"
    assert acts(story) == [
        "season.closing",
        "season.closed",
        "season.reopening_asked",
        "season.reopened",
    ]
    assert story.verify() == []


def test_a_wish_that_nobody_approves_expires(story: Story) -> None:
    story.at(MORNING)
    story.close()
    story.finish()
    reopen(story)
    story.at(clock.now() + FORTNIGHT)
    assert story.standing()["reopening"] is None
    assert approve(story, expect=409) == "reopening-not-asked"
    reopen(story, as_="robin")
    approve(story, as_="harper")
    assert story.verify() == []


def test_closed_again_it_has_a_second_snapshot_and_late_is_late_for_ever(story: Story) -> None:
    story.greet()
    code = story.resolve()
    event = f"/events/{story.evening.arena.event_id}"
    story.at(MORNING)
    story.close()
    story.at(MORNING + NOTICE)
    story.work()
    late = story.greet(at=(NOW + timedelta(minutes=20)).isoformat(), sent_at=clock_text())
    assert late["outcome"] == "season_closed"
    # Somebody thinks better of it while it is being closed.
    reopen(story)
    approve(story)
    story.at(clock.now() + timedelta(minutes=1))
    counted = story.greet(at=(NOW + timedelta(minutes=40)).isoformat(), sent_at=clock_text())
    assert counted["outcome"] == "paid"
    # Its code has lapsed when the season was closed.
    story.call("POST", f"/ratings/{code}", {"stars": 5}, as_="", expect=201)
    story.call("PATCH", event, {"attendance": 18_000}, as_="harper")
    story.close()
    story.finish()
    reopen(story)
    approve(story)
    story.call("PATCH", event, {"attendance": 18_100}, as_="harper")
    story.close()
    story.finish()
    standing = story.standing()
    assert [one["number"] for one in standing["snapshots"]] == [2, 1]
    first, second = (
        story.call("GET", f"{story.season}/snapshots/{number}", as_="harper")["frozen"]["events"][0]
        for number in (1, 2)
    )
    assert (first["attendance"], second["attendance"]) == (18_000, 18_100)
    assert first["greetings"] == second["greetings"] == 2
    assert first["ratings"] == second["ratings"] == 0
    counts = story.call("GET", f"{story.season}/late", as_="harper")["counts"]
    assert (counts["greeting"], counts["rating"]) == (1, 1)
    assert story.verify() == []


def test_one_person_on_two_accounts_does_not_reopen_it_alone(story: Story) -> None:
    story.at(MORNING)
    story.close()
    be_person(story, "robin", "P-HARPER")
    be_person(story, "harper", "P-HARPER")
    reopen(story)
    assert approve(story, expect=409) == "own-reopening"
    # Who they were when they asked counts as well.
    be_person(story, "harper", "P-OTHER")
    assert approve(story, expect=409) == "own-reopening"
    be_person(story, "robin", "P-ROBIN")
    approve(story)
    assert story.verify() == []


def test_who_is_not_known_as_a_person_neither_asks_nor_approves(story: Story) -> None:
    story.at(MORNING)
    story.close()
    be_person(story, "harper", None)
    assert reopen(story, expect=409) == "person-unknown"
    be_person(story, "harper", "P-HARPER")
    reopen(story)
    be_person(story, "robin", None)
    assert approve(story, expect=409) == "person-unknown"
    assert story.standing()["status"] == "closing"


def be_person(story: Story, name: str, number: str | None) -> None:
    """Give somebody that payroll number, or none."""
    who = story.people[name]
    with story.app.app_context(), transaction() as session:
        row = session.get_one(Employee, (who.organisation_id, who.employee_id))
        row.payroll_number = number


def clock_text() -> str:
    return clock.now().isoformat()
