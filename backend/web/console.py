"""The HR console: sign in, then tonight, the season and the boards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from backend.foundation.pages import cursor_for, position_of
from backend.foundation.problems import Invalid, NotAllowed, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.insight.problems import NoSeasonYet
from backend.insight.rules import BoardKind
from backend.insight.services import boards, programme
from backend.venues.queries import find_event_on
from backend.web import console_session
from backend.web.console_session import Credentials
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'", form_action="'self'")
LINES = 50
MOST_EVENTS = 200

pages = Blueprint("console", __name__)


@pages.get("/hr")
def show_figures() -> Response:
    """Show tonight, the season and a board, or lead to the sign-in."""
    reader = console_session.find_reader()
    if reader is None:
        return _lead_to("console.show_sign_in")
    if not reader.may(Permission.SEE_PROGRAMME):
        raise NotAllowed
    with reading() as session:
        return _page("figures", **_figures(session, reader, clock.now()))


@pages.get("/hr/sign-in")
def show_sign_in() -> Response:
    """Ask who is there."""
    return _page("sign_in")


@pages.post("/hr/sign-in")
def sign_in() -> Response:
    """Open a session, or say why not."""
    console_session.refuse_forged()
    try:
        opened = console_session.sign_in(Credentials.of_form())
    except Problem as refusal:
        page = _page("sign_in", refusal=refusal.title(), email=request.form.get("email", ""))
        page.status_code = refusal.status
        return page
    response = _lead_to("console.show_figures")
    console_session.remember(response, opened)
    return response


@pages.post("/hr/sign-out")
def sign_out() -> Response:
    """End the session."""
    console_session.refuse_forged()
    console_session.sign_out()
    response = _lead_to("console.show_sign_in")
    console_session.forget(response)
    return response


def _figures(session: Session, reader: Actor, now: datetime) -> dict[str, Any]:
    """Return everything that the page of figures shows."""
    owner = reader.organisation_id
    employee = get_employee(session, organisation_id=owner, employee_id=reader.employee_id)
    shown: dict[str, Any] = {"reader": employee.name, "kinds": BoardKind}
    try:
        season = programme.read(
            session, organisation_id=owner, event_id=None, season_id=None, now=now
        )
        events = programme.list_events(
            session, organisation_id=owner, season_id=None, now=now, after=None, limit=MOST_EVENTS
        )
    except NoSeasonYet:
        return shown
    event_id, on = _event(session, reader, events, now)
    event = event_id and programme.read(
        session, organisation_id=owner, event_id=event_id, season_id=None, now=now
    )
    named = next((listed.name for listed in events if listed.event_id == event_id), None)
    return {
        **shown,
        "season": season,
        "events": events[::-1],
        "event": event,
        "event_name": named,
        "on": on,
        **_board(session, reader, event_id, now),
    }


def _event(
    session: Session, reader: Actor, events: list[programme.EventFigures], now: datetime
) -> tuple[UUID | None, bool]:
    """Return the event asked for, else the one that is on, else the last; and whether it is on."""
    tonight = find_event_on(session, organisation_id=reader.organisation_id, at=now)
    on = tonight.id if tonight else None
    asked = request.args.get("event", "")
    begun = {str(event.event_id): event.event_id for event in events}
    if asked:
        if asked not in begun:
            raise Invalid(errors={"query": {"event": ["No such event has begun."]}})
        return begun[asked], begun[asked] == on
    if on in begun.values():
        return on, True
    return (events[-1].event_id if events else None), False


def _board(session: Session, reader: Actor, event_id: UUID | None, now: datetime) -> dict[str, Any]:
    try:
        kind = BoardKind(request.args.get("board", BoardKind.SEASON))
    except ValueError as error:
        raise Invalid(errors={"query": {"board": ["No such board."]}}) from error
    if kind is BoardKind.EVENT and event_id is None:
        kind = BoardKind.SEASON
    asked = boards.Asked(now=now, kind=kind, event_id=event_id if kind is BoardKind.EVENT else None)
    after = position_of(request.args.get("after"), int, UUID)
    page = boards.read(
        session,
        actor=reader,
        asked=asked,
        after=(after[0], after[1]) if after else None,
        limit=LINES,
    )
    lines, last = page.lines[:LINES], None
    if len(page.lines) > LINES:
        last = cursor_for(lines[-1].points, str(lines[-1].employee_id))
    return {"kind": kind, "lines": lines, "everybody": page.everybody, "next_after": last}


def _lead_to(endpoint: str) -> Response:
    return make_response(redirect(url_for(endpoint), code=303))


def _page(name: str, **words: Any) -> Response:
    page = make_response(render_template(f"console/{name}.html", **words))
    page.headers[POLICY] = PAGE_POLICY
    # Under `no-referrer` browsers hide even from us that a form is ours.
    page.headers["Referrer-Policy"] = "same-origin"
    return page
