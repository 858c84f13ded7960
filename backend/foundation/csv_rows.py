"""CSV files from outside: every bad row is named with line, column and reason, none is guessed.

A file is UTF-8 (with or without BOM) with commas and a header line. `read_file` checks it against
a list of `Column`s; what needs the database is checked by the import itself, which adds to the
same `Findings`, so that one answer names everything that is wrong.
"""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from backend.foundation.problems import Invalid, TooLarge
from backend.foundation.text import unstorable

LARGEST_FILE = 16 * 1024 * 1024
MOST_ROWS = 100_000
MOST_LISTED = 1_000
LONGEST_HEADER = 10_000
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars", ":": "colons"}
_UNCLOSED = ("unexpected end of data", "field larger than field limit")


class ImportRejected(Invalid):
    """Nothing was imported; errors names every bad row with its line, column and reason."""


class FileTooLarge(TooLarge):
    """One file may have at most 16 MB; split it."""


class TooManyRows(TooLarge):
    """One file may have at most 100,000 rows; split it."""


class Refused(ValueError):
    """Why a cell cannot be taken, said so that it can follow the name of its column."""


MUST_BE_FILLED: Any = object()


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a file.

    ``read`` turns a trimmed, printable, non-empty cell into a value or raises Refused; an empty
    cell becomes ``blank``. An ``optional`` column may be missing: then rows lack its name.
    """

    name: str
    read: Callable[[str], Any]
    blank: Any = MUST_BE_FILLED
    optional: bool = False


@dataclass(slots=True)
class Findings:
    """What is wrong with a file: the first 1,000 things, and how many there are."""

    listed: list[dict[str, Any]] = field(default_factory=list)
    total: int = 0

    def add(self, line: int, column: str | None, reason: str) -> None:
        """Note that the physical ``line`` (from 1) is bad; ``column`` is None for a whole row."""
        self.total += 1
        if self.total <= MOST_LISTED:
            self.listed.append({"line": line, "column": column, "reason": reason})

    def check(self) -> None:
        """Raise ImportRejected if anything is wrong."""
        if self.total:
            listed = sorted(self.listed, key=lambda bad: int(bad["line"]))
            detail = f"{self.total} wrong"
            if self.total > len(listed):
                detail += f", of which the first {len(listed)} found are listed"
            raise ImportRejected(f"{detail}. Nothing was imported.", errors=listed)


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose cells could all be read, and the physical line on which it starts."""

    line: int
    cells: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return the value in the column ``name``."""
        return self.cells[name]


@dataclass(frozen=True, kw_only=True, slots=True)
class CsvFile:
    """A file that was read: its good rows, and what is wrong with the others."""

    rows: Sequence[Row]
    findings: Findings
    sha256: str

    def refuse_repeats(self, keys: Iterable[tuple[Row, object]], *, column: str, what: str) -> None:
        """Find rows that have the key of an earlier one; ``what`` names the key for people."""
        first_lines: dict[object, int] = {}
        for row, key in keys:
            first = first_lines.setdefault(key, row.line)
            if first != row.line:
                self.findings.add(row.line, column, f"repeats line {first}: the same {what}")


def read_file(content: bytes | str | CsvFile, columns: Sequence[Column]) -> CsvFile:
    """Read a CSV file; what is wrong with single rows is in its findings.

    One that was read already, ahead of a transaction, is returned as it is. Raises ImportRejected
    when it is not readable as a table of ``columns``, FileTooLarge, TooManyRows.
    """
    if isinstance(content, CsvFile):
        return content
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > LARGEST_FILE:
        raise FileTooLarge
    findings = Findings()
    text = _decoded(content, findings).removeprefix("\ufeff")
    _refuse_other_delimiters(text, [column.name for column in columns], findings)
    lines = _lines(text, findings)
    header = _header(lines, columns, findings)
    rows = list(_rows(lines, header, findings))
    if not rows and not findings.total:
        findings.add(1, None, "there are no rows under the header")
        findings.check()
    return CsvFile(rows=rows, findings=findings, sha256=hashlib.sha256(raw).hexdigest())


def _decoded(content: bytes | str, findings: Findings) -> str:
    if isinstance(content, str):
        return content
    start = content[:200]
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or start.count(0) > len(start) // 4:
        findings.add(1, None, "the file is UTF-16; save it as UTF-8")
        findings.check()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        reason = "is not UTF-8 from here on (Latin-1 or Windows-1252?); save the file as UTF-8"
        findings.add(before.count(b"\n") + 1, None, reason)
        findings.check()
        raise


def _lines(text: str, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yield each filled record with the physical line on which it starts."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if str(error).startswith(_UNCLOSED):
                findings.add(line, None, "a quoted cell opens here and is not closed")
                return
            findings.add(line, None, "after a closing quote must come a comma or the line's end")
            continue
        if any(not cell.isspace() for cell in cells if cell):
            yield line, cells


def _header(
    lines: Iterator[tuple[int, list[str]]], columns: Sequence[Column], findings: Findings
) -> list[Column]:
    """Return the columns in the order of the file."""
    line, cells = next(lines, (1, []))
    if not cells and not findings.total:
        findings.add(1, None, "the file is empty")
    findings.check()
    known = {column.name: column for column in columns}
    names = [cell.strip().lower() for cell in cells]
    unknown = f"is not a column here; there are {', '.join(known)}"
    seen = set()
    for name in names:
        if name not in known:
            findings.add(line, name[:60], unknown)
        elif name in seen:
            findings.add(line, name, "is there twice")
        seen.add(name)
    for column in columns:
        if not column.optional and column.name not in seen:
            findings.add(line, column.name, "is missing from the header")
    findings.check()
    return [known[name] for name in names]


def _refuse_other_delimiters(text: str, known: Sequence[str], findings: Findings) -> None:
    """Refuse a header line that makes more sense when cut at something else than commas."""
    above = text[: len(text) - len(text.lstrip())]
    header = next(iter(text[len(above) : len(above) + LONGEST_HEADER].splitlines()), "").lower()

    def makes_sense(delimiter: str) -> int:
        return sum(part.strip(' "') in known for part in header.split(delimiter))

    for delimiter, called in _OTHER_DELIMITERS.items():
        if makes_sense(delimiter) > makes_sense(","):
            reason = f"the cells are separated by {called}; use commas"
            findings.add(above.count("\n") + 1, None, reason)
            findings.check()


def _rows(
    lines: Iterator[tuple[int, list[str]]], header: Sequence[Column], findings: Findings
) -> Iterator[Row]:
    for number, (line, cells) in enumerate(lines, start=1):
        if number > MOST_ROWS:
            raise TooManyRows
        if len(cells) != len(header):
            reason = f"must have {len(header)} cells like the header, not {len(cells)}"
            findings.add(line, None, reason)
            continue
        before = findings.total
        values = {}
        for column, cell in zip(header, cells, strict=True):
            try:
                values[column.name] = _value(column, cell)
            except Refused as refused:
                findings.add(line, column.name, str(refused))
        if findings.total == before:
            yield Row(line, values)


def _value(column: Column, cell: str) -> Any:
    cell = cell.strip()
    if not cell:
        if column.blank is MUST_BE_FILLED:
            raise Refused("must not be empty")
        return column.blank
    if not (cell.isascii() and cell.isprintable()):
        if reason := unstorable(cell):
            raise Refused(reason)
        if any(character < " " or character == "\x7f" for character in cell):
            raise Refused("must be one line without control characters")
    return column.read(cell)
