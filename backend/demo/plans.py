"""The plan of one evening: who greets whom when, drawn from a seed; nothing is played here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from backend.demo.characters import Character, Habit

# How many fans pass one post of a kind, compared with the others: a gate sees ten times a suite.
TRAFFIC = {"gate": 8.0, "concourse": 3.0, "section": 2.0, "parking": 1.5, "suite": 0.8, "": 1.0}
# What part of the diligence is left where fans hurry past or sit down already.
EASE = {"gate": 1.0, "concourse": 0.99, "section": 0.97, "parking": 0.88, "suite": 1.0, "": 0.95}
PARTY_SIZES, PARTY_WEIGHTS = (1, 2, 3, 4, 5, 6), (8, 28, 20, 27, 10, 7)
LARGEST_PARTY = 50
FANS_PER_PARTY_OF_USUAL_SIZE = 20_000
ASKING_SHARE = 0.0115
SECONDS_APART = 11
TAPS, TAPS_ON_A_BAD_EVENING, BAD_EVENING_SHARE = 300, 2_400, 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """An evening from doors to end."""

    doors_at: datetime
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """Somebody at work: the kind of zone (empty for who walks about), and how they work."""

    badge: str
    kind: str
    character: Character


@dataclass(frozen=True, kw_only=True, slots=True)
class Greet:
    """One greeting as a phone keeps it; ``asks`` when the fans need something."""

    id: UUID
    badge: str
    at: datetime
    party_size: int
    asks: bool


def phone_id(rng: Random, at: datetime) -> UUID:
    """Return an id as a phone makes one at the instant ``at`` (UUID version 7, RFC 9562)."""
    number = int(at.timestamp() * 1000) << 80 | rng.getrandbits(74)
    low = number & (1 << 62) - 1
    middle = number >> 62 & (1 << 12) - 1
    return UUID(int=number >> 80 << 80 | 7 << 76 | middle << 64 | 2 << 62 | low)


def greetings(
    rng: Random, *, workers: Mapping[str, Worker], attendance: int, hours: Hours
) -> list[Greet]:
    """Return the greetings of an evening with ``attendance`` fans, in the order of time.

    Every fan passes one worker, who greets most of them by character and place; so the share of
    fans greeted is the workers' diligence, weighted by how many fans pass them.
    """
    traffic = sum(TRAFFIC[worker.kind] for worker in workers.values())
    together = max(1, round(attendance / FANS_PER_PARTY_OF_USUAL_SIZE))
    planned = []
    for worker in workers.values():
        fans = round(attendance * TRAFFIC[worker.kind] / traffic)
        parties = _greeted(rng, worker, fans=fans, together=together)
        instants = _instants(rng, worker.kind, count=len(parties), hours=hours)
        planned += [
            Greet(
                id=phone_id(rng, at),
                badge=worker.badge,
                at=at,
                party_size=size,
                asks=rng.random() < ASKING_SHARE and bool(worker.kind),
            )
            for at, size in zip(instants, parties, strict=True)
        ]
        if worker.character.habit is Habit.TAPPER:
            planned += _taps(rng, worker.badge, hours)
    return sorted(planned, key=lambda greet: (greet.at, greet.id))


def _greeted(rng: Random, worker: Worker, *, fans: int, together: int) -> list[int]:
    """Return the sizes of the parties that are greeted out of ``fans``.

    Where many more fans pass, ``together`` parties are greeted at once.
    """
    share = worker.character.diligence * EASE[worker.kind]
    sizes = []
    while fans > 0:
        party = sum(rng.choices(PARTY_SIZES, PARTY_WEIGHTS, k=together))
        party = min(party, fans, LARGEST_PARTY)
        fans -= party
        if rng.random() < share:
            sizes.append(party)
    return sizes


def _instants(rng: Random, kind: str, *, count: int, hours: Hours) -> list[datetime]:
    """Return when ``count`` parties pass: gates before the start, inner posts later and longer."""
    opening = (hours.starts_at - hours.doors_at).total_seconds()
    playing = (hours.ends_at - hours.starts_at).total_seconds()
    if kind in {"gate", "parking"}:
        ends, busiest = opening + 0.25 * playing, 0.8 * opening
    else:
        ends, busiest = opening + 0.9 * playing, 1.1 * opening
    drawn = sorted(rng.triangular(30, ends, busiest) for _ in range(count))
    instants = []
    earliest = 0.0
    for seconds in drawn:
        earliest = max(seconds, earliest + SECONDS_APART)
        instants.append(hours.doors_at + timedelta(seconds=round(earliest, 3)))
    return instants


def _taps(rng: Random, badge: str, hours: Hours) -> list[Greet]:
    """Return greetings of nobody, a second apart."""
    bad = rng.random() < BAD_EVENING_SHARE
    begins = hours.starts_at + timedelta(minutes=rng.randint(40, 70))
    instants = (
        begins + timedelta(seconds=number + rng.random() / 2)
        for number in range(TAPS_ON_A_BAD_EVENING if bad else TAPS)
    )
    return [
        Greet(id=phone_id(rng, at), badge=badge, at=at, party_size=1, asks=False) for at in instants
    ]
