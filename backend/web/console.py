"""The HR console: sign in, see the figures, sign out."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from backend.foundation import clock
from backend.foundation.db import reading
from backend.foundation.problems import NotAllowed, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.web import console_session
from backend.web.console_figures import Reading, figures
from backend.web.console_session import Credentials
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'", form_action="'self'")

pages = Blueprint("console", __name__)


@pages.get("/hr")
def show_figures() -> Response:
    """Show tonight, the season and a board, or lead to the sign-in."""
    reader = console_session.find_reader()
    if reader is None:
        return _lead_to("console.show_sign_in")
    if not reader.may(Permission.SEE_PROGRAMME):
        raise NotAllowed
    who = {"organisation_id": reader.organisation_id, "employee_id": reader.employee_id}
    with reading() as session:
        shown = figures(Reading(session=session, reader=reader, now=clock.now()))
        return _page("figures", reader=get_employee(session, **who).name, **shown)


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


def _lead_to(endpoint: str) -> Response:
    return make_response(redirect(url_for(endpoint), code=303))


def _page(name: str, **words: Any) -> Response:
    page = make_response(render_template(f"console/{name}.html", **words))
    page.headers[POLICY] = PAGE_POLICY
    # Under `no-referrer` browsers hide even from us that a form is ours.
    page.headers["Referrer-Policy"] = "same-origin"
    return page
