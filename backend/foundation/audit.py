"""The audit: every privileged act, written in the transaction that does it, never changed."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.foundation.actor import Actor
from backend.foundation.db import ONE_TREE, Base, new_id
from backend.foundation.seals import Chain, Part, Seal


class AuditRow(Base):
    """One privileged act; rows are only ever added."""

    __tablename__ = "audit_rows"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    actor_id: Mapped[UUID | None] = mapped_column(
        doc="The employee; None for the operator or a job."
    )
    act: Mapped[str] = mapped_column(String(60), doc="For instance ``employee.deactivated``.")
    subject_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]

    __table_args__ = (
        Index(None, "organisation_id", "at"),
        Index(None, "organisation_id", "subject_id"),
    )


class AuditSeal(Seal, Base):
    """The seal of an audit row; only ever added."""

    __tablename__ = "audit_seals"
    __table_args__ = (UniqueConstraint("organisation_id", "row_id"), ONE_TREE)


AUDIT = Chain(
    name="audit",
    seals=AuditSeal,
    rows=Part(
        table=cast(Table, AuditRow.__table__),
        key="id",
        columns=("organisation_id", "id", "actor_id", "act", "subject_id", "detail", "at"),
    ),
)


def record(
    session: Session,
    *,
    actor: Actor,
    act: str,
    subject_id: UUID | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down that ``actor`` did ``act`` to the thing with ``subject_id``.

    ``detail`` holds plain JSON values and no secret.
    """
    session.add(
        AuditRow(
            organisation_id=actor.organisation_id,
            id=new_id(),
            actor_id=actor.employee_id,
            act=act,
            subject_id=subject_id,
            detail=detail or {},
            at=now,
        )
    )


def record_job(
    session: Session,
    *,
    organisation_id: UUID,
    act: str,
    subject_id: UUID,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down what a job did when its time had come, or the operator; see `record`."""
    session.add(
        AuditRow(
            organisation_id=organisation_id,
            id=new_id(),
            actor_id=None,
            act=act,
            subject_id=subject_id,
            detail=detail or {},
            at=now,
        )
    )
