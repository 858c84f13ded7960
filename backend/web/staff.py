"""The staff page: one screen for a phone, which talks to /v1 like any other client."""

from flask import Blueprint, Response, make_response, render_template

from backend.web.security import POLICY, policy

# The code's QR is drawn by the server as SVG and shown from a data address.
PAGE_POLICY = policy(
    script_src="'self'", style_src="'self'", img_src="'self' data:", connect_src="'self'"
)

pages = Blueprint("staff", __name__)


@pages.get("/app")
def show_app() -> Response:
    """Show the staff page; it holds nothing until somebody signs in."""
    page = make_response(render_template("house/app.html"))
    page.headers[POLICY] = PAGE_POLICY
    return page
