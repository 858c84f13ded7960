"""The one place that asks the machine what time it is; everything else is handed ``now``."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)
