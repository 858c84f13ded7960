"""The demo's people find something to give, within a cap."""

from sqlalchemy.orm import Session

from backend.demo import gestures
from backend.engagement.queries.gestures import list_caps, list_kinds
from tests.factories import NOW, Arena, make_employee


def test_a_newcomer_finds_kinds_with_and_without_a_price_and_a_cap_that_fits_them(
    session: Session, arena: Arena
) -> None:
    gestures.allow(session, actor=make_employee(session, arena), now=NOW)
    owner = arena.organisation_id
    priced = [one.cents for one in list_kinds(session, organisation_id=owner, active=True)]
    assert None in priced
    caps = {cap.role: cap.cents for cap in list_caps(session, organisation_id=owner)}
    assert caps == gestures.CAPS
    assert all(cents <= min(caps.values()) for cents in priced if cents)
