"""What boards and figures take and give over HTTP."""

import marshmallow as ma

from backend.engagement.rules import Status
from backend.foundation.fields import In, Instant, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.insight.rules import BoardKind, BoardOrder, NoFigure
from backend.venues.rules import ZoneKind


class LeaderboardArgs(PageArgs):
    """Which board; what is not said is the present one."""

    kind = choice(BoardKind, load_default=BoardKind.SEASON)
    event_id = ma.fields.UUID()
    season_id = ma.fields.UUID()
    venue_id = ma.fields.UUID()
    week = Str(longest=8, metadata={"description": "An ISO week, for instance 2026-W47."})
    month = Str(longest=7, metadata={"description": "For instance 2026-11."})
    department_id = ma.fields.UUID()
    post_class = choice(
        ZoneKind, metadata={"description": "Only those with evenings at such posts."}
    )
    order = choice(BoardOrder, load_default=BoardOrder.RAW)


class AtPostsOut(Out):
    """How long somebody worked in evenings that count for a class of posts."""

    post_class = choice(ZoneKind, required=True)
    worked_minutes = ma.fields.Integer(required=True)


class FairOut(Out):
    """What somebody's place in the fair order was found by."""

    index = ma.fields.Integer(
        required=True,
        metadata={
            "description": "In thousandths of what is usual at such posts, after small samples were"
            " drawn to it: 1000 is the usual."
        },
    )
    worked_minutes = ma.fields.Integer(required=True)
    helped = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "Confirmed resolutions, or in an evening with more of them good ratings:"
            " cards are rated without a request; for HR only."
        },
    )
    good = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Ratings of four or five that count; for HR only."},
    )
    posts = ma.fields.List(ma.fields.Nested(AtPostsOut()), required=True)


class UsualOut(Out):
    """What is usual in a class of posts, and how strongly it draws whoever is there."""

    post_class = choice(ZoneKind, required=True)
    people = ma.fields.Integer(required=True)
    worked_minutes = ma.fields.Integer(required=True)
    helped_per_hour = ma.fields.Float(required=True)
    hours_of_usual = ma.fields.Float(
        required=True,
        metadata={"description": "For so many hours the usual counts beside somebody's own."},
    )
    good_share = ma.fields.Float(required=True, allow_none=True)
    ratings_of_usual = ma.fields.Float(required=True, allow_none=True)


class FairnessOut(Out):
    """How a fair order came about; what was usual is for HR only."""

    minimum_minutes = ma.fields.Integer(
        required=True, metadata={"description": "Who has worked less has no place in it."}
    )
    left_out = ma.fields.Integer(
        required=True, metadata={"description": "How many have worked less than that."}
    )
    usual = ma.fields.List(ma.fields.Nested(UsualOut()), required=True)


class BoardLineOut(Out):
    """One line of a board; equals share a rank. Badge number and ratings are for HR only."""

    rank = ma.fields.Integer(required=True)
    employee_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    badge_number = ma.fields.String(required=True, allow_none=True)
    department = ma.fields.String(required=True)
    points = ma.fields.Integer(required=True)
    greetings = ma.fields.Integer(required=True)
    resolved = ma.fields.Integer(required=True)
    ratings = ma.fields.Integer(required=True, allow_none=True)
    five_star = ma.fields.Integer(required=True, allow_none=True)
    fair = ma.fields.Nested(
        FairOut(),
        required=True,
        allow_none=True,
        metadata={"description": "Null on boards that are neither fair nor of a class of posts."},
    )


