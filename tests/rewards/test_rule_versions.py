"""Versions of the rules: which is in effect when."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.identity.models import Organisation
from backend.identity.permissions import Role
from backend.rewards.problems import NoRulesYet
from backend.rewards.queries import get_rules
from backend.rewards.rules import DEFAULT_DOCUMENT
from backend.rewards.services import rule_versions
from tests.factories import NOW, RULES, Arena, make_employee

TOMORROW = NOW + timedelta(days=1)


def test_new_rules_hold_from_their_instant_on(session: Session, arena: Arena) -> None:
    hr = make_employee(session, arena, roles=(Role.HR,))
    owner = arena.organisation_id
    assert get_rules(session, organisation_id=owner, at=TOMORROW).number == 1
    document = RULES | {"hold_hours": 24}
    version = rule_versions.publish(
        session, actor=hr, document=document, effective_from=TOMORROW, now=NOW
    )
    before = get_rules(session, organisation_id=owner, at=TOMORROW - timedelta(microseconds=1))
    assert (before.number, before.hold) == (1, timedelta(hours=72))
    after = get_rules(session, organisation_id=owner, at=TOMORROW)
    assert (after.version_id, after.hold) == (version.id, timedelta(hours=24))
    audited = session.scalars(select(AuditRow).where(AuditRow.organisation_id == owner)).one()
    assert (audited.act, audited.subject_id) == ("rules.published", version.id)


def test_the_version_that_took_effect_last_holds_whatever_its_number(
    session: Session, arena: Arena
) -> None:
    hr = make_employee(session, arena, roles=(Role.HR,))
    for days in (9, 2):
        rule_versions.publish(
            session,
            actor=hr,
            document=RULES,
            effective_from=NOW + timedelta(days=days),
            now=NOW,
        )
    numbers = [
        get_rules(
            session, organisation_id=arena.organisation_id, at=NOW + timedelta(days=day)
        ).number
        for day in (1, 2, 8, 9)
    ]
    assert numbers == [1, 3, 3, 2]


def test_a_new_organisation_gets_the_default_rules_once(session: Session) -> None:
    organisation_id = new_id()
    session.add(Organisation(id=organisation_id, name=f"Club {organisation_id}", created_at=NOW))
    session.flush()
    with pytest.raises(NoRulesYet):
        get_rules(session, organisation_id=organisation_id, at=NOW)
    for _ in range(2):
        rule_versions.ensure_default(session, organisation_id=organisation_id, now=NOW)
    long_ago = NOW - timedelta(days=3_000)
    rules = get_rules(session, organisation_id=organisation_id, at=long_ago)
    assert rules.number == 1
    assert rules.hold == timedelta(hours=DEFAULT_DOCUMENT["hold_hours"])
