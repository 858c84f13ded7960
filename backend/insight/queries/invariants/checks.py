"""How an invariant is checked: one set-based statement that finds the rows which break it."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, Uuid, bindparam, text

from backend.insight.queries.invariants.words import WORDS

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
    SQL that both engines know, but for the `words` in braces, which each engine says in its own
    way.
    """

    code: str
    table: str
    statement: str


def find_offenders(
    connection: Connection, check: Check, *, organisation_id: UUID | None
) -> Iterator[Finding]:
    """Yield the rows that break ``check``, at most `MOST_NAMED`; None is everybody."""
    statement = check.statement.format(**WORDS[connection.dialect.name])
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
