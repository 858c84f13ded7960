"""What an operation promises, and how the promise is written into the OpenAPI document."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import marshmallow as ma

from backend.foundation.fields import Out
from backend.foundation.idempotency import IdempotencyKeyReused, StillRunning
from backend.foundation.problems import (
    MEDIA_TYPE,
    Conflict,
    Invalid,
    Malformed,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    Problem,
    ServerFault,
    TooLarge,
    UnsupportedMediaType,
)

ACCESS_TOKEN = "accessToken"
SECURITY_SCHEMES = {
    ACCESS_TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of POST /v1/sessions or POST /v1/devices.",
    }
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Sent again with the same key and body, the first answer comes back.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}


class ProblemOut(Out):
    """A refusal (RFC 9457); ``type`` is stable, the rest is for people."""

    type = ma.fields.String(
        required=True, metadata={"description": "`/problems/` and the code; decide by it."}
    )
    title = ma.fields.String(
        required=True, metadata={"description": "A sentence for people, the same each time."}
    )
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(metadata={"description": "More for people, about this time."})
    errors = ma.fields.Raw(
        metadata={
            "description": "Messages by place (json, query, headers) and field; of a file, a list"
            " of line, column and reason."
        }
    )


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A body that is a file in UTF-8, of ``media_type`` and at most ``largest`` bytes.

    What must be ``stated`` of it stands in the address.
    """

    media_type: str
    largest: int
    stated: ma.Schema | None = None

    def documented(self) -> dict[str, Any]:
        """Return the OpenAPI request body."""
        schema = {"type": "string", "format": "binary", "maxLength": self.largest}
        return {"required": True, "content": {self.media_type: {"schema": schema}}}


@dataclass(frozen=True, kw_only=True)
class Download:
    """An answer that is a file of ``media_type``: a text, or else bytes."""

    media_type: str
    text: bool

    def documented(self) -> dict[str, Any]:
        """Return the content of the OpenAPI response."""
        schema = {"type": "string"} if self.text else {"type": "string", "format": "binary"}
        return {self.media_type: {"schema": schema}}


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What is promised of one operation beside its schemas.

    Done ``again``, under the id that a phone made, it gives the first result.
    """

    method: str
    rule: str
    may: StrEnum | None
    keyed: bool
    takes: bool
    again: bool
    gives: Download | None
    raises: tuple[type[Problem], ...]

    def problems(self) -> set[type[Problem]]:
        """Return every problem that the operation may answer, but for those of its token."""
        found: set[type[Problem]] = {Malformed, ServerFault, *self.raises}
        if self.may:
            found |= {NotAuthenticated, NotAllowed}
        if "<" in self.rule:
            found.add(NotFound)
        if self.method != "GET":
            # A plain Conflict is a race that was lost twenty times.
            found |= {TooLarge, Conflict}
        if self.method != "GET" and self.takes:
            found.add(UnsupportedMediaType)
        if self.takes or self.keyed:
            found.add(Invalid)
        if self.keyed:
            found |= {IdempotencyKeyReused, StillRunning}
        return found

    def complete(
        self, operation: dict[str, Any], *, of_tokens: Iterable[type[Problem]]
    ) -> dict[str, Any]:
        """Return the OpenAPI ``operation`` with security, headers and problems added.

        ``of_tokens`` are the problems that a bad access token meets.
        """
        operation["security"] = [{ACCESS_TOKEN: []}] if self.may else []
        if self.may:
            operation["x-permission"] = self.may.value
        if self.keyed:
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        responses = operation.setdefault("responses", {})
        if self.again and "201" in {str(status) for status in responses}:
            again = dict(responses.get(201) or responses["201"])
            responses["200"] = again | {"description": "It was done before; the first result."}
        if self.method == "GET":
            responses["304"] = {"description": "Not modified since the ETag in If-None-Match."}
        if self.gives:
            # The framework's own key is a number.
            status = next(status for status in responses if str(status) == "200")
            responses[status]["content"] = self.gives.documented()
        responses |= _problem_responses(self.problems() | (set(of_tokens) if self.may else set()))
        return operation


def _problem_responses(problems: Iterable[type[Problem]]) -> dict[str, Any]:
    by_status: dict[int, list[type[Problem]]] = {}
    for problem in sorted(problems, key=lambda found: found.code()):
        by_status.setdefault(problem.status, []).append(problem)
    return {
        str(status): {
            "description": "\n".join(f"- `{one.code()}`: {one.title()}" for one in found),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, found in by_status.items()
    }


def operation_id(name: str) -> str:
    """Return the operation id of the view function ``name``: its words in camel case."""
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)
