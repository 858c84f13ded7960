"""What the schema itself promises: references stay within an organisation, history is not changed.

The database enforces this; a database that was restored or repaired by hand may have lost it.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, ForeignKeyConstraint, text

from backend.foundation.db import Base
from backend.insight.queries.invariants.checks import Check, Finding

TRIGGERS = "append-only"
APPEND_ONLY = (
    "adjustment_ends",
    "adjustment_parts",
    "adjustments",
    "appeal_decisions",
    "appeals",
    "audit_rows",
    "audit_seals",
    "card_packs",
    "card_scans",
    "heard_versions",
    "invitation_shares",
    "late_movements",
    "ledger_entries",
    "ledger_seals",
    "ledger_transactions",
    "payroll_acknowledgements",
    "payroll_batches",
    "payroll_carried_corrections",
    "payroll_correction_decisions",
    "payroll_corrections",
    "payroll_files",
    "payroll_line_sources",
    "payroll_line_weeks",
    "payroll_lines",
    "phone_actions",
    "rating_answers",
    "rating_decisions",
    "rating_holds",
    "rating_questions",
    "redemption_approvals",
    "redemption_steps",
    "request_steps",
    "rule_versions",
    "season_snapshots",
)
_TRIGGERS = {
    "sqlite": ("no_update", "no_delete"),
    "postgresql": ("append_only", "no_truncate"),
}
# What a redemption was asked for on; it has its own trigger, as the rest of it changes.
_KEEPING_TERMS = "redemptions"
# A trigger that is there and switched off is as good as none.
_INSTALLED = {
    "sqlite": "select name from sqlite_master where type = 'trigger'",
    "postgresql": "select tgname from pg_trigger where tgenabled in ('O', 'A')",
}


def references() -> Iterator[Check]:
    """Yield a check for every foreign key of every table."""
    for table in Base.metadata.sorted_tables:
        for constraint in table.foreign_key_constraints:
            # That one is checked as an orphan of the books.
            if (table.name, constraint.referred_table.name) != (
                "ledger_entries",
                "ledger_transactions",
            ):
                yield Check(code="I12", table=table.name, statement=_orphans(constraint))


def _orphans(constraint: ForeignKeyConstraint) -> str:
    table = constraint.table
    pairs = [(element.parent.name, element.column.name) for element in constraint.elements]
    reference = next((name for name, _ in pairs if name != "organisation_id"), "organisation_id")
    # A table with one row for each organisation has no more of a key than that.
    key = "".join(
        f", c.{column.name}" for column in table.primary_key if column.name != "organisation_id"
    )
    same = " and ".join(f"p.{there} = c.{here}" for here, there in pairs)
    parent = constraint.referred_table.name
    return f"""
        select c.organisation_id,
            '{reference} names nothing in {parent} of its organisation' as what{key}
        from {table.name} c where c.{reference} is not null
            and not exists (select 1 from {parent} p where {same})"""


def find_missing_triggers(connection: Connection) -> Iterator[Finding]:
    """Yield a finding for every table whose history could be changed unnoticed."""
    engine = connection.dialect.name
    installed = set(connection.execute(text(_INSTALLED[engine])).scalars())
    guards = [(table, f"{table}_{suffix}") for table in APPEND_ONLY for suffix in _TRIGGERS[engine]]
    for table, name in (*guards, (_KEEPING_TERMS, f"{_KEEPING_TERMS}_keeps_terms")):
        if name not in installed:
            yield Finding(
                invariant=TRIGGERS,
                table=table,
                organisation_id=None,
                row=name,
                what="the trigger that refuses changes of history is missing",
            )
