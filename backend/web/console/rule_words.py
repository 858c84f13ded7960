"""Point rules as people read and type them: sentences, and the fields of a form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from backend.rewards.rules import (
    HIGHEST_CAP,
    LONGEST_HOLD_HOURS,
    LONGEST_SPACING_SECONDS,
    MOST_POINTS,
    SHORTEST_HOLD_HOURS,
    STARS,
    Rules,
)

BY_STARS = "rating.points_by_stars"
_WHOLE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A number of the form; ``path`` is where the rules have it."""

    group: str
    label: str
    path: str
    high: int
    low: int = 0


FIELDS: dict[str, Field] = {
    "greeting.points": Field(
        group="A greeting", label="Points", path="greeting.points", high=MOST_POINTS
    ),
    "greeting.cap_per_shift": Field(
        group="A greeting", label="Paid in a shift", path="greeting.cap_per_shift", high=HIGHEST_CAP
    ),
    "greeting.spacing_seconds": Field(
        group="A greeting",
        label="Seconds between two",
        path="greeting.spacing_seconds",
        high=LONGEST_SPACING_SECONDS,
    ),
    "resolved.points": Field(
        group="A resolved request", label="Points", path="resolved.points", high=MOST_POINTS
    ),
    "resolved.cap_per_shift": Field(
        group="A resolved request",
        label="Paid in a shift",
        path="resolved.cap_per_shift",
        high=HIGHEST_CAP,
    ),
    **{
        f"{BY_STARS}.{stars}": Field(
            group="A rating", label=f"Points for {stars} of 5", path=BY_STARS, high=MOST_POINTS
        )
        for stars in range(1, STARS + 1)
    },
    "rating.cap_per_shift": Field(
        group="A rating", label="Paid in a shift", path="rating.cap_per_shift", high=HIGHEST_CAP
    ),
    "hold_hours": Field(
        group="The hold",
        label="Hours",
        path="hold_hours",
        low=SHORTEST_HOLD_HOURS,
        high=LONGEST_HOLD_HOURS,
    ),
}


def text_of(document: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what the fields of the form hold for a document of rules; nothing for none."""
    if document is None:
        return dict.fromkeys(FIELDS, "")
    return {name: str(_number(document, name)) for name in FIELDS}


def _number(document: Mapping[str, Any], name: str) -> int:
    value: Any = document
    for part in name.split("."):
        value = value[int(part) - 1] if isinstance(value, list) else value[part]
    return int(value)


def document_of(said: Mapping[str, str]) -> dict[str, Any]:
    """Return the document that the form says; what is no number stays text, and is refused."""
    document: dict[str, Any] = {}
    for name, field in FIELDS.items():
        text = said.get(name, "")
        value = int(text) if _WHOLE.fullmatch(text) else text
        group, _, key = field.path.partition(".")
        if field.path == BY_STARS:
            document.setdefault(group, {}).setdefault(key, []).append(value)
        elif key:
            document.setdefault(group, {})[key] = value
        else:
            document[group] = value
    return document


def in_words(rules: Rules) -> list[str]:
    """Return the sentences that say what ``rules`` pay, and the most that they can pay."""
    greeting, resolved, rating = rules.greeting, rules.resolved, rules.rating
    hours = int(rules.hold.total_seconds() // 3600)
    paid = f"A greeting earns {_points(greeting.points)}, {_times(greeting.cap_per_shift)}."
    spaced = f"One within {greeting.spacing_seconds} seconds of another earns nothing."
    shared = f"A resolved request earns {_points(resolved.points)}, shared by who did it"
    rated = f"A rating earns {_by_stars(rating.points_by_stars)}"
    terms = (
        f"{greeting.points * greeting.cap_per_shift:,} for greetings",
        f"{resolved.points * resolved.cap_per_shift:,} for requests",
        f"{max(rating.points_by_stars) * rating.cap_per_shift:,} for ratings",
    )
    most = _points(rules.most_points_per_shift)
    bound = f"However a friend helps, nobody's own work in one shift pays more than {most}"
    return [
        f"{paid} {spaced}" if greeting.spacing_seconds else paid,
        f"{shared}, {_times(resolved.cap_per_shift)}.",
        f"{rated}, {_times(rating.cap_per_shift)}.",
        f"Points are confirmed {hours} hours after they were recorded.",
        f"{bound}: {terms[0]}, {terms[1]} and {terms[2]}.",
    ]


def _points(points: int) -> str:
    if not points:
        return "nothing"
    return "1 point" if points == 1 else f"{points:,} points"


def _times(cap: int) -> str:
    return "once in a shift" if cap == 1 else f"up to {cap:,} times in a shift"


def _by_stars(points_by_stars: tuple[int, ...]) -> str:
    """Return the pay of one to five stars, those that pay the same together."""
    parts = []
    for points, run in groupby(enumerate(points_by_stars, start=1), key=lambda pair: pair[1]):
        stars = [number for number, _ in run]
        which = f"{stars[0]}" if len(stars) == 1 else f"{stars[0]} to {stars[-1]}"
        parts.append(f"{_points(points)} for {which} of five")
    return ", ".join(parts)
