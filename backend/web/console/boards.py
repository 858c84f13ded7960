"""HR's page of boards: who does most for fans, fairly compared, or by points."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from flask import request

from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.insight.queries.highlights import (
    DepartmentName,
    Evening,
    find_last_worked,
    list_departments,
    list_evenings,
)
from backend.insight.rules import BoardKind, BoardOrder, Period, month_of, week_of
from backend.insight.rules.fair_orders import HOUR
from backend.insight.rules.formulas import OF_RATES
from backend.insight.services import highlights, programme, whole_boards
from backend.insight.services.choosing import Asked, choose
from backend.insight.services.highlights import Highlights
from backend.insight.services.sheets import Fairness
from backend.insight.services.whole_boards import Entry
from backend.venues.queries import SeasonFacts, VenueFacts, list_begun_seasons, list_venues
from backend.venues.rules import ZoneKind
from backend.web.console.frames import Reading, reads

LINES = 50
LONGEST = 60
# What stays in the address from page to page.
KEPT = ("season", "kind", "of", "venue", "department", "post", "order", "search", "sort")
Ranked = tuple[int, Entry]
Named = VenueFacts | DepartmentName
Choice = TypeVar("Choice", BoardKind, BoardOrder, ZoneKind)
# How the lines can be sorted, and whether the largest come first.
SORTS: Mapping[str, tuple[bool, Callable[[Ranked], Any]]] = {
    "rank": (False, lambda line: line[0]),
    "name": (False, lambda line: line[1].person.name.casefold()),
    "index": (True, lambda line: line[1].index or 0),
    "worked": (True, lambda line: line[1].seconds),
    "helped": (True, lambda line: line[1].helped),
    "pace": (True, lambda line: pace_of(line[1]) or 0.0),
    "good": (True, lambda line: line[1].good),
    "points": (True, lambda line: line[1].person.points or 0),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The lines of a page, and where it stands among the others."""

    lines: Sequence[Ranked]
    number: int
    pages: int
    found: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The board that the address asks for, and its lines as they are asked for."""

    season: SeasonFacts
    seasons: Sequence[SeasonFacts]
    asked: Asked
    choices: Mapping[str, str]
    whole: whole_boards.Whole
    ranked: int
    search: str
    lines: Sequence[Ranked]

    @property
    def of(self) -> str:
        """Return what names the board among those of its kind; nothing for a season's."""
        return str(self.asked.event_id or self.asked.week or self.asked.month or "")


@reads("/hr/boards", may=Permission.SEE_BOARD_ALL, template="boards")
def show_boards(reading: Reading) -> dict[str, Any]:
    """Show a board as the address asks for it, in the fair order unless it says otherwise.

    Raises Invalid for what is not there.
    """
    chosen = choose_board(reading)
    if chosen is None:
        return {}
    asked = chosen.asked
    return {
        "season": chosen.season,
        "seasons": chosen.seasons,
        "asked": asked,
        "kind": asked.kind,
        "choices": chosen.choices,
        "of": chosen.of,
        "search": chosen.search,
        "said": said(),
        "part": _part(chosen.lines),
        "ranked": chosen.ranked,
        "sort": _sort(),
        "left_out": left_out_of(chosen),
        "fairness": fairness_of(chosen),
        "highlights": highlights_of(reading, chosen),
        "pace_of": pace_of,
        "hour": HOUR,
        "strongest": OF_RATES.strongest,
        "now": reading.now,
        "zone": reading.zone,
        **names_of(reading),
    }


