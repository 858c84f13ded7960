"""Every amount of money traced to the work that earned it, and every piece of work to its pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.problems import NothingGiven
from backend.insight.queries import traces
from backend.insight.queries.traces import Gift, PaidLine
from backend.rewards import queries
from backend.rewards.lots import Attribution
from backend.rewards.queries import LineFacts, RedemptionFacts
from backend.rewards.rules import RedemptionStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """Points of one gift that went into something."""

    points: int
    gift: Gift


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """What something was earned by, and from which day to which; nothing where it was undone."""

    parts: Sequence[Part]

    @property
    def points(self) -> int:
        """Return their sum."""
        return sum(part.points for part in self.parts)

    @property
    def earned_from(self) -> date | None:
        """Return the first day on which something of it was earned."""
        return min((part.gift.earned_on for part in self.parts), default=None)

    @property
    def earned_until(self) -> date | None:
        """Return the last day on which something of it was earned."""
        return max((part.gift.earned_on for part in self.parts), default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Payment:
    """Points of a gift that went into a redemption, and the lines by which payroll paid it."""

    points: int
    redemption_id: UUID
    reward_name: str
    status: RedemptionStatus
    lines: Sequence[PaidLine]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What became of a gift: what can still be spent, and what it went into."""

    gift: Gift
    available: int
    payments: Sequence[Payment]


def sources_of_redemption(
    session: Session, *, organisation_id: UUID, redemption_id: UUID
) -> tuple[RedemptionFacts, Sources]:
    """Return a redemption and what its points were given for; raises RedemptionNotFound.

    What was declined, cancelled or expired has given its points back and has no sources.
    """
    redemption = queries.get_redemption(
        session, organisation_id=organisation_id, redemption_id=redemption_id
    )
    found = queries.get_attribution(
        session, organisation_id=organisation_id, employee_id=redemption.employee_id
    )
    return redemption, _sources(session, organisation_id, found.spent_on(redemption_id))


def sources_of_line(
    session: Session, *, organisation_id: UUID, line_id: UUID
) -> tuple[LineFacts, Sources]:
    """Return a payroll line and what it was earned by; raises LineNotFound.

    A correction was earned by what the payment was that it corrects.
    """
    line = queries.get_line(session, organisation_id=organisation_id, line_id=line_id)
    parts = traces.list_line_parts(
        session, organisation_id=organisation_id, line_id=line.corrects_id or line.id
    )
    return line, _sources(session, organisation_id, parts)


def fates_of(session: Session, *, organisation_id: UUID, source_id: UUID) -> list[Fate]:
    """Return what became of the points that were given for a thing, to whomever.

    ``source_id`` is the id of an entry, a request, a rating or a greeting. Raises NothingGiven.
    """
    owner = organisation_id
    ids = traces.find_giving(session, organisation_id=owner, source_id=source_id)
    if not ids:
        raise NothingGiven
    gifts = traces.list_gifts(session, organisation_id=owner, transaction_ids=ids)
    attributions = {
        who: queries.get_attribution(session, organisation_id=owner, employee_id=who)
        for who in {gift.employee_id for gift in gifts}
    }
    spent = {gift.transaction_id: _spent(gift, attributions[gift.employee_id]) for gift in gifts}
    redemption_ids = {one for parts in spent.values() for one in parts}
    lines = traces.list_paid_lines(session, organisation_id=owner, redemption_ids=redemption_ids)
    redemptions = {
        one: queries.get_redemption(session, organisation_id=owner, redemption_id=one)
        for one in redemption_ids
    }
    return [
        Fate(
            gift=gift,
            available=attributions[gift.employee_id].available.get(gift.transaction_id, 0),
            payments=[
                Payment(
                    points=points,
                    redemption_id=one,
                    reward_name=redemptions[one].reward_name,
                    status=redemptions[one].status,
                    lines=lines[one],
                )
                for one, points in spent[gift.transaction_id].items()
            ],
        )
        for gift in gifts
    ]


def _spent(gift: Gift, found: Attribution) -> dict[UUID, int]:
    """Return by redemption how many points of ``gift`` it has, the oldest redemption first."""
    pinned = {**found.paid, **found.held}
    return {
        redemption_id: pinned[redemption_id][gift.transaction_id]
        for redemption_id in sorted(pinned)
        if gift.transaction_id in pinned[redemption_id]
    }


def _sources(session: Session, organisation_id: UUID, parts: dict[UUID, int]) -> Sources:
    gifts = traces.list_gifts(session, organisation_id=organisation_id, transaction_ids=parts)
    return Sources(parts=[Part(points=parts[gift.transaction_id], gift=gift) for gift in gifts])
