"""What somebody's points were earned by, as far as who decides over them wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries.evidence import Deed, find_deeds
from backend.insight.services import traces
from backend.insight.services.traces import Part
from backend.rewards.queries import Entry, RedemptionFacts, list_entries
from backend.rewards.rules import EntryState, SourceKind

# A shift can have forty greetings that earn a point each: an evening's are one line.
READ = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Earned:
    """Points that were earned by one deed, or by an evening's greetings; or given by hand."""

    kind: SourceKind
    points: int
    event: str | None
    at: datetime
    state: EntryState
    deed: Deed | None


def list_behind(
    session: Session, *, organisation_id: UUID, redemption: RedemptionFacts, limit: int
) -> list[Earned]:
    """Return at most ``limit`` lines of what earned the very points of a redemption, newest first.

    Of one that has given its points back there is nothing.
    """
    _, sources = traces.sources_of_redemption(
        session, organisation_id=organisation_id, redemption_id=redemption.id
    )
    newest_first = sorted(sources.parts, key=lambda part: part.gift.earned_at, reverse=True)
    deeds = find_deeds(
        session,
        organisation_id=organisation_id,
        source_ids={_deed_of(part) for part in newest_first},
    )
    lines: dict[tuple[object, ...], list[Part]] = {}
    for part in newest_first:
        lines.setdefault(_line_of_part(part), []).append(part)
    return [_behind(them, deeds.get(_deed_of(them[0]))) for them in lines.values()][:limit]


def _deed_of(part: Part) -> UUID:
    """Return the rating that earned points, of whichever answer, or else their source."""
    return part.gift.rating_id or part.gift.source_id


def _line_of_part(part: Part) -> tuple[object, ...]:
    if part.gift.source_kind is SourceKind.GREETING:
        return part.gift.source_kind, part.gift.event_id
    return (part.gift.transaction_id,)


def _behind(parts: Sequence[Part], deed: Deed | None) -> Earned:
    newest = parts[0].gift
    return Earned(
        kind=newest.source_kind,
        points=sum(part.points for part in parts),
        event=newest.event,
        at=newest.earned_at,
        state=EntryState.CONFIRMED,
        deed=deed,
    )


def list_recent(
    session: Session, *, organisation_id: UUID, employee_id: UUID, limit: int
) -> list[Earned]:
    """Return at most ``limit`` lines of what an employee earned points by, the newest first."""
    entries = list_entries(
        session, organisation_id=organisation_id, employee_id=employee_id, limit=READ
    )
    deeds = find_deeds(
        session,
        organisation_id=organisation_id,
        source_ids={one.source_id for one in entries if one.source_kind is not SourceKind.GREETING},
    )
    lines: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        lines.setdefault(_line_of(entry), []).append(entry)
    return [_line(them, deeds.get(them[0].source_id)) for them in lines.values()][:limit]


def _line_of(entry: Entry) -> tuple[object, ...]:
    if entry.source_kind is SourceKind.GREETING:
        return entry.source_kind, entry.event_id, entry.state
    return (entry.id,)


def _line(entries: Sequence[Entry], deed: Deed | None) -> Earned:
    newest = entries[0]
    return Earned(
        kind=newest.source_kind,
        points=sum(one.points for one in entries),
        event=newest.event,
        at=newest.earned_at,
        state=newest.state,
        deed=deed,
    )
