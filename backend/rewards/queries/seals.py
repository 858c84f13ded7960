"""How the books are sealed: a transaction with its entries, in the order of their lines."""

from typing import cast

from sqlalchemy import Table

from backend.foundation.seals import Chain, Part
from backend.rewards.models import LedgerEntry, LedgerSeal, LedgerTransaction

LEDGER = Chain(
    name="ledger",
    seals=LedgerSeal,
    rows=Part(
        table=cast(Table, LedgerTransaction.__table__),
        key="id",
        columns=(
            *("organisation_id", "id", "kind", "employee_id", "points", "rule", "rule_version_id"),
            *("source_kind", "source_id", "event_id", "settles_id", "reverses_id", "reason"),
            *("at", "recorded_at", "due_at"),
        ),
    ),
    lines=Part(
        table=cast(Table, LedgerEntry.__table__),
        key="transaction_id",
        columns=("line", "account", "employee_id", "points"),
    ),
)
