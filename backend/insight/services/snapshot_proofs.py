"""Proof that what closed seasons came to is what was kept of them, and that this is unchanged."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries.invariants import seasons
from backend.insight.queries.invariants.checks import Finding
from backend.insight.services import snapshots
from backend.venues.queries.closings import get_document, hash_of, list_snapshots


def find_moved(session: Session, *, organisation_id: UUID | None) -> Iterator[Finding]:
    """Yield every snapshot that is not its own hash, or not what its closed season comes to."""
    listed = seasons.list_closed(session.connection(), organisation_id=organisation_id)
    for owner, season_id, number, stands in listed:
        whose = {"organisation_id": owner, "season_id": season_id}
        hashes = {one.number: one.sha256 for one in list_snapshots(session, **whose)}
        kept = get_document(session, **whose, number=number)
        if hash_of(kept).hex() != hashes[number]:
            yield seasons.moved(owner, season_id, number, "is not the document that was hashed")
        elif stands and hash_of(snapshots.again(session, **whose, kept=kept)) != hash_of(kept):
            yield seasons.moved(owner, season_id, number, "its season comes to something else now")
