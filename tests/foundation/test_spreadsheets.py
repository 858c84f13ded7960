"""No text is ever a formula, in CSV or XLSX."""

import csv
import io
import re
from datetime import UTC, date, datetime

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation.spreadsheets import Cents, Row, amount, as_text, write_csv, write_xlsx

MADE_AT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "\u00a0=1",
        "\uff1d1+1",
        "\uff0b1",
        "\uff0d1",
        "\uff20A1",
        " \t-2+3",
    ],
)
def test_what_could_begin_a_formula_is_marked_as_text(text: str) -> None:
    assert as_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Alex", "O'Neill", "a=b", "1-2", "é", " Alex", "#1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert as_text(text) == text


@pytest.mark.parametrize(
    ("cents", "said"),
    [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (12_345, "123.45"), (-100, "-1.00")],
)
def test_an_amount_is_whole_cents(cents: int, said: str) -> None:
    assert amount(cents) == said


SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@given(st.integers(-(10**15), 10**15))
def test_no_cent_is_lost_in_an_amount(cents: int) -> None:
    assert int(amount(cents).replace(".", "")) == cents


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), min_size=1))
def test_any_text_survives_a_csv_file_but_for_the_mark(texts: list[str]) -> None:
    content = write_csv([texts, ["end"]])
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert rows[-1] == ["end"]
    if texts == [""]:
        return
    for cell, text in zip(rows[0], texts, strict=True):
        assert cell.replace("'", "") == text.replace("'", "")
        # Some spreadsheets begin a cell behind each of these.
        parts = re.split(r"[;\t\r\n]", cell)
        assert not [part for part in parts if part.lstrip().startswith(SIGNS)]


def test_no_cell_of_csv_begins_a_formula_behind_a_semicolon_or_a_line() -> None:
    content = write_csv([["thanks;=1+1", "so nice\n =1+1", "fine; thanks"]]).decode()
    assert content == """thanks;'=1+1,"so nice\n '=1+1",fine; thanks\r\n"""


def test_a_csv_file_ends_its_lines_as_its_standard_says() -> None:
    rows: list[Row] = [
        ("name", "amount", "day", "note"),
        ("Zoë, Lane", Cents(-1205), date(2026, 11, 8), None),
    ]
    content = write_csv(rows)
    assert content == 'name,amount,day,note\r\n"Zoë, Lane",-12.05,2026-11-08,\r\n'.encode()


def test_a_workbook_holds_text_numbers_and_days_and_no_formula() -> None:
    row = ("=1+1", "http://evil.test", "0042", 42, Cents(1205), date(2026, 11, 8), None)
    content = write_xlsx({"One": [("a",) * 7, row], "Two": [("b",)]}, made_at=MADE_AT)
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = list(book["One"].iter_rows())[1]
    assert [cell.data_type for cell in cells[:5]] == ["s", "s", "s", "n", "n"]
    assert [cell.value for cell in cells[:5]] == ["=1+1", "http://evil.test", "0042", 42, 12.05]
    assert cells[5].value == datetime(2026, 11, 8)  # noqa: DTZ001 - a day in a sheet has no zone
    assert cells[1].hyperlink is None
    assert book.properties.created == MADE_AT.replace(tzinfo=None)


def test_the_same_workbook_is_the_same_bytes() -> None:
    one, other = (write_xlsx({"One": [("a",), (1,)]}, made_at=MADE_AT) for _ in range(2))
    assert one == other
