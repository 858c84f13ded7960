"""The contract as a document, and the page that explains it: Swagger UI, served by us."""

from functools import cache

from flask import Blueprint, Response, make_response, render_template, request

from backend.foundation.openapi import SPECIFICATION
from backend.foundation.problems import NotFound, catalogue
from backend.web.security import POLICY, policy

# Swagger UI's icons are data addresses.
PAGE_POLICY = policy(
    script_src="'self'",
    style_src="'self'",
    img_src="'self' data:",
    connect_src="'self'",
)

pages = Blueprint("docs", __name__)


@pages.get("/docs")
def show_docs() -> Response:
    """Show every operation, to read and to try."""
    page = make_response(render_template("house/docs.html"))
    page.headers[POLICY] = PAGE_POLICY
    return page


@pages.get("/openapi.json")
def show_contract() -> Response:
    """Answer the OpenAPI document."""
    response = Response(_document(), mimetype="application/json")
    response.add_etag()
    response.make_conditional(request)
    return response


@pages.get("/problems/<code>")
def show_problem(code: str) -> Response:
    """Explain a refusal; its type in every problem document leads here."""
    known = {problem.code(): problem for problem in catalogue()}
    if code not in known:
        raise NotFound
    page = make_response(render_template("house/kind.html", code=code, kind=known[code]))
    page.headers[POLICY] = policy(style_src="'self'", img_src="'self'")
    return page


@cache
def _document() -> bytes:
    """Return the document as it is kept; a test holds that it says what the code does."""
    return (SPECIFICATION / "openapi.json").read_bytes()
