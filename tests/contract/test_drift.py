"""The committed specification says what the code does, completely."""

import json
import re
from collections.abc import Sequence

import pytest
from flask import Flask, Response
from openapi_spec_validator import validate

from backend.app import create_app
from backend.foundation.csv_rows import Column
from backend.foundation.openapi import SPECIFICATION, specification_of
from backend.foundation.problems import MEDIA_TYPE, catalogue
from backend.identity.services import employee_imports
from backend.venues.services import event_imports, shift_imports, venue_imports
from tests.conftest import settings_for
from tests.contract.document import (
    EXAMPLES,
    JSON,
    Operation,
    document,
    hold_to_the_contract,
    operations,
    wrong_with,
)

BINARY = {
    "application/pdf",
    "image/png",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@pytest.fixture(scope="module")
def unused_app() -> Flask:
    """Return the application on a database that is never opened."""
    return create_app(settings_for("sqlite:////nowhere/never-opened.db"))


@pytest.fixture(params=sorted(operations()))
def operation(request: pytest.FixtureRequest) -> Operation:
    return operations()[request.param]


def test_the_specification_is_what_the_code_makes(unused_app: Flask) -> None:
    for name, text in specification_of(unused_app).items():
        committed = (SPECIFICATION / name).read_text("utf-8")
        assert committed == text, f"{name} is old: run `python -m backend openapi`"


def test_the_server_answers_with_the_committed_document(unused_app: Flask) -> None:
    answer = unused_app.test_client().get("/openapi.json")
    assert answer.mimetype == JSON
    assert answer.get_json() == document()


def test_the_document_is_valid_openapi() -> None:
    assert document()["openapi"].startswith("3.1.")
    validate(document())


def test_every_address_of_the_api_is_in_the_document(unused_app: Flask) -> None:
    served = {
        (method.lower(), re.sub(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", r"{\1}", rule.rule))
        for rule in unused_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/")
    }
    assert served == {(one.method, one.path) for one in operations().values()}


def test_an_operation_says_what_it_is_and_who_may(operation: Operation) -> None:
    said = operation.said
    assert said["summary"].endswith(".")
    assert len(said["tags"]) == 1
    assert said["tags"][0] in {tag["name"] for tag in document()["tags"]}
    assert bool(said["security"]) == ("x-permission" in said)
    for scheme in said["security"]:
        assert set(scheme) <= set(document()["components"]["securitySchemes"])


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("venues", venue_imports.COLUMNS),
        ("employees", employee_imports.COLUMNS),
        ("events", event_imports.COLUMNS),
        ("shifts", shift_imports.COLUMNS),
    ],
)
def test_an_import_names_every_column(name: str, columns: Sequence[Column]) -> None:
    said = document()["paths"][f"/v1/imports/{name}"]["post"]["description"]
    assert [one.name for one in columns if not re.search(rf"\b{one.name}\b", said)] == []


def test_an_operation_documents_its_problems(operation: Operation) -> None:
    refusals = {
        status: response
        for status, response in operation.said["responses"].items()
        if status >= "400"
    }
    known = {problem.code(): problem.status for problem in catalogue()}
    assert {"400", "500"} <= set(refusals)
    for status, response in refusals.items():
        assert set(response["content"]) == {MEDIA_TYPE}
        codes = operation.problem_codes(int(status))
        assert codes
        assert {known[code] for code in codes} == {int(status)}
    if operation.said["security"]:
        assert {"not-authenticated", "token-expired"} <= operation.problem_codes(401)


def test_an_operation_has_examples_that_fit(operation: Operation) -> None:
    contents = [*operation.answers()]
    if body := operation.body():
        contents.append(body)
    for media_type, content in contents:
        if media_type not in BINARY:
            assert "example" in content, "run `python -m tests.contract.record_examples`"
            assert wrong_with(content["example"], content["schema"]) == []


def test_examples_belong_to_operations() -> None:
    for path in EXAMPLES.iterdir():
        example = json.loads(path.read_text("utf-8"))
        operation = operations()[path.stem]
        assert example["call"].startswith(f"{operation.method.upper()} /v1/")
        assert str(example["status"]) in operation.said["responses"]


def test_every_problem_is_on_the_page_of_problems() -> None:
    page = (SPECIFICATION / "problems.md").read_text("utf-8")
    for problem in catalogue():
        row = f"| {problem.status} | `/problems/{problem.code()}` | {problem.title()} |"
        assert row in page


def test_a_refusal_that_is_not_documented_fails_the_test_that_meets_it(unused_app: Flask) -> None:
    gone = Response('{"type": "/problems/gone"}', status=410, mimetype=MEDIA_TYPE)
    with unused_app.test_request_context("/v1/me"), pytest.raises(AssertionError, match="getMe"):
        hold_to_the_contract(gone)


def test_nothing_in_the_document_is_left_over() -> None:
    text = json.dumps(document())
    for kind, parts in document()["components"].items():
        for name in parts:
            quoted = f'"{name}"' if kind == "securitySchemes" else f'/components/{kind}/{name}"'
            assert text.count(quoted) >= (2 if kind == "securitySchemes" else 1), name
