"""The HR console: sign in, see the figures, rules and budgets, change them, sign out."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from backend.foundation.problems import NotAllowed, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.web import console_budget, console_rules, console_session
from backend.web.console_budget import budget_page
from backend.web.console_figures import Reading, figures
from backend.web.console_rules import rules_page
from backend.web.console_session import Credentials
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'", form_action="'self'")

pages = Blueprint("console", __name__)


@pages.get("/hr")
def show_figures() -> Response:
    """Show tonight, the season and a board, or lead to the sign-in."""
    reader = _reader_who(Permission.SEE_PROGRAMME)
    return _read("figures", reader, figures) if reader else _lead_to("console.show_sign_in")


@pages.get("/hr/rules")
def show_rules() -> Response:
    """Show the rules, and what a draft of them would have paid."""
    reader = _reader_who(Permission.MANAGE_RULES)
    if reader is None:
        return _lead_to("console.show_sign_in")
    return _read("rules", reader, lambda read: rules_page(read, request.args))


@pages.post("/hr/rules")
def publish_rules() -> Response:
    """Publish a draft of the rules, or say why not."""
    console_session.refuse_forged()
    reader = _reader_who(Permission.MANAGE_RULES)
    if reader is None:
        return _lead_to("console.show_sign_in")
    try:
        console_rules.publish(reader, request.form, now=clock.now())
    except Problem as problem:
        refusal = problem
    else:
        return _lead_to("console.show_rules")
    return _read("rules", reader, lambda read: rules_page(read, request.form, refusal=refusal))


@pages.get("/hr/budget")
def show_budget() -> Response:
    """Show what a season may cost, has cost, and will come to."""
    reader = _reader_who(Permission.MANAGE_BUDGETS)
    if reader is None:
        return _lead_to("console.show_sign_in")
    return _read("budget", reader, lambda read: budget_page(read, request.args))


@pages.post("/hr/budget")
def set_budget() -> Response:
    """Set what a season may cost, or say why not."""
    return _budget_changed(console_budget.set_budget)


@pages.post("/hr/budget/expiry")
def set_expiry() -> Response:
    """Say when the points of a season expire, or why that cannot be."""
    return _budget_changed(console_budget.set_expiry)


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


def _budget_changed(change: Callable[..., None]) -> Response:
    console_session.refuse_forged()
    reader = _reader_who(Permission.MANAGE_BUDGETS)
    if reader is None:
        return _lead_to("console.show_sign_in")
    try:
        change(reader, request.form, now=clock.now())
    except Problem as problem:
        refusal = problem
    else:
        return _lead_to("console.show_budget", season=request.form["season"])
    return _read("budget", reader, lambda read: budget_page(read, request.form, refusal=refusal))


def _reader_who(may: Permission) -> Actor | None:
    """Return who reads, or None when nobody is signed in; raises NotAllowed for who may not."""
    reader = console_session.find_reader()
    if reader and not reader.may(may):
        raise NotAllowed
    return reader


def _read(name: str, reader: Actor, show: Callable[[Reading], dict[str, Any]]) -> Response:
    who = {"organisation_id": reader.organisation_id, "employee_id": reader.employee_id}
    with reading() as session:
        shown = show(Reading(session=session, reader=reader, now=clock.now()))
        page = _page(name, reader=get_employee(session, **who).name, **shown)
    page.status_code = shown.get("status", page.status_code)
    return page


def _lead_to(endpoint: str, **at: Any) -> Response:
    return make_response(redirect(url_for(endpoint, **at), code=303))


def _page(name: str, **words: Any) -> Response:
    page = make_response(render_template(f"console/{name}.html", **words))
    page.headers[POLICY] = PAGE_POLICY
    # Under `no-referrer` browsers hide even from us that a form is ours.
    page.headers["Referrer-Policy"] = "same-origin"
    return page
