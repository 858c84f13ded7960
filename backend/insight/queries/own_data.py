"""Everything that is kept about an employee, table by table, for their own copy of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import (
    CardScan,
    CreditShare,
    Gesture,
    GestureSpending,
    Greeting,
    PhoneAction,
    PostCover,
    RequestFollowUp,
    RequestStep,
    Tally,
)
from backend.foundation.audit import AuditRow
from backend.foundation.db import Base
from backend.identity.models import Device, EmployeeRole, SignedInSession
from backend.notify.models import OutboxMessage
from backend.rewards.models import (
    Balance,
    LateMovement,
    LedgerTransaction,
    PayrollLine,
    PointsOnTheWay,
    PointsToExpire,
    Redemption,
    Standing,
)
from backend.venues.models import Shift


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Rows of a table that are about the employee in the column ``whose``, and what they say."""

    name: str
    table: type[Base]
    whose: str
    says: tuple[str, ...]


def _part(name: str, table: type[Base], says: str, *, whose: str = "employee_id") -> Part:
    return Part(name=name, table=table, whose=whose, says=tuple(says.split()))


# Not how many ratings there are: each would be told at once, and in batches it is shielded.
_TALLIED = "greetings fans_greeted accepted resolved invitations"
_GIVEN = "id points rule source_kind source_id event_id at recorded_at due_at"
PARTS = (
    _part("roles", EmployeeRole, "role"),
    _part("devices", Device, "id label enrolled_at revoked_at", whose="enrolled_by"),
    _part("sessions", SignedInSession, "id device_id kind opened_at expires_at revoked_at"),
    _part("shifts", Shift, "id event_id post_id starts_at ends_at"),
    _part("phone_actions", PhoneAction, "id kind phone_at received_at verdict status"),
    _part(
        "greetings",
        Greeting,
        "id event_id shift_id zone_id party_size answer greeted_at received_at outcome points",
    ),
    _part("request_steps", RequestStep, "request_id number step at recorded_at"),
    _part("credit_shares", CreditShare, "request_id percent"),
    _part("follow_ups", RequestFollowUp, "request_id created_at due_at done_at note"),
    _part("gestures", Gesture, "id request_id event_id kind_name cents currency state asked_at"),
    _part("gesture_spendings", GestureSpending, "event_id currency spent_cents cap_cents"),
    _part("card_scans", CardScan, "id event_id post_id first_serial last_serial bound scanned_at"),
    _part("absences", PostCover, "id event_id post_id left_at ended_at", whose="left_by"),
    _part("covers", PostCover, "id event_id post_id covered_at ended_at", whose="covered_by"),
    _part("evenings", Tally, f"event_id {_TALLIED}"),
    _part("standings", Standing, "board points"),
    _part("balances", Balance, "pending available held paid debt"),
    _part("points", LedgerTransaction, f"kind reason {_GIVEN}"),
    _part("points_on_the_way", PointsOnTheWay, _GIVEN),
    _part("points_to_expire", PointsToExpire, "season_id due_at"),
    _part("late_movements", LateMovement, "transaction_id event_id points recorded_at"),
    _part(
        "redemptions",
        Redemption,
        "id reward_id reward_name kind points value_cents currency taxable status asked_at due_at",
    ),
    _part(
        "payroll_lines",
        PayrollLine,
        "id batch_id kind redemption_id amount_cents points badge_number payroll_number name"
        " department employment_kind pay_basis taxable reward_name reason",
    ),
    _part("messages", OutboxMessage, "id kind subject_id at read_at", whose="recipient_id"),
    _part("acts", AuditRow, "id act subject_id at", whose="actor_id"),
)


def list_parts(
    session: Session, *, organisation_id: UUID, employee_id: UUID
) -> Iterable[tuple[str, list[dict[str, Any]]]]:
    """Yield every part of `PARTS` by name, its rows in the order of their keys."""
    for part in PARTS:
        columns = part.table.__table__.c
        rows = session.execute(
            select(*(columns[name] for name in part.says))
            .where(
                columns["organisation_id"] == organisation_id, columns[part.whose] == employee_id
            )
            .order_by(*part.table.__table__.primary_key)
        )
        yield part.name, [dict(row._mapping) for row in rows]
