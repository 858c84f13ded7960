"""Schemathesis tries every operation of the contract, on both engines.

Boundary cases of every parameter and body, and a few drawn ones: valid and invalid, with known and
unknown ids, by somebody who may do everything. That refusals are documented ones, the application
itself holds in every test (tests/conftest.py).
"""

import copy
import re
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from backend.foundation.contract import IDEMPOTENCY_KEY
from backend.foundation.db import new_id, reading
from backend.insight import verify
from tests.contract.document import document
from tests.contract.world import World, is_id, make_world

Case: TypeAlias = schemathesis.Case[Any]

# Schemathesis adds to what it is given.
contract = schemathesis.openapi.from_dict(copy.deepcopy(document()))

CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
    allow_header_conformance,
]
KEY = re.compile(IDEMPOTENCY_KEY["schema"]["pattern"])
# An action that cannot be read is refused in its own result, and spoils no other.
REFUSED_INSIDE = {"syncActions"}


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """Yield a world; after all that was tried in it, everything that must hold holds."""
    made = make_world(app)
    yield made
    with app.app_context(), reading() as session:
        owner = made.evening.organisation_id
        assert list(verify.verify(session, organisation_id=owner)) == []


@contract.parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_an_operation_keeps_its_word(case: Case, world: World) -> None:
    _vary(case, world)
    name = case.operation.definition.raw["operationId"]
    checks = CHECKS if name in REFUSED_INSIDE else [*CHECKS, negative_data_rejection]
    case.call_and_validate(app=world.app, headers=world.headers_of(name), checks=checks)


def _vary(case: Case, world: World) -> None:
    """Put ids that exist where some were made up, and new ones where they were used before."""
    for values in (case.path_parameters, case.query, case.body):
        if isinstance(values, dict):
            values.update(world.inhabit(values))
    key = case.headers.get("Idempotency-Key")
    if isinstance(key, str) and KEY.fullmatch(key):
        case.headers["Idempotency-Key"] = str(new_id())
    if case.method == "PUT":
        for name, value in case.path_parameters.items():
            if is_id(value):
                case.path_parameters[name] = str(new_id())