def choose_board(reading: Reading) -> Chosen | None:
    """Return the board that the address asks for, None before the first season has begun.

    Raises Invalid for what is not there.
    """
    begun = list_begun_seasons(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    if not begun:
        return None
    season = _season(reading, begun)
    kind = _one_of(BoardKind, "kind", BoardKind.SEASON) or BoardKind.SEASON
    choices, of = _period(reading, kind, season)
    # Before its first event a season has no other board than its own, which is empty.
    asked = _asked(kind if of else BoardKind.SEASON, season, of, now=reading.now)
    board = choose(lambda: reading.session, organisation_id=reading.organisation_id, asked=asked)
    whole = whole_boards.read(
        lambda: reading.session,
        organisation_id=reading.organisation_id,
        board=board,
        now=reading.now,
    )
    order = whole_boards.ranked(whole, asked=asked)
    search = request.args.get("search", "").strip()[:LONGEST]
    return Chosen(
        season=season,
        seasons=begun,
        asked=asked,
        choices=choices,
        whole=whole,
        ranked=len(order),
        search=search,
        lines=_sorted([line for line in order if _is_sought(line[1], search)]),
    )


def fairness_of(chosen: Chosen) -> Fairness:
    """Return how a fair order came about, and what is usual in each class of posts."""
    return whole_boards.fairness(chosen.whole, everybody=True, asked=chosen.asked)


def highlights_of(reading: Reading, chosen: Chosen) -> Highlights:
    """Return what stands beside the board."""
    return highlights.read(
        reading.session,
        organisation_id=reading.organisation_id,
        whole=chosen.whole,
        asked=chosen.asked,
    )


def said() -> dict[str, str]:
    """Return what the address says, as it stays from page to page."""
    return {name: request.args[name] for name in KEPT if request.args.get(name)}


def pace_of(entry: Entry) -> float | None:
    """Return how many fans somebody helped in an hour, None for who has no hours."""
    return entry.helped * HOUR / entry.seconds if entry.seconds else None


def _season(reading: Reading, begun: Sequence[SeasonFacts]) -> SeasonFacts:
    """Return the season asked for, else, as on the first page, the newest with attendance."""
    by_id = {str(season.id): season for season in begun}
    if asked := request.args.get("season"):
        if asked not in by_id:
            raise _refused("season", "No such season has begun.")
        return by_id[asked]
    proven = programme.find_proven_season(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    return by_id.get(str(proven), begun[0])


def _period(
    reading: Reading, kind: BoardKind, season: SeasonFacts
) -> tuple[dict[str, str], str | None]:
    """Return what boards of a kind there are, and which is asked for: else the last worked one."""
    evenings = list_evenings(
        reading.session,
        organisation_id=reading.organisation_id,
        period=Period(season_id=season.id),
        now=reading.now,
    )
    choices = _choices(kind, evenings)
    last = find_last_worked(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season.id,
        now=reading.now,
    )
    latest = _choices(kind, [one for one in evenings if one.id == last]) or choices
    if not choices:
        return {}, None
    of = request.args.get("of") or next(iter(latest), None)
    if of not in choices:
        raise _refused("of", "There is no such board in this season.")
    return choices, of


def _choices(kind: BoardKind, evenings: Sequence[Evening]) -> dict[str, str]:
    """Return what boards of a kind a season has, the newest first, by what names them."""
    if kind is BoardKind.EVENT:
        return {
            str(one.id): f"{one.held_on.day} {one.held_on:%b %Y}, {one.name}" for one in evenings
        }
    if kind is BoardKind.WEEK:
        weeks = ((week_of(one.held_on), one.held_on.isocalendar()) for one in evenings)
        return {week: f"Week {day.week}, {day.year}" for week, day in weeks}
    if kind is BoardKind.MONTH:
        return {month_of(one.held_on): f"{one.held_on:%B %Y}" for one in evenings}
    return {}


def _asked(kind: BoardKind, season: SeasonFacts, of: str | None, *, now: datetime) -> Asked:
    return Asked(
        now=now,
        kind=kind,
        event_id=UUID(of) if of and kind is BoardKind.EVENT else None,
        week=of if kind is BoardKind.WEEK else None,
        month=of if kind is BoardKind.MONTH else None,
        season_id=season.id if kind is BoardKind.SEASON else None,
        venue_id=_id("venue") if kind is BoardKind.SEASON else None,
        department_id=_id("department"),
        post_class=_one_of(ZoneKind, "post", None),
        order=_one_of(BoardOrder, "order", BoardOrder.FAIR) or BoardOrder.FAIR,
    )


def names_of(reading: Reading) -> dict[str, dict[str, str]]:
    """Return the names of venues and departments, by which lines are filtered, by their ids."""
    owner = reading.organisation_id
    return {
        "venues": _names(list_venues(reading.session, organisation_id=owner)),
        "departments": _names(list_departments(reading.session, organisation_id=owner)),
    }


def _names(named: Iterable[Named]) -> dict[str, str]:
    return {str(one.id): one.name for one in named}


def _is_sought(entry: Entry, search: str) -> bool:
    """Tell whether a name has all words of ``search`` in it, or it is the badge number."""
    name = entry.person.name.casefold()
    words = search.casefold().split()
    return entry.person.badge_number == search or all(word in name for word in words)


def _sort() -> str:
    sort = request.args.get("sort") or "rank"
    if sort.removeprefix("-") not in SORTS:
        raise _refused("sort", "The board is not sorted by that.")
    return sort


def _sorted(lines: Sequence[Ranked]) -> Sequence[Ranked]:
    """Return ``lines`` as the address sorts them; a dash turns it around."""
    sort = _sort()
    falls, key = SORTS[sort.removeprefix("-")]
    return sorted(lines, key=key, reverse=falls is not sort.startswith("-"))


def _part(lines: Sequence[Ranked]) -> Part:
    pages = max(1, -(-len(lines) // LINES))
    try:
        number = int(request.args.get("page", "1")[:6])
    except ValueError:
        number = 0
    if not 1 <= number <= pages:
        raise _refused("page", "The board has no such page.")
    first = (number - 1) * LINES
    return Part(lines=lines[first : first + LINES], number=number, pages=pages, found=len(lines))


def left_out_of(chosen: Chosen) -> list[Entry]:
    """Return who has worked less than the minimum, the longest first."""
    entries = [
        entry
        for entry in chosen.whole.entries.values()
        if entry.index is None and entry.seconds
        if chosen.asked.department_id in {None, entry.person.department_id}
        if _is_sought(entry, chosen.search)
    ]
    return sorted(entries, key=lambda one: (-one.seconds, one.person.name))


def _one_of(kinds: type[Choice], name: str, otherwise: Choice | None) -> Choice | None:
    said = request.args.get(name)
    if not said:
        return otherwise
    try:
        return kinds(said)
    except ValueError as error:
        raise _refused(name, "There is no such choice.") from error


def _id(name: str) -> UUID | None:
    said = request.args.get(name)
    try:
        return UUID(said) if said else None
    except ValueError as error:
        raise _refused(name, "There is no such choice.") from error


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"query": {name: [message]}})
