"""The first page: what this is, and where to go."""

from flask import Blueprint, Response, current_app, make_response, render_template

from backend.settings import DEVELOPMENT, Settings
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'")

pages = Blueprint("landing", __name__)


@pages.get("/")
def show_landing() -> Response:
    """Show what this is, and the doors."""
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    page = make_response(
        render_template("house/landing.html", development=settings.environment == DEVELOPMENT)
    )
    page.headers[POLICY] = PAGE_POLICY
    return page


@pages.get("/robots.txt")
def show_robots() -> Response:
    """Let search engines look: what they are not to keep says so itself, and must be seen to."""
    robots = make_response("User-agent: *\nDisallow: /v1/\n")
    robots.content_type = "text/plain; charset=utf-8"
    return robots
