"""The contract as a document, and the page that explains it: Swagger UI, served by us."""

import orjson
from flask import Blueprint, Flask, Response, current_app, make_response, render_template, request

from backend.foundation.openapi import document_of
from backend.foundation.problems import NotFound, catalogue
from backend.web.security import POLICY, policy

# Swagger UI sets style attributes on what it draws; its icons are data addresses.
PAGE_POLICY = policy(
    script_src="'self'",
    style_src="'self' 'unsafe-inline'",
    img_src="'self' data:",
    connect_src="'self'",
)

DOCUMENTED = "on_the_spot.documented_api"
_DOCUMENT = "on_the_spot.document"

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
    response = Response(_document(current_app), mimetype="application/json")
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


def _document(app: Flask) -> bytes:
    """Return the document of ``app``, made once because it takes a while."""
    if _DOCUMENT not in app.extensions:
        document = document_of(app.extensions[DOCUMENTED], examples={})
        app.extensions[_DOCUMENT] = orjson.dumps(document)
    kept: bytes = app.extensions[_DOCUMENT]
    return kept
