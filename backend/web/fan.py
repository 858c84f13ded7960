"""The fan's page: one question, one tap, and ten minutes to think again.

Nothing here is recorded by opening it: mail and chat scanners open links. The code in the address
is the whole authority, nobody is signed in, so a forged form gains nothing that the code alone does
not give; there is no other token against forgery.
"""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from backend.web.languages import chosen_language
from backend.web.security import POLICY, policy
from backend.web.styles import inlined

STYLE, STYLE_SOURCE = inlined("house.css", "fan.css")
PAGE_POLICY = policy(style_src=STYLE_SOURCE, img_src="data:", form_action="'self'")

pages = Blueprint("fan", __name__, template_folder="templates")


@pages.get("/r/<code>")
@pages.get("/R/<code>", endpoint="show_scanned")
def show_question(code: str) -> Response:
    """Ask how it went."""
    return render("question", code=code.upper())


def render(name: str, *, code: str, **words: object) -> Response:
    """Return the page ``name`` about ``code``."""
    here = url_for("fan.show_question", code=code)
    page = make_response(
        render_template(
            f"fan/{name}.html", here=here, action=address(code), fan_style=STYLE, **words
        )
    )
    return dress(page)


def render_problem(problem: str) -> Response:
    """Return the page that says why a code cannot be used, by the code of the problem."""
    here = request.path if request.method in {"GET", "HEAD"} else None
    page = make_response(
        render_template("fan/problem.html", code=problem, here=here, fan_style=STYLE)
    )
    return dress(page)


def dress(page: Response) -> Response:
    """Return ``page`` with what browsers and search engines should know."""
    page.headers[POLICY] = PAGE_POLICY
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    page.headers["Vary"] = "Accept-Language"
    return page


def address(code: str) -> str:
    """Return where forms about ``code`` go, in the language that the reader chose."""
    return url_for("fan.show_question", code=code, lang=chosen_language())
