"""The supervisors' board: one page for phone and desk, which talks to /v1 like any other client."""

from flask import Blueprint, Response, make_response, render_template

from backend.engagement.rules import Category
from backend.venues.rules import ZoneKind
from backend.web.assets import bundled
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(
    script_src="'self'", style_src="'self'", img_src="'self'", connect_src="'self'"
)

# In the order in which the map shows them: where people come in, then where they are.
KINDS = {
    ZoneKind.GATE: "Gates",
    ZoneKind.CONCOURSE: "Concourses",
    ZoneKind.SECTION: "Sections",
    ZoneKind.SUITE: "Suites",
    ZoneKind.PARKING: "Parking",
    ZoneKind.OTHER: "Elsewhere",
}
NEEDS = {
    Category.DIRECTIONS: "Directions",
    Category.SEATING: "Seats",
    Category.FOOD_AND_DRINK: "Food and drink",
    Category.CLEANING: "Cleaning",
    Category.LOST_AND_FOUND: "Lost and found",
    Category.ACCESSIBILITY: "Accessibility",
    Category.TICKETS: "Tickets",
    Category.OTHER: "Something else",
}

pages = Blueprint("board", __name__)


@pages.get("/board")
def show_board() -> Response:
    """Show the board; it holds nothing until a supervisor signs in."""
    page = make_response(
        render_template("house/board.html", kinds=KINDS, needs=NEEDS, bundled=bundled)
    )
    page.headers[POLICY] = PAGE_POLICY
    return page
