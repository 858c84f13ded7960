"""What requests and ratings earn: rules applied to credit shares, within the owner's caps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.queries import tallies
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import Moment, parts_of, worth_of_request
from backend.integrity.rules import Verdict
from backend.rewards.queries import get_rules
from backend.rewards.rules import Rules, SourceKind
from backend.rewards.services import ledger
from backend.rewards.services.ledger import Earning, Occasion

RESOLVED_RULE, RATING_RULE = "resolved", "rating"


def evening_of(row: Request, employee_id: UUID) -> Evening:
    """Return the tally's key of somebody at the event of a request."""
    return Evening(
        organisation_id=row.organisation_id, event_id=row.event_id, employee_id=employee_id
    )


def occasion_of(*, organisation_id: UUID, event_id: UUID, rules: Rules) -> Occasion:
    """Return where points are earned, and by which rules."""
    return Occasion(
        organisation_id=organisation_id,
        event_id=event_id,
        rule_version_id=rules.version_id,
        hold=rules.hold,
    )


def earnings_of(
    *, points: int, shares: Mapping[UUID, int], rule: str, source_id: UUID, at: datetime
) -> Sequence[Earning]:
    """Return ``points`` split over ``shares``; who holds nothing earns nothing."""
    kind = SourceKind.REQUEST if rule == RESOLVED_RULE else SourceKind.RATING
    return [
        Earning(
            employee_id=who,
            points=part,
            rule=rule,
            source_kind=kind,
            source_id=source_id,
            at=at,
        )
        for who, part in parts_of(points, shares).items()
    ]


def for_resolved(
    session: Session, *, row: Request, shares: Mapping[UUID, int], moment: Moment
) -> None:
    """Pay a request that was just resolved, if it is believed and its owner is below the cap."""
    if row.verdict is not Verdict.VERIFIED:
        return  # Long before the first rules, perhaps.
    rules = get_rules(session, organisation_id=row.organisation_id, at=moment.at)
    points = worth_of_request(rules, verdict=row.verdict)
    if not points or row.owner_id is None:
        return
    evening = evening_of(row, row.owner_id)
    cap = rules.resolved.cap_per_shift
    if not tallies.take_paid(session, evening, counter="paid_resolved", cap=cap):
        return
    ledger.accrue(
        session,
        occasion=occasion_of(
            organisation_id=row.organisation_id,
            event_id=row.event_id,
            rules=rules,
        ),
        earnings=earnings_of(
            points=points, shares=shares, rule=RESOLVED_RULE, source_id=row.id, at=moment.at
        ),
        now=moment.now,
    )
