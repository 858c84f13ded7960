"""The server: granian around the application, as one process tree.

Where granian cannot be used: ``gunicorn 'backend.server:application()'``.
"""

import ctypes
import gc
import http.client
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

from flask import Flask
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server
from sqlalchemy.exc import OperationalError

from backend import USUAL_PACE, worker
from backend.app import create_app
from backend.foundation import logs
from backend.foundation.db import db
from backend.foundation.safety import refuse_unsafe
from backend.settings import Settings, from_environment, instance_folder
from backend.web import observing

KILL_SECONDS = 10
RETRY_SECONDS = 1
START_SECONDS = 30
# Numbers of malloc.h, the GNU C library's.
_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
_LARGE_BYTES = 128 * 1024
# PR_SET_PDEATHSIG of sys/prctl.h.
_PARENT_DEATH_SIGNAL = 1


class PortBusy(Exception):
    """Another program listens at this address."""


def safe_app(settings: Settings) -> Flask:
    """Return the application on a database that keeps what it takes; raises SettingsRefused."""
    app = create_app(settings)
    with app.app_context():
        refuse_unsafe(settings, db.engine)
        # A connection must not be carried into a forked process.
        db.engine.dispose()
    return app


def application() -> Flask:
    """Return the application as the environment describes it, its worker running beside it.

    Raises SettingsRefused.
    """
    share_one_heap()
    settings = from_environment(os.environ, instance=instance_folder(os.environ))
    app = safe_app(settings)
    # Everything so far stays for good; looking through it for garbage stopped all threads for
    # 0.1 s, once in some thousand requests.
    gc.freeze()
    gc.set_threshold(*USUAL_PACE)
    if settings.worker_in_server:
        threading.Thread(
            target=worker.run_forever,
            args=(app, threading.Event()),
            name="worker",
            daemon=True,  # Whatever it has in hand when the server ends is rolled back.
        ).start()
    return app


def share_one_heap() -> None:
    """Let all threads take memory from one heap, and give large pieces back at once.

    By default each thread has a heap of its own, which keeps what its largest request ever took.
    """
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:  # Other C libraries have nothing to tune.
        tune(_ARENA_MAX, 1)
        tune(_MMAP_THRESHOLD, _LARGE_BYTES)


def refuse_busy_port(host: str, port: int) -> None:
    """Raise PortBusy when somebody listens there: granian itself would share the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortBusy(f"{host}:{port} cannot be used: {error.strerror}") from error


def serve(settings: Settings, *, host: str, port: int, on_answer: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way.

    ``on_answer`` is called once, as soon as the first request is answered.
    """
    if settings.processes > 1:
        observing.share_measurements(instance_folder(os.environ) / "metrics" / str(port))
    server = Server(
        "backend.server:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.processes,
        blocking_threads=settings.threads,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_SECONDS,
        log_level=LogLevels.warning,
    )
    waiting = threading.Thread(target=_report_first_answer, args=(host, port, on_answer))
    waiting.daemon = True
    # Workers are forked when this hook has run, so the thread waits for them, not they for it.
    server.on_startup(waiting.start)
    # Not granian's own loader: it would put the working directory on the import path.
    server.serve(target_loader=_in_worker, wrap_loader=False)


def _in_worker() -> Flask:
    """Return the application for a worker process, which ends when the one that made it does.

    Or one that was killed would leave it behind, answering on the port of the next.
    """
    bind = getattr(ctypes.CDLL(None), "prctl", None)
    if bind is not None:  # Linux only.
        bind(_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    while True:
        try:
            return application()
        except OperationalError as error:
            # The server ends when what replaces a worker fails at once; so it waits here instead.
            logs.log_fault("waiting for the database", error)
            time.sleep(RETRY_SECONDS)


def _report_first_answer(host: str, port: int, on_answer: Callable[[], None]) -> None:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.05)
        connection = http.client.HTTPConnection(reachable, port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            continue
        finally:
            connection.close()
        on_answer()
        return
    print("The server does not answer; see the messages above.", file=sys.stderr)  # noqa: T201
