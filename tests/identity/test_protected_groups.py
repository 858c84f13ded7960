"""Protected groups by file: all rows or none, kept until a day, and nobody named in the audit."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.csv_rows import ImportRejected, TooManyRows
from backend.foundation.db import new_id, reading, transaction
from backend.identity.models import Employee, ProtectedAttribute
from backend.identity.permissions import GRANTS, Permission, Role
from backend.identity.problems import (
    DeletionDayOutOfReach,
    ProtectedAttributeUnknown,
    TooManyAttributes,
)
from backend.identity.queries.protected_groups import list_attributes, list_own_groups
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services import employees
from backend.identity.services.protected_groups import (
    delete_groups,
    import_groups,
)
from backend.worker import JOBS
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.files import bad_rows
from tests.identity.groups import (
    HEADER,
    LATER,
    PURPOSE,
    badges_of,
    kept_of,
    make_people,
    put_in,
    stated,
)


@pytest.fixture
def hr(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, roles=(Role.HR,))


def take(session: Session, hr: Actor, text: str | bytes, **said: Any) -> Any:
    return import_groups(session, actor=hr, stated=stated(**said), text=text, now=NOW)


def refused(session: Session, hr: Actor, text: str | bytes) -> list[tuple[int, str | None, str]]:
    with pytest.raises(ImportRejected) as raised:
        take(session, hr, text)
    assert list_attributes(session, organisation_id=hr.organisation_id, now=NOW) == []
    assert kept_of(session, hr.organisation_id) == {}
    return bad_rows(raised.value)


def acts_of(session: Session, organisation_id: UUID) -> list[AuditRow]:
    query = select(AuditRow).where(
        AuditRow.organisation_id == organisation_id,
        AuditRow.act.startswith("protected_groups."),
    )
    return list(session.scalars(query.order_by(AuditRow.id)))


def test_a_file_puts_people_into_groups(session: Session, arena: Arena, hr: Actor) -> None:
    old, young = make_people(session, arena, 5), make_people(session, arena, 6)
    kept = put_in(session, hr, {"40 or over": old, "under 40": young})
    assert (kept.name, kept.purpose, kept.deleted_on, kept.people) == (
        *("Age band", PURPOSE, LATER, 11),
    )
    assert kept_of(session, hr.organisation_id) == {
        **{one.employee_id: "40 or over" for one in old},
        **{one.employee_id: "under 40" for one in young},
    }


def test_a_byte_order_mark_and_another_order_of_columns_are_taken(
    session: Session, arena: Arena, hr: Actor
) -> None:
    badges = badges_of(session, make_people(session, arena, 5))
    rows = "\r\n".join(("group,badge_number", *(f'"Über 40, alle", {one} ' for one in badges)))
    assert take(session, hr, "\ufeff".encode() + rows.encode()).people == 5
    assert set(kept_of(session, hr.organisation_id).values()) == {"Über 40, alle"}


def test_every_bad_row_is_named_and_no_row_is_taken(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 6)
    stranger = make_people(session, make_arena(session), 1)
    whose: dict[str, Any] = {"organisation_id": hr.organisation_id}
    employees.deactivate(session, **whose, employee_id=people[5].employee_id, now=NOW)
    badges = [*badges_of(session, people), *badges_of(session, stranger)]
    rows = [
        *(f"{badge},old" for badge in badges[:5]),
        f"{badges[5]},old",
        f"{badges[6]},old",
        f"{badges[0]},old",
        f"{badges[1]},",
        "X-404,Old",
        "X-405,Not Stated",
        f"X-406,{'x' * 61}",
        "X-407,few,too many",
        "X-408,few",
    ]
    found = refused(session, hr, "\n".join((HEADER, *rows)))
    assert [(line, column) for line, column, _ in found] == [
        (7, "badge_number"),
        (8, "badge_number"),
        (9, "badge_number"),
        (10, "group"),
        (11, "badge_number"),
        (11, "group"),
        (12, "badge_number"),
        (12, "group"),
        (13, "group"),
        (14, None),
        (15, "badge_number"),
        (15, "group"),
    ]
    reasons = {line: reason for line, _, reason in found}
    assert reasons[7] == "is of somebody who is deactivated"
    # Of another organisation's badge is said what is said of none.
    assert found[1][2] == found[4][2] == "nobody here has this badge"
    assert reasons[9] == "repeats line 2: the same badge number"
    assert reasons[11] == "is written old further above"
    assert "fewer than 5 people" in reasons[15]


def test_groups_that_could_not_be_shown_are_not_kept(
    session: Session, arena: Arena, hr: Actor
) -> None:
    few, enough = make_people(session, arena, 4), make_people(session, arena, 5)
    rows = [f"{one},few" for one in badges_of(session, few)]
    rows += [f"{one},enough" for one in badges_of(session, enough)]
    found = refused(session, hr, "\n".join((HEADER, *rows)))
    assert [line for line, _, _ in found] == [2, 3, 4, 5]


def test_too_many_groups_are_refused(session: Session, arena: Arena, hr: Actor) -> None:
    badges = badges_of(session, make_people(session, arena, 105))
    rows = [f"{badge},group {number // 5}" for number, badge in enumerate(badges)]
    assert refused(session, hr, "\n".join((HEADER, *rows))) == [
        (1, "group", "has 21 groups; at most 20")
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "there are no rows under the header"),
        (HEADER.replace(",", ";").encode(), "the cells are separated by semicolons; use commas"),
        (b"badge_number\tgroup\n1\told\n", "the cells are separated by tabs; use commas"),
        (b"badge_number,group\n1,\xe9\n", "is not UTF-8 from here on"),
        (b"badge_number,sex\n1,f\n", "is not a column here"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(
    session: Session, hr: Actor, text: bytes, says: str
) -> None:
    assert says in refused(session, hr, text)[0][2]


def test_another_import_of_an_attribute_replaces_it_whole(
    session: Session, arena: Arena, hr: Actor
) -> None:
    before, after = make_people(session, arena, 5), make_people(session, arena, 5)
    put_in(session, hr, {"old": before})
    put_in(session, hr, {"all": before}, said=stated("Gender"))
    put_in(session, hr, {"young": after}, said=stated("AGE BAND"))
    kept = list_attributes(session, organisation_id=hr.organisation_id, now=NOW)
    assert [one.name for one in kept] == ["AGE BAND", "Gender"]
    assert kept_of(session, hr.organisation_id) == {
        **{one.employee_id: "all" for one in before},
        **{one.employee_id: "young" for one in after},
    }
    acts = [row.act for row in acts_of(session, hr.organisation_id)]
    imported, deleted = "protected_groups.imported", "protected_groups.deleted"
    assert sorted(acts) == sorted([imported, imported, deleted, imported])


def test_an_attribute_whose_day_has_come_is_replaced_as_well(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 5)
    put_in(session, hr, {"old": people}, said=stated(until=date(2026, 11, 30)))
    later = NOW + timedelta(days=30)
    put_in(session, hr, {"young": people}, now=later)
    assert set(kept_of(session, hr.organisation_id).values()) == {"young"}


def test_the_audit_says_what_is_kept_and_of_nobody_in_which_group(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 5)
    kept = put_in(session, hr, {"Secret group": people})
    delete_groups(session, actor=hr, attribute_id=kept.id, now=NOW)
    imported, deleted = acts_of(session, hr.organisation_id)
    told = {"attribute": "Age band", "rows": 5, "until": "2027-03-01"}
    assert imported.detail == told | {"purpose": PURPOSE}
    assert deleted.detail == told
    assert imported.actor_id == deleted.actor_id == hr.employee_id
    assert imported.subject_id == deleted.subject_id == kept.id


@pytest.mark.parametrize(
    ("day", "taken"),
    [
        (date(2026, 11, 21), False),
        # Where it is furthest ahead, this day has begun at half past seven in the evening of UTC.
        (date(2026, 11, 22), False),
        (date(2026, 11, 23), True),
        (date(2027, 11, 21), True),
        (date(2027, 11, 22), False),
    ],
)
def test_it_is_kept_for_a_year_at_most(
    session: Session, arena: Arena, hr: Actor, day: date, taken: bool
) -> None:
    people = make_people(session, arena, 5)
    if taken:
        assert put_in(session, hr, {"old": people}, said=stated(until=day)).deleted_on == day
        return
    with pytest.raises(DeletionDayOutOfReach):
        put_in(session, hr, {"old": people}, said=stated(until=day))


def test_ten_attributes_are_kept_at_most(session: Session, arena: Arena, hr: Actor) -> None:
    people = make_people(session, arena, 5)
    for number in range(10):
        put_in(session, hr, {"all": people}, said=stated(f"Attribute {number}"))
    with pytest.raises(TooManyAttributes):
        put_in(session, hr, {"all": people}, said=stated("One more"))
    assert put_in(session, hr, {"all": people}, said=stated("Attribute 7")).people == 5


def test_hand_deletes_everything_of_one_attribute(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 5)
    age = put_in(session, hr, {"old": people})
    put_in(session, hr, {"all": people}, said=stated("Gender"))
    delete_groups(session, actor=hr, attribute_id=age.id, now=NOW)
    assert set(kept_of(session, hr.organisation_id).values()) == {"all"}
    with pytest.raises(ProtectedAttributeUnknown):
        delete_groups(session, actor=hr, attribute_id=age.id, now=NOW)


def test_another_organisations_groups_are_not_there(session: Session, hr: Actor) -> None:
    other = make_arena(session)
    theirs = make_employee(session, other, roles=(Role.HR,))
    kept = put_in(session, theirs, {"old": make_people(session, other, 5)})
    with pytest.raises(ProtectedAttributeUnknown):
        delete_groups(session, actor=hr, attribute_id=kept.id, now=NOW)
    assert len(kept_of(session, other.organisation_id)) == 5


def test_when_their_day_begins_a_job_deletes_them(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr = make_employee(session, arena, roles=(Role.HR,))
        people = make_people(session, arena, 5)
        put_in(session, hr, {"old": people}, said=stated(until=date(2026, 12, 1)))
        put_in(session, hr, {"all": people}, said=stated("Gender"))
    assert "_delete_groups" in {job.__name__ for job in JOBS}
    [job] = [job for job in JOBS if job.__name__ == "_delete_groups"]
    # The last minute before the first of December begins in the first place on Earth.
    just_before = NOW.replace(day=30, hour=9, minute=59)
    for at, groups in ((just_before, {"old", "all"}), (NOW.replace(day=30, hour=10), {"all"})):
        with app.app_context():
            while job(at):
                pass
        with app.app_context(), reading() as session:
            kept = select(ProtectedAttribute.name).where(
                ProtectedAttribute.organisation_id == hr.organisation_id
            )
            assert len(session.scalars(kept).all()) == len(groups)
            rows = acts_of(session, hr.organisation_id)
            assert [row.actor_id for row in rows if row.act.endswith("deleted")] == (
                [None] if len(groups) == 1 else []
            )
    with app.app_context(), reading() as session:
        assert set(kept_of(session, hr.organisation_id).values()) == {"all"}


def test_from_its_day_on_nothing_is_listed_even_before_the_job(
    session: Session, arena: Arena, hr: Actor
) -> None:
    put_in(session, hr, {"old": make_people(session, arena, 5)})
    owner = hr.organisation_id
    listed = [
        list_attributes(session, organisation_id=owner, now=NOW.replace(year=2027, month=m, day=d))
        for m, d in ((2, 27), (3, 1))
    ]
    assert [len(one) for one in listed] == [1, 0]


def test_who_is_deactivated_is_in_no_group_any_more(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 6)
    put_in(session, hr, {"old": people})
    leaver = people[0].employee_id
    whose: dict[str, Any] = {"organisation_id": hr.organisation_id, "employee_id": leaver}
    employees.deactivate(session, **whose, now=NOW)
    assert leaver not in kept_of(session, hr.organisation_id)
    assert len(kept_of(session, hr.organisation_id)) == 5
    employees.reactivate(session, **whose)
    assert list_own_groups(session, **whose) == []


def test_everybody_may_know_their_own_group_and_what_it_is_for(
    session: Session, arena: Arena, hr: Actor
) -> None:
    people = make_people(session, arena, 5)
    put_in(session, hr, {"old": people})
    owner = hr.organisation_id
    [mine] = list_own_groups(session, organisation_id=owner, employee_id=people[0].employee_id)
    assert (mine["attribute"], mine["group"], mine["purpose"]) == ("Age band", "old", PURPOSE)
    assert mine["deleted_on"] == LATER
    assert list_own_groups(session, organisation_id=owner, employee_id=hr.employee_id) == []


def test_only_hr_and_administrators_may_import() -> None:
    may = {role for role, of in GRANTS.items() if Permission.MANAGE_PROTECTED_GROUPS in of}
    assert may == {Role.HR, Role.ADMIN}


def test_a_hundred_thousand_rows_are_taken_and_one_more_is_not(app: Flask) -> None:
    number = 100_000
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr = make_employee(session, arena, roles=(Role.HR,))
        session.execute(
            insert(Employee),
            [
                {
                    "organisation_id": arena.organisation_id,
                    "id": new_id(),
                    "badge_number": f"L{n}",
                    "name": "Lee Long",
                    "department_id": arena.department_id,
                    "employment_kind": EmploymentKind.TEMP,
                    "pay_basis": PayBasis.HOURLY,
                    "language": "en",
                    "created_at": NOW,
                }
                for n in range(number)
            ],
        )
        # As the database does by itself in time; it would check each row by how few there were.
        session.execute(text("analyze employees"))
    rows = [f"L{n},group {n % 20}" for n in range(number)]
    with app.app_context(), transaction() as session:
        kept = take(session, hr, "\n".join((HEADER, *rows)))
        assert kept.people == number
    with app.app_context(), transaction() as session:
        with pytest.raises(TooManyRows):
            take(session, hr, "\n".join((HEADER, *rows, "L-1,group 1")))
        assert len(kept_of(session, hr.organisation_id)) == number
        delete_groups(session, actor=hr, attribute_id=kept.id, now=NOW)
        assert len(kept_of(session, hr.organisation_id)) == 0
