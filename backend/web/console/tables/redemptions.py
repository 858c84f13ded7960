"""Redemptions as files, and what the points of one were earned by."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from backend.foundation.spreadsheets import Cents, Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, get_employee
from backend.insight.services import evidence
from backend.insight.services.evidence import Earned
from backend.rewards.queries import RedemptionFacts, get_redemption
from backend.web.console.frames import Reading
from backend.web.console.redemptions import listed, people_of, shown_list
from backend.web.console.tables.shapes import PART, Kind, Table, asked_id, at, in_parts, said_with

# What a file says of the things that points were earned by.
EARNED = ("at", "event", "what", "stars", "need", "zone", "seat", "points", "of_points")


def _read_redemptions(reading: Reading) -> Table:
    shown = shown_list()
    return Table(
        filter={"show": shown},
        words={"List": shown},
        header=(
            *("asked_at", "due_at", "badge_number", "name", "department", "reward", "kind"),
            *("status", "points", "value", "currency", "in_30_days", "approvals"),
            *("approvals_needed", "approved_by", "id"),
        ),
        rows=_redemption_rows(reading, shown),
    )


def _redemption_rows(reading: Reading, shown: str) -> Iterator[Row]:
    for page in in_parts(lambda after: listed(reading, shown, after=after, limit=PART)):
        people = people_of(reading, page["lines"])
        for one in page["lines"]:
            yield _redemption_row(one, people)


def _redemption_row(one: RedemptionFacts, people: Mapping[UUID, EmployeeFacts]) -> Row:
    who = people[one.employee_id]
    return (
        *(instant(one.asked_at), at(one.due_at), who.badge_number, who.name, who.department),
        *(one.reward_name, one.kind.value, one.status.value, one.points),
        *(Cents(one.value_cents), one.currency, Cents(one.rolling_cents)),
        *(len(one.approved_by), one.approvals_needed),
        *(", ".join(people[by].name for by in one.approved_by), str(one.id)),
    )


def _read_sources(reading: Reading) -> Table:
    which = {"organisation_id": reading.organisation_id, "redemption_id": asked_id("redemption_id")}
    found = get_redemption(reading.session, **which)
    who = get_employee(
        reading.session,
        organisation_id=reading.organisation_id,
        employee_id=found.employee_id,
    )
    return Table(
        filter={"redemption_id": str(found.id)},
        words={"Reward": found.reward_name, "Employee": who.name},
        header=EARNED,
        rows=earned_rows(evidence.list_behind(reading.session, **which)),
    )


def earned_rows(earned: Sequence[Earned]) -> Iterator[Row]:
    """Return what points were earned by, in the columns of ``EARNED``."""
    categories = said_with("categories")
    for one in earned:
        need = one.need
        yield (
            *(instant(one.at), one.event, one.kind.value, one.stars),
            *((categories[need.category], need.zone, need.seat) if need else (None,) * 3),
            *(one.points, one.of),
        )


KINDS = {
    "redemptions": Kind(
        title="redemptions",
        page="console.show_redemptions",
        kept=("show",),
        may=Permission.DECIDE_REDEMPTIONS,
        read=_read_redemptions,
    ),
    "redemption-sources": Kind(
        title="what earned a redemption",
        page="console.show_redemption",
        kept=("redemption_id",),
        may=Permission.DECIDE_REDEMPTIONS,
        read=_read_sources,
    ),
}
