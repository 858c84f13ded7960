"""Pages of lists: ``?limit=&cursor=`` in, ``items`` and ``next_cursor`` out."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

import marshmallow as ma
import orjson

from backend.foundation.fields import EARLIEST, LATEST, In, Str
from backend.foundation.problems import Invalid
from backend.foundation.text import unstorable

MOST = 200
_TOO_LARGE = 2**31
Row = TypeVar("Row")


class PageArgs(In):
    """Which page of a list; ``limit`` from 1 to 200."""

    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, MOST))
    cursor = Str(longest=300)


def cursor_for(*position: str | int) -> str:
    """Return the opaque cursor of ``position``, the sort key of a page's last row."""
    return base64.urlsafe_b64encode(orjson.dumps(position)).decode().rstrip("=")


def position_of(cursor: str | None, *kinds: type) -> list[Any] | None:
    """Return the sort key in ``cursor``, whose parts are of ``kinds``; None for the first page.

    A kind is str, int, or UUID or datetime, which travel as text. Raises Invalid when it is not one
    of ours.
    """
    if cursor is None:
        return None
    try:
        position = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_part(*pair) for pair in zip(position, kinds, strict=True)]
    except (ValueError, TypeError, binascii.Error):
        raise Invalid(errors={"query": {"cursor": ["Not a cursor of this list."]}}) from None


def _part(value: Any, kind: type) -> Any:
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if kind is datetime and isinstance(value, str):
        instant = datetime.fromisoformat(value)
        if instant.tzinfo is not None and EARLIEST <= instant <= LATEST:
            return instant
    if kind is int and type(value) is int and abs(value) < _TOO_LARGE:
        return value
    if kind is str and isinstance(value, str) and not unstorable(value):
        return value
    raise ValueError("not what this list is sorted by")


def page_of(
    rows: Sequence[Row], *, limit: int, position: Callable[[Row], Sequence[str | int]]
) -> dict[str, Any]:
    """Return the page that ``rows`` fill, of which the caller read ``limit`` + 1."""
    items = rows[:limit]
    more = len(rows) > limit
    return {"items": items, "next_cursor": cursor_for(*position(items[-1])) if more else None}
