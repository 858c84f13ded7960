"""What the points of a redemption were earned by, as whoever decides on it reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries.evidence import Need, find_needs
from backend.insight.services import traces
from backend.insight.services.traces import Part, Sources
from backend.rewards.rules import SourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Earned:
    """Points that were earned by one deed, or by an evening's greetings.

    ``points`` are those that went into the redemption, ``of`` all that were given for the same.
    """

    kind: SourceKind
    points: int
    of: int
    event_id: UUID | None
    event: str | None
    at: datetime
    stars: int | None
    need: Need | None


def list_behind(session: Session, *, organisation_id: UUID, redemption_id: UUID) -> list[Earned]:
    """Return what a redemption's points were earned by, the newest first.

    Nothing where they were given back. Raises RedemptionNotFound.
    """
    _, sources = traces.sources_of_redemption(
        session, organisation_id=organisation_id, redemption_id=redemption_id
    )
    return _read(session, organisation_id, sources)


def list_behind_line(session: Session, *, organisation_id: UUID, line_id: UUID) -> list[Earned]:
    """Return what a payroll line was earned by, the newest first; raises LineNotFound."""
    _, sources = traces.sources_of_line(session, organisation_id=organisation_id, line_id=line_id)
    return _read(session, organisation_id, sources)


def by_event(lines: Sequence[Earned]) -> list[list[Earned]]:
    """Return ``lines`` in their order, those of an event that follow each other together."""
    return [list(run) for _, run in groupby(lines, key=lambda line: line.event_id)]


def _read(session: Session, organisation_id: UUID, sources: Sources) -> list[Earned]:
    newest = sorted(sources.parts, key=lambda part: part.gift.earned_at)
    newest.reverse()
    needs = find_needs(
        session,
        organisation_id=organisation_id,
        request_ids={part.gift.request_id for part in newest if part.gift.request_id},
    )
    lines: dict[object, list[Part]] = {}
    for part in newest:
        lines.setdefault(_line_of(part), []).append(part)
    return [_line(parts, needs) for parts in lines.values()]


def _line_of(part: Part) -> object:
    if part.gift.source_kind is SourceKind.GREETING:
        return part.gift.event_id
    return part.gift.transaction_id


def _line(parts: Sequence[Part], needs: Mapping[UUID, Need]) -> Earned:
    newest = parts[0].gift
    return Earned(
        kind=newest.source_kind,
        points=sum(part.points for part in parts),
        of=sum(part.gift.points for part in parts),
        event_id=newest.event_id,
        event=newest.event,
        at=newest.earned_at,
        stars=newest.stars,
        need=needs.get(newest.request_id) if newest.request_id else None,
    )
