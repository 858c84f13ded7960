"""What waits for whoever reads the console: of each kind how much, and since when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from backend.engagement.queries.feedback import WantedComments, measure_comments
from backend.engagement.queries.follow_ups import measure_overdue
from backend.engagement.queries.heard import measure_undecided
from backend.engagement.queries.reviews import measure_waiting
from backend.engagement.rules import CORRECTION_WINDOW, CommentState
from backend.foundation.backlogs import Backlog
from backend.identity.permissions import Permission
from backend.rewards.queries import Awaited, measure_appeals, measure_awaited, measure_proposed
from backend.venues.queries import measure_uncounted
from backend.venues.rules import EventList
from backend.web.console.frames import Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Things of one kind that wait, the oldest of them ``since`` then, and where they are done.

    ``shown`` is which list of that page has them, where it is not the first.
    """

    text: str
    endpoint: str
    shown: str | None
    number: int
    since: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Desk:
    text: str
    endpoint: str
    may: Permission
    measure: Callable[[Reading], Backlog]
    shown: str | None = None


def list_waiting(reading: Reading) -> list[Work]:
    """Return what waits for whoever reads, what has waited longest first."""
    found = [(desk, desk.measure(reading)) for desk in _DESKS if reading.reader.may(desk.may)]
    work = [
        Work(
            text=desk.text,
            endpoint=desk.endpoint,
            shown=desk.shown,
            number=backlog.number,
            since=cast(datetime, backlog.since),
        )
        for desk, backlog in found
        if backlog.number
    ]
    return sorted(work, key=lambda one: one.since)


def _redemptions(reading: Reading) -> Backlog:
    awaited = Awaited(decider_ids=reading.accounts)
    return measure_awaited(
        reading.session, organisation_id=reading.organisation_id, awaited=awaited
    )


def _reviews(reading: Reading) -> Backlog:
    return measure_waiting(
        reading.session, organisation_id=reading.organisation_id, not_about=reading.accounts
    )


def _appeals(reading: Reading) -> Backlog:
    return measure_appeals(
        reading.session, organisation_id=reading.organisation_id, decider_ids=reading.accounts
    )


def _adjustments(reading: Reading) -> Backlog:
    return measure_proposed(
        reading.session, organisation_id=reading.organisation_id, decider_ids=reading.accounts
    )


def _follow_ups(reading: Reading) -> Backlog:
    return measure_overdue(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )


def _comments(reading: Reading) -> Backlog:
    wanted = WantedComments(
        state=CommentState.WAITING,
        until=reading.now - CORRECTION_WINDOW,
        not_about=reading.accounts,
    )
    return measure_comments(reading.session, organisation_id=reading.organisation_id, wanted=wanted)


def _uncounted(reading: Reading) -> Backlog:
    return measure_uncounted(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )


def _whys(reading: Reading) -> Backlog:
    return measure_undecided(reading.session, organisation_id=reading.organisation_id)


_DESKS = (
    _Desk(
        text="Redemptions to approve or hand over",
        endpoint="console.show_redemptions",
        may=Permission.DECIDE_REDEMPTIONS,
        measure=_redemptions,
    ),
    _Desk(
        text="Held ratings",
        endpoint="console.show_reviews",
        may=Permission.REVIEW_RATINGS,
        measure=_reviews,
    ),
    _Desk(
        text="Appeals",
        endpoint="console.show_appeals",
        may=Permission.DECIDE_APPEALS,
        measure=_appeals,
    ),
    _Desk(
        text="Adjustments that take a second person",
        endpoint="console.show_adjustments",
        may=Permission.ADJUST_POINTS,
        measure=_adjustments,
    ),
    _Desk(
        text="Comments to show or hide",
        endpoint="console.show_comments",
        may=Permission.MODERATE,
        measure=_comments,
    ),
    _Desk(
        text="What fans say does not work yet, to show or hide",
        endpoint="console.show_whys",
        may=Permission.MODERATE,
        measure=_whys,
    ),
    _Desk(
        text="Requests that nobody has followed up in time",
        endpoint="console.show_follow_ups",
        may=Permission.SEE_FOLLOW_UPS,
        measure=_follow_ups,
    ),
    _Desk(
        text="Events that are over, and have no attendance yet",
        endpoint="console.show_events",
        shown=EventList.UNCOUNTED,
        may=Permission.MANAGE_VENUES,
        measure=_uncounted,
    ),
)
