"""What the console shows as tables, row by row as files have it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from flask import request

from backend.foundation.problems import Invalid
from backend.foundation.spreadsheets import Cents, FileFormat, Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, WantedActs, list_acts, list_employees_by_id
from backend.insight.rules import BoardOrder
from backend.insight.rules.comparisons import Comparison, Group, Share
from backend.insight.rules.formulas import Ratio
from backend.rewards.problems import BatchNotFound
from backend.rewards.queries import RedemptionFacts, get_batch, get_file
from backend.web.console.audit import FILTERS, wanted_acts
from backend.web.console.bias import read_report
from backend.web.console.boards import KEPT, Chosen, Ranked, choose_board, names_of, said
from backend.web.console.frames import Reading
from backend.web.console.redemptions import listed, people_of, shown_list

# How many rows are read at once.
_PART = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table as the address asks for it: by what ``filter``, and its rows, read as they go.

    ``words`` say the filter to people.
    """

    filter: Mapping[str, str]
    words: Mapping[str, str]
    header: Row
    rows: Iterator[Row]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A table that was written once and is kept, the same bytes for ever, under a ``name``."""

    filter: Mapping[str, str]
    words: Mapping[str, str]
    name: str
    rows: int
    content_of: Callable[[FileFormat], bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A table that can be taken along: how it is called, on which page it is, and for whom.

    ``kept`` are the names in the address that say which lines; one that ``names_people`` takes the
    one-time code once more.
    """

    title: str
    page: str
    kept: tuple[str, ...]
    may: Permission
    read: Callable[[Reading], Table | Kept]
    names_people: bool = True


def _read_board(reading: Reading) -> Table:
    chosen = choose_board(reading)
    effective = {}
    if chosen:
        effective = {"board": chosen.whole.board.key, "order": chosen.asked.order.value}
    return Table(
        filter=said() | effective,
        words=_words_of(reading, chosen) if chosen else {},
        header=(
            *("rank", "badge_number", "name", "department", "of_usual_thousandths"),
            *("worked_minutes", "posts", "helped", "good_ratings", "ratings", "points"),
        ),
        rows=map(_board_row, chosen.lines if chosen else ()),
    )


def _words_of(reading: Reading, chosen: Chosen) -> dict[str, str]:
    asked, names = chosen.asked, names_of(reading)
    named = {
        "Board": chosen.choices.get(chosen.of) or f"Season {chosen.season.name}",
        "Order": "Fair order" if asked.order is BoardOrder.FAIR else "By points",
        "Class of post": asked.post_class.value.capitalize() if asked.post_class else "",
        "Department": names["departments"].get(str(asked.department_id), ""),
        "Venue": names["venues"].get(str(asked.venue_id), ""),
        "Name or badge": chosen.search,
        "Sorted by": request.args.get("sort", "").removeprefix("-"),
    }
    return {name: text for name, text in named.items() if text}


def _board_row(line: Ranked) -> Row:
    rank, one = line
    return (
        *(rank, one.person.badge_number, one.person.name, one.person.department, one.index),
        *(one.seconds // 60, ", ".join(cell.post_class.value for cell in one.cells)),
        *(one.helped, one.good, one.ratings, one.person.points or 0),
    )


def _read_audit(reading: Reading) -> Table:
    given = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    wanted, errors = wanted_acts(reading, given)
    if wanted is None:
        raise Invalid(errors={"query": {name: [message] for name, message in errors.items()}})
    return Table(
        filter=given,
        words={FILTERS[name]: text for name, text in given.items()},
        header=("at", "badge_number", "name", "act", "subject_id", "detail", "seal", "id"),
        rows=_audit_rows(reading, wanted),
    )


def _audit_rows(reading: Reading, wanted: WantedActs) -> Iterator[Row]:
    owner, before = reading.organisation_id, None
    while acts := list_acts(
        reading.session, organisation_id=owner, wanted=wanted, before=before, limit=_PART
    ):
        before = acts[-1].id
        ids = {one.actor_id for one in acts if one.actor_id}
        people = list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)
        for one in acts:
            who = people.get(one.actor_id) if one.actor_id else None
            yield (
                *(instant(one.at), who.badge_number if who else None, who.name if who else None),
                *(one.act, str(one.subject_id) if one.subject_id else None),
                *(orjson.dumps(one.detail).decode(), one.seal, str(one.id)),
            )


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
    after: str | None = None
    while True:
        page = listed(reading, shown, after=after, limit=_PART)
        people = people_of(reading, page["items"])
        for one in page["items"]:
            yield _redemption_row(one, people)
        after = page["next_cursor"]
        if after is None:
            return


