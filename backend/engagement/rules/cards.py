"""What stands on cards, and their serials as people read and type them."""

import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from backend.identity.rules import CODE_ALPHABET, as_written

SHEET = 10
MOST_CARDS = 500
_PREFIX, _DIGITS = 4, 6
_TYPED = re.compile(r"(?:([0-9A-Z]{4})[- ]?(?=[0-9OIL]{6,9}\Z)|([0-9A-Z]{4})[- ])?([0-9OIL]{1,9})")


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedCard:
    """What stands on one card."""

    serial: str
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedPack:
    """What stands on the sheets of a pack; ``code`` stands on the cover, for all of them."""

    organisation: str
    first_serial: str
    last_serial: str
    code: str
    post: str | None
    note: str | None
    cards: tuple[PrintedCard, ...]


def prefix_of(organisation_id: UUID) -> str:
    """Return what every serial of an organisation begins with: 20 bits of a SHA-256.

    It tells whose card lies on the floor; which card it is, the number says.
    """
    number = int.from_bytes(hashlib.sha256(organisation_id.bytes).digest()[:3])
    places = reversed(range(_PREFIX))
    return "".join(CODE_ALPHABET[number >> 5 * place & 31] for place in places)


def written_serial(serial: int, *, organisation_id: UUID) -> str:
    """Return a serial as it stands on a card, such as A1B2-000123."""
    return f"{prefix_of(organisation_id)}-{serial:0{_DIGITS}}"


def read_serial(typed: str, *, organisation_id: UUID) -> int | None:
    """Return the serial that somebody typed, with the prefix or without; None if it is none."""
    found = _TYPED.fullmatch(typed.strip().upper())
    if found is None:
        return None
    prefix = found[1] or found[2]
    if prefix and as_written(prefix) != prefix_of(organisation_id):
        return None
    return int(as_written(found[3])) or None
