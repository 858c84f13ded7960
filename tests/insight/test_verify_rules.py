"""Proof that work is paid by the rules that were published: any other version is named."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.founding import found
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.queries import list_rule_versions
from backend.rewards.services import rule_versions
from tests.factories import NOW, RULES, make_arena, make_employee
from tests.insight.damage import copy_row
from tests.insight.test_verify import take_guards_down

DAMAGE = {
    "it pays more": (
        "update rule_versions set document = '{\"hold_hours\": 1}' where organisation_id = :org"
    ),
    "it holds from another instant on": (
        "update rule_versions set effective_from = '2026-11-01 00:00:00.000000'"
        " where organisation_id = :org"
    ),
    "it is another version": "update rule_versions set number = 9 where organisation_id = :org",
    "somebody else published it": (
        "update rule_versions set published_by = :new where organisation_id = :org"
    ),
    "it is gone": "delete from rule_versions where organisation_id = :org",
    "another one came by itself": copy_row(
        "rule_versions",
        "number = 1",
        id=":new",
        number="9",
        effective_from="published_at",
        published_by="null",
    ),
}


def findings(session: Session, owner: UUID) -> list[str]:
    session.flush()
    return [
        finding.what
        for finding in verify.find_offenders(session, code="I14", organisation_id=owner)
        if finding.table == "rule_versions"
    ]


def change(session: Session, owner: UUID, statement: str) -> None:
    take_guards_down(session, "rule_versions")
    ids = {"org": owner, "new": new_id()}
    used = [bindparam(name, one, Uuid()) for name, one in ids.items() if f":{name}" in statement]
    assert session.execute(text(statement).bindparams(*used)).rowcount  # type: ignore[attr-defined]


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_rules_that_an_organisation_began_with_are_on_record(
    scratch: Session, statement: str
) -> None:
    owner = found(
        scratch, name=f"Club {new_id()}", administrator="Ada", badge_number="1", now=NOW
    ).organisation_id
    assert findings(scratch, owner) == []
    change(scratch, owner, statement)
    assert findings(scratch, owner)


@pytest.mark.parametrize("moment", [timedelta(hours=1), timedelta(hours=1, microseconds=7)])
@pytest.mark.parametrize("statement", list(DAMAGE.values())[:3], ids=list(DAMAGE)[:3])
def test_rules_that_were_published_are_on_record(
    scratch: Session, statement: str, moment: timedelta
) -> None:
    arena = make_arena(scratch)
    owner = arena.organisation_id
    rule_versions.publish(
        scratch,
        actor=make_employee(scratch, arena, roles=(Role.HR,)),
        document=RULES | {"hold_hours": 24},
        effective_from=NOW + moment,
        now=NOW,
    )
    assert findings(scratch, owner) == []
    newest = list_rule_versions(scratch, organisation_id=owner)[0].number
    change(scratch, owner, f"{statement} and number = {newest}")
    assert findings(scratch, owner)
