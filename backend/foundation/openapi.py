"""The contract as a document: flask-smorest's API, speaking of problems instead of errors."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
from flask import Flask, Response
from flask_smorest import Api
from werkzeug.exceptions import HTTPException

from backend.foundation.contract import SECURITY_SCHEMES, ProblemOut
from backend.foundation.http import problem_response
from backend.foundation.problems import (
    BY_STATUS,
    Invalid,
    Malformed,
    Problem,
    ServerFault,
    catalogue,
)
from backend.settings import REPOSITORY

SPECIFICATION = REPOSITORY / "mobile_api_spec"
DOCUMENTED = "on_the_spot.documented_api"
TITLE = "On the Spot"
VERSION = "1.0.0"
CONFIGURATION = {
    "API_TITLE": TITLE,
    "API_VERSION": VERSION,
    "OPENAPI_VERSION": "3.1.0",
}
DESCRIPTION = (
    "Any arena employee greets fans, helps one on the spot, collects a rating from one to five and"
    " earns points. Times are RFC 3339 in UTC, ids are UUIDs, points are integers. Errors are"
    " application/problem+json (RFC 9457); clients must tolerate fields that they do not know."
)
INTRODUCTION = (
    "Every refusal is `application/problem+json` (RFC 9457) with one of these types. The type is"
    " stable; title and detail are for people. Made by `backend openapi`."
)
METHODS = {"get", "put", "post", "patch", "delete"}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest's API whose errors are all ``application/problem+json``."""

    ERROR_SCHEMA = ProblemOut
    # Each operation names its own problems.
    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask) -> None:
        """Attach to ``app``."""
        self._descriptions: list[Callable[[], None]] = []
        super().__init__(app)

    def describe_later(self, describe: Callable[[], None]) -> None:
        """Put off what only the document needs: it is a tenth of a start, and servers have it."""
        self._descriptions.append(describe)

    def document(self) -> dict[str, Any]:
        """Return the OpenAPI document, without examples."""
        while self._descriptions:
            self._descriptions.pop(0)()
        described: dict[str, Any] = orjson.loads(orjson.dumps(self.spec.to_dict()))
        return described

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


def create_api(app: Flask) -> ProblemApi:
    """Attach the API to ``app``."""
    app.config.update(CONFIGURATION)
    api = ProblemApi(app)
    app.extensions[DOCUMENTED] = api
    return api


def specification_of(app: Flask) -> dict[str, str]:
    """Return the files of the specification that are made of the code of ``app``, by name.

    They are the same for every run: the examples that they hold are kept in files.
    """
    examples = {path.stem: _read(path) for path in (SPECIFICATION / "examples").glob("*.json")}
    document = document_of(app.extensions[DOCUMENTED], examples=examples)
    text = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)
    return {"openapi.json": f"{text}\n", "problems.md": problems_page()}


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def document_of(api: ProblemApi, *, examples: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the OpenAPI document of ``api`` with ``examples`` by operation id.

    An example has a ``response`` and, where the operation takes a body, a ``request``.
    """
    document = api.document()
    document["info"]["description"] = DESCRIPTION
    # The framework's own pages, which are not ours.
    document["components"]["schemas"].pop("PaginationMetadata", None)
    for operation in operations_of(document):
        example = examples.get(operation["operationId"], {})
        if "request" in example:
            for content in operation["requestBody"]["content"].values():
                content["example"] = example["request"]
        if "response" in example:
            for status, response in operation["responses"].items():
                if status.startswith("2"):
                    for content in response.get("content", {}).values():
                        content["example"] = example["response"]
    return document


def operations_of(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every operation of an OpenAPI ``document``."""
    for path in document["paths"].values():
        for method, operation in path.items():
            if method in METHODS:
                yield operation


def problems_page() -> str:
    """Return every problem as a page of Markdown."""
    lines = ["# Problems", "", INTRODUCTION, "", "| status | type | meaning |", "|---|---|---|"]
    lines += [
        f"| {problem.status} | `/problems/{problem.code()}` | {problem.title()} |"
        for problem in catalogue()
    ]
    return "\n".join([*lines, ""])
