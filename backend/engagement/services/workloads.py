"""How many requests somebody has in hand: five at most, held by one conditional update."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import Workload
from backend.engagement.problems import TooManyInHand
from backend.engagement.rules import MOST_IN_HAND


def take_up(session: Session, *, organisation_id: UUID, employee_id: UUID) -> None:
    """Put one more request into somebody's hands; raises TooManyInHand at five."""
    statement = insert(Workload).values(
        organisation_id=organisation_id, employee_id=employee_id, in_hand=1
    )
    taken = statement.on_conflict_do_update(
        index_elements=[Workload.organisation_id, Workload.employee_id],
        set_={"in_hand": Workload.in_hand + 1},
        where=Workload.in_hand < MOST_IN_HAND,
    )
    if session.scalar(taken.returning(Workload.organisation_id)) is None:
        raise TooManyInHand


def put_down(session: Session, *, organisation_id: UUID, employee_id: UUID) -> None:
    """Take one request out of somebody's hands."""
    session.execute(
        update(Workload)
        .where(Workload.organisation_id == organisation_id, Workload.employee_id == employee_id)
        .values(in_hand=Workload.in_hand - 1),
        execution_options={"synchronize_session": False},
    )
