"""Proof that everything which must always hold does hold; it reads and never repairs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries import invariants
from backend.insight.queries.invariants import Finding, KeptHead

__all__ = [
    "Checked",
    "Finding",
    "KeptHead",
    "Report",
    "find_offenders",
    "read_head",
    "run",
    "verify",
]

_HEAD = re.compile(r"(ledger|audit):([0-9]{1,18}):([0-9a-f]{64})")


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """An invariant that was checked, and on how many rows."""

    code: str
    sentence: str
    rows: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was checked, and every row that breaks something; none is as it should be.

    ``unsealed`` has how many rows wait for their seal, by the name of their chain.
    """

    checked: list[Checked]
    findings: list[Finding]
    unsealed: dict[str, int]


def read_head(said: str) -> KeptHead | None:
    """Return the end of a chain of seals as ``CHAIN:NUMBER:HASH`` says it, None if it does not."""
    found = _HEAD.fullmatch(said)
    return KeptHead(chain=found[1], number=int(found[2]), hash=found[3]) if found else None


def verify(session: Session, *, organisation_id: UUID | None = None) -> Iterator[Finding]:
    """Yield every row that breaks an invariant, by default of every organisation; read-only."""
    for code in invariants.SENTENCES:
        yield from find_offenders(session, code=code, organisation_id=organisation_id)


def run(
    session: Session, *, organisation_id: UUID | None = None, heads: Sequence[KeptHead] = ()
) -> Report:
    """Check every invariant and return what was checked and found; read-only.

    ``heads`` are ends of chains of seals that were kept outside and must still be there. Rows are
    counted for the whole database, findings are of the organisation if one is named.
    """
    connection = session.connection()
    checked: list[Checked] = []
    findings: list[Finding] = []
    sizes: dict[str, int] = {}
    for code, sentence in invariants.SENTENCES.items():
        findings += find_offenders(session, code=code, organisation_id=organisation_id)
        if code == invariants.SEALS:
            findings += invariants.find_lost_heads(connection, heads)
        tables = invariants.list_tables(code)
        for table in tables - sizes.keys():
            sizes[table] = invariants.count_rows(connection, table)
        rows = sum(sizes[table] for table in tables)
        checked.append(Checked(code=code, sentence=sentence, rows=rows))
    unsealed = invariants.count_unsealed(connection, organisation_id=organisation_id)
    return Report(checked=checked, findings=findings, unsealed=unsealed)


def find_offenders(
    session: Session, *, code: str, organisation_id: UUID | None = None
) -> Iterator[Finding]:
    """Yield every row that breaks the invariant ``code``, by default of every organisation."""
    connection = session.connection()
    if code == invariants.TRIGGERS:
        yield from invariants.find_missing_triggers(connection)
    if code == invariants.SEALS:
        yield from invariants.find_broken_seals(connection, organisation_id=organisation_id)
    if code == invariants.PAYROLL:
        yield from invariants.find_changed_files(connection, organisation_id=organisation_id)
    for check in invariants.list_checks(code):
        yield from invariants.find_offenders(connection, check, organisation_id=organisation_id)
