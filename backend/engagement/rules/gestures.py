"""Words and pure rules of gestures: what is given on the spot, and within whose authority."""

from enum import StrEnum

MOST_CENTS = 1_000_000


class GestureCategory(StrEnum):
    """What a gesture is, one icon each."""

    DRINK = "drink"
    FOOD = "food"
    UPGRADE = "upgrade"
    REPLACEMENT_TICKET = "replacement_ticket"
    MERCHANDISE = "merchandise"
    OTHER = "other"


class GestureState(StrEnum):
    """Whether a gesture may be handed out, or will not be."""

    WAITING = "waiting"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


class Withdrawal(StrEnum):
    """Why a gesture that waited was not given."""

    TAKEN_BACK = "taken_back"
    DECLINED = "declined"
    REQUEST_OVER = "request_over"
    SEASON_CLOSED = "season_closed"


def left_of(cap_cents: int, spent_cents: int) -> int:
    """Return how many cents are left; a cap that was lowered since leaves none."""
    return max(0, cap_cents - spent_cents)


def seat_key(seat: str | None) -> str | None:
    """Return what is the same however a seat is written: "101, row 4" is "101 ROW 4"."""
    plain = "".join(sign for sign in (seat or "").casefold() if sign.isalnum())
    return plain[:40] or None