class LeaderboardOut(Out):
    """A board: the top ten for employees, everybody for HR; ``me`` is the reader's own line."""

    kind = choice(BoardKind, required=True)
    board = ma.fields.String(
        required=True,
        metadata={"description": "For instance week/2026-W47."},
    )
    everybody = ma.fields.Boolean(
        required=True,
        metadata={"description": "Whether further pages show all others."},
    )
    items = ma.fields.List(ma.fields.Nested(BoardLineOut()), required=True)
    me = ma.fields.Nested(
        BoardLineOut(),
        required=True,
        allow_none=True,
        metadata={"description": "Null while the reader has no place on this board."},
    )
    order = choice(BoardOrder, required=True)
    post_class = choice(ZoneKind, required=True, allow_none=True)
    my_minutes = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "What the reader has worked, on boards with `fairness`."},
    )
    fairness = ma.fields.Nested(FairnessOut(), required=True, allow_none=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ProgrammeArgs(In):
    """An event or a season; the present season when neither is named."""

    event_id = ma.fields.UUID()
    season_id = ma.fields.UUID()

    @ma.validates_schema
    def one_of_them(self, given: dict[str, object], **_: object) -> None:
        """Refuse both at once."""
        if len(given) > 1:
            raise ma.ValidationError("Name an event or a season, not both.", "event_id")


class ProgrammeEventsArgs(PageArgs):
    """The events of a season; the present season when none is named."""

    season_id = ma.fields.UUID()


class FigureOut(Out):
    """A share of 1, uncapped; null, with the reason, where its denominator is missing."""

    share = ma.fields.Float(required=True, allow_none=True)
    no_figure = choice(NoFigure, required=True, allow_none=True)


class GreetedOut(FigureOut):
    """Fans greeted out of the people through the gates, over the events with attendance.

    With five events or more comes how far the share is from event to event (Cochran 1977).
    """

    low = ma.fields.Float(required=True, allow_none=True)
    high = ma.fields.Float(required=True, allow_none=True)
    fans_greeted = ma.fields.Integer(required=True)
    attendance = ma.fields.Integer(required=True)
    events_counted = ma.fields.Integer(required=True)
    events_without_attendance = ma.fields.Integer(required=True)
    over_counted = ma.fields.Boolean(
        required=True,
        metadata={"description": "An event counts more fans greeted than came: some twice."},
    )
    target = ma.fields.Float(required=True)


class FiveStarOut(FigureOut):
    """Fives out of all accepted ratings, with the score interval (Wilson 1927)."""

    low = ma.fields.Float(required=True, allow_none=True)
    high = ma.fields.Float(required=True, allow_none=True)
    confidence = ma.fields.Float(required=True)
    five_star = ma.fields.Integer(required=True)
    ratings = ma.fields.Integer(required=True)
    taken_back = ma.fields.Integer(
        required=True,
        metadata={"description": "Fives that HR took back, which are in neither number."},
    )
    target = ma.fields.Float(required=True)


class AnswersOut(FigureOut):
    """Ratings out of all invitations to rate."""

    ratings = ma.fields.Integer(required=True)
    invitations = ma.fields.Integer(required=True)


class FiguresOut(Out):
    """The shares of an event or a season."""

    greeted = ma.fields.Nested(GreetedOut(), required=True)
    five_star = ma.fields.Nested(FiveStarOut(), required=True)
    answers = ma.fields.Nested(AnswersOut(), required=True)


class TimesOut(Out):
    """Seconds, by nearest rank; null while there is none to count."""

    n = ma.fields.Integer(required=True)
    median = ma.fields.Integer(required=True, allow_none=True)
    ninetieth = ma.fields.Integer(required=True, allow_none=True)


class RequestCountsOut(Out):
    """How many requests stand at each status."""

    open = ma.fields.Integer(required=True, attribute=Status.OPEN)
    accepted = ma.fields.Integer(required=True, attribute=Status.ACCEPTED)
    resolved = ma.fields.Integer(required=True, attribute=Status.RESOLVED)
    cancelled = ma.fields.Integer(required=True, attribute=Status.CANCELLED)


class ProgrammeOut(FiguresOut):
    """The programme's figures for one event or season; of the two ids one is null."""

    event_id = ma.fields.UUID(required=True, allow_none=True)
    season_id = ma.fields.UUID(required=True, allow_none=True)
    greeted = ma.fields.Nested(GreetedOut(), required=True, attribute="figures.greeted")
    five_star = ma.fields.Nested(FiveStarOut(), required=True, attribute="figures.five_star")
    answers = ma.fields.Nested(AnswersOut(), required=True, attribute="figures.answers")
    requests = ma.fields.Nested(RequestCountsOut(), required=True)
    seconds_to_accept = ma.fields.Nested(TimesOut(), required=True, attribute="accept")
    seconds_to_resolve = ma.fields.Nested(TimesOut(), required=True, attribute="resolve")


class EventFiguresOut(Out):
    """The figures of one event."""

    event_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True)
    held_on = ma.fields.Date(required=True)
    greeted = ma.fields.Nested(GreetedOut(), required=True, attribute="figures.greeted")
    five_star = ma.fields.Nested(FiveStarOut(), required=True, attribute="figures.five_star")
    answers = ma.fields.Nested(AnswersOut(), required=True, attribute="figures.answers")


class ProgrammeEventsOut(Out):
    """A page of events that have begun, in order of day."""

    items = ma.fields.List(ma.fields.Nested(EventFiguresOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class SealHeadOut(Out):
    """The last seal of a chain. Whoever keeps it can prove later that nothing before it changed."""

    chain = ma.fields.String(
        required=True, metadata={"description": "What is sealed: ledger or audit."}
    )
    number = ma.fields.Integer(required=True)
    hash = ma.fields.String(required=True, metadata={"description": "SHA-256, in hexadecimal."})
    sealed_at = Instant(required=True)


class SealHeadsOut(Out):
    """The ends of the chains; one of which nothing is sealed yet is left out."""

    items = ma.fields.List(ma.fields.Nested(SealHeadOut()), required=True)
