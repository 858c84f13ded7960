"""Protected groups, kept for a purpose and until a day: taken from a file whole, and deleted whole.

The audit says of which attribute, why, how many and until when; never who is in which group.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from backend.foundation import audit, csv_cells
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import Column, CsvFile, Row, read_file
from backend.foundation.db import new_id, take_turn, transaction
from backend.identity.models import Employee, ProtectedAttribute, ProtectedGroup
from backend.identity.problems import DeletionDayOutOfReach, TooManyAttributes
from backend.identity.queries.protected_groups import (
    AttributeFacts,
    lock_attribute,
    lock_attributes,
    lock_due_attributes,
)
from backend.identity.rules import (
    FEWEST_IN_GROUP,
    LONGEST_GROUP,
    MOST_ATTRIBUTES,
    MOST_GROUPS,
    NOT_STATED,
    may_be_deleted_on,
)

COLUMNS = (
    Column(name="badge_number", read=csv_cells.text(longest=40)),
    Column(name="group", read=csv_cells.text(longest=LONGEST_GROUP)),
)
_AT_ONCE = 20
_TURN = "protected groups"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What HR says of a file of groups: of which attribute, for which purpose, until which day."""

    attribute: str
    purpose: str
    deleted_on: date


def import_groups(
    session: Session, *, actor: Actor, stated: Stated, text: str | bytes | CsvFile, now: datetime
) -> AttributeFacts:
    """Keep in which group of an attribute the employees of a CSV file are; nobody else is in one.

    Columns: badge_number, group. Whatever was kept of the attribute before is deleted. At most 20
    groups of at least 5 people each, whose names differ in more than capitals; nobody who is
    deactivated. Raises ImportRejected, FileTooLarge, TooManyRows, DeletionDayOutOfReach,
    TooManyAttributes.
    """
    file = read_file(text, COLUMNS)
    if not may_be_deleted_on(stated.deleted_on, now=now):
        raise DeletionDayOutOfReach
    take_turn(session, actor.organisation_id, _TURN)
    employees = _check(session, file, organisation_id=actor.organisation_id)
    _make_room(session, actor, stated.attribute, now)
    attribute = AttributeFacts(
        id=new_id(),
        name=stated.attribute,
        purpose=stated.purpose,
        deleted_on=stated.deleted_on,
        imported_at=now,
        people=len(file.rows),
    )
    _write(session, actor.organisation_id, attribute, file.rows, employees)
    audit.record(
        session,
        actor=actor,
        act="protected_groups.imported",
        subject_id=attribute.id,
        now=now,
        # Without the file's hash: of a few people whoever has it could try what it must have said.
        detail=_told(attribute) | {"purpose": attribute.purpose},
    )
    return attribute


def delete_groups(session: Session, *, actor: Actor, attribute_id: UUID, now: datetime) -> None:
    """Delete an attribute and everything of it at once; raises ProtectedAttributeUnknown."""
    attribute = lock_attribute(
        session, organisation_id=actor.organisation_id, attribute_id=attribute_id
    )
    _delete_for(session, actor, attribute, now)


def delete_due(*, now: datetime) -> bool:
    """Delete everything of the attributes whose day has come; tell whether there may be more."""
    with transaction() as session:
        due = lock_due_attributes(session, now=now, limit=_AT_ONCE)
        for organisation_id, attribute in due:
            _delete(session, organisation_id, attribute.id)
            audit.record_job(
                session,
                organisation_id=organisation_id,
                act="protected_groups.deleted",
                subject_id=attribute.id,
                now=now,
                detail=_told(attribute),
            )
    return len(due) == _AT_ONCE


def forget_employee(session: Session, *, organisation_id: UUID, employee_id: UUID) -> None:
    """Delete in which groups somebody is who leaves."""
    # An import that began before would put back what is deleted here.
    take_turn(session, organisation_id, _TURN)
    session.execute(
        delete(ProtectedGroup).where(
            ProtectedGroup.organisation_id == organisation_id,
            ProtectedGroup.employee_id == employee_id,
        )
    )


