"""The HR console: sign in, then tonight, the season and the boards."""

from flask import Blueprint, Response, make_response, render_template

from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'", form_action="'self'")

pages = Blueprint("console", __name__)


@pages.get("/hr")
def show_figures() -> Response:
    """Show the figures, or the sign-in."""
    page = make_response(render_template("console/sign_in.html"))
    page.headers[POLICY] = PAGE_POLICY
    return page
