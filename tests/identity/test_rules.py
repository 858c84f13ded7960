"""The rules of identity, as tables of cases."""

from datetime import UTC, date, datetime

import pytest

from backend.identity.permissions import Permission, Role, granted, on_phone
from backend.identity.rules import as_written, is_trivial_pin, last_day_reached


@pytest.mark.parametrize(
    ("pin", "trivial"),
    [
        ("0000", True),
        ("99999999", True),
        ("1234", True),
        ("0123", True),
        ("8901", True),
        ("4321", True),
        ("2109", True),
        ("1235", False),
        ("1212", False),
        ("1357", False),
        ("4907", False),
    ],
)
def test_a_trivial_pin_is_one_digit_or_a_run(pin: str, trivial: bool) -> None:
    assert is_trivial_pin(pin) is trivial


def test_a_typed_code_is_mended() -> None:
    assert as_written(" abcde-oilu9 ") == "ABCDE011U9"


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 21, 11, 59, tzinfo=UTC), date(2026, 11, 20)),
        (datetime(2026, 11, 21, 12, 0, tzinfo=UTC), date(2026, 11, 21)),
    ],
)
def test_a_day_lasts_until_it_is_over_everywhere(now: datetime, day: date) -> None:
    assert last_day_reached(now) == day


def test_only_administrators_manage_administrators() -> None:
    able = {role for role in Role if Permission.MANAGE_ADMINISTRATORS in granted({role})}
    assert able == {Role.ADMIN}


def test_a_phone_gives_no_more_than_a_supervisors_powers() -> None:
    assert on_phone(granted({Role.ADMIN})) == granted({Role.SUPERVISOR})
    assert on_phone(granted({Role.EMPLOYEE})) == granted({Role.EMPLOYEE})
