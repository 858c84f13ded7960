"""Who works where: a rota for an evening, drawn from the departments' usual places."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from backend.demo.tables import rows_of

# The kinds of zone where a department works, the usual one first.
PLACES: dict[str, tuple[str, ...]] = {
    "Guest Services": ("section", "gate"),
    "Ticket Operations": ("gate",),
    "Security": ("gate", "concourse"),
    "Food and Beverage": ("concourse",),
    "Parking and Transport": ("parking",),
    "Housekeeping": ("concourse", "section"),
    "Merchandise": ("concourse",),
    "Premium Seating": ("suite",),
    "Building Engineering": ("section",),
}
ABSENT_SHARE = 0.08


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A post at a venue."""

    venue_code: str
    zone_code: str
    kind: str
    post_code: str


def places_of(venue_code: str) -> list[Place]:
    """Return the posts of a venue."""
    return [
        Place(
            venue_code=venue_code,
            zone_code=row["zone_code"],
            kind=row["zone_kind"],
            post_code=row["post_code"],
        )
        for row in rows_of("venues")
        if row["venue_code"] == venue_code
    ]


def draw(rng: Random, *, venue_code: str, always: Sequence[str] = ()) -> dict[str, Place]:
    """Return where everybody works on an evening, by badge number.

    Salaried people have no post. A few hourly people are off, but never those in ``always``.
    """
    free = places_of(venue_code)
    rng.shuffle(free)
    rota: dict[str, Place] = {}
    for row in rows_of("employees"):
        badge = row["badge_number"]
        absent = rng.random() < ABSENT_SHARE and badge not in always
        if row["pay_basis"] == "salaried" or absent:
            continue
        wanted = (*PLACES[row["department"]], "section", "gate", "concourse", "parking", "suite")
        place = next(place for kind in wanted for place in free if place.kind == kind)
        free.remove(place)
        rota[badge] = place
    return rota
