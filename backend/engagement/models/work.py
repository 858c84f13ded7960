"""What is done in an evening: greetings, requests, ratings, and what phones did."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.engagement.rules import (
    ActionKind,
    Answer,
    Category,
    CommentState,
    Outcome,
    RatingState,
    Reason,
    Status,
    Step,
)
from backend.foundation.db import (
    ONE_TREE,
    ROOM_TO_CHANGE,
    Base,
    Owned,
    enum_column,
    index_where,
    reference,
    unique_where,
)
from backend.integrity.rules import Verdict


class PhoneAction(Owned, Base):
    """Something a phone did, under the phone's own id, unique for ever; only ever added.

    Sent again it gets the first result; another body under its id is refused.
    """

    __tablename__ = "phone_actions"

    employee_id: Mapped[UUID]
    kind: Mapped[ActionKind] = mapped_column(enum_column(ActionKind))
    fingerprint: Mapped[bytes | None] = mapped_column(
        LargeBinary(32), doc="SHA-256 of what was sent; it goes with the words of it."
    )
    phone_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    verdict: Mapped[Verdict] = mapped_column(enum_column(Verdict))
    status: Mapped[int] = mapped_column(doc="The first result as an HTTP status.")
    result: Mapped[dict[str, Any]] = mapped_column(doc="The first result, without secrets.")

    __table_args__ = (reference("employee_id", "employees"),)


class Greeting(Owned, Base):
    """A party of fans greeted and asked. Its id is the phone's."""

    __tablename__ = "greetings"

    employee_id: Mapped[UUID]
    event_id: Mapped[UUID | None]
    shift_id: Mapped[UUID | None]
    zone_id: Mapped[UUID | None]
    party_size: Mapped[int]
    answer: Mapped[Answer] = mapped_column(enum_column(Answer))
    greeted_at: Mapped[datetime] = mapped_column(doc="By the server's judgement.")
    received_at: Mapped[datetime]
    outcome: Mapped[Outcome] = mapped_column(enum_column(Outcome))
    points: Mapped[int]
    paid_with_id: Mapped[UUID | None] = mapped_column(
        doc="The first of the greetings that were paid together; the ledger names it as source."
    )

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("event_id", "events"),
        reference("shift_id", "shifts"),
        reference("zone_id", "zones"),
        CheckConstraint("party_size between 1 and 50", name="party_size"),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("(outcome = 'paid') = (points > 0)", name="outcome_points"),
        CheckConstraint("(points > 0) = (paid_with_id is not null)", name="paid_with"),
        Index(None, "organisation_id", "event_id", "employee_id"),
        index_where(
            "outcome = 'season_closed'", "organisation_id", "event_id", name="ix_greetings_late"
        ),
    )


class Tally(Base):
    """One employee's evening: what was done, and how much of it was paid."""

    __tablename__ = "tallies"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    greetings: Mapped[int] = mapped_column(default=0, doc="Greetings that count in the figures.")
    fans_greeted: Mapped[int] = mapped_column(default=0, doc="The people in them.")
    paid_greetings: Mapped[int] = mapped_column(default=0)
    last_greeted_at: Mapped[datetime | None] = mapped_column(doc="The last one that counted.")
    accepted: Mapped[int] = mapped_column(default=0)
    resolved: Mapped[int] = mapped_column(default=0)
    paid_resolved: Mapped[int] = mapped_column(default=0)
    invitations: Mapped[int] = mapped_column(default=0)
    ratings: Mapped[int] = mapped_column(default=0, doc="Accepted ratings.")
    five_star: Mapped[int] = mapped_column(default=0)
    good: Mapped[int] = mapped_column(default=0, doc="Four or five stars.")
    paid_ratings: Mapped[int] = mapped_column(default=0)

    __table_args__ = (
        reference("event_id", "events"),
        reference("employee_id", "employees"),
        CheckConstraint("five_star <= good and good <= ratings", name="ratings"),
        CheckConstraint("five_star >= 0 and ratings <= invitations", name="answers"),
        CheckConstraint("paid_greetings <= greetings", name="paid_greetings"),
        CheckConstraint("paid_resolved <= resolved", name="paid_resolved"),
        ROOM_TO_CHANGE | ONE_TREE,
    )


