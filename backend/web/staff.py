"""The staff page: one screen for a phone, which talks to /v1 like any other client."""

from flask import Blueprint, Response, make_response, redirect, render_template, url_for

from backend.web.security import POLICY, policy

# The code's QR is drawn by the server as SVG and shown from the page's memory.
PAGE_POLICY = policy(
    script_src="'self'", style_src="'self'", img_src="'self' blob:", connect_src="'self'"
)

# What fans need: the API's category, its name, and its icon as the path of an SVG (24 x 24).
NEEDS = (
    ("directions", "Directions", "M12 3l7 18-7-4-7 4z"),
    ("seating", "Seats", "M7 3v10h9l2 8M7 13l-1 8"),
    ("food_and_drink", "Food and drink", "M6 8h12l-1.5 13h-9zM12 8l2-6"),
    ("cleaning", "Cleaning", "M12 3s6 7 6 11a6 6 0 0 1-12 0c0-4 6-11 6-11z"),
    ("lost_and_found", "Lost and found", "M10 4a6 6 0 1 0 .01 0M15 15l6 6"),
    (
        "accessibility",
        "Accessibility",
        "M10 3.500a1 1 0 1 0 2 0 1 1 0 1 0-2 0M11 8v6h5l3 6M11 10.500h5M8 11.500a5 5 0 1 0 6.500 7",
    ),
    ("tickets", "Tickets", "M3 7h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4zM14 7v10"),
    (
        "other",
        "Something else",
        "M4 12h1M11.500 12h1M19 12h1",
    ),
)

pages = Blueprint("staff", __name__)


@pages.get("/app")
def show_app() -> Response:
    """Show the staff page; it holds nothing until somebody signs in."""
    page = make_response(render_template("house/app.html", needs=NEEDS))
    page.headers[POLICY] = PAGE_POLICY
    return page


@pages.get("/p/<code>")
@pages.get("/P/<code>", endpoint="show_scanned_pack")
def show_pack(code: str) -> Response:
    """Lead a camera that has scanned a pack of cards to the staff page, which can bind them."""
    where = url_for("staff.show_app", _anchor=f"pack={code}")
    return make_response(redirect(where, code=303))
