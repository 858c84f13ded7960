"""One log line and one measurement for every request, without anything personal in either.

Requests are named by endpoint, never by path, because paths hold rating codes. Where several
processes serve, the variable PROMETHEUS_MULTIPROC_DIR names an empty folder in which they add their
measurements up; our own server names one, for others (gunicorn) the operator does.
"""

import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Request, Response, request
from prometheus_client import CollectorRegistry, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector
from uuid_utils import uuid7

from backend.foundation import logs
from backend.foundation.http import problem_response
from backend.foundation.problems import ServerFault
from backend.settings import PRODUCTION, Settings

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
UNMATCHED = "unmatched"
_REQUEST_ID = "on_the_spot.request_id"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OUTSIDE_ID = re.compile(r"[A-Za-z0-9-]{8,64}")

_registry = CollectorRegistry()
_answers = Histogram(
    "on_the_spot_answer_seconds",
    "Answers and how long they took, by endpoint, method and status.",
    ("endpoint", "method", "status"),
    buckets=BUCKETS,
    registry=_registry,
)
_series: dict[tuple[str, str, int], Any] = {}


def observe(app: Flask) -> None:
    """Measure every request to ``app`` and name it in ``X-Request-Id``; in production, log it.

    In development the terminal shows the demo's sign-ins, which requests would scroll away.
    """
    settings: Settings = app.extensions["on_the_spot.settings"]
    app.wsgi_app = _Observed(  # type: ignore[method-assign]
        app.wsgi_app, logs=settings.environment == PRODUCTION
    )


def share_measurements(folder: Path) -> None:
    """Let the processes that are forked from now on add their measurements up in ``folder``.

    A folder that the operator has named goes first. Raises OSError when it cannot be made.
    """
    if MULTIPROCESS_FOLDER in os.environ:
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[MULTIPROCESS_FOLDER] = str(folder)
    # The library made this choice when it was loaded, before there was a folder.
    values.ValueClass = values.get_value_class()  # type: ignore[no-untyped-call]


def exposition_registry() -> CollectorRegistry:
    """Return where to read the measurements: of all processes when they share a folder."""
    if MULTIPROCESS_FOLDER not in os.environ:
        return _registry
    gathered = CollectorRegistry()
    MultiProcessCollector(gathered)  # type: ignore[no-untyped-call]
    return gathered


def answer_fault(error: Exception) -> Response:
    """Answer a bug: logged by class and place, without the message, which may quote people."""
    logs.log_fault(
        "fault",
        error,
        request_id=request.environ[_REQUEST_ID],
        endpoint=_endpoint(request.environ),
    )
    return problem_response(ServerFault(retry_after=5))


class _Observed:
    """Watches requests from beneath Flask, where its own hooks would cost three times as much."""

    def __init__(self, answer: WSGIApplication, *, logs: bool) -> None:
        self._answer = answer
        self._logs = logs

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        started = perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID")
        request_id = given if given and _OUTSIDE_ID.fullmatch(given) else uuid7().hex
        environ[_REQUEST_ID] = request_id

        def start(status: str, headers: list[tuple[str, str]], *failure: Any) -> Any:
            endpoint, method, code = _endpoint(environ), _method(environ), int(status[:3])
            seconds = perf_counter() - started
            _series_of(endpoint, method, code).observe(seconds)
            if self._logs:
                logs.log.info(
                    "request",
                    request_id=request_id,
                    method=method,
                    endpoint=endpoint,
                    status=code,
                    milliseconds=round(seconds * 1000, 2),
                )
            headers.append(("X-Request-Id", request_id))
            return start_response(status, headers, *failure)

        return self._answer(environ, start)


def _endpoint(environ: WSGIEnvironment) -> str:
    """Return what Flask found to answer a request, which names nothing personal."""
    asked: Request | None = environ.get("werkzeug.request")
    return (asked and asked.endpoint) or UNMATCHED


def _method(environ: WSGIEnvironment) -> str:
    """Return the method; anybody can invent one, and only those that exist are named."""
    method: str = environ["REQUEST_METHOD"]
    return method if method in _METHODS else "OTHER"


def _series_of(endpoint: str, method: str, status: int) -> Any:
    """Return the series, remembered here because looking it up by labels costs as much again."""
    key = (endpoint, method, status)
    if key not in _series:
        _series[key] = _answers.labels(endpoint, method, str(status))
    return _series[key]