class Request(Owned, Base):
    """Something a fan needs. Its id is the phone's."""

    __tablename__ = "requests"

    event_id: Mapped[UUID]
    season_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    greeting_id: Mapped[UUID | None]
    category: Mapped[Category] = mapped_column(enum_column(Category))
    seat: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[str | None] = mapped_column(String(280))
    status: Mapped[Status] = mapped_column(enum_column(Status))
    opened_by: Mapped[UUID | None] = mapped_column(doc="None: the fan, from the code of a place.")
    reopens_id: Mapped[UUID | None] = mapped_column(
        doc="The one that was resolved, and not to the fan; somebody else is to see to it."
    )
    owner_id: Mapped[UUID | None] = mapped_column(doc="Who has it in hand, or resolved it.")
    left_post_id: Mapped[UUID | None] = mapped_column(doc="The post its owner left for it.")
    verdict: Mapped[Verdict] = mapped_column(
        enum_column(Verdict), doc="The worst of its steps; only a verified request pays."
    )
    opened_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None] = mapped_column(doc="Resolved, cancelled, or too late.")
    accept_seconds: Mapped[int | None] = mapped_column(doc="From opened to first accepted.")
    resolve_seconds: Mapped[int | None] = mapped_column(doc="From opened to resolved.")
    steps: Mapped[int] = mapped_column(default=0, doc="How many steps its history has.")

    __table_args__ = (
        reference("event_id", "events"),
        reference("season_id", "seasons"),
        reference("zone_id", "zones"),
        reference("greeting_id", "greetings"),
        reference("opened_by", "employees"),
        reference("reopens_id", "requests"),
        reference("owner_id", "employees"),
        reference("left_post_id", "posts"),
        CheckConstraint(
            "(status in ('accepted', 'resolved')) = (owner_id is not null)", name="owner"
        ),
        CheckConstraint(
            "(status in ('resolved', 'cancelled', 'season_closed')) = (closed_at is not null)",
            name="closed",
        ),
        CheckConstraint("reopens_id is null or opened_by is null", name="reopens"),
        unique_where(
            "reopens_id is not null", "organisation_id", "reopens_id", name="uq_requests_reopens"
        ),
        Index(None, "organisation_id", "event_id", "status"),
        Index(None, "organisation_id", "owner_id", "status"),
        Index(None, "organisation_id", "event_id", "accept_seconds"),
        Index(None, "organisation_id", "event_id", "resolve_seconds"),
        Index(None, "organisation_id", "season_id", "accept_seconds"),
        Index(None, "organisation_id", "season_id", "resolve_seconds"),
        index_where(
            "seat is not null or note is not null",
            "organisation_id",
            "opened_at",
            name="ix_requests_words",
        ),
        ROOM_TO_CHANGE,
    )


class RequestStep(Base):
    """One step in the history of a request; only ever added."""

    __tablename__ = "request_steps"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[Step] = mapped_column(enum_column(Step))
    employee_id: Mapped[UUID | None] = mapped_column(
        doc="Who did it; None for the fan, a timer, and the end of a season."
    )
    other_id: Mapped[UUID | None] = mapped_column(doc="To whom: the helper or the new owner.")
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    __table_args__ = (
        reference("request_id", "requests"),
        reference("employee_id", "employees"),
        reference("other_id", "employees"),
        index_where(
            "step = 'season_closed'",
            "organisation_id",
            "step",
            # With all that is told of them: else SQLite reads every step there is instead.
            "employee_id",
            "at",
            "recorded_at",
            name="ix_request_steps_late",
        ),
        ONE_TREE,
    )


class CreditShare(Base):
    """How much of a request's credit somebody holds; those of one request sum to 100."""

    __tablename__ = "credit_shares"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    percent: Mapped[int]

    __table_args__ = (
        reference("request_id", "requests"),
        reference("employee_id", "employees"),
        CheckConstraint("percent between 0 and 100", name="percent"),
        # With the request, or SQLite would rather read all shares along the key.
        Index(None, "organisation_id", "employee_id", "request_id"),
    )


class Workload(Base):
    """How many requests an employee has in hand; five at most."""

    __tablename__ = "workloads"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    in_hand: Mapped[int]

    __table_args__ = (
        reference("employee_id", "employees"),
        CheckConstraint("in_hand between 0 and 5", name="in_hand"),
    )


