"""The phones with which fans rate, and those with which cheats do."""

from dataclasses import dataclass
from datetime import datetime
from random import Random

from backend.demo.characters import CHEATS, Habit
from backend.demo.needs import Need
from backend.integrity.rules.suspicions import Sighting, Suspicion
from backend.integrity.services import sightings

ARENA = "198.51.100.1"
ON_ARENA_WIFI_SHARE, MOST_USUAL_SHARE = 0.6, 0.3
MODELS, CARRIER_ADDRESSES = 60, 250
# Whose requests a friend rates in a private window, where no mark of a staff phone is seen.
CAREFUL = "1053"


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """What a server sees of a phone."""

    browser: str
    model: str
    address: str
    staff: Suspicion | None = None

    def seen(self, now: datetime) -> Sighting:
        """Return what is kept of it; not to be called within a transaction."""
        return sightings.see(
            browser=self.browser, device=(self.address, self.model), staff=self.staff, now=now
        )


def phone_for(need: Need) -> Phone:
    """Return the phone on which a request is rated: a fan's, or where it was made up a friend's."""
    rng = Random(f"phone/{need.id}")
    browser = f"browser {need.id}"
    if need.greeting_id is None and CHEATS.get(need.badge) is Habit.FRIEND:
        careful = need.badge == CAREFUL
        return Phone(
            browser=browser,
            model=f"the phone of a friend of {need.badge}",
            address=ARENA,
            staff=None if careful else Suspicion.STAFF_DEVICE,
        )
    usual = rng.random() < MOST_USUAL_SHARE
    inside = rng.random() < ON_ARENA_WIFI_SHARE
    return Phone(
        browser=browser,
        model="the most usual" if usual else f"model {rng.randrange(MODELS)}",
        address=ARENA if inside else f"203.0.113.{rng.randrange(CARRIER_ADDRESSES)}",
    )
