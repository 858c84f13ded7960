"""How people work: most are good, some are weak, a few cheat."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Habit(StrEnum):
    """What somebody does for points."""

    HONEST = "honest"
    TAPPER = "tapper"
    INVENTOR = "inventor"
    FRIEND = "friend"


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """How somebody works.

    ``diligence`` is the share of passing parties that are greeted, ``skill`` the share of fans
    helped who would give five stars.
    """

    diligence: float
    skill: float
    habit: Habit = Habit.HONEST


# By badge number: one taps without fans, one helps fans who do not exist, two rate each other.
CHEATS = {
    "1012": Habit.TAPPER,
    "1030": Habit.INVENTOR,
    "1052": Habit.FRIEND,
    "1053": Habit.FRIEND,
}
WEAK_SHARE = 0.08


def character_of(badge: str, *, seed: int) -> Character:
    """Return how the employee with ``badge`` works; always the same for a seed."""
    rng = Random(f"{seed}/character/{badge}")
    if rng.random() < WEAK_SHARE:
        diligence, skill = rng.uniform(0.60, 0.75), rng.uniform(0.82, 0.90)
    else:
        diligence, skill = rng.uniform(0.84, 0.97), rng.uniform(0.95, 0.995)
    return Character(diligence=diligence, skill=skill, habit=CHEATS.get(badge, Habit.HONEST))
