"""Refusals for people: what the API answers as a problem, a page says in plain words."""

from typing import cast

import orjson
from flask import Flask, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter

from backend.foundation.http import problem_response
from backend.foundation.openapi import answer_http_error
from backend.foundation.problems import Problem
from backend.web import fan
from backend.web.observing import answer_fault
from backend.web.security import POLICY, policy

PAGE_POLICY = policy(style_src="'self'", img_src="'self'")
_FANS = frozenset({"fan", "thanks", "asking", "hearing", "privacy"})
_FACES = _FANS | {"landing", "staff", "board", "console", "docs"}


def explain(app: Flask) -> None:
    """Answer problems of ``app`` as a page to whoever reads pages, as a document to the rest."""
    app.register_error_handler(HTTPException, lambda error: _for_people(answer_http_error(error)))
    app.register_error_handler(Problem, lambda problem: _for_people(problem_response(problem)))
    app.register_error_handler(Exception, lambda error: _for_people(answer_fault(error)))


def _for_people(response: Response) -> Response:
    """Return ``response`` with its body turned into a page where a person will read it."""
    if response.status_code < 400 or not _read_by_a_person():
        return response
    document = orjson.loads(response.get_data())
    if _blueprint() in _FANS:
        page = fan.render_problem(document["type"].removeprefix("/problems/"))
    else:
        page = make_response(render_template("house/problem.html", problem=document))
        page.headers[POLICY] = PAGE_POLICY
    page.status_code = response.status_code
    for name in ("Allow", "Retry-After"):
        if name in response.headers:
            page.headers[name] = response.headers[name]
    return page


def _read_by_a_person() -> bool:
    blueprint = _blueprint()
    if blueprint in _FACES:
        return True
    elsewhere = blueprint is None and not request.path.startswith("/v1/")
    return elsewhere and "text/html" in request.headers.get("Accept", "")


def _blueprint() -> str | None:
    """Return whose address it is, also where nothing there answers to the method."""
    refusal = request.routing_exception
    if not isinstance(refusal, MethodNotAllowed) or not refusal.valid_methods:
        return request.blueprint
    addresses = cast(MapAdapter, current_app.create_url_adapter(request))
    endpoint, _ = addresses.match(method=min(refusal.valid_methods))
    return str(endpoint).rpartition(".")[0] or None
