"""Proof about what fans ask for themselves: a healthy evening, and damage that is named."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.orm import Session

from backend.engagement.rules import Category, Moment
from backend.engagement.rules.heard import Works, slug_of
from backend.engagement.services import (
    asks,
    heard_entries,
    heard_pages,
    places,
    reopenings,
    requests,
)
from backend.engagement.services.asks import NewAsk
from backend.foundation.db import new_id
from backend.identity.permissions import Role
from backend.insight import verify
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions
from tests.engagement.bowls import Bowl, make_bowl
from tests.engagement.stories import CODE_KEY, PRESENT, resolve
from tests.factories import NOW, make_employee
from tests.insight.test_verify import take_guards_down


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What Casey has resolved, and not to the fan, what Dana has in hand since, and the ask."""

    bowl: Bowl
    first: UUID
    anew: UUID
    ask: UUID


@pytest.fixture
def asked(scratch: Session) -> Asked:
    bowl = make_bowl(scratch)
    ask_id, arena = new_id(), bowl.arena
    code = places.place_code(arena.section_id, version=1, code_key=CODE_KEY)
    new = NewAsk(id=ask_id, category=Category.CLEANING)
    token = asks.ask(scratch, code=code, new=new, code_key=CODE_KEY, now=NOW).token
    first = asks.get_followed(scratch, token=token).request.id
    requests.accept(scratch, actor=bowl.casey, request_id=first, moment=PRESENT)
    resolve(scratch, bowl.casey, first)
    reopenings.say_unsolved(scratch, token=token, now=NOW)
    anew = asks.get_followed(scratch, token=token).request.id
    requests.accept(scratch, actor=bowl.dana, request_id=anew, moment=Moment.present(NOW))
    hr = make_employee(scratch, arena, roles=(Role.HR,))
    places.renew(scratch, actor=hr, venue_id=arena.venue_id, now=NOW)
    retentions.change(scratch, actor=hr, to=Periods(word_days=60), now=NOW)
    entry = {"venue_id": arena.venue_id, "asked": "Shade", "done": "Two sails."}
    entry_id = heard_entries.write(scratch, actor=hr, given=entry, now=NOW).id
    at: dict[str, Any] = {
        "slug": slug_of(arena.venue_id, "ARENA"),
        "entry_id": entry_id,
        "device": "one",
    }
    heard_pages.answer(scratch, **at, works=Works.NOT_YET, now=NOW)
    heard_pages.say_why(scratch, **at, why="Not on my side.", now=NOW)
    scratch.flush()
    return Asked(bowl=bowl, first=first, anew=anew, ask=ask_id)


DAMAGE: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a fan cannot follow what they asked for": (
        "I08",
        "requests",
        ("delete from asks where id = :ask",),
    ),
    "a fan follows what is over": (
        "I08",
        "asks",
        ("update asks set request_id = :first where id = :ask",),
    ),
    "a fan follows what is elsewhere": (
        "I08",
        "asks",
        ("update requests set zone_id = :gate where id = :anew",),
    ),
    "what was never resolved is opened anew": (
        "I08",
        "requests",
        ("update requests set reopens_id = :anew where id = :anew",),
    ),
    "who did not solve it has it in hand again": (
        "I08",
        "credit_shares",
        ("update credit_shares set employee_id = :casey where request_id = :anew",),
    ),
    "what was heard was written by nobody on record": (
        "I14",
        "heard_entries",
        ("delete from audit_rows where organisation_id = :org and act = 'heard_entry.written'",),
    ),
    "what was heard has lost its words": (
        "I14",
        "heard_entries",
        ("delete from heard_versions where organisation_id = :org",),
    ),
    "a fan's words are shown by nobody on record": (
        "I14",
        "heard_answers",
        ("update heard_answers set why_state = 'shown' where organisation_id = :org",),
    ),
    "periods were set by nobody on record": (
        "I14",
        "retentions",
        ("delete from audit_rows where organisation_id = :org and act = 'retention.changed'",),
    ),
    "codes were renewed by nobody on record": (
        "I14",
        "ask_versions",
        ("delete from audit_rows where organisation_id = :org and act = 'ask_codes.renewed'",),
    ),
}


def test_a_healthy_evening_has_no_finding(scratch: Session, asked: Asked) -> None:
    assert list(verify.verify(scratch, organisation_id=asked.bowl.organisation_id)) == []


@pytest.mark.parametrize(("code", "table", "statements"), DAMAGE.values(), ids=DAMAGE.keys())
def test_damage_is_named(
    scratch: Session, asked: Asked, code: str, table: str, statements: tuple[str, ...]
) -> None:
    owner = asked.bowl.organisation_id
    ids = {
        "org": owner,
        "ask": asked.ask,
        "first": asked.first,
        "anew": asked.anew,
        "gate": asked.bowl.arena.gate_id,
        "casey": asked.bowl.casey.employee_id,
    }
    take_guards_down(scratch, *statements)
    for statement in statements:
        used = [
            bindparam(name, value, Uuid()) for name, value in ids.items() if f":{name}" in statement
        ]
        scratch.execute(text(statement).bindparams(*used))
    found = verify.find_offenders(scratch, code=code, organisation_id=owner)
    assert table in {finding.table for finding in found}
