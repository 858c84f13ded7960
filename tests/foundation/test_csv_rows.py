"""CSV files from outside: what is read, and what is said about what is not."""

from datetime import date
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.foundation import csv_cells, csv_rows
from backend.foundation.csv_rows import (
    Column,
    FileTooLarge,
    ImportRejected,
    Refused,
    TooManyRows,
    read_file,
)


class Colour(StrEnum):
    """Something to choose from."""

    RED = "red"
    BLUE = "blue"


COLUMNS = (
    Column(name="code", read=csv_cells.text(longest=5)),
    Column(name="name", read=csv_cells.text(longest=20)),
    Column(name="size", read=csv_cells.whole_number(low=1, high=99), blank=7, optional=True),
)


def bad_rows(content: bytes | str) -> list[tuple[int, str | None, str]]:
    """Return what is wrong with a file, wherever it is found."""
    try:
        listed = read_file(content, COLUMNS).findings.listed
    except ImportRejected as rejected:
        listed = rejected.errors  # type: ignore[assignment]
    return [(bad["line"], bad["column"], bad["reason"]) for bad in listed]


@pytest.mark.parametrize(
    "content",
    [
        b"code,name\nA,Alpha\nB,Beta\n",
        b"code,name\r\nA,Alpha\r\nB,Beta",
        b"code,name\rA,Alpha\rB,Beta\r",
        b"\xef\xbb\xbfcode,name\nA,Alpha\nB,Beta\n",
        "\ufeffcode,name\nA,Alpha\nB,Beta\n",
        b' Code ,"NAME"\n"A", Alpha \n\n,,\nB,"Beta"\n',
        "code,name\n\u00a0A,Alpha\u00a0\nB,Beta\n",
        b"name,code\nAlpha,A\nBeta,B\n",
    ],
)
def test_usual_files_are_read(content: bytes | str) -> None:
    file = read_file(content, COLUMNS)
    assert not file.findings.total
    assert [(row["code"], row["name"]) for row in file.rows] == [("A", "Alpha"), ("B", "Beta")]


def test_quoted_cells_may_hold_commas_quotes_and_other_scripts() -> None:
    file = read_file('code,name\nA,"Zoë ""Z"", 李"\n', COLUMNS)
    assert file.rows[0]["name"] == 'Zoë "Z", 李'


def test_what_nobody_sees_in_a_cell_is_left_out() -> None:
    file = read_file("code,name\nA\u200b,\u202eAl \u00a0 pha\n", COLUMNS)
    assert dict(file.rows[0].cells) == {"code": "A", "name": "Al pha"}


def test_an_optional_column_may_be_missing_or_its_cells_empty() -> None:
    (missing,) = read_file(b"code,name\nA,Alpha\n", COLUMNS).rows
    assert "size" not in missing.cells
    empty, filled = read_file(b"code,name,size\nA,Alpha,\nB,Beta,12\n", COLUMNS).rows
    assert (empty["size"], filled["size"]) == (7, 12)


@pytest.mark.parametrize(
    ("content", "line", "column", "says"),
    [
        (b"", 1, None, "empty"),
        (b"\n\n  \n", 1, None, "empty"),
        (b"\xef\xbb\xbf", 1, None, "empty"),
        (b"code,name\n", 1, None, "no rows"),
        ("code,name\nA,Alpha\n".encode("utf-16"), 1, None, "UTF-16"),
        ("code,name\nA,Alpha\n".encode("utf-16-le"), 1, None, "UTF-16"),
        ("code,name\r\nA,Alpha\r\nB,Beté\r\n".encode("latin-1"), 3, None, "not UTF-8"),
        (b"code,name\nA,\xed\xa0\x80\n", 2, None, "not UTF-8"),
        (b"code;name\nA;Alpha\n", 1, None, "semicolons"),
        (b"code\tname\nA\tAlpha\n", 1, None, "tabs"),
        (b'"code"|"name"\nA|Alpha\n', 1, None, "vertical bars"),
        (b"code;name,size\nA;Alpha,1\n", 1, "code;name", "is not a column"),
        (b"code\nA\n", 1, "name", "missing"),
        (b"code,name,colour\nA,Alpha,red\n", 1, "colour", "is not a column"),
        (b"code,name,Code\nA,Alpha,A\n", 1, "code", "twice"),
        (b"code,name,\nA,Alpha,\n", 1, "", "is not a column"),
        (b"code,name\nA,Alpha\n,Beta\n", 3, "code", "empty"),
        (b"code,name\n\n\nA\n", 4, None, "must have 2 cells like the header, not 1"),
        (b"code,name\nA,Alpha,1\n", 2, None, "must have 2 cells"),
        (b"code,name\nABCDEF,Alpha\n", 2, "code", "longer than 5"),
        (b"code,name\nA," + b"x" * 100_000 + b"\n", 2, "name", "longer than 20"),
        (b"code,name\nA," + b"x" * 200_000 + b"\n", 2, None, "not closed"),
        (b"code,name\nA,Al\x00pha\n", 2, "name", "NUL"),
        ("code,name\nA,Al\ud800pha\n", 2, "name", "Unicode"),
        (b"code,name\nA,Al\x1bpha\n", 2, "name", "control"),
        ("code,name\nA,\u200b\n", 2, "name", "empty"),
        (b'code,name\nA,"Al\npha"\nB,\n', 2, "name", "one line"),
        (b'code,name\nA,Alpha\nB,"Beta\nC,Gamma\n', 3, None, "not closed"),
        (b'code,name\nA,"Alpha" x\nB,Beta\n', 2, None, "closing quote"),
        (b"code,name,size\nA,Alpha,1.5\n", 2, "size", "digits only"),
        (b"code,name,size\nA,Alpha,100\n", 2, "size", "from 1 to 99"),
        (b"code,name,size\nA,Alpha,-1\n", 2, "size", "from 1 to 99"),
        ("code,name,size\nA,Alpha,١\n", 2, "size", "digits only"),
    ],
)
def test_what_is_wrong_is_named(
    content: bytes | str, line: int, column: str | None, says: str
) -> None:
    first, *_ = bad_rows(content)
    assert first[:2] == (line, column)
    assert says in first[2]


