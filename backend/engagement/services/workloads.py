"""How many requests somebody has in hand: five at most, held by one conditional update."""

from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import Workload
from backend.engagement.problems import TooManyInHand
from backend.engagement.rules import MOST_IN_HAND
from backend.foundation.prepared import Prepared

_KEY = ("organisation_id", "employee_id")
_TAKE_UP = Prepared(
    insert(Workload)
    .values({name: bindparam(name) for name in _KEY} | {"in_hand": 1})
    .on_conflict_do_update(
        index_elements=_KEY,
        set_={"in_hand": Workload.in_hand + 1},
        where=Workload.in_hand < MOST_IN_HAND,
    )
    .returning(Workload.in_hand)
)
_PUT_DOWN = Prepared(
    update(Workload)
    .where(
        Workload.organisation_id == bindparam("its_organisation"),
        Workload.employee_id == bindparam("its_employee"),
    )
    .values(in_hand=Workload.in_hand - 1)
)


def take_up(session: Session, *, organisation_id: UUID, employee_id: UUID) -> None:
    """Put one more request into somebody's hands; raises TooManyInHand at five."""
    taken = _TAKE_UP.run(session, organisation_id=organisation_id, employee_id=employee_id)
    if taken.fetchone() is None:
        raise TooManyInHand


def put_down(session: Session, *, organisation_id: UUID, employee_id: UUID) -> None:
    """Take one request out of somebody's hands."""
    _PUT_DOWN.run(session, its_organisation=organisation_id, its_employee=employee_id)