class Invitation(Owned, Base):
    """A single-use code with which a fan rates; everything it is bound to is fixed at issue.

    That of a card has the card's id and no request. One that was rated before anybody was bound to
    it is bound to nobody, for ever.
    """

    __tablename__ = "invitations"

    request_id: Mapped[UUID | None]
    employee_id: Mapped[UUID | None] = mapped_column(
        doc="The owner of the request when it was resolved, or who handed out the card."
    )
    event_id: Mapped[UUID | None]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    lapsed_at: Mapped[datetime | None] = mapped_column(
        doc="When its season was closed before it was used; an answer since does not count."
    )

    __table_args__ = (
        UniqueConstraint("organisation_id", "request_id"),
        reference("request_id", "requests"),
        reference("employee_id", "employees"),
        reference("event_id", "events"),
        CheckConstraint("issued_at < expires_at", name="order"),
        CheckConstraint("(employee_id is null) = (event_id is null)", name="bound"),
        CheckConstraint("request_id is null or employee_id is not null", name="request"),
        # What a season that is being closed lets lapse: of a few last events, not of all.
        index_where(
            "lapsed_at is null",
            "organisation_id",
            "event_id",
            "expires_at",
            name="ix_invitations_unlapsed",
        ),
    )


class InvitationShare(Base):
    """A credit share as it was when the invitation was issued; only ever added."""

    __tablename__ = "invitation_shares"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    percent: Mapped[int]

    __table_args__ = (
        reference("invitation_id", "invitations"),
        reference("employee_id", "employees"),
        CheckConstraint("percent between 0 and 100", name="percent"),
    )


class Rating(Owned, Base):
    """A fan's answer as it stands now; every answer ever given is in rating_answers.

    Its id is its invitation's, so that there is one at most, and it is bound to what that is.
    """

    __tablename__ = "ratings"

    request_id: Mapped[UUID | None]
    employee_id: Mapped[UUID | None]
    event_id: Mapped[UUID | None]
    stars: Mapped[int]
    reason: Mapped[Reason | None] = mapped_column(enum_column(Reason))
    comment: Mapped[str | None] = mapped_column(String(1000))
    comment_state: Mapped[CommentState] = mapped_column(enum_column(CommentState))
    state: Mapped[RatingState] = mapped_column(enum_column(RatingState))
    answers: Mapped[int] = mapped_column(doc="How many times it was given or corrected.")
    correction_hash: Mapped[bytes] = mapped_column(
        LargeBinary(32), doc="Only the phone that rated can correct, not whoever saw the code."
    )
    rated_at: Mapped[datetime]

    __table_args__ = (
        reference("id", "invitations"),
        reference("request_id", "requests"),
        reference("employee_id", "employees"),
        reference("event_id", "events"),
        CheckConstraint("(employee_id is null) = (event_id is null)", name="bound"),
        CheckConstraint("stars between 1 and 5", name="stars"),
        CheckConstraint("answers between 1 and 5", name="answers"),
        Index(None, "organisation_id", "employee_id", "rated_at"),
        index_where("comment is not null", "organisation_id", "comment_state", "rated_at"),
        index_where("state = 'held'", "organisation_id", "rated_at"),
        index_where(
            "state = 'season_closed'",
            "organisation_id",
            "event_id",
            # As with steps that came too late.
            "employee_id",
            "rated_at",
            name="ix_ratings_late",
        ),
        ONE_TREE,
    )


class RatingAnswer(Owned, Base):
    """One answer of a fan, the first or a correction; only ever added, but for words that go.

    The id of the first is its rating's, so that it needs no index of its own to be the only one.
    """

    __tablename__ = "rating_answers"

    rating_id: Mapped[UUID]
    number: Mapped[int]
    stars: Mapped[int]
    reason: Mapped[Reason | None] = mapped_column(enum_column(Reason))
    comment: Mapped[str | None] = mapped_column(String(1000))
    answered_at: Mapped[datetime]

    __table_args__ = (
        unique_where(
            "number > 1",
            "organisation_id",
            "rating_id",
            "number",
            name="uq_rating_answers_correction",
        ),
        reference("rating_id", "ratings"),
        CheckConstraint("stars between 1 and 5", name="stars"),
        CheckConstraint("number >= 1 and (number = 1) = (id = rating_id)", name="first"),
        index_where(
            "comment is not null", "organisation_id", "answered_at", name="ix_rating_answers_words"
        ),
        ONE_TREE,
    )
