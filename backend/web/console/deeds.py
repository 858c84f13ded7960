"""HR's page of what an entry of the ledger was earned by: the request, its steps, its rating."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.engagement.queries.requests import get_request, list_history
from backend.engagement.queries.reviews import get_shares
from backend.engagement.rules import RatingState, shielded
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.insight.problems import NothingGiven
from backend.insight.queries.deeds import RatingSeen, get_deed
from backend.insight.queries.evidence import find_needs
from backend.rewards.rules import Reversible
from backend.venues.queries import get_event
from backend.web.console.frames import Reading, reads


@reads("/hr/deeds/<kind>/<uuid:source_id>", may=Permission.SEE_BOARD_ALL, template="deed")
def show_deed(reading: Reading, kind: str, source_id: UUID) -> dict[str, Any]:
    """Show what somebody was paid for; raises NothingGiven, RequestNotFound."""
    if kind not in set(Reversible):
        raise NothingGiven
    owner: dict[str, Any] = {"organisation_id": reading.organisation_id}
    deed = get_deed(reading.session, **owner, kind=Reversible(kind), source_id=source_id)
    doubted = deed.rating is not None and _is_doubted(reading, deed.rating)
    if doubted:
        deed = replace(deed, rating=None)
    people = {deed.rating.employee_id} if deed.rating else set()
    shown: dict[str, Any] = {"deed": deed, "asked": None, "zone": reading.zone}
    shown |= {"kind": kind, "source_id": source_id}
    if deed.request_id:
        asked = get_request(reading.session, **owner, request_id=deed.request_id)
        history = list_history(reading.session, **owner, request_id=deed.request_id)
        steps = [one for one in history if not (doubted and shielded(one.step))]
        event = get_event(reading.session, **owner, event_id=asked.event_id)
        needs = find_needs(reading.session, **owner, request_ids=[asked.id])
        people |= {step.employee_id for step in steps} | {step.other_id for step in steps}
        people |= {asked.owner_id} | {share.employee_id for share in asked.shares}
        shown |= {"asked": asked, "steps": steps, "event": event.name, "need": needs[asked.id]}
    ids = {who for who in people if who}
    known = list_employees_by_id(reading.session, **owner, employee_ids=ids)
    return {**shown, "people": known}


def _is_doubted(reading: Reading, rating: RatingSeen) -> bool:
    """Tell whether a rating of the reader's own does not count: nobody learns that of theirs."""
    if rating.state is RatingState.ACCEPTED:
        return False
    shares = get_shares(
        reading.session, organisation_id=reading.organisation_id, rating_id=rating.id
    )
    return not reading.accounts.isdisjoint(shares)
