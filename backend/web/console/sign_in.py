"""The console's door: sign in, sign out."""

from flask import Response, request

from backend.foundation.problems import Problem
from backend.web.console import sessions
from backend.web.console.frames import lead_in, lead_to_sign_in, page, pages
from backend.web.console.sessions import Credentials


@pages.get("/hr/sign-in")
def show_sign_in() -> Response:
    """Ask who is there."""
    return page("sign_in")


@pages.post("/hr/sign-in")
def sign_in() -> Response:
    """Open a session, or say why not."""
    sessions.refuse_forged()
    try:
        opened = sessions.sign_in(Credentials.of_form())
    except Problem as refusal:
        again = page("sign_in", refusal=refusal.title(), email=request.form.get("email", ""))
        again.status_code = refusal.status
        return again
    response = lead_in(sessions.reader_of(opened))
    sessions.remember(response, opened)
    return response


@pages.post("/hr/sign-out")
def sign_out() -> Response:
    """End the session."""
    sessions.refuse_forged()
    sessions.sign_out()
    response = lead_to_sign_in()
    sessions.forget(response)
    return response
