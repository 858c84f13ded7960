"""The invariants: what must hold on any database at any time, as statements that find offenders."""

from functools import cache

from backend.insight.queries.invariants import (
    acts,
    adjustments,
    asks,
    cards,
    covers,
    gestures,
    ledger,
    pay,
    payroll,
    protected,
    redemptions,
    reviews,
    rollups,
    seasons,
    structure,
    work,
)
from backend.insight.queries.invariants.checks import (
    Check,
    Finding,
    count_rows,
    find_offenders,
)
from backend.insight.queries.invariants.payroll import PAYROLL, find_changed_files
from backend.insight.queries.invariants.sealed import (
    SEALS,
    KeptHead,
    count_unsealed,
    find_broken_seals,
    find_lost_heads,
)
from backend.insight.queries.invariants.structure import (
    APPEND_ONLY,
    TRIGGERS,
    find_missing_triggers,
)
from backend.insight.queries.seals import CHAINS

__all__ = [
    "PAYROLL",
    "SEALS",
    "SENTENCES",
    "SNAPSHOTS",
    "TRIGGERS",
    "Check",
    "Finding",
    "KeptHead",
    "count_rows",
    "count_unsealed",
    "find_broken_seals",
    "find_changed_files",
    "find_lost_heads",
    "find_missing_triggers",
    "find_offenders",
    "list_checks",
    "list_tables",
]

# Of these stored counts some are documents, which are compared by what is found for them anew.
SNAPSHOTS = "I15"
SENTENCES = {
    "I01": "Every ledger transaction has two or more entries and sums to zero.",
    "I02": "No entry is an orphan, and stored balances are the sums of their entries.",
    "I03": "Pending, available and held points were never below zero.",
    "I04": "Nothing was earned twice, and what earned points exists and is worth them.",
    "I05": "Nothing was settled, reversed or expired twice, nor confirmed or expired too soon.",
    "I06": "A phone's action id was used once.",
    "I07": "One rating per invitation, in time or held for it, and only accepted ones pay.",
    "I08": "One winner per request; who shares its credit adds up.",
    "I09": "Held points are those of open redemptions, and each is settled or released once.",
    "I10": "Nobody decided for themselves, as many decided as it takes, and no more than a budget.",
    PAYROLL: "A redemption is paid once; a batch is its parts, as on record; no file changed.",
    "I12": "No reference crosses an organisation.",
    SEALS: "Books and audit are sealed without a gap, and nothing sealed has changed.",
    "I14": "Every privileged act has an audit row.",
    SNAPSHOTS: "Every stored count can be recomputed from the events.",
    protected.CODE: "Protected groups are gone when their day is over, and with who leaves.",
    TRIGGERS: "History cannot be changed or deleted.",
}


@cache
def list_checks(code: str) -> tuple[Check, ...]:
    """Return the checks of the invariant ``code``."""
    every = (
        *ledger.CHECKS,
        *pay.CHECKS,
        *work.CHECKS,
        *reviews.CHECKS,
        *covers.CHECKS,
        *redemptions.CHECKS,
        *payroll.CHECKS,
        *adjustments.CHECKS,
        *gestures.CHECKS,
        *cards.CHECKS,
        *asks.CHECKS,
        *rollups.CHECKS,
        *seasons.CHECKS,
        *acts.CHECKS,
        *protected.CHECKS,
        *structure.references(),
    )
    return tuple(check for check in every if check.code == code)


def list_tables(code: str) -> set[str]:
    """Return the tables whose rows the invariant ``code`` is about."""
    if code == TRIGGERS:
        return set(APPEND_ONLY)
    if code == SEALS:
        return {table for chain in CHAINS for table in chain.tables}
    return {check.table for check in list_checks(code)}
