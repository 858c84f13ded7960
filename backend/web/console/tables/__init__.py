"""What the console shows as tables, row by row as files have it; a module for each domain."""

from collections.abc import Mapping

from backend.web.console.tables import (
    audit,
    bias,
    boards,
    budgets,
    events,
    fans,
    gestures,
    payroll,
    people,
    points,
    programme,
    ratings,
    redemptions,
    requests,
    seasons,
    terms,
)
from backend.web.console.tables.shapes import MOST_ROWS, Kept, Kind, Table

__all__ = ["MOST_ROWS", "TABLES", "Kept", "Kind", "Table"]

TABLES: Mapping[str, Kind] = (
    audit.KINDS
    | bias.KINDS
    | boards.KINDS
    | budgets.KINDS
    | events.KINDS
    | fans.KINDS
    | gestures.KINDS
    | payroll.KINDS
    | people.KINDS
    | points.KINDS
    | programme.KINDS
    | ratings.KINDS
    | redemptions.KINDS
    | requests.KINDS
    | seasons.KINDS
    | terms.KINDS
)