def _redemption_row(one: RedemptionFacts, people: Mapping[UUID, EmployeeFacts]) -> Row:
    who = people[one.employee_id]
    return (
        *(instant(one.asked_at), instant(one.due_at) if one.due_at else None),
        *(who.badge_number, who.name, who.department, one.reward_name, one.kind.value),
        *(one.status.value, one.points, Cents(one.value_cents), one.currency),
        *(Cents(one.rolling_cents), len(one.approved_by), one.approvals_needed),
        *(", ".join(people[by].name for by in one.approved_by), str(one.id)),
    )


def _read_bias(reading: Reading) -> Table:
    report = read_report(reading)
    return Table(
        filter={"season": str(report.season_id)} if report else {},
        words={"Season": report.season} if report else {},
        header=(
            *(
                "grouping",
                "line",
                "group",
                "rating_figures",
                "people_rated",
                "good_ratings",
                "ratings",
            ),
            *("good_percent", "good_percent_low", "good_percent_high", "held_ratings"),
            *("all_ratings", "held_percent", "held_percent_low", "held_percent_high"),
            *("hour_figures", "people_with_shifts", "points", "worked_minutes"),
            *("points_per_hour", "points_per_hour_low", "points_per_hour_high", "attribute"),
        ),
        rows=(row for compared in (report.comparisons if report else ()) for row in _of(compared)),
    )


def _of(compared: Comparison) -> Iterator[Row]:
    for group in compared.groups:
        yield _bias_row(compared, "group", group)
    yield _bias_row(compared, "withheld, together", compared.together)
    yield _bias_row(compared, "everybody", compared.everybody)


def _bias_row(compared: Comparison, line: str, group: Group) -> Row:
    rated, worked = group.ratings, group.hours
    return (
        *(
            compared.by.value,
            line,
            group.name if line == "group" else None,
            group.rating_showing.value,
        ),
        *((rated.people, *_percent(rated.good), *_percent(rated.held)) if rated else (None,) * 11),
        group.hour_showing.value,
        *(
            (worked.people, worked.points, worked.seconds // 60, *_ratio(worked.an_hour))
            if worked
            else (None,) * 6
        ),
        compared.attribute,
    )


def _percent(share: Share) -> Row:
    return (share.count, share.out_of, *map(_hundredths, (share.share, share.low, share.high)))


def _ratio(ratio: Ratio) -> Row:
    bounds = (
        None if bound is None else Cents(round(bound * 100)) for bound in (ratio.low, ratio.high)
    )
    return (Cents(round(ratio.value * 100)), *bounds)


def _hundredths(share: float) -> Cents:
    """Return a share of 1 as per cent with two decimals."""
    return Cents(round(share * 10_000))


def _read_batch(reading: Reading) -> Kept:
    """Return the batch that the address names; raises BatchNotFound."""
    try:
        batch_id = UUID(request.args.get("batch_id", ""))
    except ValueError as error:
        raise BatchNotFound from error
    which: dict[str, Any] = {"organisation_id": reading.organisation_id, "batch_id": batch_id}
    batch = get_batch(reading.session, **which)
    return Kept(
        filter={"batch_id": str(batch.id)},
        words={"Batch": str(batch.number), "Lines": str(batch.line_count)},
        name=f"payroll-{batch.number}",
        rows=batch.line_count,
        content_of=lambda kind: get_file(reading.session, **which, kind=kind)[1],
    )


TABLES: Mapping[str, Kind] = {
    "boards": Kind(
        title="the board",
        page="console.show_boards",
        kept=KEPT,
        may=Permission.SEE_BOARD_ALL,
        read=_read_board,
    ),
    "audit": Kind(
        title="the audit",
        page="console.show_audit",
        kept=tuple(FILTERS),
        may=Permission.READ_AUDIT,
        read=_read_audit,
    ),
    "bias": Kind(
        title="the bias report",
        page="console.show_bias",
        kept=("season",),
        may=Permission.SEE_BOARD_ALL,
        read=_read_bias,
        names_people=False,
    ),
    "payroll": Kind(
        title="a batch for payroll",
        page="console.show_batch",
        kept=("batch_id",),
        may=Permission.EXPORT_PAYROLL,
        read=_read_batch,
    ),
    "redemptions": Kind(
        title="redemptions",
        page="console.show_redemptions",
        kept=("show",),
        may=Permission.DECIDE_REDEMPTIONS,
        read=_read_redemptions,
    ),
}
