"""What a season came to: the document that is kept and hashed when it is closed.

Counts only, no shares: whole numbers are the same on every machine, and the rest follows from them.
So are the indexes of the fair order, which are kept beside what they were found by: should its
formulas ever change, what a closed season said does not, or `verify` tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from backend.engagement.queries.taken_back import TakenBack, list_taken_back
from backend.foundation.canon import written
from backend.insight.queries import fair, programme, seasons
from backend.insight.queries.programme import Times
from backend.insight.queries.seals import list_heads
from backend.insight.queries.snapshots import list_evenings, list_venue_ids
from backend.insight.rules import Board, BoardKind, Period, ranks
from backend.insight.services import whole_boards
from backend.rewards.queries import LEDGER
from backend.venues.queries import get_season

FORM = 1


def make(session: Session, *, organisation_id: UUID, season_id: UUID) -> dict[str, Any]:
    """Return the document of a season of which nothing moves any more, as plain JSON values.

    What it froze is under ``frozen`` and can be found again at any time, see `frozen`. What was
    too late when it was made, and where the books ended, is said beside it.
    """
    heads = {head.chain: head for head in list_heads(session, organisation_id=organisation_id)}
    head = heads.get(LEDGER.name)
    late = seasons.count_late(session, organisation_id=organisation_id, season_id=season_id)
    document = {
        "frozen": frozen(session, organisation_id=organisation_id, season_id=season_id),
        "late": _by_name(late),
        "ledger_head": {"number": head.number, "hash": head.hash} if head else None,
    }
    return _plain(document)


def frozen(session: Session, *, organisation_id: UUID, season_id: UUID) -> dict[str, Any]:
    """Return what a closed season came to, as plain JSON values: figures, and whole boards."""
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    season = get_season(session, **whose)
    period = Period(season_id=season_id)
    evenings = list_evenings(session, **whose)
    ids = [evening["id"] for evening in evenings]
    deeds = list_taken_back(session, organisation_id=organisation_id, event_ids=ids)
    boards = {f"season/{season_id}": period} | {
        f"venue/{venue_id}/season/{season_id}": Period(season_id=season_id, venue_id=venue_id)
        for venue_id in list_venue_ids(session, **whose)
    }
    counted = {
        "form": FORM,
        "season": {
            "id": season.id,
            "name": season.name,
            "starts_on": season.starts_on,
            "ends_on": season.ends_on,
            "requests": _requests(session, organisation_id, ids),
            "lapsed_ratings": seasons.count_lapsed(session, **whose),
            **_times(session, organisation_id, period),
        },
        "events": [
            {
                **evening,
                **_of_event(session, organisation_id, evening["id"]),
                "taken_back": _taken_back([one for one in deeds if one.event_id == evening["id"]]),
            }
            for evening in evenings
        ],
        "boards": {
            board: list(_board(session, organisation_id, board)) for board in sorted(boards)
        },
        "fair_boards": {
            board: _fair(session, organisation_id, board, boards[board]) for board in sorted(boards)
        },
    }
    return _plain(counted)


def again(
    session: Session, *, organisation_id: UUID, season_id: UUID, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the document ``kept`` with what its season comes to now."""
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    return {**kept, "frozen": frozen(session, **whose)}


def _of_event(session: Session, organisation_id: UUID, event_id: UUID) -> dict[str, Any]:
    return {
        "requests": _requests(session, organisation_id, [event_id]),
        **_times(session, organisation_id, Period(event_id=event_id)),
    }


def _taken_back(deeds: Sequence[TakenBack]) -> dict[str, int]:
    """Return how much of what was counted at an event HR took back: the figures are without it."""
    return {
        "resolved": sum(one.resolved for one in deeds),
        "ratings": sum(one.rated for one in deeds),
        "five_star": sum(one.five_star for one in deeds),
        "good": sum(one.good for one in deeds),
    }


def _requests(session: Session, organisation_id: UUID, event_ids: Sequence[UUID]) -> dict[str, int]:
    counts = programme.count_requests(session, organisation_id=organisation_id, event_ids=event_ids)
    return _by_name(counts)


def _by_name(counts: Mapping[Any, int]) -> dict[str, int]:
    return {kind.value: number for kind, number in counts.items()}


def _times(session: Session, organisation_id: UUID, period: Period) -> dict[str, Any]:
    accept = programme.get_times_to_accept(session, organisation_id=organisation_id, period=period)
    resolve = programme.get_times_to_resolve(
        session, organisation_id=organisation_id, period=period
    )
    return {"seconds_to_accept": _said(accept), "seconds_to_resolve": _said(resolve)}


def _said(times: Times) -> dict[str, int | None]:
    return {"n": times.n, "median": times.median, "ninetieth": times.ninetieth}


def _board(session: Session, organisation_id: UUID, board: str) -> Iterator[list[Any]]:
    """Yield [employee, rank, points] of everybody on a board."""
    lines = list(seasons.list_board(session, organisation_id=organisation_id, board=board))
    places = ranks([points for _, points in lines], ahead=0, tied_before=0)
    for (employee_id, points), rank in zip(lines, places, strict=True):
        yield [employee_id, rank, points]


def _fair(
    session: Session, organisation_id: UUID, board: str, period: Period
) -> dict[str, list[list[Any]]]:
    """Return what the fair order of a board was found by, and [employee, rank, index] of it."""
    cells = fair.list_cells(session, organisation_id=organisation_id, period=period, now=None)
    whole = Board(kind=BoardKind.SEASON, key=board, period=period)
    places = sorted(whole_boards.indexes_of(cells, board=whole).items(), key=lambda one: one[::-1])
    places.reverse()
    found = ranks([index for _, index in places], ahead=0, tied_before=0)
    return {
        "worked": [
            [one.employee_id, one.post_class, one.seconds, one.helped, one.ratings, one.good]
            for one in cells
        ],
        "order": [[who, rank, index] for (who, index), rank in zip(places, found, strict=True)],
    }


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(written(document))
    return plain
