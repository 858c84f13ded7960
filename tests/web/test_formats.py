"""Figures as people read them."""

import pytest

from backend.web.formats import percent


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (None, "–"),
        (0, "0.0\u202f%"),
        (0.000_001, "<\u202f0.1\u202f%"),
        (0.000_999, "<\u202f0.1\u202f%"),
        (1 / 1000, "0.1\u202f%"),
        (0.8696, "86.9\u202f%"),
        (0.87, "87.0\u202f%"),
        (0.9699, "96.9\u202f%"),
        (0.9995, "99.9\u202f%"),
        (1 - 1e-8, "99.9\u202f%"),
        (1.0, "100.0\u202f%"),
        (1.2345, "123.4\u202f%"),
    ],
)
def test_a_share_never_reads_as_more_than_it_is(share: float | None, written: str) -> None:
    assert percent(share) == written


def test_a_whole_tenth_reads_as_itself_however_it_was_computed() -> None:
    for tenths in range(1, 2001):
        assert percent(tenths / 1000) == percent(tenths * 7 / 7000)
        assert percent(tenths / 1000) == f"{tenths / 10:.1f}\u202f%"
