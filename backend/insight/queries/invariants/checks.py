"""How an invariant is checked: one set-based statement that finds the rows which break it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, text

# More of one kind say nothing new, and a broken million must not fill the memory.
MOST_NAMED = 1_000
_HEX_DIGITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A row that breaks an invariant: ``row`` is its key, ``what`` what is wrong with it."""

    invariant: str
    table: str
    organisation_id: UUID | None
    row: str
    what: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One statement that selects ``organisation_id``, ``what``, and the key of each bad row.

    ``code`` is the invariant's, ``table`` the one whose rows are checked. The statement is plain
    SQL that both engines know, but for the words in braces, which each engine says in its own
    way: ``{week}``, ``{month}`` and the ids as text of an event ``e``, the seconds at which a
    request ``r`` was ``{opened}`` and a step ``s`` ``{happened}``, and ``{workweek_end}`` and
    ``{weekday}`` of the beginning of a workweek ``w``; and the day that was ``{yesterday}`` by UTC.
    """

    code: str
    table: str
    statement: str


_SQLITE_ID = (
    "lower("
    + "||'-'||".join(
        f"substr({{0}},{start},{length})"
        for start, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )
    + ")"
)

# What the engines say in different words.
_WORDS = {
    "sqlite": {
        "week": "strftime('%G-W%V', e.held_on)",
        "month": "strftime('%Y-%m', e.held_on)",
        "event_id": _SQLITE_ID.format("e.id"),
        "season_id": _SQLITE_ID.format("e.season_id"),
        "venue_id": _SQLITE_ID.format("e.venue_id"),
        "opened": "unixepoch(r.opened_at)",
        "happened": "unixepoch(s.at)",
        "workweek_end": "date(w.starts_on, '+6 days')",
        "yesterday": "date('now', '-1 day')",
        "weekday": "(cast(strftime('%w', w.starts_on) as integer) + 6) % 7",
    },
    "postgresql": {
        "week": "to_char(e.held_on, 'IYYY\"-W\"IW')",
        "month": "to_char(e.held_on, 'YYYY-MM')",
        "event_id": "e.id::text",
        "season_id": "e.season_id::text",
        "venue_id": "e.venue_id::text",
        "opened": "floor(extract(epoch from r.opened_at))",
        "happened": "floor(extract(epoch from s.at))",
        "workweek_end": "w.starts_on + 6",
        "yesterday": "(now() at time zone 'utc')::date - 1",
        "weekday": "extract(isodow from w.starts_on) - 1",
    },
}


def find_offenders(
    connection: Connection, check: Check, *, organisation_id: UUID | None
) -> Iterator[Finding]:
    """Yield the rows that break ``check``, at most `MOST_NAMED`; None is everybody."""
    statement = check.statement.format(**_WORDS[connection.dialect.name])
    mine = "" if organisation_id is None else "where organisation_id = :organisation_id"
    # PostgreSQL plans for what it expects: a few that are found soon, which there are none of; and
    # one row of two hundred, behind the policies that keep organisations apart. By both it looked
    # through a whole table once for each row of another.
    if connection.dialect.name == "postgresql":
        connection.execute(text("set local enable_nestloop = off"))
    query = text(
        f"with found as materialized (select * from ({statement}) as every {mine})"
        f" select * from found limit {MOST_NAMED}"
    )
    if organisation_id is not None:
        query = query.bindparams(bindparam("organisation_id", organisation_id, Uuid()))
    result = connection.execute(query)
    keys = list(result.keys())[2:]
    for owner, what, *key in result:
        yield Finding(
            invariant=check.code,
            table=check.table,
            organisation_id=owner if isinstance(owner, UUID) else UUID(owner),
            row=" ".join(f"{name}={_shown(value)}" for name, value in zip(keys, key, strict=True)),
            what=what,
        )


def count_rows(connection: Connection, table: str) -> int:
    """Return how many rows ``table`` has."""
    return int(connection.execute(text(f"select count(*) from {table}")).scalar_one())


def _shown(value: object) -> str:
    """Return a part of a key; SQLite keeps ids as 32 hexadecimal digits."""
    if isinstance(value, str) and len(value) == _HEX_DIGITS:
        return str(UUID(value))
    return str(value)
