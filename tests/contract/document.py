"""The committed document, as the tests of the contract read it."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from flask import Response, request
from jsonschema import Draft202012Validator, FormatChecker

from backend.foundation.openapi import METHODS, SPECIFICATION
from backend.foundation.problems import MEDIA_TYPE

EXAMPLES = SPECIFICATION / "examples"
JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    said: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.said["operationId"])

    def body(self) -> tuple[str, dict[str, Any]] | None:
        """Return the media type and content of the request body, if it has one."""
        if "requestBody" not in self.said:
            return None
        [(media_type, content)] = self.said["requestBody"]["content"].items()
        return media_type, content

    def answers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield the media type and content of every success that has a body."""
        for status, response in self.said["responses"].items():
            if status.startswith("2"):
                yield from response.get("content", {}).items()

    def problem_codes(self, status: int) -> set[str]:
        """Return the codes of the problems that are documented for ``status``."""
        response = self.said["responses"].get(str(status), {"description": ""})
        lines = response["description"].splitlines()
        return {line.split("`")[1] for line in lines if line.startswith("- `")}


@cache
def document() -> dict[str, Any]:
    """Return the committed document."""
    read: dict[str, Any] = json.loads((SPECIFICATION / "openapi.json").read_text("utf-8"))
    return read


@cache
def operations() -> dict[str, Operation]:
    """Return every operation by its id."""
    found = [
        Operation(method=method, path=path, said=said)
        for path, methods in document()["paths"].items()
        for method, said in methods.items()
        if method in METHODS
    ]
    assert len({operation.id for operation in found}) == len(found)
    return {operation.id: operation for operation in found}


@cache
def _by_address() -> dict[tuple[str, str], Operation]:
    return {(one.method.upper(), one.path): one for one in operations().values()}


def hold_to_the_contract(response: Response) -> Response:
    """Return ``response``; complains of a problem that its operation does not document."""
    rule = request.url_rule
    if rule is None or response.mimetype != MEDIA_TYPE or request.routing_exception:
        return response
    path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
    operation = _by_address().get((request.method, path))
    if operation is not None:
        code = orjson.loads(response.data)["type"].removeprefix("/problems/")
        documented = operation.problem_codes(response.status_code)
        assert code in documented, f"{operation.id} does not document {code}"
    return response


def wrong_with(value: object, schema: dict[str, Any]) -> list[str]:
    """Return how ``value`` breaks a ``schema`` of the document."""
    whole = {**schema, "components": document()["components"]}
    validator = Draft202012Validator(whole, format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
