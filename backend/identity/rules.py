"""Words and rules of identity: what PINs may be, how codes are written, when contracts end."""

import re
import unicodedata
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

MOST_PIN_TRIES = 10
ENROLMENT_CODE_LIFE = timedelta(days=7)
# For so long an enrolment whose answer was lost is sent again.
ENROLMENT_SENT_AGAIN = timedelta(minutes=10)
CONSOLE_SESSION_LIFE = timedelta(hours=12)
# For so long after a one-time code was given once more, none is asked for: a few files in a row.
CONFIRMED_FOR = timedelta(minutes=5)
CODE_LENGTH = 10
LANGUAGES = ("en", "fr", "es")
# Douglas Crockford's base 32: no letter that is mistaken for a digit, and no U.
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST_PAYROLL_NUMBER = 40
# What HR may keep of protected groups, for how long, and of how many people at least.
LONGEST_ATTRIBUTE, LONGEST_GROUP = 60, 60
SHORTEST_PURPOSE, LONGEST_PURPOSE = 10, 500
MOST_ATTRIBUTES, MOST_GROUPS = 10, 20
MOST_DAYS_KEPT = 365
# The bias report shows nothing of fewer, so that nothing of fewer needs to be kept.
FEWEST_IN_GROUP = 5
# How everybody is grouped of whom nothing is kept; no file says so of anybody.
NOT_STATED = "not stated"
# Plain letters and digits at both ends: no two numbers look alike, and none is a formula.
_PAYROLL_NUMBER = re.compile(r"[A-Z0-9](?:[A-Z0-9._/-]{0,38}[A-Z0-9])?")
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
# The last place on Earth where a day ends (AoE, UTC-12): no venue is locked out too early.
_DAY_ENDS_LAST = timedelta(hours=12)
# The first place where one begins (UTC+14): what goes on a day is gone wherever it has begun.
_DAY_BEGINS_FIRST = timedelta(hours=14)


class EmploymentKind(StrEnum):
    """How somebody is employed."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    TEMP = "temp"
    CONTRACTOR = "contractor"


class PayBasis(StrEnum):
    """Whether working time is paid by the hour."""

    HOURLY = "hourly"
    SALARIED = "salaried"


class SessionKind(StrEnum):
    """How a session was opened: on an enrolled phone, or in the console."""

    PHONE = "phone"
    CONSOLE = "console"


def is_trivial_pin(pin: str) -> bool:
    """Tell whether ``pin`` is one digit repeated or a straight run such as 1234, 7890 or 4321."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(pin)}
    return steps in ({0}, {1}, {9})


def as_written(code: str) -> str:
    """Return a typed code as it was issued: upper case, misread letters and dashes mended."""
    return code.upper().translate(_MISREAD)


def as_payroll_number(text: str) -> str | None:
    """Return ``text`` as payroll numbers are kept, or None if it is none.

    Two accounts of one person are told by the same number, so it has one form: upper case, without
    spaces, at most 40 letters and digits of ASCII, between them also ``.``, ``_``, ``/``, ``-``.
    """
    number = "".join(unicodedata.normalize("NFKC", text).upper().split())
    return number if _PAYROLL_NUMBER.fullmatch(number) else None


def is_same_person(one: str | None, other: str | None) -> bool:
    """Tell whether two payroll numbers say that two accounts belong to one person."""
    return one is not None and one == other


def last_day_reached(now: datetime) -> date:
    """Return the newest day that is still going on somewhere on Earth at ``now``.

    A contract is over when it ended before this day.
    """
    return (now - _DAY_ENDS_LAST).date()


def newest_day(now: datetime) -> date:
    """Return the newest day that has begun somewhere on Earth at ``now``."""
    return (now + _DAY_BEGINS_FIRST).date()


def may_be_deleted_on(day: date, *, now: datetime) -> bool:
    """Tell whether protected groups may be kept until ``day``, which is not begun nor far off."""
    return newest_day(now) < day <= now.date() + timedelta(days=MOST_DAYS_KEPT)
