"""Boards as files, with what is usual at their posts and what stands beside them."""

from collections.abc import Iterator

from flask import request

from backend.foundation.spreadsheets import Row
from backend.identity.permissions import Permission
from backend.insight.rules import BoardOrder
from backend.insight.services.whole_boards import Entry
from backend.web.console.boards import (
    KEPT,
    Chosen,
    choose_board,
    fairness_of,
    highlights_of,
    left_out_of,
    names_of,
    pace_of,
    said,
)
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import Kind, Table, hundredths, percent


def _read_board(reading: Reading) -> Table:
    chosen = choose_board(reading)
    return _table(
        reading,
        chosen,
        header=(
            *("rank", "badge_number", "name", "department", "of_usual_thousandths"),
            *("worked_minutes", "posts", "helped", "helped_per_hour"),
            *("good_ratings", "ratings", "points"),
        ),
        rows=_board_rows(chosen) if chosen else iter(()),
    )


def _table(reading: Reading, chosen: Chosen | None, *, header: Row, rows: Iterator[Row]) -> Table:
    """Return a table of the board that was ``chosen``, by everything that chose it."""
    effective = {}
    if chosen:
        effective = {"board": chosen.whole.board.key, "order": chosen.asked.order.value}
    words = _words_of(reading, chosen) if chosen else {}
    return Table(filter=said() | effective, words=words, header=header, rows=rows)


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


def _board_rows(chosen: Chosen) -> Iterator[Row]:
    """Return who is ranked and, of the fair order, behind them who has worked too little."""
    for rank, one in chosen.lines:
        yield _board_row(rank, one)
    if chosen.asked.order is BoardOrder.FAIR:
        for one in left_out_of(chosen):
            yield _board_row(None, one)


def _board_row(rank: int | None, one: Entry) -> Row:
    posts = (f"{cell.post_class.value} {cell.seconds // 60}" for cell in one.cells)
    if len(one.cells) == 1:
        posts = (cell.post_class.value for cell in one.cells)
    # Who was on no shift is compared with nobody: their work is not 0, but not counted here.
    worked: Row = (None, None, None, None, None, None)
    if one.cells:
        worked = (
            *(one.seconds // 60, ", ".join(posts), one.helped, hundredths(pace_of(one))),
            *(one.good, one.ratings),
        )
    return (
        *(rank, one.person.badge_number, one.person.name, one.person.department, one.index),
        *worked,
        one.person.points or 0,
    )


def _read_usual(reading: Reading) -> Table:
    chosen = choose_board(reading)
    usual = fairness_of(chosen).usual if chosen else ()
    return _table(
        reading,
        chosen,
        header=(
            *("post_class", "people", "worked_minutes", "helped_per_hour", "good_percent"),
            *("drawn_by_hours", "drawn_by_ratings"),
        ),
        rows=(
            (
                *(one.post_class.value, one.people, one.worked_minutes),
                *(hundredths(one.helped_per_hour), percent(one.good_share)),
                *(hundredths(one.hours_of_usual), hundredths(one.ratings_of_usual)),
            )
            for one in usual
        ),
    )


def _read_highlights(reading: Reading) -> Table:
    chosen = choose_board(reading)
    return _table(
        reading,
        chosen,
        header=(
            *("what", "badge_number", "name", "department", "before_thousandths"),
            *("of_usual_thousandths", "points", "best_before", "held_on"),
        ),
        rows=_highlight_rows(reading, chosen) if chosen else iter(()),
    )


def _highlight_rows(reading: Reading, chosen: Chosen) -> Iterator[Row]:
    found = highlights_of(reading, chosen)
    for up in found.improved:
        yield ("improved", *_person(up.entry), up.before, up.index, None, None, None)
    for best in found.bests:
        yield ("best", *_person(best.entry), None, None, best.points, best.before, None)
    for entry, great in found.evenings:
        evening = (great.points, None, great.evening.held_on)
        yield ("best evening", *_person(entry), None, None, *evening)


def _person(entry: Entry) -> Row:
    return (entry.person.badge_number, entry.person.name, entry.person.department)


KINDS = {
    "boards": Kind(
        title="the board",
        page="console.show_boards",
        kept=KEPT,
        may=Permission.SEE_BOARD_ALL,
        read=_read_board,
    ),
    "usual": Kind(
        title="what is usual at each class of posts",
        page="console.show_boards",
        kept=KEPT,
        may=Permission.SEE_BOARD_ALL,
        read=_read_usual,
        names_people=False,
    ),
    "highlights": Kind(
        title="who improved most, and the bests",
        page="console.show_boards",
        kept=KEPT,
        may=Permission.SEE_BOARD_ALL,
        read=_read_highlights,
    ),
}
