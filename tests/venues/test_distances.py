"""How near zones are to each other: in the order of their codes, as people count."""

from uuid import UUID

import pytest

from backend.foundation.db import new_id
from backend.venues.rules import Place, ZoneKind, distances_from

SECTION, GATE = ZoneKind.SECTION, ZoneKind.GATE


def places(**kinds: ZoneKind) -> dict[str, Place]:
    return {code: Place(id=new_id(), kind=kind, code=code) for code, kind in kinds.items()}


def seen_from(code: str, known: dict[str, Place]) -> dict[str, int]:
    codes: dict[UUID, str] = {place.id: place.code for place in known.values()}
    found = distances_from(known[code].id, known.values())
    return {codes[zone_id]: far for zone_id, far in found.items()}


@pytest.mark.parametrize(
    ("code", "distances"),
    [
        ("G1", {"G1": 0, "G2": 1, "G10": 2}),
        ("G10", {"G1": 2, "G2": 1, "G10": 0}),
        ("S9", {"S9": 0, "S10": 1, "S101": 2}),
    ],
)
def test_zones_of_a_kind_lie_in_the_order_of_their_numbers(
    code: str, distances: dict[str, int]
) -> None:
    known = places(G10=GATE, S101=SECTION, G2=GATE, S9=SECTION, G1=GATE, S10=SECTION)
    assert seen_from(code, known) == distances


def test_codes_of_words_and_numbers_can_be_ordered() -> None:
    known = places(North=GATE, A1B2=GATE, A1=GATE, A1b10=GATE, A=GATE)
    assert seen_from("A", known)["A1"] == 1
    assert len(seen_from("North", known)) == 5


def test_a_zone_that_is_not_known_is_near_itself_only() -> None:
    nowhere = new_id()
    assert distances_from(nowhere, places(G1=GATE).values()) == {nowhere: 0}
