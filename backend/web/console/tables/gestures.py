"""Gestures as files: what may be given on the spot, and what was given and cost."""

from collections.abc import Iterator

from backend.foundation.spreadsheets import Cents, Row
from backend.identity.permissions import Permission
from backend.web.console import gestures
from backend.web.console.frames import Reading
from backend.web.console.gesture_costs import MAY, choose
from backend.web.console.tables.shapes import PART, Kind, Table, in_parts, yes


def _read_kinds(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=("name", "category", "price", "currency", "may_be_given", "id"),
        rows=_kind_rows(reading),
    )


def _kind_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: gestures.listed(reading, after=after, limit=PART)):
        for one in page["kinds"]:
            price = None if one.cents is None else Cents(one.cents)
            yield (
                *(one.name, one.category.value, price, one.currency),
                *(yes(one.active), str(one.id)),
            )


def _read_costs(reading: Reading) -> Table:
    """Return the costs of the season or the event that the address asks for.

    Raises SeasonNotFound, EventNotFound, and Invalid for what is no id.
    """
    chosen = choose(reading)
    filters, words = {}, {}
    if chosen and chosen.event:
        filters["event"], words["Event"] = str(chosen.event.id), chosen.event.name
    elif chosen:
        filters["season"], words["Season"] = str(chosen.season.id), chosen.season.name
    return Table(
        filter=filters,
        words=words,
        header=(
            *("held_on", "event", "category", "gestures", "cost", "beyond_caps", "currency"),
            *("receipts_used", "event_id"),
        ),
        rows=(
            (
                *(one.held_on, one.event_name, one.category.value, one.gestures),
                *(Cents(one.cents), Cents(one.allowed_cents), one.currency),
                *(one.claimed, str(one.event_id)),
            )
            for one in (chosen.costs.items if chosen else ())
        ),
    )


KINDS = {
    "gesture-kinds": Kind(
        title="what may be given",
        page="console.show_gestures",
        kept=(),
        may=Permission.MANAGE_GESTURES,
        read=_read_kinds,
        names_people=False,
    ),
    "gesture-costs": Kind(
        title="what gestures cost",
        page="console.show_costs",
        kept=("season", "event"),
        may=MAY,
        read=_read_costs,
        names_people=False,
    ),
}
