"""Why an answer is not believed by itself: arithmetic on what was seen when it came.

A threshold is set where honest evenings hardly ever reach it, since each answer that is held takes
a person's time. What stays below is bounded by the caps of the rules that pay.
"""

import hashlib
import hmac
import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

# Camera out, code found, banner tapped, page loaded, question read, choice tapped: nobody who was
# handed a phone does all of it in less.
TOO_QUICK = timedelta(seconds=5)
# As long as a browser keeps what it needs to correct an answer, by which it is known again.
ALIKE_WITHIN = timedelta(minutes=10)
# A browser that has just rated the same employee does so again: exact, so once is enough.
BROWSERS_BEFORE = 1
# Phones of one model behind one address look the same. With twenty ratings in three hours, all
# from the arena's own network, and three fans of ten with that phone, two alike within ten minutes
# come before 13 ratings of a thousand; with five ratings, before one of a thousand (Poisson).
DEVICES_BEFORE = 2
# With twenty ratings in three hours 0.6 are expected in five minutes; five come before one of them
# about three times in ten thousand (Poisson).
BURST_WITHIN = timedelta(minutes=5)
BURST_BEFORE = 5
# Told of it, on the way, there, helped, and back at the phone: nobody does all of it in less.
SOLVED_AT_ONCE_SECONDS = 30
# Four whom one person has helped in five minutes at one place had 75 seconds each, with the way.
SOLVED_WITHIN = timedelta(minutes=5)
SOLVED_BEFORE = 3
# A day of salt begins when hardly an arena plays: at midnight or one in Los Angeles, three or four
# in New York, nine or ten in Brussels, four in the afternoon in Beijing.
_DAY_BEGINS = timedelta(hours=8)
SALT_BYTES, HASH_BYTES = 32, 16


class Suspicion(StrEnum):
    """Why a rating waits for a person."""

    STAFF_DEVICE = "staff_device"
    STAFF_SESSION = "staff_session"
    TOO_QUICK = "too_quick"
    SEVERAL_FROM_ONE_DEVICE = "several_from_one_device"
    BURST = "burst"
    EXPIRED = "expired"
    OTHER_VENUE = "other_venue"
    ASKED_BY_STAFF = "asked_by_staff"
    ASKED_AND_SOLVED = "asked_and_solved"
    NOT_BELIEVED = "not_believed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What was seen of a phone that rates: hashes of its day, and whether staff use it.

    ``browser`` is exact while the browser keeps its answer; ``device`` is the same for phones of
    one model and language behind one address.
    """

    browser: bytes
    device: bytes
    staff: Suspicion | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What came before an answer to the same employee: from phones alike, and from anybody."""

    browsers: int
    devices: int
    lately: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Circumstances:
    """What is known about an answer when it comes; None where nothing was seen.

    ``asked`` is what was seen when its request was asked for, and solved.
    """

    staff: Suspicion | None = None
    before: Before | None = None
    quick: bool = False
    expired: bool = False
    elsewhere: bool = False
    asked: Sequence[Suspicion] = ()


def screen(known: Circumstances) -> tuple[Suspicion, ...]:
    """Return why an answer must wait for a person; nothing where it may be believed."""
    return tuple(_suspicions(known))


def _suspicions(known: Circumstances) -> Iterator[Suspicion]:
    if known.staff is not None:
        yield known.staff
    if known.quick:
        yield Suspicion.TOO_QUICK
    if before := known.before:
        if before.browsers >= BROWSERS_BEFORE or before.devices >= DEVICES_BEFORE:
            yield Suspicion.SEVERAL_FROM_ONE_DEVICE
        if before.lately >= BURST_BEFORE:
            yield Suspicion.BURST
    if known.expired:
        yield Suspicion.EXPIRED
    if known.elsewhere:
        yield Suspicion.OTHER_VENUE
    yield from known.asked


def solved_at_once(*, seconds: int, before: int) -> bool:
    """Tell whether what a fan has asked for was solved sooner than people can come and help.

    That is within ``seconds`` of asking, or with ``before`` others of that place and person in the
    five minutes before.
    """
    return seconds < SOLVED_AT_ONCE_SECONDS or before >= SOLVED_BEFORE


def salt_day(now: datetime) -> date:
    """Return the day whose salt is used at ``now``: its evening is never cut in two."""
    return (now - _DAY_BEGINS).date()


def day_span(at: datetime) -> tuple[datetime, datetime]:
    """Return when the day of salt began in which ``at`` lies, and when the next one did."""
    began = (at - _DAY_BEGINS).replace(hour=0, minute=0, second=0, microsecond=0) + _DAY_BEGINS
    return began, began + timedelta(days=1)


def network_of(address: str) -> str:
    """Return the part of an address that a phone keeps: of IPv6 its network, the /64."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    except ValueError:
        return ""


def hashed(salt: bytes, kind: str, parts: Sequence[str]) -> bytes:
    """Return what is kept of ``parts``: without the salt nobody can find out what they were."""
    words = "\n".join((kind, *parts))
    return hmac.digest(salt, words.encode("utf-8", "replace"), hashlib.sha256)[:HASH_BYTES]
