"""Ratings over HTTP: the fan's without a sign-in, the employee's own, and the moderator's."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.engagement.guard import counting_guesses
from backend.engagement.problems import (
    CodeAlreadyUsed,
    CommentMayStillChange,
    CommentNotFound,
    CorrectionClosed,
    NotYetRated,
    TooManyCorrections,
    UnknownCode,
    WrongCorrectionToken,
)
from backend.engagement.queries.feedback import (
    CommentView,
    WantedComments,
    list_comments,
)
from backend.engagement.rules import CORRECTION_WINDOW, InvitationState
from backend.engagement.schemas.ratings import (
    CommentOut,
    CommentsArgs,
    CommentsOut,
    CorrectedOut,
    CorrectionIn,
    DecisionIn,
    InvitationOut,
    MyRatingsOut,
    RatingIn,
    RatingOut,
)
from backend.engagement.services import comments, feedback, ratings
from backend.engagement.services.ratings import (
    GivenAnswer,
    InvitationView,
    Received,
)
from backend.engagement.services.reviews import accounts_of
from backend.foundation.http import Call, Routes, ahead
from backend.foundation.pages import PageArgs, cursor_for, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import TooManyGuesses
from backend.integrity.guard import see_phone
from backend.integrity.rules.suspicions import Sighting

routes = Routes("ratings", __name__, description="What fans say about how it went")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """What a fan answers, the token that will correct it, and what was seen of the phone."""

    given: GivenAnswer
    correction_token: str
    sighting: Sighting | None


@routes.query(
    "/ratings/<code>", may=None, answers=InvitationOut(), raises=(UnknownCode, TooManyGuesses)
)
def show_invitation(call: Call, code: str) -> InvitationView:
    """Show what a code asks the fan to rate; looking records nothing."""
    with counting_guesses():
        found = ratings.find_invitation(call.session, code=code, now=call.now)
        if found.state is InvitationState.UNKNOWN:
            raise UnknownCode
    return found


def _see(body: dict[str, Any]) -> Answered:
    token = secrets.token_urlsafe(16)
    # A client of the API has no cookies of ours, so that nothing tells its answers from others'.
    return Answered(
        given=GivenAnswer(**body), correction_token=token, sighting=see_phone(browser=token)
    )


@routes.command(
    "POST /ratings/<code>",
    may=None,
    takes=RatingIn(),
    answers=RatingOut(),
    status=201,
    raises=(UnknownCode, CodeAlreadyUsed, TooManyGuesses),
)
@ahead(_see)
def give_rating(call: Call, answered: Answered, code: str) -> Received:
    """Rate how it went, once per code; the answer's token corrects it for ten minutes.

    An answer that people must look at first is thanked for like any other.
    """
    with counting_guesses():
        return ratings.receive(call.session, code=code, now=call.now, **vars(answered))


@routes.command(
    "PATCH /ratings/<code>",
    may=None,
    takes=CorrectionIn(),
    answers=CorrectedOut(),
    raises=(
        UnknownCode,
        NotYetRated,
        WrongCorrectionToken,
        CorrectionClosed,
        TooManyCorrections,
        TooManyGuesses,
    ),
)
def correct_rating(call: Call, body: dict[str, Any], code: str) -> Received:
    """Correct a rating within ten minutes of the first answer, four times at most."""
    said = {key: value for key, value in body.items() if key != "correction_token"}
    given, token = GivenAnswer(**said), body["correction_token"]
    with counting_guesses():
        return ratings.correct(
            call.session, code=code, correction_token=token, given=given, now=call.now
        )


@routes.query(
    "/me/ratings", may=Permission.USE_OWN_ACCOUNT, answers=MyRatingsOut(), args=PageArgs()
)
def list_my_ratings(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what fans said about me, by event.

    In batches of five, or all once the event is over; a page may hold fewer events than asked for.
    """
    event_ids, next_cursor = _rated_events(call, args)
    found = feedback.list_own(call.session, actor=call.actor, event_ids=event_ids, now=call.now)
    return {"items": found, "next_cursor": next_cursor}


def _rated_events(call: Call, args: dict[str, Any]) -> tuple[list[UUID], str | None]:
    position = position_of(args.get("cursor"), UUID)
    event_ids = feedback.list_own_events(
        call.session,
        actor=call.actor,
        before=position[0] if position else None,
        limit=args["limit"] + 1,
        now=call.now,
    )
    wanted = list(event_ids[: args["limit"]])
    return wanted, cursor_for(str(wanted[-1])) if len(event_ids) > len(wanted) else None


@routes.query("/comments", may=Permission.MODERATE, answers=CommentsOut(), args=CommentsArgs())
def list_rating_comments(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List comments that wait to be moderated, or were, the oldest first.

    A comment comes up once the fan cannot correct it any more; none about oneself.
    """
    return page_of(
        _comments(call, args),
        limit=args["limit"],
        position=lambda comment: [comment.rated_at.isoformat(), str(comment.rating_id)],
    )


def _comments(call: Call, args: dict[str, Any]) -> list[CommentView]:
    after = position_of(args.get("cursor"), datetime, UUID)
    return list_comments(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=WantedComments(
            state=args["state"],
            until=call.now - CORRECTION_WINDOW,
            not_about=accounts_of(call.session, actor=call.actor),
        ),
        after=(after[0], after[1]) if after else None,
        limit=args["limit"] + 1,
    )


@routes.command(
    "POST /comments/<uuid:rating_id>/decide",
    may=Permission.MODERATE,
    takes=DecisionIn(),
    answers=CommentOut(),
    raises=(CommentNotFound, CommentMayStillChange),
)
def decide_comment(call: Call, body: dict[str, Any], rating_id: UUID) -> CommentView:
    """Show a comment to the employee it is about, or hide it."""
    return comments.decide(
        call.session, actor=call.actor, rating_id=rating_id, now=call.now, **body
    )
