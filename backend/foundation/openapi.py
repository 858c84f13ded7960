"""The contract as a document: flask-smorest's API, speaking of problems instead of errors."""

import logging
from typing import Any

from flask import Flask, Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from backend.foundation.contract import SECURITY_SCHEMES, ProblemOut
from backend.foundation.http import problem_response
from backend.foundation.problems import BY_STATUS, Invalid, Malformed, Problem, ServerFault

TITLE = "On the Spot"
VERSION = "1.0.0"
CONFIGURATION = {
    "API_TITLE": TITLE,
    "API_VERSION": VERSION,
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": "/",
    "OPENAPI_JSON_PATH": "openapi.json",
}

_log = logging.getLogger(__name__)


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest's API whose errors are all ``application/problem+json``."""

    ERROR_SCHEMA = ProblemOut

    def _register_responses(self) -> None:
        """Register problems instead of the framework's errors in JSON."""
        self.spec.components.schema("Problem", schema=ProblemOut)
        for name, scheme in SECURITY_SCHEMES.items():
            self.spec.components.security_scheme(name, scheme)
        # Its arguments refer to this response by name; contracts then say it better.
        self.spec.components.response(
            "UNPROCESSABLE_ENTITY", {"description": Invalid.title()}, lazy=True
        )

    def _register_error_handlers(self) -> None:
        self._app.register_error_handler(HTTPException, answer_http_error)
        self._app.register_error_handler(Problem, problem_response)
        self._app.register_error_handler(Exception, answer_fault)


def answer_http_error(error: HTTPException) -> Response:
    """Answer what the framework refuses as a problem."""
    data = getattr(error, "data", None) or {}
    messages = data.get("messages")
    code = error.code or ServerFault.status
    if code < 400:
        return Response(status=code, headers=dict(error.get_headers()))
    problem_class = BY_STATUS.get(code, Malformed if code < 500 else ServerFault)
    response = problem_response(problem_class(errors=messages))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def answer_fault(error: Exception) -> Response:
    """Answer a bug: logged with its trace, shown without."""
    _log.exception("unhandled", exc_info=error)
    return problem_response(ServerFault(retry_after=5))


def create_api(app: Flask, *, spec_kwargs: dict[str, Any] | None = None) -> Api:
    """Attach the API to ``app``."""
    app.config.update(CONFIGURATION)
    return ProblemApi(app, spec_kwargs=spec_kwargs or {})
