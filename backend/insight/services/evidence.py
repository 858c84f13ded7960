"""What somebody's points were earned by, as far as who decides over them wants to see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries.evidence import Deed, find_deeds
from backend.rewards.queries import Entry, list_entries
from backend.rewards.rules import EntryState, SourceKind

# A shift can have forty greetings that earn a point each: an evening's are one line.
READ = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Earned:
    """Points that were earned by one deed, or by an evening's greetings."""

    kind: SourceKind
    points: int
    event: str
    at: datetime
    state: EntryState
    deed: Deed | None


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
