"""What is suspicious and what is not, as a table; what is kept of a phone tells nothing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from backend.integrity.rules.suspicions import (
    Before,
    Circumstances,
    Suspicion,
    day_span,
    hashed,
    network_of,
    salt_day,
    screen,
)

NOBODY = Before(browsers=0, devices=0, lately=0)
SEVERAL = Suspicion.SEVERAL_FROM_ONE_DEVICE


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (Circumstances(), ()),
        (Circumstances(before=NOBODY), ()),
        (Circumstances(staff=Suspicion.STAFF_DEVICE), (Suspicion.STAFF_DEVICE,)),
        (Circumstances(staff=Suspicion.STAFF_SESSION), (Suspicion.STAFF_SESSION,)),
        (Circumstances(quick=True), (Suspicion.TOO_QUICK,)),
        (Circumstances(before=Before(browsers=1, devices=0, lately=1)), (SEVERAL,)),
        # One other phone of the same model behind the same address is nothing unusual.
        (Circumstances(before=Before(browsers=0, devices=1, lately=1)), ()),
        (Circumstances(before=Before(browsers=0, devices=2, lately=2)), (SEVERAL,)),
        (Circumstances(before=Before(browsers=0, devices=0, lately=4)), ()),
        (Circumstances(before=Before(browsers=0, devices=0, lately=5)), (Suspicion.BURST,)),
        (Circumstances(expired=True), (Suspicion.EXPIRED,)),
        (Circumstances(elsewhere=True), (Suspicion.OTHER_VENUE,)),
        (
            Circumstances(
                staff=Suspicion.STAFF_DEVICE,
                before=Before(browsers=3, devices=3, lately=9),
                quick=True,
                expired=True,
                elsewhere=True,
            ),
            (
                Suspicion.STAFF_DEVICE,
                Suspicion.TOO_QUICK,
                SEVERAL,
                Suspicion.BURST,
                Suspicion.EXPIRED,
                Suspicion.OTHER_VENUE,
            ),
        ),
    ],
)
def test_every_suspicion_is_named_and_nothing_else(
    known: Circumstances, expected: tuple[Suspicion, ...]
) -> None:
    assert screen(known) == expected


def test_all_suspicions_together_fit_where_they_are_kept() -> None:
    assert len(" ".join(Suspicion)) <= 200


@pytest.mark.parametrize("zone", ["America/New_York", "America/Los_Angeles", "Europe/Brussels"])
@pytest.mark.parametrize("month", [1, 7])
def test_no_evening_is_cut_in_two(zone: str, month: int) -> None:
    doors = datetime(2026, month, 14, 16, tzinfo=ZoneInfo(zone))
    days = {salt_day((doors + timedelta(hours=hours)).astimezone(UTC)) for hours in range(8)}
    assert days == {date(2026, month, 14)}


def test_a_day_of_salt_has_no_gap() -> None:
    at = datetime(2026, 11, 22, 7, 59, tzinfo=UTC)
    began, ended = day_span(at)
    assert (began, ended - began) == (datetime(2026, 11, 21, 8, tzinfo=UTC), timedelta(days=1))
    assert salt_day(began) == salt_day(at) != salt_day(ended)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", ""),
    ],
)
def test_a_phone_keeps_its_network_when_its_address_changes(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_hash_needs_the_salt_the_kind_and_every_part() -> None:
    salt = b"s" * 32
    hashes = {
        hashed(salt, "device", ("a", "b")),
        hashed(b"t" * 32, "device", ("a", "b")),
        hashed(salt, "browser", ("a", "b")),
        hashed(salt, "device", ("a", "c")),
        hashed(salt, "device", ("\ud800", "b")),
    }
    assert len(hashes) == 5
    assert {len(one) for one in hashes} == {16}
