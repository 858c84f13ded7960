"""What the pages of the console stand in: who may read them, their headers, and their forms.

``reads`` and ``acts`` do for a page what queries and commands do for the API.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from backend.foundation import clock, idempotency
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.http import SLOW_BODY_SECONDS
from backend.foundation.problems import NotAllowed, NotAuthenticated, Problem
from backend.foundation.races import until_won
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee, list_accounts
from backend.rewards.queries import Awaited, measure_awaited
from backend.venues.queries import find_time_zone
from backend.web.console import sessions
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'", form_action="'self'")

pages = Blueprint("console", __name__)
# The field of a form that makes something: what is sent again under the same one is done already.
ONCE = "once"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """Who reads or acts, in which session, when."""

    session: Session
    reader: Actor
    now: datetime

    @property
    def organisation_id(self) -> UUID:
        """Return whose console this is."""
        return self.reader.organisation_id

    @cached_property
    def accounts(self) -> set[UUID]:
        """Return the accounts of the person who reads: two of them are one pair of eyes."""
        owner, who = self.organisation_id, self.reader.employee_id
        return list_accounts(self.session, organisation_id=owner, employee_ids=[who])[who]

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the first venue, in which the console's days begin."""
        return find_time_zone(self.session, organisation_id=self.organisation_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in the console's navigation."""

    endpoint: str
    text: str
    may: Permission


PLACES = (
    Place(endpoint="console.show_figures", text="The programme", may=Permission.SEE_PROGRAMME),
    Place(endpoint="console.show_boards", text="Boards", may=Permission.SEE_BOARD_ALL),
    Place(endpoint="console.show_people", text="People", may=Permission.MANAGE_EMPLOYEES),
    Place(endpoint="console.show_bias", text="Bias report", may=Permission.SEE_BOARD_ALL),
    Place(
        endpoint="console.show_redemptions", text="Redemptions", may=Permission.DECIDE_REDEMPTIONS
    ),
    Place(endpoint="console.show_rewards", text="Rewards", may=Permission.MANAGE_REWARDS),
    Place(endpoint="console.show_gestures", text="Gestures", may=Permission.MANAGE_GESTURES),
    Place(endpoint="console.show_rules", text="Rules", may=Permission.MANAGE_RULES),
    Place(endpoint="console.show_budget", text="Budget", may=Permission.MANAGE_BUDGETS),
    Place(endpoint="console.show_payroll", text="Payroll", may=Permission.EXPORT_PAYROLL),
    Place(endpoint="console.show_adjustments", text="Adjustments", may=Permission.ADJUST_POINTS),
    Place(endpoint="console.show_appeals", text="Appeals", may=Permission.DECIDE_APPEALS),
    Place(endpoint="console.show_reviews", text="Reviews", may=Permission.REVIEW_RATINGS),
    Place(endpoint="console.show_comments", text="Comments", may=Permission.MODERATE),
    Place(endpoint="console.show_heard", text="Heard", may=Permission.MANAGE_HEARD),
    Place(endpoint="console.show_events", text="Events", may=Permission.MANAGE_VENUES),
    Place(endpoint="console.show_places", text="Places", may=Permission.MANAGE_CARDS),
    Place(endpoint="console.show_cards", text="Cards", may=Permission.MANAGE_CARDS),
    Place(endpoint="console.show_follow_ups", text="Follow-ups", may=Permission.SEE_FOLLOW_UPS),
    Place(endpoint="console.show_seasons", text="Seasons", may=Permission.CLOSE_SEASONS),
    Place(endpoint="console.show_audit", text="Audit", may=Permission.READ_AUDIT),
)
# What the page says after an act, by the code in its address: a link cannot put words there.
NOTICES = {
    "approved": "Approved.",
    "approved_once": "Approved. Another person must approve it, too.",
    "declined": "Declined. The points are free again.",
    "fulfilled": "Handed over. The points are paid.",
    "created": "The reward is in the catalogue.",
    "changed": "The reward was changed.",
    "unchanged": "Nothing was different, so nothing was changed.",
    "withdrawn": "The reward was withdrawn.",
    "put_back": "The reward is back in the catalogue.",
    "gesture_made": "Made. It can be given from now on.",
    "gesture_changed": "Changed. What was given stays as it was.",
    "gesture_withdrawn": "Withdrawn. What was given stays given.",
    "gesture_put_back": "Put back. It can be given again.",
    "caps_set": "Set. What was given stays given.",
    "published": "The rules were published.",
    "budget_set": "The budget was set.",
    "expiry_set": "The last day was said.",
    "exported": "The batch was made. Nothing of it can be taken back.",
    "acknowledged": "Payroll has the batch: what it pays is fulfilled.",
    "correction_asked": "Asked for. Another person must approve it.",
    "correction_approved": "Approved. The next batch carries it.",
    "correction_declined": "Declined. Nothing is corrected.",
    "adjusted": "Done. It stands among the employee's entries.",
    "adjustment_waits": "Proposed. It takes effect when another person agrees.",
    "adjustment_approved": "Agreed. It has taken effect.",
    "adjustment_declined": "Declined. Nothing was changed.",
    "granted": "Granted. The employee has what was taken or declined.",
    "upheld": "Upheld. What was decided stays.",
    "rating_accepted": "Accepted. The rating counts from now on.",
    "rating_rejected": "Rejected. The rating never counts.",
    "comment_show": "Shown. The employee whom it is about reads it.",
    "comment_hide": "Hidden. The stars count all the same.",
    "retention_set": "Set. What is older is deleted within minutes.",
    "heard_written": "Written. Fans read it from now on.",
    "heard_changed": "Changed. Fans read the new words from now on.",
    "heard_withdrawn": "Withdrawn. Fans do not read it any more.",
    "why_show": "Shown. Everybody reads it on the public page.",
    "why_hide": "Hidden. The answer counts all the same.",
    "sheets_renewed": "No sheet printed so far is good any more. Print and hang new ones.",
    "pack_made": "The pack is made, and stands first. Print it.",
    "asked": "Asked. Whoever decides reads it.",
    "closing": "The season is being closed.",
    "reopening_asked": "Asked for. Another person has fourteen days to approve it.",
    "reopened": "The season is open again.",
    "end_said": "The last day was said.",
    "attendance_set": "Kept. The greeted share goes by it from now on.",
    "shift_cancelled": "Taken away. The employee is told.",
    "season_made": "The season is made. Its events can be imported.",
    "groups_imported": "Imported. The bias report compares them, until their day.",
    "groups_deleted": "Deleted, everything of it.",
    "deactivated": "Deactivated. Nobody is signed in as them any more.",
    "reactivated": "Active again. Their phones ask for their PIN.",
    "phone_revoked": "Revoked. Whoever uses that phone must enrol it anew.",
}
Words = dict[str, Any]
Read = Callable[..., Words]
Act = Callable[..., str | Response | Words]
Give = Callable[..., Response]


def reads(rule: str, *, may: Permission, template: str) -> Callable[[Read], Read]:
    """Answer GET on ``rule`` with ``template``, which is given the words that the view returns.

    Strangers are led to the sign-in; who may not is told so.
    """

    def decorate(view: Read) -> Read:
        @wraps(view)
        def show(**path: Any) -> Response:
            reader = _reader_who(may)
            return _read(template, reader, view, path) if reader else lead_to_sign_in()

        pages.get(rule)(show)
        return view

    return decorate


def gives(rule: str, *, may: Permission) -> Callable[[Give], Give]:
    """Answer GET on ``rule`` with the file that the view returns."""

    def decorate(view: Give) -> Give:
        @wraps(view)
        def give(**path: Any) -> Response:
            reader = _reader_who(may)
            if reader is None:
                return lead_to_sign_in()
            with reading(reader.organisation_id) as session:
                return view(Reading(session=session, reader=reader, now=clock.now()), **path)

        pages.get(rule)(give)
        return view

    return decorate


@dataclass(frozen=True, kw_only=True, slots=True)
class Ways:
    """Where an act leads: to the page ``then``, or by a refusal to the template ``otherwise``.

    Of an act that shows at once what it did, ``then`` is the template of that.

    The parts of the path, and the fields of the form, that it ``carries`` go into the address.
    ``refused`` returns the words of that template.
    """

    then: str
    otherwise: str
    refused: Read
    carries: tuple[str, ...] = ()


def acts(
    rule: str, *, may: Permission, ways: Ways, ahead: Read | None = None
) -> Callable[[Act], Act]:
    """Run the view at POST on ``rule`` in one transaction, and lead on by ``ways``.

    The view returns which of the notices is shown there, the file that it hands out, or the words
    of the template ``ways.then``, which is shown at once: what is shown once is in no address. What
    ``ahead`` has read before, while nobody had to wait, is given to it, too.
    """

    def decorate(view: Act) -> Act:
        @wraps(view)
        def act(**path: Any) -> Response:
            sessions.refuse_forged()
            reader = _reader_who(may)
            if reader is None:
                return lead_to_sign_in()
            began = monotonic()
            try:
                known = path | (_look_ahead(ahead, reader, path) if ahead else {})
                acting = _still(reader, may, began)
                done = until_won(lambda: _run(view, acting, known))
            except Problem as problem:
                reader = _reader_who(may)
                if reader is None:
                    return lead_to_sign_in()
                return _read(ways.otherwise, reader, ways.refused, path | {"refusal": problem})
            if isinstance(done, Response):
                return done
            if isinstance(done, dict):
                return _read(ways.then, reader, lambda _: done, {})
            said = request.form.to_dict() | path
            return lead_to(ways.then, done=done, **{name: said[name] for name in ways.carries})

        pages.post(rule)(act)
        return view

    return decorate


def _run(view: Act, reader: Actor, path: Mapping[str, Any]) -> str | Response | Words:
    attempt = _attempt(reader)
    with transaction(reader.organisation_id) as session:
        acting = Reading(session=session, reader=reader, now=clock.now())
        if attempt and (first := idempotency.find_first_answer(session, attempt, waits=True)):
            return first.body
        done = view(acting, **path)
        if attempt and isinstance(done, str):
            idempotency.remember(
                session, attempt, status=303, media_type="text/plain", body=done, now=acting.now
            )
        return done


def _attempt(reader: Actor) -> idempotency.Attempt | None:
    """Return which form this is, where sending it twice would do twice what is meant once."""
    if ONCE not in request.form:
        return None
    said = orjson.dumps(sorted(request.form.items(multi=True)))
    key = request.form[ONCE]
    return idempotency.Attempt.of(reader, key, method="POST", path=request.path, body=said)


def _look_ahead(ahead: Read, reader: Actor, path: Mapping[str, Any]) -> Words:
    with reading(reader.organisation_id) as session:
        return ahead(Reading(session=session, reader=reader, now=clock.now()), **path)


def _reader_who(may: Permission) -> Actor | None:
    """Return who reads, or None when nobody is signed in; raises NotAllowed for who may not."""
    reader = sessions.find_reader()
    if reader and not reader.may(may):
        raise NotAllowed
    return reader


def _still(reader: Actor, may: Permission, began: float) -> Actor:
    """Return ``reader`` when the whole form has come, asked for anew if that took long.

    Raises NotAuthenticated, NotAllowed.
    """
    request.get_data(parse_form_data=True)
    if monotonic() - began <= SLOW_BODY_SECONDS:
        return reader
    again = _reader_who(may)
    if again is None:
        raise NotAuthenticated
    return again


def _read(template: str, reader: Actor, view: Read, path: Mapping[str, Any]) -> Response:
    with reading(reader.organisation_id) as session:
        now = Reading(session=session, reader=reader, now=clock.now())
        shown = view(now, **path)
        response = page(template, **_header(now), **shown)
    response.status_code = shown.get("status", response.status_code)
    return response


def _header(now: Reading) -> Words:
    owner, who = now.organisation_id, now.reader.employee_id
    waiting = 0
    if now.reader.may(Permission.DECIDE_REDEMPTIONS):
        awaited = Awaited(decider_ids=now.accounts)
        waiting = measure_awaited(now.session, organisation_id=owner, awaited=awaited).number
    return {
        "reader": get_employee(now.session, organisation_id=owner, employee_id=who).name,
        "places": [place for place in PLACES if now.reader.may(place.may)],
        "waiting": waiting,
        ONCE: new_id().hex,
        "notice": NOTICES.get(request.args.get("done", "")),
    }


def lead_to(endpoint: str, **query: Any) -> Response:
    """Lead to another page; the browser asks for it by GET."""
    return make_response(redirect(url_for(endpoint, **query), code=303))


def lead_in(reader: Actor | None) -> Response:
    """Lead to the first page that ``reader`` may read."""
    open_to = (place for place in PLACES if reader and reader.may(place.may))
    return lead_to(next(open_to, PLACES[0]).endpoint)


def lead_to_sign_in() -> Response:
    """Lead to where one signs in."""
    return lead_to("console.show_sign_in")


def page(template: str, **words: Any) -> Response:
    """Return a page of the console."""
    response = make_response(render_template(f"console/{template}.html", **words))
    response.headers[POLICY] = words.get("content_policy", PAGE_POLICY)
    # Under `no-referrer` browsers hide even from us that a form is ours.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