def test_a_wrong_delimiter_is_said_once_and_nothing_else() -> None:
    assert len(bad_rows(b"code;name\n" + b"A;Alpha\n" * 50)) == 1


def test_every_bad_row_is_named_by_its_physical_line() -> None:
    content = b'code,name,size\nA,"Al\r\npha",1\n\nB,Beta,0\nC,"x"y,1\n,,3\n'
    assert [(line, column) for line, column, _ in bad_rows(content)] == [
        (2, "name"),
        (5, "size"),
        (6, None),
        (7, "code"),
        (7, "name"),
    ]


def test_repeats_name_both_lines() -> None:
    file = read_file(b"code,name\nA,Alpha\nB,Beta\nA,Gamma\n", COLUMNS)
    file.refuse_repeats(((row, row["code"]) for row in file.rows), column="code", what="code")
    with pytest.raises(ImportRejected) as refused:
        file.findings.check()
    assert refused.value.errors == [
        {"line": 4, "column": "code", "reason": "repeats line 2: the same code"}
    ]


def test_a_thousand_findings_are_listed_and_all_are_counted() -> None:
    file = read_file(b"code,name\n" + b",x\n" * 1_500, COLUMNS)
    with pytest.raises(ImportRejected, match="1500 wrong, of which the first 1000") as refused:
        file.findings.check()
    assert len(refused.value.errors or ()) == 1_000


def test_a_header_of_very_many_columns_is_judged_like_any_other() -> None:
    # Were each held to all before it, this would take minutes.
    with pytest.raises(ImportRejected, match="500000 wrong"):
        read_file(b"code" + b",code" * 499_999 + b"\nA\n", COLUMNS)


def test_100_000_rows_are_read_and_one_more_is_too_many() -> None:
    content = b"code,name\n" + b"A,Alpha\n" * csv_rows.MOST_ROWS
    assert len(read_file(content, COLUMNS).rows) == 100_000
    with pytest.raises(TooManyRows):
        read_file(content + b"A,Alpha\n", COLUMNS)


def test_more_than_16_mb_is_too_large() -> None:
    with pytest.raises(FileTooLarge):
        read_file(b"x" * (csv_rows.LARGEST_FILE + 1), COLUMNS)


@given(st.binary() | st.text() | st.text(alphabet='code,name\n\r";A1\x00\ud800'))
def test_any_content_is_read_or_refused_with_reasons(content: bytes | str) -> None:
    for start in (b"", b"code,name\n"):
        whole = start + content if isinstance(content, bytes) else start.decode() + content
        try:
            file = read_file(whole, COLUMNS)
        except ImportRejected:
            continue
        assert file.rows or file.findings.listed


def test_cells_of_dates_and_choices() -> None:
    assert csv_cells.calendar_date("2028-02-29") == date(2028, 2, 29)
    assert csv_cells.one_of(Colour)("red") is Colour.RED
    assert csv_cells.some_of(Colour)("red|blue red") == {Colour.RED, Colour.BLUE}
    for cell in ("2026-02-30", "9999-01-01", "1999-12-31", "20260101", "2026-1-1", "x"):
        with pytest.raises(Refused):
            csv_cells.calendar_date(cell)
    with pytest.raises(Refused, match="one of red, blue"):
        csv_cells.some_of(Colour)("red green")
