"""Whose address a request comes from, with and without proxies of our own in front."""

from dataclasses import replace

import pytest
from flask import Flask, request

from backend.app import create_app
from tests.conftest import settings_for

FORWARDED = {
    "X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.0.0.2",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "evil.test",
}


def behind(proxies: int) -> Flask:
    """Return the application behind so many proxies; its database is never opened."""
    app = create_app(replace(settings_for("sqlite:////nowhere/none.db"), proxies=proxies))
    app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.host}")
    return app


@pytest.mark.parametrize(
    ("proxies", "address"),
    [(0, "127.0.0.1"), (1, "10.0.0.2"), (2, "203.0.113.9"), (4, "127.0.0.1")],
)
def test_only_what_our_own_proxies_wrote_is_believed(proxies: int, address: str):
    answer = behind(proxies).test_client().get("/who", headers=FORWARDED)
    assert answer.text == f"{address} localhost"