def _check(session: Session, file: CsvFile, *, organisation_id: UUID) -> Mapping[str, UUID]:
    """Return employees by badge number; raises ImportRejected unless every row may be taken."""
    people = {
        badge: (employee_id, left)
        for badge, employee_id, left in session.execute(
            select(Employee.badge_number, Employee.id, Employee.deactivated_at).where(
                Employee.organisation_id == organisation_id
            )
        )
    }
    badges = ((row, row["badge_number"]) for row in file.rows)
    file.refuse_repeats(badges, column="badge_number", what="badge number")
    for row in file.rows:
        employee_id, left = people.get(row["badge_number"], (None, None))
        if employee_id is None:
            file.findings.add(row.line, "badge_number", "nobody here has this badge")
        elif left:
            file.findings.add(row.line, "badge_number", "is of somebody who is deactivated")
    _check_groups(file)
    file.findings.check()
    return {badge: employee_id for badge, (employee_id, _) in people.items()}


def _check_groups(file: CsvFile) -> None:
    sizes = Counter(row["group"] for row in file.rows)
    spellings: dict[str, str] = {}
    for row in file.rows:
        group = row["group"]
        spelling = spellings.setdefault(group.casefold(), group)
        if group.casefold() == NOT_STATED:
            reason = "is nobody's group; leave out whom nothing is stated of"
        elif spelling != group:
            reason = f"is written {spelling} further above"
        elif sizes[group] < FEWEST_IN_GROUP:
            reason = f"has fewer than {FEWEST_IN_GROUP} people; join it with another, or leave out"
        else:
            continue
        file.findings.add(row.line, "group", reason)
    if len(spellings) > MOST_GROUPS:
        file.findings.add(1, "group", f"has {len(spellings)} groups; at most {MOST_GROUPS}")


def _make_room(session: Session, actor: Actor, name: str, now: datetime) -> None:
    """Delete what was kept of an attribute of that name; raises TooManyAttributes."""
    kept = lock_attributes(session, organisation_id=actor.organisation_id)
    same = [one for one in kept if one.name.casefold() == name.casefold()]
    if len(kept) - len(same) >= MOST_ATTRIBUTES:
        raise TooManyAttributes
    for one in same:
        _delete_for(session, actor, one, now)


def _delete_for(session: Session, actor: Actor, attribute: AttributeFacts, now: datetime) -> None:
    _delete(session, actor.organisation_id, attribute.id)
    audit.record(
        session,
        actor=actor,
        act="protected_groups.deleted",
        subject_id=attribute.id,
        now=now,
        detail=_told(attribute),
    )


def _write(
    session: Session,
    organisation_id: UUID,
    attribute: AttributeFacts,
    rows: Iterable[Row],
    employees: Mapping[str, UUID],
) -> None:
    session.execute(
        insert(ProtectedAttribute).values(
            organisation_id=organisation_id,
            id=attribute.id,
            name=attribute.name,
            purpose=attribute.purpose,
            deleted_on=attribute.deleted_on,
            imported_at=attribute.imported_at,
            people=attribute.people,
        )
    )
    session.execute(
        insert(ProtectedGroup),
        [
            {
                "organisation_id": organisation_id,
                "employee_id": employees[row["badge_number"]],
                "attribute_id": attribute.id,
                "name": row["group"],
            }
            for row in rows
        ],
    )


def _delete(session: Session, organisation_id: UUID, attribute_id: UUID) -> None:
    """Delete an attribute that is locked; its lock comes first, so that no two wait in a ring."""
    session.execute(
        delete(ProtectedGroup).where(
            ProtectedGroup.organisation_id == organisation_id,
            ProtectedGroup.attribute_id == attribute_id,
        )
    )
    session.execute(
        delete(ProtectedAttribute)
        .where(
            ProtectedAttribute.organisation_id == organisation_id,
            ProtectedAttribute.id == attribute_id,
        )
        .execution_options(synchronize_session=False)
    )


def _told(attribute: AttributeFacts) -> dict[str, Any]:
    return {
        "attribute": attribute.name,
        "rows": attribute.people,
        "until": attribute.deleted_on.isoformat(),
    }
