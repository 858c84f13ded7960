"""Positions in lists that are sorted by start."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from backend.foundation.pages import position_of


class Starting(Protocol):
    """Something with an id that starts."""

    @property
    def id(self) -> UUID:
        """Tell one from another."""

    @property
    def starts_at(self) -> datetime:
        """Say when."""


def by_start(cursor: str | None) -> tuple[datetime, UUID] | None:
    """Return the (starts_at, id) in ``cursor``; None for the first page. Raises Invalid."""
    position = position_of(cursor, datetime, UUID)
    return (position[0], position[1]) if position else None


def start_position(row: Starting) -> tuple[str, str]:
    """Return the sort key of ``row``."""
    return row.starts_at.isoformat(), str(row.id)
