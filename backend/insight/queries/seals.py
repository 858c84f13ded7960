"""What is sealed, and how far."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.audit import AUDIT
from backend.foundation.seals import Head
from backend.rewards.queries import LEDGER

CHAINS = (LEDGER, AUDIT)


def list_heads(session: Session, *, organisation_id: UUID) -> list[Head]:
    """Return the last seal of each chain of an organisation; none for a chain without seals."""
    connection = session.connection()
    heads = (chain.find_head(connection, organisation_id=organisation_id) for chain in CHAINS)
    return [head for head in heads if head is not None]
