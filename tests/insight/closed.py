"""A closed season in the tables, and what can be wrong with it, as SQL that makes it so."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend import closing
from backend.engagement.rules import Moment
from backend.engagement.services import closings as ends
from backend.engagement.services import greetings, ratings
from backend.engagement.services.greetings import NewGreeting
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.permissions import Role
from backend.rewards.services import ledger
from backend.venues.models import Season
from backend.venues.queries import forget_events
from backend.venues.queries.closings import list_closing
from backend.venues.services import closings, reopenings
from tests.engagement.stories import PRESENT, Evening, accepted, make_evening, opened, resolved
from tests.factories import NOW, make_employee
from tests.rewards.books import catch_up

MORNING = datetime.fromisoformat("2026-11-22T09:00:00+00:00")
LATE = MORNING + timedelta(days=4)


@dataclass(frozen=True, kw_only=True)
class ClosedSeason:
    """The evening of a season that was reopened while it was closing, and then closed."""

    evening: Evening
    harper: Actor
    robin: Actor
    opened: UUID
    in_hand: UUID
    resolved: UUID
    rated: UUID

    @property
    def season_id(self) -> UUID:
        return self.evening.arena.season_id


def make_closed_season(session: Session) -> ClosedSeason:
    """Let an evening be worked at and its season be closed; a reversal comes after that."""
    evening = make_evening(session)
    arena = evening.arena
    season = session.get_one(Season, (arena.organisation_id, arena.season_id))
    season.ends_on = date(2026, 11, 21)
    chiefs = (Role.EMPLOYEE, Role.HR)
    unanswered = resolved(session, evening.blair)
    made = ClosedSeason(
        evening=evening,
        harper=make_employee(session, arena, name="Harper Reed", roles=chiefs),
        robin=make_employee(session, arena, name="Robin Lane", roles=chiefs),
        opened=opened(session, evening.alex).id,
        in_hand=accepted(session, evening.blair).id,
        resolved=resolved(session, evening.alex).request.id,
        rated=unanswered.request.id,
    )
    greeting = NewGreeting(id=new_id(), moment=PRESENT)
    greetings.record(session, actor=evening.alex, greetings=[greeting], now=NOW)
    begin(session, made, MORNING)
    # Its code has lapsed, so that it does not count in a season that is open again either.
    reopen(session, made, MORNING + timedelta(minutes=5))
    five, then = GivenAnswer(stars=5), MORNING + timedelta(minutes=7)
    ratings.receive(session, code=unanswered.code, given=five, now=then)
    begin(session, made, MORNING + timedelta(minutes=10))
    catch_up(session)
    ledger.confirm_due(session, now=LATE, limit=10_000)
    [due] = [one for one in list_closing(session, now=LATE) if one.id == made.season_id]
    assert closing.finish(session, due, now=LATE)
    forget_events()
    ledger.reverse(
        session,
        organisation_id=evening.organisation_id,
        source_id=made.resolved,
        reason="Nobody was helped.",
        now=LATE + timedelta(hours=1),
    )
    return made


def send_late(session: Session, made: ClosedSeason, *, now: datetime) -> None:
    """Let a phone send a greeting of the evening after all."""
    moment = Moment(at=NOW + timedelta(minutes=30), verdict=PRESENT.verdict, now=now)
    late = NewGreeting(id=new_id(), moment=moment)
    greetings.record(session, actor=made.evening.alex, greetings=[late], now=now)


def begin(session: Session, made: ClosedSeason, now: datetime) -> None:
    closings.close(
        session, actor=made.harper, season_id=made.season_id, reason="It is over.", now=now
    )
    for part in (ends.end_requests, ends.lapse_invitations):
        part(
            session,
            organisation_id=made.evening.organisation_id,
            season_id=made.season_id,
            now=now + timedelta(minutes=2),
            limit=100,
        )
    forget_events()


def reopen(session: Session, made: ClosedSeason, now: datetime) -> None:
    season_id, reason = made.season_id, "Too soon."
    reopenings.ask(session, actor=made.harper, season_id=season_id, reason=reason, now=now)
    reopenings.approve(session, actor=made.robin, season_id=season_id, now=now)
    forget_events()


DAMAGE: dict[str, tuple[str, str, str]] = {
    "the attendance of a closed season is changed": (
        "I15",
        "season_snapshots",
        "update events set attendance = 19000 where season_id = :season",
    ),
    "a board of a closed season is changed": (
        "I15",
        "season_snapshots",
        "update standings set points = points + 1 where board = 'season/' || :season_text",
    ),
    "a shift of a closed season is changed": (
        "I15",
        "season_snapshots",
        "update shifts set ends_at = :later where organisation_id = :org",
    ),
    "a closed season compares people otherwise": (
        "I15",
        "season_snapshots",
        "update zones set kind = 'suite' where organisation_id = :org",
    ),
    "what came late counts after all": (
        "I15",
        "season_snapshots",
        "update requests set accept_seconds = 9 where id = :in_hand",
    ),
    "a snapshot says something else than was hashed": (
        "I15",
        "season_snapshots",
        "update season_snapshots set sha256 = :hash where season_id = :season",
    ),
    "a closed season has no snapshot": (
        "I15",
        "seasons",
        "delete from season_snapshots where season_id = :season",
    ),
    "a snapshot is missing in between": (
        "I15",
        "seasons",
        "update season_snapshots set number = 2 where season_id = :season",
    ),
    "a request is open again": (
        "I15",
        "requests",
        "update requests set status = 'open', closed_at = null where id = :opened",
    ),
    "a code could be used and count": (
        "I15",
        "invitations",
        "update invitations set lapsed_at = null, expires_at = :later where request_id = :resolved",
    ),
    "a rating whose code had lapsed counts": (
        "I15",
        "ratings",
        "update ratings set state = 'accepted' where request_id = :rated",
    ),
    "points of a closed season wait": (
        "I15",
        "pending_confirmations",
        (
            "delete from ledger_transactions where organisation_id = :org"
            " and kind = 'settlement' and source_kind = 'greeting';"
            "insert into pending_confirmations (organisation_id, transaction_id, due_at)"
            " select organisation_id, id, due_at from ledger_transactions"
            " where organisation_id = :org and kind = 'accrual' and source_kind = 'greeting'"
        ),
    ),
    "a late movement is larger than its transaction": (
        "I15",
        "late_movements",
        "update late_movements set points = points - 1 where organisation_id = :org",
    ),
    "a late movement is forgotten": (
        "I15",
        "standings",
        "delete from late_movements where organisation_id = :org",
    ),
    "who asked to reopen approved it": (
        "I10",
        "season_reopenings",
        "update season_reopenings set approved_by = asked_by where season_id = :season",
    ),
    "who asked to reopen approved it on another account": (
        "I10",
        "season_reopenings",
        (
            "update season_reopenings set approved_by_person = asked_by_person"
            " where season_id = :season"
        ),
    ),
    "a season was closed by nobody on record": (
        "I14",
        "season_snapshots",
        (
            "update audit_rows set act = 'season.created' where act = 'season.closed'"
            " and subject_id = :season"
        ),
    ),
    "a season was reopened by nobody on record": (
        "I14",
        "season_reopenings",
        "delete from audit_rows where act = 'season.reopened' and subject_id = :season",
    ),
    "nobody on record asked to reopen a season": (
        "I14",
        "season_reopenings",
        "delete from audit_rows where act = 'season.reopening_asked' and subject_id = :season",
    ),
    "nobody on record began to close a season": (
        "I14",
        "seasons",
        "delete from audit_rows where act = 'season.closing' and subject_id = :season",
    ),
    "a season is open again and nobody reopened it": (
        "I14",
        "seasons",
        (
            "update seasons set status = 'open', closes_at = null, freezes_at = null"
            " where id = :season"
        ),
    ),
}
