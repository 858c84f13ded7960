"""What an employee takes along: all that is about them, nothing of anybody else, no secret."""

from typing import Any

import orjson
from flask import Flask

from backend.engagement.models import (
    CardPack,
    Gesture,
    HeardVersion,
    Invitation,
    InvitationShare,
    PostCover,
    Rating,
    RatingDecision,
    RatingQuestion,
    Request,
    RequestFollowUp,
    RequestStep,
    Workload,
)
from backend.foundation.actor import Actor
from backend.foundation.db import Base, transaction
from backend.identity.models import EnrolmentCode, PinTries, ProtectedGroup
from backend.identity.permissions import Role
from backend.insight.queries.own_data import PARTS
from backend.notify.models import PushTarget
from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
    PayrollAcknowledgement,
    PayrollBatch,
    PayrollCorrection,
    PayrollCorrectionDecision,
    RedemptionApproval,
)
from backend.venues.models import SeasonReopening
from tests.browser.world import make_world
from tests.factories import make_employee
from tests.http import headers_for
from tests.identity.groups import PURPOSE, make_people, put_in

# Said by `ratings`, `adjustments`, `appeals` and `protected_groups`, as far as theirs to read.
ELSEWHERE = {
    (Rating, "employee_id"),
    (AdjustmentPart, "employee_id"),
    (Appeal, "employee_id"),
    (ProtectedGroup, "employee_id"),
}
# What somebody did in an office is among their `acts`; who rated them is not theirs to know.
NOT_SAID = {
    (Adjustment, "author_id"),
    (AdjustmentEnd, "decider_id"),
    (AppealDecision, "decider_id"),
    (CardPack, "created_by"),
    (Gesture, "allowed_by"),
    (Gesture, "claimed_by"),
    (Gesture, "withdrawn_by"),
    (HeardVersion, "written_by"),
    (Invitation, "employee_id"),
    (InvitationShare, "employee_id"),
    (PayrollAcknowledgement, "acknowledged_by"),
    (PayrollBatch, "made_by"),
    (PayrollCorrection, "made_by"),
    (PayrollCorrectionDecision, "decided_by"),
    (PostCover, "asked_id"),
    (RatingDecision, "decided_by"),
    (RatingQuestion, "asked_by"),
    (RedemptionApproval, "approver_id"),
    (Request, "opened_by"),
    (Request, "owner_id"),
    (RequestFollowUp, "done_by"),
    (RequestStep, "other_id"),
    (SeasonReopening, "approved_by"),
    (SeasonReopening, "asked_by"),
    (Workload, "employee_id"),
    # Secrets, and what guards them.
    (EnrolmentCode, "employee_id"),
    (PinTries, "employee_id"),
    (PushTarget, "employee_id"),
}


def mine(app: Flask, headers: dict[str, str]) -> Any:
    answer = app.test_client().get("/v1/me/data", headers=headers)
    assert answer.status_code == 200
    return answer.get_json()


def test_every_table_that_knows_an_employee_is_said_or_left_out_for_a_reason() -> None:
    said = {(part.table.__tablename__, part.whose) for part in PARTS}
    accounted = said | {(table.__tablename__, name) for table, name in ELSEWHERE | NOT_SAID}
    known = {
        (table.name, column)
        for table in Base.metadata.tables.values()
        for key in table.foreign_key_constraints
        if key.referred_table.name == "employees"
        for column in key.column_keys
        if column != "organisation_id"
    }
    assert known <= accounted
    # Nothing of a phone's or a fan's secrets is among what is said.
    words = {name for part in PARTS for name in part.says}
    assert not [name for name in words if "hash" in name or "secret" in name or "refresh" in name]


def test_an_employee_takes_along_what_is_about_them_alone(app: Flask) -> None:
    world = make_world(app)
    alex, blair = world.evening.alex, world.evening.blair
    data = mine(app, headers_for(app, alex))
    assert data["employee"]["name"] == "Alex Usher"
    parts = data["parts"]
    assert len(parts["shifts"]) == 1
    assert {row["rule"] for row in parts["points"]} == {"resolved", "rating"}
    assert sum(row["points"] for row in parts["points"]) == 6 * 10 + 5 * 15
    # Six ratings of which a batch of five would be shown, but that a fan may still correct.
    assert parts["ratings"] == []
    others = mine(app, headers_for(app, blair))["parts"]
    assert {row["id"] for row in others["points"]}.isdisjoint(row["id"] for row in parts["points"])
    text = orjson.dumps(data).decode()
    assert str(blair.employee_id) not in text


def test_ones_own_protected_groups_come_with_their_purpose(app: Flask) -> None:
    world = make_world(app)
    arena, alex = world.evening.arena, world.evening.alex
    with app.app_context(), transaction() as session:
        hr = make_employee(session, arena, roles=(Role.HR,))
        put_in(session, hr, {"40 or over": [alex, *make_people(session, arena, 4)]})
    [mine] = mine_of(app, alex)
    assert (mine["attribute"], mine["group"]) == ("Age band", "40 or over")
    assert (mine["purpose"], mine["deleted_on"]) == (PURPOSE, "2027-03-01")
    assert mine_of(app, world.evening.blair) == []


def mine_of(app: Flask, who: Actor) -> Any:
    return mine(app, headers_for(app, who))["parts"]["protected_groups"]


def test_nobody_else_gets_it(app: Flask) -> None:
    assert app.test_client().get("/v1/me/data").status_code == 401
