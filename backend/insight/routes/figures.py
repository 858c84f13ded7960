"""Boards, the programme's figures and the ends of the seals over HTTP."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha1
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

import orjson
from flask import Response

from backend.foundation.db import glancing
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.insight.problems import DepartmentUnknown, NoSeasonYet
from backend.insight.queries.seals import list_heads
from backend.insight.rules import BoardOrder
from backend.insight.schemas.figures import (
    LeaderboardArgs,
    LeaderboardOut,
    ProgrammeArgs,
    ProgrammeEventsArgs,
    ProgrammeEventsOut,
    ProgrammeOut,
    SealHeadsOut,
)
from backend.insight.services import boards, programme
from backend.insight.services.choosing import Asked
from backend.insight.services.sheets import BoardPage, Line, Sheet
from backend.venues.problems import EventNotFound, SeasonNotFound, VenueNotFound

routes = Routes("insight", __name__, description="Boards, the programme's figures, seals")


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """What the answers to all readers of a sheet share: its lines are JSON already."""

    members: dict[str, Any]
    digest: bytes


_written: WeakKeyDictionary[Sheet, Written] = WeakKeyDictionary()


@routes.query(
    "/leaderboards",
    may=Permission.SEE_BOARD_TOP,
    args=LeaderboardArgs(),
    answers=LeaderboardOut(),
    raises=(NoSeasonYet, SeasonNotFound, EventNotFound, VenueNotFound, DepartmentUnknown),
)
def get_leaderboard(call: Call, args: dict[str, Any]) -> Response:
    """Rank employees in one period, by points or fairly.

    Employees see the top ten and their own line; HR sees everybody, page by page. What was just
    earned is on the boards within two seconds; `getMyPoints` has the caller's points at once.
    The fair order ranks by what is done for fans in a worked hour, compared with what is usual in
    the class of the post, and with small samples drawn to it; it may be a minute old.
    """
    limit, after = args.pop("limit"), _standing(args.pop("cursor", None))
    asked = Asked(now=call.now, **args)
    with ExitStack() as opened:
        session_of = cache(lambda: opened.enter_context(glancing()))
        page = boards.read(session_of, actor=call.actor, asked=asked, after=after, limit=limit)
    return _answer(page, limit)


@routes.query(
    "/programme",
    may=Permission.SEE_PROGRAMME,
    args=ProgrammeArgs(),
    answers=ProgrammeOut(),
    raises=(NoSeasonYet, SeasonNotFound, EventNotFound),
)
def get_programme(call: Call, args: dict[str, Any]) -> programme.Programme:
    """Give the programme's figures for an event or a season, with their denominators."""
    return programme.read(
        call.session,
        organisation_id=call.actor.organisation_id,
        event_id=args.get("event_id"),
        season_id=args.get("season_id"),
        now=call.now,
    )


@routes.query(
    "/programme/events",
    may=Permission.SEE_PROGRAMME,
    args=ProgrammeEventsArgs(),
    answers=ProgrammeEventsOut(),
    raises=(NoSeasonYet, SeasonNotFound),
)
def list_programme_events(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the figures of a season's events that have begun, in order of day."""
    events = programme.list_events(
        call.session,
        organisation_id=call.actor.organisation_id,
        season_id=args.get("season_id"),
        now=call.now,
        after=_day(args.get("cursor")),
        limit=args["limit"] + 1,
    )
    return page_of(events, limit=args["limit"], position=_event_position)


@routes.query("/audit/seals", may=Permission.READ_AUDIT, answers=SealHeadsOut())
def list_seals(call: Call) -> dict[str, Any]:
    """List the last seals of the books and of the audit, to be kept outside."""
    return {"items": list_heads(call.session, organisation_id=call.actor.organisation_id)}


def _answer(page: BoardPage, limit: int) -> Response:
    """Return a page as its schema documents it; a test holds that both give the same.

    What its readers share is what takes time: it is written once, and kept as long as its sheet.
    """
    shared = _written.get(page.sheet)
    if shared is None:
        shared = _written[page.sheet] = _write(page.sheet, limit)
    me, minutes = orjson.dumps(page.me), page.my_minutes
    own = {"me": orjson.Fragment(me), "my_minutes": minutes}
    body = orjson.dumps({**shared.members, **own})
    tag = sha1(shared.digest + me + b"%d" % (minutes or 0), usedforsecurity=False).hexdigest()
    return Response(body, headers={"ETag": f'"{tag}"'}, content_type="application/json")


def _write(sheet: Sheet, limit: int) -> Written:
    fair = sheet.order is BoardOrder.FAIR
    position = _index_position if fair else _points_position
    page = page_of(list(sheet.lines.values()), limit=limit, position=position)
    members = {
        "kind": sheet.board.kind,
        "board": sheet.board.key,
        "order": sheet.order,
        "post_class": sheet.board.post_class,
        "everybody": sheet.everybody,
        "items": orjson.Fragment(orjson.dumps(page["items"])),
        "me": None,
        "my_minutes": None,
        "fairness": sheet.fairness,
        "next_cursor": page["next_cursor"],
    }
    digest = sha1(orjson.dumps(members), usedforsecurity=False).digest()
    return Written(members=members, digest=digest)


def _points_position(line: Line) -> tuple[int, str]:
    return line.points, str(line.employee_id)


def _index_position(line: Line) -> tuple[int, str]:
    return line.fair.index if line.fair else 0, str(line.employee_id)


def _event_position(event: programme.EventFigures) -> tuple[str, str]:
    return str(event.held_on), str(event.event_id)


def _standing(cursor: str | None) -> tuple[int, UUID] | None:
    position = position_of(cursor, int, UUID)
    return (position[0], position[1]) if position else None


def _day(cursor: str | None) -> tuple[date, UUID] | None:
    position = position_of(cursor, str, UUID)
    if position is None:
        return None
    try:
        return date.fromisoformat(position[0]), position[1]
    except ValueError as error:
        message = "Not a cursor of this list."
        raise Invalid(errors={"query": {"cursor": [message]}}) from error
