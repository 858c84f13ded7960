"""What every answer tells browsers, and the files that pages load."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.app import create_app
from tests.conftest import settings_for

PAGES = ["/", "/app", "/board", "/hr/sign-in", "/docs", "/r/unknown"]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("path", [*PAGES, "/healthz", "/v1/me", "/nowhere", "/openapi.json"])
def test_every_answer_is_hardened(client: FlaskClient, path: str):
    headers = client.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    for directive in ("base-uri 'none'", "frame-ancestors 'none'", "form-action"):
        assert directive in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
    assert "geolocation=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize(
    "path", ["/", "/app", "/board", "/hr/sign-in", "/docs", "/nowhere", "/hr?board=x"]
)
def test_a_page_may_load_its_own_style(client: FlaskClient, path: str):
    page = client.get(path, headers={"Accept": "text/html"}, follow_redirects=True)
    assert 'rel="stylesheet" href="/static/' in page.text
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_asks_another_host_or_runs_a_script_inside(client: FlaskClient, path: str):
    page = client.get(path)
    assert not re.findall(r"""(?:src|href|action)=["'](?:https?:)?//""", page.text)
    assert not re.findall(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.findall(r"\son\w+=|javascript:", page.text)


def test_https_is_insisted_on_where_it_is_served(tmp_path: Path):
    settings = replace(
        settings_for(f"sqlite:///{tmp_path / 'test.db'}"), public_url="https://arena.test"
    )
    headers = create_app(settings).test_client().get("/healthz").headers
    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")


@pytest.mark.parametrize("path", ["/r/unknown", "/v1/me", "/v1/ratings/unknown", "/hr/sign-in"])
def test_what_may_hold_a_secret_is_kept_nowhere(client: FlaskClient, path: str):
    assert client.get(path).headers["Cache-Control"] == "no-store"


def test_a_file_is_kept_for_ever_under_its_digest(client: FlaskClient):
    address = re.findall(r'"(/static/[0-9a-f]{12}/house.css)"', client.get("/").text)[0]
    answer = client.get(address)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "text/css"
    again = client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    older = client.get("/static/000000000000/house.css")
    assert older.headers["Cache-Control"] == "no-cache"
    assert older.data == answer.data


def test_files_are_compressed_for_who_can_read_it(client: FlaskClient):
    address = re.findall(r'"(/static/[0-9a-f]{12}/house.css)"', client.get("/").text)[0]
    small = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    large = client.get(address)
    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(large.data) / 2
    assert small.headers["ETag"] != large.headers["ETag"]


@pytest.mark.parametrize("name", ["../app.py", "..%2f..%2fapp.py", "none.css", "", "/etc/passwd"])
def test_only_the_files_that_are_ours_are_served(client: FlaskClient, name: str):
    assert client.get(f"/static/000000000000/{name}").status_code in {308, 404}


def test_people_get_pages_and_programs_get_problems(client: FlaskClient):
    person = client.get("/nowhere", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (person.status_code, person.mimetype) == (404, "text/html")
    program = client.get("/nowhere")
    assert (program.status_code, program.mimetype) == (404, "application/problem+json")
    api = client.get("/v1/nowhere", headers={"Accept": "text/html"})
    assert (api.status_code, api.mimetype) == (404, "application/problem+json")
    forbidden = client.delete("/app", headers={"Accept": "text/html"})
    assert forbidden.status_code == 405
    assert "GET" in forbidden.headers["Allow"]


def test_the_contract_is_answered_once_it_has_changed(client: FlaskClient):
    first = client.get("/openapi.json")
    assert first.json is not None
    assert first.json["openapi"].startswith("3.1")
    again = client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_the_type_of_a_problem_leads_to_its_explanation(client: FlaskClient):
    kind = client.get("/v1/me").json
    assert kind is not None
    page = client.get(kind["type"])
    assert page.status_code == 200
    assert kind["title"] in page.text
    assert client.get("/problems/made-up").status_code == 404
